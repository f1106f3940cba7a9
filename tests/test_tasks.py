"""The generated tasks, and what a constant or memoryless guess costs."""

import math
from collections import Counter

import pytest
import torch

from rnncourse.data import (
    Sentence,
    adding,
    agreement,
    copy,
    encoded,
    vocabulary,
)

LANGUAGES = ("es", "en")


def seeded(seed=0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("T", [2, 3, 10, 51])
def test_two_numbers_are_marked_one_in_each_half(T):
    x, y = adding(T, 200, seeded())
    assert (x.shape, y.shape) == ((T, 200, 2), (200, 1))
    values, marks = x.unbind(-1)
    assert set(marks.unique().tolist()) <= {0.0, 1.0}
    assert (marks[: T // 2].sum(0) == 1).all()
    assert (marks[T // 2 :].sum(0) == 1).all()
    assert torch.equal(y[:, 0], (values * marks).sum(0))
    assert ((values >= 0) & (values < 1)).all()


def test_every_step_of_each_half_can_be_marked():
    x, _ = adding(5, 500, seeded())
    assert (x[..., 1].sum(1) > 0).all()


def test_always_answering_1_costs_a_sixth():
    count = 200_000
    _, y = adding(4, count, seeded())
    errors = (y - 1) ** 2
    few = 4 * errors.std() / math.sqrt(count)
    assert abs(errors.mean() - 1 / 6) < few < 0.002


def test_copy_asks_for_the_word_after_the_order():
    x, y = copy(7, 3, seeded(), symbols=5, length=4)
    assert x.shape == y.shape == (7 + 8, 3)
    assert torch.equal(x[:4], y[-4:])
    assert (x[:4] < 5).all()
    assert (x[4:10] == 5).all()
    assert (x[10] == 6).all()
    assert (x[11:] == 5).all()
    assert (y[:-4] == 5).all()


def test_the_word_comes_when_the_order_has_been_read():
    x, y = copy(3, 2, seeded())
    order = int((x[:, 0] == 9).nonzero())
    assert order == 10 + 3 - 1
    assert (y[order] == 8).all()
    assert (y[order + 1 :] < 8).all()


def test_without_memory_copying_costs_10_ln_8_a_sequence():
    T, symbols, length = 30, 8, 10
    _, y = copy(T, 50, seeded())
    blank = torch.zeros(10).log_softmax(0)
    blank = torch.full((symbols + 2,), -math.inf)
    blank[symbols] = 0.0
    uniform = torch.full((symbols + 2,), -math.inf)
    uniform[:symbols] = -math.log(symbols)
    guess = torch.cat(
        [blank.expand(T + length, 50, -1), uniform.expand(length, 50, -1)]
    )
    cost = -guess.gather(-1, y[..., None]).mean()
    assert math.isclose(cost.item(), 10 * math.log(8) / (T + 20), rel_tol=1e-5)


def test_at_a_thousand_steps_the_memoryless_cost_is_0_0204():
    assert round(10 * math.log(8) / 1020, 4) == 0.0204


def test_every_symbol_is_as_likely():
    x, _ = copy(1, 8000, seeded())
    counts = torch.bincount(x[:10].flatten(), minlength=8)
    assert (counts.float() / 80_000 - 1 / 8).abs().max() < 0.006


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clauses", [0, 1, 3])
def test_the_verb_agrees_with_the_subject(language, clauses):
    plural_nouns = {"es": "os as", "en": "s"}[language].split()
    for sentence in agreement(200, language, clauses, seeded()):
        noun = sentence.words[1]
        ends = any(noun.endswith(end) for end in plural_nouns)
        assert ends is sentence.plural
        verb = sentence.words[-1]
        assert verb != sentence.wrong
        marked = verb.endswith({"es": "n", "en": "s"}[language])
        assert marked is (sentence.plural is (language == "es"))


def test_the_sentence_of_the_course_is_among_them():
    sought = {
        "es": "los gatos que vi ayer en la plaza corren",
        "en": "the cats that I saw yesterday in the square run",
    }
    for language, text in sought.items():
        drawn = agreement(20_000, language, 1, seeded())
        assert text in {" ".join(sentence.words) for sentence in drawn}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_languages_draw_the_same_sentence(language):
    one, other = (agreement(50, name, 2, seeded(3)) for name in LANGUAGES)
    assert [s.plural for s in one] == [s.plural for s in other]
    assert len(one[0].words) + 2 == len(other[0].words)  # "I", twice


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_before_the_verb_says_nothing_of_its_number(language):
    count = 20_000
    drawn = agreement(count, language, 1, seeded())
    seen = Counter((s.words[-2], s.plural) for s in drawn)
    words = {word for word, _ in seen}
    right = sum(max(seen[w, True], seen[w, False]) for w in words) / count
    assert abs(right - 0.5) < 0.02


def test_without_a_clause_the_word_before_the_verb_is_the_subject():
    for sentence in agreement(20, "en", 0, seeded()):
        assert len(sentence.words) == 3


def test_sentences_become_places_in_the_vocabulary():
    drawn = agreement(30, "es", 1, seeded())
    words = vocabulary(drawn)
    places = encoded(drawn, words)
    assert words == sorted(set(words))
    assert places.shape == (len(drawn[0].words), 30)
    assert tuple(words[i] for i in places[:, 4]) == drawn[4].words
    assert {sentence.wrong for sentence in drawn} <= set(words)


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: adding(9, 4, g),
        lambda g: copy(9, 4, g),
        lambda g: [agreement(5, "es", 1, g)],
    ],
)
def test_the_same_generator_draws_the_same(draw):
    for one, other in zip(draw(seeded(5)), draw(seeded(5)), strict=True):
        assert torch.equal(one, other) if torch.is_tensor(one) else one == other


def test_without_a_generator_torch_s_own_decides():
    torch.manual_seed(1)
    first, _ = adding(5, 3)
    torch.manual_seed(1)
    again, _ = adding(5, 3)
    assert torch.equal(first, again)
    assert not torch.equal(first, adding(5, 3)[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adding(1, 3), "expected T to be an int >= 2, got 1"),
        (lambda: adding(3, 0), "expected N to be a positive int, got 0"),
        (lambda: copy(0, 3), "expected T to be a positive int, got 0"),
        (lambda: copy(3, True), "expected N to be a positive int, got True"),
        (lambda: copy(3, 1, length=0), "expected length to be a positive int"),
        (lambda: copy(3, 1, symbols=1), "expected symbols to be an int >= 2"),
        (lambda: agreement(0, "es"), "expected N to be a positive int"),
        (lambda: agreement(1, "es", -1), "expected clauses to be an int >= 0"),
        (lambda: agreement(1, "fr"), "language to be 'es' or 'en', got 'fr'"),
        (lambda: encoded([], ["a"]), "expected sentences of one length"),
        (
            lambda: encoded([Sentence(("a", "b"), "c", True)], ["a"]),
            r"expected known words, got \['b'\]",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
