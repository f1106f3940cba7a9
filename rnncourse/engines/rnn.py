"""The simple recurrent layer along time, and its gradients by hand.

    a_t = W_x x_t + b + W_h h_{t-1},   h_t = phi(a_t)          t = 1, ..., T

    dh_t = dout_t + W_h^T da_{t+1}                             t = T, ..., 1
    da_t = phi'(a_t) (.) dh_t

da is dL/da. phi' is known from phi: 1 - h^2 for tanh, 1 where h > 0 for relu.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.plans import Plan, lend
from rnncourse.engines.time import (
    History,
    Sums,
    chunks,
    history,
    reaching,
    steps,
    turned,
)

PHI_ = {"tanh": torch.tanh_, "relu": torch.relu_}


class Back(Plan):
    """da and dh of C steps, and dh before them."""

    def make(self, C: int, N: int, H: int, like: Tensor) -> None:
        self.da, self.dh = like.new_empty(C, N, H), like.new_empty(C + 1, N, H)
        self.da_, self.dh_ = self.da.unbind(), self.dh.unbind()


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
    a = states.h[1:].flatten(0, 1)  # (T N, H)
    torch.addmm(b, x.flatten(0, 1), W_x.T, out=a)
    V, phi_ = turned(W_h, T, N), PHI_[phi]
    for before, now in pairwise(states.h_):
        phi_(now.addmm_(before, V))
    return states


def slope(
    phi: str, h: Float[Tensor, "C N H"], out: Float[Tensor, "C N H"]
) -> None:
    """phi'(a), from h = phi(a)."""
    if phi == "tanh":
        torch.mul(h, h, out=out).neg_().add_(1)
    else:
        torch.gt(h, 0, out=out)


def backward(
    phi: str,
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    W_h: Float[Tensor, "H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    T, N, H = dout.shape
    plan = lend(Back, steps(T, N), N, H, like=h)
    dh_, da_ = plan.dh_, plan.da_
    for chunk in chunks(T, N):
        C = chunk.stop - chunk.start
        da, dh = plan.da[:C], plan.dh[: C + 1]
        slope(phi, h[1:][chunk], da)
        reaching(dout[chunk], after, dh)
        for t in range(C, 0, -1):  # dh_[t] is dh_t; da_[t - 1] is da_t
            da_[t - 1].mul_(dh_[t])
            dh_[t - 1].addmm_(da_[t - 1], W_h)
        after = dh_[0]
        sums.by_state(chunk, da)
        sums.by_input(chunk, da)
    return after.clone()
