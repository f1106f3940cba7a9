"""The whole course as one document: what `make pdf` prints.

The articles of the built pages, in the order of the nav, become the chapters.
Anchors carry the name of their page, so that a link between pages is a link
inside the book; what folds is open; formulas, typeset already, say their TeX.
"""

import copy
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import lxml.html
from lxml.html import HtmlElement
from lxml.html.builder import E

from hooks.languages import MAIN
from rnncourse.words import LANGUAGES, Language, Say

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
SHEETS = ("assets/stylesheets/main.*.css", "assets/*.css", "assets/play/*.css")
LOOK = Path(__file__).with_suffix(".css")
GLYPHS = "MJX-"  # identifiers that the formulas of all pages share
_NOT_PRINTED = (  # what serves a screen only, or is a whole file
    "//*[@id='files']/following-sibling::*[not(self::svg)]|//*[@id='files']"
    "|//a[@class='headerlink' or contains(@class, 'md-button') or @download]"
    "|//figcaption//*[@class='made']|//span[@class='made']"
    "|//*[@class='install']|//details[contains(@class, 'cite')]|//comment()"
    "|//mjx-assistive-mml|//img[contains(@src, '#only-dark')]"
)


_DATE = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}\+00'00'")
_NODE = re.compile(rb"(?<=\(node)\d+(?=\))")  # as the browser numbered it


class BookError(RuntimeError):
    """The book cannot be made."""


@dataclass(frozen=True)
class Chapter:
    """A page of the nav: the name of its anchors, its title, its part."""

    name: str
    title: str
    part: str
    file: Path


def chapters(home: Path) -> list[Chapter]:
    """The pages that the nav of a home page leads to, in order."""
    tree = lxml.html.parse(str(home)).getroot()
    (nav,) = tree.xpath("//nav[contains(@class, 'md-nav--primary')]/ul")
    found = []

    def add(link: HtmlElement, part: str) -> None:
        address = link.get("href").removeprefix(".").strip("/")
        title = " ".join(link.text_content().split())
        file = home.parent / address / "index.html"
        name = address.replace("/", "-") or "index"
        found.append(Chapter(name, title, part, file))

    for item in nav.xpath("./li"):
        for link in item.xpath("./a"):
            add(link, "")
        for inner in item.xpath("./nav[not(contains(@class, 'secondary'))]"):
            (part,) = inner.xpath("./label")
            for link in inner.xpath("./ul/li/a"):
                add(link, " ".join(part.text_content().split()))
    return found


class Book:
    """The chapters of one language, being bound.

    Args:
        site: the built site.
        language: of the book.

    Raises:
        BookError: if there is no site.
    """

    def __init__(self, site: Path, language: Language) -> None:
        self.site, self.say = site.resolve(), Say(language)
        path = "" if language == MAIN else f"{language}/"
        self.home = self.site / path / "index.html"
        if not self.home.exists():
            raise BookError(
                f"expected a built site in {site}, got none: run `make build`"
            )
        tree = lxml.html.parse(str(self.home)).getroot()
        published = tree.xpath("//link[@rel='canonical']/@href")
        self.address = published[0].removesuffix(path) if published else ""
        self.chapters = chapters(self.home)
        self.glyphs: dict[str, HtmlElement] = {}
        self.names = {c.file.resolve(): c.name for c in self.chapters}

    def document(self, numbers: Mapping[str, int] | None = None) -> str:
        """As HTML that a browser prints.

        Args:
            numbers: of the page where each chapter begins; None, not known.
        """
        pages = [self.bound(chapter) for chapter in self.chapters]
        home = lxml.html.parse(str(self.home)).getroot()
        title = home.xpath("//h1")[0].text
        told = home.xpath("//meta[@name='description']/@content")[0]
        cited = home.xpath("//details[contains(@class, 'cite')]/p")[0]
        front = E.section(
            E.div(title, {"class": "book-title"}),
            E.p(told),
            E.p(cited.text_content(), {"class": "book-cited"}),
            {"class": "book-front"},
        )
        sheets = [
            *(p for name in SHEETS for p in sorted(self.site.glob(name))),
            LOOK,
        ]
        head = E.head(
            E.meta(charset="utf-8"),
            E.title(title),
            E.meta(name="description", content=told),
            *(E.link(rel="stylesheet", href=p.as_uri()) for p in sheets),
            E.style(self.headings()),
        )
        body = E.body(
            self._cache(),
            E.main(
                front,
                self.contents(numbers or {}),
                *pages,
                {"class": "md-typeset"},
            ),
            {"dir": "ltr", "data-md-color-scheme": "default"},
        )
        page = E.html(head, body, lang=self.say(es="es", en="en"))
        return "<!doctype html>\n" + lxml.html.tostring(
            page, encoding="unicode"
        )

    def headings(self) -> str:
        """The style that puts each chapter's title above its pages."""
        rules = []
        for chapter in self.chapters:
            name, title = chapter.name, chapter.title.replace('"', r"\"")
            rules.append(
                f"#{name} {{ page: {name} }}\n"
                f'@page {name} {{ @top-right {{ content: "{title}" }} }}'
            )
        return "\n".join(rules)

    def contents(self, numbers: Mapping[str, int]) -> HtmlElement:
        """The table of contents, part by part."""
        words = self.say(es="Contenido", en="Contents")
        nav = E.nav(E.h1(words, id="contents"), {"class": "book-contents"})
        part = None
        for chapter in self.chapters:
            if chapter.part != part:
                part = chapter.part
                if part:
                    nav.append(E.p(part))
                nav.append(E.ol())
            number = str(numbers.get(chapter.name, ""))
            entry = [E.span(chapter.title), E.span(number)]
            nav[-1].append(E.li(E.a(*entry, href=f"#{chapter.name}")))
        return nav

    def bound(self, chapter: Chapter) -> HtmlElement:
        """A page's article as a chapter."""
        tree = lxml.html.parse(str(chapter.file)).getroot()
        (article,) = tree.xpath("//article")
        for glyph in article.xpath("//svg[@id='MJX-SVG-global-cache']//*[@id]"):
            self.glyphs.setdefault(glyph.get("id"), glyph)
        for cache in article.xpath("//svg[@id='MJX-SVG-global-cache']"):
            cache.getparent().remove(cache)
        for node in article.xpath(_NOT_PRINTED):
            node.drop_tree()
        for empty in article.xpath(".//p[not(*) and not(normalize-space())]"):
            empty.drop_tree()
        for fold in article.iter("details"):
            fold.set("open", "")
        for image in article.iter("img"):
            image.attrib.pop("loading", None)
            source = urlsplit(image.get("src")).path
            image.set("src", (chapter.file.parent / source).resolve().as_uri())
        for formula in article.iter("mjx-container"):
            drawing = formula.find("svg")
            if drawing is not None:
                drawing.attrib.pop("aria-hidden", None)
                drawing.set("aria-label", formula.get("data-tex") or "")
        for node in article.iter():
            self._named(node, chapter)
        for link in list(article.iter("a")):
            self._linked(link, chapter)
        return E.section(*article, id=chapter.name, **{"class": "book-chapter"})

    def _named(self, node: HtmlElement, chapter: Chapter) -> None:
        """Its identifiers, and its references to others, with the chapter's."""
        for key, value in node.attrib.items():
            if key == "id" and not value.startswith(GLYPHS):
                node.set(key, f"{chapter.name}--{value}")
            elif key in ("aria-labelledby", "aria-describedby", "for"):
                names = [f"{chapter.name}--{name}" for name in value.split()]
                node.set(key, " ".join(names))
            elif key in ("href", "xlink:href"):
                own = value.startswith("#") and node.tag not in ("a", "area")
                if own and not value.startswith(f"#{GLYPHS}"):
                    node.set(key, f"#{chapter.name}--{value[1:]}")
            elif "url(#" in value:
                node.set(key, value.replace("url(#", f"url(#{chapter.name}--"))

    def _linked(self, link: HtmlElement, chapter: Chapter) -> None:
        """A link inside the book, to the web, or none."""
        address = link.get("href")
        if address is None or urlsplit(address).scheme:
            return
        file, anchor = address.partition("#")[::2]
        path = (chapter.file.parent / unquote(file)).resolve()
        if not file:
            path = chapter.file.resolve()
        elif path.is_dir():
            path = path / "index.html"
        name = self.names.get(path)
        link.attrib.pop("title", None)
        if name is not None and not anchor.startswith("file-"):
            link.set("href", f"#{name}--{anchor}" if anchor else f"#{name}")
        elif name is None and self.address:
            place = path.relative_to(self.site).as_posix()
            place = quote(place.removesuffix("index.html"))
            link.set("href", self.address + place)
        else:
            link.drop_tag()

    def _cache(self) -> HtmlElement:
        """The glyphs of all formulas, once."""
        glyphs = [copy.deepcopy(glyph) for glyph in self.glyphs.values()]
        shape = {"class": "book-glyphs", "aria-hidden": "true"}
        return E.svg(E.defs(*glyphs), shape)


def browser() -> str:
    """Where the system's own is.

    Raises:
        BookError: if there is none.
    """
    for path in filter(None, map(shutil.which, BROWSERS)):
        return path
    raise BookError(
        "expected Chromium or Chrome, got neither: install one (on Debian or "
        "Ubuntu: `apt install chromium`)"
    )


@contextmanager
def chromium() -> "Iterator[Browser]":
    """The system's own, without a window.

    Raises:
        BookError: if there is none.
    """
    from playwright.sync_api import sync_playwright

    path = browser()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, args=list(FLAGS)
        )
        yield found
        found.close()


def printed(document: str, target: Path, browser: "Browser") -> None:
    """Print a document; its HTML is left beside the PDF."""
    shown = target.with_suffix(".html")
    shown.write_text(document, "utf-8")
    page = browser.new_page()
    page.goto(shown.as_uri(), timeout=0)
    page.pdf(path=target, prefer_css_page_size=True, outline=True, tagged=True)
    page.close()


def beginnings(book: Path) -> dict[str, int]:
    """The number of the page where each linked place of a PDF is."""
    from pypdf import PdfReader

    reader = PdfReader(book)
    return {
        name.removeprefix("/"): 1
        + (reader.get_destination_page_number(to) or 0)
        for name, to in reader.named_destinations.items()
    }


def settled(printed: bytes, epoch: float) -> bytes:
    """A PDF that depends on what it shows, and not on when it was printed.

    Args:
        printed: by Chromium, which writes the date, and how many elements it
            had seen before those that it names.
        epoch: the date to write, seconds since 1970.
    """
    date = time.strftime("%Y%m%d%H%M%S", time.gmtime(epoch)).encode()
    printed = _DATE.sub(rb"\g<1>" + date + b"+00'00'", printed)
    nodes = sorted(set(_NODE.findall(printed)))  # in their order in its tree
    number = {node: b"%0*d" % (len(node), k) for k, node in enumerate(nodes)}
    return _NODE.sub(lambda node: number[node[0]], printed)


def made(book: Book, target: Path, browser: "Browser") -> None:
    """Print a book, whole or not at all.

    It is printed twice: the contents name the pages of the first time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=".writing-", dir=target.parent
    ) as folder:
        aside = Path(folder) / target.name
        printed(book.document(), aside, browser)
        printed(book.document(beginnings(aside)), aside, browser)
        epoch = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        aside.write_bytes(settled(aside.read_bytes(), epoch))
        os.replace(aside, target)


def main() -> None:
    """Print the site of site/ into dist/, a book a language."""
    try:
        with chromium() as browser:
            for language in LANGUAGES:
                target = ROOT / "dist" / f"rnncourse-{language}.pdf"
                began = time.monotonic()
                made(Book(ROOT / "site", language), target, browser)
                size = target.stat().st_size / 1e6
                took = time.monotonic() - began
                print(
                    f"{target.relative_to(ROOT)}: {size:.1f} MB, {took:.0f} s"
                )
    except BookError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
