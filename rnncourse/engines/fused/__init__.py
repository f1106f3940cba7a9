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
from typing import Any

from torch import Tensor

from rnncourse.engines.bptt import Loops
from rnncourse.engines.time import Sums


def forward(
    kind: str,
    x: Tensor,
    state: tuple[Tensor, ...],
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor | None,
    b_h: Tensor | None,
    keep: bool = True,
) -> Any:
    """What `bptt.forward` gives; the gates, where they are kept."""
    from rnncourse.engines.fused import gru, lstm, rnn

    if b_x is None or b_h is None:
        b_x = b_h = W_x.new_zeros(len(W_x))
    W_h = W_h.contiguous()
    h_0, *c_0 = state
    if kind == "lstm":
        return lstm.forward(x, h_0, c_0[0], W_x, W_h, b_x + b_h, keep)
    if kind == "gru":
        return gru.forward(x, h_0, W_x, W_h, b_x, b_h, keep)
    return rnn.forward(kind, x, h_0, W_x, W_h, b_x + b_h), None


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
    """What `bptt.backward` gives."""
    from rnncourse.engines.fused import gru, lstm, rnn

    (dh, *dc), (states, gates) = after, kept
    h, sums = states.h, Sums(x, states.h, W_x, ask_x)
    dout, W_h = dout.contiguous(), W_h.contiguous()
    first: tuple[Tensor, ...]
    if kind == "lstm":
        first = lstm.backward(sums, dout, dh, dc[0], gates, W_h)
    elif kind == "gru":
        first = (gru.backward(sums, dout, dh, h, gates, W_h),)
    else:
        first = (rnn.backward(kind, sums, dout, dh, h, W_h),)
    return sums.x, sums.W_x, sums.W_h, sums.b_x, sums.b_h, *first


LOOPS = Loops(forward, backward, partial(forward, keep=False))
