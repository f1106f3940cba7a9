"""The simple recurrent layer along time, and its gradients by hand.

    a_t = W_x x_t + b + W_h h_{t-1},   h_t = phi(a_t)          t = 1, ..., T

    dh_t = dout_t + W_h^T da_{t+1}                             t = T, ..., 1
    da_t = phi'(a_t) (.) dh_t

da is dL/da. phi' is known from phi: 1 - h^2 for tanh, 1 unless h <= 0 for relu.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.products import adding, linear
from rnncourse.engines.time import (
    Back,
    History,
    Sums,
    backwards,
    history,
    planned,
    turned,
)

PHI_ = {"tanh": torch.tanh_, "relu": torch.relu_}


class Plan(Back):
    """Also da."""

    def make(self, C: int, N: int, H: int, like: Tensor) -> None:
        super().make(C, N, H, like)
        self.da = like.new_empty(C, N, H)
        self.da_, self.rows = self.da.unbind(), (self.da.flatten(0, 1),)


def forward(
    phi: str,
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "H D"],
    W_h: Float[Tensor, "H H"],
    b: Float[Tensor, " H"],
) -> History:
    """h_0, ..., h_T."""
    T, N, _ = x.shape
    states = history(h_0, T)
    a, _ = states.rows  # to become h, in place
    linear(a, x.flatten(0, 1), W_x, b)
    V, phi_, add = turned(W_h, T, N), PHI_[phi], adding(h_0, W_h)
    for before, now in pairwise(states.h_):
        add(now, before, V)
        phi_(now)
    return states


def slope(
    phi: str, h: Float[Tensor, "C N H"], out: Float[Tensor, "C N H"]
) -> None:
    """phi'(a), from h = phi(a)."""
    if phi == "tanh":
        torch.mul(h, h, out=out).neg_().add_(1)
    else:
        torch.le(h, 0, out=out).logical_not_()  # NaN is not <= 0


def backward(
    phi: str,
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    W_h: Float[Tensor, "H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    add = adding(after, W_h)
    for chunk, plan in planned(Plan, dout):
        dh_, da_ = plan.dh_, plan.da_
        slope(phi, h[1:][chunk], out=plan.da)
        plan.reach(dout[chunk], after)
        for da, dh, dh_before in backwards(da_, dh_[1:], dh_):
            add(dh_before, da.mul_(dh), W_h)
        after, (rows,) = dh_[0].clone(), plan.rows
        sums.by_state(chunk, rows)
        sums.by_input(chunk, rows)
    return after
