"""Every page as people see it."""

import gzip
import json

import pytest
from conftest import SITE, on_every_page, on_the_whole
from pages import address_of

WITH_TABLES = ("notation", "rnn", "bptt", "lstm", "gru")
BUDGET = 200_000  # bytes, gzipped, up to the load event
TRACED = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.stack",
]


@on_every_page
def test_a_page_is_no_wider_than_the_screen(page, address, place):
    page.goto(address + place)
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth"
        ), page.evaluate(
            "[innerWidth, ...[...document.querySelectorAll('article *')]"
            ".filter(n => n.getBoundingClientRect().right > innerWidth)"
            ".map(n => n.tagName + '.' + n.className).slice(0, 5)]"
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["rnn/", "en/rnn/"])
def test_only_the_figures_of_the_scheme_are_fetched(
    browser, address, place, scheme
):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + place)
    for _ in range(60):
        page.mouse.wheel(0, 800)
        page.evaluate("new Promise(requestAnimationFrame)")
    page.wait_for_load_state("networkidle")
    figures = [url for url in asked if "/figures/" in url]
    assert figures
    assert all(url.endswith(f".{scheme}.svg") for url in figures)
    context.close()


@on_every_page
def test_a_page_stays_within_its_budget(page, address, place):
    sizes: dict[str, int] = {}

    def seen(response):
        sizes[response.url] = len(gzip.compress(response.body()))

    page.on("response", seen)
    page.goto(address + place, wait_until="load")
    assert sum(sizes.values()) < BUDGET, sizes


@pytest.mark.parametrize("language", ["", "en/"])
def test_the_index_of_the_search_is_light(page, address, language):
    index = page.request.get(f"{address}{language}search/search_index.json")
    assert len(gzip.compress(index.body())) < 2 * BUDGET


def test_the_index_of_the_search_waits_for_somebody_who_searches(page, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "rnn/")
    page.wait_for_load_state("networkidle")
    index = f"{address}search/search_index.json"
    assert any("/workers/search" in url for url in asked)
    assert index not in asked
    with page.expect_request(index):
        page.keyboard.press("/")


@pytest.mark.parametrize("language", ["", "en/"])
def test_the_search_finds_the_words_of_each_first_letter(
    page, address, language
):
    """A search for a letter goes through each word that begins with it."""
    with page.expect_worker() as started:
        page.goto(address + language)
    found = page.evaluate(
        """async ([worker, index]) => {
          const searching = new Worker(worker)
          const ask = (message) => new Promise((answer) => {
            searching.onmessage = ({ data }) => answer(data.data)
            searching.postMessage(message)
          })
          const data = await (await fetch(index)).json()
          await ask({ type: 0, data: { ...data, options: { suggest: true } } })
          const found = {}
          for (const letter of "0123456789abcdefghijklmnopqrstuvwxyz")
            found[letter] = (await ask({ type: 2, data: letter })).items.length
          return found
        }""",
        [
            started.value.url,
            f"{address}{language}search/search_index.json",
        ],
    )
    assert not [letter for letter, pages in found.items() if pages < 2], found


@pytest.mark.parametrize("width", [1280, 390])
def test_who_begins_to_search_with_the_mouse_finds(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + "rnn/")
    button = "label.md-header__button[for=__search]:visible"
    page.click(button if width < 960 else "[name=query]")
    page.locator("[name=query]").press_sequentially("perplejidad")
    page.wait_for_selector(".md-search-result__link")


def test_an_address_that_asks_is_answered(page, address):
    page.goto(address + "rnn/?q=perplejidad")
    page.wait_for_selector(".md-search-result__link")


def test_a_page_opened_from_the_search_marks_the_words(page, address):
    page.goto(address + "rnn/?h=estado")
    page.wait_for_selector("article mark")


def test_a_listing_is_made_ready_when_it_comes_into_view(page, address):
    page.goto(address + "lstm/")
    listings = page.locator("article .highlight:not(details *)")
    last = listings.last
    assert last.locator(".md-code__nav").count() == 0
    last.scroll_into_view_if_needed()
    last.locator(".md-code__nav button").first.wait_for()


def test_opening_a_page_styles_its_elements_once(browser, address):
    """What the theme does as it starts touches few elements of the article."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    browser.start_tracing(page=page, categories=TRACED)
    page.goto(address + "lstm/", wait_until="networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    elements = page.evaluate("document.querySelectorAll('*').length")
    context.close()
    by_script = [
        event["args"]["elementCount"]
        for event in events
        if event["name"] == "UpdateLayoutTree"
        and event.get("args", {}).get("beginData", {}).get("stackTrace")
    ]
    assert by_script
    assert max(by_script) < elements / 20, sorted(by_script)


def test_the_switch_keeps_the_page_and_the_place(page, address):
    page.goto(address + "rnn/#files")
    page.click("a[data-language]")
    page.wait_for_url(f"{address}en/rnn/#files")
    assert page.get_attribute("html", "lang") == "en"
    page.click("a[data-language]")
    page.wait_for_url(f"{address}rnn/#files")


def test_copying_a_formula_gives_its_tex(page, address):
    page.goto(address + "rnn/")
    copied = page.evaluate(
        """() => {
          const formula = document.querySelector("div.math mjx-container")
          getSelection().selectAllChildren(formula.parentElement)
          const data = new DataTransfer()
          document.dispatchEvent(
            new ClipboardEvent("copy", { clipboardData: data }))
          return [data.getData("text/plain"), formula.dataset.tex]
        }"""
    )
    assert copied[1] in copied[0]
    assert copied[0].strip().startswith("$$")


@pytest.mark.parametrize("path", ["bptt/", "en/gru/"])
def test_a_short_formula_stays_on_one_line(page, address, path):
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{address}{path}")
    parts, broken = page.evaluate(
        """() => {
          const formulas = [...document.querySelectorAll(".math.short")].map(
            (node) => [...node.querySelectorAll("mjx-container > svg")].map(
              (part) => part.getBoundingClientRect().left))
          const parts = formulas.filter((lefts) => lefts.length > 1)
          return [parts.length, parts.filter((lefts) =>
            lefts.some((x, k) => k && x < lefts[k - 1])).length]
        }"""
    )
    assert parts > 50
    assert broken == 0


def test_a_wide_formula_can_be_reached_and_scrolled(page, address):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(address + "lstm/")
    page.wait_for_function(
        """() => {
          const boxes = [...document.querySelectorAll("div.math")]
          const wide = boxes.map((box) => box.scrollWidth > box.clientWidth)
          return wide.some(Boolean) &&
            boxes.every((box, k) => wide[k] === (box.tabIndex === 0))
        }"""
    )


@pytest.mark.parametrize(
    "place", [f"{la}{stem}/" for la in ("", "en/") for stem in WITH_TABLES]
)
def test_a_formula_stays_in_its_cell(page, address, place):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + place)
    out = page.evaluate(
        """() => [...document.querySelectorAll("td mjx-container > svg")]
          .filter((part) => part.getBoundingClientRect().right
            > part.closest("td").getBoundingClientRect().right + 1)
          .map((part) => part.parentElement.dataset.tex)"""
    )
    assert out == []


@pytest.mark.skipif(
    not address_of(SITE), reason="a site without an address has no install line"
)
def test_a_listing_can_be_read_to_its_end_beside_its_buttons(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + "lstm/")
    page.locator(".install summary").click()
    code = page.locator(".install code")
    button = page.locator(".install .md-code__nav").bounding_box()
    end = code.evaluate(
        """code => {
          code.scrollLeft = code.scrollWidth
          const text = document.createRange()
          text.selectNodeContents(code)
          return text.getBoundingClientRect().right
        }"""
    )
    assert end <= button["x"] + 1


@pytest.mark.parametrize(
    ("language", "words", "stem"),
    [
        ("", "retropropagacion", "bptt"),
        ("", "notación", "notation"),
        ("", "red recurrente simple", "rnn"),
        ("", "compuertas de olvido", "lstm"),
        ("", "recorte del gradiente", "gradients"),
        ("", "carrusel de error", "lstm"),
        ("", "Cho 2014", "gru"),
        ("", "explosion del gradiente", "gradients"),
        ("", "desvanece", "gradients"),
        ("", "olvidar", "lstm"),
        ("", "1997", "lstm"),
        ("", "W_hh", "bptt"),
        ("en/", "hidden state", "rnn"),
        ("en/", "gradients", "gradients"),
        ("en/", "RNNCell", "rnn"),
        ("en/", "vanishing gradients", "gradients"),
        ("en/", "forget gate", "lstm"),
        ("en/", "closed form", "bptt"),
        ("en/", "vanishing", "gradients"),
        ("en/", "exploding", "gradients"),
        ("en/", "notation", "notation"),
        ("en/", "copying", "beyond"),
        ("en/", "forgetting", "lstm"),
        ("en/", "chain rule", "backprop"),
        ("en/", "candidate", "gru"),
    ],
)
def test_search_finds_the_page(page, address, language, words, stem):
    page.goto(address + language)
    page.click("input[name=query]")
    page.wait_for_function("() => document.getElementById('__search').checked")
    # whole at once: the results are not those of a part of the words
    page.fill("input[name=query]", words)
    page.keyboard.press("End")  # they are read when a key is released
    found = f".md-search-result__link[href*='{address}{language}{stem}/']"
    page.wait_for_selector(found, state="attached")
    assert not page.locator(".md-search-result s").first.is_visible()


@pytest.mark.parametrize(
    ("place", "words"),
    [("rnn/", "lleva de cada paso"), ("en/rnn/", "hands on, from each step")],
)
def test_a_term_shows_its_definition_on_hover_and_on_focus(
    page, address, place, words
):
    page.goto(address + place)
    term = page.locator("a.term").first
    for show in (term.hover, term.focus):
        page.mouse.move(0, 0)
        show()
        page.wait_for_selector(f".md-tooltip2__inner:has-text('{words}')")
        page.keyboard.press("Escape")
        term.blur()


def test_the_404_page_works_from_any_address(browser, address):
    page = browser.new_page()
    page.goto(address + "no/such/page/")
    assert page.locator("h1").count() == 1
    page.click("article a[href$='/en/']")
    assert page.url == address + "en/"
    page.close()


@on_the_whole
def test_what_is_there_stays_where_it_is(page, address, place):
    page.goto(address + place, wait_until="load")
    for _ in range(30):
        page.mouse.wheel(0, 600)
        page.evaluate("new Promise(requestAnimationFrame)")
        page.wait_for_function(  # a widget, asked for from afar, comes in time
            """() => [
              ...document.querySelectorAll(".play > :first-child")
            ].every((widget) => customElements.get(widget.localName) ||
                widget.getBoundingClientRect().top > innerHeight + 600)"""
        )
    shifts = page.evaluate(
        """() => new Promise((resolve) => {
          const found = []
          const name = ({ node }) => [
            node?.nodeName, node?.className, node?.textContent?.slice(0, 40),
          ].join(" ")
          new PerformanceObserver((list) => {
            for (const { value, sources } of list.getEntries())
              found.push([value, sources.map(name)])
          }).observe({ type: "layout-shift", buffered: true })
          requestAnimationFrame(() =>
            requestAnimationFrame(() => resolve(found)))
        })"""
    )
    assert sum(value for value, _ in shifts) <= 0.01, shifts


@pytest.mark.parametrize("place", ["bptt/", "en/backprop/"])
def test_who_reads_back_from_a_place_is_not_moved(page, address, place):
    page.goto(f"{address}{place}#exercises", wait_until="load")
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """() => {
          window.moved = 0
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) moved += entry.value
          }).observe({ type: "layout-shift" })
        }"""
    )
    marks = page.locator("article .md-annotation")
    assert marks.count() == 0
    for _ in range(150):
        page.mouse.wheel(0, -200)
        page.evaluate("new Promise(requestAnimationFrame)")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert marks.count() > 0
    assert page.evaluate("moved") <= 0.01


@on_the_whole
def test_at_twice_the_size_nothing_leaves_the_screen(browser, address, place):
    context = browser.new_context(
        viewport={"width": 640, "height": 450}, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(address + place)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 640
    context.close()


@on_the_whole
def test_a_page_prints_whole(page, address, place):
    page.goto(address + place)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll("article :is(p, pre, table)")]
          .filter((node) => node.offsetHeight === 0 && node.textContent.trim())
          .filter((node) => !node.closest(".install, .play-ui, .source")
                         && !node.querySelector(".source"))
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert hidden == []
    for part in (".md-header", ".md-sidebar", ".md-footer__inner"):
        shown = page.locator(part)
        assert all(not box.is_visible() for box in shown.all()), part
    assert len(page.pdf()) > 50_000
