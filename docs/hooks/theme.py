"""What the build changes in the theme's own files."""

from pathlib import Path
from typing import NamedTuple


class Change(NamedTuple):
    """A text that one file of the theme holds once, and what replaces it."""

    file: str
    old: str
    new: str


_CHANGES = (
    # These two make a browser restyle each element of a page as it opens:
    # the scheme is said again, in a meta element; assets/style.css says it
    Change(
        "javascripts/bundle.*.js", 'name:"color-scheme"', 'name:"color_scheme"'
    ),
    # nothing may fade while the colours change, at the first time neither
    Change(
        "stylesheets/palette.*.css",
        "[data-md-color-switching] *,[data-md-color-switching] :after,"
        "[data-md-color-switching] :before{transition-duration:0s!important}",
        "",
    ),
    # The words of an open note are put in their place again as one scrolls: a
    # link in them that has the focus would lose it each time
    Change(
        "javascripts/bundle.*.js",
        "a?e.prepend(o):o.remove()",
        "a?o.parentNode===e||e.prepend(o):o.remove()",
    ),
    # The search holds two ends of words for the same if they are written the
    # same: "1", then node 23, like "1", node 2, "3" and so on. The words with
    # numbers then lead to words that are not there, and who types the first
    # letters of one finds nothing at all. A space, which no word has, parts
    # them (olivernn/lunr.js, issue 503).
    Change("javascripts/workers/search.*.js", "e=e+s+o.id", 'e+=s+o.id+" "'),
)


def mend(site: Path) -> None:
    """Make the changes in the files that a build has copied.

    Raises:
        ValueError: if the theme has a text no more, or has it elsewhere.
    """
    for name, old, new in _CHANGES:
        found = {
            path: path.read_text("utf-8")
            for path in (site / "assets").glob(name)
        }
        times = sum(text.count(old) for text in found.values())
        if times != 1:
            raise ValueError(
                f"expected {old!r} once in {name} of the theme, got it "
                f"{times} times: see docs/hooks/theme.py"
            )
        for path, text in found.items():
            path.write_text(text.replace(old, new), "utf-8")
