"""Two languages, one site: Spanish at the root, English under en/."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url

MAIN = "es"


def untwinned(docs: Path, languages: list[str]) -> list[str]:
    """The pages that some language lacks, as messages."""
    pages = {
        language: {
            path.relative_to(docs / language).as_posix()
            for path in (docs / language).rglob("*.md")
        }
        for language in languages
    }
    everything = set().union(*pages.values())
    return [
        f"docs/{language}/{page}: missing page (it exists in "
        f"{', '.join(la for la in languages if page in pages[la])} only)"
        for language in languages
        for page in sorted(everything - pages[language])
    ]


def titled(nav: Any, sections: dict[str, str]) -> Any:
    """The nav with each section's title in one language.

    Raises:
        PluginError: if a section has no title.
    """
    if isinstance(nav, list):
        return [titled(item, sections) for item in nav]
    if isinstance(nav, dict):
        if untitled := nav.keys() - sections:
            raise PluginError(
                "mkdocs.yml: expected a title for each section of the nav "
                "among `sections`, under each of extra.languages; got none "
                f"for {', '.join(sorted(untitled))}"
            )
        return {
            sections[name]: titled(items, sections)
            for name, items in nav.items()
        }
    return nav


def stems(nav: Any) -> list[str]:
    """The pages of the nav, in its order, by stem."""
    if isinstance(nav, list):
        return [stem for item in nav for stem in stems(item)]
    if isinstance(nav, dict):
        return stems(list(nav.values()))
    return [nav.rpartition(".")[0]]


def site_root(site_url: str | None, path: str) -> str:
    """The address of the whole site, from that of one language; "" if none."""
    return (site_url or "").removesuffix(path)


def alternates(
    languages: dict[str, Any], current: str, root: str, url: str | None
) -> list[dict[str, Any]]:
    """One entry per language for a page of address `url` within its language.

    `link` is relative to the page, `absolute` is None where the site's address
    is not known. A page of no language (`url` None: the 404 page, which may be
    shown at any address) links to each home page from the server's root.
    """
    found = []
    for language, facts in languages.items():
        path = facts["path"]
        if url is None:
            base = urlsplit(root).path or "/"
            link, absolute = base + path, None
        else:
            here = f"/{languages[current]['path']}{url}"
            link = get_relative_url(f"/{path}{url}", here)
            absolute = f"{root}{path}{url}" if root else None
        found.append(
            {
                "language": language,
                "name": facts["name"],
                "current": language == current,
                "link": link,
                "absolute": absolute,
            }
        )
    return found
