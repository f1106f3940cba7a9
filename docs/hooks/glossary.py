"""The first occurrence of a term on a page leads to its definition."""

import html
import re
from dataclasses import dataclass
from functools import lru_cache

from rnncourse.words import Say

_ENTRY = re.compile(
    r"^### (?P<term>.+?) \{ #(?P<anchor>[\w-]+) \}\n+"
    r"<!-- forms: (?P<forms>.+?) -->\n+"
    r"(?P<definition>.+?)\n(?=\n*(?:#|\Z))",
    re.M | re.S,
)
_TOKEN = re.compile(r"(<!--.*?-->|<[^>]+>)", re.S)
_TAG = re.compile(r"<(/?)(\w+)([^>]*?)(/?)>", re.S)
_SKIPPED = {"a", "button", "code", "kbd", "math", "pre", "script", "style"}
_SKIPPED |= {"h1", "h2", "h3", "h4", "h5", "h6", "summary", "svg"}
SIGNS = {  # of the formulas in definitions, where only plain text may stand
    **{"dots": "…", "loss": "ℒ"},
    **{
        "hat": "\N{COMBINING CIRCUMFLEX ACCENT}",
        "tilde": "\N{COMBINING TILDE}",
    },
    **{"phi": "φ", "rho": "ρ", "sigma": "σ"},
}
_SKIPPED_CLASS = re.compile(r'class="[^"]*\b(?:arithmatex|admonition-title)\b')
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(frozen=True)
class Term:
    """A word of the glossary, the forms it takes in a text, what it means."""

    anchor: str
    forms: tuple[str, ...]
    definition: str


def terms(markdown: str) -> tuple[Term, ...]:
    """The entries of a glossary page.

    Raises:
        ValueError: if a heading is no entry, or a form is said twice.
    """
    found = []
    seen: dict[str, str] = {}
    for match in _ENTRY.finditer(markdown):
        forms = tuple(form.strip() for form in match["forms"].split(","))
        for form in forms:
            other = seen.setdefault(form.lower(), match["anchor"])
            if other != match["anchor"]:
                raise ValueError(
                    f"glossary: the form {form!r} belongs to {other!r} and to "
                    f"{match['anchor']!r}"
                )
        definition = " ".join(match["definition"].split())
        found.append(Term(match["anchor"], forms, definition))
    headings = re.findall(r"^### .*$", markdown, re.M)
    if len(headings) != len(found):
        raise ValueError(
            f"glossary: expected {len(headings)} entries of a heading with an "
            f"anchor, a line of forms and a definition, got {len(found)}"
        )
    return tuple(found)


def paired(markdown: str, twin: str, say: Say) -> str:
    """A glossary page with each term's name in the other language under it.

    Args:
        markdown: of the page.
        twin: of the same page in the other language, with the same anchors.
        say: the page's language.
    """
    names = {match["anchor"]: match["term"] for match in _ENTRY.finditer(twin)}
    language = say(es="en", en="es")
    label = say(es="En inglés", en="In Spanish")

    def with_name(match: re.Match[str]) -> str:
        name = names.get(match["anchor"])
        if name is None:
            return match[0]
        line = f'{label}: <span lang="{language}">{html.escape(name)}</span>'
        return f'{match[0]}\n\n<p class="twin">{line}</p>\n'

    return _ENTRY.sub(with_name, markdown)


def plain(definition: str) -> str:
    """A definition as a tooltip shows it: no Markdown, no TeX.

    Raises:
        ValueError: on a command of TeX that SIGNS lacks.
    """
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", definition)
    pieces = re.split(r"\$([^$]*)\$", text)
    for i, piece in enumerate(pieces):
        pieces[i] = _signs(piece) if i % 2 else re.sub(r"[*_`]", "", piece)
    return "".join(pieces)


def _signs(tex: str) -> str:
    def sign(command: re.Match[str]) -> str:
        if command[1] not in SIGNS:
            raise ValueError(
                f"expected one of {', '.join(SIGNS)} in a formula of the "
                f"glossary, got {command[1]!r}: add its sign to SIGNS"
            )
        return SIGNS[command[1]]

    text = re.sub(r"\\(hat|tilde) (\w)", r"\2\\\1", tex)  # a sign after it
    text = re.sub(r"\\([A-Za-z]+)", sign, text)
    text = re.sub(r"\{(\w+)\}", r"\1", text)
    return text.translate(str.maketrans("{}", "()"))


@lru_cache(maxsize=128)  # an edit leaves most pages of a preview as they were
def linked(page: str, entries: tuple[Term, ...], address: str) -> str:
    """The page's HTML with the first occurrence of each term as a link.

    Not in headings, links, code, formulas and titles of folds.
    """
    by_form = {form.lower(): term for term in entries for form in term.forms}
    if not by_form:
        return page
    longest_first = sorted(by_form, key=len, reverse=True)
    any_form = "|".join(
        r"\s+".join(map(re.escape, form.split())) for form in longest_first
    )
    pattern = re.compile(rf"(?<![\w-])(?:{any_form})(?![\w-])", re.I)
    done: set[str] = set()

    def link(match: re.Match[str]) -> str:
        term = by_form[" ".join(match[0].lower().split())]
        if term.anchor in done:
            return match[0]
        done.add(term.anchor)
        title = html.escape(plain(term.definition), quote=True)
        target = html.escape(f"{address}#{term.anchor}", quote=True)
        return f'<a class="term" href="{target}" title="{title}">{match[0]}</a>'

    pieces = _TOKEN.split(page)
    skipping: list[str] = []
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            if not skipping:
                pieces[i] = pattern.sub(link, piece)
            continue
        tag = _TAG.fullmatch(piece)
        if tag is None or tag[2] in _VOID or tag[4]:
            continue
        name = tag[2].lower()
        if tag[1]:
            if skipping and skipping[-1] == name:
                skipping.pop()
        elif (skipping and skipping[-1] == name) or (
            not skipping and (name in _SKIPPED or _SKIPPED_CLASS.search(tag[3]))
        ):
            skipping.append(name)
    return "".join(pieces)
