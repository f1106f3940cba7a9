"""The zip and the PDFs that the published site offers."""

import re

import pytest
from hooks import built, offering, offline

from rnncourse.words import LANGUAGES

HOME = """<!doctype html>
<link rel="canonical" href="https://example.org/course/">
<article><p class="take">Two commands make them.</p></article>
"""


@pytest.fixture
def dist(tmp_path):
    """What was made: 2 MB each."""
    folder = tmp_path / "dist"
    folder.mkdir()
    names = [f"{offline.NAME}.zip", *(f"rnncourse-{n}.pdf" for n in LANGUAGES)]
    for name in names:
        (folder / name).write_bytes(name.encode() + bytes(2_000_000))
    return folder


@pytest.fixture
def site(tmp_path):
    """A built site: its two home pages."""
    for name in ("", "en"):
        folder = tmp_path / "site" / name
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text(HOME)
    return tmp_path / "site"


def everything(site):
    return {path: path.read_bytes() for path in site.rglob("*.*")}


def test_each_home_page_leads_to_each_file(site, dist):
    offering.offer(site, dist)
    made = {path.name: path.read_bytes() for path in dist.iterdir()}
    kept = site / offering.FOLDER
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == made
    for folder, says in ((site, "(2 MB) y"), (site / "en", "(2 MB) and")):
        text = (folder / "index.html").read_text("utf-8")
        assert "Two commands make them. " in text
        assert says in text
        links = re.findall(r'href="(\S+)" download>', text)
        assert {(folder / link).resolve() for link in links} == {
            (kept / name).resolve() for name in made
        }
    assert built.faults(site, "https://example.org/course/") == []


def test_what_was_not_made_is_not_offered(site, dist):
    (dist / "rnncourse-es.pdf").unlink()
    before = everything(site)
    with pytest.raises(offering.OfferError, match=r"rnncourse-es\.pdf in"):
        offering.offer(site, dist)
    assert everything(site) == before


@pytest.mark.parametrize("text", ["", HOME.replace("take", "other"), HOME * 2])
def test_a_home_page_without_one_place_for_the_links_is_refused(
    site, dist, text
):
    (site / "en" / "index.html").write_text(text)
    before = everything(site)
    with pytest.raises(offering.OfferError, match="one place for the links"):
        offering.offer(site, dist)
    assert everything(site) == before


def test_a_site_offers_itself_once(site, dist):
    offering.offer(site, dist)
    with pytest.raises(offering.OfferError, match="run `make build`"):
        offering.offer(site, dist)
