"""The pages' sources and the snippets, as the tests read them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SNIPPETS = sorted((ROOT / "snippets").glob("*.py"))
STEMS = sorted(path.stem for path in (DOCS / "es").glob("*.md"))

MARK = re.compile(r"^\s*(?:#|/\*) --8<-- \[(start|end):([\w-]+)\](?: \*/)?\s*$")


def read(language: str, stem: str) -> str:
    return (DOCS / language / f"{stem}.md").read_text("utf-8")


def address_of(site: Path) -> str:
    """The address that a built site was built for, "" if none."""
    home = site / "index.html"
    assert home.exists(), "the course is not built: make build"
    canonical = r'<link rel="canonical" href="([^"]+)"'
    found = re.search(canonical, home.read_text("utf-8"))
    return found[1] if found else ""


def sections(path: Path) -> dict[str, str]:
    """The named sections of a file, without marks, in order."""
    found: dict[str, list[str]] = {}
    opened: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        mark = MARK.match(line)
        if mark and mark[1] == "start":
            assert mark[2] not in found, f"{path}: section {mark[2]} twice"
            opened.append(mark[2])
            found[mark[2]] = []
        elif mark:
            assert mark[2] in opened, f"{path}: section {mark[2]} not begun"
            opened.remove(mark[2])
        else:
            for name in opened:
                found[name].append(line)
    assert not opened, f"{path}: sections not ended: {opened}"
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


_SHOWN = re.compile(r'--8<-- "snippets/([\w-]+)\.py:([\w-]+)"')


def pasted(stem: str) -> str:
    """The sections of programs that a page shows, in its order."""
    found = _SHOWN.findall(read("es", stem))
    return "\n".join(
        sections(ROOT / "snippets" / f"{name}.py")[section]
        for name, section in found
        if not name.endswith("_exercises")
    )


def promised(code: str) -> list[str]:
    """The output that code promises in its `# > ` lines."""
    return re.findall(r"^\s*# > ?(.*)$", code, flags=re.M)


_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Difference:
    line: int
    promised: str
    printed: str


def difference(said: list[str], printed: list[str]) -> Difference | None:
    """The first line where the two differ, or None.

    Words agree exactly; numbers to the digits promised, give or take one in
    the last.
    """
    for i in range(max(len(said), len(printed))):
        left = said[i] if i < len(said) else "(nothing)"
        right = printed[i] if i < len(printed) else "(nothing)"
        if not same_line(left, right):
            return Difference(i + 1, left, right)
    return None


def same_line(said: str, printed: str) -> bool:
    said, printed = said.rstrip(), printed.rstrip()
    if _NUMBER.sub("#", said) != _NUMBER.sub("#", printed):
        return False
    pairs = zip(_NUMBER.findall(said), _NUMBER.findall(printed), strict=True)
    return all(_same_number(left, right) for left, right in pairs)


def _same_number(said: str, printed: str) -> bool:
    if said == printed:
        return True
    if "." not in said and "e" not in said:
        return False  # a whole number is exact
    mantissa, _, exponent = said.partition("e")
    digits = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - digits)
    return abs(float(said) - float(printed)) <= unit * 1.000001
