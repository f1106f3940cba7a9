"""What a record says of itself: the day, the code, the machine, versions."""

import datetime
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
OTHERS = f":(exclude){RESULTS.relative_to(ROOT).as_posix()}"


def git(*words: str) -> str:
    """What git answers; "" where there is no repository."""
    done = subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def commit() -> str:
    """Of the code that is measured; a + where it was changed since."""
    changed = git("status", "--porcelain", "--", ".", OTHERS)
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def made() -> dict[str, str]:
    """When, and by which code."""
    today = datetime.datetime.now(datetime.UTC).date()
    return {"date": today.isoformat(), "commit": commit()}


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(names),
        "system": platform.system(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def about(*libraries: str) -> dict[str, Any]:
    """All of it, with the versions of these libraries and of Python."""
    versions = {name: version(name) for name in libraries}
    versions["python"] = platform.python_version()
    return made() | {"machine": machine(), "versions": versions}
