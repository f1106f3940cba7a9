"""What the kernels share: where a tile lies, and two functions of one.

A kernel is a program for one tile of the batch, (ROWS, P): ROWS sequences, and
the H numbers of each, up to the next power of two, P. What lies beyond N and H
is read as zero and not written.

With ROWS 1 the tile is a vector (P,), and W_h lies in the registers: a thread
holds the row of its unit, sums along it, and waits for nobody. With ROWS 16
the units that multiply tiles do it, and W_h lies in shared memory.
"""

from typing import no_type_check

import triton
import triton.language as tl


@triton.jit
@no_type_check
def sigma(a):
    """1 / (1 + exp(-a)), where exp never overflows."""
    e = tl.exp(-tl.abs(a))
    return tl.where(a >= 0, 1.0, e) / (1.0 + e)


@triton.jit
@no_type_check
def tanh(a):
    """The hyperbolic tangent, likewise."""
    e = tl.exp(-2.0 * tl.abs(a))
    size = (1.0 - e) / (1.0 + e)
    return tl.where(a < 0, -size, size)


@triton.jit
@no_type_check
def places(N, H, P: tl.constexpr, ROWS: tl.constexpr):
    """The rows n (ROWS, 1), the columns k (1, P), and which of them exist.

    Where ROWS is 1, a row n and the columns k (P,).
    """
    n, k = tl.program_id(0) * ROWS, tl.arange(0, P)
    if ROWS == 1:
        here = k < H
    else:
        n, k = n + tl.arange(0, ROWS)[:, None], k[None, :]
        here = (n < N) & (k < H)
    return n, k, here


@triton.jit
@no_type_check
def fetch(at, here):
    """The tile there, in float32."""
    return tl.load(at, mask=here, other=0.0).to(tl.float32)


@triton.jit
@no_type_check
def block(W, H, S_in, S_out, P: tl.constexpr, ROWS: tl.constexpr):
    """A block (P, P) of the weights: rows are summed over, columns are results.

    Where ROWS is 1, turned and in float32: a thread holds the row of a result.
    """
    one, other = tl.arange(0, P)[:, None], tl.arange(0, P)[None, :]
    if ROWS == 1:
        at = W + one * S_out + other * S_in
    else:
        at = W + one * S_in + other * S_out
    w = tl.load(at, mask=(one < H) & (other < H), other=0.0)
    return w.to(tl.float32) if ROWS == 1 else w


@triton.jit
@no_type_check
def product(h, W, start, PRECISION: tl.constexpr):
    """The sum start + h W, in float32."""
    if len(h.shape) == 1:
        start += tl.sum(h[None, :] * W, 1)
    else:
        h = h.to(W.dtype)
        start = tl.dot(h, W, start, input_precision=PRECISION)
    return start
