"""Every claim of the course holds."""

import ast
import errno
import importlib
import io
import itertools
import json
import math
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from pages import STEMS, read

from rnncourse import evidence, store
from rnncourse.claims import Claim, largest, most
from rnncourse.evidence import Job
from rnncourse.experiments import backprop, gru


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


def test_the_largest_gap_is_nan_if_one_is():
    ones, none = torch.ones(2), torch.full((2,), math.nan)
    assert math.isnan(largest([ones, none], [ones, ones]))
    assert largest([ones, 3 * ones], [ones, ones]) == 2
    assert math.isnan(most(iter([0.0, math.nan])))


@pytest.mark.parametrize(
    "name",
    [
        *("rnn.same_as_torch", "lstm.lstm_as_torch", "gru.same_gru_as_torch"),
        *("gru.negated_z_is_one_minus_z", "deep.deep_as_torch"),
        *("deep.the_paths_add_up", "deep.a_plain_stack_is_torchs"),
        *("deep.packed_is_unpadded", "deep.neighbours_do_not_touch"),
        *("deep.pieces_are_one_pass", "beyond.scan_is_the_loop"),
        *("beyond.minimal_layers_are_their_cells",),
        *("sequences.convolution_commutes_with_shifts",),
        *("forecasting.ridge_is_least_squares",),
    ],
)
def test_a_nan_in_one_of_several_comparisons_is_no_equality(name, monkeypatch):
    chapter, _, function = name.partition(".")
    module = importlib.import_module(f"rnncourse.claims.{chapter}")
    gaps = itertools.chain([0.0, math.nan], itertools.repeat(0.0))
    monkeypatch.setattr(module, "largest", lambda *_: next(gaps))
    assert not getattr(module, function)().holds


def test_a_nan_among_gradients_is_no_equality(monkeypatch):
    module = importlib.import_module("rnncourse.claims.backprop")
    broken = module.gradient(backprop.Weights(), backprop.Data())
    broken = broken._replace(w3=math.nan)
    for where in (module, backprop):
        monkeypatch.setattr(where, "gradient", lambda *_: broken)
    assert not module.by_hand_is_differences().holds
    assert math.isnan(backprop.factors.__wrapped__()["difference"])


@pytest.mark.parametrize(
    ("name", "error"), [("variants", "formula"), ("direct", "error")]
)
def test_a_nan_among_the_errors_of_an_experiment_stays(
    name, error, monkeypatch
):
    gaps = itertools.chain([0.0] * 3, [math.nan], itertools.repeat(0.0))
    monkeypatch.setattr(gru, "_worst", lambda *_: next(gaps))
    assert math.isnan(getattr(gru, name).__wrapped__()[error])


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
