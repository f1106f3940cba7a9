"""The gated recurrent layer along time, and its gradients by hand.

    r_t, z_t = sigma(a_r), sigma(a_z)                          t = 1, ..., T
    m_t = W_hn h_{t-1} + b_hn
    n_t = tanh(W_xn x_t + b_xn + r_t (.) m_t)
    h_t = z_t (.) h_{t-1} + (1 - z_t) (.) n_t

    dh_{t-1} = dout_{t-1} + z_t (.) dh_t + W_h^T (dm, da_r, da_z)_t
    da_n = dh_t (.) (1 - z) (1 - n^2)                          t = T, ..., 1
    dm   = dh_t (.) (1 - z) (1 - n^2) r
    da_r = dh_t (.) (1 - z) (1 - n^2) m r (1 - r)
    da_z = dh_t (.) (h_{t-1} - n) z (1 - z)

da is dL/da. Each is a factor, known beforehand for a chunk of steps, times
dh_t. The blocks lie as r z m n, those of the state (r z m) in torch's order.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.plans import Plan, lend
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

aten = torch.ops.aten


class Gates(Plan):
    """r z m n of T steps."""

    def make(self, T: int, N: int, H: int, like: Tensor) -> None:
        self.all = like.new_empty(T, N, 4 * H)
        self.rzm_ = self.all[..., : 3 * H].unbind()
        self.rz_ = self.all[..., : 2 * H].unbind()
        self.each_ = [block.unbind() for block in self.all.chunk(4, -1)]
        self.z_ = self.each_[1]


class Factors(Back):
    """Also da_r da_z dm da_n: first their factors, then themselves."""

    def make(self, C: int, N: int, H: int, like: Tensor) -> None:
        super().make(C, N, H, like)
        self.all = like.new_empty(C, N, 4 * H)
        self.da_ = self.all.view(C, N, 4, H).unbind()
        self.da_h_ = self.all[..., : 3 * H].unbind()
        rows = self.all.flatten(0, 1)
        self.rows = rows[:, : 3 * H], *rows[:, 2 * H :].chunk(2, -1)


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "3*H D"],
    W_h: Float[Tensor, "3*H H"],
    b_x: Float[Tensor, " 3*H"],
    b_h: Float[Tensor, " 3*H"],
) -> tuple[History, Gates]:
    """h_0, ..., h_T; and r z m n of every step."""
    (T, N, _), H = x.shape, h_0.shape[1]
    states, gates = history(h_0, T), lend(Gates, T, N, H, like=x)
    x, rows = x.flatten(0, 1), gates.all.flatten(0, 1)  # (T N, D), (T N, 4H)
    of_rz, of_n = slice(0, 2 * H), slice(2 * H, 3 * H)  # rows of the weights
    b_rz = b_x[of_rz] + b_h[of_rz]
    linear(rows[:, : 2 * H], x, W_x[of_rz], b_rz)
    linear(rows[:, 3 * H :], x, W_x[of_n], b_x[of_n])
    rows[:, 2 * H : 3 * H] = b_h[of_n]
    V, add = turned(W_h, T, N), adding(h_0, W_h)
    of_gates = gates.rzm_, gates.rz_, *gates.each_
    for (before, now), rzm, rz, r, z, m, n in zip(
        pairwise(states.h_), *of_gates, strict=True
    ):
        add(rzm, before, V)
        rz.sigmoid_()
        n.addcmul_(r, m).tanh_()
        torch.lerp(n, before, z, out=now)
    return states, gates


# --8<-- [start:factors]
def factors(
    h: Float[Tensor, "C N H"],
    gates: Float[Tensor, "C N 4*H"],
    out: Float[Tensor, "C N 4*H"],
) -> None:
    """Of dh_t, in da_r, da_z, dm and in da_n."""
    r, z, m, n = gates.chunk(4, -1)
    da_r, da_z, dm, da_n = out.chunk(4, -1)
    torch.neg(z, out=da_z).add_(1)
    aten.tanh_backward.grad_input(da_z, n, grad_input=da_n)
    torch.mul(da_n, r, out=dm)
    torch.mul(da_n, m, out=da_z)
    aten.sigmoid_backward.grad_input(da_z, r, grad_input=da_r)
    torch.sub(h, n, out=da_z)
    aten.sigmoid_backward.grad_input(da_z, z, grad_input=da_z)


# --8<-- [end:factors]


# --8<-- [start:backward]
def backward(
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    gates: Gates,
    W_h: Float[Tensor, "3*H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    add = adding(after, W_h)
    for chunk, plan in planned(Factors, dout):
        z_, dh_, each_ = gates.z_[chunk], plan.dh_, plan.each_[1:]
        factors(h[chunk], gates.all[chunk], out=plan.all)
        plan.reach(dout[chunk], after)
        for da, da_h, z, each_dh, dh, dh_before in backwards(
            plan.da_, plan.da_h_, z_, each_, dh_[1:], dh_
        ):
            da.mul_(each_dh)
            add(dh_before.addcmul_(z, dh), da_h, W_h)
        after, (rows, dm, da_n) = dh_[0].clone(), plan.rows
        sums.by_state(chunk, rows)  # r z m
        dm.copy_(da_n)
        sums.by_input(chunk, rows)  # r z n
    return after


# --8<-- [end:backward]
