"""Pages already converted: what did not change is not converted again.

One entry per page and language holds the HTML that was made of a page's
Markdown or notebook, its contents and its anchors, under a key made of all they
depend on. A page that gave a warning is not kept, so that it warns again.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from hooks import keeping
from hooks.listings import included
from rnncourse import store


def key(page: Page, files: Files, root: Path, settings: str) -> str:
    """Of the page's Markdown and of all that its conversion reads.

    Args:
        page: with its Markdown.
        files: of the site: where links lead.
        root: of the project.
        settings: a digest of what holds for every page.
    """
    markdown = page.markdown or ""
    shown = {path: _bytes(root / path) for path, _ in included(markdown)}
    places = sorted((file.src_uri, file.url) for file in files)
    whole = [settings, page.file.src_uri, markdown, sorted(shown.items())]
    text = json.dumps([*whole, places], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _bytes(path: Path) -> str:
    """A digest of a file; of none, that it is absent."""
    if not path.is_file():
        return "absent"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def render(
    page: Page,
    config: MkDocsConfig,
    files: Files,
    *,
    convert: Callable[[MkDocsConfig, Files], None],
    entry: Path,
    key: str,
    warnings: Callable[[], int],
) -> None:
    """The page converted, or what that gave when the key was the same.

    Args:
        page: to be rendered.
        config: of its language.
        files: of the site.
        convert: what converts the page.
        entry: where its result is kept.
        key: of all that the result depends on.
        warnings: how many there were so far.
    """
    kept = keeping.read(entry)
    if kept and kept["key"] == key:
        page.content, page._title_from_render = kept["content"], kept["title"]
        page.toc = get_toc(kept["toc"])
        anchors = kept["anchors"]
        page.present_anchor_ids = None if anchors is None else set(anchors)
        page.links_to_anchors = {
            file: links
            for uri, links in kept["links"].items()
            if (file := files.get_file_from_path(uri))
        }
        return
    before = warnings()
    convert(config, files)
    if warnings() > before:
        return
    links = page.links_to_anchors or {}
    anchors = page.present_anchor_ids
    result = {
        "key": key,
        "content": page.content,
        "title": page.title,
        "toc": [_token(link) for link in page.toc],
        "anchors": anchors if anchors is None else sorted(anchors),
        "links": {file.src_uri: found for file, found in links.items()},
    }
    store.write(entry, result)


def _token(link: AnchorLink) -> dict[str, Any]:
    below = [_token(child) for child in link.children]
    return {
        "name": link.title,
        "id": link.id,
        "level": link.level,
        "children": below,
    }
