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
    "pack": (POINTER, LONG, LONG, INT, POINTER),
    "forward": (INT, LONG, LONG, LONG, *[POINTER] * 4, INT, INT),
    "backward": (INT, LONG, LONG, LONG, *[POINTER] * 8, INT),
}


class States:
    """h_0, ..., h_T (T + 1, N, H); the output is this memory."""

    key = None

    def __init__(self, h: Tensor) -> None:
        self.h = h


class Rows(Plan):
    """Numbers."""

    def make(self, *sizes: Any) -> None:
        *shape, like = sizes
        self.all = like.new_empty(shape)


class Cells(Plan):
    """i f g o of every step; c_0, ..., c_T."""

    def make(self, T: int, N: int, H: int, kept: bool, like: Tensor) -> None:
        self.all = like.new_empty(T, N, 4 * H)
        self.c = like.new_empty(T + 1 if kept else 1, N, H)


def packed(library: Any, W: Tensor, transposed: bool) -> Rows:
    W = W.contiguous()
    K, M = W.shape[:: -1 if transposed else 1]
    lanes = 64 // W.element_size()
    plan = lend(Rows, K * (-(-M // lanes) * lanes), like=W)
    library.pack(W.data_ptr(), K, M, transposed, plan.all.data_ptr())
    return plan


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
    library = LIBRARIES[x.dtype]
    if b_x is None or b_h is None:
        b_x = b_h = W_x.new_zeros(len(W_x))
    (T, N, _), H = x.shape, W_h.shape[1]
    states = States(x.new_empty(T + 1, N, H))
    h = states.h
    h[0] = state[0]
    x = x.flatten(0, 1)
    gates, every = None, list(chunks(T, N, H))[::-1]
    if kind in ("gru", "lstm"):
        C = T if kept else every[-1].stop - every[-1].start
        if kind == "lstm":
            gates = lend(Cells, C, N, H, kept, like=x)
            gates.c[0] = state[1]
        else:
            gates = lend(Rows, C, N, 4 * H, like=x)
    W = packed(library, W_h, True)
    n = threads(T * N * W_h.numel(), N)
    if kind != "gru":
        b = b_x + b_h
        W_x = W_x.T
    else:
        of_rz, of_n = slice(0, 2 * H), slice(2 * H, 3 * H)
        b = b_x[of_rz] + b_h[of_rz]
        W_rz, W_n, b_n = W_x[of_rz].T, W_x[of_n].T, b_x[of_n]
    for chunk in every:
        rows = slice(chunk.start * N, chunk.stop * N)
        steps = chunk.stop - chunk.start
        now = h[chunk.start :]
        if gates is None:
            a = now[1:]
            into = h[1:][chunk].flatten(0, 1)
        else:
            a = gates.all[chunk] if kept else gates.all[:steps]
            into = a.flatten(0, 1)
        if kind == "gru":
            torch.addmm(b, x[rows], W_rz, out=into[:, : 2 * H])
            torch.addmm(b_n, x[rows], W_n, out=into[:, 3 * H :])
            into[:, 2 * H : 3 * H] = b_h[of_n]
        else:
            torch.addmm(b, x[rows], W_x, out=into)
        c = 0
        if kind == "lstm":
            c = (gates.c[chunk.start :] if kept else gates.c).data_ptr()
        library.forward(
            KINDS[kind], steps, N, H, W.all.data_ptr(), a.data_ptr(),
            now.data_ptr(), c, kept, n,
        )
    return states, gates


def backward(
    kind: str,
    sums: Sums,
    dout: Tensor,
    after: Tensors,
    kept: Any,
    W_h: Tensor,
) -> Tensors:
    library = LIBRARIES[dout.dtype]
    states, gates = kept
    T, N, H = dout.shape
    dout = dout.contiguous()
    first = tuple(one.clone(memory_format=torch.contiguous_format) for one in after)
    d = [one.data_ptr() for one in first]
    dh, dc = d if len(d) == 2 else (d[0], 0)
    W = packed(library, W_h, False)
    n = threads(T * N * W_h.numel(), N)
    width = 4 * H if gates else H
    for chunk in chunks(T, N, H):
        steps = chunk.stop - chunk.start
        da = lend(Rows, steps, N, width, like=dout)
        a = gates.all[chunk].data_ptr() if gates else 0
        c = gates.c[chunk.start :].data_ptr() if kind == "lstm" else 0
        library.backward(
            KINDS[kind], steps, N, H, W.all.data_ptr(), a,
            states.h[chunk.start :].data_ptr(), c, dout[chunk].data_ptr(), dh, dc,
            da.all.data_ptr(), n,
        )
        rows = da.all.flatten(0, 1)
        if kind == "gru":
            rows, dm, da_n = rows[:, : 3 * H], rows[:, 2 * H : 3 * H], rows[:, 3 * H :]
        sums.by_state(chunk, rows)
        if kind == "gru":
            dm.copy_(da_n)
        sums.by_input(chunk, rows)
    return first


def threads(work: int, N: int) -> int:
    return 1 if FORKED or work < WORTH else max(1, min(N, torch.get_num_threads()))


FORKED = False
LIBRARIES: dict[torch.dtype, Any] = {}


def _prepare(dtype):
    library = compiled.load(dtype)
    for name, types in SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes, function.restype = types, None
    LIBRARIES[dtype] = library
    return library


LOOPS = bptt.Loops(forward, backward, partial(forward, kept=False))
