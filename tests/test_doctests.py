"""The examples in the package's docstrings give what they say."""

import ast
import doctest
import importlib
import re

import pytest
import torch
from pages import ROOT

import rnncourse

EXPORTED = rnncourse.__all__
DOCUMENTED = (
    *EXPORTED,
    *("Network", "fit", "evaluate", "EarlyStopping", "Mixed", "progress"),
    *("save", "load", "save_tree", "load_tree"),
    *("adding", "copy", "agreement", "vocabulary", "encoded", "log_returns"),
    *("forward", "backward", "spectral_norm", "spectral_radius", "chain"),
)


def examples() -> list[tuple[str, str, str]]:
    """Module, name and docstring of all that has one with an example.

    Read from the source: a decorated function hides its own from doctest.
    """
    found = []
    for path in sorted((ROOT / "rnncourse").rglob("*.py")):
        place = path.parent if path.stem == "__init__" else path
        module = ".".join(place.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                if ">>>" in text:
                    found.append((module, getattr(node, "name", ""), text))
    return found


@pytest.mark.parametrize(
    ("module", "name", "text"),
    examples(),
    ids=[f"{module}.{name}".rstrip(".") for module, name, _ in examples()],
)
def test_an_example_gives_what_it_says(module, name, text):
    place = {"torch": torch} | {n: getattr(rnncourse, n) for n in EXPORTED}
    place |= vars(importlib.import_module(module))
    test = doctest.DocTestParser().get_doctest(text, place, name, module, 0)
    assert test.examples
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.failed == 0, "".join(said)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_what_is_public_has_an_example(name):
    parser = doctest.DocTestParser()
    lines = [
        example.source
        for _, _, text in examples()
        for example in parser.get_examples(text)
    ]
    assert any(re.search(rf"\b{name}\(", line) for line in lines)


def test_a_wrong_example_is_noticed():
    text = ">>> 1 + 1\n3\n"
    test = doctest.DocTestParser().get_doctest(text, {}, "x", "x", 0)
    result = doctest.DocTestRunner().run(test, out=lambda _: None)
    assert result.failed == 1
