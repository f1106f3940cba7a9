"""The command `suggest`: trained once, kept, and honest about what it lacks."""

import argparse

import pytest
import torch

from rnncourse import commands
from rnncourse.commands import suggest
from rnncourse.text import LanguageModel, Vocabulary

FORMS = ["la", "red", "los", "gatos", "corren", ",", "lee"]


class Trained:
    def __init__(self) -> None:
        self.vocabulary, self.times = Vocabulary(FORMS), 0

    def __call__(self, language, kind, seed):
        self.times += 1
        torch.manual_seed(seed)
        size = len(self.vocabulary)
        return LanguageModel(kind, size, 4, 5).eval(), self


@pytest.fixture
def trained(monkeypatch, tmp_path):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    found = Trained()
    monkeypatch.setattr(suggest, "made", found)
    monkeypatch.setattr(suggest, "Reading", lambda language: found)
    return found


def run(*argv):
    said = []
    parser = argparse.ArgumentParser()
    suggest.arguments(parser)
    return suggest.run(parser.parse_args(list(argv)), said.append), said


def test_it_trains_once_and_says_so(trained):
    first, said = run("los gatos")
    again, silent = run("los gatos")
    assert trained.times == 1
    assert "training on the text of the course in 'es', once" in said[0]
    assert silent == []
    assert first == again
    assert len(first) == 5


def test_suggestions_begin_with_the_letters_given(trained):
    rows, _ = run("los", "--start", "l")
    assert {row["word"] for row in rows} == {"la", "los", "lee"}


def test_unknown_words_are_named(trained):
    rows, said = run("the cats, la")
    assert said[-1] == "2 of 4 unknown in 'es': the, cats"
    assert rows


@pytest.mark.parametrize("text", ["", "la"])
def test_a_short_text_is_enough(trained, text):
    rows, _ = run(text)
    assert rows


def test_it_writes_on_the_same_text_for_the_same_seed(trained):
    one, _ = run("la red", "--write", "6", "--seed", "3")
    two, _ = run("la red", "--write", "6", "--seed", "3")
    assert one == two
    assert one[0]["text"].startswith("la red")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--count", "0"], r"expected --count in 1\.\.9, got 0"),
        (["--count", "10"], r"expected --count in 1\.\.9, got 10"),
        (["--write", "0"], "expected --write of at least 1, got 0"),
        (["--temperature", "0"], r"above 0, a finite one, got 0\.0"),
        (
            ["--temperature", "nan"],
            "expected --temperature above 0, .* got nan",
        ),
        (["--temperature", "inf"], "a finite one, got inf"),
        (["--top-k", "0"], r"expected --top-k in 1\.\.8, got 0"),
        (["--top-k", "9"], r"expected --top-k in 1\.\.8, got 9"),
        (["--seed", "-1"], r"expected --seed in 0\.\.2\*\*63 - 1, got -1"),
    ],
)
def test_numbers_out_of_range_are_refused_before_the_training(
    trained, argv, message
):
    with pytest.raises(ValueError, match=message):
        run("la", *argv)
    assert trained.times == 0


def test_as_many_as_there_are_can_be_asked_for(trained):
    assert len(run("la", "--count", "9")[0]) == 6  # words, without the sign
    assert run("la", "--write", "1", "--top-k", "8")[0]


def test_a_damaged_file_is_trained_again(trained, tmp_path):
    first, _ = run("la")
    (path,) = (tmp_path / "networks").iterdir()
    path.write_bytes(b"\x80\x04 not a model")
    again, said = run("la")
    assert "training on the text of the course in 'es' again" in said[0]
    assert str(path) in said[0]
    assert again == first
    assert run("la")[1] == []


def test_other_code_is_another_training(trained, monkeypatch):
    run("la")
    monkeypatch.setattr(commands.store, "fingerprint", lambda module: module)
    _, said = run("la")
    assert trained.times == 2
    assert "training" in said[0]


def test_without_the_extra_the_way_out_is_said_first(trained, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[training\]"):
        run("la")
    assert trained.times == 0


def test_where_nothing_can_be_kept_it_still_suggests(trained, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(commands.checkpoints, "save", full)
    rows, said = run("la")
    assert rows
    assert "not kept: No space left on device" in said
