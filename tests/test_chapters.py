"""A chapter becomes a notebook that says the same, and runs from the top."""

import contextlib
import io
import json
import re
from pathlib import Path

import nbformat
import pytest
import torch
import tries
from hooks import cells, chapters, colab, evidence, execution, jupyter
from pages import ROOT, SNIPPETS, difference, pasted, promised, sections

from rnncourse import store
from rnncourse.tried import tried
from rnncourse.words import LANGUAGES, Say

CHAPTERS = chapters.stems(ROOT)
each_chapter = pytest.mark.parametrize("stem", CHAPTERS)


def of(stem: str, language: str = "en") -> list:
    """The chapter's cells, without figures, claims and measured numbers."""
    page = (ROOT / "docs" / language / f"{stem}.md").read_text("utf-8")
    page = evidence.DIRECTIVE.sub("0", jupyter.body(page))
    page = jupyter.linked(
        jupyter.spelled(jupyter.numbered(page)), stem, lambda target: ""
    )
    return list(cells.Cells(ROOT, {}).of(page.splitlines()))


def code(found: list) -> list[str]:
    return [cell.source for cell in found if cell.cell_type == "code"]


def words(found: list) -> str:
    return "\n\n".join(c.source for c in found if c.cell_type == "markdown")


# --- Words ------------------------------------------------------------------


def test_a_reference_is_the_number_of_its_equation():
    page = (
        "Before $\\eqref{eq:b}$.\n\n"
        "\\begin{equation}\na = 1\n\\label{eq:a}\n\\end{equation}\n"
        "\\begin{equation}\nb = 2\n\\label{eq:b}\n\\end{equation}\n"
    )
    assert jupyter.numbered(page) == (
        "Before (2).\n\n$$\na = 1\n\\tag{1}\n$$\n$$\nb = 2\n\\tag{2}\n$$\n"
    )


def test_a_reference_to_no_equation_is_named():
    with pytest.raises(ValueError, match="undefined equation label 'eq:c'"):
        jupyter.numbered(r"By $\eqref{eq:c}$.")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (r"x \in \R^D", r"x \in \mathbb{R}^D"),
        (r"\pd{\loss}{h_t}", r"\frac{\partial \mathcal{L}}{\partial h_t}"),
        (
            r"\pd{\pd{a}{b}}{c_{t-1}}",
            r"\frac{\partial \frac{\partial a}{\partial b}}{\partial c_{t-1}}",
        ),
        (r"a \had b", r"a \odot b"),
        (r"\Rightarrow \hadron", r"\Rightarrow \hadron"),
    ],
)
def test_the_courses_commands_are_written_out(short, long):
    assert jupyter.spelled(short) == long


@pytest.mark.parametrize("tex", [r"\pd{a}", r"\pd{a", r"\pd ab"])
def test_a_command_without_its_arguments_is_refused(tex):
    with pytest.raises(ValueError, match="expected an argument in braces"):
        jupyter.spelled(tex)


def test_links_lead_to_headings_and_published_pages():
    page = (
        "## The idea { #idea }\n\n[a](#idea), [b](rnn.md#cell), [c](#gone), "
        "[d](https://a.org/x), ![e](figures/f.svg)\n"
    )
    assert jupyter.linked(
        page, "lstm", lambda file: f"https://s.org/{file}"
    ) == (
        "## The idea\n\n[a](#The-idea), [b](https://s.org/rnn.md#cell), "
        "[c](https://s.org/lstm.md#gone), [d](https://a.org/x), "
        "![e](figures/f.svg)\n"
    )


def test_without_an_address_a_link_is_its_words():
    page = "[b](rnn.md), [d](https://a.org/x)"
    found = jupyter.linked(page, "lstm", lambda file: "")
    assert found == "b, [d](https://a.org/x)"


def test_a_page_has_an_address_where_the_site_has_one():
    def url(file: str) -> str:
        return file.removesuffix(".md") + "/"

    known = cells.Place("en", "https://a.org/en/", url, "")
    assert known.address("rnn.md#cell") == "https://a.org/en/rnn/#cell"
    assert cells.Place("en", "", url, "").address("rnn.md#cell") == ""


@each_chapter
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_houses_own_notation_is_left(stem, language):
    found = words(of(stem, language))
    for mark in (r"--8<--", r"\{ #", r"\\label", r"\\eqref", r"^!!!", r"^\?\?"):
        assert not re.search(mark, found, re.M), mark
    assert not re.search(r"\\(R|loss|had|diag|pd)(?![A-Za-z])", found)
    assert found.count("<details>") == found.count("</details>")


@each_chapter
def test_every_word_of_the_page_stands_in_the_notebook(stem):
    page = (ROOT / "docs" / "en" / f"{stem}.md").read_text("utf-8")
    page = evidence.DIRECTIVE.sub("0", jupyter.body(page))
    page = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$]+\$", " ", page, flags=re.S)
    page = re.sub(
        r"\\begin\{equation\}.*?\\end\{equation\}", "", page, flags=re.S
    )
    page = re.sub(
        r"\]\([^)]*\)|\{ #[\w-]+ \}|^ *(\?\?\?|!!!) \w+", "", page, flags=re.M
    )
    there = set(re.findall(r"\w+", words(of(stem))))
    assert set(re.findall(r"\w{2,}", page)) - there == set()


# --- Code -------------------------------------------------------------------


@each_chapter
def test_the_languages_of_a_chapter_share_their_code(stem):
    es, en = (of(stem, language) for language in LANGUAGES)
    assert code(es) == code(en)
    assert [c.cell_type for c in es] == [c.cell_type for c in en]


@each_chapter
def test_every_section_of_a_chapters_programs_is_one_cell(stem):
    added = r"\n+(print\(tried\(.*|from rnncourse.tried import tried)\Z"
    found = [re.sub(added, "", source) for source in code(of(stem))]
    for path in SNIPPETS:
        if path.stem in (stem, f"{stem}_exercises"):
            for name, section in sections(path).items():
                assert found.count(cells._code(section)) == 1, name


@each_chapter
def test_every_cell_compiles_and_promises_nothing(stem):
    for source in code(of(stem)):
        compile(source, stem, "exec")
        assert promised(source) == []
        assert ")!" not in re.findall(r"# \(\d+\)!?", source)


@each_chapter
def test_each_exercise_is_tried_before_and_after_its_solution(stem):
    (path,) = [p for p in SNIPPETS if p.stem == f"{stem}_exercises"]
    names = [n for n in sections(path) if n.endswith("_solution")]
    found = "\n".join(code(of(stem)))
    for name in names:
        check = f"check_{name.removesuffix('_solution')}"
        assert found.count(f"def {check}(") == 1
        assert found.count(f"print(tried({check}))") == 2


def test_solutions_and_checks_are_folded():
    folded = [
        cell.source
        for cell in of("lstm")
        if cell.metadata.get("jupyter", {}).get("source_hidden")
    ]
    assert all("print(tried(" in source for source in folded)
    assert len(folded) == "\n".join(code(of("lstm"))).count("print(tried(")


def test_the_first_cell_installs_what_the_chapter_needs():
    place = cells.Place("en", "", str, "https://a.org/w.whl")
    first = cells._install(of("training"), place)
    assert first.source == (
        '%pip install --quiet "rnncourse[figures,training,distributed] '
        '@ https://a.org/w.whl"'
    )
    nowhere = cells.Place("en", "", str, "")
    assert cells._install(of("rnn"), nowhere).source == (
        '%pip install --quiet "rnncourse[figures,training]"'
    )
    assert execution.run_by(execution.notebook([first])) == []


@pytest.mark.parametrize("stem", ["backprop", "gru"])
def test_a_chapter_runs_from_top_to_bottom(stem):
    torch.set_default_dtype(torch.float32)
    printed = io.StringIO()
    place: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        for source in code(of(stem)):
            exec(compile(source, stem, "exec"), place)
    torch.set_default_dtype(torch.float32)
    lines = printed.getvalue().splitlines()
    shown = [line for line in lines if line[0] not in "✓✗"]
    tries = [line[0] for line in lines if line[0] in "✓✗"]
    assert difference(promised(pasted(stem)), shown) is None
    assert tries == ["✗", "✓"] * (len(tries) // 2)
    assert tries


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('```python\n--8<-- "snippets/rnn.py:gone"\n```', "a section gone"),
        (
            '```python\n--8<-- "snippets/rnn_exercises.py:gone"\n```',
            "a section gone",
        ),
        ("![a figure](https://a.org/f.svg)", "expected a figure"),
    ],
)
def test_what_a_notebook_cannot_show_is_named(page, message):
    with pytest.raises(ValueError, match=message):
        list(cells.Cells(ROOT, {}).of(page.splitlines()))


def test_a_figure_is_held_by_its_cell():
    path = '<path d="M 0.14 1.26 \nL 2.04 3"/>'
    words = "<title>$a$ &amp; (b)</title>"
    svg = f'<?xml?>\n<svg width="9pt">\n {path}{words}</svg>'
    page = "![A line.](figures/a-b.light.svg)<br>\nThe line."
    (cell,) = cells.Cells(ROOT, {"figures/a-b.light.svg": svg}).of(
        page.splitlines()
    )
    assert cell.metadata["picture"] == "figures/a-b.light.svg"
    assert cell.source.startswith("![A line.](data:image/svg+xml,%3Csvg%20")
    assert cell.source.endswith(")<br>\nThe line.")
    assert "M0.1%201.3L2%203" in cell.source
    assert "%24a%24%20%26amp;%20%28b%29" in cell.source


# --- Tried ------------------------------------------------------------------


def test_an_exercise_is_right_or_shows_the_line_that_fails():
    assert tried(tries.check_sum) == "✓ sum"
    assert tried(tries.check_wrong) == "✗ wrong: assert 1 + 1 == 3"
    assert tried(tries.check_long) == (
        "✗ long: assert sum( [1, 1] ) == 3, [1, 1] ([1, 1])"
    )
    assert (
        tried(tries.check_unwritten) == "✗ unwritten: raise NotImplementedError"
    )


def test_another_error_in_an_exercise_shows_itself():
    with pytest.raises(TypeError, match="expected two arguments"):
        tried(tries.check_broken)


# --- Executed ---------------------------------------------------------------


def small():
    skipped = nbformat.v4.new_code_cell("%pip install nothing")
    skipped.metadata["tags"] = [execution.SKIPPED]
    shown = nbformat.v4.new_code_cell("print(1 + 1)\n3")
    return execution.notebook([skipped, shown])


def test_a_notebook_is_executed_once_but_for_what_is_for_readers(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    said: list[str] = []
    for _ in range(2):
        asked = execution.Asked(small(), "small", "small")
        (shown,) = execution.outputs([asked], ROOT, said.append)
    assert said == ["notebooks: small"]
    made = small()
    execution.show(made, shown)
    assert made.cells[0].execution_count is None
    assert made.cells[0].outputs == []
    stream, value = made.cells[1].outputs
    assert (stream.text, value.data["text/plain"]) == ("2\n", "3")
    nbformat.validate(made)


def test_several_are_executed_at_once_and_shown_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    sources = ["1", "2", "raise ValueError", "3"]
    one, two, wrong, three = (
        execution.Asked(
            execution.notebook([nbformat.v4.new_code_cell(source)]), "x", source
        )
        for source in sources
    )
    with pytest.raises(execution.ExecutionError, match="raise ValueError"):
        execution.outputs([one, wrong, two], ROOT, lambda said: None)
    said: list[str] = []
    shown = execution.outputs([three, two, one], ROOT, said.append)
    assert "notebooks: 1" not in said  # kept, though another failed
    texts = [outputs[0][0]["data"]["text/plain"] for outputs in shown]
    assert texts == ["3", "2", "1"]


def test_words_change_no_outputs_and_code_does():
    def key(source: str, said: str):
        made = execution.notebook(
            [
                nbformat.v4.new_markdown_cell(said),
                nbformat.v4.new_code_cell(source),
            ]
        )
        return execution.entry("small", made, ROOT)

    assert key("1 + 1", "one") == key("1 + 1  # two", "another")
    assert key("1 + 1", "one") != key("1 + 2", "one")


def test_progress_is_not_published():
    out = {"output_type": "stream", "name": "stdout", "text": "a"}
    progress = {"output_type": "stream", "name": "stderr", "text": "50 %"}
    assert chapters._printed([[out, progress], []]) == [[out], []]


# --- Colab ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        (
            "https://github.com/a-b/c.d/",
            "https://colab.research.google.com/github/a-b/c.d/blob/notebooks/"
            "es/rnn.ipynb",
        ),
        ("https://github.com/a/b.git", "/github/a/b/blob/"),
        ("https://example.org/a/b", ""),
        ("", ""),
    ],
)
def test_colab_opens_what_is_on_github(repository, address):
    found = colab.address("rnn", "es", repository)
    assert address in found
    assert bool(found) is bool(address)


def test_a_page_offers_its_notebook_and_colab_where_it_can():
    alone = colab.links("rnn", "", Say("en"))
    assert '<a href="rnn.ipynb" download>Download as a notebook</a>' in alone
    assert "colab" not in alone
    both = colab.links("rnn", "https://github.com/a/b", Say("es"))
    assert "notebooks/es/rnn.ipynb" in both
    assert "Abrir en Colab" in both


def test_notebooks_for_colab_are_written_all_or_none(tmp_path, monkeypatch):
    folder = tmp_path / "dist" / "notebooks"
    colab.write({"es/old.ipynb": "1", "es/rnn.ipynb": "1"}, folder)
    colab.write({"es/rnn.ipynb": "2", "en/rnn.ipynb": "2"}, folder)

    def kept():
        files = (path for path in folder.parent.rglob("*") if path.is_file())
        return {path.relative_to(folder): path.read_text() for path in files}

    before = kept()
    assert before == {
        Path("es/rnn.ipynb"): "2",
        Path("en/rnn.ipynb"): "2",
    }
    write = Path.write_text

    def full(path, text, *more):
        if text == "full":
            raise OSError("no space left")
        return write(path, text, *more)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        colab.write({"es/rnn.ipynb": "3", "en/rnn.ipynb": "full"}, folder)
    assert kept() == before
    assert list(folder.parent.iterdir()) == [folder]


def test_colab_gets_the_published_pictures():
    cell = nbformat.v4.new_markdown_cell(
        "![a](data:image/svg+xml,%3Csvg%3E)<br>\nThe (line)."
    )
    cell.metadata["picture"] = "figures/a.light.svg"
    made = execution.notebook([cell])

    def source(home: str) -> str:
        made.metadata["home"] = home
        text = colab.published(nbformat.writes(made))
        nbformat.validate(nbformat.reads(text, as_version=4))
        return "".join(json.loads(text)["cells"][0]["source"])

    assert source("https://a.org/en/") == (
        "![a](https://a.org/en/figures/a.light.svg)<br>\nThe (line)."
    )
    assert source("") == cell.source


def test_without_a_site_colab_gets_nothing(tmp_path):
    with pytest.raises(colab.ColabError, match="run `make build`"):
        colab.files(tmp_path, ROOT)


def test_kept_files_are_of_their_own_pages_and_code(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "state", lambda markdown: [])
    place = cells.Place("en", "", str, "")
    before = chapters._key("rnn", [place], ROOT)
    assert chapters._key("rnn", [place], ROOT) == before
    assert chapters._key("gru", [place], ROOT) != before
    other = cells.Place("en", "https://a.org/", str, "")
    assert chapters._key("rnn", [other], ROOT) != before
    monkeypatch.setattr(store, "fingerprint_of", lambda code, root: "other")
    assert chapters._key("rnn", [place], ROOT) != before
