"""One layer along time, in one direction, with its gradients derived by hand.

The mathematics stands in `rnn`, `gru` and `lstm`, as plain functions; here
autograd is told to use them. Whoever differentiates the gradients once more
gets those of the cells, unrolled.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call

from rnncourse.checks import in_autocast
from rnncourse.engines import gru, lstm, plain, rnn
from rnncourse.engines.time import History, Sums
from rnncourse.gru import GRUCell
from rnncourse.lstm import LSTMCell
from rnncourse.rnn import Cell, RNNCell, unroll

CELLS: dict[str, Callable[..., Cell]] = {
    "tanh": RNNCell,
    "relu": partial(RNNCell, nonlinearity="relu"),
    "gru": GRUCell,
    "lstm": LSTMCell,
}
BARE = {kind: make(1, 1, device="meta") for kind, make in CELLS.items()}
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
Tensors = tuple[Tensor, ...]
Kept = tuple[History, gru.Gates | lstm.Gates | None]


def forward(
    kind: str,
    x: Tensor,
    state: Tensors,
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor,
    b_h: Tensor,
) -> Kept:
    """What the way back needs: h_0, ..., h_T; gates, and c of an LSTM."""
    h_0, *c_0 = state
    with torch.inference_mode():
        if kind == "lstm":
            return lstm.forward(x, h_0, c_0[0], W_x, W_h, b_x + b_h)
        if kind == "gru":
            return gru.forward(x, h_0, W_x, W_h, b_x, b_h)
        return rnn.forward(kind, x, h_0, W_x, W_h, b_x + b_h), None


def backward(
    kind: str,
    x: Tensor,
    W_x: Tensor,
    W_h: Tensor,
    kept: Kept,
    dout: Tensor,
    after: Tensors,
    ask_x: bool,
) -> tuple[Tensor | None, ...]:
    """The gradients of x, the weights, the biases and the first state.

    Args:
        kind: as in `run`.
        x: as in `run`.
        W_x: as in `run`.
        W_h: as in `run`.
        kept: what `forward` gave.
        dout: dL/dh_t of the output (T, N, H).
        after: the gradient of the last state.
        ask_x: whether that of x is to be more than None.
    """
    (dh, *dc), (states, gates) = after, kept
    h, sums = states.h, Sums(x, states.rows[1], W_x, ask_x)
    first: Tensors
    with torch.inference_mode():
        if isinstance(gates, lstm.Gates):
            first = lstm.backward(sums, dout, dh, dc[0], gates, W_h)
        elif isinstance(gates, gru.Gates):
            first = (gru.backward(sums, dout, dh, h, gates, W_h),)
        else:
            first = (rnn.backward(kind, sums, dout, dh, h, W_h),)
    of_weights = sums.W_x, sums.W_h, sums.b_x, sums.b_h
    return sums.x, *of_weights, *map(normal, first)


class Loops(NamedTuple):
    """What runs a layer along time.

    Attributes:
        forward: as `forward` here.
        backward: as `backward` here.
        alone: forward, where there will be no way back.

    Each keeps autograd out of what it does, and `backward` returns no tensor
    of inference mode: autograd takes them as they are.
    """

    forward: Callable[..., Any]
    backward: Callable[..., tuple[Tensor | None, ...]]
    alone: Callable[..., Any]


LOOPS = Loops(forward, backward, forward)


def run(
    kind: str,
    x: Tensor,
    state: Tensors,
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor | None = None,
    b_h: Tensor | None = None,
    *,
    loops: Loops = LOOPS,
) -> tuple[Tensor, Tensors]:
    """h_1, ..., h_T (T, N, H) and the last state, a tuple as the first.

    Args:
        kind: "tanh", "relu", "gru" or "lstm".
        x: (T, N, D), T >= 1.
        state: (h_0,), or (h_0, c_0) of an LSTM; (N, H) each.
        W_x: (K, D), K being 1, 3 or 4 times H.
        W_h: (K, H).
        b_x: (K,); None for zeros, and so is the other.
        b_h: (K,); likewise.
        loops: an engine's own, along time and back.

    In an autocast region, everything is of the region's type, as in cuDNN.
    """
    device = x.device.type
    if in_autocast(device) and x.dtype != torch.float64:
        low = partial(lowered, torch.get_autocast_dtype(device))
        with torch.autocast(device, enabled=False):
            first = tuple(map(low, state))
            weights = map(low, (W_x, W_h, b_x, b_h))
            return run(kind, low(x), first, *weights, loops=loops)
    if b_x is None or b_h is None:
        b_x = b_h = W_x.new_zeros(len(W_x))
    inputs = (x, W_x, W_h, b_x, b_h, *state)
    learning = torch.is_grad_enabled()
    if plain.forward() or (
        learning and any(one.requires_grad for one in inputs)
    ):
        found = ByHand.apply(kind, loops, *inputs)  # type: ignore[no-untyped-call]
        out, *last = found
        return out, tuple(last)
    return results(*loops.alone(kind, x, state, W_x, W_h, b_x, b_h))


def results(states: Any, gates: Any) -> tuple[Tensor, Tensors]:
    """The output and the last state, in memory that is not lent again."""
    out = states.h[1:]
    last = [states.h[-1]]
    c = getattr(gates, "c", None)
    if c is not None:
        last.append(c[-1])
    return (
        out.clone() if states.key else normal(out),
        tuple(one.clone() for one in last),
    )


def lowered(dtype: torch.dtype, one: Tensor | None) -> Any:
    """In the type of an autocast region; None stays None."""
    return None if one is None else one.to(dtype)


def normal(tensor: Tensor) -> Tensor:
    """The same memory, as a tensor that autograd can follow.

    A tensor made in inference mode carries none of autograd's book-keeping,
    and an operation on it costs a fifth to a third less. Nor is the
    result a view, of which autograd says less clearly that it was changed.
    """
    return tensor.new_empty(0).set_(tensor)  # type: ignore[call-overload]


class ByHand(torch.autograd.Function):
    """Autograd's door to `forward` and `backward`."""

    @staticmethod
    def forward(
        ctx: Any, kind: str, loops: Loops, x: Tensor, *weights_and_state: Any
    ) -> Tensors:
        W_x, W_h, b_x, b_h, *state = weights_and_state
        kept = loops.forward(kind, x, tuple(state), W_x, W_h, b_x, b_h)
        out, last = results(*kept)
        ctx.kind, ctx.loops = kind, loops
        ctx.kept = None if hooked() else kept
        ctx.save_for_backward(x, *weights_and_state, out)
        return out, *last

    @staticmethod
    def backward(ctx: Any, dout: Tensor, *after: Tensor) -> Any:
        *inputs, _ = ctx.saved_tensors  # torch sees whether out changed
        if torch.is_grad_enabled() or not plain.numbers(dout, *after):
            with torch.enable_grad():
                found = through_cell(ctx.kind, inputs, (dout, *after))
            return None, None, *found
        kept, (x, W_x, W_h, b_x, b_h, *state) = ctx.kept, inputs
        if kept is None:
            given = (x, tuple(state), W_x, W_h, b_x, b_h)
            kept = ctx.loops.forward(ctx.kind, *given)
        if not keeps_graph():
            ctx.kept = None
        ask_x = ctx.needs_input_grad[2]
        found = ctx.loops.backward(
            ctx.kind, x, W_x, W_h, kept, dout, after, ask_x
        )
        return None, None, *found


def hooked() -> bool:
    """Whether somebody else keeps what autograd saves, or makes it anew.

    So do torch.utils.checkpoint and torch.autograd.graph.save_on_cpu, to spare
    memory: nothing is kept then, but computed once more on the way back.
    """
    return torch._C._autograd._top_saved_tensors_default_hooks(True) is not None


def keeps_graph() -> bool:
    """Whether another way back may follow the one in progress."""
    return torch._C._autograd._get_current_graph_task_keep_graph()


def through_cell(kind: str, inputs: Any, outer: Tensors) -> list[Any]:
    """The gradients of the inputs, as a graph that autograd can follow."""
    inputs = [one.view_as(one) for one in inputs]
    x, W_x, W_h, b_x, b_h, *state = inputs
    cell = copy.deepcopy(BARE[kind])  # vmap lets nobody draw new weights
    cell.input_size, cell.hidden_size = x.shape[2], W_h.shape[1]
    weights = dict(zip(NAMES, (W_x, W_h, b_x, b_h), strict=True))
    first = tuple(state) if kind == "lstm" else state[0]

    def step(x_t: Tensor, now: Any) -> Any:
        return functional_call(cell, weights, (x_t, now))

    out, last = unroll(step, x, first)
    asked = [one for one in inputs if one.requires_grad]
    found = torch.autograd.grad(
        (out, *(last if kind == "lstm" else (last,))),
        asked,
        outer,
        create_graph=True,
    )
    by_input = {id(one): grad for one, grad in zip(asked, found, strict=True)}
    return [by_input.get(id(one)) for one in inputs]
