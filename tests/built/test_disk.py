"""A disk that fills or refuses, a sudden death, a damaged file, two builds.

Whatever happens, the site is whole, and the next build needs no help. What a
build leaves that dies is looked at before some of its writes; `make audit` sets
RNNCOURSE_FAULTS=all, and then before each of them.
"""

import errno
import os
import shutil
from pathlib import Path

import pytest
from disk import apart, ended, pauses, refuse, status, watched
from project import attempt, digest

from rnncourse import store

# what the build makes again where it is missing, by its folder in the cache
MADE_AGAIN = (
    *("cards", "mathematics", "notebooks", "pages", "templates", "wheels"),
)
SAMPLE = 125  # one in so many of about 600 writes, in `make check`


def cache() -> Path:
    return store.folder().parent


@pytest.fixture
def changed(project):
    """The project with other words on a page, and little in its cache."""
    for page in project.glob("docs/*/demo.md"):
        text = page.read_text("utf-8")
        page.write_text(text.replace("## Fin", "Más.\n\n## Fin"), "utf-8")
    for kind in MADE_AGAIN:
        shutil.rmtree(cache() / kind)
    return project


def build(project) -> int:
    """In a process of its own."""
    return apart(lambda: attempt(project)[0])


def unfinished(project) -> list[Path]:
    return [*project.glob("site.building-*"), *cache().rglob(".writing-*")]


@pytest.mark.long
def test_a_build_killed_at_any_write_leaves_the_site_whole(changed):
    site, folders = changed / "site", (changed, cache())
    step = 1 if os.environ.get("RNNCOURSE_FAULTS") == "all" else SAMPLE
    before, published = digest(site), False
    left, repaired, count = [], set(), 0
    for event, place in pauses(lambda: attempt(changed)[0], *folders):
        if count % step == 0 or published or place == str(site):
            with ended(event, place, *folders):
                left.append((count, published, digest(site)))
                assert status(build(changed)) == 0
                repaired.add(digest(site))
        published = published or place == str(site)
        count += 1
    after = digest(site)
    assert before != after
    assert repaired == {after}
    assert published
    assert count > 100
    for _, late, found in left:
        assert found == (after if late else before)


def test_two_builds_at_once_give_the_same_site(changed):
    both = [build(changed), build(changed)]
    assert [status(number) for number in both] == [0, 0]
    at_once = digest(changed / "site")
    assert not unfinished(changed)
    assert status(build(changed)) == 0
    assert digest(changed / "site") == at_once


@pytest.mark.parametrize(
    "place", ["/wheels", "/pages/", "/cards/", "site.building-", "/search/"]
)
def test_a_full_disk_is_named_and_leaves_nothing_half_written(changed, place):
    before = digest(changed / "site")
    full = refuse(errno.ENOSPC, when=lambda path: place in path)
    with watched(full, changed, cache()):
        built, why = attempt(changed)
    assert not built
    assert "expected to write" in why
    assert place in why
    assert "No space left on device" in why
    assert "free some space" in why
    assert digest(changed / "site") == before
    assert not unfinished(changed)
    for entry in cache().rglob("*.json"):
        store.read(entry)


def test_a_read_only_cache_is_enough_where_nothing_changed(project):
    assert attempt(project)[0]
    before = digest(project / "site")
    (project / "site/index.html").unlink()
    with watched(refuse(errno.EROFS, when=lambda _: True), cache()):
        built, why = attempt(project)
    assert built, why
    assert digest(project / "site") == before


def test_a_read_only_cache_that_lacks_something_is_named(changed):
    before = digest(changed / "site")
    with watched(refuse(errno.EROFS, when=lambda _: True), cache()):
        built, why = attempt(changed)
    assert not built
    assert "Read-only file system" in why
    assert "name another folder for what is kept, RNNCOURSE_CACHE" in why
    assert digest(changed / "site") == before
    assert not unfinished(changed)


DAMAGES = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "changed": lambda content: content[:-200] + b"\x00" + content[-199:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_can_be_made_again_is_where_it_is_damaged(project, damage):
    before = digest(project / "site")
    for kind in MADE_AGAIN:
        kept = [path for path in (cache() / kind).rglob("*") if path.is_file()]
        assert kept
        for path in kept:
            path.write_bytes(DAMAGES[damage](path.read_bytes()))
    built, why = attempt(project)
    assert built, why
    assert digest(project / "site") == before


@pytest.mark.parametrize(
    "entry",
    [
        "store/claims.demo.small-*",
        "store/experiments.demo.numbers-*",
        "store/figures.demo.line-*",
        "labs/demo-*",
    ],
)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_result_stops_the_build_and_is_named(project, entry, damage):
    before = digest(project / "site")
    path = sorted(cache().glob(entry))[0]
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    built, why = attempt(project)
    assert not built
    assert f"{path}: damaged entry of the store" in why
    assert "delete the file and build again" in why
    assert digest(project / "site") == before
