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

from rnncourse.engines.plans import Plan, lend

ROWS = 512  # of a chunk: as many steps as fit, N rows each
WORTH = 4  # steps: by then a product by a copy has saved what it cost
SMALL = 2**12  # bytes: copying such a step costs less than a view of it


def chunks(T: int, N: int) -> Iterator[slice]:
    """Consecutive slices of 0..T-1, the last first."""
    C = steps(T, N)
    for stop in range(T, 0, -C):
        yield slice(max(0, stop - C), stop)


def steps(T: int, N: int) -> int:
    """Of a chunk."""
    return min(T, max(1, ROWS // max(1, N)))


class History(Plan):
    """h_0, ..., h_T (T + 1, N, H).

    Where a step is small, its memory is lent and the output is a copy; where it
    is large, the output is this memory.
    """

    def make(self, T: int, N: int, H: int, like: Tensor) -> None:
        self.h = like.new_empty(T + 1, N, H)
        self.h_ = self.h.unbind()


def history(h_0: Float[Tensor, "N H"], T: int) -> History:
    """Room for T states after the first."""
    small = h_0.nbytes <= SMALL
    states = lend(History, T, *h_0.shape, like=h_0, wait=small)
    states.h[0] = h_0
    return states


def turned(W: Float[Tensor, "K H"], T: int, N: int) -> Float[Tensor, "H K"]:
    """The transpose; copied where T products of N rows make up for the copy."""
    return W.T.contiguous() if N > 1 and T > WORTH else W.T


def reaching(
    dout: Float[Tensor, "C N H"],
    after: Float[Tensor, "N H"],
    dh: Float[Tensor, "C+1 N H"],
) -> None:
    """Fill dh with what is known before the recursion; its first is still zero.

    Each h_t is an output; the last also feeds the steps after the chunk, which
    left what reaches it, `after`, in dh's first.
    """
    dh[1:].copy_(dout)
    dh[-1].add_(after)
    dh[0].zero_()


class Sums:
    """dL/dx and dL/dW: what is summed once the recursion has given da.

    Chunks come from the end of time; the first begins the sums.

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
        self.W_x = W_x.new_empty(W_x.shape)
        self.W_h = W_x.new_empty(len(W_x), h.shape[-1])
        self.b_x = W_x.new_zeros(len(W_x))
        self.b_h = W_x.new_zeros(len(W_x))

    def by_state(self, chunk: slice, da: Float[Tensor, "C N K"]) -> None:
        """The share of a chunk, of what multiplies h_{t-1}."""
        h = self.states[chunk].flatten(0, 1)  # (C N, H): before each step
        rows = da.flatten(0, 1)  # (C N, K)
        self.W_h.addmm_(rows.T, h, beta=self.begun(chunk))
        self.b_h += rows.sum(0)

    def by_input(self, chunk: slice, da: Float[Tensor, "C N K"]) -> None:
        """The share of a chunk, of what multiplies x_t."""
        x = self.inputs[chunk].flatten(0, 1)  # (C N, D)
        rows = da.flatten(0, 1)  # (C N, K)
        self.W_x.addmm_(rows.T, x, beta=self.begun(chunk))
        self.b_x += rows.sum(0)
        if self.x is not None:
            torch.mm(rows, self.weight, out=self.x[chunk].flatten(0, 1))

    def begun(self, chunk: slice) -> int:
        """0 for the end of time, where the sums hold nothing yet; then 1."""
        return int(chunk.stop < len(self.inputs))
