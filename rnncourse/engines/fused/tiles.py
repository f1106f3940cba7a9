"""What the kernels share: where a tile lies, and two functions of one.

A kernel is a program for one tile of the batch, (ROWS, P): ROWS sequences, and
the H numbers of each, up to the next power of two, P. What lies beyond N and H
is read as zero and not written.
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
    """The rows n (ROWS, 1), the columns k (1, P), and which of them exist."""
    n = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    k = tl.arange(0, P)[None, :]
    return n, k, (n < N) & (k < H)


@triton.jit
@no_type_check
def fetch(at, here):
    """The tile there, in float32."""
    return tl.load(at, mask=here, other=0.0).to(tl.float32)


@triton.jit
@no_type_check
def block(W, which, H, P: tl.constexpr):
    """A block (P, P) of the weights (K, H): row j, column k."""
    j, k = tl.arange(0, P)[:, None], tl.arange(0, P)[None, :]
    at = W + (which * H + j) * H + k
    return tl.load(at, mask=(j < H) & (k < H), other=0.0)


@triton.jit
@no_type_check
def turned(W, which, H, P: tl.constexpr):
    """The transpose of a block: row k, column j."""
    k, j = tl.arange(0, P)[:, None], tl.arange(0, P)[None, :]
    at = W + (which * H + j) * H + k
    return tl.load(at, mask=(j < H) & (k < H), other=0.0)


@triton.jit
@no_type_check
def product(h, W, PRECISION: tl.constexpr):
    """A product of the tile h by a block, summed in float32."""
    return tl.dot(h.to(W.dtype), W, input_precision=PRECISION)
