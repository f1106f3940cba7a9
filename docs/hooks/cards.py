"""The picture that a link to a page shows elsewhere, drawn by our own code."""

import hashlib
import io
import textwrap
from importlib.metadata import version
from pathlib import Path

from hooks import keeping
from rnncourse import store

SIZE = (1200, 630)  # pixels, as those who show such pictures ask for


def card(title: str, site_name: str) -> bytes:
    """The PNG of a page's card, from the store or drawn now.

    Args:
        title: of the page.
        site_name: the course, in the page's language.
    """
    made_by = Path(__file__).read_bytes()
    parts = [title.encode(), site_name.encode(), made_by]
    parts.append(version("matplotlib").encode())
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]
    path = store.folder().parent / "cards" / f"{digest}.json"
    kept = keeping.read_bytes(path)
    if kept is None:
        kept = _drawn(title, site_name)
        keeping.write_bytes(path, kept)
    return kept


def _drawn(title: str, site_name: str) -> bytes:
    from matplotlib.figure import Figure

    from rnncourse.figures.style import PALETTES

    colours = PALETTES["dark"]
    width, height = SIZE
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    figure.set_facecolor(colours.paper)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    lines = textwrap.wrap(title, 26)[:3]
    axes.text(
        *(80, height - 80),
        "\n".join(lines),
        fontsize=48 if len(lines) < 3 else 42,
        fontweight="bold",
        color=colours.ink,
        va="top",
        linespacing=1.25,
    )
    axes.text(*(80, 60), site_name, fontsize=25, color=colours.series[0])
    _chain(axes, colours.series, colours.faint)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _chain(axes, series, faint) -> None:  # type: ignore[no-untyped-def]
    """An unrolled network of five steps, as on the pages."""
    from matplotlib.patches import Circle, FancyBboxPatch

    y, arrow = 235, {"arrowstyle": "-|>", "color": faint, "lw": 3}
    for k in range(5):
        x = 130 + 235 * k
        axes.add_patch(Circle((x, y), 38, fill=False, ec=series[0], lw=5))
        axes.add_patch(
            FancyBboxPatch(
                (x - 24, y - 116),
                48,
                34,
                boxstyle="round,pad=4",
                fill=False,
                ec=series[1],
                lw=4,
            )
        )
        axes.annotate("", (x, y - 40), (x, y - 76), arrowprops=arrow)
        if k < 4:
            axes.annotate("", (x + 193, y), (x + 42, y), arrowprops=arrow)
