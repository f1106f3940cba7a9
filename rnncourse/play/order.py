"""Five words in some order, read by a bag and by a recurrent network."""

import itertools

import torch

from rnncourse.gradients import states as _states

WORDS = [[0.6, -0.4], [1.1, 0.7], [-0.8, 0.9], [0.3, -1.0], [-0.7, -0.5]]
W_XH = [[0.9, -0.5], [0.4, 0.8]]
W_HH = [[0.7, -0.6], [0.6, 0.7]]


def _read(order: list[int]) -> torch.Tensor:
    """W_xh x of each word, (5, 2)."""
    x = torch.tensor(WORDS, dtype=torch.float64)[order]
    return x @ torch.tensor(W_XH, dtype=torch.float64).T


def bag(order: list[int]) -> list[float]:
    """The sum over the words of tanh(W_xh x)."""
    return _read(order).tanh().sum(0).tolist()


def states(order: list[int]) -> list[list[float]]:
    """h_0, ..., h_5."""
    W = torch.tensor(W_HH, dtype=torch.float64)
    h_0 = torch.zeros(2, dtype=torch.float64)
    return _states(_read(order), W, h_0).tolist()


def swapped(order: list[int], k: int) -> list[int]:
    """Words k and k + 1 change places."""
    words = [*order]
    words[k : k + 2] = reversed(words[k : k + 2])
    return words


def further(order: list[int], by: int) -> list[int]:
    """The order that comes `by` places later in the list of all 120."""
    every = list(itertools.permutations(range(5)))
    return list(every[(every.index(tuple(order)) + by) % len(every)])
