"""Sequences of several lengths in one batch, without their padding."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

Tensors = tuple[Tensor, ...]


def pack(x: Tensor, lengths: Any, batch_first: bool = False) -> PackedSequence:
    """Sequences of several lengths in one batch, without their padding.

    Args:
        x: the padded sequences, (T, N, ...) or, with batch_first, (N, T, ...).
        lengths: the steps of each sequence, N ints in 1..T, in any order: a
            sequence, a tensor or an array of NumPy's.
        batch_first: whether x is (N, T, ...).

    Returns:
        What RNN, LSTM and GRU take, and torch.nn's too; what they return is
        padded again by torch.nn.utils.rnn.pad_packed_sequence.

    Raises:
        TypeError: if x is no tensor, or a length no int.
        ValueError: if there are not N >= 1 lengths, or one is not in 1..T.

    >>> packed = pack(torch.zeros(5, 2, 3), [5, 2])
    >>> packed.batch_sizes  # how many sequences reach each step
    tensor([2, 2, 1, 1, 1])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"expected x to be a tensor, got {type(x).__name__}")
    if x.dim() < 2:
        layout = "(N, T, ...)" if batch_first else "(T, N, ...)"
        raise ValueError(f"expected x of shape {layout}, got {tuple(x.shape)}")
    T, N = x.shape[:2][:: -1 if batch_first else 1]
    if N == 0:
        raise ValueError(
            f"expected at least one sequence, got {tuple(x.shape)}"
        )
    steps = check_lengths(lengths, T, N)
    return pack_padded_sequence(x, steps, batch_first, False)


def check_lengths(lengths: Any, T: int, N: int | None = None) -> list[int]:
    """The steps of each of N sequences, as a list.

    Args:
        lengths: a sequence, a tensor or an array of NumPy's.
        T: the most there can be.
        N: how many lengths; None for any, but one at least.

    Raises:
        TypeError: if a length is no int.
        ValueError: if there are not so many, or one is not in 1..T.
    """
    given = lengths.tolist() if hasattr(lengths, "tolist") else lengths
    if not isinstance(given, Sequence):
        raise TypeError(
            "expected lengths to be a sequence of ints, got "
            f"{type(given).__name__}"
        )
    for length in given:
        if isinstance(length, bool) or not hasattr(length, "__index__"):
            raise TypeError(
                f"expected each length to be an int, got {length!r}"
            )
    if N is None and not given:
        raise ValueError("expected at least one length, got none")
    if N is not None and len(given) != N:
        raise ValueError(f"expected {N} lengths, one each, got {len(given)}")
    for length in given:
        if not 1 <= length <= T:
            raise ValueError(
                f"expected each length to be in 1..{T}, got {length}"
            )
    return list(given)


def split(x: Any, batch_first: bool) -> list[Tensor]:
    """Blocks (C, n, D) of consecutive steps that have the same n sequences."""
    if isinstance(x, PackedSequence):
        runs = [
            (len(list(same)), n) for n, same in groupby(x.batch_sizes.tolist())
        ]
        parts = torch.split(x.data, [C * n for C, n in runs])
        return [
            part.view(*run, -1) for part, run in zip(parts, runs, strict=True)
        ]
    return [x.transpose(0, 1) if batch_first else x]


def permuted(state: Tensors, order: Tensor | None) -> Tensors:
    """The batch of each tensor (L, N, H) in another order."""
    if order is None:
        return state
    return tuple(one.index_select(1, order) for one in state)
