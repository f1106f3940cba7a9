"""The notebooks that the chapters offer: executed, whole, the same in both."""

import re
from functools import cache

import nbformat
import pytest
from hooks import chapters, colab, evidence, execution
from pages import ROOT, address_of, difference, pasted, promised

COURSE = ROOT / "site"
FOLDERS = {"es": COURSE, "en": COURSE / "en"}
CHAPTERS = chapters.stems(ROOT)

pytestmark = pytest.mark.skipif(
    not COURSE.exists(), reason="the course is not built: make build"
)
each_chapter = pytest.mark.parametrize("stem", CHAPTERS)
each_language = pytest.mark.parametrize("language", FOLDERS)


@cache
def notebook(stem: str, language: str):
    path = FOLDERS[language] / stem / f"{stem}.ipynb"
    return nbformat.reads(path.read_text("utf-8"), as_version=4)


def printed(stem: str, language: str) -> list[str]:
    return [
        line
        for cell in execution.run_by(notebook(stem, language))
        for output in cell.outputs
        if output.output_type == "stream"
        for line in output.text.splitlines()
    ]


@each_chapter
@each_language
def test_a_notebook_is_valid_and_executed_without_errors(stem, language):
    made = notebook(stem, language)
    nbformat.validate(made)
    names = [f"cell-{number}" for number in range(len(made.cells))]
    assert [cell.id for cell in made.cells] == names
    first, *others = (c for c in made.cells if c.cell_type == "code")
    assert first.source.startswith("%pip install ")
    assert (first.execution_count, first.outputs) == (None, [])
    counts = [cell.execution_count for cell in others]
    assert counts == list(range(1, len(others) + 1))
    kinds = {o.output_type for cell in others for o in cell.outputs}
    assert kinds <= {"stream", "display_data"}


@each_chapter
@each_language
def test_it_prints_what_the_page_promises(stem, language):
    lines = printed(stem, language)
    shown = [line for line in lines if not re.match("[✓✗] ", line)]
    assert difference(promised(pasted(stem)), shown) is None


@each_chapter
@each_language
def test_each_exercise_fails_before_its_solution_and_passes_after(
    stem, language
):
    tries = re.findall(
        r"^([✓✗]) (\w+)", "\n".join(printed(stem, language)), re.M
    )
    names = [name for _, name in tries[::2]]
    both = [(sign, name) for name in names for sign in "✗✓"]
    assert tries == both
    assert len(names) >= 5


@each_chapter
def test_its_languages_have_the_same_code_and_outputs(stem):
    es, en = (
        [
            (cell.source, cell.outputs)
            for cell in execution.run_by(notebook(stem, language))
        ]
        for language in FOLDERS
    )
    assert es == en


@each_chapter
@each_language
def test_no_directive_is_left_in_its_words(stem, language):
    for cell in notebook(stem, language).cells:
        if cell.cell_type == "markdown":
            assert not evidence.DIRECTIVE.search(cell.source)
            for mark in ("[[cite", "[[references", "--8<--", "{{source"):
                assert mark not in cell.source


@each_chapter
@each_language
def test_its_page_offers_it(stem, language):
    page = (FOLDERS[language] / stem / "index.html").read_text("utf-8")
    assert f'<a href="{stem}.ipynb" download>' in page


def test_colab_finds_every_picture_on_the_site():
    home = address_of(COURSE)
    pictures = {
        address
        for text in colab.files(COURSE).values()
        for address in re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    }
    assert pictures
    for address in pictures if home else ():
        assert (COURSE / address.removeprefix(home)).exists(), address
