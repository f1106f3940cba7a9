"""Every page is for everyone: axe-core finds nothing, the keyboard does all.

Each page is read once, its scheme and width chosen by a hash of its name, and
a few in every scheme and width; in the audit, every page in all of them.
"""

import hashlib
import itertools

import barriers
import pytest
from conftest import ADDRESSES, EVERY, WHOLE

MATRIX = list(itertools.product(("light", "dark"), (1280, 390, 320)))

# axe cannot tell a colour behind a pseudo-element, as the sign of a fold is:
# `test_colours_are_legible` computes those pairs from the style sheet.
# And a widget's table of numbers may wait for the reader's first touch.
UNDECIDED = frozenset({"color-contrast", "th-has-data-cells"})


def chosen() -> list[tuple[str, str, int]]:
    found = []
    for place in ADDRESSES:
        if place in WHOLE or EVERY:
            found += [(place, *look) for look in MATRIX]
        else:
            digest = hashlib.sha256(place.encode()).digest()
            found.append((place, *MATRIX[digest[0] % len(MATRIX)]))
    return found


@pytest.mark.parametrize(("place", "scheme", "width"), chosen())
def test_axe_finds_nothing(browser, address, place, scheme, width):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(address + place, wait_until="load")
    page.evaluate(
        "document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    for _ in range(3):  # frames: what is wide is told after the layout
        page.evaluate("new Promise(requestAnimationFrame)")
    found = barriers.found(page, UNDECIDED)
    context.close()
    assert found == []


MOVING = """() => [...document.querySelectorAll('*')].flatMap(
  (node) => ['', '::before', '::after'].map((part) => {
    const style = getComputedStyle(node, part || null)
    const times = `${style.transitionDuration}, ${style.animationDuration}`
    return [style.scrollBehavior === 'smooth' ? 'smooth' : '',
      ...times.split(', ').filter((time) => parseFloat(time) > 1e-3)].join(' ')
  })).filter((moves) => moves.trim()).length"""


@pytest.mark.parametrize("place", WHOLE)
def test_who_asks_for_less_motion_sees_none(page, address, place):
    page.goto(address + place)
    assert page.evaluate(MOVING)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
