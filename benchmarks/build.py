"""How long the site takes to build, and the preview to show an edit.

`python -m benchmarks.build` measures, in a clone of what is committed:

    store         a build with the experiments in the store, and nothing else
    warm          the same again, with all that the first one kept
    page, figure  from an edit to the preview that shows it
    twice_...     the first two of a site with every page twice

With `--record` it begins with a build from nothing, and how long its results
take, all together and the longest with the experiments that it is the first to
need; and writes it into results/build.json.
"""

import argparse
import contextlib
import itertools
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.about import RESULTS, ROOT, about, git

MOST = {  # seconds
    **{"nothing": 840, "store": 240, "warm": 12},
    **{"page": 3, "figure": 8},
}
RESULT = re.compile(r"evidence: .*, ([\d.]+) s, \d+ left")
PAGES = re.compile(r"^( +- )(\w+)\.md$", re.MULTILINE)  # of the nav
DESCRIBED = re.compile(r'(\(\s*figure,\s*say\(\s*es=f?")')  # a figure
MARK = "Una frase que no estaba"
Seconds = dict[str, float]


def cloned(tree: Path) -> Path:
    """What is committed, with the packages of npm that are here."""
    run = ["git", "clone", "--quiet", str(ROOT), str(tree)]
    subprocess.run(run, check=True)
    (tree / "node_modules").symlink_to(ROOT / "node_modules")
    return tree


def started(tree: Path, cache: Path, *words: str) -> "subprocess.Popen[str]":
    """MkDocs at work in a tree, with a store of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mkdocs", *words],
        cwd=tree,
        env=os.environ | {"RNNCOURSE_CACHE": str(cache), "SITE_URL": ""},
        stdout=subprocess.DEVNULL if "serve" in words else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def build(tree: Path, cache: Path) -> tuple[float, list[float]]:
    """Seconds of a strict build, and of each result that it computed."""
    began = time.perf_counter()
    said, _ = (run := started(tree, cache, "build", "--strict")).communicate()
    if run.returncode:
        sys.exit(said)
    took = time.perf_counter() - began
    return took, [float(seconds) for seconds in RESULT.findall(said)]


def cold_and_warm(tree: Path, cache: Path, store: Path) -> Seconds:
    """With nothing kept but the experiments of a store, and with all."""
    shutil.rmtree(tree / "site", ignore_errors=True)
    (cache / "store").mkdir(parents=True)
    for entry in store.glob("experiments.*"):
        shutil.copy(entry, cache / "store")
    return {name: build(tree, cache)[0] for name in ("store", "warm")}


@contextlib.contextmanager
def previewed(tree: Path, cache: Path) -> Iterator[str]:
    """The address of a preview, once both languages are there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = started(tree, cache, "serve", "--dev-addr", address)
    try:
        for path in ("rnn/", "en/rnn/"):
            until(f"http://{address}/{path}", 'id="rnn"')
        yield f"http://{address}/"
    finally:
        server.terminate()
        server.wait()


def until(address: str, mark: str, limit: float = 300) -> float:
    """Seconds until a page shows the mark.

    Raises:
        TimeoutError: if it does not within the limit.
    """
    began = time.perf_counter()
    while (left := began + limit - time.perf_counter()) > 0:
        with (
            contextlib.suppress(URLError, OSError),
            urlopen(address, timeout=left) as reply,  # a preview has it waiting
        ):
            if mark in reply.read().decode():
                return time.perf_counter() - began
        time.sleep(0.05)
    raise TimeoutError(f"expected {mark!r} at {address} within {limit} s")


def edits(tree: Path, cache: Path) -> Seconds:
    """From a change of a page, and of a figure, to a preview that has it.

    Each is the median of three, one after another.
    """
    page, drawing = tree / "docs/es/rnn.md", tree / "rnncourse/figures/rnn.py"
    text, code = page.read_text("utf-8"), drawing.read_text("utf-8")
    took: dict[str, list[float]] = {"page": [], "figure": []}
    with previewed(tree, cache) as address:
        for name, k in itertools.product(took, "abc"):
            mark = f"{MARK}: {name} {k}."
            if name == "page":
                page.write_text(f"{text}\n{mark}\n", "utf-8")
            else:
                described = DESCRIBED.sub(rf"\1{mark} ", code, count=1)
                drawing.write_text(described, "utf-8")
            took[name].append(until(f"{address}rnn/", mark))
    return {name: statistics.median(each) for name, each in took.items()}


def double(tree: Path) -> None:
    """Every page that was written twice, in both languages."""

    def again(line: re.Match[str]) -> str:
        begin, stem = line.groups()
        pages = list(tree.glob(f"docs/e?/{stem}.md"))
        for page in pages:
            shutil.copy(page, page.with_stem(f"{stem}-again"))
        return line[0] + f"\n{begin}{stem}-again.md" * bool(pages)

    settings = tree / "mkdocs.yml"
    settings.write_text(PAGES.sub(again, settings.read_text("utf-8")), "utf-8")


def measured(whole: bool) -> dict[str, Any]:
    """Pages and seconds; from nothing too, if it is to be whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree, store = cloned(folder / "tree"), ROOT / ".cache" / "store"
        found: Seconds = {}
        if whole:
            found["nothing"], each = build(tree, folder / "nothing")
            found |= {"longest": max(each), "results": sum(each)}
            store = folder / "nothing" / "store"
        found |= cold_and_warm(tree, folder / "once", store)
        pages = [len(list(tree.glob("site/**/index.html")))]
        found |= edits(tree, folder / "once")
        double(tree)
        twice = cold_and_warm(tree, folder / "twice", store)
        found |= {f"twice_{name}": took for name, took in twice.items()}
        pages.append(len(list(tree.glob("site/**/index.html"))))
        seconds = {name: round(took, 1) for name, took in found.items()}
        return {"pages": pages, "seconds": seconds, "most": MOST}


def main() -> None:
    """Measure, print, and record if that is asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--record", action="store_true")
    whole = parser.parse_args().record
    built = {"commit": git("rev-parse", "--short", "HEAD")}
    found = about("mkdocs-material", "mkdocs") | built | measured(whole)
    text = json.dumps(found, indent=1) + "\n"
    print(text)
    if whole:
        (RESULTS / "build.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
