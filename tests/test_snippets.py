"""What is shown runs, and prints what it promises."""

import contextlib
import io
import re

import pytest
import torch
from hooks import listings
from pages import (
    ROOT,
    SNIPPETS,
    STEMS,
    difference,
    pasted,
    promised,
    read,
    same_line,
    sections,
)

EXERCISES = [path for path in SNIPPETS if path.stem.endswith("_exercises")]
PROGRAMS = [path for path in SNIPPETS if path not in EXERCISES]
SHOWN = [  # in part, on a page
    path
    for pattern in ("rnncourse/**/*.py", "rnncourse/**/*.c", "benchmarks/*.py")
    for path in sorted(ROOT.glob(pattern))
    if "--8<--" in path.read_text("utf-8")
]


def output(code: str, name: str) -> list[str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    return printed.getvalue().splitlines()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_what_it_promises(path):
    torch.set_default_dtype(torch.float32)
    code = path.read_text("utf-8")
    assert difference(promised(code), output(code, str(path))) is None


@pytest.mark.parametrize("stem", STEMS)
def test_the_sections_a_page_shows_run_pasted_one_after_the_other(stem):
    torch.set_default_dtype(torch.float32)
    code = pasted(stem)
    assert difference(promised(code), output(code, f"{stem}.md")) is None


@pytest.mark.parametrize(
    "path",
    [*SNIPPETS, *SHOWN],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_section_of_a_file_is_shown_once(path):
    name = path.relative_to(ROOT).as_posix()
    shown = [
        section
        for stem in STEMS
        for file, section in listings.included(read("es", stem))
        if file == name and section
    ]
    assert sorted(shown) == sorted(sections(path))


def exercises() -> list[tuple[str, str]]:
    return [
        (path.stem, name.removesuffix("_solution"))
        for path in EXERCISES
        for name in sections(path)
        if name.endswith("_solution")
    ]


def attempt(file: str, exercise: str, part: str) -> None:
    """Run one part of an exercise, then its check."""
    (path,) = [path for path in EXERCISES if path.stem == file]
    found = sections(path)
    code = found.get("imports", "") + found[f"{exercise}_{part}"]
    check = re.search(
        rf"^def check_{exercise}\(\).*?(?=^\S|\Z)",
        path.read_text("utf-8"),
        flags=re.M | re.S,
    )
    assert check is not None, f"{file}: expected a function check_{exercise}"
    place: dict[str, object] = {}
    exec(compile(code + check[0], f"{file}:{exercise}", "exec"), place)
    run = place[f"check_{exercise}"]
    assert callable(run)
    run()


@pytest.mark.parametrize(("file", "exercise"), exercises())
def test_the_solution_of_an_exercise_passes_its_check(file, exercise):
    torch.set_default_dtype(torch.float32)
    attempt(file, exercise, "solution")


@pytest.mark.parametrize(("file", "exercise"), exercises())
def test_the_starter_of_an_exercise_alone_fails_its_check(file, exercise):
    torch.set_default_dtype(torch.float32)
    with pytest.raises((AssertionError, NotImplementedError)):
        attempt(file, exercise, "starter")


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_each_exercise_has_a_starter_a_solution_and_a_check(path):
    names = set(sections(path)) - {"imports"}
    bases = {re.sub(r"_(starter|solution)$", "", name) for name in names}
    parts = {f"{base}_{p}" for base in bases for p in ("starter", "solution")}
    assert names == parts


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("loss 0.52", "loss 0.53", True),
        ("loss 0.52", "loss 0.54", False),
        ("1.2e-07", "1.3e-07", True),
        ("1.2e-07", "1.2e-06", False),
        ("(5, 2, 4)", "(5, 2, 3)", False),
        ("True", "False", False),
        ("-0.10", "0.10", False),
    ],
)
def test_words_agree_exactly_and_numbers_to_the_digits_shown(
    said, printed, same
):
    assert same_line(said, printed) is same


def test_a_missing_line_is_a_difference():
    assert difference(["a", "b"], ["a"]) is not None
    assert difference(["a"], ["a", "b"]) is not None
