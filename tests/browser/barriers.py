"""What axe-core finds in a page that keeps somebody out."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES += ["best-practice"]

# A formula's drawing is hidden from those to whom its MathML speaks, and axe
# has no rule for MathML: its text is enough. In listings, what has the class of
# something before it has its colours, too.
LIGHTER = """() => {
  for (const drawing of document.querySelectorAll('mjx-container > svg'))
    drawing.replaceChildren()
  for (const math of document.querySelectorAll('mjx-assistive-mml > math'))
    math.replaceChildren(math.textContent)
  const seen = new Set()
  for (const one of document.querySelectorAll('.highlight code span[class]')) {
    const kind = `${one.parentElement.className}/${one.className}`
    if (seen.has(kind) && !one.childElementCount)
      one.replaceWith(one.textContent)
    seen.add(kind)
  }
}"""

RUN = """async ([part, tags]) => {
  const found = await axe.run(
    part, {runOnly: tags, resultTypes: ['violations', 'incomplete']})
  for (const rule of found.violations)
    if (rule.id === 'empty-table-header')  // MathML is read aloud
      rule.nodes = rule.nodes.filter((node) => !document
        .querySelector(node.target[0])
        .querySelector('mjx-assistive-mml'))
  return found
}"""

# All that is not in the widget nor around it.
ALONE = """(node) => {
  for (; node !== document.body; node = node.parentElement)
    for (const other of [...node.parentElement.children])
      if (other !== node) other.remove()
}"""


def found(
    page: Page, undecided: frozenset[str], part: str = "html"
) -> list[Any]:
    """The barriers of a page, which is changed, and what axe cannot decide.

    Args:
        page: as its readers see it.
        undecided: the rules whose doubts something else settles.
        part: the selector of what is read.
    """
    page.evaluate(LIGHTER)
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(RUN, [part, RULES])
    return [
        (kind, rule["id"], node["html"][:160], node["failureSummary"][:160])
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        if kind == "violations" or rule["id"] not in undecided
        for node in rule["nodes"][:3]
    ]
