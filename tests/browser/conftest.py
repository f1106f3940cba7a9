"""A real browser over the built course, served under its own path."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hooks import book
from pages import address_of
from playwright.sync_api import Browser, Page

from benchmarks.serving import served

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
BASE = urlsplit(address_of(SITE)).path or "/"


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(SITE, BASE) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with book.chromium() as browser:
        yield browser


@contextmanager
def watched(
    browser: Browser, own: tuple[str, ...], **settings: Any
) -> Iterator[Page]:
    """A page; at its end, no error logged, nothing asked in vain or elsewhere.

    Args:
        browser: that opens it.
        own: how the addresses begin that it may ask.
        settings: of its context.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, **settings
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda m: faults.append(m.text) if m.type == "error" else None,
    )
    page.on(
        "requestfailed",
        lambda r: (
            None
            if r.failure == "net::ERR_ABORTED"  # the page was left meanwhile
            else faults.append(f"failed: {r.url}: {r.failure}")
        ),
    )
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith(own) else faults.append(f"asked: {r.url}")
        ),
    )
    page.faults = faults  # type: ignore[attr-defined]
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page of the site as it is served."""
    with watched(browser, ("http://127.0.0.1:", "data:", "blob:")) as page:
        yield page
