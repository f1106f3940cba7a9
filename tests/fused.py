"""A layer by the engine triton, and by its cell in float64, with gradients."""

import torch
from parity import flat, gradients, twin
from torch import Tensor, nn

import rnncourse
from rnncourse import unroll
from rnncourse.engines import bptt
from rnncourse.engines.bptt import CELLS, NAMES
from rnncourse.engines.fused import LOOPS, sizes
from rnncourse.engines.fused.sizes import BLOCKS, refusal

KINDS = ("tanh", "relu", "gru", "lstm")
Inputs = list[Tensor | None]


def layers(kind, D, H, **options):
    """Ours, and torch.nn's with the same parameters."""
    name = "RNN" if kind in ("tanh", "relu") else kind.upper()
    if name == "RNN":
        options["nonlinearity"] = kind
    ours, theirs = getattr(rnncourse, name), getattr(nn, name)
    return twin(ours(D, H, **options), theirs(D, H, **options))


def draw(kind, T, N, D, H, bias=True, seed=0) -> Inputs:
    """x, W_x, W_h, b_x, b_h and the first state, float64, exact in 8 bits."""
    K, states = BLOCKS[kind] * H, 2 if kind == "lstm" else 1
    bound = H**-0.5
    made = torch.Generator().manual_seed(seed)

    def exact(shape, scale, bits):
        drawn = torch.rand(shape, generator=made, dtype=torch.float64)
        return (2 * scale * drawn - scale).mul(2**bits).round() / 2**bits

    weights = [exact(size, bound, 9) for size in ((K, D), (K, H), (K,), (K,))]
    if not bias:
        weights[2:] = [None, None]
    first = [exact((N, H), 1, 6) for _ in range(states)]
    return [exact((T, N, D), 2, 5), *weights, *first]


def through(kind, inputs: Inputs, layer) -> list[Tensor]:
    """Output, last state, and the gradients of what is given."""
    leaves = [one for one in inputs if one is not None]
    for one in leaves:
        one.requires_grad_()
    found = layer(*inputs)
    return [*found, *gradients(found, leaves)]


def run(kind, inputs: Inputs, dtype, device="cpu") -> list[Tensor]:
    """By the kernels."""
    inputs = [
        one if one is None else one.detach().to(device, dtype) for one in inputs
    ]

    def layer(x, W_x, W_h, b_x, b_h, *state):
        out, last = bptt.run(kind, x, state, W_x, W_h, b_x, b_h, loops=LOOPS)
        return out, *last

    return through(kind, inputs, layer)


def forced(kind, inputs: Inputs, out: Tensor) -> list[Tensor]:
    """By the cell in float64; relu's kink where the output has it.

    Where rounding takes a unit over it, the gradient is another: no error.
    """
    inputs = [one if one is None else one.detach() for one in inputs]
    x, _, W_h, b_x, *_ = inputs
    cell = CELLS[kind](x.shape[2], W_h.shape[1], b_x is not None)
    steps = iter(out.detach().cpu() > 0)

    def layer(x, W_x, W_h, b_x, b_h, *state):
        weights = dict(zip(NAMES, (W_x, W_h, b_x, b_h), strict=True))

        def step(x_t, h):
            if kind != "relu":
                return torch.func.functional_call(cell, weights, (x_t, h))
            a = x_t @ W_x.T + h @ W_h.T
            a = a if b_x is None else a + b_x + b_h
            return a * next(steps)

        first = state if kind == "lstm" else state[0]
        out, last = unroll(step, x, first)
        return out, *flat(last)

    return through(kind, inputs, layer)


def relative(near: Tensor, right: Tensor) -> float:
    """How far, by norms."""
    near, right = near.detach().cpu().double(), right.detach()
    return float((near - right).norm() / right.norm())


def errors(kind, H, shapes, precisions) -> dict:
    """The largest error on CUDA, forward and of gradients, for each case."""
    torch.set_num_threads(1)
    sizes.ALONE = 64  # beyond it, tiles
    found = {}
    for seed, (N, T) in enumerate(shapes):
        inputs = draw(kind, T, N, H, H, seed=seed)
        exact = None
        for dtype, allowed in precisions:
            with torch.backends.cudnn.flags(enabled=True, allow_tf32=allowed):
                there = torch.empty(0, dtype=dtype, device="cuda")
                if refusal(there, kind, H):
                    continue
                ours = run(kind, inputs, dtype, "cuda")
            if exact is None or kind == "relu":
                exact = forced(kind, inputs, ours[0])
            found[N, T, dtype, allowed] = max(
                relative(near, right)
                for near, right in zip(ours, exact, strict=True)
            )
    return found
