"""The search index: words found with or without accents, no TeX in it."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

_FILES = '<h2 id="files">'  # the whole files, after all that one reads
_LISTING = re.compile(r"<pre\b.*?</pre>", re.S)
_TAG = re.compile(r"<(?!/?(?:pre|code)\b)[^>]*>")
_WORD = re.compile(r"\w+")
_ANY_TAG = re.compile(r"<[^>]+>")
_PIECE = re.compile(r"<[^>]+>|\w+")
_HIDDEN = re.compile(r"<s>\w+</s>")
_TEX = re.compile(r"\\\[.*?\\\]|\\\(.*?\\\)|\\begin\{.*?\\end\{\w+\*?\}", re.S)


def plain(page: str) -> str:
    """A page's HTML as the index needs it: no whole files, no colours."""
    page = page.partition(_FILES)[0]
    return _LISTING.sub(lambda listing: _TAG.sub("", listing[0]), page)


def folded(word: str) -> str:
    """The word without accents; ñ is a letter of its own and stays."""
    kept = word.replace("ñ", "\0").replace("Ñ", "\1")
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFD", kept)
        if not unicodedata.combining(sign)
    )
    return plain.replace("\0", "ñ").replace("\1", "Ñ")


def readable(text: str) -> str:
    """A formula in a teaser would be noise: it is left out."""
    return _TEX.sub("…", text)


@lru_cache(maxsize=4096)  # an edit leaves most texts as they were
def foldable(text: str) -> str:
    """HTML where each word with accents is followed by the word without them.

    The style sheet hides these, which stand between <s> and </s>.
    """
    known = {word.lower() for word in _WORD.findall(_ANY_TAG.sub(" ", text))}

    def add(match: re.Match[str]) -> str:
        word = folded(match[0].lower())
        if match[0].startswith("<") or word in known:
            return match[0]
        known.add(word)
        return f"{match[0]}<s>{word}</s>"

    return _PIECE.sub(add, text)


def improve(index: dict[str, Any], fold: bool) -> dict[str, Any]:
    """Material's index, without TeX and, if asked, found without accents."""
    for entry in index["docs"]:
        entry["title"] = readable(entry["title"])
        entry["text"] = readable(entry["text"])
        if not fold:
            continue
        hidden = _HIDDEN.findall(foldable(entry["title"]))
        entry["text"] = "".join([foldable(entry["text"]), *hidden])
    return index
