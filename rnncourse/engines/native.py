"""The engine native: `native.c`, for a CPU whose system has a C compiler.

It is what `bptt` derives, in the same parts: what every step gets from the
input, the loop along time, the way back, and the sums over time. The arrays
are torch's; the library sees where they lie.
"""

import os
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.checks import in_autocast
from rnncourse.engines import bptt
from rnncourse.engines.compiled import (
    INT,
    LONG,
    POINTER,
    TYPES,
    CompilerError,
    load,
)
from rnncourse.engines.plain import dense, plain
from rnncourse.engines.plans import Plan, lend

Tensors = tuple[Tensor, ...]
KINDS = {"tanh": 0, "relu": 1, "gru": 2, "lstm": 3}  # as in native.c
ROWS = 256  # of a chunk: steps times sequences
WORTH = 2**20  # products of two numbers: by then a second thread pays
alone = False  # in a forked process, where the other threads are no more


class States(NamedTuple):
    """h_0, ..., h_T (T + 1, N, H); the output is this memory, never lent."""

    h: Tensor
    key: None = None


class Gates(Plan):
    """r z m n, or i f g o, of C steps; c of an LSTM, of so many."""

    c: Tensor | None = None

    def make(self, C: int, cells: int, N: int, H: int, like: Tensor) -> None:
        self.all = like.new_empty(C, N, 4 * H)
        self.c = like.new_empty(cells, N, H) if cells else None


class Room(Plan):
    """What the library works in."""

    def make(self, size: int, like: Tensor) -> None:
        self.all = like.new_empty(size)


Kept = tuple[States, Gates | None]


def forward(
    kind: str,
    x: Float[Tensor, "T N D"],
    state: Tensors,
    W_x: Float[Tensor, "K D"],
    W_h: Float[Tensor, "K H"],
    b_x: Float[Tensor, " K"],
    b_h: Float[Tensor, " K"],
    keep: bool = True,
) -> Kept:
    """h_0, ..., h_T; gates, and c of an LSTM: the last ones unless kept."""
    (T, N, D), H = x.shape, W_h.shape[1]
    C = steps(N)
    states, gates = States(x.new_empty(T + 1, N, H)), None
    if kind in ("gru", "lstm"):
        cells = len(state) - 1 and (T if keep else 0) + 1
        gates = lend(Gates, T if keep else min(T, C), cells, N, H, like=x)
    library, code = loaded(x), KINDS[kind]
    room = lend(Room, size(library, code, C * N, D, H), like=x)
    inputs = (x, W_x, W_h, b_x, b_h, state[0], state[-1])
    given = [dense(one) for one in inputs]
    library.forward(
        *(code, T, N, D, H, C, threads(T * N * W_h.numel()), keep),
        *places(*given, states.h, *parts(gates), room.all),
    )
    return states, gates


def backward(
    kind: str,
    x: Float[Tensor, "T N D"],
    W_x: Float[Tensor, "K D"],
    W_h: Float[Tensor, "K H"],
    kept: Kept,
    dout: Float[Tensor, "T N H"],
    after: Tensors,
    ask_x: bool,
) -> tuple[Tensor | None, ...]:
    """As `bptt.backward`."""
    (T, N, D), H = x.shape, W_h.shape[1]
    C = steps(N)
    states, gates = kept
    dx = x.new_empty(T, N, D) if ask_x else None
    dW_x, dW_h = W_x.new_empty(W_x.shape), W_x.new_empty(W_h.shape)
    db_x, db_h = W_x.new_empty(len(W_x)), W_x.new_empty(len(W_x))
    first = tuple(
        dense(one).clone(memory_format=torch.contiguous_format) for one in after
    )
    library, code = loaded(x), KINDS[kind]
    room = lend(Room, size(library, code, C * N, D, H), like=x)
    given = [dense(one) for one in (x, W_x, W_h, dout)]
    found = (dx, dW_x, dW_h, db_x, db_h)
    library.backward(
        *(code, T, N, D, H, C, threads(T * N * W_h.numel())),
        *places(*given, states.h, *parts(gates)),
        *places(first[0], first[-1], *found, room.all),
    )
    return *found, *first


LOOPS = bptt.Loops(forward, backward, partial(forward, keep=False))


def steps(N: int) -> int:
    """Of a chunk."""
    return max(1, ROWS // max(1, N))


def threads(work: int) -> int:
    """How many share so many products of two numbers."""
    return 1 if alone or work < WORTH else torch.get_num_threads()


def parts(gates: Gates | None) -> tuple[Tensor | None, Tensor | None]:
    """The gates and c, where there are such."""
    return (None, None) if gates is None else (gates.all, gates.c)


def places(*tensors: Tensor | None) -> list[int | None]:
    """Their addresses; None for none."""
    return [None if one is None else one.data_ptr() for one in tensors]


@lru_cache
def size(library: Any, code: int, rows: int, D: int, H: int) -> int:
    """Of `Room`, in numbers: the wider a library's vectors, the more."""
    found: int = library.room(code, rows, D, H)
    return found


# ---- Whether it runs

LIBRARIES: dict[torch.dtype, Any] = {}
HINDRANCES: dict[torch.dtype, str] = {}


def hindrance(x: Tensor, projected: bool) -> str | None:
    """Why this engine cannot run such an input; None if it can."""
    if x.device.type != "cpu":
        return f"it is for a CPU, not for {x.device}"
    if x.dtype not in TYPES:
        return f"it is for torch.float32 and torch.float64, not for {x.dtype}"
    if in_autocast("cpu") and x.dtype != torch.float64:
        return "it has no types of an autocast region"
    if projected:
        return "it has no projection"
    if not plain(x):
        return "it needs numbers in memory, not a tensor that stands for them"
    if x.dtype not in LIBRARIES and x.dtype not in HINDRANCES:
        prepare(x)
    return HINDRANCES.get(x.dtype)


def loaded(like: Tensor) -> Any:
    """The library for a tensor's type.

    Raises:
        CompilerError: if there is none.
    """
    if like.dtype not in LIBRARIES:
        why = hindrance(like, False)
        if why is not None:
            raise CompilerError(why)
    return LIBRARIES[like.dtype]


@torch.inference_mode()
def prepare(like: Tensor) -> None:
    """Load the library for a tensor's type, or note why that fails."""
    try:
        library = load(like.dtype)
    except CompilerError as error:
        HINDRANCES[like.dtype] = str(error)
        return
    sizes: list[Any] = [INT, *[LONG] * 5, INT]
    library.room.argtypes, library.room.restype = [INT, *[LONG] * 3], LONG
    library.forward.argtypes = [*sizes, INT, *[POINTER] * 11]
    library.backward.argtypes = [*sizes, *[POINTER] * 15]
    LIBRARIES[like.dtype] = library
    if not proved(like):
        del LIBRARIES[like.dtype]
        HINDRANCES[like.dtype] = "its numbers are not those of bptt"


def proved(like: Tensor) -> bool:
    """Whether small examples give what bptt gives, there and back."""
    return all(
        torch.allclose(ours, its, rtol=1e-4, atol=1e-5)
        for kind in KINDS
        for ours, its in zip(
            example(kind, LOOPS, like),
            example(kind, bptt.LOOPS, like),
            strict=True,
        )
    )


def example(kind: str, loops: bptt.Loops, like: Tensor) -> list[Any]:
    """The output, the last state and all gradients of an example."""
    T, N, D, H = 3, 2, 3, 5

    def drawn(*shape: int) -> Tensor:
        count = like.new_ones(shape).flatten().cumsum(0)
        return count.sin().view(shape) / 2

    K = len(bptt.CELLS[kind](1, H, device="meta").weight_hh)
    W_x, W_h, b_x, b_h = drawn(K, D), drawn(K, H), drawn(K), drawn(K)
    x, state = drawn(T, N, D), (drawn(N, H),) * (2 if kind == "lstm" else 1)
    kept = loops.forward(kind, x, state, W_x, W_h, b_x, b_h)
    out, last = bptt.results(*kept)
    back = loops.backward(kind, x, W_x, W_h, kept, out, last, True)
    return [out, *last, *back]


def forked() -> None:
    """Note that the library's threads stayed with the parent."""
    global alone
    alone = True


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=forked)
