"""Time, as the derivations need it: chunks, histories, and sums over time.

    dW_x = sum_t da_t x_t^T         dW_h = sum_t da_t h_{t-1}^T
    db   = sum_t da_t               dx_t = W_x^T da_t

The sum over time is the sum over the rows of one matrix product, (steps N, .):
one product for each weight, not one for each step. It is taken over a chunk of
steps at a time, whose rows stay in the processor's cache.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

ROWS = 512  # of a chunk: as many steps as fit, N rows each
WORTH = 16  # steps: by then a product by a copy has saved what it cost


def chunks(T: int, N: int) -> Iterator[slice]:
    """Consecutive slices of 0..T-1, the last first."""
    C = max(1, ROWS // max(1, N))
    for stop in range(T, 0, -C):
        yield slice(max(0, stop - C), stop)


def history(first: Float[Tensor, "N H"], T: int) -> Float[Tensor, "{T}+1 N H"]:
    """Room for T states after the first."""
    states = first.new_empty(T + 1, *first.shape)
    states[0] = first
    return states


def turned(W: Float[Tensor, "K H"], T: int) -> Float[Tensor, "H K"]:
    """The transpose; copied where T products make up for the copy."""
    return W.T.contiguous() if T > WORTH else W.T


def reaching(
    dout: Float[Tensor, "C N H"], after: Float[Tensor, "N H"]
) -> Float[Tensor, "C+1 N H"]:
    """What is known of dh before the recursion; its first is still zero.

    Each h_t is an output; the last also feeds the steps after the chunk.
    """
    C, *rest = dout.shape
    dh = dout.new_empty(C + 1, *rest)
    dh[0] = 0
    dh[1:] = dout
    dh[C] += after
    return dh


class Sums:
    """dL/dx and dL/dW: what is summed once the recursion has given da.

    Attributes:
        x: dL/dx (T, N, D), or None where nobody asked for it.
        W_x: dL/dW_x (K, D), with K rows as the weights.
        W_h: dL/dW_h (K, H).
        b_x: dL/db_x (K,).
        b_h: dL/db_h (K,).
    """

    def __init__(
        self,
        x: Float[Tensor, "T N D"],
        h: Float[Tensor, "T+1 N H"],
        W_x: Float[Tensor, "K D"],
        ask_x: bool,
    ) -> None:
        self.inputs, self.states, self.weight = x, h, W_x
        self.x = x.new_empty(x.shape) if ask_x else None
        self.W_x = torch.zeros_like(W_x)
        self.W_h = W_x.new_zeros(len(W_x), h.shape[-1])
        self.b_x, self.b_h = W_x.new_zeros(2, len(W_x))

    def add(
        self,
        chunk: slice,
        da_x: Float[Tensor, "C N K"],
        da_h: Float[Tensor, "C N K"],
    ) -> None:
        """The share of a chunk, from da by the input's and the state's side."""
        x = self.inputs[chunk].flatten(0, 1)  # (C N, D)
        h = self.states[chunk].flatten(0, 1)  # (C N, H): before each step
        of_x, of_h = da_x.flatten(0, 1), da_h.flatten(0, 1)  # (C N, K)
        self.W_x.addmm_(of_x.T, x)
        self.W_h.addmm_(of_h.T, h)
        self.b_x += of_x.sum(0)
        self.b_h += of_h.sum(0)
        if self.x is not None:
            torch.mm(of_x, self.weight, out=self.x[chunk].flatten(0, 1))
