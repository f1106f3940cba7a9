"""What every figure shares: its size, its two schemes, its family of colours.

Colours: after Okabe and Ito (2008), legible with every common colour blindness;
lightened for the dark scheme. Lines also differ in dash, so that a figure
survives without colour. The default width, 5.6 inches, leaves 12-point text at
10 pixels on a screen 390 pixels wide.

In diagrams inputs are boxes of the second colour, states circles of the first,
outputs boxes of the third.
"""

import io
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
import matplotlib.style
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from rnncourse.words import Language, Say

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Palette:
    """Colours of one scheme: of text, of secondary lines, of series."""

    ink: str
    faint: str
    paper: str
    series: tuple[str, ...]


PALETTES: dict[Scheme, Palette] = {
    "light": Palette(
        ink="#1f2430",
        faint="#8a8f9c",
        paper="#ffffff",
        series=("#0067a5", "#c04f00", "#007a5a", "#a3477f"),
    ),
    "dark": Palette(
        ink="#e4e7ee",
        faint="#868c9b",
        paper="#171a21",
        series=("#6cb8ee", "#f2955c", "#4fcfa7", "#e397c4"),
    ),
}


def variables(colours: Palette) -> dict[str, str]:
    """The scheme's colours by the names that style sheets give them."""
    named = {"ink": colours.ink, "faint": colours.faint}
    for number, colour in enumerate(colours.series, start=1):
        named[f"series-{number}"] = colour
    return named


@dataclass(frozen=True)
class Drawing:
    """A figure with its words: what it says to who cannot see it, and below.

    The caption may hold formulas between dollars; both are in the language of
    the `Say` that the drawing function was given.
    """

    figure: Figure
    alt: str
    caption: str


_scheme: ContextVar[Scheme] = ContextVar("scheme", default="light")


def palette() -> Palette:
    """The colours of the scheme being drawn."""
    return PALETTES[_scheme.get()]


def canvas(
    width: float = 5.6, height: float = 3.2, **subplots: Any
) -> tuple[Figure, Any]:
    """A figure of that size in inches, with one or more pairs of axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(**subplots)


def stage(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure without axes: one unit of its coordinates is one inch."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


Point = tuple[float, float]


def tint(colour: str, amount: float) -> str:
    """The colour thinned with the paper: 0 paper, 1 the colour itself."""
    pairs = zip(to_rgb(colour), to_rgb(palette().paper), strict=True)
    mixed = [amount * c + (1 - amount) * p for c, p in pairs]
    return to_hex((mixed[0], mixed[1], mixed[2]))


def node(
    axes: Axes,
    centre: Point,
    text: str,
    colour: str,
    *,
    size: float = 0.3,
    box: bool = False,
    fill: float = 0.14,
    fontsize: float = 14,
) -> None:
    """A circle, or a rounded box, with a symbol in it.

    Args:
        axes: of a `stage`.
        centre: in inches.
        text: what stands in it.
        colour: of its edge; its inside is a tint of it.
        size: radius, or half the side of the box, in inches.
        box: whether it is a box.
        fill: the strength of the tint, from 0 to 1.
        fontsize: in points.
    """
    look: dict[str, Any] = {
        "edgecolor": colour,
        "facecolor": tint(colour, fill),
        "linewidth": 1.6,
        "zorder": 3,
    }
    x, y = centre
    if box:
        corner, side = (x - size + 0.06, y - size + 0.06), 2 * size - 0.12
        style = "round,pad=0.06,rounding_size=0.1"
        axes.add_patch(FancyBboxPatch(corner, side, side, style, **look))
    else:
        axes.add_patch(Circle(centre, size, **look))
    axes.text(
        x, y, text, ha="center", va="center_baseline", fontsize=fontsize,
        zorder=4,
    )  # fmt: skip


def arrow(
    axes: Axes,
    start: Point,
    end: Point,
    colour: str | None = None,
    *,
    gap: float = 0.36,
    bend: str = "arc3",
    **look: Any,
) -> None:
    """An arrow between two nodes, from edge to edge.

    Args:
        axes: of a `stage`.
        start: centre of the first node, in inches.
        end: centre of the second.
        colour: of the arrow; that of text if absent.
        gap: what is left free at each end, in inches.
        bend: a connection style of matplotlib.
        look: of the patch.
    """
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=bend,
            arrowstyle="-|>,head_length=5,head_width=2.6",
            shrinkA=72 * gap,
            shrinkB=72 * gap,
            color=colour or palette().ink,
            **{"linewidth": 1.5, "zorder": 2, **look},
        )
    )


def loop(axes: Axes, centre: Point, colour: str, *, size: float = 0.3) -> None:
    """An arrow from the right side of a round node back into it."""
    x, y = centre
    out, reach = 0.75 * size, 3.0 * size
    points = [
        (x + out + 0.02, y + out + 0.02),
        (x + reach, y + reach),
        (x + reach, y - reach),
        (x + out + 0.04, y - out - 0.04),
    ]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    axes.add_patch(
        FancyArrowPatch(
            path=Path(points, codes),
            arrowstyle="-|>,head_length=5,head_width=2.6",
            color=colour,
            linewidth=1.5,
            zorder=2,
        )
    )


def numbered(axis: Axis, say: Say, digits: str) -> None:
    """Tick labels as the language writes them."""
    axis.set_major_formatter(lambda value, _: say.number(float(value), digits))


def settings(colours: Palette) -> Any:
    """Matplotlib's parameters for a scheme's colours."""
    return {
        "svg.fonttype": "path",
        "svg.hashsalt": "rnncourse",
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 12,
        "mathtext.fontset": "cm",
        "axes.edgecolor": colours.faint,
        "axes.labelcolor": colours.ink,
        "axes.titlecolor": colours.ink,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(
            color=colours.series, linestyle=["-", "--", "-.", ":"]
        ),
        "grid.color": colours.faint,
        "legend.frameon": False,
        "legend.labelcolor": colours.ink,
        "lines.linewidth": 1.8,
        "text.color": colours.ink,
        "xtick.color": colours.faint,
        "xtick.labelcolor": colours.ink,
        "ytick.color": colours.faint,
        "ytick.labelcolor": colours.ink,
    }


def render(
    draw: Callable[[Say], Drawing], language: Language, scheme: Scheme
) -> dict[str, Any]:
    """Draw, as SVG text of the same bytes each time, with size and words.

    Raises:
        ValueError: if the alternative text or the caption is empty.
    """
    say = Say(language)
    token = _scheme.set(scheme)
    try:
        return _rendered(draw, say)
    finally:
        _scheme.reset(token)


def _rendered(draw: Callable[[Say], Drawing], say: Say) -> dict[str, Any]:
    ours = settings(palette())
    with matplotlib.style.context(ours, after_reset=True):
        drawing = draw(say)
        if not drawing.alt.strip() or not drawing.caption.strip():
            raise ValueError(
                f"{draw.__module__}.{draw.__name__}: expected an alternative "
                "text and a caption, got an empty one"
            )
        file = io.StringIO()
        drawing.figure.savefig(file, format="svg", metadata={"Date": None})
    width, height = drawing.figure.get_size_inches() * 96
    svg = re.sub(
        r"\s*<metadata>.*?</metadata>", "", file.getvalue(), flags=re.S
    )
    return {
        "svg": svg,
        "width": round(width),
        "height": round(height),
        "alt": " ".join(drawing.alt.split()),
        "caption": " ".join(drawing.caption.split()),
    }
