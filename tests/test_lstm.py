"""The LSTM cell: what its gates do."""

import inspect
import re

import pytest
import torch
from pages import read
from refusals import refused
from torch import nn
from torch.testing import assert_close

from rnncourse import LSTMCell, set_forget_bias, unroll
from rnncourse.experiments.lstm import trace
from rnncourse.words import LANGUAGES

T, N, D, H = 100, 3, 5, 7


def gated(i=0.0, f=0.0, g=0.0, o=0.0):
    """A cell whose pre-activations are these, whatever it reads."""
    cell = LSTMCell(D, H)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        for block, value in zip(
            cell.bias_ih.chunk(4), (i, f, g, o), strict=True
        ):
            block.fill_(value)
    return cell


def run(cell, steps=T):
    c_0 = torch.randn(N, H)
    x = torch.randn(steps, N, D)
    states, (_, c) = unroll(cell, x, (torch.zeros(N, H), c_0))
    return c_0, states, c


def test_open_forget_gate_and_closed_input_gate_keep_the_cell():
    c_0, _, c = run(gated(i=-50, f=50))
    assert_close(c, c_0)


def test_a_closed_forget_gate_erases_the_cell():
    _, _, c = run(gated(i=-50, f=-50), steps=1)
    assert_close(c, torch.zeros(N, H))


def test_both_gates_open_add_the_candidate_at_each_step():
    c_0, _, c = run(gated(i=50, f=50, g=50))
    assert_close(c, c_0 + T)


def test_an_open_output_gate_shows_tanh_of_the_cell():
    _, states, c = run(gated(o=50))
    assert_close(states[-1], c.tanh())


def test_a_closed_output_gate_shows_nothing():
    _, states, _ = run(gated(o=-50))
    assert_close(states, torch.zeros(T, N, H))


def test_the_hidden_state_lies_between_minus_one_and_one():
    _, states, _ = run(gated(i=50, f=50, g=50, o=3))
    assert states.abs().max() < 1


def test_the_direct_path_through_the_cell_is_the_forget_gate():
    cell = LSTMCell(D, H)
    x, h = torch.randn(D), torch.randn(H)
    _, f, _, _ = sum(cell.affine(x, h)).sigmoid().chunk(4)
    path = torch.autograd.functional.jacobian(
        lambda c: cell(x, (h, c))[1], torch.randn(H)
    )
    assert_close(path, torch.diag(f))


def test_the_whole_derivative_of_the_cell_mixes_its_components():
    cell = LSTMCell(D, H)
    x, o = torch.randn(D), torch.rand(H)
    whole = torch.autograd.functional.jacobian(
        lambda c: cell(x, (o * c.tanh(), c))[1], torch.randn(H)
    )
    assert (whole - torch.diag(whole.diagonal())).abs().max() > 1e-3


def test_a_trace_holds_what_the_cell_computes():
    cell = LSTMCell(D, H)
    x, first = torch.randn(6, N, D), (torch.randn(N, H), torch.randn(N, H))
    found = trace(cell, x, first)
    states, (h, c) = unroll(cell, x, first)
    assert_close(found["h"], states)
    assert_close(found["c"][-1], c)
    before = torch.cat([first[1][None], found["c"][:-1]])
    assert_close(found["f"] * before + found["i"] * found["g"], found["c"])
    assert_close(found["o"] * found["c"].tanh(), found["h"])
    assert_close(found["h"][-1], h)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LSTMCell(D, H),
        lambda: nn.LSTMCell(D, H),
        lambda: nn.LSTM(D, H, num_layers=2, bidirectional=True),
    ],
)
def test_the_two_biases_of_a_forget_gate_sum_to_the_value(make):
    module = make()
    before = {k: v.clone() for k, v in module.named_parameters()}
    set_forget_bias(module, 2.0)
    names = [k for k, _ in module.named_parameters() if "bias_ih" in k]
    for name in names:
        other = name.replace("bias_ih", "bias_hh")
        total = module.get_parameter(name) + module.get_parameter(other)
        assert_close(total[H : 2 * H], torch.full((H,), 2.0))
    for name, value in module.named_parameters():
        kept, was = value.detach().clone(), before[name].clone()
        if "bias" in name:
            kept[H : 2 * H] = was[H : 2 * H] = 0
        assert_close(kept, was, rtol=0, atol=0)


@pytest.mark.parametrize(
    "module",
    [
        LSTMCell(2, 3, bias=False),
        torch.nn.LSTM(2, 3, bias=False),
        torch.nn.GRU(2, 4),
        torch.nn.RNNCell(2, 4),
        torch.nn.Linear(2, 4),
    ],
    ids=str,
)
def test_a_forget_bias_is_an_lstms_and_needs_biases(module):
    refused(
        lambda: set_forget_bias(module),
        ValueError,
        f"expected an LSTM cell or layer with biases, got {module}",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_that_the_page_quotes_is_the_cells(language):
    quoted = re.findall(r"`([^`]*\.sigmoid\(\)[^`]*)`", read(language, "lstm"))
    assert len(quoted) == 4
    code = inspect.getsource(LSTMCell.forward)
    assert not [one for one in quoted if one not in code]
