"""Each step of the story of speed computes what torch.nn computes."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from benchmarks import steps, story
from rnncourse import recorded

T, D, H = 7, 3, 5


def gradients(layer, weights, x, dout):
    """The output, and the gradients of x and of every weight."""
    weights.zero_grad()
    x.grad = None
    out = layer(x)[0]
    out.backward(dout)
    return out, x.grad, *(w.grad.clone() for w in weights.parameters())


@pytest.mark.parametrize("N", [1, 4])
@pytest.mark.parametrize("kind", steps.KINDS)
@pytest.mark.parametrize("step", steps.STEPS)
def test_a_step_of_the_story_is_torchs_layer(step, kind, N):
    torch.manual_seed(0)
    theirs = getattr(nn, kind)(D, H, dtype=torch.float64)
    ours = steps.Layer(step, kind, theirs)
    x = torch.randn(T, N, D, dtype=torch.float64, requires_grad=True)
    dout = torch.randn(T, N, H, dtype=torch.float64)
    assert_close(
        gradients(ours, theirs, x, dout), gradients(theirs, theirs, x, dout)
    )


@pytest.mark.parametrize("kind", steps.KINDS)
def test_chunks_of_the_last_step_hand_their_gradient_on(kind, monkeypatch):
    monkeypatch.setattr("rnncourse.engines.time.ROWS", 4)
    monkeypatch.setattr("rnncourse.engines.time.BLOCK", 4)
    test_a_step_of_the_story_is_torchs_layer("in_bulk", kind, 2)


@pytest.mark.parametrize("kind", story.KINDS)
def test_every_rung_of_the_ladder_is_torchs_layer(kind):
    torch.manual_seed(0)
    x, dout = torch.randn(T, 2, D, requires_grad=True), torch.randn(T, 2, H)
    rungs = story.ladder(kind, D, H)
    theirs = rungs["torch"]
    expected = gradients(theirs, theirs, x, dout)
    for name, layer in rungs.items():
        weights = theirs if name not in ("bptt", "native") else layer
        weights = layer.layer if name == "in_place" else weights
        assert_close(
            gradients(layer, weights, x, dout),
            expected,
            msg=lambda said, name=name: f"{name}: {said}",
        )


def test_a_line_of_the_story_has_every_rung_and_its_gain(monkeypatch):
    monkeypatch.setattr("benchmarks.layers.SHORT", 1e-4)
    monkeypatch.setattr("benchmarks.layers.MOST", 5)
    line = story.measure("LSTM", 1, 3, 4, limit=0.0)
    rungs = [name for name in line["ms"] if name not in ("torch", "again")]
    assert rungs == [name for name in story.RUNGS if name in rungs]
    assert list(line["gain"]) == rungs[1:]
    assert line["ratio"].keys() == {*rungs, "again"}
    assert line["rounds"] == 5
    assert "LSTM N   1 T   3 H   4" in story.row(line)


def test_each_idea_asks_torch_for_fewer_operations_but_writing_by_hand():
    x, dout = torch.randn(9, 2, D, requires_grad=True), torch.randn(9, 2, H)
    rungs = story.ladder("LSTM", D, H)
    counts = {
        name: story.operations(
            lambda layer=layer: story.step(layer, x, dout, None)
        )
        for name, layer in rungs.items()
    }
    order = ["loop", "fused", "by_hand", "summed", "in_bulk", "bptt"]
    found = [counts[name] for name in order]
    assert found == sorted(found, reverse=True)
    assert counts["hoisted"] < counts["by_hand"]  # autograd's are in C++, too
    assert counts["again"] == counts["torch"] < counts["bptt"]


def test_a_wrong_step_is_not_timed():
    layers = {name: nn.RNN(D, H) for name in ("torch", "loop")}
    x, dout = torch.randn(T, 2, D, requires_grad=True), torch.randn(T, 2, H)
    with pytest.raises(ValueError, match=r"expected loop within .* of torch"):
        story.check(layers, x, dout)


def test_the_page_shows_every_rung_of_the_story():
    assert story.RUNGS == recorded.RUNGS
    assert story.KINDS == recorded.KINDS
