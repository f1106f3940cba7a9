"""Whatever a pointer does, the keyboard does, and one sees where one is."""

import itertools

import pytest
from conftest import ADDRESSES, EVERY, WHOLE

FOCUS = """async () => {  // once what came into view is drawn
  for (const _ of 'ab') await new Promise(requestAnimationFrame)
  for (const widget of document.querySelectorAll('.play > :first-child')) {
    const { top, bottom } = widget.getBoundingClientRect()
    if (top < innerHeight && bottom > 0)
      await customElements.whenDefined(widget.localName)
  }
  const node = document.activeElement
  if (!node || node === document.body) return null
  node.dataset.reached = ''
  const label = node.matches('input[type=radio]')
    ? document.querySelector(`label[for="${node.id}"]:not([hidden])`)
      ?? document.querySelector(`form label:not([hidden])`)
    : null
  const box = (label ?? node).getBoundingClientRect()
  const look = getComputedStyle(node)
  const seen = label ? getComputedStyle(label) : look
  return {
    what: node.outerHTML.slice(0, 120),
    inside: box.width > 0 && box.height > 0 && box.right > 0
      && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
    ring: [look, seen].some((style) =>
      (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== 'none'),
  }
}"""


# Of a group of radio buttons the keyboard stops at one; those of a listing come
# as it comes into view, which may be when the keyboard is past them.
MISSED = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=radio]), select, summary, [tabindex]')]
  .filter((node) => node.tabIndex >= 0 && !node.disabled
    && node.checkVisibility({ visibilityProperty: true })
    && !node.closest('.md-code__nav, .md-annotation')
    && node.dataset.reached === undefined)
  .map((node) => node.outerHTML.slice(0, 120))"""


def walks() -> list[tuple[str, int]]:
    if EVERY:
        return list(itertools.product(ADDRESSES, (1280, 390)))
    some = [(place, 390 if "en/" in place else 1280) for place in WHOLE]
    return [*some, ("sequences/", 390)]  # whose notes, with links, scroll


@pytest.mark.parametrize(("place", "width"), walks())
def test_every_stop_is_seen_and_has_a_ring(page, address, place, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + place)
    most = page.locator("*").count()
    faults, stops = [], 0
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        stops += 1
        assert stops < most, stop["what"]
        if not (stop["inside"] and stop["ring"]):
            faults.append(stop["what"])
    assert stops > 20
    assert faults == [], "\n".join(faults)
    assert page.evaluate(MISSED) == []


def test_the_search_opens_finds_and_closes(page, address):
    page.goto(address + "rnn/")
    page.keyboard.press("/")
    page.keyboard.type("retropropagación")
    page.wait_for_selector(".md-search-result__link")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/rnn/" not in url or "#" in url)
    page.goto(address + "rnn/")
    page.keyboard.press("/")
    page.wait_for_function("() => document.getElementById('__search').checked")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.name !== 'query'")


def test_the_scheme_changes_and_is_kept(page, address):
    page.goto(address + "rnn/")
    scheme = "document.body.dataset.mdColorScheme"
    before = page.evaluate(scheme)
    page.locator("label[for^=__palette]:visible").first.focus()
    page.keyboard.press("Enter")
    after = page.evaluate(scheme)
    assert {before, after} == {"default", "slate"}
    page.goto(address + "en/rnn/")
    assert page.evaluate(scheme) == after


def test_the_language_changes_with_the_keyboard(page, address):
    page.goto(address + "rnn/")
    page.locator("a[data-language]:visible").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/rnn/**")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_fold_opens_and_closes(page, address):
    page.goto(address + "rnn/")
    fold = page.locator("article details").first
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert fold.evaluate("fold => fold.open")
    page.keyboard.press("Enter")
    assert not fold.evaluate("fold => fold.open")


def test_the_closed_menu_of_a_phone_is_out_of_the_way(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + "rnn/")
    for _ in range(25):
        page.keyboard.press("Tab")
        assert not page.evaluate(
            "document.activeElement.closest('.md-sidebar--primary') !== null"
        )


def test_the_menu_of_a_phone_opens_leads_on_and_closes(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + "rnn/")
    button = page.locator("label[for=__drawer].md-header__button")
    button.focus()
    page.keyboard.press("Enter")
    menu = page.locator(".md-sidebar--primary")
    menu.get_by_role("link").first.wait_for()
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('#__drawer').checked")
    button.focus()
    page.keyboard.press("Enter")
    section = menu.locator("label[for^=__nav]").filter(has_text="Las redes")
    if not menu.locator("a[href$='bptt/']").first.is_visible():
        section.first.focus()
        page.keyboard.press("Enter")
    menu.locator("a[href$='bptt/']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/bptt/")
