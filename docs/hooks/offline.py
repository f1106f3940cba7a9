"""The course on a disk: one zip that opens without a server or a network.

`make offline` packs the built site. A browser that reads a folder finds no
index.html by itself, starts no worker and fetches no data: links spell
index.html, the search index becomes a script, and npm's iframe-worker is there
for the worker that searches.
"""

import base64
import hashlib
import json
import os
import re
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from hooks import policy

ROOT = Path(__file__).parent.parent.parent
NAME = "rnncourse-offline"
LIMIT = 30_000_000  # bytes
SHIM = "assets/javascripts/iframe-worker"

_LEFT = re.compile(  # what only a server, its visitors or a debugger ask for
    r"404\.html|sitemap\.xml(\.gz)?|assets/cards/.*|.*\.map"
)
_INDEX = "search/search_index.json"
_LINK = re.compile(r'(<(?:a|link)\b[^>]*? href=")([^"]*)(?=")')
_CONFIG = re.compile(r'<script id="__config" [^>]*>(.*?)</script>', re.S)
_BUNDLE = re.compile(r'<script src="[^"]*/javascripts/bundle\.')
_POLICY = re.compile(r'(Content-Security-Policy" content=")[^"]*(?=")')


class OfflineError(RuntimeError):
    """The site cannot be packed."""


def files(site: Path, root: Path = ROOT) -> dict[str, bytes]:
    """What the zip holds, by its place inside, in order.

    Raises:
        OfflineError: if there is no site, or no iframe-worker.
    """
    if not (site / "index.html").exists():
        raise OfflineError(
            f"expected a built site in {site}, got none: run `make build`"
        )
    package = root / "node_modules" / "iframe-worker"
    try:
        shim = (package / "shim" / "index.js").read_text("utf-8")
    except OSError as error:
        raise OfflineError(
            "expected iframe-worker in node_modules, got none: run `make setup`"
        ) from error
    found = {
        f"{SHIM}/index.js": shim.encode(),
        f"{SHIM}/LICENSE": (package / "LICENSE").read_bytes(),
    }
    for name in ("LICENSE", "LICENSE-text"):
        found[name] = (root / name).read_bytes()
    for path in site.rglob("*"):
        place = path.relative_to(site).as_posix()
        if not path.is_file() or _LEFT.fullmatch(place):
            continue
        if place.endswith(".html"):
            text = path.read_text("utf-8")
            found[place] = page(text, path.parent, site, shim).encode()
        elif place.endswith(_INDEX):
            script = index(path.read_text("utf-8")).encode()
            found[place.removesuffix("on")] = script  # .js
        else:
            found[place] = path.read_bytes()
    return dict(sorted(found.items()))


def page(text: str, folder: Path, site: Path, shim: str) -> str:
    """A page of the site as it works on a disk.

    Args:
        text: its HTML.
        folder: of the page.
        site: the built site, which knows what is a folder.
        shim: the script of iframe-worker.
    """
    text = _LINK.sub(lambda link: link[1] + spelled(link[2], folder), text)
    config = json.loads(_CONFIG.findall(text)[0])
    to_root = os.path.relpath(site, folder)
    text = _BUNDLE.sub(
        lambda bundle: (
            f'<script src="{to_root}/{SHIM}/index.js"></script>{bundle[0]}'
        ),
        text,
    )
    allowed = policy.hashes(text)
    digest = hashlib.sha256(framed(shim, config["search"]).encode()).digest()
    allowed.append(f"'sha256-{base64.b64encode(digest).decode()}'")
    # a browser that takes no file for 'self' knows its scheme
    content = policy.policy(sorted(allowed), "file:")
    return _POLICY.sub(lambda meta: meta[1] + content, text)


def spelled(address: str, folder: Path) -> str:
    """An address whose folder, if it is one, says its index.html."""
    path = re.split("[?#]", address)[0]
    if not path or not (folder / path / "index.html").exists():
        return address
    return path.rstrip("/") + "/index.html" + address.removeprefix(path)


def index(text: str) -> str:
    """The search index as the script that the theme asks for on a disk."""
    content = json.loads(text)
    for entry in content["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        entry["location"] = f"{path}index.html{mark}{anchor}"
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"var __index = {data}"


def framed(shim: str, worker: str) -> str:
    """The script that iframe-worker writes into a worker's frame.

    Raises:
        OfflineError: if it writes none.
    """
    template = re.search(r"<script>(.*?)<\\/script>", shim)
    if template is None:
        raise OfflineError("expected iframe-worker to write a script, got none")

    def filled(name: re.Match[str]) -> str:
        function = rf"function {name[1]}\(.*?\}}(?=function |var )"
        found = re.search(function, shim)
        return found[0] if found else worker

    return re.sub(r"\$\{(\w)\}", filled, template[1])


def pack(site: Path, target: Path, root: Path = ROOT) -> int:
    """Write the zip, whole or not at all; its size in bytes.

    Raises:
        OfflineError: if it cannot be made, or weighs more than it may.
    """
    epoch = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    date = max(time.gmtime(epoch)[:6], (1980, 1, 1, 0, 0, 0))
    target.parent.mkdir(parents=True, exist_ok=True)
    found = files(site, root)
    with tempfile.TemporaryDirectory(
        prefix=".writing-", dir=target.parent
    ) as folder:
        aside = Path(folder) / target.name
        with zipfile.ZipFile(aside, "w") as archive:
            for place, content in found.items():
                entry = zipfile.ZipInfo(f"{NAME}/{place}", date)
                entry.create_system = 3  # Unix, wherever it is made
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
        size = aside.stat().st_size
        if size > LIMIT:
            raise OfflineError(
                f"expected at most {LIMIT / 1e6:.0f} MB in {target.name}, got "
                f"{size / 1e6:.1f} MB: find what grew with `unzip -lv`, or "
                "leave it out in docs/hooks/offline.py"
            )
        os.replace(aside, target)
    return size


def main() -> None:
    """Pack site/ into dist/."""
    target = ROOT / "dist" / f"{NAME}.zip"
    try:
        size = pack(ROOT / "site", target)
    except OfflineError as error:
        sys.exit(str(error))
    print(f"{target.relative_to(ROOT)}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
