"""The GRU cell: its two variants, and what its gates do."""

import numpy as np
import pytest
import torch
from parity import assert_same
from refusals import refused
from torch import nn
from torch.autograd import gradcheck
from torch.testing import assert_close

from rnncourse import GRUCell, RNNCell, bptt
from rnncourse.experiments import training
from rnncourse.experiments.gru import terms_by_lag

N, D, H = 3, 5, 7
both = pytest.mark.parametrize("reset_after", [True, False])


def variants(**changes):
    """The same parameters, reset after and before."""
    after = GRUCell(D, H, dtype=torch.float64)
    before = GRUCell(D, H, dtype=torch.float64, reset_after=False)
    with torch.no_grad():
        for name, value in changes.items():
            after.get_parameter(name).copy_(value)
    before.load_state_dict(after.state_dict())
    return after, before


def draw():
    options = {"dtype": torch.float64, "requires_grad": True}
    return torch.randn(N, D, **options), torch.randn(N, H, **options)


def gate(which, value):
    """b_ih with one gate's pre-activation far to one side."""
    bias = torch.zeros(3 * H)
    bias["rzn".index(which) * H :][:H] = value
    return bias


def far(which, value):
    return variants(
        weight_ih=0, weight_hh=0, bias_hh=0, bias_ih=gate(which, value)
    )


def test_reset_before_is_the_paper_s_equation():
    _, cell = variants()
    x, h = draw()
    W_x, W_h = cell.weight_ih.chunk(3), cell.weight_hh.chunk(3)
    b = (cell.bias_ih + cell.bias_hh).chunk(3)
    r = torch.sigmoid(x @ W_x[0].T + h @ W_h[0].T + b[0])
    z = torch.sigmoid(x @ W_x[1].T + h @ W_h[1].T + b[1])
    n = torch.tanh(x @ W_x[2].T + (r * h) @ W_h[2].T + b[2])
    assert_close(cell(x, h), z * h + (1 - z) * n)


def test_the_gradients_of_reset_before_are_right():
    _, cell = variants()
    names = [name for name, _ in cell.named_parameters()]

    def run(x, h, *weights):
        given = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(cell, given, (x, h))

    assert gradcheck(run, [*draw(), *cell.parameters()])


def test_reset_before_works_without_biases():
    cell = GRUCell(D, H, bias=False, dtype=torch.float64, reset_after=False)
    zero = GRUCell(D, H, dtype=torch.float64, reset_after=False)
    zero.load_state_dict(
        cell.state_dict()
        | {k: torch.zeros(3 * H) for k in ("bias_ih", "bias_hh")}
    )
    x, h = draw()
    assert_close(cell(x, h), zero(x, h))


def test_an_open_reset_gate_makes_the_variants_equal():
    after, before = variants(bias_ih=gate("r", 50))
    x, h = draw()
    assert_same(before, after, lambda cell: cell(x, h), [x, h])


def test_a_diagonal_recurrence_without_its_bias_makes_the_variants_equal():
    eye = torch.eye(H, dtype=torch.float64)
    W_hh = torch.cat([torch.randn(2 * H, H), 0.7 * eye])
    after, before = variants(weight_hh=W_hh, bias_hh=0)
    x, h = draw()
    assert_close(after(x, h), before(x, h))


def test_the_variants_differ_in_general():
    after, before = variants()
    x, h = draw()
    assert (after(x, h) - before(x, h)).abs().max() > 1e-3


@both
def test_a_shut_update_gate_keeps_the_state(reset_after):
    cell = far("z", 50)[not reset_after]
    x, h = draw()
    assert_close(cell(x, h), h)


@both
def test_an_open_update_gate_takes_the_candidate(reset_after):
    cell = far("z", -50)[not reset_after]
    x, h = draw()
    assert_close(cell(x, h), torch.zeros_like(h))


@both
def test_negating_z_exchanges_it_and_one_minus_z(reset_after):
    cell = variants()[not reset_after]
    x, h = draw()
    W_z = torch.ones(3, 1, 1, dtype=torch.float64)
    W_z[1] = -1
    kept = cell(x, h)
    with torch.no_grad():
        for p in cell.parameters():
            p.view(3, H, -1).mul_(W_z)
    a_x, a_h = cell.affine(x, h)
    one_minus_z = (a_x + a_h).chunk(3, -1)[1].sigmoid()
    n = (kept - (1 - one_minus_z) * h) / one_minus_z
    assert_close(cell(x, h), one_minus_z * h + (1 - one_minus_z) * n)


def test_a_gru_has_three_quarters_of_an_lstm_s_parameters():
    count = [
        sum(p.numel() for p in kind(D, H).parameters())
        for kind in (GRUCell, nn.LSTMCell)
    ]
    assert 4 * count[0] == 3 * count[1]


@pytest.mark.parametrize("value", [1, None, "after"])
def test_reset_after_is_a_flag(value):
    refused(
        lambda: GRUCell(D, H, reset_after=value),
        ValueError,
        f"expected reset_after to be True or False, got {value!r}",
    )


def test_a_gru_cell_says_where_it_resets_unless_as_torch():
    assert repr(GRUCell(2, 3)) == "GRUCell(2, 3)"
    other = GRUCell(2, 3, reset_after=False)
    assert repr(other) == "GRUCell(2, 3, reset_after=False)"


# What the chapter measures ----------------------------------------------------


def test_the_parts_by_lag_are_those_of_the_derivation():
    cell = RNNCell(2, H, dtype=torch.float64)
    x, y = torch.randn(6, N, 2).double(), torch.randn(6, N).double()
    w = torch.randn(H).double()
    found = terms_by_lag(cell, x, y, w)
    weights = bptt.Weights(
        W_xh=cell.weight_ih.detach(),
        W_hh=cell.weight_hh.detach(),
        b_h=(cell.bias_ih + cell.bias_hh).detach(),
        W_hq=w[None],
        b_q=torch.zeros(1).double(),
    )
    h, y_hat = bptt.forward(weights, x)
    e = bptt.by_lag(weights, y_hat - y[..., None], h, 6)
    parts = torch.stack([bptt.sum_over_time(one, h[:-1]) for one in e])
    expected = parts.flatten(1).norm(dim=1) / parts.sum(0).norm()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-15)


def test_where_the_table_of_sums_says_none_no_seed_managed():
    assert training.race()["solved"].tolist() == [
        [3, 0, 0, 0, 0],
        [3, 3, 3, 3, 0],
        [3, 3, 3, 3, 3],
    ]
