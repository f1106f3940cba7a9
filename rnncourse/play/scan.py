"""h_t = a_t h_{t-1} + b_t, from left to right and as a parallel scan.

Source: Hillis and Steele (1986), Communications of the ACM 29(12).
"""

from typing import Any

F = [0.9, 0.5, 1.0, 0.8, -0.6, 0.9, 0.7, 1.0,
     0.5, 0.9, -0.8, 0.6, 1.0, 0.9, 0.4, 0.8]  # fmt: skip
W = [1.0, 0.0, -1.0, 2.0, 0.5, 0.0, 1.0, -0.5,
     0.0, 1.0, 0.0, 2.0, -1.0, 0.0, 0.5, 1.0]  # fmt: skip

Pair = list[float]


def combine(later: Pair, earlier: Pair) -> Pair:
    """The pair of h -> a h + b after an earlier one of the same form."""
    (a, b), (c, d) = later, earlier
    return [a * c, a * d + b]


def loop(n: int) -> list[float]:
    """h_1, ..., h_n, one after another."""
    h, found = 0.0, []
    for a, b in zip(F[:n], W[:n], strict=True):
        h = a * h + b
        found.append(h)
    return found


def _reaches(n: int) -> list[int]:
    return [2**k for k in range((n - 1).bit_length())]


def levels(n: int) -> list[list[Pair]]:
    """The pairs (a, b) before any level, after the first, ..."""
    found: list[Any] = [[list(pair) for pair in zip(F[:n], W[:n], strict=True)]]
    for reach in _reaches(n):
        before = found[-1]
        joined = map(combine, before[reach:], before)
        found.append([*before[:reach], *joined])
    return found


def joins(n: int) -> list[int]:
    """How many joins each level makes."""
    return [n - reach for reach in _reaches(n)]
