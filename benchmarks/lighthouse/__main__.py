"""What Lighthouse says of four pages, on a desktop and on a phone.

`python -m benchmarks.lighthouse [RUNS]` needs a built site and Chromium; the
speeds of network and processor are simulated, and nothing is fetched from
elsewhere. Of the scores of performance the median is recorded, with the speed
that Lighthouse found the machine to have. Its simulated phone is the machine,
four times slower: below the speed it is made for, pages look slower than they
are, and performance is recorded but not asked for.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hooks import book, mathematics

from benchmarks.quality import ROOT, record
from benchmarks.serving import served

SITE = ROOT / "site"
TOOL = Path(__file__).parent / "node_modules" / "lighthouse"
PAGES = {"index": "", "bptt": "bptt/", "text": "text/", "lstm": "en/lstm/"}
FORMS = ("desktop", "mobile")
WHOLE = ("accessibility", "best-practices", "seo")  # 100 of 100 each
LEAST = {"desktop": 95, "mobile": 90}  # of 100, performance
SPEED = 1500  # of the machine, Lighthouse's benchmarkIndex
TIMES = {
    "paint_s": "first-contentful-paint",
    "largest_paint_s": "largest-contentful-paint",
    "blocked_s": "total-blocking-time",
}
FLAGS = [
    *("--headless=new", *book.FLAGS),
    "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'",
]


def report(address: str, form: str) -> dict[str, Any]:
    """One run over one page; again, at most twice, where the browser hung."""
    for _ in range(2):
        try:
            return one_report(address, form)
        except subprocess.SubprocessError as error:
            print(f"{address}, {form}: again, after {error}", file=sys.stderr)
    return one_report(address, form)


def one_report(address: str, form: str) -> dict[str, Any]:
    """One run over one page, as Lighthouse writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        run = [str(mathematics.node()), str(TOOL / "cli" / "index.js")]
        run += [address, "--quiet"]
        run += ["--output=json", f"--output-path={path}"]
        run += ["--no-enable-error-reporting", "--throttling-method=simulate"]
        run += [f"--only-categories={','.join(('performance', *WHOLE))}"]
        run += [f"--chrome-flags={' '.join(FLAGS)}"]
        run += ["--preset=desktop"] if form == "desktop" else []
        subprocess.run(
            run,
            env=os.environ | {"CHROME_PATH": book.browser(), "CI": "1"},
            check=True,
            timeout=300,
        )
        return json.loads(path.read_text("utf-8"))


def outside(found: dict[str, Any], address: str) -> list[str]:
    """What a page fetched from other servers than its own."""
    here = urlsplit(address).netloc
    requests = found["audits"]["network-requests"]["details"]["items"]
    urls = [urlsplit(request["url"]) for request in requests]
    return [
        url.geturl()
        for url in urls
        if url.scheme not in ("data", "blob") and url.netloc != here
    ]


def summary(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Of several runs over one page: worst scores, median performance."""
    scores = {
        category.replace("-", "_"): min(
            round(100 * found["categories"][category]["score"])
            for found in reports
        )
        for category in WHOLE
    }
    performance = [
        round(100 * found["categories"]["performance"]["score"])
        for found in reports
    ]
    audits = [found["audits"] for found in reports]
    times = {
        name: round(
            statistics.median(one[audit]["numericValue"] for one in audits)
            / 1000,
            2,
        )
        for name, audit in TIMES.items()
    }
    shift = max(
        one["cumulative-layout-shift"]["numericValue"] for one in audits
    )
    return scores | {
        "performance": statistics.median(performance),
        "performances": performance,
        **times,
        "shift": round(shift, 4),
        "kb": round(audits[0]["total-byte-weight"]["numericValue"] / 1000),
        "speed_of_machine": [
            round(found["environment"]["benchmarkIndex"]) for found in reports
        ],
    }


def problems(pages: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """What is below what is asked for."""
    said = []
    for form, found in pages.items():
        for name, scores in found.items():
            asked = dict.fromkeys((c.replace("-", "_") for c in WHOLE), 100)
            if statistics.median(scores["speed_of_machine"]) >= SPEED:
                asked["performance"] = LEAST[form]
            said += [
                f"{name}, {form}: expected {category} of {least} or more, "
                f"got {scores[category]:g}"
                for category, least in asked.items()
                if scores[category] < least
            ]
    return said


def main(runs: int = 5) -> None:
    """Run, record, and exit with what is below what is asked for."""
    if not TOOL.exists():
        sys.exit("Lighthouse is not installed: run `make lighthouse`")
    home = (SITE / "index.html").read_text("utf-8")
    base = urlsplit(home.partition('rel="canonical" href="')[2].split('"')[0])
    pages: dict[str, dict[str, Any]] = {}
    with served(SITE, base.path or "/") as address:
        for form in FORMS:
            pages[form] = {}
            for name, place in PAGES.items():
                reports = [report(address + place, form) for _ in range(runs)]
                for found in reports:
                    assert not outside(found, address), outside(found, address)
                pages[form][name] = summary(reports)
                print(form, name, pages[form][name], flush=True)
    every = [scores for found in pages.values() for scores in found.values()]
    speeds = [speed for one in every for speed in one["speed_of_machine"]]
    version = json.loads((TOOL / "package.json").read_text("utf-8"))["version"]
    record(
        "lighthouse",
        {
            "lighthouse": version,
            "runs": runs,
            "pages": len(PAGES),
            "asked": {"whole": 100, "speed_of_machine": SPEED, **LEAST},
            "speed_of_machine": {
                "least": min(speeds),
                "median": round(statistics.median(speeds)),
                "most": max(speeds),
            },
            **pages,
        },
    )
    sys.exit("\n".join(problems(pages)) or 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
