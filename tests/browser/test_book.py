"""The printed book: its outline, its numbers, its links, its width.

A few chapters; with RNNCOURSE_EVERY=1, as `make audit` sets it, all of them.
"""

import os
import re
from unicodedata import normalize

import pypdf
import pytest
from conftest import SITE
from hooks import book

pytestmark = pytest.mark.long
FEW = ("index", "glossary", "rnn")
PAPER = 650  # CSS pixels between the margins of A4


@pytest.fixture(scope="module", params=["es", "en"])
def bound(request):
    made = book.Book(SITE, request.param)
    if not os.environ.get("RNNCOURSE_EVERY"):
        made.chapters = [c for c in made.chapters if c.name in FEW]
    return made


@pytest.fixture(scope="module")
def printed(bound, browser, tmp_path_factory):
    target = tmp_path_factory.mktemp("book") / "book.pdf"
    book.made(bound, target, browser)
    return target


def test_the_outline_and_the_contents_lead_to_every_chapter(bound, printed):
    reader = pypdf.PdfReader(printed)
    begins = book.beginnings(printed)
    tops = [one for one in reader.outline if not isinstance(one, list)]
    numbers = [1 + reader.get_destination_page_number(top) for top in tops]
    chapters = bound.chapters
    assert numbers == [2, *(begins[chapter.name] for chapter in chapters)]
    assert [top.title for top in tops[2:]] == [c.title for c in chapters[1:]]
    text = reader.pages[1].extract_text()
    said = " ".join(normalize("NFKC", text).split())  # no ligatures
    for chapter in chapters:
        entry = rf"{re.escape(chapter.title)} ?{begins[chapter.name]}\b"
        assert re.search(entry, said), chapter


def test_printed_again_it_is_the_same_byte_by_byte(
    bound, browser, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, again = tmp_path / "first.pdf", tmp_path / "elsewhere" / "again.pdf"
    book.made(bound, first, browser)
    page = browser.new_page()
    page.set_content("<table><tr><th>other elements</th></tr></table>")
    book.made(bound, again, browser)
    page.close()
    assert first.read_bytes() == again.read_bytes()
    told = pypdf.PdfReader(first).metadata
    assert told.creation_date == told.modification_date
    assert told.creation_date.timestamp() == 1_700_000_000


def test_every_link_of_the_book_leads_somewhere(printed):
    reader = pypdf.PdfReader(printed)
    places = reader.named_destinations
    inside, outside = [], []
    for page in reader.pages:
        for note in page.get("/Annots", []):
            link = note.get_object()
            if "/Dest" in link:
                inside.append(link["/Dest"])
            elif "/A" in link:
                outside.append(link["/A"]["/URI"])
    assert len(inside) > 20
    assert [place for place in inside if place not in places] == []
    assert [link for link in outside if not link.startswith("https://")] == []


def test_a_chapter_has_pages_and_no_page_is_empty(bound, printed):
    pages = pypdf.PdfReader(printed).pages
    assert 5 * len(bound.chapters) < len(pages) < 40 * len(bound.chapters)
    for number, page in enumerate(pages[1:], 2):
        words = page.extract_text().split()
        assert str(number) in words
        assert len(words) > 8, number


def test_nothing_is_wider_than_the_paper(bound, browser, tmp_path):
    shown = tmp_path / "book.html"
    shown.write_text(bound.document(), "utf-8")
    page = browser.new_page(viewport={"width": PAPER, "height": 900})
    page.emulate_media(media="print")
    page.goto(shown.as_uri())
    wide = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((node) => !node.closest("svg") && !node.closest("code")
            && node.getBoundingClientRect().right > innerWidth + 1)
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    page.close()
    assert wide == []
