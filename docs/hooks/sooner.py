"""What lets a page show sooner where the network or the processor is slow."""

import re
from pathlib import Path

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
_RESTYLING = (  # what makes a browser restyle each element of an open page
    # the scheme is said again, in a meta element; assets/style.css says it
    ("javascripts/bundle.*.js", 'name:"color-scheme"', 'name:"color_scheme"'),
    # nothing may fade while the colours change, at the first time neither
    (
        "stylesheets/palette.*.css",
        "[data-md-color-switching] *,[data-md-color-switching] :after,"
        "[data-md-color-switching] :before{transition-duration:0s!important}",
        "",
    ),
)


def theme(site: Path) -> None:
    """Take out of the theme's files what restyles each page as it opens.

    Raises:
        ValueError: if the theme has it no more, or has it elsewhere.
    """
    for name, old, new in _RESTYLING:
        for path in (site / "assets").glob(name):
            text = path.read_text("utf-8")
            if text.count(old) != 1:
                raise ValueError(
                    f"expected {old!r} once in {path.name}, got it "
                    f"{text.count(old)} times: see docs/hooks/sooner.py"
                )
            path.write_text(text.replace(old, new), "utf-8")


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
