"""What the kernels can take, and where they are worth it."""

from importlib.util import find_spec
from os import environ
from typing import Any

import torch
from torch import Tensor

DTYPES = (torch.float32, torch.float16, torch.bfloat16)
BLOCKS = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}
ROWS = 16  # sequences of a program: the least that a product of tiles takes
ALONE = 512  # sequences, up to which each has a program of its own, where
MOST = 256  # threads of such a program
HELD = 192  # weights of a thread, at most, lie in its registers
LARGEST = 128  # units
ON_CHIP = 227 * 2**10  # bytes, of compute capability 9.0: for the interpreter
WARPS = {16: 2, 32: 4, 64: 4, 128: 8}  # by P, of tiles

# Where they were faster than cuDNN in benchmarks/results/layers-gpu.json: by
# kind, dtype and whether gradients are asked for, the least T, the largest H,
# the least and the largest N. Of float32 with TF32 allowed.
Box = tuple[int, int, int, int]
FASTER: dict[tuple[str, torch.dtype, bool], list[Box]] = {
    ("lstm", torch.float32, True): [(512, 64, 256, 512)],
    ("gru", torch.float32, True): [(512, 128, 128, 512), (128, 128, 512, 512)],
    ("tanh", torch.float32, True): [(512, 128, 512, 512)],
    ("lstm", torch.bfloat16, True): [(128, 128, 1, 512)],
    ("gru", torch.bfloat16, True): [(128, 128, 1, 512)],
    ("tanh", torch.bfloat16, True): [(128, 128, 1, 512)],
    ("lstm", torch.bfloat16, False): [(512, 128, 1, 512)],
    ("gru", torch.bfloat16, False): [(512, 128, 1, 512)],
    ("tanh", torch.bfloat16, False): [(512, 128, 1, 512)],
}


def width(H: int) -> int:
    """P, the power of two, at least 16, that holds H."""
    return max(16, 1 << (H - 1).bit_length())


def programs(blocks: int, H: int, N: int) -> tuple[int, int]:
    """How many sequences each takes, and by how many warps.

    One sequence, where all of W_h fits in the registers of a few warps.
    """
    P = width(H)
    threads = max(32, P)
    while blocks * P * P > HELD * threads:
        threads *= 2
    if N <= ALONE and threads <= MOST:
        return 1, threads // 32
    return ROWS, WARPS[P]


def precision(dtype: torch.dtype) -> str:
    """Of the products: in float32, TF32 where torch allows it to cuDNN.

    Elsewhere three products of TF32, which make up for what one leaves out.
    """
    if dtype != torch.float32:
        return "ieee"
    cudnn: Any = torch.backends.cudnn
    if hasattr(cudnn, "rnn"):  # torch 2.9
        allowed = cudnn.rnn.fp32_precision == "tf32"
    else:
        allowed = cudnn.allow_tf32
    return "tf32" if allowed else "tf32x3"


def taken(kind: str, H: int, dtype: torch.dtype) -> int:
    """Bytes on the chip: W_h, and room to hand on four tiles in float32.

    In three products there are two of W_h, its high and its low bits.
    """
    copies = 2 if precision(dtype) == "tf32x3" else 1
    weights = copies * BLOCKS[kind] * width(H) ** 2 * dtype.itemsize
    return weights + 4 * ROWS * width(H) * 4


def room(x: Tensor) -> int:
    """Bytes on the chip that a program may take; 0 where none can run."""
    if not x.is_cuda:
        return ON_CHIP if environ.get("TRITON_INTERPRET") == "1" else 0
    about = torch.cuda.get_device_properties(x.device)
    said = getattr(about, "shared_memory_per_block_optin", 0)  # torch 2.7
    return said if about.major >= 8 else 0


def refusal(x: Tensor, kind: str, H: int) -> str | None:
    """Why the kernels cannot take this input and layer; None if they can."""
    if find_spec("triton") is None:
        return "expected the package triton, got none"
    most, size = room(x), taken(kind, H, x.dtype)
    if not most:
        return (
            "expected an input on a CUDA device of compute capability 8.0 or "
            f"more, got one on {x.device}"
        )
    if x.dtype not in DTYPES:
        return f"expected float32, float16 or bfloat16, got {x.dtype}"
    if H > LARGEST or size > most:
        return (
            f"expected at most {LARGEST} units that take at most {most} bytes "
            f"on the chip, got {H} that take {size}"
        )
    return None


def faster(
    x: Tensor, kind: str, T: int, N: int, H: int, learning: bool
) -> bool:
    """Where the table says so, and the kernels can."""
    exact = x.dtype == torch.float32 and precision(x.dtype) != "tf32"
    return (
        not exact
        and any(
            shortest <= T and most >= H and first <= N <= last
            for shortest, most, first, last in FASTER.get(
                (kind, x.dtype, learning), ()
            )
        )
        and refusal(x, kind, H) is None
    )
