"""What every figure shares: its size, its two schemes, its family of colours.

Colours: Okabe and Ito (2008), legible with every common colour blindness;
lightened for the dark scheme. Lines also differ in dash, so that a figure
survives without colour.
"""

import io
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    width: float = 7.0, height: float = 3.4, **subplots: Any
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


def _settings(colours: Palette) -> Any:
    return {
        "svg.fonttype": "path",
        "svg.hashsalt": "rnncourse",
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 11,
        "mathtext.fontset": "cm",
        "axes.edgecolor": colours.faint,
        "axes.labelcolor": colours.ink,
        "axes.titlecolor": colours.ink,
        "axes.titlesize": 11,
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
    with matplotlib.rc_context(_settings(palette())):
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
