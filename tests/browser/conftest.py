"""A real browser over the built course, served under its own path."""

import functools
import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hooks import book
from pages import address_of
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"


class Handler(http.server.SimpleHTTPRequestHandler):
    """The site under its path, as a server of pages does it."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(BASE):
            return str(Path(self.directory) / "nowhere")
        return super().translate_path("/" + path.removeprefix(BASE))

    def send_error(self, code, message=None, explain=None):
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


BASE = urlsplit(address_of(SITE)).path or "/"


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(SITE))
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
        server.shutdown()
        thread.join()


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
