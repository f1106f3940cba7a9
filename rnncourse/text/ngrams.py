"""n-grams with interpolated Kneser-Ney smoothing.

Let c(u w) be how often w came after the n - 1 tokens u, D a discount between 0
and 1, N(u .) how many different tokens came after u, and u' be u without its
first token. Then

    P(w | u) = max(c(u w) - D, 0) / c(u) + D N(u .) / c(u) P(w | u')

and the last P, of no token, is 1/V. The longest context counts occurrences; a
shorter one, in how many different contexts a token more it was seen.

Source: Kneser and Ney (1995), ICASSP; interpolated: Chen and Goodman (1999),
Computer Speech and Language 13(4).
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from rnncourse.checks import check_size

Context = tuple[int, ...]
After = tuple[Int64[np.ndarray, " K"], Float64[np.ndarray, " K"]]
_END = 1  # the number of ¶


class NGram:
    """How likely each token is after the n - 1 before it.

    Args:
        n: 0 for the uniform distribution, 1 for unigrams, 2 for bigrams, ...
        V: how many tokens the vocabulary has.
        texts: lists of numbers; each is read from its beginning to its end.

    Raises:
        ValueError: if n is no integer of at least 0, or V of at least 2.
    """

    def __init__(self, n: int, V: int, texts: Iterable[Sequence[int]]) -> None:
        check_size("n", n, least=0)
        check_size("V", V, least=2)
        self.n, self.V = n, V
        self.levels: list[dict[Context, After]] = []
        self.discounts: list[float] = []
        if n == 0:
            return
        counts = Counter(
            tuple(text[t - n + 1 : t + 1])
            for text in map(self.padded, texts)
            for t in range(n - 1, len(text))
        )
        while n:
            self.levels.insert(0, _by_context(counts))
            self.discounts.insert(0, discount(counts.values()))
            counts = Counter(gram[1:] for gram in counts)
            n -= 1

    def padded(self, text: Sequence[int]) -> list[int]:
        """The text after the end of another, and its own end."""
        return [_END] * (self.n - 1) + list(text) + [_END]

    # --8<-- [start:probabilities]
    def probabilities(self, before: Sequence[int]) -> Float64[np.ndarray, " V"]:
        """P(w | the last n - 1 tokens) of every token w: (V,)."""
        before = [_END] * self.n + list(before[-self.n :])
        p = np.full(self.V, 1 / self.V)
        levels = zip(self.levels, self.discounts, strict=True)
        for size, (level, D) in enumerate(levels):
            u = tuple(before[len(before) - size :])
            if u not in level:
                break  # nor is any longer context
            w, c = level[u]
            p *= D * len(w) / c.sum()
            p[w] += (c - D) / c.sum()
        return p

    # --8<-- [end:probabilities]

    def log_probabilities(
        self, text: Sequence[int]
    ) -> Float64[np.ndarray, " T"]:
        """Ln P of every token of a text and of its end, each after the rest."""
        whole = [*text, _END]
        return np.array(
            [
                math.log(self.probabilities(whole[:t])[w])
                for t, w in enumerate(whole)
            ]
        )


def discount(counts: Iterable[float]) -> float:
    """n_1 / (n_1 + 2 n_2), from how many were counted once and twice.

    Source: Ney, Essen and Kneser (1994), Computer Speech and Language 8(1).
    """
    times = Counter(counts)
    return times[1] / (times[1] + 2 * times[2]) if times[1] else 0.5


def _by_context(counts: Counter[Context]) -> dict[Context, After]:
    found: dict[Context, tuple[list[int], list[int]]] = {}
    for gram, count in counts.items():
        w, c = found.setdefault(gram[:-1], ([], []))
        w.append(gram[-1])
        c.append(count)
    return {
        u: (np.array(w), np.array(c, dtype=float))
        for u, (w, c) in found.items()
    }
