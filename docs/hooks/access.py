"""What the theme's pages lack for those who do not see or point at them.

And what they have that HTML does not know, as `tests/built/test_html.py` found.
"""

import re

from rnncourse.words import Say

_SEARCH = 'data-md-component="search" role="dialog"'
_EMPTY_HEADER = re.compile(r"<th([^>]*)>\s*</th>")
_PART = re.compile(r'<nav class="md-nav" aria-label="[^"]*">')
_BOX = re.compile(r'(<input class="md-toggle"[^>]*) autocomplete="off">')
_FORM = '<form id="__toggles" autocomplete="off"></form>\n    '


def accessible(page: str, say: Say) -> str:
    """The page with a name for its search, and no header that says nothing.

    A part of the table of contents is a list, and no place of its own: it might
    have the name of a section of the menu.
    """
    name = say(es="Búsqueda", en="Search")
    page = page.replace(_SEARCH, f'{_SEARCH} aria-label="{name}"')
    page = _PART.sub('<nav class="md-nav" role="none">', page)
    return _EMPTY_HEADER.sub(r"<td\1></td>", page)


def valid(page: str) -> str:
    """The page without the theme's attributes that HTML does not have.

    The menu and the search are boxes that are ticked when they are open. That
    a browser must not remember it, only their form may say.
    """
    page = page.replace(' tabindex=""', "")
    page, boxes = _BOX.subn(r'\1 form="__toggles">', page)
    first = '<input class="md-toggle"'
    return page.replace(first, _FORM + first, 1) if boxes else page
