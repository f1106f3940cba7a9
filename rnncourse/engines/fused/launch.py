"""The start of a kernel."""

from typing import Any

import torch
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
    """A program for every ROWS of the N sequences, on the device of W_h.

    The tensors lie dense, as `plain.dense` gives them; W_h may lie anyhow.
    """
    W_h = W_h.resolve_neg()
    K, H = W_h.shape
    rows, warps = programs(K // H, H, N)
    if not N:  # no programs is no grid
        return
    with torch.cuda.device_of(W_h):  # type: ignore[no-untyped-call]
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
