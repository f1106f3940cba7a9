"""How long the site takes to build: cold, warm, and after one page changed.

`python -m benchmarks.build` prints the seconds, and the bytes of each page.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seconds(cache: str, site: str) -> float:
    """One strict build, with its own store, into a folder of its own."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--quiet", "--site-dir", site]
    began = time.perf_counter()
    subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"RNNCOURSE_CACHE": cache},
        check=True,
    )
    return time.perf_counter() - began


def visible(cache: str) -> float:
    """From a page's change to a preview that shows it."""
    page = ROOT / "docs" / "es" / "rnn.md"
    text = page.read_text("utf-8")
    mark = "Una frase que no estaba."
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "mkdocs", "serve"]
        command += ["--dev-addr", "127.0.0.1:8765"]
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"RNNCOURSE_CACHE": cache},
            stdout=log,
            stderr=log,
        )
        try:
            fetch_until('id="rnn"')
            began = time.perf_counter()
            page.write_text(f"{text}\n{mark}\n", "utf-8")
            fetch_until(mark)
            return time.perf_counter() - began
        finally:
            page.write_text(text, "utf-8")
            server.terminate()
            server.wait()


def fetch_until(mark: str) -> None:
    """Ask for the chapter until it shows the mark; at most two minutes."""
    from urllib.error import URLError
    from urllib.request import urlopen

    until = time.perf_counter() + 120
    while time.perf_counter() < until:
        try:
            with urlopen("http://127.0.0.1:8765/rnn/", timeout=5) as reply:
                if mark in reply.read().decode():
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"expected {mark!r} on the page within two minutes")


def main() -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        cache, site = f"{folder}/cache", f"{folder}/site"
        measured = {
            "cold build, s": round(seconds(cache, site), 1),
            "warm build, s": round(seconds(cache, site), 1),
            "page edit visible, s": round(visible(cache), 1),
        }
        print(json.dumps(measured, indent=2))
        for page in sorted(Path(site).rglob("index.html")):
            size = len(gzip.compress(page.read_bytes())) / 1000
            name = re.sub(r"/?index.html$", "", str(page.relative_to(site)))
            print(f"{size:8.1f} kB gz  /{name}")


if __name__ == "__main__":
    main()
