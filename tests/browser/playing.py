"""A widget on its page, in a state that an address gives."""

from collections.abc import Callable, Iterator

import pytest
from pages import STEMS
from playwright.sync_api import Locator, Page

from rnncourse import play

SHOWN = {name: stem for name, stem in play.PAGES.items() if stem in STEMS}
LANGUAGES = {"es": "", "en": "en/"}
REST = 700  # ms, longer than the widget waits before it speaks


def place(name: str, language: str) -> str:
    return f"{LANGUAGES[language]}{SHOWN[name]}/"


@pytest.fixture(scope="module")
def opened(browser, address) -> Iterator[Callable[..., Locator]]:
    """The widget of a page, on its page, in a state that an address gives.

    Each page is loaded once; its errors, and what it asks for elsewhere, fail
    the module.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "request",
        lambda r: None if r.url.startswith(address) else faults.append(r.url),
    )
    pages: dict[str, Page] = {}

    def widget(name: str, language: str, state: str = "") -> Locator:
        where = place(name, language)
        if where not in pages:
            pages[where] = context.new_page()
            pages[where].goto(address + where)
        page = pages[where]
        page.bring_to_front()
        page.set_viewport_size({"width": 1280, "height": 900})
        found = page.locator(f"rnn-{name}")
        page.evaluate("hash => { location.hash = hash }", f"rnn-{name}:")
        found.locator(".play-reset").click()
        page.evaluate("hash => { location.hash = hash }", f"rnn-{name}:{state}")
        page.evaluate("new Promise(requestAnimationFrame)")
        settle(found)
        return found

    yield widget
    context.close()
    assert faults == []


def settle(widget: Locator) -> None:
    """Until it has the data that it asked for."""
    widget.locator(".play-ui:not([data-waits])").wait_for()


def said(widget: Locator) -> str:
    settle(widget)
    return widget.locator(".play-says").text_content() or ""


widget_names = pytest.mark.parametrize("name", SHOWN)
both_languages = pytest.mark.parametrize("language", LANGUAGES)
