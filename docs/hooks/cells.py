"""A chapter as a notebook: the words of the page, its listings as cells.

It runs from top to bottom. Beside each exercise stands its check, which says
how far one has come.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat

from hooks import (
    citations,
    evidence,
    execution,
    jupyter,
    listings,
)
from rnncourse import store
from rnncourse.evidence import Job
from rnncourse.figures.style import PALETTES, SCHEMES
from rnncourse.words import Language, Say

_OPENED = re.compile(r'^(\?\?\?\+?|!!!) +\w+ +"(.*)"$')
_PICTURE = re.compile(r"!\[(.*?)\]\((figures/[\w.-]+)\)(.*)", re.S)
_PART = re.compile(r"^(\w+?)_(starter|solution)$")
_MARK = re.compile(
    r"^\s*(?:#|/\*) --8<-- \[(start|end):([\w-]+)\](?: \*/)?\s*$"
)


class ChapterError(RuntimeError):
    """A chapter that does not become a notebook; says which and why."""


@dataclass(frozen=True)
class Place:
    """Where the chapters of one language are published.

    `home` is the language's address, "" if it is not known; `url` leads from
    there to a page's file; `wheel` is the address of the package.
    """

    language: Language
    home: str
    url: Callable[[str], str]
    wheel: str

    def address(self, target: str) -> str:
        """Of a page's file, which may have an anchor."""
        file, sign, anchor = target.partition("#")
        return f"{self.home}{self.url(file)}{sign}{anchor}" if self.home else ""


def notebook(stem: str, place: Place, root: Path) -> Any:
    """The chapter's notebook in one language, not executed.

    Raises:
        ChapterError: if the page has what a notebook cannot show.
        EvidenceError: if a figure, claim or value cannot be shown.
        CitationError: if a source is unknown.
    """
    name, say = f"docs/{place.language}/{stem}.md", Say(place.language)
    shower = Shower(name, stem, place, root)
    page = jupyter.body((root / name).read_text("utf-8"))
    page = citations.shown(shower.shown(page), name, say, place.address)
    if not place.home:  # the note would lead nowhere
        page = re.sub(r' \(<a class="made".*?</a>\)', "", page)
    try:
        page = jupyter.spelled(jupyter.numbered(page))
        page = jupyter.linked(page, stem, place.address)
        made = list(Cells(root, shower.drawn).of(page.splitlines()))
    except (ValueError, SyntaxError) as error:
        raise ChapterError(f"{name}: {error}") from error
    title, _, rest = made[0].source.partition("\n")
    made[0].source = f"{title}\n{_about(place)}{rest}"
    whole = execution.notebook([_install(made, place), *made])
    whole.metadata["home"] = place.home
    return whole


def _install(made: list[Any], place: Place) -> Any:
    """The first cell, which is only for the reader."""
    code = "\n".join(cell.source for cell in made)
    wanted = listings.requirement(code, place.wheel)
    cell = nbformat.v4.new_code_cell(f"%pip install --quiet {wanted}")
    cell.metadata["tags"] = [execution.SKIPPED]
    return cell


def _about(place: Place) -> str:
    """What stands under the title."""
    say = Say(place.language)
    course = say(
        es="curso de redes neuronales recurrentes",
        en="course on recurrent neural networks",
    )
    if place.home:
        course = f"[{course}]({place.home})"
    about = say(
        es=f"Un capítulo del {course}, como cuaderno. Cada ejercicio se "
        "comprueba en la celda que le sigue: muestra ✓, o ✗ y la línea que no "
        "se cumple. Las soluciones están plegadas.",
        en=f"A chapter of the {course}, as a notebook. Each exercise is "
        "checked by the cell after it, which shows ✓, or ✗ and the line that "
        "fails. Solutions are folded.",
    )
    terms = say(
        es="Código con licencia MIT; texto y figuras, CC BY 4.0.",
        en="Code under the MIT licence; text and figures, CC BY 4.0.",
    )
    return f"\n*{about}* *{terms}*\n"


class Shower(evidence.Shower):
    """Evidence as a notebook shows it."""

    def __init__(self, name: str, stem: str, place: Place, root: Path) -> None:
        super().__init__(name, place.language, root, str, str)
        self.place, self.stem = place, stem
        self.drawn: dict[str, str] = {}  # SVG by file

    def _figure(self, name: str, anchor: str) -> str:
        job = Job("figures", name, self.language, SCHEMES[0])
        found = evidence.result(job, self.root)
        file = evidence.figure_file(name, SCHEMES[0])
        self.drawn[file] = found["svg"]
        alt = re.sub(r"\s+", " ", found["alt"])
        alt = alt.replace("[", "(").replace("]", ")")
        return f"![{alt}]({file})<br>\n{found['caption']}"

    def _play(self, name: str) -> str:
        figure = self._figure(f"play.{name}", "")
        words = self.say(es="Probar en la página", en="Try it on the page")
        page = self.place.address(f"{self.stem}.md#play-{name}")
        return f"{figure} [{words}]({page})." if page else figure

    def _claim(self, name: str) -> str:
        claim = evidence.result(Job("claims", name), self.root)
        sentence = claim["sentence"][self.language]
        measured = evidence.measured(claim, self.language)
        return f"- {sentence}<br>*{re.sub('<[^>]+>', '', measured)}*"


@dataclass
class Cells:
    """Markdown without directives, cut into cells."""

    root: Path
    drawn: dict[str, str]

    def of(self, lines: list[str]) -> Iterator[Any]:
        """The cells, in order."""
        words: list[str] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            if opened := _OPENED.match(line):
                end = _end_of_block(lines, at)
                inside = textwrap.dedent("\n".join(lines[at + 1 : end]))
                if opened[1] == "!!!":
                    words += [f"**{opened[2]}**", *inside.splitlines()]
                else:
                    yield from _worded(words)
                    yield from self._folded(opened[2], inside.splitlines())
            elif line.startswith("```"):
                end = lines.index("```", at + 1) + 1
                shown = listings.included("\n".join(lines[at:end]))
                for path, section in shown:
                    if path.startswith("snippets/"):
                        yield from _worded(words)
                        yield from self._listing(self.root / path, section)
                    else:
                        code = _code(_section(self.root / path, section))
                        fence = f"```{listings.language(path)}"
                        words += [f"`{path}`", "", fence, code, "```"]
                words += [] if shown else lines[at:end]
            elif line.startswith("!["):
                yield from _worded(words)
                end = lines.index("", at) if "" in lines[at:] else len(lines)
                yield self._picture("\n".join(lines[at:end]))
            else:
                if line.startswith("#"):
                    yield from _worded(words)
                words.append(line)
                end = at + 1
            at = end
        yield from _worded(words)

    def _folded(self, title: str, lines: list[str]) -> Iterator[Any]:
        """Words in a fold; code cells closed."""
        title = re.sub(r"`([^`]+)`", r"<code>\1</code>", title)
        for cell in self.of(lines):
            if cell.cell_type == "code":
                yield _closed(cell)
            else:
                cell.source = (
                    f"<details>\n<summary><b>{title}</b></summary>\n\n"
                    f"{cell.source}\n\n</details>"
                )
                yield cell

    def _listing(self, path: Path, section: str | None) -> Iterator[Any]:
        """A section of a program; with an exercise's goes its check."""
        code = _code(_section(path, section))
        part = _PART.match(section or "")
        if not path.stem.endswith("_exercises"):
            yield nbformat.v4.new_code_cell(code)
        elif section == "imports":
            code += "\nfrom rnncourse.tried import tried"
            yield nbformat.v4.new_code_cell(code)
        elif part is None:
            raise ValueError(
                f"expected a starter or a solution, got the section {section}"
            )
        else:
            check = f"check_{part[1]}"
            shown = f"\n\n\nprint(tried({check}))"
            if part[2] == "solution":
                yield nbformat.v4.new_code_cell(code + shown)
            else:
                yield nbformat.v4.new_code_cell(code)
                code = _function(path, check) + shown
                yield _closed(nbformat.v4.new_code_cell(code))

    def _picture(self, paragraph: str) -> Any:
        match = _PICTURE.fullmatch(paragraph)
        if match is None:
            raise ValueError(f"expected a figure, got {paragraph[:60]!r}")
        alt, file, caption = match.groups()
        image = f"![{alt}]({_data(self.drawn[file])})"
        cell = nbformat.v4.new_markdown_cell(image + caption)
        cell.metadata["picture"] = file
        return cell


def _worded(words: list[str]) -> Iterator[Any]:
    """The words so far as a cell, if there are any; then there are none."""
    text = "\n".join(words).strip()
    words.clear()
    if text:
        yield nbformat.v4.new_markdown_cell(text)


def _closed(cell: Any) -> Any:
    """The cell with its code folded, in Jupyter and in Colab."""
    cell.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    return cell


def _end_of_block(lines: list[str], at: int) -> int:
    end = at + 1
    while end < len(lines) and (not lines[end] or lines[end].startswith("  ")):
        end += 1
    return end


def _section(path: Path, section: str | None) -> str:
    """A named section of a file, without marks; the whole file if None.

    Raises:
        ValueError: if it has no such section.
    """
    found: list[str] = []
    inside = section is None
    for line in path.read_text("utf-8").splitlines():
        if mark := _MARK.match(line):
            inside = inside or mark[2] == section
            inside = inside and mark.groups() != ("end", section)
        elif inside:
            found.append(line)
    if not found:
        raise ValueError(f"expected a section {section} in {path.name}")
    return "\n".join(found)


def _code(text: str) -> str:
    """A listing without the outputs it promises, since they stand below it."""
    kept = [
        line
        for line in text.splitlines()
        if not line.lstrip().startswith("# >")
    ]
    code = textwrap.dedent("\n".join(kept)).strip("\n")
    return re.sub(r"# \((\d+)\)!", r"# (\1)", code)


def _function(path: Path, name: str) -> str:
    """The source of one function of a file.

    Raises:
        ValueError: if it has no such function.
    """
    text = path.read_text("utf-8")
    for node in store.tree(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    raise ValueError(f"expected a function {name} in {path.name}")


def _data(svg: str) -> str:
    """A drawing as an address that holds it: on paper, to a tenth of a point.

    Attachments would be neater, but Jupyter shows none that is an SVG.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r' d="([^"]*)"', _shorter, svg)
    paper = f'<svg style="background:{PALETTES[SCHEMES[0]].paper}"'
    svg = re.sub(r"\s+", " ", svg.replace("<svg", paper, 1))
    safe = "/:;,=@+?"  # nothing that Markdown or TeX would read
    return f"data:image/svg+xml,{quote(svg.replace('> <', '><'), safe=safe)}"


def _shorter(path: re.Match[str]) -> str:
    points = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}", path[1])
    points = re.sub(r"\s*([A-Za-z])\s*", r"\1", points.replace(".0", ""))
    return f' d="{points}"'
