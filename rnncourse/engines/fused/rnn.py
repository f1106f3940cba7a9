"""The simple recurrent layer along time, in one kernel each way.

    a_t = W_x x_t + b + W_h h_{t-1},   h_t = phi(a_t)          t = 1, ..., T

    dh_t = dout_t + W_h^T da_{t+1}                             t = T, ..., 1
    da_t = phi'(a_t) (.) dh_t

What a step needs from memory is fetched one step before.
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
    tanh,
    turned,
)
from rnncourse.engines.time import Sums


# --8<-- [start:onward]
@triton.jit(do_not_specialize=["T", "N"])
@no_type_check
def onward(
    h_,  # (T + 1, N, H): h_0, a_1, ..., a_T; then h_0, h_1, ..., h_T
    W,  # (H, H)
    T,
    N,
    H,
    PHI: tl.constexpr,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop: phi(a_t) where a_t was."""
    n, k, here = places(N, H, P, ROWS)
    h_ += n * H + k
    V = turned(W, 0, H, P)
    h, x = fetch(h_, here), fetch(h_ + N * H, here)
    for t in range(T):  # pragma: no branch
        h_ += N * H
        x_next = fetch(h_ + N * H, here & (t + 1 < T))
        a = x + product(h, V, PRECISION)
        h = tanh(a) if PHI == "tanh" else tl.where(a < 0, 0.0, a)
        tl.store(h_, h, mask=here)
        x = x_next


# --8<-- [end:onward]


# --8<-- [start:back]
@triton.jit(do_not_specialize=["T", "N"])
@no_type_check
def back(
    h_,  # (T + 1, N, H)
    dout_,  # (T, N, H)
    da_,  # (T, N, H): the result
    dh_,  # (N, H): of the last state; then of the first
    W,  # (H, H)
    T,
    N,
    H,
    PHI: tl.constexpr,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop back: da."""
    n, k, here = places(N, H, P, ROWS)
    at, end = n * H + k, tl.cast(T - 1, tl.int64) * N * H
    h_ += at + end + N * H
    dout_ += at + end
    da_ += at + end
    V = block(W, 0, H, P)
    dh, h, dout = fetch(dh_ + at, here), fetch(h_, here), fetch(dout_, here)
    for t in range(T):
        h_ -= N * H
        dout_ -= N * H
        more = here & (t + 1 < T)
        h_next, dout_next = fetch(h_, more), fetch(dout_, more)
        dh += dout
        da = dh * (1.0 - h * h) if PHI == "tanh" else tl.where(h > 0, dh, 0.0)
        tl.store(da_, da, mask=here)
        dh = product(da, V, PRECISION)
        h, dout = h_next, dout_next
        da_ -= N * H
    tl.store(dh_ + at, dh, mask=here)


# --8<-- [end:back]


def forward(
    phi: str,
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "H D"],
    W_h: Float[Tensor, "H H"],
    b: Float[Tensor, " H"],
) -> States:
    """h_0, ..., h_T."""
    T, N, _ = x.shape
    states = States(h_0, T)
    a = states.h[1:].flatten(0, 1)  # (T N, H)
    torch.addmm(b, x.flatten(0, 1), W_x.T, out=a)
    launch(onward, (states.h,), W_h, T, N, PHI=phi)
    return states


def backward(
    phi: str,
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    W_h: Float[Tensor, "H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    T, N, _ = dout.shape
    da, dh = torch.empty_like(h[1:]), after.clone()
    launch(back, (h, dout, da, dh), W_h, T, N, PHI=phi)
    rows = da.flatten(0, 1)
    sums.by_state(slice(0, T), rows)
    sums.by_input(slice(0, T), rows)
    return dh
