"""Every figure has its words in both languages, and the same bytes twice."""

import ast
import re

import matplotlib
import numpy as np
import pytest
from pages import ROOT, STEMS, read

from rnncourse import evidence, store
from rnncourse.evidence import Job
from rnncourse.figures.style import SCHEMES, Drawing, canvas, render, stage
from rnncourse.words import LANGUAGES

NAMES = evidence.names("figures")
FILES = sorted((ROOT / "rnncourse" / "figures").glob("*.py"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_has_its_words(name, language):
    drawn = [
        evidence.compute(Job("figures", name, language, scheme))
        for scheme in SCHEMES
    ]
    light, dark = drawn
    assert light["alt"] == dark["alt"]
    assert len(light["alt"]) >= 40
    assert "$" not in light["alt"]
    assert light["svg"] != dark["svg"]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_different_words_in_each_language(name):
    es, en = (
        evidence.compute(Job("figures", name, language, "light"))
        for language in LANGUAGES
    )
    assert es["alt"] != en["alt"]
    assert es["caption"] != en["caption"]


@pytest.mark.parametrize(
    "name", [name for name in NAMES if not name.startswith("play.")]
)
def test_every_figure_is_shown(name):
    assert any(f"[[figure {name}]]" in read("es", stem) for stem in STEMS)


def circle(say) -> Drawing:
    figure, axes = stage(1, 1)
    axes.plot([0, 1], [0, 1])
    return Drawing(figure, say(es="una línea", en="a line"), "x")


def test_the_same_figure_has_the_same_bytes():
    first, second = (render(circle, "es", "light") for _ in range(2))
    assert first == second
    assert not re.search(r"\d{4}-\d\d-\d\dT", first["svg"])


def test_what_was_set_before_leaves_no_trace_in_a_figure():
    def noise(say) -> Drawing:
        figure, axes = canvas(4, 3)
        axes.plot(np.random.default_rng(0).normal(size=1000))
        return Drawing(figure, "noise", "noise")

    before = render(noise, "es", "light")
    set_before = {"path.simplify_threshold": 1.0, "lines.linestyle": ":"}
    with matplotlib.rc_context(set_before):
        assert render(noise, "es", "light") == before
        assert matplotlib.rcParams["lines.linestyle"] == ":"


def test_a_figure_without_words_is_refused():
    def silent(say) -> Drawing:
        return Drawing(stage(1, 1)[0], " ", "caption")

    with pytest.raises(ValueError, match="expected an alternative text"):
        render(silent, "es", "light")


# What was measured is not typed in the words of a figure. These decimals were
# chosen, not measured.
CHOSEN = {
    "gradients.recent": ["0.9"],  # the scale of the weights
    "lstm.memory": ["0.5", "0.9", "0.99"],  # constant gates
    "play.pulse": ["0.8", "0.95"],  # constant gates
    "sequences.series": ["3.0"],  # the version of a licence
    "text.samples": ["0.5"],  # a temperature
}
DECIMAL = re.compile(r"\d+(?:[.,]|\{,\})\d+")


def decimals(program: ast.AST) -> set[str]:
    """Those typed in the strings of `say(es=..., en=...)`, with a point."""
    return {
        re.sub(r"\{?,\}?", ".", typed)
        for call in ast.walk(program)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "say"
        for text in ast.walk(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
        for typed in DECIMAL.findall(text.value)
    }


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_no_measured_decimal_is_typed_in_the_words_of_a_figure(path):
    for function in store.tree(path.read_text("utf-8")).body:
        name = f"{path.stem}.{getattr(function, 'name', '')}"
        assert decimals(function) - set(CHOSEN.get(name, [])) == set(), name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('say(es="0,25", en="0.25")', {"0.25"}),
        ("say(es=r'$0{,}9$', en=f'{x} to 1.5')", {"0.9", "1.5"}),
        ("say(es=f'{0.5:.2f}', en='1, 2')", set()),
        ('number(es="0,5")', set()),
    ],
)
def test_what_is_a_typed_decimal(text, found):
    assert decimals(ast.parse(text)) == found
