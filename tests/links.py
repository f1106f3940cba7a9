"""The built site's links to other sites: which of them no longer answer.

    python tests/links.py site

Each address is asked once: for its head and, where that is refused, for the
page. What moved for good and what refuses robots is listed and no failure; what
is not there any more is one.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import requests
from lxml import html
from pages import address_of
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NameResolutionError
from urllib3.util import Retry

from rnncourse.__main__ import table

AGENT = "rnncourse-links (checks once a week that what we cite is there)"
PAUSE, TIMEOUT = 1.0, 20.0  # seconds
REGISTERS = {"doi.org"}  # of these a redirect is the answer
DEAD, REFUSED, PERMANENT = {404, 410}, {401, 403, 405, 429, 451}, {301, 308}


def found(site: Path) -> dict[str, list[str]]:
    """Addresses of other sites, each with the pages that link there."""
    own = address_of(site)
    links: dict[str, list[str]] = {}
    for file in sorted(site.rglob("*.html")):
        for href in html.parse(file).xpath("//a/@href"):
            address = urldefrag(href).url
            if address.startswith(("http:", "https:")) and not (
                own and address.startswith(own)
            ):
                pages = links.setdefault(address, [])
                page = file.relative_to(site).as_posix()
                if page not in pages:
                    pages.append(page)
    return links


def session(retries: int = 2, backoff: float = 2.0) -> requests.Session:
    """What asks: again if a server is busy, after `backoff` times 1, 2 s."""
    retry = Retry(
        retries,
        backoff_factor=backoff,
        status_forcelist=(500, 502, 503, 504),
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    made = requests.Session()
    made.headers["User-Agent"] = AGENT
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    return made


def ask(
    client: requests.Session, address: str, timeout: float = TIMEOUT
) -> tuple[str, str]:
    """alive, moved, refused, silent or dead; and what was said."""
    follow = urlsplit(address).netloc not in REGISTERS
    try:
        for method in ("HEAD", "GET"):
            with client.request(
                method,
                address,
                allow_redirects=follow,
                timeout=timeout,
                stream=True,
            ) as answer:
                if answer.ok:
                    break
    except requests.RequestException as fault:
        lost = isinstance(cause(fault), NameResolutionError)
        return ("dead" if lost else "silent"), type(fault).__name__
    code = answer.status_code
    if not answer.ok:
        silent = "refused" if code in REFUSED else "silent"
        return ("dead" if code in DEAD else silent), str(code)
    if moved(address, answer):
        return "moved", answer.url
    return "alive", str(code)


def cause(fault: BaseException) -> object:
    """What urllib3 gave up for."""
    inner = fault.args[0] if fault.args else None
    return getattr(inner, "reason", inner)


def moved(address: str, answer: requests.Response) -> bool:
    """For good, or to the home of a site, where a lost page often ends."""
    if not answer.history:
        return False
    home = urlsplit(answer.url).path in ("", "/")
    return (home and urlsplit(address).path not in ("", "/")) or all(
        step.status_code in PERMANENT for step in answer.history
    )


def check(
    links: dict[str, list[str]],
    client: requests.Session,
    wait: Callable[[], None],
) -> Iterable[dict[str, str]]:
    """A row for each address that is not simply alive."""
    for address, pages in links.items():
        verdict, said = ask(client, address)
        if verdict != "alive":
            yield {
                "verdict": verdict,
                "said": said,
                "address": address,
                "page": pages[0],
            }
        wait()


def main(site: str) -> int:
    links = found(Path(site))
    rows = list(check(links, session(), lambda: time.sleep(PAUSE)))
    dead = sum(row["verdict"] == "dead" for row in rows)
    if rows:
        print(table(sorted(rows, key=lambda row: row["verdict"])))
    print(
        f"{len(links)} addresses, {len(links) - len(rows)} alive, {dead} dead"
    )
    return int(dead > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
