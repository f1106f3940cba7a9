"""The gated recurrent layer along time, in one kernel each way.

    r_t, z_t = sigma(a_r), sigma(a_z)                          t = 1, ..., T
    m_t = W_hn h_{t-1} + b_hn
    n_t = tanh(W_xn x_t + b_xn + r_t (.) m_t)
    h_t = z_t (.) h_{t-1} + (1 - z_t) (.) n_t

    dh_{t-1} = dout_{t-1} + z_t (.) dh_t + W_h^T (dm, da_r, da_z)_t
    da_n = dh_t (.) (1 - z) (1 - n^2)                          t = T, ..., 1
    dm   = dh_t (.) (1 - z) (1 - n^2) r
    da_r = dh_t (.) (1 - z) (1 - n^2) m r (1 - r)
    da_z = dh_t (.) (h_{t-1} - n) z (1 - z)

What a step needs from memory is fetched one step before. The blocks lie as
r z m n, those of the state (r z m) in torch's order.
"""

from typing import no_type_check

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.fused.launch import States, launch
from rnncourse.engines.fused.tiles import (
    block,
    fetch,
    places,
    product,
    sigma,
    tanh,
    turned,
)
from rnncourse.engines.time import Sums


# --8<-- [start:onward]
@triton.jit(do_not_specialize=["T", "N"])
@no_type_check
def onward(
    h_,  # (T + 1, N, H): h_0; then h_0, ..., h_T
    a_,  # (T, N, 4H): W_x x + b in r z . n; then, where kept, r z m n
    b,  # (3H,): b_h, of which b_hn is not in a
    W,  # (3H, H)
    T,
    N,
    H,
    KEEP: tl.constexpr,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop: h, and where kept the gates."""
    n_, k, here = places(N, H, P, ROWS)
    h_ += n_ * H + k
    a_ += n_ * 4 * H + k
    V_r, V_z = turned(W, 0, H, P), turned(W, 1, H, P)
    V_n, b_n = turned(W, 2, H, P), fetch(b + 2 * H + k, k < H)
    h = fetch(h_, here)
    x_r, x_z = fetch(a_, here), fetch(a_ + H, here)
    x_n = fetch(a_ + 3 * H, here)
    for t in range(T):  # pragma: no branch
        now = a_
        h_ += N * H
        a_ += 4 * N * H
        more = here & (t + 1 < T)
        r_next, z_next = fetch(a_, more), fetch(a_ + H, more)
        n_next = fetch(a_ + 3 * H, more)
        r = sigma(x_r + product(h, V_r, PRECISION))
        z = sigma(x_z + product(h, V_z, PRECISION))
        m = b_n + product(h, V_n, PRECISION)
        n = tanh(x_n + r * m)
        h = z * h + (1.0 - z) * n
        tl.store(h_, h, mask=here)
        if KEEP:
            tl.store(now, r, mask=here)
            tl.store(now + H, z, mask=here)
            tl.store(now + 2 * H, m, mask=here)
            tl.store(now + 3 * H, n, mask=here)
        x_r, x_z, x_n = r_next, z_next, n_next


# --8<-- [end:onward]


# --8<-- [start:back]
@triton.jit(do_not_specialize=["T", "N"])
@no_type_check
def back(
    h_,  # (T + 1, N, H)
    gates_,  # (T, N, 4H): r z m n
    dout_,  # (T, N, H)
    da_,  # (T, N, 4H): da_r da_z dm da_n, the result
    dh_,  # (N, H): of the last state; then of the first
    W,  # (3H, H)
    T,
    N,
    H,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop back: da and dm."""
    n_, k, here = places(N, H, P, ROWS)
    at, end = n_ * H + k, tl.cast(T - 1, tl.int64) * N * H
    at_4, end_4 = n_ * 4 * H + k, 4 * end
    h_ += at + end
    dout_ += at + end
    gates_ += at_4 + end_4
    da_ += at_4 + end_4
    W_r, W_z, W_n = block(W, 0, H, P), block(W, 1, H, P), block(W, 2, H, P)
    dh, h, dout = fetch(dh_ + at, here), fetch(h_, here), fetch(dout_, here)
    r, z = fetch(gates_, here), fetch(gates_ + H, here)
    m, n = fetch(gates_ + 2 * H, here), fetch(gates_ + 3 * H, here)
    for t in range(T):
        h_ -= N * H
        dout_ -= N * H
        gates_ -= 4 * N * H
        more = here & (t + 1 < T)
        h_next, dout_next = fetch(h_, more), fetch(dout_, more)
        r_next, z_next = fetch(gates_, more), fetch(gates_ + H, more)
        m_next = fetch(gates_ + 2 * H, more)
        n_next = fetch(gates_ + 3 * H, more)
        dh += dout
        da_n = dh * (1.0 - z) * (1.0 - n * n)
        dm = da_n * r
        da_r = da_n * m * r * (1.0 - r)
        da_z = dh * (h - n) * z * (1.0 - z)
        tl.store(da_, da_r, mask=here)
        tl.store(da_ + H, da_z, mask=here)
        tl.store(da_ + 2 * H, dm, mask=here)
        tl.store(da_ + 3 * H, da_n, mask=here)
        dh = z * dh + product(da_r, W_r, PRECISION)
        dh += product(da_z, W_z, PRECISION) + product(dm, W_n, PRECISION)
        h, dout = h_next, dout_next
        r, z, m, n = r_next, z_next, m_next, n_next
        da_ -= 4 * N * H
    tl.store(dh_ + at, dh, mask=here)


# --8<-- [end:back]


class Gates:
    """r z m n of T steps."""

    def __init__(self, gates: Tensor) -> None:
        self.all = gates


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "3*H D"],
    W_h: Float[Tensor, "3*H H"],
    b_x: Float[Tensor, " 3*H"],
    b_h: Float[Tensor, " 3*H"],
    keep: bool = True,
) -> tuple[States, Gates]:
    """h_0, ..., h_T; and r z m n of every step, where kept."""
    (T, N, _), H = x.shape, h_0.shape[1]
    states, gates = States(h_0, T), x.new_empty(T, N, 4 * H)
    x, rows = x.flatten(0, 1), gates.flatten(0, 1)  # (T N, D), (T N, 4H)
    of_rz, of_n = slice(0, 2 * H), slice(2 * H, 3 * H)  # rows of the weights
    b_rz = b_x[of_rz] + b_h[of_rz]
    torch.addmm(b_rz, x, W_x[of_rz].T, out=rows[:, : 2 * H])
    torch.addmm(b_x[of_n], x, W_x[of_n].T, out=rows[:, 3 * H :])
    launch(onward, (states.h, gates, b_h), W_h, T, N, KEEP=keep)
    return states, Gates(gates)


def backward(
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    gates: Gates,
    W_h: Float[Tensor, "3*H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    (T, N, _), H = dout.shape, h.shape[2]
    da, dh = torch.empty_like(gates.all), after.clone()
    launch(back, (h, gates.all, dout, da, dh), W_h, T, N)
    rows = da.flatten(0, 1)
    of_h = rows[:, : 3 * H]
    sums.by_state(slice(0, T), of_h)  # r z m
    rows[:, 2 * H : 3 * H] = rows[:, 3 * H :]
    sums.by_input(slice(0, T), of_h)  # r z n
    return dh
