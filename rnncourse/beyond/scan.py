r"""The linear recurrence, step by step and in parallel.

    h_t = f_t (.) h_{t-1} + w_t                        f kept, w written

A step is the map h -> f h + w. Two steps in a row are one step again, and the
grouping does not matter, so that T of them are combined in ceil(log2 T) levels.

Source: Hillis and Steele (1986), "Data parallel algorithms", Communications of
the ACM 29(12); Blelloch (1990), "Prefix sums and their applications",
CMU-CS-90-190; Martin and Cundy (2018), arXiv:1709.04057; the closed form in
logarithms, Heinsen (2023), arXiv:2311.06281.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rnncourse.checks import check_shape

Steps = tuple[Tensor, Tensor]
Combine = Callable[[Steps, Steps], Steps]


# --8<-- [start:loop]
def loop(f: Tensor, w: Tensor) -> Tensor:
    """h_1, ..., h_T from h_0 = 0, one after the other: (T, ...)."""
    h, states = torch.zeros_like(w[0]), []
    for f_t, w_t in zip(f, w, strict=True):
        h = f_t * h + w_t
        states.append(h)
    return torch.stack(states)


# --8<-- [end:loop]


# --8<-- [start:combine]
def combine(first: Steps, then: Steps) -> Steps:
    """Two steps as one: h -> f' (f h + w) + w'."""
    (f, w), (f_then, w_then) = first, then
    return f_then * f, f_then * w + w_then


# --8<-- [end:combine]


# --8<-- [start:scan]
def scan(f: Tensor, w: Tensor, combine: Combine = combine) -> Tensor:
    """The same states in ceil(log2 T) levels (Hillis and Steele)."""
    reach = 1  # each pair is the last `reach` steps as one
    while reach < len(f):
        early, late = (f[:-reach], w[:-reach]), (f[reach:], w[reach:])
        f_both, w_both = combine(early, late)
        f = torch.cat([f[:reach], f_both])
        w = torch.cat([w[:reach], w_both])
        reach *= 2
    return w


# --8<-- [end:scan]


# --8<-- [start:efficient]
def efficient_scan(f: Tensor, w: Tensor, combine: Combine = combine) -> Tensor:
    """The same with fewer than 2 T combinations, in about twice the levels."""
    return _tree((f, w), combine)[1]


def _tree(steps: Steps, combine: Combine) -> Steps:
    f, w = steps
    half = len(f) // 2
    if half == 0:
        return steps
    pairs = combine((f[: 2 * half : 2], w[: 2 * half : 2]), (f[1::2], w[1::2]))
    even = _tree(pairs, combine)  # from the start to t = 2, 4, ...
    found = torch.empty_like(f), torch.empty_like(w)
    left = len(f) - half - 1  # t = 3, 5, ...
    odd = (f[2::2], w[2::2])
    if left:
        before = even[0][:left], even[1][:left]
        odd = combine(before, odd)
    for whole, part, e, o in zip(found, steps, even, odd, strict=True):
        whole[0], whole[1::2], whole[2::2] = part[0], e, o
    return found


# --8<-- [end:efficient]


# --8<-- [start:logarithms]
def log_scan(log_f: Tensor, log_w: Tensor) -> Tensor:
    """Two running sums: log h_t from log f_t and log w_t, both positive."""
    kept = log_f.cumsum(0)  # log of f_1 ... f_t
    return kept + (log_w - kept).logcumsumexp(0)


# --8<-- [end:logarithms]


def closed_form(f: Tensor, w: Tensor) -> Tensor:
    """The same without logarithms: exact on paper, lost once f_1...f_t is 0."""
    kept = f.cumprod(0)
    return kept * (w / kept).cumsum(0)


# --8<-- [start:backward]
class Recurrence(torch.autograd.Function):
    """The scan, with its backward pass: the same scan, from T to 1."""

    @staticmethod
    def forward(ctx: Any, f: Tensor, w: Tensor) -> Tensor:
        h = scan(f, w)
        ctx.save_for_backward(f, h)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (u,), (f, h) = grads, ctx.saved_tensors
        zero = torch.zeros_like(f[:1])
        f_next = torch.cat([f[1:], zero])  # f_{t+1}
        h_before = torch.cat([zero, h[:-1]])  # h_{t-1}
        dh = scan(f_next.flip(0), u.flip(0)).flip(0)
        return dh * h_before, dh


# --8<-- [end:backward]


def recurrence(f: Tensor, w: Tensor, h: Tensor | None = None) -> Tensor:
    """h_t = f_t (.) h_{t-1} + w_t, in parallel, gradients by hand.

    Args:
        f: the factors, (T, ...), or a shape that expands to w's.
        w: what is added at each step, (T, ...), T >= 1.
        h: h_0, of the shape of a step; None for zeros.

    Returns:
        h_1, ..., h_T, (T, ...).

    Raises:
        ValueError: if there is no step, or f or h has another shape.
    """
    try:
        f = f.expand_as(w)
    except RuntimeError as error:
        raise ValueError(
            f"expected f of shape {tuple(w.shape)}, or one that expands to it, "
            f"got {tuple(f.shape)}"
        ) from error
    if len(w) == 0:
        raise ValueError(f"expected at least one step, got {tuple(w.shape)}")
    if h is not None:
        check_shape("h", h, tuple(w.shape[1:]))
        w = torch.cat([w[:1] + f[:1] * h, w[1:]])
    states: Tensor = Recurrence.apply(f, w)  # type: ignore[no-untyped-call]
    return states
