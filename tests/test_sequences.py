"""What order and length do to four readers; what an n-gram can see."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from rnncourse import sequences
from rnncourse.data import agreement
from rnncourse.sequences import Bag, Convolution, Recurrent, Window

T, N, D, H, Q = 9, 3, 2, 5, 4
KINDS = ["window", "bag", "convolution", "pooled", "recurrent"]


def made(kind: str, seed: int = 0) -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        reader = {
            "window": lambda: Window(D, H, Q, T),
            "bag": lambda: Bag(D, H, Q),
            "convolution": lambda: Convolution(D, H, Q, T),
            "pooled": lambda: Convolution(D, H, Q),
            "recurrent": lambda: Recurrent(D, H, Q),
        }[kind]()
    return reader.double()


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def by_hand(kind: str, reader: torch.nn.Module, x: torch.Tensor):
    """The equations of the module, one step at a time."""
    p = dict(reader.named_parameters())
    if kind == "window":
        h = torch.cat(list(x), -1) @ p["hidden.weight"].T + p["hidden.bias"]
        h = h.tanh()
    elif kind == "bag":
        h = torch.zeros(x.shape[1], H, dtype=x.dtype)
        for x_t in x:
            h = h + (x_t @ p["hidden.weight"].T + p["hidden.bias"]).tanh()
    elif kind == "recurrent":
        h = torch.zeros(x.shape[1], H, dtype=x.dtype)
        for x_t in x:
            a = x_t @ p["layer.weight_ih_l0"].T + p["layer.bias_ih_l0"]
            a = a + h @ p["layer.weight_hh_l0"].T + p["layer.bias_hh_l0"]
            h = a.tanh()
    else:
        W, b = p["convolution.weight"], p["convolution.bias"]  # (H, D, K)
        K = W.shape[-1]
        c = [
            (sum(x[t + k] @ W[..., k].T for k in range(K)) + b).tanh()
            for t in range(len(x) - K + 1)
        ]
        pooled = kind == "pooled"
        h = sum(c) / len(c) if pooled else torch.cat(c, -1)
    return h @ p["readout.weight"].T + p["readout.bias"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_reader_is_its_equation_forward_and_back(kind):
    reader = made(kind)
    x = random(T, N, D).requires_grad_()
    inputs = [x, *reader.parameters()]
    weights = random(N, Q, seed=1)
    ours, theirs = reader(x), by_hand(kind, reader, x)
    assert ours.shape == (N, Q)
    assert_close(ours, theirs)
    for a, b in zip(
        torch.autograd.grad((ours * weights).sum(), inputs),
        torch.autograd.grad((theirs * weights).sum(), inputs),
        strict=True,
    ):
        assert_close(a, b)


@given(st.integers(1, 20), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_a_bag_is_the_same_shuffled_and_its_gradient_is_shuffled(length, seed):
    bag, x = made("bag", seed), random(length, N, D, seed=seed)
    order = torch.randperm(
        length, generator=torch.Generator().manual_seed(seed)
    )
    x.requires_grad_()
    y = bag(x)
    assert_close(bag(x[order]), y, rtol=0, atol=1e-12)
    (dx,) = torch.autograd.grad(y.sum(), x)
    shuffled = x.detach()[order].requires_grad_()
    (ds,) = torch.autograd.grad(bag(shuffled).sum(), shuffled)
    assert_close(ds, dx[order], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["window", "convolution", "recurrent"])
def test_the_others_change_when_shuffled(kind):
    reader, x = made(kind), random(T, N, D)
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(T, generator=generator)
        assert (reader(x[order]) - reader(x)).abs().max() > 1e-3


def test_a_linear_recurrent_network_whose_loop_copies_is_a_bag():
    x, W = random(T, N, D), random(H, D, seed=1)
    h = torch.zeros(N, H, dtype=x.dtype)
    for x_t in x:
        h = x_t @ W.T + h @ torch.eye(H, dtype=x.dtype)
    assert_close(h, (x @ W.T).sum(0))


def test_an_ordinary_network_can_undo_a_shuffle_of_its_columns():
    reader, x = made("window"), random(T, N, D)
    order = torch.randperm(T, generator=torch.Generator().manual_seed(0))
    other = made("window")
    with torch.no_grad():
        W = other.hidden.weight.reshape(H, T, D)
        other.hidden.weight.copy_(W[:, order].flatten(1))
    assert_close(other(x[order]), reader(x))


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_a_batch_do_not_see_one_another(kind):
    reader, x = made(kind), random(T, 7, D)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    assert_close(reader(x[:, order]), reader(x)[order])
    assert_close(
        torch.cat([reader(x[:, i : i + 1]) for i in range(7)]), reader(x)
    )


@given(st.integers(1, 4))
@settings(deadline=None)
def test_a_convolution_commutes_with_shifts(shift):
    reader = made("convolution")
    x = random(T, N, D)
    assert_close(reader.map(x[shift:]), reader.map(x)[shift:])
    later = torch.cat([torch.zeros(shift, N, D, dtype=x.dtype), x])
    assert_close(reader.map(later)[shift:], reader.map(x))


def test_the_head_of_a_convolution_does_not_commute():
    reader, x = made("convolution"), random(T, N, D)
    later = torch.cat([torch.zeros(1, N, D, dtype=x.dtype), x[:-1]])
    assert (reader(later) - reader(x)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("kind", "lengths"),
    [
        ("window", [T]),
        ("convolution", [T]),
        ("pooled", list(range(3, 21))),
        ("bag", list(range(1, 21))),
        ("recurrent", list(range(1, 21))),
    ],
)
def test_which_lengths_a_reader_takes(kind, lengths):
    reader = made(kind).float()
    assert sequences.accepted(reader, range(21), D) == lengths
    assert sequences.accepted(reader, range(21), D + 1) == []


@pytest.mark.parametrize("kind", ["bag", "pooled", "recurrent"])
def test_parameters_do_not_depend_on_the_length_except_in_a_window(kind):
    def count(reader):
        return sum(p.numel() for p in reader.parameters())

    assert (
        count(Window(D, H, Q, 2 * T)) - count(Window(D, H, Q, T)) == T * D * H
    )
    reader = made(kind)
    before = [p.clone() for p in reader.parameters()]
    for length in (3, 50):
        reader(random(length, N, D))
    for a, b in zip(before, reader.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_first_input_reaches_the_answer():
    for kind in KINDS:
        reader, x = made(kind), random(T, N, D).requires_grad_()
        (dx,) = torch.autograd.grad(reader(x).sum(), x)
        assert dx[0].abs().max() > 1e-6, kind


def test_an_ngram_counts_what_follows():
    counts = sequences.ngram([["a", "b", "a", "b", "c"]], 2)
    assert counts["a",] == {"b": 2}
    assert counts["b",] == {"a": 1, "c": 1}
    counts = sequences.ngram([["a", "b", "a", "b", "c"]], 3)
    assert counts["a", "b"] == {"a": 1, "c": 1}


def test_an_ngram_prefers_what_came_oftener_and_sees_no_further():
    sentences = [["x", "a", "b"], ["y", "a", "b"], ["x", "a", "c"]]
    counts = sequences.ngram(sentences, 2)
    assert sequences.prefers(counts, ["z", "a"], "b", "c") == 1
    assert sequences.prefers(counts, ["z", "a"], "c", "b") == 0
    assert sequences.prefers(counts, ["b"], "b", "c") == 0.5  # never seen
    assert (
        sequences.prefers(sequences.ngram(sentences, 3), "xa", "b", "c") == 0.5
    )


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_map_from_the_last_word_beats_half_on_balanced_pairs(language):
    generator = torch.Generator().manual_seed(0)
    sentences = agreement(4000, language, generator=generator)
    seen = {(s.words[-2], s.plural) for s in sentences}
    assert seen == {(w, p) for w, _ in seen for p in (True, False)}
    share = sum(s.plural for s in sentences) / len(sentences)
    assert abs(share - 0.5) < 0.03


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Window(D, H, Q, 0), "expected steps to be a positive int"),
        (lambda: Bag(D, True, Q), "expected hidden to be a positive int"),
        (lambda: Convolution(D, H, Q, 2), "expected at least 3 steps"),
        (
            lambda: made("window")(random(T + 1, N, D)),
            "expected 9 steps, got 10",
        ),
        (
            lambda: made("pooled")(random(2, N, D)),
            r"expected at least 3 step\(s\), got 2",
        ),
        (lambda: made("bag")(random(T, N, D + 1)), r"\(T, N, 2\), got"),
        (lambda: made("recurrent")(random(0, N, D)), r"at least 1 step"),
        (lambda: sequences.ngram([], 1), "expected n of at least 2"),
        (
            lambda: sequences.prefers(
                sequences.ngram(["abc"], 3), "a", "c", "d"
            ),
            "expected at least 2 words, got 1",
        ),
    ],
)
def test_bad_input_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
