"""A page's Markdown as notebooks understand it.

Equations get their numbers here, for a notebook typesets each cell alone, and
the course's macros are written out. Links lead to the published pages.
"""

import re
from collections.abc import Callable
from itertools import count
from urllib.parse import quote

from hooks.mathematics import MACROS

_EQUATION = re.compile(r"\\begin\{equation\}(.*?)\\end\{equation\}", re.S)
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_REFERENCE = re.compile(r"\$\\eqref\{([^}]*)\}\$|\\eqref\{([^}]*)\}")
_MACRO = re.compile(rf"\\({'|'.join(MACROS)})(?![A-Za-z])")
_HEADING = re.compile(r"^(#+) (.+?) \{ #([\w-]+) \}$", re.M)
_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\(([^)\s]+)\)")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.S)


def body(page: str) -> str:
    """The page without its front matter."""
    return _FRONT.sub("", page).strip() + "\n"


def numbered(markdown: str) -> str:
    """Each equation with its number, which references name.

    Raises:
        ValueError: if a reference names no equation.
    """
    numbers: dict[str, int] = {}
    following = count(1)

    def one(match: re.Match[str]) -> str:
        number = next(following)
        numbers.update(dict.fromkeys(_LABEL.findall(match[1]), number))
        tex = _LABEL.sub("", match[1]).rstrip()
        indent = re.search(r"[ \t]*$", match[1])
        assert indent is not None
        return f"$${tex}\n{indent[0]}\\tag{{{number}}}\n{indent[0]}$$"

    def named(match: re.Match[str]) -> str:
        label = match[1] or match[2]
        if label not in numbers:
            raise ValueError(f"undefined equation label '{label}'")
        return f"({numbers[label]})"

    return _REFERENCE.sub(named, _EQUATION.sub(one, markdown))


def spelled(markdown: str) -> str:
    """Formulas with the course's own commands written out.

    Raises:
        ValueError: if a command lacks an argument.
    """
    for match in reversed(list(_MACRO.finditer(markdown))):
        meaning, end = MACROS[match[1]], match.end()
        if isinstance(meaning, list):  # what stands inside was written out
            tex, number = str(meaning[0]), int(meaning[1])
            for place in range(1, number + 1):
                argument, end = _argument(markdown, end)
                tex = tex.replace(f"#{place}", argument)
        else:
            tex = meaning
        markdown = markdown[: match.start()] + tex + markdown[end:]
    return markdown


def _argument(tex: str, start: int) -> tuple[str, int]:
    """What stands between the braces that open at `start`, and where it ends.

    Raises:
        ValueError: if no brace opens there, or none closes it.
    """
    depth = 0
    for place in range(start, len(tex)):
        depth += (tex[place] == "{") - (tex[place] == "}")
        if depth == 0:
            if place == start:
                break
            return tex[start + 1 : place], place + 1
    shown = tex[start : start + 20]
    raise ValueError(f"expected an argument in braces, got {shown!r}")


def linked(markdown: str, stem: str, address: Callable[[str], str]) -> str:
    """Links inside the notebook by headings, others by the pages' addresses.

    Args:
        markdown: with explicit anchors in its headings, which it loses.
        stem: of the page's file.
        address: from a page's file, with an anchor, to where it is published;
            "" if that is not known, and then the words stand alone.
    """
    places = {
        match[3]: quote(re.sub(r"[`*]", "", match[2]).replace(" ", "-"))
        for match in _HEADING.finditer(markdown)
    }

    def one(match: re.Match[str]) -> str:
        words, target = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        if target.startswith("#"):
            there = places.get(target[1:])
            there = f"#{there}" if there else address(f"{stem}.md{target}")
        else:
            there = address(target)
        return f"[{words}]({there})" if there else words

    markdown = _LINK.sub(one, markdown)
    return _HEADING.sub(r"\1 \2", markdown)
