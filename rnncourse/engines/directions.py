"""One layer in one direction, over blocks of steps of constant batch.

The sequences of a batch lie longest first: from one block (C, n, D) to the
next n falls, where sequences have ended.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from rnncourse.engines import bptt

Tensors = tuple[Tensor, ...]


def onward(
    kind: str,
    blocks: list[Tensor],
    state: Tensors,
    weights: Sequence[Tensor],
    loops: bptt.Loops,
) -> tuple[list[Tensor], Tensors]:
    """From the first step; between two blocks, sequences may end."""
    run = partial(bptt.run, loops=loops)
    outs: list[Tensor] = []
    ended: list[Tensors] = []
    for block in blocks:
        n = block.shape[1]
        if n < len(state[0]):
            ended.append(tuple(one[n:] for one in state))
            state = tuple(one[:n] for one in state)
        out, state = run(kind, block, state, *weights)
        outs.append(out)
    for later in reversed(ended):
        state = tuple(map(torch.cat, zip(state, later, strict=True)))
    return outs, state


def back(
    kind: str,
    blocks: list[Tensor],
    first: Tensors,
    weights: Sequence[Tensor],
    loops: bptt.Loops,
) -> tuple[list[Tensor], Tensors]:
    """From the last step; between two blocks, sequences may begin."""
    run = partial(bptt.run, loops=loops)
    outs: list[Tensor] = []
    state = tuple(one[:0] for one in first)
    for block in reversed(blocks):
        begun = tuple(one[len(state[0]) : block.shape[1]] for one in first)
        state = tuple(map(torch.cat, zip(state, begun, strict=True)))
        out, state = run(kind, block.flip(0), state, *weights)
        outs.insert(0, out.flip(0))
    return outs, state
