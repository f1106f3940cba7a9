"""What the build does where something outside it fails; no site is built."""

import errno
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hooks import (
    environment,
    evidence,
    keeping,
    mathematics,
    session,
    staging,
)

from rnncourse import store
from rnncourse.evidence import Job

FORMULAS = [mathematics.Formula("x", display=False)]


@pytest.fixture
def typesetter(tmp_path, monkeypatch):
    """One whose MathJax is a Python program: `typesetter("code")`."""
    package = tmp_path / "node_modules" / "mathjax" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "1"}')
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path / "cache"))
    worker = tmp_path / "worker.py"
    monkeypatch.setattr(mathematics, "WORKER", worker)
    monkeypatch.setattr(mathematics, "node", lambda: sys.executable)
    made = mathematics.Typesetter(tmp_path)

    def playing(code):
        worker.write_text(code)
        return made

    yield playing
    made.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("input()", ""),
        ("import sys; sys.exit('no memory')", "no memory"),
        ("input(); print('{\"html\": [')", ""),
        ("import os; input(); os.abort()", ""),
    ],
    ids=["ends", "does not start", "half a reply", "aborts"],
)
def test_a_node_that_dies_is_named_with_its_last_words(typesetter, code, words):
    with pytest.raises(mathematics.MathError) as caught:
        typesetter(code).typeset(FORMULAS)
    said = str(caught.value)
    assert "expected a reply from MathJax within 120 s, got the end" in said
    assert re.search(r"of Node \(status -?\d+\)", said)
    assert "build again" in said
    assert said.endswith(words)


def test_a_node_that_hangs_is_stopped(typesetter, monkeypatch):
    monkeypatch.setattr(mathematics, "TIMEOUT", 0.5)
    hanging = typesetter("import sys; sys.stdin.read()")
    with pytest.raises(mathematics.MathError, match=r"within 0\.5 s"):
        hanging.typeset(FORMULAS)


def test_after_a_death_the_next_page_starts_another_node(typesetter):
    with pytest.raises(mathematics.MathError):
        typesetter("input()").typeset(FORMULAS)
    reply = '{"html": ["x"], "css": "", "glyphs": "", "errors": []}'
    again = typesetter(f"input(); print('{reply}')")
    assert again.typeset(FORMULAS)["html"] == ["x"]


def test_without_node_or_mathjax_the_way_out_is_named(
    typesetter, tmp_path, monkeypatch
):
    ready = typesetter("")
    monkeypatch.setattr(mathematics, "node", lambda: tmp_path / "none")
    with pytest.raises(mathematics.MathError, match=r"expected Node at .*none"):
        ready.typeset(FORMULAS)
    (tmp_path / "node_modules/mathjax/package.json").unlink()
    with pytest.raises(mathematics.MathError, match="run `make setup`"):
        ready.typeset(FORMULAS)


def two(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    return tmp_path / "one", tmp_path / "other"


@pytest.mark.parametrize("at_once", [True, False])
def test_two_folders_change_places(tmp_path, monkeypatch, at_once):
    one, other = two(tmp_path)
    if not at_once:
        monkeypatch.setattr(staging.sys, "platform", "elsewhere")
    staging.exchange(one, other)
    assert (one / "page").read_text() == "other"
    assert (other / "page").read_text() == "one"
    assert sorted(tmp_path.iterdir()) == [one, other]


def test_a_folder_that_cannot_be_moved_leaves_the_other(tmp_path, monkeypatch):
    one, other = two(tmp_path)
    move = os.rename

    def refused(source, target):
        if source == one:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
        move(source, target)

    monkeypatch.setattr(staging.sys, "platform", "elsewhere")
    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(OSError, match="Input/output"):
        staging.exchange(one, other)
    assert (other / "page").read_text() == "other"
    assert sorted(tmp_path.iterdir()) == [one, other]


def test_a_file_that_the_served_site_shares_is_not_written_over(tmp_path):
    served, new = tmp_path / "served.css", tmp_path / "new.css"
    served.write_text("old")
    os.link(served, new)
    staging.write(new, "new")
    assert (served.read_text(), new.read_text()) == ("old", "new")


def test_what_a_dead_build_half_wrote_is_removed_later(tmp_path):
    old = time.time() - 2 * 3600
    (tmp_path / "pages").mkdir()
    for name in ("pages/.writing-old", "pages/.writing-new", "pages/x.json"):
        (tmp_path / name).write_text("half")
    for name in ("pages/.writing-old", "pages/x.json"):
        os.utime(tmp_path / name, (old, old))
    staging.tidy(tmp_path)
    left = sorted(path.name for path in (tmp_path / "pages").iterdir())
    assert left == [".writing-new", "x.json"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_fault_of_the_disk_names_the_way_out(tmp_path, code):
    why = os.strerror(code)
    kept, site = str(tmp_path / "cache/pages/x"), str(tmp_path / "site/x")
    said = staging.explained(OSError(code, why, kept), tmp_path / "cache")
    assert f"expected to write {kept}, got {why!r}" in said
    assert "RNNCOURSE_CACHE" in said
    said = staging.explained(OSError(code, why, site), tmp_path / "cache")
    assert f"expected to write {site}, got {why!r}" in said
    assert "RNNCOURSE_CACHE" not in said


def test_another_fault_is_not_the_disks(tmp_path):
    for error in (FileNotFoundError(errno.ENOENT, "", "x"), ValueError("x")):
        assert staging.explained(error, tmp_path) is None


def test_a_link_is_a_stray_where_it_leads_out_of_its_folder(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "page.md").write_text("page")
    (tmp_path / "secret").write_text("secret")
    (docs / "in.md").symlink_to(docs / "page.md")
    (docs / "out.md").symlink_to(tmp_path / "secret")
    (docs / "up.md").symlink_to("../secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "labs").symlink_to(tmp_path / "elsewhere")
    assert staging.strays(tmp_path, ["docs", "labs"]) == [
        docs / "out.md",
        docs / "up.md",
        tmp_path / "labs",
    ]


def test_an_environment_holds_what_is_allowed_and_no_more(monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", "secret")
    monkeypatch.setenv("TZ", "UTC")
    given = environment.allowed(OWN="own")
    assert given["OWN"] == "own"
    assert given["TZ"] == "UTC"
    assert "DEPLOY_TOKEN" not in given


@pytest.mark.parametrize("said", ["torch", None])
def test_what_is_published_is_computed_by_one_engine(said, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    if said:
        monkeypatch.setenv("RNNCOURSE_ENGINE", said)
    assert environment.allowed()["RNNCOURSE_ENGINE"] == store.ENGINE


def test_a_wheel_is_built_again_for_each_source_and_each_date(
    tmp_path, monkeypatch
):
    package = tmp_path / "rnncourse"
    (package / "__pycache__").mkdir(parents=True)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    seen = [session.packaged(tmp_path)]
    (package / "__pycache__" / "a.pyc").write_text("compiled")
    assert session.packaged(tmp_path) == seen[0]
    for path in ("pyproject.toml", "rnncourse/a.py", "rnncourse/b.c"):
        (tmp_path / path).write_text("1")
        seen.append(session.packaged(tmp_path))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2")
    seen.append(session.packaged(tmp_path))
    assert len(set(seen)) == len(seen)


def test_the_english_preview_is_built_anew_for_all_that_it_shows(tmp_path):
    run = session.Session(tmp_path)

    def changes(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = run.english_from()
        path.write_text("x")
        return run.english_from() != before

    for name in (
        *("mkdocs.yml", "pyproject.toml", "docs/en/rnn.md", "docs/hooks/a.py"),
        *("labs/a.py", "snippets/a.py", "rnncourse/a.py"),
        *("docs/es/glossary.md", "benchmarks/results/a.json"),
    ):
        assert changes(name), name
    for name in ("docs/es/rnn.md", "rnncourse/__pycache__/a.pyc"):
        assert not changes(name), name


def test_of_two_that_compute_the_one_that_hangs_is_named(tmp_path, monkeypatch):
    code = """if True:
        import json, sys, time
        for line in sys.stdin:
            job = json.loads(line)
            time.sleep(0.2 if job["name"] == "b.done" else 60)
            print(json.dumps({"done": job, "seconds": 0.2}), flush=True)
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    monkeypatch.setattr(
        evidence,
        "_worker",
        lambda root: subprocess.Popen([sys.executable, "-c", code], **pipes),
    )
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    claims = tmp_path / "rnncourse" / "claims"
    claims.mkdir(parents=True)
    for name in "abc":
        (claims / f"{name}.py").touch()
    jobs = [Job("claims", name) for name in ("a.hangs", "b.done", "c.begun")]
    with pytest.raises(evidence.EvidenceError) as caught:
        evidence.compute(jobs, tmp_path, lambda line: None, timeout=2)
    assert str(caught.value) == (
        "rnncourse/claims/a.py: claim a.hangs: no result after 2 s"
    )


def test_kept_bytes_are_whole_or_absent(tmp_path):
    path = tmp_path / "card.json"
    assert keeping.read_bytes(path) is None
    keeping.write_bytes(path, b"\x00\xff")
    assert keeping.read_bytes(path) == b"\x00\xff"
    path.write_bytes(path.read_bytes()[:-3])
    assert keeping.read_bytes(path) is None
    with pytest.raises(store.StoreError, match="damaged"):
        store.read(path)


def test_the_state_of_a_text_is_that_of_the_results_it_names(monkeypatch):
    jobs = [
        Job("claims", "a.holds"),
        Job("figures", "a.line", "es", "light"),
        Job("figures", "play.gates", "es", "light"),
        Job("experiments", "b.runs"),
    ]
    entries = {(job, Path()): Path(job.name) for job in jobs}
    monkeypatch.setattr(evidence, "_entries", entries)
    assert evidence.state("[[table building]] [[result x y]] $x$") == []
    assert evidence.state("[[figure a.line]]") == ["a.line"]
    text = "[[claim a.holds]] [[play gates]] [[value b.runs n d]]"
    assert evidence.state(text) == ["a.holds", "b.runs", "play.gates"]
    assert len(evidence.state("[[count pages]]")) == len(jobs)
