"""Sources on pages: `[[cite key]]`, and the annotated list `[[references]]`."""

import re
from collections.abc import Callable
from html import escape

from rnncourse.references import BY_KEY, REFERENCES, Reference
from rnncourse.words import Say

_CITE = re.compile(r"\[\[cite(?: +([^\]\n]*?))?\]\]")
LIST = "[[references]]"


class CitationError(RuntimeError):
    """A source that is not in the bibliography; says which."""


def printed(reference: Reference, say: Say) -> str:
    """A source as a list prints it, in HTML: authors, title, where, year."""
    *others, last = reference.authors
    names = f"{', '.join(others)} {say(es='y', en='and')} {last}"
    authors = names if others else last
    opened, closed = say(es="«", en="“"), say(es="»", en="”")
    text = (
        f"{escape(authors)}, {opened}{escape(reference.title)}{closed}, "
        f"{escape(reference.where)}, {reference.year}"
    )
    if not reference.address:
        return text
    shown = f"doi:{reference.doi}" if reference.doi else reference.url
    shown = shown.removeprefix("https://")
    link = f'<a href="{escape(reference.address)}">{escape(shown)}</a>'
    return f"{text}, {link}"


def shown(
    markdown: str, page: str, say: Say, address: Callable[[str], str]
) -> str:
    """The page with its sources in place.

    Args:
        markdown: of the page.
        page: its file, for messages.
        say: its language.
        address: from a page's file to a link to it on this page.

    Raises:
        CitationError: if a key is unknown.
    """

    def cite(match: re.Match[str]) -> str:
        key = match[1] or ""
        if key not in BY_KEY:
            raise CitationError(
                f"{page}: unknown source {key!r}; expected one of: "
                f"{', '.join(BY_KEY)}"
            )
        mark = say(es="nota", en="note")
        link = (
            f'<a class="made" href="{address("history.md")}#{key}">{mark}</a>'
        )
        return f"{printed(BY_KEY[key], say)} ({link})"

    markdown = _CITE.sub(cite, markdown)
    return markdown.replace(LIST, _list(say)) if LIST in markdown else markdown


def _list(say: Say) -> str:
    items = "".join(
        f'<dt id="{r.key}">{printed(r, say)}</dt>'
        f"<dd>{escape(say(es=r.es, en=r.en))}</dd>"
        for r in REFERENCES
    )
    return f'<dl class="references">{items}</dl>'
