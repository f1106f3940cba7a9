"""What a reader downloads: bytes by gzip, page by page, against a budget.

`python -m benchmarks.weight` records the figures of the built site.
"""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin

import lxml.html

from benchmarks.quality import ROOT, record
from benchmarks.serving import compressed

SITE = ROOT / "site"
PAGE = 125_000  # bytes of HTML, at most
FIRST = 100_000  # bytes of styles and scripts that a first visit fetches


@cache
def size(path: Path) -> int:
    """Bytes of a file, as it travels."""
    return len(compressed(path))


def page(file: Path) -> dict[str, int]:
    """Bytes of a page, and of what it fetches the first time."""
    root = lxml.html.parse(str(file)).getroot()
    fetched = {
        unquote(urljoin(f"{file.parent.as_posix()}/", address))
        for address in [
            *root.xpath("//link[@rel='stylesheet']/@href"),
            *root.xpath("//script/@src"),
        ]
    }
    return {
        "html": size(file),
        "first": sum(size(Path(address)) for address in sorted(fetched)),
    }


def pages(site: Path = SITE) -> dict[str, dict[str, int]]:
    """Every page of both languages, by its address."""
    return {
        file.parent.relative_to(site).as_posix(): page(file)
        for file in sorted(site.rglob("index.html"))
    }


def too_heavy(found: dict[str, dict[str, int]]) -> list[str]:
    """The pages over the budget, as messages."""
    return [
        f"{address}: expected at most {most:,} bytes ({part}), "
        f"got {sizes[part]:,}"
        for address, sizes in found.items()
        for part, most in (("html", PAGE), ("first", FIRST))
        if sizes[part] > most
    ]


def main() -> None:
    """Record what the built site weighs."""
    every = list(pages().values())
    html = sorted(one["html"] for one in every)
    record(
        "site",
        {
            "html_kb": {
                "median": round(html[len(html) // 2] / 1000, 1),
                "most": round(html[-1] / 1000, 1),
                "budget": PAGE / 1000,
            },
            "first_kb": {
                "most": round(max(one["first"] for one in every) / 1000, 1),
                "budget": FIRST / 1000,
            },
        },
    )


if __name__ == "__main__":
    main()
