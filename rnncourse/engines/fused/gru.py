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

What a step needs from memory is fetched one step before. The blocks lie in
torch's order: of the input r z n, of the state r z m; what is kept, r z m n.
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
    a_,  # (T, N, 3H): W_x x + b_x
    gates_,  # (T, N, 4H): r z m n, the other result, where kept
    h_0,  # (N, H)
    b,  # (3H,): b_h
    W,  # (3H, H), of strides S_j and S_k
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
    """The loop: h, and where kept the gates."""
    i, k, here = places(N, H, P, ROWS)
    h_ += i * H + k
    a_ += i * 3 * H + k
    gates_ += i * 4 * H + k
    V_r = block(W, H, S_k, S_j, P, ROWS)
    V_z = block(W + H * S_j, H, S_k, S_j, P, ROWS)
    V_n = block(W + 2 * H * S_j, H, S_k, S_j, P, ROWS)
    b_r, b_z = fetch(b + k, k < H), fetch(b + H + k, k < H)
    b_n = fetch(b + 2 * H + k, k < H)
    h = fetch(h_0 + i * H + k, here)
    tl.store(h_, h, mask=here)
    x_r, x_z = fetch(a_, here), fetch(a_ + H, here)
    x_n = fetch(a_ + 2 * H, here)
    for t in range(T):  # pragma: no branch
        h_ += N * H
        a_ += 3 * N * H
        more = here & (t + 1 < T)
        r_next, z_next = fetch(a_, more), fetch(a_ + H, more)
        n_next = fetch(a_ + 2 * H, more)
        r = sigma(product(h, V_r, x_r + b_r, PRECISION))
        z = sigma(product(h, V_z, x_z + b_z, PRECISION))
        m = product(h, V_n, tl.zeros_like(h) + b_n, PRECISION)
        n = tanh(x_n + r * m)
        h = z * h + (1.0 - z) * n
        tl.store(h_, h, mask=here)
        if KEEP:
            tl.store(gates_, r, mask=here)
            tl.store(gates_ + H, z, mask=here)
            tl.store(gates_ + 2 * H, m, mask=here)
            tl.store(gates_ + 3 * H, n, mask=here)
            gates_ += 4 * N * H
        x_r, x_z, x_n = r_next, z_next, n_next


@triton.jit(do_not_specialize=["T", "N", "S_j", "S_k"])
@no_type_check
def back(
    h_,  # (T + 1, N, H)
    gates_,  # (T, N, 4H): r z m n
    dout_,  # (T, N, H)
    da_x,  # (T, N, 3H): da_r da_z da_n, a result
    da_h,  # (T, N, 3H): da_r da_z dm, another
    dh_T,  # (N, H): of the last state
    dh_0,  # (N, H): of the first, the third result
    W,  # (3H, H), of strides S_j and S_k
    S_j,
    S_k,
    T,
    N,
    H,
    P: tl.constexpr,
    ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The loop back: da and dm."""
    i, k, here = places(N, H, P, ROWS)
    at, end = i * H + k, tl.cast(T - 1, tl.int64) * N * H
    h_ += at + end
    dout_ += at + end
    gates_ += i * 4 * H + k + 4 * end
    da_x += i * 3 * H + k + 3 * end
    da_h += i * 3 * H + k + 3 * end
    W_r = block(W, H, S_j, S_k, P, ROWS)
    W_z = block(W + H * S_j, H, S_j, S_k, P, ROWS)
    W_n = block(W + 2 * H * S_j, H, S_j, S_k, P, ROWS)
    dh, h, dout = fetch(dh_T + at, here), fetch(h_, here), fetch(dout_, here)
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
        tl.store(da_x, da_r, mask=here)
        tl.store(da_x + H, da_z, mask=here)
        tl.store(da_x + 2 * H, da_n, mask=here)
        tl.store(da_h, da_r, mask=here)
        tl.store(da_h + H, da_z, mask=here)
        tl.store(da_h + 2 * H, dm, mask=here)
        dh = product(da_r, W_r, z * dh, PRECISION)
        dh = product(da_z, W_z, dh, PRECISION)
        dh = product(dm, W_n, dh, PRECISION)
        h, dout = h_next, dout_next
        r, z, m, n = r_next, z_next, m_next, n_next
        da_x -= 3 * N * H
        da_h -= 3 * N * H
    tl.store(dh_0 + at, dh, mask=here)


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "3*H D"],
    W_h: Float[Tensor, "3*H H"],
    b_x: Float[Tensor, " 3*H"],
    b_h: Float[Tensor, " 3*H"],
    keep: bool = True,
) -> tuple[Float[Tensor, "T+1 N H"], Tensor]:
    """h_0, ..., h_T; and r z m n of every step, where kept."""
    (T, N, _), H = x.shape, h_0.shape[1]
    a = torch.addmm(b_x, x.flatten(0, 1), W_x.T)  # (T N, 3H)
    h = a.new_empty(T + 1, N, H)
    gates = a.new_empty(T if keep else 0, N, 4 * H)
    tensors = (h, a, gates, h_0, b_h)
    launch(onward, tensors, W_h, T, N, KEEP=keep)
    return h, gates


def backward(
    dout: Float[Tensor, "T N H"],
    dh: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    gates: Float[Tensor, "T N 4*H"],
    W_h: Float[Tensor, "3*H H"],
) -> tuple[Tensor, Tensor, Float[Tensor, "N H"]]:
    """By input and by state, da; dL/dh_0. `dh`: of the last state."""
    (T, N, H), dh_0 = dout.shape, torch.empty_like(dh)
    da_x, da_h = dout.new_empty(2, T, N, 3 * H)
    launch(back, (h, gates, dout, da_x, da_h, dh, dh_0), W_h, T, N)
    return da_x, da_h, dh_0
