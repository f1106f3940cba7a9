"""Backpropagation in the 2-2-2 network: the course's numbers, and autograd."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from rnncourse import backprop
from rnncourse.backprop import Data, Weights, forward, gradient

FLOAT = torch.float64
numbers = st.floats(-3, 3)
weights = st.builds(Weights, *[numbers] * 10)
examples = st.builds(Data, *[numbers] * 4)


def loss(parameters: torch.Tensor, data: Data) -> torch.Tensor:
    """The same network in matrices, written apart."""
    x = torch.tensor(data[:2], dtype=FLOAT)
    target = torch.tensor(data[2:], dtype=FLOAT)
    hidden = torch.sigmoid(parameters[:4].view(2, 2) @ x + parameters[8])
    out = torch.sigmoid(parameters[4:8].view(2, 2) @ hidden + parameters[9])
    return ((target - out) ** 2).sum() / 2


def autograd(w: Weights, data: Data) -> torch.Tensor:
    leaf = torch.tensor(w, dtype=FLOAT, requires_grad=True)
    (found,) = torch.autograd.grad(loss(leaf, data), leaf)
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [("L", 0.298371109), ("out_h1", 0.593269992), ("out_o1", 0.751365070)],
)
def test_the_way_forward_gives_the_published_numbers(name, value):
    assert abs(getattr(forward(Weights(), Data()), name) - value) < 5e-10


def test_the_gradients_of_w5_and_w1_are_the_published_ones():
    found = gradient(Weights(), Data())
    assert abs(found.w5 - 0.0821670406) < 5e-11
    assert abs(found.w1 - 0.000438567734) < 5e-13


def test_the_gradient_is_that_of_autograd():
    ours = torch.tensor(gradient(Weights(), Data()), dtype=FLOAT)
    assert (ours - autograd(Weights(), Data())).abs().max() < 1e-12


@given(weights, examples)
@settings(max_examples=200, deadline=None)
def test_the_gradient_is_that_of_autograd_everywhere(w, data):
    ours = torch.tensor(gradient(w, data), dtype=FLOAT)
    assert_close(ours, autograd(w, data), rtol=1e-9, atol=1e-12)
    value = float(loss(torch.tensor(w, dtype=FLOAT), data))
    assert math.isclose(forward(w, data).L, value, abs_tol=1e-12)


@pytest.mark.parametrize("name", Weights._fields)
def test_the_gradient_is_central_differences(name):
    w, data, step = Weights(), Data(), 1e-5
    ends = [
        forward(w._replace(**{name: getattr(w, name) + sign * step}), data).L
        for sign in (1, -1)
    ]
    slope = (ends[0] - ends[1]) / (2 * step)
    assert abs(slope - getattr(gradient(w, data), name)) < 1e-8


@given(weights, examples)
@settings(max_examples=200, deadline=None)
def test_the_factors_multiply_to_the_gradient(w, data):
    found = gradient(w, data)
    w5 = backprop.product(backprop.factors_w5(w, data))
    o1, o2, after = map(backprop.product, backprop.factors_w1(w, data))
    assert math.isclose(w5, found.w5, rel_tol=1e-9, abs_tol=1e-15)
    assert math.isclose(
        (o1 + o2) * after, found.w1, rel_tol=1e-9, abs_tol=1e-15
    )


def test_each_factor_is_the_derivative_that_its_symbol_names():
    symbols = [f.symbol for f in backprop.factors_w5(Weights(), Data())]
    assert symbols == ["dL/dout_o1", "dout_o1/din_o1", "din_o1/dw5"]
    values = [f.value for f in backprop.factors_w5(Weights(), Data())]
    for found, expected in zip(
        values, [0.741365069, 0.186815602, 0.593269992], strict=True
    ):
        assert abs(found - expected) < 1e-9


def test_without_the_missing_factors_dL_dw1_is_14_times_too_large():
    o1, o2, after = backprop.factors_w1(Weights(), Data())
    slip = (o1[0].value + o2[0].value) * backprop.product(after)
    assert abs(slip - 0.00633) < 5e-6
    assert 14 < slip / gradient(Weights(), Data()).w1 < 15


def test_layers_of_any_size_give_the_gradients_of_autograd():
    torch.manual_seed(0)
    x, target = torch.randn(5, dtype=FLOAT), torch.rand(2, dtype=FLOAT)
    shapes = ((3, 5), (3,), (2, 3), (2,))
    leaves = [torch.randn(s, dtype=FLOAT, requires_grad=True) for s in shapes]
    W_h, b_h, W_o, b_o = leaves
    hidden = torch.sigmoid(W_h @ x + b_h)
    out = torch.sigmoid(W_o @ hidden + b_o)
    theirs = torch.autograd.grad(((out - target) ** 2).sum() / 2, leaves)
    ours = backprop.by_layers(x, target, *(leaf.detach() for leaf in leaves))
    for mine, its in zip(ours, theirs, strict=True):
        assert_close(mine, its)


def test_by_layers_is_number_by_number():
    found, w, data = gradient(Weights(), Data()), Weights(), Data()
    b = [torch.full((2,), bias, dtype=FLOAT) for bias in (w.b1, w.b2)]
    W = [torch.tensor(w[k : k + 4], dtype=FLOAT).view(2, 2) for k in (0, 4)]
    x, target = torch.tensor(data, dtype=FLOAT).view(2, 2)
    dW_h, db_h, dW_o, db_o = backprop.by_layers(
        x, target, W[0], b[0], W[1], b[1]
    )
    numbers = [*dW_h.flatten(), *dW_o.flatten(), db_h.sum(), db_o.sum()]
    for mine, its in zip(numbers, found, strict=True):
        assert abs(float(mine) - its) < 1e-15


def test_one_step_of_descent_lowers_the_loss():
    w, data = Weights(), Data()
    after = backprop.descend(w, data, 0.5)
    assert math.isclose(after.w5, 0.40 - 0.5 * 0.0821670406, abs_tol=1e-9)
    assert forward(after, data).L < forward(w, data).L


@pytest.mark.parametrize("z", [-800.0, -3.0, 0.0, 3.0, 800.0])
def test_sigma_does_not_overflow(z):
    expected = torch.sigmoid(torch.tensor(z, dtype=FLOAT))
    assert math.isclose(backprop.sigma(z), expected, abs_tol=1e-15)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_are_finite(bad):
    with pytest.raises(ValueError, match="expected finite numbers, got"):
        forward(Weights(w3=bad), Data())
    with pytest.raises(ValueError, match="expected finite numbers, got"):
        gradient(Weights(), Data(i2=bad))


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_a_rate_is_positive(rate):
    with pytest.raises(ValueError, match="expected a positive rate, got"):
        backprop.descend(Weights(), Data(), rate)
