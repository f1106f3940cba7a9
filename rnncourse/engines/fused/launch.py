"""The memory of a run, and the start of a kernel."""

from typing import Any

from torch import Tensor

from rnncourse.engines.fused.sizes import ROWS, WARPS, precision, width


class States:
    """h_0, ..., h_T (T + 1, N, H), in memory that is not lent again."""

    key = None

    def __init__(self, h_0: Tensor, T: int) -> None:
        self.h = h_0.new_empty(T + 1, *h_0.shape)
        self.h[0] = h_0


def launch(
    kernel: Any,
    tensors: tuple[Tensor, ...],
    W_h: Tensor,
    T: int,
    N: int,
    **options: Any,
) -> None:
    """A program for every ROWS of the N sequences."""
    H = W_h.shape[1]
    P = width(H)
    if N:  # no programs is no grid
        kernel[(-(-N // ROWS),)](
            *tensors,
            W_h,
            T,
            N,
            H,
            **options,
            P=P,
            ROWS=ROWS,
            PRECISION=precision(W_h.dtype),
            num_warps=WARPS[P],
        )
