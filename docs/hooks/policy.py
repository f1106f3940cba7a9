"""Content security policy: a page runs and fetches what is the site's own.

The policy stands in a meta element before anything else that a page loads. Of
the scripts inside a page, it allows those that the theme wrote, each by the
hash of its text; no style inside a page: an alignment becomes a class.
"""

import base64
import hashlib
import re

_SCRIPT = re.compile(r"<script\b(?P<given>[^>]*)>(?P<text>.*?)</script>", re.S)
_ALIGNED = re.compile(r'(<t[dh]\b[^>]*?) style="text-align: (\w+);"')
_FIRST = '<meta charset="utf-8">'


def secured(page: str) -> str:
    """The page with its policy.

    Raises:
        ValueError: if the page does not begin as the theme's pages do.
    """
    if page.count(_FIRST) != 1:
        raise ValueError(f"expected one {_FIRST} in the page")
    page = _ALIGNED.sub(r'\1 class="\2"', page)
    content = policy(hashes(page))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    return page.replace(_FIRST, f"{_FIRST}\n{meta}")


def hashes(page: str) -> list[str]:
    """Of each script whose text stands in the page, as a policy names it."""
    found = set()
    for script in _SCRIPT.finditer(page):
        if "src=" in script["given"] or "application/" in script["given"]:
            continue  # fetched, and so the site's own; or data, never run
        digest = hashlib.sha256(script["text"].encode()).digest()
        found.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    return sorted(found)


def policy(scripts: list[str], also: str = "") -> str:
    """The directives, for a page with these scripts of its own.

    Args:
        scripts: their hashes.
        also: a source of everything that the page fetches, as "file:".
    """
    own = f"'self' {also}".rstrip()
    return "; ".join(
        [
            "default-src 'none'",
            " ".join([f"script-src {own}", *scripts]),
            f"style-src {own}",
            f"img-src {own} data:",
            f"font-src {own} data:",
            f"connect-src {own}",
            f"worker-src {own}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
