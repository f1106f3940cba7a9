"""The course's own prose as plain text: `make corpus`, on purpose only.

A page loses its front matter, headings, tables, listings, displayed formulas,
figures and claims; what a formula, a name of the code or a measured number
leaves inside a sentence is a blank, □. One paragraph a line, none twice.
"""

import re
from pathlib import Path

from rnncourse import corpus
from rnncourse.words import LANGUAGES

ROOT = Path(__file__).parent.parent.parent
WHOLE = re.compile(  # what goes with its line breaks, and ends a paragraph
    r"\A---\n.*?\n---\n"
    r"|<!--.*?-->"
    r"|^[ \t]*```.*?^[ \t]*```[ \t]*$"
    r"|^\$\$\n.*?^\$\$[ \t]*$"
    r"|\\begin\{(equation\*?)\}.*?\\end\{\1\}"
    r"|^[ \t]*[#|].*?$"
    r"|^[ \t]*\[\[(?:figure|claim)[^\n]*\]\][ \t]*$"
    r"|^[ \t]*(?:!!!|\?\?\?\+?) \w+(?: \"(?:Solución|Solution)\")?[ \t]*$",
    re.M | re.S,
)
ITEM = re.compile(r"^[ \t]*(?:[-*>]|\d+\.|(?:!!!|\?\?\?\+?) \w+)[ \t]+", re.M)
INSIDE = (
    (re.compile(r"\[\[cite .*?\]\](?:: )?"), ""),
    (re.compile(r"\$[^$]+\$|\[\[.*?\]\]|`[^`]*`"), corpus.BLANK),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)(?:\{[^}]*\})?"), r"\1"),
    (re.compile(r"<[^>]+>|\*\*|\*|\{ *[#.:][^}]*\}|\\(?=\W)"), ""),
    (re.compile(rf"{corpus.BLANK}(?:[ -]*{corpus.BLANK})+"), corpus.BLANK),
)


def paragraphs(page: str) -> list[str]:
    """The prose of a page in Markdown, a paragraph an element."""
    text = ITEM.sub("\n\n", WHOLE.sub("\n\n", page))
    found = []
    for block in re.split(r"\n[ \t]*\n", text):
        line = " ".join(block.split()).strip('"')
        for pattern, left in INSIDE:
            line = pattern.sub(left, line)
        line = " ".join(line.split())
        if len(re.findall(r"[^\W\d_]{2,}", line)) >= 4:
            found.append(line)
    return found


def written(language: str, root: Path = ROOT) -> str:
    """The corpus of a language, from its pages in the order of their names."""
    pages = sorted((root / "docs" / language).glob("*.md"))
    lines: dict[str, None] = {}
    for page in pages:
        lines |= dict.fromkeys(paragraphs(page.read_text("utf-8")))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the corpora, and the digests that the package expects of them."""
    module = Path(corpus.__file__)
    code = module.read_text("utf-8")
    for language in LANGUAGES:
        text = written(language)
        module.with_name(f"{language}.txt").write_text(text, "utf-8")
        line = rf'("{language}": ")\w*"'
        code = re.sub(line, rf'\g<1>{corpus.digest(text)}"', code)
        print(f"{language}: {len(text.splitlines())} paragraphs")
    module.write_text(code, "utf-8")


if __name__ == "__main__":
    main()
