"""The course's own prose, in each language, as it was at one commit.

A paragraph a line; □ stands for a formula, a name of the code or a number that
was measured. `make corpus` writes the files and their digests, on purpose:
what was trained on them depends on the digest, hence is trained anew.

A paragraph falls in one part only, always the same, by the digest of its words;
one that is repeated, whatever its capitals and signs, falls in the same part.
"""

import hashlib
import re
from importlib.resources import files
from typing import Literal, get_args

from rnncourse.checks import check_choice

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)

BLANK = "□"
DIGESTS = {
    "es": "28203f592554734c",
    "en": "114177d40c2f6ba7",
}
TENTHS: tuple[Part, ...] = ("test", "validation", *("train",) * 8)


def digest(text: str) -> str:
    """Sixteen hexadecimal digits that change with the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def paragraphs(language: str) -> list[str]:
    """Every paragraph of a language.

    Raises:
        ValueError: if there is no such language, or its file was edited.
    """
    check_choice("language", language, tuple(DIGESTS))
    file = files(__name__).joinpath(f"{language}.txt")
    text = file.read_text("utf-8")
    if digest(text) != DIGESTS[language]:
        raise ValueError(
            f"expected {language}.txt as it was written, got another text; "
            "write it again: make corpus"
        )
    return text.splitlines()


def part_of(paragraph: str) -> Part:
    """The part in which a paragraph falls, by its words alone."""
    words = " ".join(re.findall(r"\w+", paragraph.lower()))
    return TENTHS[int(digest(words), 16) % 10]


def part(language: str, name: Part) -> list[str]:
    """The paragraphs of one part of a language, in their order.

    Raises:
        ValueError: if there is no such part or language.
    """
    check_choice("name", name, PARTS)
    return [p for p in paragraphs(language) if part_of(p) == name]
