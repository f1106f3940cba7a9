"""What the audit found, part by part: `benchmarks/results/quality.json`.

Each part of `make audit` writes its own figures under its own name, with the
date, the commit and the machine, so that the parts can be run apart: `make
coverage`, `make mutants`, `make lighthouse`, `make browser RECORD=1`, ... A
part that was never recorded is null there, and a dash on the page.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.about import RESULTS, ROOT, about

RECORD = RESULTS / "quality.json"
PARTS = (
    *("test", "built", "package", "wheel", "browser", "site"),
    *("coverage", "mutants", "lighthouse"),
)


def read(path: Path = RECORD) -> dict[str, Any]:
    """Every part by its name; None if it was not recorded."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {part: known.get(part) for part in PARTS}


def record(part: str, figures: dict[str, Any], path: Path = RECORD) -> None:
    """Write a part's figures; the file is replaced whole, or stays as it was.

    Raises:
        ValueError: if there is no such part.
    """
    if part not in PARTS:
        raise ValueError(f"expected one of {', '.join(PARTS)}, got {part!r}")
    parts = read(path) | {part: about() | figures}
    text = json.dumps(parts, indent=1, ensure_ascii=False) + "\n"
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        aside.write_text(text, "utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    print(f"recorded in {path.name}: {part}")


def coverage() -> dict[str, Any]:
    """What coverage.py found: lines and branches, and what no CPU reaches."""
    run = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    done = subprocess.run(
        run, cwd=ROOT, capture_output=True, text=True, check=True
    )
    totals = json.loads(done.stdout)["totals"]
    return {
        "lines": totals["num_statements"],
        "lines_reached": totals["covered_lines"],
        "branches": totals["num_branches"],
        "branches_reached": totals["covered_branches"],
        "lines_excluded": totals["excluded_lines"],
    }


if __name__ == "__main__":
    record("coverage", coverage())
