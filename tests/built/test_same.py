"""The same sources give the same site, byte by byte, wherever they are built.

The second build stands in another folder, time zone, locale and order of
hashes. It shares the results of the experiments and what the chapters' programs
print, which take minutes, and does the rest again; `make audit` sets
RNNCOURSE_SAME=whole, and then it starts with nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnncourse import store

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
KEPT = store.folder().parent  # before other tests have a cache of their own
SOURCES = (
    *("docs", "labs", "snippets", "rnncourse", "benchmarks", "tests"),
    *("mkdocs.yml", "pyproject.toml", "package.json"),
    *("README.md", "LICENSE", "LICENSE-text"),
)
OTHERWISE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "12345",
}


def first_difference(one: Path, other: Path) -> str | None:
    """Of two folders: the file, and what stands there in each."""
    names = [
        {p.relative_to(root) for p in root.rglob("*") if p.is_file()}
        for root in (one, other)
    ]
    for name in sorted(names[0] ^ names[1]):
        return f"{name}: in one of them only"
    for name in sorted(names[0]):
        a, b = (one / name).read_bytes(), (other / name).read_bytes()
        if a != b:
            pairs = zip(a, b, strict=False)
            at = next(
                (k for k, (x, y) in enumerate(pairs) if x != y),
                min(len(a), len(b)),
            )
            shown = [text[max(0, at - 60) : at + 60] for text in (a, b)]
            return f"{name}, byte {at}:\n{shown[0]!r}\n{shown[1]!r}"
    return None


def test_the_first_difference_is_named(tmp_path):
    one, other = tmp_path / "a", tmp_path / "b"
    for folder in (one, other):
        folder.mkdir()
        (folder / "x.html").write_text("the same")
    assert first_difference(one, other) is None
    (other / "x.html").write_text("the sane")
    assert first_difference(one, other).startswith("x.html, byte 6:")
    (one / "y").write_text("")
    assert first_difference(one, other) == "y: in one of them only"


@pytest.mark.long
@pytest.mark.skipif(not SITE.exists(), reason="not built: make build")
def test_a_second_build_elsewhere_gives_the_same_bytes(tmp_path):
    root, cache = tmp_path / "elsewhere", tmp_path / "cache"
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, root / name)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    if os.environ.get("RNNCOURSE_SAME") != "whole":
        for pattern in ("store/experiments.*", "labs/chapter-*"):
            for entry in KEPT.glob(pattern):
                place = cache / entry.relative_to(KEPT)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(entry, place)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=root,
        env=os.environ
        | OTHERWISE
        | {"RNNCOURSE_CACHE": str(cache), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    difference = first_difference(SITE, root / "site")
    assert difference is None, difference
