"""What was measured by hand, and recorded: `benchmarks/results/<name>.json`.

The build times nothing; it shows these. They are in the project's folder only,
not in an installed package.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from rnncourse import store

FOLDER = Path("benchmarks") / "results"
KINDS = ("RNN", "GRU", "LSTM")
RUNGS = (  # of the story of speed, from the slowest
    *("loop", "fused", "hoisted", "by_hand", "summed", "in_bulk"),
    *("in_place", "bptt", "native"),
)


def results(name: str, root: Path = store.ROOT) -> dict[str, Any] | None:
    """What a file holds; None if that was not measured."""
    path = root / FOLDER / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def digest(root: Path = store.ROOT) -> str:
    """Of every file."""
    found = hashlib.sha256()
    for path in sorted((root / FOLDER).glob("*.json")):
        found.update(f"{path.name}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
