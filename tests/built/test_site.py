"""What a built site is: the two-page one, and the course itself."""

import itertools
import json
import os
import re
import struct
from pathlib import Path

import lxml.html
import nbformat
import pytest
from hooks import built, cards
from pages import address_of
from project import ADDRESS, ROOT, attempt, digest

from benchmarks import weight

COURSE = ROOT / "site"
STEMS = sorted(path.stem for path in (ROOT / "docs/es").glob("*.md"))
PLACES = sorted(
    path.parent.relative_to(COURSE).as_posix()
    for path in COURSE.rglob("index.html")
)


def page(site: Path, url: str):
    return lxml.html.parse(str(site / url / "index.html")).getroot()


def test_both_languages_stand_side_by_side(good):
    es, en = page(good / "site", "demo"), page(good / "site", "en/demo")
    assert (es.get("lang"), en.get("lang")) == ("es", "en")
    (switch,) = es.xpath("//a[@data-language]")
    assert (switch.get("href"), switch.get("hreflang")) == (
        "../en/demo/",
        "en",
    )


def test_each_page_names_both_languages_with_absolute_addresses(good):
    for url in ("demo", "en/demo"):
        links = {
            link.get("hreflang"): link.get("href")
            for link in page(good / "site", url).xpath("//link[@hreflang]")
        }
        assert links == {
            "es": f"{ADDRESS}demo/",
            "en": f"{ADDRESS}en/demo/",
            "x-default": f"{ADDRESS}demo/",
        }


def test_one_sitemap_names_every_page_in_both_languages(good):
    (sitemap,) = (good / "site").rglob("sitemap.xml")
    text = sitemap.read_text()
    places = re.findall(r"<loc>(.*?)</loc>", text)
    assert sorted(places) == sorted(
        ADDRESS + language + path
        for language in ("", "en/")
        for path in ("", "claims/", "demo/", "labs/demo/")
    )
    assert text.count('hreflang="es"') == len(places)


def test_without_an_address_nothing_absolute_is_published(project):
    built_, why = attempt(project, address="")
    assert built_, why
    assert not list((project / "site").rglob("sitemap.xml*"))
    for file in (project / "site").rglob("*.html"):
        text = file.read_text("utf-8")
        assert "example.org" not in text
        assert 'rel="canonical"' not in text
        assert "hreflang" not in text.partition("<body")[0]
        assert "pip install" not in text


def test_the_404_page_speaks_both_languages_from_any_address(good):
    (file,) = (good / "site").rglob("404.html")
    root = lxml.html.parse(str(file)).getroot()
    assert root.xpath("//div[@lang='en']")
    assert root.xpath("//div[@lang='es']")
    for node in root.xpath("//*[@src or @href]"):
        address = node.get("src") or node.get("href")
        absolute = address.startswith(("/course/", "https://", "#"))
        assert absolute, address


def test_each_language_has_its_search_index_and_accents_do_not_matter(good):
    indices = {
        path: json.loads((good / "site" / path).read_text("utf-8"))
        for path in ("search/search_index.json", "en/search/search_index.json")
    }
    es, en = indices.values()
    assert es["config"]["lang"] == ["es"]
    assert "stemmer" not in es["config"]["pipeline"]
    assert en["config"]["lang"] == ["en"]
    assert any("titulo" in doc["text"] for doc in es["docs"])
    assert not any("label" in doc["text"] for doc in es["docs"])


def test_formulas_are_typeset_numbered_and_keep_their_tex(good):
    root = page(good / "site", "")
    (numbered,) = root.xpath("//div[@class='math']/mjx-container")
    assert "\\label{eq:h}" in numbered.get("data-tex")
    assert numbered.xpath(".//svg")
    assert numbered.xpath(".//math")
    (reference,) = root.xpath("//a[@class='eqref']")
    assert reference.text == "(1)"
    assert root.xpath("//*[@id='mjx-eqn:eq:h']")
    assert not root.xpath("//mjx-container//*[@style]")
    groups = root.xpath("//mjx-container//g")
    assert all(group.attrib for group in groups)  # none that does nothing
    assert all(
        len(group) > 1 or group.keys() != ["transform"] for group in groups
    )


def test_no_mathjax_and_no_third_party_is_sent(good):
    assert not list((good / "site").rglob("*[mM]ath[jJ]ax*"))
    assert built.faults(good / "site", ADDRESS) == []


def test_evidence_is_shown_in_the_language_of_the_page(good):
    es, en = page(good / "site", ""), page(good / "site", "en")
    assert "Vale 0,50" in es.text_content()
    assert "It is 0.50" in en.text_content()
    assert "medido: 0,250 ≤ 0,500" in es.text_content()
    tex = [f.get("data-tex") for f in es.xpath("//mjx-container[@data-tex]")]
    assert "x = 0{,}5" in tex


def test_a_figure_has_both_schemes_with_size_text_and_source(good):
    figure = page(good / "site", "").xpath("//figure")[0]
    light, dark = figure.xpath(".//img")
    assert light.get("src").endswith(".light.svg#only-light")
    assert dark.get("src").endswith(".dark.svg#only-dark")
    for image in (light, dark):
        assert image.get("alt") == "Una recta que sube."
        assert image.get("loading") == "lazy"
        assert int(image.get("width")) > int(image.get("height")) > 0
    (source,) = figure.xpath(".//figcaption//a[@class='made']")
    assert (good / "site" / source.get("href")).exists()


def test_a_listing_leads_to_its_file_and_the_wheel_can_be_installed(good):
    root = page(good / "site", "")
    (name,) = root.xpath("//span[@class='filename']/a")
    assert name.get("href") == "#file-snippets-demo"
    (source,) = root.xpath("//span[@class='source']/a")
    assert "print(1 + 1)" in (good / "site" / source.get("href")).read_text()
    (line,) = root.xpath("//div[@class='install']//code")
    address = line.text.split(" @ ")[1].rstrip('"')
    place = good / "site" / address.removeprefix(ADDRESS)
    assert place.stat().st_size > 1000


def test_a_lab_is_a_page_of_the_site_in_each_language(good):
    for url, words, alt in (
        ("labs/demo", "suma 2", "Una recta."),
        ("en/labs/demo", "sum 2", "A line."),
    ):
        root = page(good / "site", url)
        article = root.xpath("//article")[0]
        assert [h.get("id") for h in article.xpath(".//h1 | .//h2")] == [
            "lab",
            "sum",
        ]
        assert words in article.xpath(".//*[@class='output']")[0].text_content()
        (drawing,) = article.xpath(".//*[@class='output drawing']/*")
        assert drawing.get("aria-label") == alt
        tex = [f.get("data-tex") for f in root.xpath("//mjx-container")]
        assert tex == ["1 + 1"]
        assert not article.xpath(".//style | .//script | .//*[@style]")
        (link,) = article.xpath(".//a[@download]")
        nbformat.validate(
            nbformat.read(good / "site" / url / link.get("href"), as_version=4)
        )


@pytest.mark.parametrize("language", ["", "en/"])
def test_a_page_says_what_it_is_and_has_a_card(good, language):
    for place in ("", "demo/"):
        root = lxml.html.parse(good / f"site/{language}{place}index.html")
        told = {
            meta.get("property"): meta.get("content")
            for meta in root.iterfind(".//meta[@property]")
        }
        assert told["og:url"] == ADDRESS + language + place
        picture = told["og:image"].removeprefix(ADDRESS)
        png = (good / "site" / picture).read_bytes()
        assert png[1:4] == b"PNG"
        assert struct.unpack(">II", png[16:24]) == cards.SIZE
        (script,) = root.iterfind(".//script[@type='application/ld+json']")
        facts = json.loads(script.text)
        whole = facts if place == "" else facts["isPartOf"]
        assert whole["@type"] == "Course"
        assert whole["url"] == ADDRESS + language
        assert told["og:description"] == facts["description"] or not place


def test_two_builds_are_the_same(project):
    before = digest(project / "site")
    built_, why = attempt(project)
    assert built_, why
    assert digest(project / "site") == before


def test_pages_are_kept_and_converted_anew_where_they_are_damaged(project):
    before = digest(project / "site")
    pages = Path(os.environ["RNNCOURSE_CACHE"]) / "pages"
    first, second, *_ = kept = sorted(pages.iterdir())
    assert {path.name[:2] for path in kept} == {"es", "en"}
    first.write_bytes(first.read_bytes()[:-20])
    second.unlink()
    assert attempt(project)[0]
    assert digest(project / "site") == before
    assert sorted(pages.iterdir()) == kept


def test_a_page_shows_the_change_of_a_file_that_it_includes(project):
    path = project / "snippets/demo.py"
    path.write_text(path.read_text("utf-8").replace("1 + 1", "0 + 2"))
    assert attempt(project)[0]
    for page in ("site/index.html", "site/en/index.html"):
        text = lxml.html.parse(project / page).getroot().text_content()
        assert "print(0 + 2)" in text


def test_a_comment_redraws_nothing_and_a_change_does(project):
    path = project / "rnncourse/figures/demo.py"
    svg = project / "site/figures/demo-line.light.svg"
    before = svg.read_bytes()
    text = path.read_text()
    path.write_text(text + "\n# a comment\n")
    cache = Path(os.environ["RNNCOURSE_CACHE"]) / "store"
    entries = sorted(cache.iterdir())
    assert attempt(project)[0]
    assert sorted(cache.iterdir()) == entries
    path.write_text(text.replace("canvas(4.0, 2.0)", "canvas(5.0, 2.0)"))
    assert attempt(project)[0]
    assert svg.read_bytes() != before


needs_course = pytest.mark.skipif(
    not COURSE.exists(), reason="the course is not built: make build"
)


@needs_course
def test_the_course_has_no_faults():
    assert built.faults(COURSE, address_of(COURSE)) == []


@needs_course
def test_no_page_of_the_course_weighs_too_much():
    assert weight.too_heavy(weight.pages(COURSE)) == []


@needs_course
@pytest.mark.parametrize("path", PLACES)
def test_each_page_of_the_course_is_whole(path):
    root = page(COURSE, path)
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//meta[@name='description']/@content")[0]
    levels = [
        int(node.tag[1])
        for node in root.xpath(
            "//article//*[self::h1 or self::h2 or self::h3 or self::h4]"
        )
    ]
    for above, below in itertools.pairwise(levels):
        assert below <= above + 1, "a level of heading is skipped"


@needs_course
@pytest.mark.parametrize("language", ["", "en/"])
def test_a_lab_weighs_less_than_150_kilobytes(language):
    paths = sorted((COURSE / language / "labs").glob("*/index.html"))
    assert len(paths) == 3
    for path in paths:
        assert path.stat().st_size < 150_000, path


@needs_course
@pytest.mark.parametrize("language", ["", "en/"])
def test_the_course_has_what_it_says_it_has(language):
    pages = [
        page(COURSE, file.parent.relative_to(COURSE).as_posix())
        for file in (COURSE / language).rglob("index.html")
        if language or not file.is_relative_to(COURSE / "en")
    ]
    parts = ("//h1", "//article//span[@class='filename']", "//article//figure")
    there = [sum(len(root.xpath(part)) for root in pages) for part in parts]
    ledger = page(COURSE, f"{language}claims")
    there += [len(ledger.xpath("//*[starts-with(@id, 'claim-')]"))]
    (said,) = page(COURSE, f"{language}quality").xpath(
        "//h2[@id='lighthouse']/preceding-sibling::p[1]"
    )
    assert list(map(int, re.findall(r"\d+", said.text_content()))) == there


@needs_course
@pytest.mark.parametrize("language", ["", "en/"])
def test_each_page_says_how_long_it_takes(language):
    for stem in {*STEMS, "claims"} - {"index"}:
        (facts,) = page(COURSE, language + stem).xpath("//ul[@class='facts']")
        assert re.search(r"\d+ min", facts.text_content()), stem


@needs_course
@pytest.mark.parametrize("stem", STEMS)
def test_twins_have_the_same_anchors(stem):
    pages = [
        page(COURSE, language + ("" if stem == "index" else stem))
        for language in ("", "en/")
    ]
    es, en = (
        {
            node.get("id")
            for node in root.xpath(
                "//article//*[self::h1 or self::h2 or self::h3]"
            )
        }
        for root in pages
    )
    assert es == en
