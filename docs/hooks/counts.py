"""How much the course has in a language, as it is built: `[[count claims]]`."""

import re
from pathlib import Path

from hooks import labs, listings
from rnncourse.evidence import names
from rnncourse.words import Language

_FIGURE = re.compile(r"^\[\[(?:figure|play) ", re.M)


def counts(language: Language, root: Path) -> dict[str, int]:
    """How many there are of each thing that is counted."""
    pages = sorted((root / "docs" / language).glob("*.md"))
    shown = "\n".join(page.read_text("utf-8") for page in pages)
    claims = len(names("claims", root))
    return {
        "pages": len(pages) + len(labs.files(root)) + bool(claims),
        "listings": len(listings.included(shown)),
        "figures": len(_FIGURE.findall(shown)),
        "claims": claims,
    }
