"""What the zip to read without a network is made of."""

import base64
import hashlib
import json
import zipfile

import pytest
from hooks import offline, policy

SHIM = (
    '"use strict";(()=>{function c(s,n){parent.postMessage(s,n||"*")}'
    "function d(...s){return s.map(n=>{n()})}var o=class{constructor(e){"
    "document.write(`<html><script>postMessage=${c};importScripts=${d};"
    'say("${e}")<\\/script><script src=${e}><\\/script></html>`)}};})();'
)
FRAMED = (
    'postMessage=function c(s,n){parent.postMessage(s,n||"*")};importScripts='
    'function d(...s){return s.map(n=>{n()})};say("../a/worker.js")'
)
PAGE = """<!doctype html>
<head>
<meta charset="utf-8">
<link rel="next" href="../other/">
<script>own()</script>
</head>
<a href="..">up</a> <a href="../other/#place">other</a> <a href="#here">here</a>
<a class="out" href="https://example.org/">out</a> <a href="a.ipynb">book</a>
<script id="__config" type="application/json">
{"search": "../a/worker.js"}</script>
<script src="../assets/javascripts/bundle.1.min.js"></script>
"""


@pytest.fixture
def root(tmp_path):
    """A project with a site of two pages."""
    package = tmp_path / "node_modules" / "iframe-worker"
    (package / "shim").mkdir(parents=True)
    (package / "shim" / "index.js").write_text(SHIM)
    for path in (package, tmp_path):
        (path / "LICENSE").write_text("MIT")
    (tmp_path / "LICENSE-text").write_text("CC BY 4.0")
    site = tmp_path / "site"
    for name in ("", "one", "other"):
        (site / name).mkdir(exist_ok=True)
        (site / name / "index.html").write_text(policy.secured(PAGE))
    (site / "one" / "a.ipynb").write_text("{}")
    for name in ("404.html", "sitemap.xml", "main.css.map"):
        (site / name).write_text("of no use here")
    (site / "search").mkdir()
    docs = [{"location": "one/#here", "text": "uno"}, {"location": ""}]
    index = json.dumps({"docs": docs})
    (site / "search" / "search_index.json").write_text(index)
    return tmp_path


def test_a_link_to_a_folder_says_its_index(root):
    page = offline.files(root / "site", root)["one/index.html"].decode()
    for link in (
        '<link rel="next" href="../other/index.html">',
        '<a href="../index.html">',
        '<a href="../other/index.html#place">',
        '<a href="#here">',
        '<a class="out" href="https://example.org/">',
        '<a href="a.ipynb">',
    ):
        assert link in page


def test_the_index_becomes_a_script_whose_places_are_files(root):
    found = offline.files(root / "site", root)
    name, _, data = found["search/search_index.js"].decode().partition(" = ")
    assert name == "var __index"
    places = [entry["location"] for entry in json.loads(data)["docs"]]
    assert places == ["one/index.html#here", "index.html"]


def test_the_policy_allows_the_frame_of_the_worker_by_its_text(root):
    page = offline.files(root / "site", root)["one/index.html"].decode()
    assert offline.framed(SHIM, "../a/worker.js") == FRAMED
    for script in ("own()", FRAMED):
        digest = hashlib.sha256(script.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in page
    assert page.count("Content-Security-Policy") == 1
    before, after = (
        page.index("../assets/javascripts/iframe-worker/index.js"),
        page.index("../assets/javascripts/bundle"),
    )
    assert before < after


def test_what_only_a_server_needs_stays_behind(root):
    assert list(offline.files(root / "site", root)) == [
        "LICENSE",
        "LICENSE-text",
        "assets/javascripts/iframe-worker/LICENSE",
        "assets/javascripts/iframe-worker/index.js",
        "index.html",
        "one/a.ipynb",
        "one/index.html",
        "other/index.html",
        "search/search_index.js",
    ]


def test_two_zips_are_the_same_and_dated_as_the_commit(root, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    one, other = root / "dist" / "one.zip", root / "dist" / "other.zip"
    for target in (one, other):
        offline.pack(root / "site", target, root)
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        dates = {entry.date_time for entry in archive.infolist()}
        assert dates == {(2023, 11, 14, 22, 13, 20)}
        assert all(n.startswith(offline.NAME + "/") for n in archive.namelist())


def test_a_zip_that_is_too_heavy_leaves_the_one_before(root, monkeypatch):
    target = root / "dist" / "course.zip"
    offline.pack(root / "site", target, root)
    before = target.read_bytes()
    monkeypatch.setattr(offline, "LIMIT", 1000)
    with pytest.raises(offline.OfflineError, match="expected at most"):
        offline.pack(root / "site", target, root)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


def test_without_a_site_or_its_shim_the_error_says_what_to_run(root):
    with pytest.raises(offline.OfflineError, match="make build"):
        offline.files(root / "nowhere", root)
    (root / "node_modules" / "iframe-worker" / "shim" / "index.js").unlink()
    with pytest.raises(offline.OfflineError, match="make setup"):
        offline.files(root / "site", root)
    with pytest.raises(offline.OfflineError, match="write a script"):
        offline.framed("nothing", "worker.js")
