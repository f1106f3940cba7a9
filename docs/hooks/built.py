"""Checks over the built pages: what no reader should find out for us.

Every link, anchor, image and script resolves inside the site; nothing is
fetched from a third party; images have a text and a size; no leftover of the
build's own notation stands on a page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html

_FETCHED = {  # attributes whose address a browser fetches by itself
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_FETCHED_LINKS = {
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
    "preconnect",
    "prefetch",
    "preload",
    "stylesheet",
}
_CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")
_READ = (  # what is written for people to read
    ".//text()[not(ancestor::code or ancestor::pre or ancestor::script or "
    "ancestor::style or ancestor::svg or ancestor::math)]"
)
_LEFTOVER = re.compile(r"\[\[\w+ .*?\]\]|--8<--|\$\\|\(figure:")


@dataclass
class Page:
    """What a built page offers and what it asks for."""

    file: Path
    anchors: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)  # tag, address
    fetched: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read(file: Path) -> Page:
    """A page's links, anchors and own faults."""
    page = Page(file)
    tree = lxml.html.document_fromstring(file.read_bytes())
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        tag = node.tag.lower()
        name = node.get("id") or (node.get("name") if tag == "a" else None)
        if node.get("id") is not None:
            if node.get("id") in page.anchors:
                page.faults.append(f"id '{node.get('id')}' stands twice")
            if not node.get("id"):
                page.faults.append(f"<{tag}> has an empty id")
        if name:
            page.anchors.add(name)
        if tag in ("a", "area") and node.get("href") is not None:
            page.links.append((tag, node.get("href")))
        if tag == "link":
            rel = set((node.get("rel") or "").split())
            if rel & _FETCHED_LINKS:
                page.fetched.append((tag, node.get("href") or ""))
            elif rel & {"next", "prev"}:
                page.links.append((tag, node.get("href") or ""))
        for attribute in _FETCHED.get(tag, ()):
            value = node.get(attribute)
            if value is not None:
                for address in _addresses(attribute, value):
                    page.fetched.append((tag, address))
        if tag == "img":
            if not (node.get("alt") or "").strip():
                page.faults.append(f"image {_short(node)!r} has no alt text")
            if not (node.get("width") and node.get("height")):
                page.faults.append(f"image {_short(node)!r} has no size")
        if tag == "style":
            page.fetched += [("style", u) for u in _css_urls(node.text or "")]
    for article in tree.iter("article"):
        left = _LEFTOVER.search(_words(article))
        if left:
            page.faults.append(f"left unreplaced: {left[0]!r}")
    return page


def _short(image: lxml.html.HtmlElement) -> str:
    return (image.get("src") or "")[:80]


def _words(article: lxml.html.HtmlElement) -> str:
    return "".join(article.xpath(_READ))


def _addresses(attribute: str, value: str) -> list[str]:
    if attribute != "srcset":
        return [value]
    return [part.split()[0] for part in value.split(",") if part.strip()]


def _css_urls(text: str) -> list[str]:
    return [first or second for first, second in _CSS_URL.findall(text)]


def faults(site: Path, site_url: str = "") -> list[str]:
    """Every fault of a built site, as `page: what is wrong`."""
    pages = {file: read(file) for file in sorted(site.rglob("*.html"))}
    found = []
    for file, page in pages.items():
        where = file.relative_to(site).as_posix()
        found += [f"{where}: {fault}" for fault in page.faults]
        for tag, address in page.links:
            for fault in _link_faults(address, file, site, site_url, pages):
                found.append(f"{where}: <{tag}> {fault}")
        for tag, address in page.fetched:
            if wrong := _fetch_fault(address, file, site, site_url):
                found.append(f"{where}: <{tag}> {wrong}")
    for sheet in sorted(site.rglob("*.css")):
        where = sheet.relative_to(site).as_posix()
        for address in _css_urls(sheet.read_text("utf-8")):
            if wrong := _fetch_fault(address, sheet, site, site_url):
                found.append(f"{where}: {wrong}")
    return found


def _local(
    address: str, file: Path, site: Path, site_url: str
) -> tuple[Path, str] | None:
    """The file and anchor an address means; None if it is elsewhere."""
    if site_url and address.startswith(site_url):
        address = "/" + address.removeprefix(site_url).lstrip("/")
    elif address.startswith("/") and not address.startswith("//") and site_url:
        base = urlsplit(site_url).path
        if not address.startswith(base):
            return site / ".outside" / address.lstrip("/"), ""
        address = "/" + address.removeprefix(base)
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    here = "/" + file.relative_to(site).as_posix()
    path = unquote(urlsplit(urljoin(here, parts.path or here)).path)
    target = site / path.lstrip("/")
    if path.endswith("/") or target.is_dir():
        target = target / "index.html"
    return target, unquote(parts.fragment)


def _link_faults(
    address: str,
    file: Path,
    site: Path,
    site_url: str,
    pages: dict[Path, Page],
) -> Iterator[str]:
    if not address.strip():
        yield "empty link"
        return
    place = _local(address, file, site, site_url)
    if place is None:
        scheme = urlsplit(address).scheme
        if scheme not in ("https", "mailto"):
            yield f"link {address!r}: expected https, got {scheme!r}"
        return
    target, anchor = place
    if not target.exists():
        yield f"dead link {address!r}"
    elif anchor and target in pages and anchor not in pages[target].anchors:
        yield f"dead anchor {address!r}"


def _fetch_fault(
    address: str, file: Path, site: Path, site_url: str
) -> str | None:
    if address.startswith("data:") or address.startswith("#"):
        return None
    place = _local(address, file, site, site_url)
    if place is None:
        return f"would fetch from a third party: {address!r}"
    return None if place[0].exists() else f"missing file {address!r}"
