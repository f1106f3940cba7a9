"""Words are legible in both schemes: contrasts of the style sheet's colours."""

import re
from pathlib import Path

import pytest

from rnncourse.figures.style import PALETTES

STYLE = Path(__file__).parents[1] / "docs" / "assets" / "style.css"
SCHEMES = {"light": "default", "dark": "slate"}
TEXT = 4.5  # WCAG 2.2, 1.4.3: text
DRAWN = 3.0  # WCAG 2.2, 1.4.11: what is not text

ON_PAPER = ("typeset-color", "typeset-a-color", "accent-fg-color")
ON_PAPER += ("default-fg-color", "default-fg-color--light")


def colours(scheme: str) -> dict[str, str]:
    css = STYLE.read_text("utf-8")
    block = re.search(
        rf'\[data-md-color-scheme="{SCHEMES[scheme]}"\] \{{(.*?)\n\}}',
        css,
        re.S,
    )
    found = re.findall(r"--(?:md-)?([\w-]+): (#[0-9a-f]{6});", block[1])
    return dict(found)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in parts
    ]
    return sum(
        weight * c
        for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_known_extremes():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_are_legible(scheme):
    c = colours(scheme)
    paper, code = c["default-bg-color"], c["code-bg-color"]
    pairs = {name: (c[name], paper) for name in ON_PAPER}
    pairs |= {
        f"{name} on code": (c[name], code)
        for name in c
        if name.startswith("code-hl-") or name == "code-fg-color"
    }
    pairs["code on paper"] = c["code-fg-color"], paper
    for name in ("", "--light", "--lighter"):
        for ground in ("", "--dark"):
            pairs[f"footer{name} on {ground}"] = (
                c[f"footer-fg-color{name}"],
                c[f"footer-bg-color{ground}"],
            )
    pairs["header"] = c["primary-bg-color"], c["primary-fg-color"]
    pairs["header, light"] = c["primary-bg-color--light"], c["primary-fg-color"]
    verified = c["course-verified-bg"]
    for name in ("course-verified", "typeset-color", "typeset-a-color"):
        pairs[f"{name} on verified"] = c[name], verified
    poor = {
        name: round(contrast(*pair), 2)
        for name, pair in pairs.items()
        if contrast(*pair) < TEXT
    }
    assert poor == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_figures_are_legible(scheme):
    palette = PALETTES[scheme]
    assert contrast(palette.ink, palette.paper) >= 7
    for colour in (palette.faint, *palette.series):
        assert contrast(colour, palette.paper) >= DRAWN
