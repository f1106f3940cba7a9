"""One layer in one direction, over blocks of steps of constant batch.

The sequences of a batch lie longest first: from one block (C, n, D) to the
next n falls, where sequences have ended.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnncourse.engines import bptt
from rnncourse.engines.bptt import Loops

Tensors = tuple[Tensor, ...]


def onward(
    kind: str,
    blocks: list[Tensor],
    state: Tensors,
    weights: Sequence[Tensor],
    loops: Loops = bptt.BY_TORCH,
) -> tuple[list[Tensor], Tensors]:
    """From the first step; between two blocks, sequences may end."""
    outs: list[Tensor] = []
    ended: list[Tensors] = []
    for block in blocks:
        n = block.shape[1]
        if n < len(state[0]):
            ended.append(tuple(one[n:] for one in state))
            state = tuple(one[:n] for one in state)
        out, state = bptt.run(kind, block, state, *weights, loops=loops)
        outs.append(out)
    for later in reversed(ended):
        state = tuple(map(torch.cat, zip(state, later, strict=True)))
    return outs, state


def back(
    kind: str,
    blocks: list[Tensor],
    first: Tensors,
    weights: Sequence[Tensor],
    loops: Loops = bptt.BY_TORCH,
) -> tuple[list[Tensor], Tensors]:
    """From the last step; between two blocks, sequences may begin."""
    outs: list[Tensor] = []
    state = tuple(one[:0] for one in first)
    for block in reversed(blocks):
        begun = tuple(one[len(state[0]) : block.shape[1]] for one in first)
        state = tuple(map(torch.cat, zip(state, begun, strict=True)))
        there = block.flip(0)
        out, state = bptt.run(kind, there, state, *weights, loops=loops)
        outs.insert(0, out.flip(0))
    return outs, state
