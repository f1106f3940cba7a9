"""What the audit records, and what it refuses."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks import quality, weight
from benchmarks.lighthouse import __main__ as lighthouse
from benchmarks.serving import served

ROOT = Path(__file__).parent.parent


def test_a_part_is_recorded_and_the_others_stay(tmp_path, capsys):
    path = tmp_path / "quality.json"
    quality.record("test", {"passed": 3}, path)
    quality.record("mutants", {"killed": 2}, path)
    parts = json.loads(path.read_text("utf-8"))
    assert tuple(parts) == quality.PARTS
    assert parts["test"]["passed"] == 3
    assert parts["mutants"].keys() >= {"date", "commit", "machine", "killed"}
    assert parts["lighthouse"] is None
    assert list(tmp_path.iterdir()) == [path]
    assert "mutants" in capsys.readouterr().out


def test_an_interrupted_record_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "quality.json"
    quality.record("test", {"passed": 3}, path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        quality.record("test", {"passed": 4}, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected one of test, built"):
        quality.record("tset", {}, tmp_path / "quality.json")


def test_every_part_has_its_command():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    assert set(quality.PARTS) - targets == {"site"}
    assert "-m benchmarks.weight" in makefile


def test_the_record_has_every_part():
    assert tuple(json.loads(quality.RECORD.read_text("utf-8"))) == quality.PARTS


@pytest.mark.parametrize(
    "part", ["test", "built", "package", "wheel", "browser"]
)
def test_a_run_of_tests_is_recorded_under_its_own_name(part):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = re.search(rf"^{part}:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert "$(RECORDED)" in recipe[1].splitlines()[-1]
    assert "RECORDED = --record $@" in makefile


@pytest.mark.parametrize(
    ("status", "worker", "recorded"),
    [(0, False, True), (1, False, False), (0, True, False)],
)
def test_a_failure_or_the_share_of_one_worker_is_not_recorded(
    request, monkeypatch, status, worker, recorded
):
    name = str(ROOT / "tests/conftest.py")
    conftest = request.config.pluginmanager.get_plugin(name)
    written = []
    monkeypatch.setattr(quality, "record", lambda *what: written.append(what))
    monkeypatch.setattr(sys, "path", [*sys.path])
    config = SimpleNamespace(
        getoption=lambda _: "browser",
        rootpath=ROOT,
        stash={conftest.BEGAN: 0.0},
        **({"workerinput": {}} if worker else {}),
    )
    passed = SimpleNamespace(nodeid="tests/browser/test_play.py::test_it[1]")
    reporter = SimpleNamespace(stats={"passed": [passed]})
    conftest.pytest_terminal_summary(reporter, status, config)
    assert bool(written) == recorded
    if recorded:
        ((part, found),) = written
        assert (part, found["passed"], found["skipped"]) == ("browser", 1, 0)
        assert found["files"] == {"test_play": 1}


def run(performance: float, shift: float = 0.0, seo: float = 1.0) -> dict:
    scores = dict.fromkeys(lighthouse.WHOLE, 1.0) | {"seo": seo}
    names = [*lighthouse.TIMES.values(), "total-byte-weight"]
    audits = {name: {"numericValue": 10_000 * performance} for name in names}
    audits["cumulative-layout-shift"] = {"numericValue": shift}
    return {
        "categories": {
            name: {"score": score}
            for name, score in (scores | {"performance": performance}).items()
        },
        "audits": audits,
        "environment": {"benchmarkIndex": 1500.4},
    }


@pytest.mark.parametrize(
    "fault",
    [
        subprocess.TimeoutExpired("lighthouse", 300),
        subprocess.CalledProcessError(1, "lighthouse"),
    ],
)
def test_a_browser_that_hangs_is_started_again_twice(monkeypatch, fault):
    outcomes = [fault, fault, {"good": True}, fault, fault, fault]

    def one_report(address, form):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(lighthouse, "one_report", one_report)
    assert lighthouse.report("a", "mobile") == {"good": True}
    with pytest.raises(type(fault)):
        lighthouse.report("a", "mobile")
    assert outcomes == []


def test_of_several_runs_the_median_performance_and_the_worst_of_the_rest():
    runs = [run(0.5), run(0.9, shift=0.02), run(0.8, seo=0.92)]
    found = lighthouse.summary(runs)
    assert found["performance"] == 80
    assert found["performances"] == [50, 90, 80]
    assert (found["seo"], found["accessibility"]) == (92, 100)
    assert (found["shift"], found["paint_s"], found["kb"]) == (0.02, 8.0, 5)
    assert found["speed_of_machine"] == [1500, 1500, 1500]


def test_what_is_below_what_is_asked_for_is_named():
    good, slow = lighthouse.summary([run(0.95)]), lighthouse.summary([run(0.9)])
    pages = {"desktop": {"a": good, "b": slow}, "mobile": {"a": slow}}
    assert lighthouse.problems(pages) == [
        "b, desktop: expected performance of 95 or more, got 90"
    ]
    worse = lighthouse.summary([run(1.0, seo=0.99)])
    (said,) = lighthouse.problems({"mobile": {"c": worse}})
    assert said == "c, mobile: expected seo of 100 or more, got 99"


def test_performance_is_asked_for_on_a_machine_that_is_fast_enough():
    slow = lighthouse.summary([run(0.1)])
    assert len(lighthouse.problems({"mobile": {"a": slow}})) == 1
    slow["speed_of_machine"] = [lighthouse.SPEED - 1]
    assert lighthouse.problems({"mobile": {"a": slow}}) == []


def test_what_a_page_fetches_elsewhere_is_named():
    urls = ["http://127.0.0.1:1/a", "data:,x", "https://other.example/b"]
    items = [{"url": url} for url in urls]
    found = {"audits": {"network-requests": {"details": {"items": items}}}}
    elsewhere = lighthouse.outside(found, "http://127.0.0.1:1/")
    assert elsewhere == ["https://other.example/b"]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "style.css").write_text("p { color: red }\n" * 500)
    (tmp_path / "404.html").write_text("nothing here")
    (tmp_path / "a" / "index.html").write_text(
        "<link rel='stylesheet' href='../style.css'><p>words"
    )
    return tmp_path


def test_a_site_is_served_compressed_under_its_path(site):
    with served(site, "/course/") as address:
        style = f"{address}style.css"
        assert style.endswith("/course/style.css")
        with urlopen(style, timeout=10) as reply:
            assert len(reply.read()) == 8500
            assert reply.headers["Content-Encoding"] is None
            assert reply.headers["Cache-Control"] == "max-age=600"
        asking = Request(style, headers={"Accept-Encoding": "gzip, br"})
        with urlopen(asking, timeout=10) as reply:
            body = reply.read()
            assert len(body) < 200
            assert len(gzip.decompress(body)) == 8500
        with urlopen(f"{address}a/", timeout=10) as reply:
            assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        for absent in (f"{address}b", address.replace("/course/", "/a/")):
            with pytest.raises(HTTPError) as refused:
                urlopen(absent, timeout=10)
            with refused.value as reply:
                assert (reply.code, reply.read()) == (404, b"nothing here")


def test_a_page_over_its_budget_is_named(site, monkeypatch):
    found = weight.pages(site)
    assert found["a"]["first"] == weight.size(site / "style.css")
    assert weight.too_heavy(found) == []
    monkeypatch.setattr(weight, "FIRST", 50)
    (said,) = weight.too_heavy(found)
    assert said.startswith("a: expected at most 50 bytes (first), got ")
