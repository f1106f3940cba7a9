"""What the kernels can take, and where they are worth it."""

from importlib.util import find_spec
from os import environ

import torch
from torch import Tensor

DTYPES = (torch.float32, torch.float16, torch.bfloat16)
BLOCKS = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}
ROWS = 16  # sequences of a program: the least that a product of tiles takes
LARGEST = 128  # units
ON_CHIP = 200 * 2**10  # bytes for W_h: of 227 kB, what the tiles leave
WARPS = {16: 2, 32: 4, 64: 8, 128: 16}  # by P

# Where they were faster than cuDNN in benchmarks/results/layers-gpu.json: by
# kind, dtype and whether gradients are asked for, the pairs of the largest H
# and the largest N. Of float32 with TF32 allowed, and of STEPS at least.
FASTER: dict[tuple[str, torch.dtype, bool], list[tuple[int, int]]] = {}
STEPS = 128


def width(H: int) -> int:
    """P, the power of two, at least 16, that holds H."""
    return max(16, 1 << (H - 1).bit_length())


def precision(dtype: torch.dtype) -> str:
    """Of the products: in float32, TF32 where torch allows it to cuDNN.

    Elsewhere three products of TF32, which make up for what one leaves out.
    """
    if dtype != torch.float32:
        return "ieee"
    return "tf32" if torch.backends.cudnn.allow_tf32 else "tf32x3"


def weight_bytes(kind: str, H: int, dtype: torch.dtype) -> int:
    """Of W_h on the chip; twice as many in three products, high and low."""
    copies = 2 if precision(dtype) == "tf32x3" else 1
    return copies * BLOCKS[kind] * width(H) ** 2 * dtype.itemsize


def refusal(x: Tensor, kind: str, H: int) -> str | None:
    """Why the kernels cannot take this input and layer; None if they can."""
    if find_spec("triton") is None:
        return "expected the package triton, got none"
    if not x.is_cuda and environ.get("TRITON_INTERPRET") != "1":
        return f"expected an input on a CUDA device, got one on {x.device}"
    if x.dtype not in DTYPES:
        return f"expected float32, float16 or bfloat16, got {x.dtype}"
    size = weight_bytes(kind, H, x.dtype)
    if H > LARGEST or size > ON_CHIP:
        return (
            f"expected at most {LARGEST} units, and {ON_CHIP} bytes of W_h on "
            f"the chip, got {H} units and {size} bytes"
        )
    return None


def faster(
    x: Tensor, kind: str, T: int, N: int, H: int, learning: bool
) -> bool:
    """Where the table says so, and the kernels can."""
    exact = x.dtype == torch.float32 and precision(x.dtype) != "tf32"
    return (
        T >= STEPS
        and not exact
        and any(
            most_H >= H and most_N >= N
            for most_H, most_N in FASTER.get((kind, x.dtype, learning), ())
        )
        and refusal(x, kind, H) is None
    )
