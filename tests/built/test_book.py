"""The course as one document: every place that it names is in it."""

from collections import Counter

import lxml.html
import pytest
from hooks import book
from pages import ROOT, STEMS

SITE = ROOT / "site"


@pytest.fixture(scope="module", params=["es", "en"])
def bound(request):
    made = book.Book(SITE, request.param)
    return made, lxml.html.document_fromstring(made.document())


def test_every_chapter_is_there_in_the_order_of_the_nav(bound):
    made, document = bound
    sections = document.xpath("//section[@class='book-chapter']/@id")
    assert sections == [chapter.name for chapter in made.chapters]
    labs = {path.stem for path in (ROOT / "labs").glob("*.py")}
    expected = {*STEMS, "claims", *(f"labs-{stem}" for stem in labs)}
    assert set(sections) == expected


def test_no_anchor_stands_twice_and_every_link_inside_leads_to_one(bound):
    _, document = bound
    anchors = Counter(document.xpath("//@id"))
    assert [name for name, times in anchors.items() if times > 1] == []
    links = document.xpath("//a/@href")
    assert len(links) > 500
    for link in links:
        if link.startswith("#"):
            assert link[1:].replace("%3A", ":") in anchors, link
        else:
            assert link.startswith(("https://", "mailto:")), link
    for glyph in document.xpath("//use/@*[contains(name(), 'href')]"):
        assert glyph[1:] in anchors, glyph


def test_what_folds_is_open_and_what_serves_a_screen_is_gone(bound):
    _, document = bound
    folds = document.xpath("//details")
    assert len(folds) > 100
    assert all(fold.get("open") is not None for fold in folds)
    for left in ("//script", "//*[@loading]", "//*[contains(@id, 'file-')]"):
        assert document.xpath(left) == []
    images = document.xpath("//img/@src")
    assert images
    assert not [source for source in images if ".dark." in source]


def test_a_formula_says_its_tex(bound):
    _, document = bound
    for formula in document.xpath("//mjx-container[svg]"):
        assert formula.find("svg").get("aria-label") == formula.get("data-tex")


def test_without_a_site_the_error_says_what_to_run(tmp_path):
    with pytest.raises(book.BookError, match="make build"):
        book.Book(tmp_path, "es")
