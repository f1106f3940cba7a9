"""A real browser over the built course, served under its own path."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hooks import book
from pages import address_of
from playing import opened as opened
from playwright.sync_api import Browser, Page

from benchmarks.serving import served

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
BASE = urlsplit(address_of(SITE)).path or "/"
EVERY = bool(os.environ.get("RNNCOURSE_EVERY"))  # as `make audit` sets it
ADDRESSES = sorted(
    f"{page.parent.relative_to(SITE).as_posix()}/".removeprefix("./")
    for page in SITE.rglob("index.html")
)
WHOLE = [
    language + page
    for language, page in itertools.product(
        ("", "en/"), ("", "bptt/", "text/", "labs/market/")
    )
]  # read in every way even where others are read once

on_the_whole = pytest.mark.parametrize("place", ADDRESSES if EVERY else WHOLE)
on_every_page = pytest.mark.parametrize("place", ADDRESSES)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(SITE, BASE) as found:
        yield found


def look_for_a_browser() -> None:
    """Where there is none a test fails if one is required, or is skipped."""
    try:
        book.browser()
    except book.BookError as error:
        if os.environ.get("REQUIRE_BROWSER"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    look_for_a_browser()
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
