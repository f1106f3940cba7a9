"""The LSTM layer along time, and its gradients by hand.

    i, f, o = sigma(a_i), sigma(a_f), sigma(a_o);  g = tanh(a_g)  t = 1, ..., T
    c_t = f (.) c_{t-1} + i (.) g
    h_t = o (.) tanh(c_t)

    dh_t = dout_t + W_h^T (da_i, da_f, da_g, da_o)_{t+1}          t = T, ..., 1
    dc_t = f_{t+1} (.) dc_{t+1} + dh_t (.) o (1 - tanh^2 c_t)
    da_i = dc_t (.) g i (1 - i)          da_f = dc_t (.) c_{t-1} f (1 - f)
    da_g = dc_t (.) i (1 - g^2)          da_o = dh_t (.) tanh(c_t) o (1 - o)

da is dL/da. Each is a factor, known beforehand for a chunk of steps, times
dc_t or dh_t. The blocks lie as i f o g going forward, so that one sigma serves
three gates, and as torch's i f g o going back, where dc_t serves three.
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
)

aten = torch.ops.aten


class Gates(Plan):
    """i f o g of T steps; c_0, ..., c_T."""

    def make(self, T: int, N: int, H: int, like: Tensor) -> None:
        self.all = like.new_empty(T, N, 4 * H)
        self.c = like.new_empty(T + 1, N, H)
        self.shown = like.new_empty(N, H)  # tanh(c_t), for the present t
        self.a_ = self.all.unbind()
        self.ifo_ = self.all[..., : 3 * H].unbind()
        self.each_ = [block.unbind() for block in self.all.chunk(4, -1)]
        self.f_ = self.each_[1]
        self.c_ = self.c.unbind()


class Factors(Back):
    """Also da_i da_f da_g da_o dc: first their factors, then themselves."""

    def make(self, C: int, N: int, H: int, like: Tensor) -> None:
        super().make(C, N, H, like)
        self.all = like.new_empty(C, N, 5 * H)
        each = self.all.view(C, N, 5, H)
        self.steps = (
            self.all[..., : 4 * H].unbind(),  # da (N, 4 H)
            each[:, :, :3].unbind(),  # of i f g (N, 3, H)
            each[:, :, 3:].unbind(),  # of o and dc (N, 2, H)
            each[:, :, 4].unbind(),  # dc (N, H)
            each[:, :, 4:].unbind(),  # dc (N, 1, H)
        )
        self.rows = (self.all.flatten(0, 1)[:, : 4 * H],)


def sigmoids_first(V: Float[Tensor, "H K"]) -> Float[Tensor, "H K"]:
    """The columns i f g o as i f o g."""
    i, f, g, o = V.chunk(4, -1)
    return torch.cat([i, f, o, g], -1)


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    c_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "4*H D"],
    W_h: Float[Tensor, "4*H H"],
    b: Float[Tensor, " 4*H"],
) -> tuple[History, Gates]:
    """h_0, ..., h_T; c_0, ..., c_T, and i f o g of every step."""
    (T, N, _), H = x.shape, h_0.shape[1]
    states, gates = history(h_0, T), lend(Gates, T, N, H, like=x)
    x, rows = x.flatten(0, 1), gates.all.flatten(0, 1)  # (T N, D), (T N, 4H)
    for of, to in (
        (slice(0, 2 * H), slice(0, 2 * H)),
        (slice(2 * H, 3 * H), slice(3 * H, 4 * H)),
        (slice(3 * H, 4 * H), slice(2 * H, 3 * H)),
    ):
        linear(rows[:, to], x, W_x[of], b[of])
    V, add = sigmoids_first(W_h.T), adding(h_0, W_h)
    gates.c[0] = c_0
    of_gates = gates.a_, gates.ifo_, *gates.each_
    for (h, h_now), (c, c_now), a, ifo, i, f, o, g in zip(
        pairwise(states.h_), pairwise(gates.c_), *of_gates, strict=True
    ):
        add(a, h, V)
        ifo.sigmoid_()
        g.tanh_()
        torch.mul(f, c, out=c_now).addcmul_(i, g)
        torch.mul(o, torch.tanh(c_now, out=gates.shown), out=h_now)
    return states, gates


# --8<-- [start:factors]
def factors(
    before: Float[Tensor, "C N H"],
    c: Float[Tensor, "C N H"],
    gates: Float[Tensor, "C N 4*H"],
    out: Float[Tensor, "C N 5*H"],
) -> None:
    """Of dc_t, in da_i, da_f and da_g; of dh_t, in da_o and in dc_t."""
    i, f, o, g = gates.chunk(4, -1)
    da_i, da_f, da_g, da_o, dc = out.chunk(5, -1)
    shown = torch.tanh(c, out=dc)
    aten.sigmoid_backward.grad_input(g, i, grad_input=da_i)
    aten.sigmoid_backward.grad_input(before, f, grad_input=da_f)
    aten.tanh_backward.grad_input(i, g, grad_input=da_g)
    aten.sigmoid_backward.grad_input(shown, o, grad_input=da_o)
    aten.tanh_backward.grad_input(o, shown, grad_input=dc)


# --8<-- [end:factors]


# --8<-- [start:backward]
def backward(
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    dc: Float[Tensor, "N H"],
    gates: Gates,
    W_h: Float[Tensor, "4*H H"],
) -> tuple[Float[Tensor, "N H"], Float[Tensor, "N H"]]:
    """Fill the sums; dL/dh_0, dL/dc_0. `after`, dc: of the last state."""
    f_after, add = torch.ones_like(dc), adding(after, W_h)
    for chunk, plan in planned(Factors, dout):
        dh_, f_ = plan.dh_, gates.f_[chunk]
        factors(gates.c[chunk], gates.c[1:][chunk], gates.all[chunk], plan.all)
        plan.reach(dout[chunk], after)
        for da, ifg, o_dc, dc_t, each_dc, f, each_dh, dh_before in backwards(
            *plan.steps, f_, plan.each_[1:], dh_
        ):
            o_dc.mul_(each_dh)
            dc = dc_t.addcmul_(f_after, dc)
            ifg.mul_(each_dc)
            add(dh_before, da, W_h)
            f_after = f
        after, dc, (rows,) = dh_[0].clone(), dc.clone(), plan.rows
        sums.by_state(chunk, rows)
        sums.by_input(chunk, rows)
    return after, f_after * dc


# --8<-- [end:backward]
