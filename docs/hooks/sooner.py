"""What lets a page show sooner where the network or the processor is slow."""

import re

_BUNDLE = re.compile(r'(<script src="[^"]*/bundle\.\w+\.min\.js")>')
# names, spaces, operators, brackets, True and False
_UNCOLOURED = re.compile(r'<span class="(?:n|w|o|p|kc)">([^<]*)</span>')
_TABLE = re.compile(r"<table>.*?</table>", re.S)
_NOTES = re.compile(
    r'(<span class="c1">#[^<]*\(1\)!?</span>(?:(?!</div>).)*</div>\s*<ol)>',
    re.S,
)
_OPENING = 1500  # characters of an article that are surely seen at once
_PICTURE = re.compile(r'<img [^>]*?src="([^"#]+)#only-(light|dark)"')


def sooner(page: str) -> str:
    """The page, painted before its script is read, and with fewer elements.

    What has no colour in a listing is text without an element. The theme puts
    each table into a box that scrolls: in a division of its own, that changes
    the division and not the whole article. It moves the notes under a listing
    into it when it comes into view: until then they have no place either.
    """
    page = _BUNDLE.sub(r"\1 defer>", page)
    page = _NOTES.sub(r'\1 class="notes">', page)
    page = _TABLE.sub(r"<div>\g<0></div>", page)
    return first_picture(_UNCOLOURED.sub(r"\1", page))


def first_picture(page: str) -> str:
    """The page whose head asks for the figure that opens it, if one does."""
    start = page.find("<article")
    opening = page.find("<figure", start)
    if start < 0 or not 0 < opening < start + _OPENING:
        return page
    figure = page[opening : page.find("</figure>", opening)]
    links = [
        f'<link rel="preload" as="image" href="{address}" '
        f'media="(prefers-color-scheme: {scheme})">\n'
        for address, scheme in _PICTURE.findall(figure)
    ]
    return page.replace("</head>", "".join(links) + "</head>", 1)
