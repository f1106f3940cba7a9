"""Every claim of the course holds."""

import ast
import errno
import io
import json
import math
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from pages import STEMS, read

from rnncourse import evidence, store
from rnncourse.claims import Claim
from rnncourse.evidence import Job


def read_both(stem):
    return read("es", stem) + read("en", stem)


PACKAGE = Path(__file__).parents[1] / "rnncourse"
VALUES = sorted(  # `[[value rnn.sizes recurrent d]]`
    set(re.findall(r"\[\[value (\w+\.\w+)", "".join(map(read_both, STEMS))))
)
SOURCES = [*PACKAGE.glob("figures/*.py"), *PACKAGE.glob("claims/*.py")]


@pytest.mark.parametrize("name", evidence.names("claims"))
def test_the_claim_holds(name):
    claim = evidence.compute(Job("claims", name))
    assert all(claim["sentence"].values())


@pytest.mark.parametrize("name", VALUES)
def test_what_a_page_says_in_its_prose_is_computed(name):
    assert evidence.compute(Job("experiments", name)) is not None


def claim(value: float, **others) -> Claim:
    facts = {"bound": 1.0, "relation": "<=", "es": "a", "en": "b"} | others
    return Claim(value, **facts)


@pytest.mark.parametrize("value", [2.0, math.nan, math.inf])
def test_a_claim_out_of_bounds_or_nan_is_refused(value):
    with pytest.raises(ValueError, match=r"claim x\.y does not hold"):
        claim(value).record("x.y")


def test_numbers_of_numpy_are_numbers():
    assert claim(np.float64(0.5)).holds is True
    assert claim(np.float64(1.5)).holds is False


def test_a_nan_among_its_numbers_is_refused():
    with pytest.raises(ValueError, match="does not hold"):
        claim(0.5, numbers={"spread": math.nan}).record("x.y")


def test_a_claim_in_one_language_is_refused():
    with pytest.raises(ValueError, match="expected a sentence in 'en'"):
        claim(0.5, en=" ").record("x.y")


def test_a_sentence_shows_what_was_measured():
    made = claim(0.25, es="vale {value:.2f}", en="is {value:.2f}")
    assert made.record("x.y")["sentence"] == {
        "es": "vale 0,25",
        "en": "is 0.25",
    }


def test_a_sentence_cannot_name_what_was_not_measured():
    with pytest.raises(ValueError, match="expected one of the numbers"):
        claim(0.5, en="{spread:.1f}").record("x.y")


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: f"{path.parent.stem}-{path.stem}"
)
def test_who_uses_the_experiments_of_another_is_computed_with_it(path):
    """Two processes would make the same experiment."""
    own, used = path.stem, set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if getattr(node, "module", None) == "rnncourse.experiments":
            used |= {alias.name for alias in node.names}
    groups = {Job("claims", f"{one}.f").group for one in (*used, own)}
    assert len(groups) == 1, (own, used)


def test_who_computes_for_a_build_says_what_became_of_each(monkeypatch, capsys):
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    names = ("rnn.no", "rnn.full", "rnn.yes")
    jobs = [Job("claims", name) for name in names]
    lines = "".join(json.dumps(asdict(job)) + "\n" for job in jobs)
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))

    def compute(job):
        if job.name == "rnn.full":
            raise OSError(errno.ENOSPC, "No space left on device", "here")
        if job.name == "rnn.no":
            raise ValueError("it does not hold")

    monkeypatch.setattr(evidence, "compute", compute)
    evidence.main()
    no, full, done = map(json.loads, capsys.readouterr().out.splitlines())
    assert threads == [1]
    assert no["done"] == asdict(jobs[0])
    assert no["reason"] == "ValueError: it does not hold"
    assert "compute" in no["trace"]
    assert "file" not in no
    assert full["file"] == [errno.ENOSPC, "No space left on device", "here"]
    assert done.keys() == {"done", "seconds"}


def test_the_entry_of_a_result_is_that_of_its_function():
    job = Job("claims", "rnn.same_as_torch")
    assert job.entry() == store.entry("rnncourse.claims.rnn.same_as_torch")
    assert job.entry() != Job("claims", "bptt.same_as_torch").entry()
