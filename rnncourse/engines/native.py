"""The engine native: `native.c` runs the time loops, and torch all the sums.

What the input gives to every step is one product before the loop, taken over a
chunk of steps at a time, as are the sums over time on the way back: so the
loops, compiled, find in the processor's cache what they read.
"""

import ctypes
import os
import threading
from functools import partial
from typing import Any

import torch
from torch import Tensor

from rnncourse.engines import bptt, compiled
from rnncourse.engines.plans import Plan, lend
from rnncourse.engines.time import Sums, chunks

Tensors = tuple[Tensor, ...]
KINDS = {"tanh": 0, "relu": 1, "gru": 2, "lstm": 3}  # as in native.c
WORTH = 2**18  # products of two numbers, by then a second thread pays
LONG, POINTER, INT = ctypes.c_long, ctypes.c_void_p, ctypes.c_int
SIGNATURES = {
    "room": (INT, LONG, LONG, LONG),
    "forward": (INT, *[LONG] * 4, *[POINTER] * 8, INT, LONG, POINTER, INT),
    "backward": (INT, *[LONG] * 4, *[POINTER] * 14, LONG, POINTER, INT),
}
ROWS = 256


class States:
    """h_0, ..., h_T (T + 1, N, H); the output is this memory."""

    key = None

    def __init__(self, h: Tensor) -> None:
        self.h = h


class Gates(Plan):
    """r z m n, or i f g o, of so many steps; c of so many, of an LSTM."""

    def make(self, T: int, N: int, H: int, like: Tensor) -> None:
        self.all = like.new_empty(T, N, 4 * H)


class Cells(Plan):
    """i f g o of so many steps, c of so many."""

    def make(self, T: int, cells: int, N: int, H: int, like: Tensor) -> None:
        self.all = like.new_empty(T, N, 4 * H)
        self.c = like.new_empty(cells, N, H)


class Room(Plan):
    """For what does not outlive a run."""

    def make(self, size: int, like: Tensor) -> None:
        self.all = like.new_empty(size)


def forward(
    kind: str,
    x: Tensor,
    state: Tensors,
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor | None,
    b_h: Tensor | None,
    kept: bool = True,
) -> Any:
    library, code = LIBRARIES[x.dtype], KINDS[kind]
    (T, N, D), H = x.shape, W_h.shape[1]
    states = States(x.new_empty(T + 1, N, H))
    states.h[0] = state[0]
    chunk = max(1, ROWS // max(1, N))
    steps = T if kept else min(T, chunk)
    gates = None
    if kind == "lstm":
        gates = lend(Cells, steps, T + 1 if kept else 1, N, H, like=x)
        gates.c[0] = state[1]
    elif kind == "gru":
        gates = lend(Gates, steps, N, H, like=x)
    room = lend(Room, library.room(code, chunk * N, D, H), like=x)
    given = [one if one is None else one.contiguous() for one in (x, W_x, W_h, b_x, b_h)]
    library.forward(
        code, T, N, D, H, *map(place, given), place(states.h),
        place(gates and gates.all), place(getattr(gates, "c", None)), kept, chunk,
        place(room.all), threads(T * N * W_h.numel()),
    )
    return states, gates


def backward(
    kind: str,
    x: Tensor,
    W_x: Tensor,
    W_h: Tensor,
    kept: Any,
    dout: Tensor,
    after: Tensors,
    ask_x: bool,
) -> Any:
    library, code = LIBRARIES[x.dtype], KINDS[kind]
    states, gates = kept
    (T, N, D), H = x.shape, W_h.shape[1]
    first = tuple(one.clone(memory_format=torch.contiguous_format) for one in after)
    dx = x.new_empty(T, N, D) if ask_x else None
    dW_x, dW_h = W_x.new_empty(W_x.shape), W_h.new_empty(W_h.shape)
    db_x, db_h = W_x.new_empty(len(W_x)), W_x.new_empty(len(W_x))
    chunk = max(1, ROWS // max(1, N))
    room = lend(Room, library.room(code, chunk * N, D, H), like=x)
    given = [one.contiguous() for one in (x, W_x, W_h)]
    dout = dout.contiguous()
    library.backward(
        code, T, N, D, H, *map(place, given), place(states.h), place(gates and gates.all),
        place(getattr(gates, "c", None)), place(dout), place(first[0]),
        place(first[-1]), *map(place, (dx, dW_x, dW_h, db_x, db_h)), chunk,
        place(room.all), threads(T * N * W_h.numel()),
    )
    return dx, dW_x, dW_h, db_x, db_h, *first


def place(one):
    return None if one is None else one.data_ptr()


def threads(work: int) -> int:
    return 1 if FORKED or work < WORTH else torch.get_num_threads()


FORKED = False
LIBRARIES: dict[torch.dtype, Any] = {}


def _prepare(dtype):
    library = compiled.load(dtype)
    for name, types in SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes, function.restype = types, None
    library.room.restype = LONG
    LIBRARIES[dtype] = library
    return library


LOOPS = bptt.Loops(forward, backward, partial(forward, kept=False))
