"""The two languages of a page differ in their words and in nothing else."""

import ast
import re

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
FENCE = re.compile(r"^[ \t]*```([^\n]*)\n(.*?)^[ \t]*```\s*$", re.M | re.S)
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
    for kind, body in FENCE.findall(read(language, stem)):
        if re.search(r"\bpy(thon|con)?\b", kind):
            lines = [line.strip() for line in body.splitlines()]
            assert all(line.startswith('--8<-- "') for line in lines), body
        else:
            assert not re.search(r"^\s*(import|from|def) ", body, re.M), body


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


REFUSED = re.compile(  # words of others, and forms of "you"
    r"\bpuertas?\b|\bdesenroll\w+|\bcorriente de salida\b|\blibrerías?\b"
    r"|\bdatos reservados\b"
    r"|\bprecisión\b(?! (?:simple|doble|finita|mixta|numérica))"
    r"|\b(?:vosotros|vuestr[oa]s?|tú|ustede?s?)\b",
    re.I,
)


def spanish() -> list[tuple[str, str]]:
    """Every Spanish text of the project, with where it stands."""
    found = [(f"es/{stem}.md", read("es", stem)) for stem in STEMS]
    for path in [*ROOT.glob("rnncourse/**/*.py"), *ROOT.glob("labs/*.py")]:
        text = path.read_text("utf-8")
        words = [
            node.value.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.keyword)
            and node.arg == "es"
            and isinstance(node.value, ast.Constant)
        ]
        cells = re.findall(r'tags=\["es"\]\n((?:#.*\n)+)', text)
        found.append((str(path), "\n".join([*map(str, words), *cells])))
    return found


@pytest.mark.parametrize(
    ("place", "text"), spanish(), ids=[place for place, _ in spanish()]
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
    ],
)
def test_other_renderings_are_refused(text):
    assert REFUSED.search(text)
