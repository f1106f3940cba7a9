"""Backpropagation in a network of two inputs, two hidden and two output units.

    in_h1 = w1 i1 + w2 i2 + b1          in_h2 = w3 i1 + w4 i2 + b1
    in_o1 = w5 out_h1 + w6 out_h2 + b2  in_o2 = w7 out_h1 + w8 out_h2 + b2
    out = sigma(in) = 1 / (1 + e^(-in))
    E_o1 = (target_o1 - out_o1)^2 / 2   E_o2 likewise,  L = E_o1 + E_o2

Numbers with names; then the same as matrices.

Source: Rumelhart, Hinton and Williams (1986), "Learning representations by
back-propagating errors", Nature 323; the numbers: Mazur (2015), "A Step by
Step Backpropagation Example".
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Weights(NamedTuple):
    """The parameters, or their gradients; the defaults are Mazur's."""

    w1: float = 0.15
    w2: float = 0.20
    w3: float = 0.25
    w4: float = 0.30
    w5: float = 0.40
    w6: float = 0.45
    w7: float = 0.50
    w8: float = 0.55
    b1: float = 0.35
    b2: float = 0.60


class Data(NamedTuple):
    """One example; the defaults are Mazur's."""

    i1: float = 0.05
    i2: float = 0.10
    target_o1: float = 0.01
    target_o2: float = 0.99


class Values(NamedTuple):
    """All that the way forward computes."""

    in_h1: float
    in_h2: float
    out_h1: float
    out_h2: float
    in_o1: float
    in_o2: float
    out_o1: float
    out_o2: float
    E_o1: float
    E_o2: float
    L: float


class Factor(NamedTuple):
    """One factor of a product of derivatives: what it is, how, how much."""

    symbol: str
    formula: str
    value: float


def sigma(z: float) -> float:
    """1 / (1 + e^(-z)), without overflow."""
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def forward(w: Weights, data: Data) -> Values:
    """From the inputs to the loss.

    Raises:
        ValueError: if a parameter, an input or a target is not finite.
    """
    if not all(map(math.isfinite, (*w, *data))):
        raise ValueError(f"expected finite numbers, got {w} and {data}")
    i1, i2, target_o1, target_o2 = data
    in_h1 = w.w1 * i1 + w.w2 * i2 + w.b1
    in_h2 = w.w3 * i1 + w.w4 * i2 + w.b1
    out_h1, out_h2 = sigma(in_h1), sigma(in_h2)
    in_o1 = w.w5 * out_h1 + w.w6 * out_h2 + w.b2
    in_o2 = w.w7 * out_h1 + w.w8 * out_h2 + w.b2
    out_o1, out_o2 = sigma(in_o1), sigma(in_o2)
    E_o1 = (target_o1 - out_o1) ** 2 / 2
    E_o2 = (target_o2 - out_o2) ** 2 / 2
    return Values(
        in_h1, in_h2, out_h1, out_h2,
        in_o1, in_o2, out_o1, out_o2, E_o1, E_o2, E_o1 + E_o2,
    )  # fmt: skip


def factors_w5(w: Weights, data: Data) -> list[Factor]:
    """dL/dw5 = dL/dout_o1 . dout_o1/din_o1 . din_o1/dw5."""
    v = forward(w, data)
    return [
        Factor(
            "dL/dout_o1",
            "-(target_o1 - out_o1)",
            -(data.target_o1 - v.out_o1),
        ),
        Factor(
            "dout_o1/din_o1",
            "out_o1 (1 - out_o1)",
            v.out_o1 * (1 - v.out_o1),
        ),
        Factor("din_o1/dw5", "out_h1", v.out_h1),
    ]


def factors_w1(
    w: Weights, data: Data
) -> tuple[list[Factor], list[Factor], list[Factor]]:
    """dL/dw1 = (product 1 + product 2) . product 3.

        dL/dout_h1 = sum over k = o1, o2 of
            dE_k/dout_k . dout_k/din_k . din_k/dout_h1
        dL/dw1 = dL/dout_h1 . dout_h1/din_h1 . din_h1/dw1

    Returns:
        The factors through o1, those through o2, and those after h1.
    """
    v = forward(w, data)
    through_o1 = [
        Factor(
            "dE_o1/dout_o1",
            "-(target_o1 - out_o1)",
            -(data.target_o1 - v.out_o1),
        ),
        Factor(
            "dout_o1/din_o1",
            "out_o1 (1 - out_o1)",
            v.out_o1 * (1 - v.out_o1),
        ),
        Factor("din_o1/dout_h1", "w5", w.w5),
    ]
    through_o2 = [
        Factor(
            "dE_o2/dout_o2",
            "-(target_o2 - out_o2)",
            -(data.target_o2 - v.out_o2),
        ),
        Factor(
            "dout_o2/din_o2",
            "out_o2 (1 - out_o2)",
            v.out_o2 * (1 - v.out_o2),
        ),
        Factor("din_o2/dout_h1", "w7", w.w7),
    ]
    after = [
        Factor(
            "dout_h1/din_h1",
            "out_h1 (1 - out_h1)",
            v.out_h1 * (1 - v.out_h1),
        ),
        Factor("din_h1/dw1", "i1", data.i1),
    ]
    return through_o1, through_o2, after


def product(factors: list[Factor]) -> float:
    """Of their values."""
    return math.prod(factor.value for factor in factors)


# --8<-- [start:gradient]
def gradient(w: Weights, data: Data) -> Weights:
    """dL/dw of every parameter, from back to front; `d_x` is dL/dx."""
    v = forward(w, data)
    d_in_o1 = -(data.target_o1 - v.out_o1) * v.out_o1 * (1 - v.out_o1)
    d_in_o2 = -(data.target_o2 - v.out_o2) * v.out_o2 * (1 - v.out_o2)
    d_out_h1 = d_in_o1 * w.w5 + d_in_o2 * w.w7
    d_out_h2 = d_in_o1 * w.w6 + d_in_o2 * w.w8
    d_in_h1 = d_out_h1 * v.out_h1 * (1 - v.out_h1)
    d_in_h2 = d_out_h2 * v.out_h2 * (1 - v.out_h2)
    return Weights(
        w1=d_in_h1 * data.i1,
        w2=d_in_h1 * data.i2,
        w3=d_in_h2 * data.i1,
        w4=d_in_h2 * data.i2,
        w5=d_in_o1 * v.out_h1,
        w6=d_in_o1 * v.out_h2,
        w7=d_in_o2 * v.out_h1,
        w8=d_in_o2 * v.out_h2,
        b1=d_in_h1 + d_in_h2,
        b2=d_in_o1 + d_in_o2,
    )


# --8<-- [end:gradient]


# --8<-- [start:descend]
def descend(w: Weights, data: Data, rate: float) -> Weights:
    """One step of gradient descent: w - rate dL/dw.

    Raises:
        ValueError: if the rate is not positive and finite.
    """
    if not (rate > 0 and math.isfinite(rate)):
        raise ValueError(f"expected a positive rate, got {rate}")
    pairs = zip(w, gradient(w, data), strict=True)
    return Weights(*(value - rate * slope for value, slope in pairs))


# --8<-- [end:descend]


# --8<-- [start:by_layers]
def by_layers(
    x: Float[Tensor, " D"],
    target: Float[Tensor, " Q"],
    W_xh: Float[Tensor, "H D"],
    b_h: Float[Tensor, " H"],
    W_hq: Float[Tensor, "Q H"],
    b_q: Float[Tensor, " Q"],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """dL/dW_xh, dL/db_h, dL/dW_hq, dL/db_q, of any sizes.

    d_in_o = (out_o - target) (.) out_o (.) (1 - out_o)
    d_in_h = (W_hq^T d_in_o) (.) out_h (.) (1 - out_h)
    dL/dW_hq = d_in_o out_h^T,    dL/dW_xh = d_in_h x^T
    """
    out_h = torch.sigmoid(W_xh @ x + b_h)
    out_o = torch.sigmoid(W_hq @ out_h + b_q)
    d_in_o = (out_o - target) * out_o * (1 - out_o)
    d_in_h = (W_hq.T @ d_in_o) * out_h * (1 - out_h)
    return torch.outer(d_in_h, x), d_in_h, torch.outer(d_in_o, out_h), d_in_o


# --8<-- [end:by_layers]
