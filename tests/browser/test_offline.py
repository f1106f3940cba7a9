"""The zip, unpacked where people keep files, opened without a server."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import SITE, watched
from hooks import built, offline
from pages import address_of
from playwright.sync_api import Page

LANGUAGES = {"es": "", "en": "en/"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("Mis documentos, año 1 #")
    target = place / "course.zip"
    assert offline.pack(SITE, target) < offline.LIMIT
    with zipfile.ZipFile(target) as archive:
        archive.extractall(place)
    target.unlink()
    (found,) = place.iterdir()
    return found


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page without a network, which fails the test if it asks in vain."""
    with watched(browser, ("file://", "data:"), offline=True) as page:
        yield page


def place_of(page: Page, folder: Path) -> str:
    """Where in the folder the page is, with its anchor."""
    parts = urlsplit(page.url)
    path = Path(unquote(parts.path)).relative_to(folder).as_posix()
    return path + (f"#{parts.fragment}" if parts.fragment else "")


def test_every_link_of_the_folder_leads_to_a_file_in_it(folder):
    assert built.faults(folder, address_of(SITE)) == []
    address = re.compile(r'<(?:a|link)\b[^>]*? href="(?!https?:)([^"?#]+)')
    for path in folder.rglob("*.html"):
        for link in address.findall(path.read_text("utf-8")):
            assert (path.parent / unquote(link)).is_file(), (path, link)


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_one_reads_on_through_the_folder(page, folder, language):
    page.goto((folder / language / "index.html").as_uri())
    page.locator(".md-sidebar--primary a[href='rnn/index.html']").click()
    assert place_of(page, folder) == f"{language}rnn/index.html"
    page.locator(".md-footer__link--next").click()
    assert place_of(page, folder) == f"{language}bptt/index.html"
    page.locator(".md-header a.md-logo").click()
    assert place_of(page, folder) == f"{language}index.html"


def test_the_language_changes_where_one_is(page, folder):
    page.goto((folder / "rnn/index.html").as_uri() + "#modes")
    page.locator("a[data-language]:visible").first.click()
    page.wait_for_url("**/en/rnn/**")
    assert place_of(page, folder) == "en/rnn/index.html#modes"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_scheme_is_kept_from_page_to_page(page, folder):
    scheme = "document.body.dataset.mdColorScheme"
    page.goto((folder / "index.html").as_uri())
    before = page.evaluate(scheme)
    page.locator("label[for^=__palette]:visible").first.click()
    page.goto((folder / "en/rnn/index.html").as_uri())
    assert {before, page.evaluate(scheme)} == {"default", "slate"}


@pytest.mark.parametrize(
    ("language", "words", "stem"),
    [
        ("", "retropropagacion", "bptt"),
        ("", "compuertas de olvido", "lstm"),
        ("en/", "forget gate", "lstm"),
        ("en/", "vanishing gradients", "gradients"),
    ],
)
def test_the_search_finds_the_chapter_and_leads_there(
    page, folder, language, words, stem
):
    page.goto((folder / language / "rnn/index.html").as_uri())
    page.click("input[name=query]")
    page.locator("input[name=query]").press_sequentially(words)
    found = page.locator(
        f".md-search-result__link[href*='/{language}{stem}/index.html']"
    )
    found.first.click()
    page.wait_for_url(f"**/{language}{stem}/index.html*")
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_formulas_and_figures_show(page, folder, language):
    page.goto((folder / language / "bptt/index.html").as_uri())
    drawn = page.evaluate(
        """() => [...document.querySelectorAll("div.math mjx-container > svg")]
          .map((one) => [one.getBoundingClientRect().width,
                         one.querySelectorAll("use").length,
                         [...one.querySelectorAll("use")].every((glyph) =>
                           document.querySelector(glyph.href.baseVal))])"""
    )
    assert len(drawn) > 10
    assert all(w > 10 and glyphs and known for w, glyphs, known in drawn)
    images = page.locator("article figure img:visible")
    images.first.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.querySelector('article figure img').naturalWidth > 100"
    )


def test_a_widget_computes(page, folder):
    page.goto((folder / "lstm/index.html").as_uri() + "#rnn-gates:")
    widget = page.locator("rnn-gates")
    says = widget.locator(".play-says")
    before = says.inner_text()
    widget.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    assert says.inner_text() != before


@pytest.mark.parametrize(
    ("language", "words"), [("", "los gatos que "), ("en/", "the cats that ")]
)
def test_the_keyboard_predicts(page, folder, language, words):
    page.goto((folder / language / "text/index.html").as_uri())
    widget = page.locator("rnn-keyboard")
    widget.scroll_into_view_if_needed()
    widget.locator("input[type=text]").press_sequentially(words)
    widget.locator("[data-key=net-0]").wait_for()
    assert "%" in widget.locator("[data-key=net-0]").inner_text()


def test_what_is_offered_opens(page, folder):
    page.goto((folder / "labs/market/index.html").as_uri())
    page.locator("article a[download]").first.click()
    page.wait_for_url("**/labs/market/market.ipynb")
    text = page.locator("body").inner_text()
    assert json.loads(text)["nbformat"] == 4
    page.goto((folder / "rnn/index.html").as_uri())
    page.locator("article details.example summary").first.click()
    page.locator("article details .source a:visible").first.click()
    page.wait_for_url("**/code/snippets/rnn.py")
    assert "import torch" in page.locator("body").inner_text()


def test_the_policy_of_every_page_allows_nothing_remote(browser, folder):
    sources = re.compile(r'Content-Security-Policy" content="([^"]*)"')
    for path in folder.rglob("*.html"):
        (policy,) = sources.findall(path.read_text("utf-8"))
        assert policy.startswith("default-src 'none'; script-src 'self' file:")
        assert "unsafe" not in policy
        assert "http" not in policy
    page = browser.new_page()
    page.goto((folder / "rnn/index.html").as_uri())
    refused = page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation",
            (event) => resolve(event.effectiveDirective))
          fetch("https://example.org/").catch(() => {})
          setTimeout(() => resolve("nothing"), 3000) })"""
    )
    page.close()
    assert refused == "connect-src"
