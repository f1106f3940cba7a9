"""The two languages of a page differ in their words and in nothing else."""

import ast
import re
from pathlib import Path

import markdown
import pytest
import yaml
from hooks import languages, listings
from pages import DOCS, ROOT, STEMS, read

SKELETON = re.compile(
    r"""
      ^(\#{1,6})\ [^\n]*?(\{[^\n]*\})\s*$       # a heading: level and anchor
    | ^[ \t]*(```[^\n]*\n.*?\n)[ \t]*```\s*$    # a listing, whole
    | ^\$\$\n(.*?)^\$\$\s*$                     # a displayed equation
    | (\\begin\{equation\}.*?\\end\{equation\}) # a numbered one
    | ^([ \t]*(?:!!!|\?\?\?\+?)\ [\w ]+)        # a fold: its kind
    | (\[\[\w+\ .*?\]\])                         # evidence
    | \]\(([^)\s]+)                             # a link
    | ^(\|[-:| ]+\|)\s*$                        # a table: its columns
    """,
    re.M | re.S | re.X,
)
HEADING = re.compile(r"^#{1,6} .*$", re.M)
ANCHOR = re.compile(r"\{ #[a-z0-9][a-zA-Z0-9_-]* \}$")
FENCE = re.compile(
    r"^[ \t]*(```|~~~)([^\n]*)\n(.*?)^[ \t]*\1[ \t]*$", re.M | re.S
)
TYPED = {"console", "powershell", "text"}  # what a page may show of its own
BLOCKS = ["admonition", "footnotes", "md_in_html", "pymdownx.details"]
LANGUAGES = ["es", "en"]


def skeleton(page: str) -> list[str]:
    found = []
    for groups in SKELETON.findall(page):
        text = " ".join(filter(None, groups))
        text = re.sub(r"\\text\{[^}]*\}", r"\\text{}", text)
        found.append(" ".join(text.replace("{,}", ".").split()))
    return found


def without_listings(page: str) -> str:
    return FENCE.sub("", page)


def typed(page: str) -> list[str]:
    """The listings that a page holds and does not include from a file."""
    found = []
    for _, kind, body in FENCE.findall(page):
        if kind.strip() in TYPED:
            wrong = re.search(r"^\s*(import|from|def) ", body, re.M)
        else:
            lines = [line.strip() for line in body.splitlines()]
            wrong = not all(line.startswith('--8<-- "') for line in lines)
        found += [body] if wrong else []
    indented = markdown.markdown(without_listings(page), extensions=BLOCKS)
    return found + re.findall(r"<pre>.*?</pre>", indented, re.S)


def test_every_page_exists_in_both_languages():
    assert languages.untwinned(DOCS, LANGUAGES) == []


@pytest.mark.parametrize("stem", STEMS)
def test_twins_have_the_same_skeleton(stem):
    assert skeleton(read("es", stem)) == skeleton(read("en", stem))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_every_heading_has_an_explicit_anchor(stem, language):
    headings = HEADING.findall(without_listings(read(language, stem)))
    assert headings
    assert [h for h in headings if not ANCHOR.search(h)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_pages_hold_no_python(stem, language):
    assert typed(read(language, stem)) == []


@pytest.mark.parametrize(
    "listing",
    [
        "```python\nx = 1\n```\n",
        "    ```py\n    x = 1\n    ```\n",
        "```{.python}\nx = 1\n```\n",
        "~~~python\nx = 1\n~~~\n",
        "```\nx = 1\n```\n",
        "```text\nimport os\n```\n",
        "    x = 1\n",
    ],
)
def test_python_that_a_page_would_hold_is_found(listing):
    assert typed(f"One.\n\n{listing}\nTwo.\n") != []
    assert typed('One.\n\n```python\n--8<-- "a.py"\n```\n\nTwo.\n') == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_every_included_section_exists(stem, language):
    for path, section in listings.included(read(language, stem)):
        text = (ROOT / path).read_text("utf-8")
        assert section is None or f"[start:{section}]" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_every_page_describes_itself_in_one_sentence(stem, language):
    front = re.match(r"---\n(.*?)\n---\n", read(language, stem), re.S)
    assert front is not None
    description = yaml.safe_load(front[1])["description"]
    assert 40 <= len(description) <= 160


@pytest.mark.parametrize("stem", STEMS)
def test_twins_have_the_same_prerequisites(stem):
    fronts = [
        yaml.safe_load(re.match(r"---\n(.*?)\n---\n", read(la, stem), re.S)[1])
        for la in LANGUAGES
    ]
    words = {"description", "title"}
    kept = [{k: v for k, v in f.items() if k not in words} for f in fronts]
    assert kept[0] == kept[1]


def test_the_nav_names_every_page():
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = re.findall(r"^\s+- ([\w-]+)\.md$", text, re.M)
    assert set(STEMS) <= set(nav)


def test_a_changed_equation_makes_twins_differ():
    page = read("es", "notation")
    assert "h_{t-1}" in page
    assert skeleton(page) != skeleton(page.replace("h_{t-1}", "h_{t+1}"))


def test_a_missing_widget_makes_twins_differ():
    page = read("es", "lstm")
    assert "[[play gates]]" in page
    assert skeleton(page) != skeleton(page.replace("[[play gates]]", ""))


REFUSED = re.compile(  # words of others, of Spain, and forms of "you"
    r"\bpuertas?\b|\bdesenroll\w+|\bcorriente de salida\b|\blibrerías?\b"
    r"|\bdatos reservados\b"
    r"|\bprecisión\b(?! (?:simple|doble|finita|mixta|numérica))"
    r"|\bordenador(?:es)?\b|\bficheros?\b|\bvídeos?\b"
    r"|\b(?:vosotros|vuestr[oa]s?|tú|tus?|vos|ustede?s?|contigo)\b"
    r"|\b(?:puedes|podés|quieres|querés|tienes|tenés|debes|debés|sabes|sabés)\b"
    r"|\b(?:hacé|pon|poné|mirá|probá|ejecutá|abrí|elegí|recordá)\b"
    r"|\b(?:fíjate|fijate|asegúrate|asegurate|imagínate|pruébalo|inténtalo)\b",
    re.I,
)


def spanish() -> list[tuple[str, str]]:
    """Every Spanish text of the project, with where it stands."""
    found = [(f"es/{stem}.md", read("es", stem)) for stem in STEMS]
    for pattern in ("rnncourse/**/*.py", "labs/*.py", "docs/hooks/*.py"):
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text("utf-8")
            cells = re.findall(r'tags=\["es"\]\n((?:#.*\n)+)', text)
            found.append((named(path), "\n".join([*said(text), *cells])))
    for pattern in ("docs/assets/play/*.js", "docs/theme/**/*.html", "*.yml"):
        for path in sorted(ROOT.glob(pattern)):
            found.append((named(path), path.read_text("utf-8")))
    readme = (ROOT / "README.md").read_text("utf-8")
    return [*found, ("README.md", readme.partition("## En español")[2])]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def said(code: str) -> list[str]:
    """The words of each `es=`, also around a value and in a condition."""
    return [
        part.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.keyword) and node.arg == "es"
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


SPANISH = spanish()


@pytest.mark.parametrize(
    ("place", "text"), SPANISH, ids=[place for place, _ in SPANISH]
)
def test_spanish_uses_the_words_of_the_glossary(place, text):
    assert REFUSED.findall(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "la puerta de olvido",
        "una librería",
        "desenrollada",
        "precisión del 9 %",
        "en el ordenador",
        "un fichero",
        "si vos querés",
        "fíjate en tu red",
    ],
)
def test_other_renderings_are_refused(text):
    assert REFUSED.search(text)


def test_words_are_read_wherever_they_are_said():
    code = 'say(es=f"un {n}" if n else "sin " + word, en="one")'
    assert sorted(said(code)) == ["sin ", "un "]
    places = {place for place, text in SPANISH if text}
    assert places >= {"README.md", "mkdocs.yml", "docs/hooks/tables.py"}
    assert "docs/theme/404.html" in places
