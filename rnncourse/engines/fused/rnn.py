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

from rnncourse.engines.fused.launch import launch
from rnncourse.engines.fused.tiles import (
    block,
    fetch,
    places,
    product,
    tanh,
)


# --8<-- [start:onward]
@triton.jit(do_not_specialize=["T", "N", "S_j", "S_k"])
@no_type_check
def onward(
    h_,  # (T + 1, N, H): ., a_1, ..., a_T; then h_0, h_1, ..., h_T
    h_0,  # (N, H)
    W,  # (H, H), of strides S_j and S_k
    S_j,
    S_k,
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
    V = block(W, H, S_k, S_j, P, ROWS)
    h, x = fetch(h_0 + n * H + k, here), fetch(h_ + N * H, here)
    tl.store(h_, h, mask=here)
    for t in range(T):  # pragma: no branch
        h_ += N * H
        x_next = fetch(h_ + N * H, here & (t + 1 < T))
        a = product(h, V, x, PRECISION)
        h = tanh(a) if PHI == "tanh" else tl.where(a < 0, 0.0, a)
        tl.store(h_, h, mask=here)
        x = x_next


# --8<-- [end:onward]


@triton.jit(do_not_specialize=["T", "N", "S_j", "S_k"])
@no_type_check
def back(
    h_,  # (T + 1, N, H)
    dout_,  # (T, N, H)
    da_,  # (T, N, H): the result
    dh_T,  # (N, H): of the last state
    dh_0,  # (N, H): of the first, the other result
    W,  # (H, H), of strides S_j and S_k
    S_j,
    S_k,
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
    V = block(W, H, S_j, S_k, P, ROWS)
    dh, h, dout = fetch(dh_T + at, here), fetch(h_, here), fetch(dout_, here)
    for t in range(T):
        h_ -= N * H
        dout_ -= N * H
        more = here & (t + 1 < T)
        h_next, dout_next = fetch(h_, more), fetch(dout_, more)
        dh += dout
        da = dh * (1.0 - h * h) if PHI == "tanh" else tl.where(h <= 0, 0.0, dh)
        tl.store(da_, da, mask=here)
        dh = product(da, V, tl.zeros_like(dh), PRECISION)
        h, dout = h_next, dout_next
        da_ -= N * H
    tl.store(dh_0 + at, dh, mask=here)


def forward(
    phi: str,
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "H D"],
    W_h: Float[Tensor, "H H"],
    b: Float[Tensor, " H"],
) -> Float[Tensor, "T+1 N H"]:
    """h_0, ..., h_T."""
    T, N, _ = x.shape
    h = h_0.new_empty(T + 1, *h_0.shape)
    a = h[1:].flatten(0, 1)  # (T N, H)
    torch.addmm(b, x.flatten(0, 1), W_x.T, out=a)
    launch(onward, (h, h_0), W_h, T, N, PHI=phi)
    return h


def backward(
    phi: str,
    dout: Float[Tensor, "T N H"],
    dh: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    W_h: Float[Tensor, "H H"],
) -> tuple[Tensor, Tensor, Float[Tensor, "N H"]]:
    """By input and by state, da; dL/dh_0. `dh`: of the last state."""
    T, N, _ = dout.shape
    da, dh_0 = torch.empty_like(dout), torch.empty_like(dh)
    launch(back, (h, dout, da, dh, dh_0), W_h, T, N, PHI=phi)
    return da, da, dh_0
