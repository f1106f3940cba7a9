"""What stands above a page's text: time, prerequisites, installation."""

import html
import math
import re
from typing import Any

from rnncourse.words import Say

WORDS_PER_MINUTE = 180
SECONDS_PER_FORMULA = 12
SECONDS_PER_LISTING = 40
SECONDS_PER_CLAIM = 10  # which is some thirty words


def title(markdown: str) -> str:
    """The first heading of a page, without its anchor.

    Raises:
        ValueError: if there is none.
    """
    match = re.search(r"^# (.+?)(?: \{ #[\w-]+ \})?$", markdown, re.M)
    if match is None:
        raise ValueError("expected a page that begins with '# Title { #stem }'")
    return match[1]


def minutes(markdown: str) -> int:
    """Reading time: words, formulas, listings and claims, rounded up to 5."""
    listings = len(re.findall(r"^\s*```(?:python|c)\b", markdown, re.M))
    display = r"\$\$.*?\$\$|\\begin\{equation\}.*?\\end\{equation\}"
    formulas = len(re.findall(display, markdown, re.S))
    claim = r"\[\[claim [\w.]+\]\]"
    claims = len(re.findall(claim, markdown))
    apart = rf"---\n.*?\n---\n|{display}|{claim}"
    prose = re.sub(apart, " ", markdown, flags=re.S)
    words = len(re.findall(r"\w{2,}", prose))
    seconds = (
        words * 60 / WORDS_PER_MINUTE
        + formulas * SECONDS_PER_FORMULA
        + listings * SECONDS_PER_LISTING
        + claims * SECONDS_PER_CLAIM
    )
    return max(5, 5 * math.ceil(seconds / 300))


def facts(markdown: str, prerequisites: list[tuple[str, str]], say: Say) -> str:
    """The line under a chapter's title, as HTML.

    Args:
        markdown: of the page.
        prerequisites: (title, address) of each page to know before.
        say: the page's language.
    """
    items = [
        f"<li>{say(es='Tiempo de lectura', en='Reading time')}: "
        f"{minutes(markdown)} min</li>"
    ]
    if prerequisites:
        links = ", ".join(
            f'<a href="{html.escape(address)}">{title}</a>'
            for title, address in prerequisites
        )
        words = say(es="Antes conviene leer", en="Best read first")
        items.append(f"<li>{words}: {links}</li>")
    return f'<ul class="facts">{"".join(items)}</ul>'


def install(command: str | None, say: Say, folded: bool = False) -> str:
    """How to make the listings of a page run, as HTML; "" without a command."""
    if command is None:
        return ""
    words = say(
        es="Para ejecutar el código de las páginas",
        en="To run the code of the pages",
    )
    line = (
        '<div class="highlight"><pre>'
        f"<code>{html.escape(command)}</code></pre></div>"
    )
    if folded:  # it is read once, and stands above every chapter
        shown = f"<details><summary>{words}</summary>{line}</details>"
    else:
        shown = f"<p>{words}:</p>{line}"
    return f'<div class="install">{shown}</div>'


def under_title(page: str, addition: str) -> str:
    """The page's HTML with the addition after its first heading."""
    return re.sub(r"</h1>", lambda m: m[0] + addition, page, count=1)


def citation(
    title: str, site_name: str, address: str | None, version: str, year: int
) -> dict[str, Any]:
    """How to cite a page, as text and as BibTeX."""
    where = f" {address}" if address else ""
    key = re.sub(r"\W+", "-", title.lower()).strip("-")
    url = f"  url = {{{address}}},\n" if address else ""
    return {
        "text": (
            f"The rnncourse developers ({year}). “{title}”. "
            f"{site_name}, rnncourse {version}.{where}"
        ),
        "bibtex": (
            f"@misc{{rnncourse-{key},\n"
            "  author = {{The rnncourse developers}},\n"
            f"  title = {{{title}}},\n"
            f"  howpublished = {{{site_name}, rnncourse {version}}},\n"
            f"{url}  year = {{{year}}}\n}}"
        ),
    }
