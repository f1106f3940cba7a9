"""A lab is one file; two notebooks come out of it, each in its language."""

import inspect
import re

import nbformat
import pytest
from hooks import execution, labs
from pages import ROOT

from rnncourse import lab
from rnncourse.words import LANGUAGES

FILES = labs.files(ROOT)

CELLS = """# ---
# jupyter:
#   chapter: rnn
# ---

# %% [markdown] tags=["es"]
# # Cuaderno { #lab }
#
# De qué trata.

# %% [markdown] tags=["en"]
# # Notebook { #lab }
#
# What it is about.

# %%
from rnncourse import lab

# %%
print(lab.say(es="hola", en="hello"))
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "labs" / "small.py"
    path.parent.mkdir()
    path.write_text(CELLS)
    return path


@pytest.fixture(autouse=True)
def own_language():
    yield
    lab.speak("es")


def code(made) -> list[str]:
    return [cell.source for cell in made.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_languages_of_a_lab_share_their_code(path):
    es, en = (labs.notebook(path, language) for language in LANGUAGES)
    assert code(es)[1:] == code(en)[1:]
    assert code(es)[0].endswith('lab.speak("es")')
    assert code(en)[0].endswith('lab.speak("en")')
    assert [cell.cell_type for cell in es.cells] == [
        cell.cell_type for cell in en.cells
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_says_what_it_is(path, language):
    made = labs.notebook(path, language)
    nbformat.validate(made)
    assert 40 <= len(labs.Lab(path.stem, language, made).description) <= 160


def test_each_notebook_has_the_words_of_its_language(small):
    es, en = (labs.notebook(small, language) for language in LANGUAGES)
    assert es.cells[0].source.startswith("# Cuaderno")
    assert en.cells[0].source.startswith("# Notebook")


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '[markdown] tags=["en"]',
            "[markdown]",
            r"cell 2: expected a Markdown",
        ),
        (
            "# # Notebook { #lab }",
            "# # Notebook { #lap }",
            "same cells and head",
        ),
        (
            "# %%\nfrom",
            '# %% [markdown] tags=["es"]\n# Más.\n\n# %%\nfrom',
            "same cells and headings in every language",
        ),
        ("chapter: rnn", "chapters: rnn", "expected the chapter"),
    ],
)
def test_a_lab_in_one_language_only_is_named(small, good, bad, message):
    small.write_text(CELLS.replace(good, bad))
    with pytest.raises(labs.LabError, match=rf"labs/small.py: .*{message}"):
        labs.notebook(small, "es")


def test_outputs_are_kept_for_the_content_of_the_code(small):
    def key(text: str):
        small.write_text(text)
        return execution.entry("small", labs.notebook(small, "es"), ROOT)

    before = key(CELLS)
    assert key(CELLS.replace("De qué trata", "Otra cosa")) == before
    assert key(CELLS.replace("import lab", "import lab  # a lab")) == before
    assert key(CELLS.replace("hola", "buen día")) != before


def drawing(alt: str) -> str:
    figure, axes = lab.canvas()
    axes.plot([0, 1, 2], [0, 1, 0])
    return lab.show(figure, alt).data


def test_a_plot_has_its_words_and_the_colours_of_the_scheme():
    drawn = drawing('a "small" line')
    assert 'role="img" aria-label="a &quot;small&quot; line"' in drawn
    assert "var(--series-1, #0067a5)" in drawn
    assert "var(--ink, #1f2430)" in drawn
    assert "<style" not in drawn
    assert "<!--" not in drawn


def test_two_plots_of_a_page_share_no_name():
    names = [set(re.findall(r'id="([^"]+)"', drawing(a))) for a in "ab"]
    assert names[0]
    assert not names[0] & names[1]


def test_every_name_a_plot_uses_is_its_own():
    drawn = drawing("a line")
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', drawn)
    own = set(re.findall(r'id="([^"]+)"', drawn))
    assert used
    assert {first or second for first, second in used} <= own


def test_the_same_plot_has_the_same_bytes():
    assert drawing("a line") == drawing("a line")


def test_a_plot_without_words_is_refused():
    with pytest.raises(ValueError, match="expected an alternative text"):
        drawing(" ")


def test_a_lab_speaks_one_of_the_two_languages():
    lab.speak("en")
    assert lab.say(es="hola", en="hello") == "hello"
    unchecked = inspect.unwrap(lab.speak)  # users have no type checker
    with pytest.raises(
        ValueError, match="language to be 'es' or 'en', got 'fr'"
    ):
        unchecked("fr")


def test_the_outline_of_a_letter_stands_once():
    drawing = (
        '<defs><path id="p{0}-Sans-1f" d="M 0 0"></path></defs>'
        '<use xlink:href="#p{0}-Sans-1f"></use>'
        '<use xlink:href="#p{0}-mark"></use>'
    )
    page = labs.shared(drawing.format("aaaaaa") + drawing.format("bbbbbb"))
    assert page.count('<path id="glyph-Sans-1f" d="M 0 0"></path>') == 1
    assert page.count('href="#glyph-Sans-1f"') == 2
    assert page.count("-mark") == 2
    assert 'id="p' not in page
