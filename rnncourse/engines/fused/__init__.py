"""A layer along time in one kernel each way, for a GPU: the engine triton.

A step of a small layer is a small product, and on a GPU its launch takes longer
than itself. Here one kernel takes all T steps: it holds W_h beside the
arithmetic units, and the state in registers. What does not wait for the step
before is done outside, as in `bptt`: the input's product, and the sums over
time.

The kernels, beside their equations, stand in `rnn`, `gru` and `lstm`. They are
for float32, float16 and bfloat16, with sums and state in float32. They are
written in Triton, which is imported when they are first asked for.

Source: Tillet, Kung and Cox (2019), MAPL; Pöppel, Beck and Hochreiter (2024),
arXiv 2412.07752, whose kernels hold W_h likewise.
"""

from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rnncourse.engines.bptt import Loops
from rnncourse.engines.plain import dense


class States(NamedTuple):
    """h_0, ..., h_T (T + 1, N, H), in memory that is not lent again."""

    h: Tensor
    key: None = None


@torch.no_grad()
def forward(
    kind: str,
    x: Tensor,
    state: tuple[Tensor, ...],
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor,
    b_h: Tensor,
    keep: bool = True,
) -> tuple[States, Any]:
    """What `bptt.forward` gives; the gates, where they are kept."""
    from rnncourse.engines.fused import gru, lstm, rnn

    h_0, *c_0 = map(dense, state)
    gates: Any = None
    if kind == "lstm":
        h, gates = lstm.forward(x, h_0, c_0[0], W_x, W_h, b_x + b_h, keep)
    elif kind == "gru":
        h, gates = gru.forward(x, h_0, W_x, W_h, b_x, dense(b_h), keep)
    else:
        h = rnn.forward(kind, x, h_0, W_x, W_h, b_x + b_h)
    return States(h), gates


@torch.no_grad()
def backward(
    kind: str,
    x: Tensor,
    W_x: Tensor,
    W_h: Tensor,
    kept: Any,
    dout: Tensor,
    after: tuple[Tensor, ...],
    ask_x: bool,
) -> tuple[Tensor | None, ...]:
    """What `bptt.backward` gives; a sum over time is one product."""
    from rnncourse.engines.fused import gru, lstm, rnn

    (states, gates), dout = kept, dense(dout)
    h, (dh, *dc) = states.h, map(dense, after)
    if kind == "lstm":
        da_x, da_h, *first = lstm.backward(dout, dh, dc[0], gates, W_h)
    elif kind == "gru":
        da_x, da_h, *first = gru.backward(dout, dh, h, gates, W_h)
    else:
        da_x, da_h, *first = rnn.backward(kind, dout, dh, h, W_h)
    one = da_x is da_h
    da_x, da_h = da_x.flatten(0, 1), da_h.flatten(0, 1)  # (T N, K)
    db_x = da_x.sum(0)
    return (
        torch.mm(da_x, W_x).view(x.shape) if ask_x else None,
        torch.mm(da_x.T, x.flatten(0, 1)),
        torch.mm(da_h.T, h[:-1].flatten(0, 1)),
        db_x,
        db_x.clone() if one else da_h.sum(0),
        *first,
    )


LOOPS = Loops(forward, backward, partial(forward, keep=False))
