"""Time, as the derivations need it: chunks, histories, and sums over time.

    dW_x = sum_t da_t x_t^T         dW_h = sum_t da_t h_{t-1}^T
    db   = sum_t da_t               dx_t = W_x^T da_t

The sum over time is the sum over the rows of one matrix product, (steps N, .):
one product for each weight, not one for each step. It is taken over a chunk of
steps at a time, whose rows stay in the processor's cache.

A name that ends in _ holds one view for each step: h_[t] is h[t].
"""

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.plans import P, Plan, lend
from rnncourse.engines.products import add_sum, by_onednn, put

ROWS = 256  # of a chunk, at least: the sums are products worth their while
SHARE = 8  # chunks in all, by oneDNN: they have up to twice as many rows
BLOCK = 2**15  # numbers (rows, H) of a chunk, where that makes more still
WORTH = 4  # steps: by then a product by a copy has saved what it cost
SMALL = 2**12  # bytes: copying such a step costs less than a view of it


def rows(dout: Float[Tensor, "T N H"]) -> int:
    """Of a chunk of these: as many steps as fit, N rows each."""
    T, N, H = dout.shape
    least, share = max(ROWS, BLOCK // H), min(2 * ROWS, T * N // SHARE)
    return share if share > least and by_onednn(dout) else least


def chunks(dout: Float[Tensor, "T N H"]) -> Iterator[slice]:
    """Consecutive slices of 0..T-1, the last first."""
    T, N, _ = dout.shape
    C = max(1, rows(dout) // max(1, N))
    for stop in range(T, 0, -C):
        yield slice(max(0, stop - C), stop)


def planned(
    kind: type[P], dout: Float[Tensor, "T N H"]
) -> Iterator[tuple[slice, P]]:
    """The chunks, each with a plan for as many steps; one serves many."""
    C, plan = 0, None
    for chunk in chunks(dout):
        if plan is None or chunk.stop - chunk.start != C:
            C = chunk.stop - chunk.start
            plan = lend(kind, C, *dout.shape[1:], like=dout)
        yield chunk, plan


class History(Plan):
    """h_0, ..., h_T (T + 1, N, H).

    Where a step is small, its memory is lent and the output is a copy; where it
    is large, the output is this memory.
    """

    def make(self, T: int, N: int, H: int, like: Tensor) -> None:
        self.h = like.new_empty(T + 1, N, H)
        self.h_ = self.h.unbind()
        # h_1, ..., h_T, and h_0, ..., h_{T-1} (T N, H)
        self.rows = self.h[1:].flatten(0, 1), self.h[:-1].flatten(0, 1)


def history(h_0: Float[Tensor, "N H"], T: int) -> History:
    """Room for T states after the first."""
    small = h_0.nbytes <= SMALL
    states = lend(History, T, *h_0.shape, like=h_0, wait=small)
    states.h_[0].copy_(h_0)
    return states


def turned(W: Float[Tensor, "K H"], T: int, N: int) -> Float[Tensor, "H K"]:
    """The transpose; copied where T products of N rows make up for the copy."""
    return W.T.contiguous() if N > 1 and T > WORTH else W.T


class Back(Plan):
    """Of the way back through C steps: dh, also of the step before them.

    Attributes:
        dh: (C + 1, N, H); dh_[t] is a step of it, and each_[t] is (N, 1, H).
    """

    def make(self, C: int, N: int, H: int, like: Tensor) -> None:
        self.dh = like.new_empty(C + 1, N, H)
        self.dh_, self.each_ = self.dh.unbind(), self.dh.unsqueeze(2).unbind()
        self.direct = (self.dh[1:],)

    def reach(
        self, dout: Float[Tensor, "C N H"], after: Float[Tensor, "N H"]
    ) -> None:
        """What is known of dh before the recursion; its first is still zero.

        Each h_t is an output; the last also feeds the steps after the chunk,
        which may have left what reaches it, `after`, in dh's first.
        """
        self.direct[0].copy_(dout)
        self.dh_[-1].add_(after)
        self.dh_[0].zero_()


def backwards(*steps: tuple[Tensor, ...]) -> Iterator[tuple[Tensor, ...]]:
    """What each has for one step, from the last on; the shortest counts."""
    C = min(map(len, steps))
    return zip(*(reversed(one[:C]) for one in steps), strict=True)


class Sums:
    """dL/dx and dL/dW: what is summed once the recursion has given da.

    Chunks come from the end of time; until the first there is nothing.

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
        before: Float[Tensor, "T*N H"],
        W_x: Float[Tensor, "K D"],
        ask_x: bool,
    ) -> None:
        self.inputs, self.before = x.flatten(0, 1), before
        self.weight, (self.T, self.N, _) = W_x, x.shape
        self.x: Any = None
        if ask_x:
            self.x = torch.empty_like(x, memory_format=torch.contiguous_format)
        none = W_x.new_empty  # the first share is to be their memory
        self.W_x, self.W_h, self.b_x, self.b_h = (none(0) for _ in range(4))

    def by_state(self, chunk: slice, da: Float[Tensor, "R K"]) -> None:
        """The share of a chunk's rows, of what multiplies h_{t-1}."""
        add_sum(self.W_h, da, self.rows(self.before, chunk))
        add_up(self.b_h, da)

    def by_input(self, chunk: slice, da: Float[Tensor, "R K"]) -> None:
        """The share of a chunk's rows, of what multiplies x_t."""
        add_sum(self.W_x, da, self.rows(self.inputs, chunk))
        add_up(self.b_x, da)
        if self.x is not None:
            put(self.rows(self.x.flatten(0, 1), chunk), da, self.weight)

    def rows(self, one: Tensor, chunk: slice) -> Tensor:
        """Those of a chunk, N for each step."""
        if chunk.stop - chunk.start == self.T:
            return one  # a view costs as much as a small product
        return one[chunk.start * self.N : chunk.stop * self.N]


def add_up(out: Tensor, rows: Float[Tensor, "R K"]) -> None:
    """Add the sum of the rows to out, which may still be empty."""
    if out.numel():
        out.add_(rows.sum(0))
    else:
        torch.sum(rows, 0, out=out)
