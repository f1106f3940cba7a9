"""The LSTM layer along time, in one kernel each way.

    i, f, o = sigma(a_i), sigma(a_f), sigma(a_o);  g = tanh(a_g)  t = 1, ..., T
    c_t = f (.) c_{t-1} + i (.) g
    h_t = o (.) tanh(c_t)

    dh_t = dout_t + W_h^T (da_i, da_f, da_g, da_o)_{t+1}          t = T, ..., 1
    dc_t = f_{t+1} (.) dc_{t+1} + dh_t (.) o (1 - tanh^2 c_t)
    da_i = dc_t (.) g i (1 - i)          da_f = dc_t (.) c_{t-1} f (1 - f)
    da_g = dc_t (.) i (1 - g^2)          da_o = dh_t (.) tanh(c_t) o (1 - o)

What a step needs from memory is fetched one step before. The blocks lie as
torch's i f g o; c is float32, whatever the type of the rest.
"""

from typing import no_type_check

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.fused.launch import launch
from rnncourse.engines.fused.tiles import (
    block,
    fetch,
    places,
    product,
    sigma,
    tanh,
)


@triton.jit(do_not_specialize=["T", "N", "S_j", "S_k"])
@no_type_check
def onward(
    h_,  # (T + 1, N, H): h_0, ..., h_T, the result
    a_,  # (T, N, 4H): W_x x + b; then, where kept, i f g o
    c_,  # (T + 1, N, H), or (1, N, H): c_0, ..., c_T, or c_T
    h_0,  # (N, H)
    c_0,  # (N, H)
    W,  # (4H, H), of strides S_j and S_k
    S_j,
    S_k,
    T,
    N,
    H,
    KEEP: tl.constexpr,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop: h, and where kept c and the gates."""
    n, k, here = places(N, H, P, ROWS)
    h_ += n * H + k
    c_ += n * H + k
    a_ += n * 4 * H + k
    V_i = block(W, H, S_k, S_j, P, ROWS)
    V_f = block(W + H * S_j, H, S_k, S_j, P, ROWS)
    V_g = block(W + 2 * H * S_j, H, S_k, S_j, P, ROWS)
    V_o = block(W + 3 * H * S_j, H, S_k, S_j, P, ROWS)
    h, c = fetch(h_0 + n * H + k, here), fetch(c_0 + n * H + k, here)
    tl.store(h_, h, mask=here)
    tl.store(c_, c, mask=here)
    x_i, x_f = fetch(a_, here), fetch(a_ + H, here)
    x_g, x_o = fetch(a_ + 2 * H, here), fetch(a_ + 3 * H, here)
    for t in range(T):
        now = a_
        h_ += N * H
        a_ += 4 * N * H
        more = here & (t + 1 < T)
        i_next, f_next = fetch(a_, more), fetch(a_ + H, more)
        g_next, o_next = fetch(a_ + 2 * H, more), fetch(a_ + 3 * H, more)
        i = sigma(product(h, V_i, x_i, PRECISION))
        f = sigma(product(h, V_f, x_f, PRECISION))
        g = tanh(product(h, V_g, x_g, PRECISION))
        o = sigma(product(h, V_o, x_o, PRECISION))
        c = f * c + i * g
        h = o * tanh(c)
        tl.store(h_, h, mask=here)
        if KEEP:
            c_ += N * H
            tl.store(c_, c, mask=here)
            tl.store(now, i, mask=here)
            tl.store(now + H, f, mask=here)
            tl.store(now + 2 * H, g, mask=here)
            tl.store(now + 3 * H, o, mask=here)
        x_i, x_f, x_g, x_o = i_next, f_next, g_next, o_next
    tl.store(c_, c, mask=here)


@triton.jit(do_not_specialize=["T", "N", "S_j", "S_k"])
@no_type_check
def back(
    gates_,  # (T, N, 4H): i f g o
    c_,  # (T + 1, N, H)
    dout_,  # (T, N, H)
    da_,  # (T, N, 4H): the result
    dh_T,  # (N, H): of the last state
    dc_T,  # (N, H): likewise
    dh_0,  # (N, H): of the first, another result
    dc_0,  # (N, H): likewise
    W,  # (4H, H), of strides S_j and S_k
    S_j,
    S_k,
    T,
    N,
    H,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop back: da."""
    n, k, here = places(N, H, P, ROWS)
    at, end = n * H + k, tl.cast(T - 1, tl.int64) * N * H
    at_4, end_4 = n * 4 * H + k, 4 * end
    dh, dc = fetch(dh_T + at, here), fetch(dc_T + at, here)
    c = fetch(c_ + at + end + N * H, here)
    c_ += at + end
    dout_ += at + end
    gates_ += at_4 + end_4
    da_ += at_4 + end_4
    W_i = block(W, H, S_j, S_k, P, ROWS)
    W_f = block(W + H * S_j, H, S_j, S_k, P, ROWS)
    W_g = block(W + 2 * H * S_j, H, S_j, S_k, P, ROWS)
    W_o = block(W + 3 * H * S_j, H, S_j, S_k, P, ROWS)
    before, dout = fetch(c_, here), fetch(dout_, here)
    i, f = fetch(gates_, here), fetch(gates_ + H, here)
    g, o = fetch(gates_ + 2 * H, here), fetch(gates_ + 3 * H, here)
    for t in range(T):
        c_ -= N * H
        dout_ -= N * H
        gates_ -= 4 * N * H
        more = here & (t + 1 < T)
        c_next, dout_next = fetch(c_, more), fetch(dout_, more)
        i_next, f_next = fetch(gates_, more), fetch(gates_ + H, more)
        g_next = fetch(gates_ + 2 * H, more)
        o_next = fetch(gates_ + 3 * H, more)
        shown = tanh(c)
        dh += dout
        dc += dh * o * (1.0 - shown * shown)
        da_i = dc * g * i * (1.0 - i)
        da_f = dc * before * f * (1.0 - f)
        da_g = dc * i * (1.0 - g * g)
        da_o = dh * shown * o * (1.0 - o)
        tl.store(da_, da_i, mask=here)
        tl.store(da_ + H, da_f, mask=here)
        tl.store(da_ + 2 * H, da_g, mask=here)
        tl.store(da_ + 3 * H, da_o, mask=here)
        dc *= f
        dh = product(da_i, W_i, tl.zeros_like(dh), PRECISION)
        dh = product(da_f, W_f, dh, PRECISION)
        dh = product(da_g, W_g, dh, PRECISION)
        dh = product(da_o, W_o, dh, PRECISION)
        c, before, dout = before, c_next, dout_next
        i, f, g, o = i_next, f_next, g_next, o_next
        da_ -= 4 * N * H
    tl.store(dh_0 + at, dh, mask=here)
    tl.store(dc_0 + at, dc, mask=here)


class Gates:
    """i f g o of T steps; c_0, ..., c_T, or the last alone, in float32."""

    def __init__(self, gates: Tensor, cells: Tensor) -> None:
        self.all, self.cells = gates, cells
        self.c = cells[-1:].to(gates.dtype)


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    c_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "4*H D"],
    W_h: Float[Tensor, "4*H H"],
    b: Float[Tensor, " 4*H"],
    keep: bool = True,
) -> tuple[Float[Tensor, "T+1 N H"], Gates]:
    """h_0, ..., h_T; c and i f g o of every step, where kept."""
    (T, N, _), H = x.shape, h_0.shape[1]
    gates = torch.addmm(b, x.flatten(0, 1), W_x.T)  # (T N, 4H)
    h = gates.new_empty(T + 1, N, H)
    c = gates.new_empty(T + 1 if keep else 1, N, H, dtype=torch.float32)
    tensors = (h, gates, c, h_0, c_0)
    launch(onward, tensors, W_h, T, N, KEEP=keep)
    return h, Gates(gates, c)


def backward(
    dout: Float[Tensor, "T N H"],
    dh: Float[Tensor, "N H"],
    dc: Float[Tensor, "N H"],
    gates: Gates,
    W_h: Float[Tensor, "4*H H"],
) -> tuple[Tensor, Tensor, Float[Tensor, "N H"], Float[Tensor, "N H"]]:
    """By input and by state, da; dL/dh_0, dL/dc_0. dh, dc: of the last."""
    (T, N, H), first = dout.shape, (torch.empty_like(dh), torch.empty_like(dc))
    da = dout.new_empty(T, N, 4 * H)
    tensors = (gates.all, gates.cells, dout, da, dh, dc, *first)
    launch(back, tensors, W_h, T, N)
    return da, da, *first
