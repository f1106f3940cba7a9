"""The start of a kernel."""

from typing import Any

from torch import Tensor

from rnncourse.engines.fused.sizes import precision, programs, width


def launch(
    kernel: Any,
    tensors: tuple[Tensor, ...],
    W_h: Tensor,
    T: int,
    N: int,
    **options: Any,
) -> None:
    """A program for every ROWS of the N sequences."""
    K, H = W_h.shape
    rows, warps = programs(K // H, H, N)
    if N:  # no programs is no grid
        kernel[(-(-N // rows),)](
            *tensors,
            W_h,
            *W_h.stride(),
            T,
            N,
            H,
            **options,
            P=width(H),
            ROWS=rows,
            PRECISION=precision(W_h.dtype) if rows > 1 else "ieee",
            num_warps=warps,
        )
