"""Widgets on pages: `[[play gates]]`, and what a page with widgets loads.

The widget is an element around the figure that Python drew, which is what shows
without JavaScript and in print. The element is made from a plain division after
Markdown, which does not know it.
"""

import re
from collections.abc import Iterable

from rnncourse.play import FETCHING
from rnncourse.words import Language

DIRECTIVE = re.compile(r"\[\[play ([a-z]+)\]\]")
STYLE = "assets/play/play.css"
LOADER = "assets/play/load.js"  # it fetches the rest when it is needed
_DIVISION = re.compile(
    r'<div class="play" id="play-([a-z]+)">(.*?)</div>', re.S
)


def on_page(markdown: str) -> list[str]:
    """The widgets that a page shows, in order."""
    return list(dict.fromkeys(DIRECTIVE.findall(markdown)))


def data(pages: Iterable[str], language: Language) -> dict[str, str]:
    """The scripts that the widgets of some pages fetch: text by address."""
    shown = {name for page in pages for name in on_page(page)}
    found: dict[str, str] = {}
    for name in sorted(shown & FETCHING):
        from rnncourse.play import export

        found |= getattr(export, name)(language)
    return {f"assets/play/data/{name}.js": text for name, text in found.items()}


def divided(name: str, figure: str) -> str:
    """A figure in the division that becomes a widget, as Markdown."""
    return (
        f'<div class="play" id="play-{name}" markdown="block">\n'
        f"{figure}\n</div>"
    )


def elements(page: str) -> str:
    """The page's HTML, each division now with its element."""
    return _DIVISION.sub(
        r'<div class="play" id="play-\1"><rnn-\1>\2</rnn-\1></div>', page
    )
