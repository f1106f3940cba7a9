"""Every page is for everyone: axe-core finds nothing, the keyboard does all.

Each page is read once, its scheme and width chosen by a hash of its name, and
a few in every scheme and width; with RNNCOURSE_EVERY=1, as `make audit` sets
it, every page in all of them.
"""

import hashlib
import itertools
import os
from pathlib import Path

import axe_playwright_python
import pytest
from test_pages import ADDRESSES

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MATRIX = list(itertools.product(("light", "dark"), (1280, 390, 320)))
WHOLE = ("", "en/", "bptt/", "en/text/", "labs/market/")
LABS = ["labs/market/", "en/labs/market/"]

# axe cannot tell a colour behind a pseudo-element, as the sign of a fold is:
# `test_colours_are_legible` computes those pairs from the style sheet.
# And a widget's table of numbers may wait for the reader's first touch.
UNDECIDED = {"color-contrast", "th-has-data-cells"}


def chosen() -> list[tuple[str, str, int]]:
    found = []
    for place in [*ADDRESSES, *LABS]:
        if place in WHOLE or os.environ.get("RNNCOURSE_EVERY"):
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
    page.evaluate("new Promise(requestAnimationFrame)")
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(  # formulas' drawings are hidden; MathML speaks
        """async (tags) => {
          const drawn = document.querySelectorAll('mjx-container > svg')
          drawn.forEach((drawing) => drawing.replaceChildren())
          const found = await axe.run(
            {exclude: [['mjx-container > svg']]},
            {runOnly: tags, resultTypes: ['violations', 'incomplete']})
          for (const rule of found.violations)
            if (rule.id === 'empty-table-header')  // MathML is read aloud
              rule.nodes = rule.nodes.filter((node) => !document
                .querySelector(node.target[0])
                .querySelector('mjx-assistive-mml'))
          return found
        }""",
        [*RULES, "best-practice"],
    )
    context.close()
    found = [
        (kind, rule["id"], node["html"][:160], node["failureSummary"][:160])
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        if kind == "violations" or rule["id"] not in UNDECIDED
        for node in rule["nodes"][:3]
    ]
    assert found == []
