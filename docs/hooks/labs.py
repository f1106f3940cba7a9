"""Labs: one percent file, two notebooks, executed once for their content.

A Markdown cell carries the tag of its language, code cells none.
"""

import ast
import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from lxml import etree
from lxml import html as lxml_html

from hooks import execution
from hooks.mathematics import Styles
from rnncourse import store
from rnncourse.figures.style import PALETTES, variables
from rnncourse.words import LANGUAGES, Language, Say

_HEADING = re.compile(r"^(.*?)\s*\{\s*#([\w-]+)\s*\}\s*¶?\s*$", re.S)


class LabError(execution.ExecutionError):
    """A lab that cannot be shown; says which one, where and why."""


@dataclass(frozen=True)
class Lab:
    """One lab in one language, executed."""

    stem: str
    language: Language
    notebook: Any

    @property
    def uri(self) -> str:
        """The page's file, as the nav and the links name it."""
        return f"labs/{self.stem}.ipynb"

    @property
    def markdown(self) -> str:
        """Its words and its code, as the reading time counts them."""
        return "\n\n".join(
            f"```python\n{cell.source}\n```"
            if cell.cell_type == "code"
            else cell.source
            for cell in self.notebook.cells
        )

    @property
    def description(self) -> str:
        """The first paragraph, which says what the lab is."""
        first = self.notebook.cells[0].source.split("\n\n")[1]
        return " ".join(first.split())


def files(root: Path) -> list[Path]:
    """The percent file of each lab."""
    return sorted((root / "labs").glob("*.py"))


def notebook(path: Path, language: Language) -> Any:
    """The lab's notebook in one language, not executed.

    Raises:
        LabError: if a Markdown cell has no language, or the languages do not
            have the same cells with the same headings.
    """
    whole = jupytext.read(path, fmt="py:percent")
    skeletons: dict[str, list[Any]] = {one: [] for one in LANGUAGES}
    cells: list[Any] = []
    for number, cell in enumerate(whole.cells, start=1):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            for skeleton in skeletons.values():
                skeleton.append("code")
            first = all(made.cell_type != "code" for made in cells)
            code = _speaking(cell.source, language) if first else cell.source
            cells.append(nbformat.v4.new_code_cell(code))
        elif len(tags) == 1 and tags[0] in skeletons:
            headings = re.findall(r"^#+ .*(\{ #.*? \})$", cell.source, re.M)
            skeletons[tags[0]].append(headings)
            if tags[0] == language:
                cells.append(nbformat.v4.new_markdown_cell(cell.source))
        else:
            raise LabError(
                f"labs/{path.name}: cell {number}: expected a Markdown cell "
                f"tagged one of {', '.join(LANGUAGES)}, got {tags}"
            )
    if len({json.dumps(skeleton) for skeleton in skeletons.values()}) > 1:
        pairs = enumerate(zip(*skeletons.values(), strict=False), start=1)
        where = next((n for n, pair in pairs if pair[0] != pair[1]), "last")
        raise LabError(
            f"labs/{path.name}: expected the same cells and headings in every "
            f"language, got others from the notebook's cell {where} on"
        )
    made = execution.notebook(cells)
    if "chapter" not in whole.metadata:
        raise LabError(
            f"labs/{path.name}: expected the chapter it belongs to in its "
            f"header, got {', '.join(whole.metadata)}"
        )
    made.metadata["chapter"] = whole.metadata["chapter"]
    return made


def _speaking(code: str, language: Language) -> str:
    """The first code cell, with the language chosen after its imports."""
    imported = (ast.Import, ast.ImportFrom)
    last = max(
        (
            n.end_lineno or 0
            for n in store.tree(code).body
            if type(n) in imported
        ),
        default=0,
    )
    lines = code.splitlines()
    lines[last:last] = ["", f'lab.speak("{language}")']
    return "\n".join(lines)


def executed(
    path: Path,
    language: Language,
    root: Path,
    log: Callable[[str], None],
) -> Lab:
    """The lab in one language with its outputs, kept or computed now.

    Raises:
        ExecutionError: if a cell fails, takes too long or ends its kernel.
        StoreError: if what was kept is damaged.
    """
    made = notebook(path, language)
    where = f"labs/{path.name} ({language})"
    asked = execution.Asked(made, path.stem, where)
    (shown,) = execution.outputs([asked], root, log)
    execution.show(made, shown)
    nbformat.validate(made)
    return Lab(path.stem, language, made)


def written(lab: Lab) -> Path:
    """The folder that holds the executed notebook as `lab.uri`."""
    text = nbformat.writes(lab.notebook) + "\n"
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = store.folder().parent / "notebooks" / key
    path = folder / lab.uri
    if not path.exists() or path.read_bytes() != text.encode():
        store.replace(path, text.encode())
    return folder


def slimmed(page: str, styles: Styles, address: Callable[[str], str]) -> str:
    """A notebook's HTML as the site shows it: no styles or scripts of its own.

    Formulas become the site's; headings keep their explicit anchors; a link to
    a page's file becomes `address` of it.
    """
    tree = lxml_html.fragment_fromstring(page, create_parent="div")
    for node in tree.xpath(".//style | .//script | .//link | .//meta"):
        node.drop_tree()
    for link in tree.xpath(".//a[@href]"):
        target, hash_, anchor = link.get("href").partition("#")
        if target.endswith(".md"):
            link.set("href", address(target) + hash_ + anchor)
    body = lxml_html.Element("div", {"class": "lab"})
    for cell in tree.xpath(".//*[@class='jp-Notebook']/*"):
        for part in _parts(cell):
            body.append(part)
    text = etree.tostring(body, encoding="unicode", method="html")
    return styles.classed(_typeset(shared(text)))


_GLYPH = re.compile(r'<path id="p[0-9a-f]{6}-(\w+-[0-9a-f]+)" d="[^>]*></path>')
_PLACE = re.compile(r' transform="translate\([-\d. ]+\)| [xy]="-?\d+\.\d+"')
_USED = re.compile(r'href="#p[0-9a-f]{6}-(\w+-[0-9a-f]+)"')


def shared(page: str) -> str:
    """The outline of a letter stands once, in the first drawing that has it.

    Groups lose their names, which nothing asks for, and places are given to a
    tenth of a point.
    """
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return ""
        seen.add(name)
        return re.sub(r'id="[^"]*"', f'id="glyph-{name}"', match[0])

    page = _GLYPH.sub(first, page)

    def used(match: re.Match[str]) -> str:
        glyph = match[1] in seen
        return f'href="#glyph-{match[1]}"' if glyph else match[0]

    page = _USED.sub(used, page)
    page = re.sub(r'<g id="p[0-9a-f]{6}-[\w.-]+"', "<g", page)
    page = re.sub(r"<defs>\s*</defs>\s*", "", page)
    page = re.sub(r"\n(?=</?(?:g|use|path|defs)\b)", "", page)
    return _PLACE.sub(lambda m: re.sub(r"(\.\d)\d+", r"\1", m[0]), page)


def _parts(cell: Any) -> list[Any]:
    found = []
    for node in cell.xpath(".//*[contains(@class, 'jp-RenderedMarkdown')]"):
        for child in list(node):
            found.append(_anchored(child))
    for node in cell.xpath(".//div[contains(@class, 'highlight')]"):
        for block in node.xpath("./pre"):
            found.append(lxml_html.Element("div", {"class": "highlight"}))
            code = etree.SubElement(etree.SubElement(found[-1], "pre"), "code")
            code.text = (block.text or "").lstrip("\n")
            code.extend(list(block))
    for node in cell.xpath(".//*[contains(@class, 'jp-OutputArea-output')]"):
        drawings = [_drawing(image) for image in node.xpath(".//img")]
        box = lxml_html.Element(
            "div", {"class": "output drawing" if drawings else "output"}
        )
        box.extend(drawings or list(node))
        found.append(box)
    return found


def _drawing(image: Any) -> Any:
    """An SVG that nbconvert put into an address, as an element again."""
    kind, _, content = image.get("src").partition(",")
    if kind != "data:image/svg+xml;base64":
        raise LabError(f"expected an SVG from lab.show, got {kind}")
    drawing = etree.fromstring(base64.b64decode(content))
    text = etree.tostring(drawing, encoding="unicode")
    return lxml_html.fragment_fromstring(text)


def _anchored(node: Any) -> Any:
    if re.fullmatch(r"h[1-6]", str(node.tag)):
        for link in node.xpath(".//a[contains(@class, 'anchor-link')]"):
            link.drop_tree()
        match = _HEADING.match(node.text_content())
        if match and len(node) == 0:
            node.text = match[1]
            node.set("id", match[2])
            link = etree.SubElement(node, "a", {"class": "headerlink"})
            link.set("href", f"#{match[2]}")
            link.set("title", "¶")
            link.text = "¶"
    return node


def _typeset(page: str) -> str:
    pieces = re.split(
        r"(<pre.*?</pre>|<code.*?</code>|<svg.*?</svg>)", page, flags=re.S
    )
    for i in range(0, len(pieces), 2):
        pieces[i] = re.sub(
            r"(?<![\\$])\$(?!\s)([^$]+?)(?<!\s)\$(?!\d)",
            r'<span class="arithmatex">\\(\1\\)</span>',
            pieces[i],
        )
    return "".join(pieces)


def contents(links: Any) -> None:
    """Give the entries of a table of contents their explicit anchors."""
    for link in links:
        match = _HEADING.match(link.title)
        if match:
            link.title, link.id = match[1], match[2]
        contents(link.children)


def plain(heading: str) -> str:
    """A heading without its anchor."""
    match = _HEADING.match(heading)
    return match[1] if match else heading


def download(lab: Lab, say: Say) -> str:
    """The link to the notebook, which stands beside its page."""
    words = say(es="Descargar este cuaderno", en="Download this notebook")
    name = f"{lab.stem}.ipynb"
    return f'<p class="source"><a href="{name}" download>{words}</a></p>'


def css() -> str:
    """The palette of the drawings, one rule for each scheme."""
    selectors = {
        "light": ":root, [data-md-color-scheme=default]",
        "dark": "[data-md-color-scheme=slate]",
    }
    return "".join(
        f"{selectors[scheme]} {{"
        + "".join(f" --{n}: {c};" for n, c in variables(palette).items())
        + " }\n"
        for scheme, palette in PALETTES.items()
    )
