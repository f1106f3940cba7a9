"""The command `suggest`: trained once, kept, and honest about what it lacks."""

import argparse

import pytest
import torch

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
    monkeypatch.setattr("platformdirs.user_cache_path", tmp_path.joinpath)
    found = Trained()
    monkeypatch.setattr(suggest, "made", found)
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
    assert "training" in said[0]
    assert "kept in" in said[1]
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
        (["--count", "0"], "expected k to be an int from 1"),
        (["--write", "0"], "expected --write of at least 1, got 0"),
        (["--write", "3", "--temperature", "0"], "expected a temperature"),
        (["--write", "3", "--top-k", "99"], "expected k to be an int from 1"),
    ],
)
def test_numbers_out_of_range_are_refused(trained, argv, message):
    with pytest.raises(ValueError, match=message):
        run("la", *argv)


def test_a_file_that_is_no_model_is_refused(trained):
    path = suggest.kept_at("es")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x80\x04 not a model")
    with pytest.raises(ValueError, match="suggest-es"):
        run("la")


def test_where_nothing_can_be_kept_it_still_suggests(trained, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(suggest, "save", full)
    rows, said = run("la")
    assert rows
    assert "not kept: No space left on device" in said
