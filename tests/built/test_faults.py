"""Each fault stops the strict build, is named, and leaves the old site."""

import errno
import os
import subprocess
import sys

import pytest
from hooks import evidence, execution, mathematics
from project import ADDRESS, attempt, digest

from rnncourse import store

ES = "docs/es/index.md"
FIGURE = "rnncourse/figures/demo.py"
CLAIM = "rnncourse/claims/demo.py"
LAB = "labs/demo.py"

FAULTS = {
    "dead link": (ES, "demo.md#end", "no.md", "no.md"),
    "dead anchor": (ES, "demo.md#end", "demo.md#no", "#no"),
    "dead link in raw HTML": (
        ES,
        "[la otra](demo.md#end)",
        '<a href="../no/">a</a>',
        "index.html: <a> dead link '../no/'",
    ),
    "dead anchor in raw HTML": (
        ES,
        "[la otra](demo.md#end)",
        '<a href="demo/#no">a</a>',
        "index.html: <a> dead anchor 'demo/#no'",
    ),
    "empty alternative text": (
        ES,
        "[[figure demo.line]]",
        '<img src="assets/logo.svg" alt="" width="1" height="1">',
        "index.html: image 'assets/logo.svg' has no alt text",
    ),
    "third party": (
        ES,
        "[[figure demo.line]]",
        '<img src="https://a.org/b" alt="b" width="1" height="1">',
        "would fetch from a third party: 'https://a.org/b'",
    ),
    "missing section": (ES, "demo.py:sum", "demo.py:no", "'no'"),
    "missing snippet": (ES, "demo.py:sum", "nodemo.py:sum", "nodemo.py"),
    "TeX error": (ES, "\\tanh(a_t)", "\\tahn(a_t)", "index.md: TeX error in"),
    "TeX of a wrong shape": (ES, "h_t = ", "\\frac{h_t} = }", "index.md: TeX"),
    "undefined label": (
        ES,
        "\\eqref{eq:h}",
        "\\eqref{eq:no}",
        "docs/es/index.md: undefined equation label 'eq:no'",
    ),
    "repeated label": (
        ES,
        "## Una parte",
        "$$\nx \\label{eq:h}\n$$\n\n## Una parte",
        "docs/es/index.md: equation label 'eq:h' is defined twice",
    ),
    "unknown figure": (
        ES,
        "demo.line",
        "demo.lin",
        "docs/es/index.md: unknown figure 'demo.lin'; expected one of: demo",
    ),
    "unknown claim": (
        "docs/en/index.md",
        "claim demo.small",
        "claim demo.smal",
        "docs/en/index.md: unknown claim 'demo.smal'",
    ),
    "unknown value": (
        ES,
        "numbers half .2f",
        "numbers third .2f",
        "docs/es/index.md: [[value demo.numbers third .2f]]: KeyError",
    ),
    "claim out of bounds": (
        CLAIM,
        "bound=0.5",
        "bound=0.1",
        "claim demo.small does not hold: measured 0.25, expected <= 0.1",
    ),
    "claim that is nan": (
        CLAIM,
        "value=0.25",
        'value=float("nan")',
        "claim demo.small does not hold: measured nan",
    ),
    "claim in one language": (
        CLAIM,
        'en="It is {value:.2f} in $x = {value:.2f}$."',
        'en=""',
        "claim demo.small: expected a sentence in 'en'",
    ),
    "figure in one language": (
        FIGURE,
        'es="pasos", en="steps"',
        'es="pasos"',
        "figure demo.line (es light): TypeError",
    ),
    "figure without words": (
        FIGURE,
        'es="Una recta que sube.", en="A line that goes up."',
        'es="", en=""',
        "expected an alternative text and a caption",
    ),
    "figure that fails": (
        FIGURE,
        "    figure, axes",
        "    1 / 0\n    figure, axes",
        "figure demo.line (es light): ZeroDivisionError",
    ),
    "figure without the package of the data": (
        FIGURE,
        "    figure, axes",
        """    import sys

    sys.modules["bokeh_sampledata"] = None
    from rnncourse.data import population

    population("Argentina")
    figure, axes""",
        "(es light): ModuleNotFoundError: expected the package "
        "bokeh_sampledata, which carries the series: pip install "
        '"rnncourse[data]"',
    ),
    "figure on a full disk": (
        FIGURE,
        "    figure, axes",
        f"""    import os

    def full(_, place):
        raise OSError({errno.ENOSPC}, "No space left on device", place)

    os.replace = full
    figure, axes""",
        "got 'No space left on device': free some space there",
    ),
    "process that dies while it draws": (
        FIGURE,
        "    figure, axes",
        "    __import__('os')._exit(9)\n    figure, axes",
        "figure demo.line (es light): the process ended early",
    ),
    "lab whose cell fails": (
        LAB,
        "1 + 1)",
        "1 / 0)",
        "labs/demo.py (es): a cell failed:",
    ),
    "lab whose kernel dies": (
        LAB,
        "1 + 1)",
        "__import__('os')._exit(9))",
        "labs/demo.py (es): a cell ended the kernel",
    ),
    "lab in one language": (
        LAB,
        '[markdown] tags=["en"]',
        "[markdown]",
        "labs/demo.py: cell 2: expected a Markdown cell tagged one of es, en",
    ),
    "lab with a dead link": (LAB, "../index.md", "../no.md", "'../no.md'"),
    "lab with a dead anchor": (
        LAB,
        "../index.md#part",
        "../index.md#no",
        "labs/demo/index.html: <a> dead anchor '../../#no'",
    ),
    "TeX error in a lab": (
        LAB,
        "$1 + 1$",
        "$1 \\tahn 1$",
        "demo.ipynb: TeX error",
    ),
    "section of the nav without a title": (
        "mkdocs.yml",
        "- demo.md",
        "- strange:\n  - demo.md",
        "got none for strange",
    ),
    "unknown language": (
        "mkdocs.yml",
        "  language: es",
        "  language: fr",
        "mkdocs.yml: expected the theme's language 'es', got 'fr'",
    ),
    "unknown prerequisite": (
        "docs/es/demo.md",
        "[index]",
        "[nothing]",
        "docs/es/demo.md: unknown prerequisite 'nothing'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build_and_leaves_the_site_as_it_was(project, fault):
    name, good, bad, reason = FAULTS[fault]
    before = digest(project / "site")
    path = project / name
    text = path.read_text("utf-8")
    assert good in text
    path.write_text(text.replace(good, bad), "utf-8")
    built, why = attempt(project)
    assert not built
    assert reason in why
    if name in (FIGURE, CLAIM):  # whose messages come from the package
        assert f"{name}: " in why
    assert digest(project / "site") == before
    assert not list(project.glob("site.building-*"))


@pytest.mark.parametrize("fault", ["dead link", "dead anchor"])
def test_a_page_that_gave_a_warning_gives_it_again(project, fault):
    name, good, bad, reason = FAULTS[fault]
    path = project / name
    path.write_text(path.read_text("utf-8").replace(good, bad), "utf-8")
    for _ in range(2):
        built, why = attempt(project)
        assert not built
        assert reason in why


def test_a_page_without_its_twin_stops_the_build(project):
    before = digest(project / "site")
    (project / "docs/en/demo.md").unlink()
    built, why = attempt(project)
    assert not built
    assert "docs/en/demo.md: missing page (it exists in es only)" in why
    assert digest(project / "site") == before


def test_a_cell_that_hangs_is_named_and_stopped(project, monkeypatch):
    before = digest(project / "site")
    path = project / LAB
    text = path.read_text("utf-8")
    path.write_text(text.replace("axes.plot([0, 1])", "while True: pass"))
    monkeypatch.setattr(execution, "TIMEOUT", 4)
    built, why = attempt(project)
    assert not built
    assert "labs/demo.py (es): a cell takes more than 4 s" in why
    assert digest(project / "site") == before


def test_a_figure_interrupted_while_written_leaves_nothing(project):
    before = digest(project / "site")
    path = project / FIGURE
    text = path.read_text("utf-8")
    cut = """    import os

    os.replace = lambda *_: os._exit(9)
    figure, axes"""
    path.write_text(text.replace("    figure, axes", cut), "utf-8")
    entries = sorted(store.folder().glob("*.json"))
    built, why = attempt(project)
    assert not built
    assert "figure demo.line (es light): the process ended early" in why
    assert digest(project / "site") == before
    assert sorted(store.folder().glob("*.json")) == entries
    path.write_text(text, "utf-8")
    assert attempt(project)[0]


def test_what_hangs_is_named_and_stopped(project, monkeypatch):
    before = digest(project / "site")
    path = project / FIGURE
    endless = "    while True: pass\n    figure, axes"
    path.write_text(path.read_text().replace("    figure, axes", endless))
    monkeypatch.setattr(evidence.compute, "__defaults__", (8.0,))
    built, why = attempt(project)
    assert not built
    assert "figure demo.line (es light): no result after 8 s" in why
    assert digest(project / "site") == before


def test_an_interrupted_build_leaves_the_site_as_it_was(project, monkeypatch):
    before = digest(project / "site")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("hooks.built.faults", interrupted)
    with pytest.raises(KeyboardInterrupt):
        attempt(project)
    assert digest(project / "site") == before
    assert not list(project.glob("site.building-*"))


def test_a_symbolic_link_out_of_the_project_is_refused(project, tmp_path):
    before = digest(project / "site")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.md").write_text("# Secret { #secret }")
    (project / "docs/es/own.md").symlink_to(tmp_path / "outside/secret.md")
    (project / "docs/assets/own").symlink_to(tmp_path / "outside")
    built, why = attempt(project)
    assert not built
    assert "symbolic links out of it" in why
    assert "in the place of docs/es/own.md, docs/assets/own" in why
    assert digest(project / "site") == before


def test_a_symbolic_link_within_a_folder_is_a_file_like_another(project):
    logo = project / "docs/assets/logo.svg"
    (project / "docs/assets/same.svg").symlink_to(logo)
    built, why = attempt(project)
    assert built, why
    same = project / "site/assets/same.svg"
    assert same.read_bytes() == logo.read_bytes()


def test_code_of_the_chapters_sees_what_is_allowed_only(project, monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", "secret")
    monkeypatch.setenv("LC_MONETARY", "es_AR.UTF-8")
    ask = """import os
assert "DEPLOY_TOKEN" not in os.environ
assert os.environ["LC_MONETARY"] == "es_AR.UTF-8"
"""
    figure, lab = project / FIGURE, project / LAB
    figure.write_text(figure.read_text("utf-8") + ask, "utf-8")
    text = lab.read_text("utf-8")
    lab.write_text(text.replace("print(", ask + "print("), "utf-8")
    built, why = attempt(project)
    assert built, why


def test_without_mathjax_the_build_stops_and_says_so(project):
    before = digest(project / "site")
    (project / "node_modules").unlink()
    built, why = attempt(project)
    assert not built
    assert "expected MathJax in node_modules, found none: run `make" in why
    assert digest(project / "site") == before


def test_without_node_the_build_stops_and_says_so(project, monkeypatch):
    before = digest(project / "site")
    page = project / ES
    page.write_text(page.read_text("utf-8").replace("tanh", "sinh"), "utf-8")
    monkeypatch.setattr(mathematics, "node", lambda: project / "none")
    built, why = attempt(project)
    assert not built
    assert f"expected Node at {project}/none, got 'No such file or dir" in why
    assert digest(project / "site") == before


def test_a_locale_that_does_not_exist_changes_nothing(project):
    before = digest(project / "site")
    (project / "site/index.html").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=project,
        env=os.environ
        | {"LC_ALL": "xx_YY.UTF-8", "LANG": "xx_YY", "SITE_URL": ADDRESS}
        | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert digest(project / "site") == before
