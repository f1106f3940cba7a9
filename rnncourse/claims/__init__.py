"""Claims: one module per chapter, one function per statement that is measured.

A claim function measures and returns a `Claim`; a page shows it, a test
asserts it, and one that does not hold stops the build.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from torch import Tensor

from rnncourse.words import LANGUAGES, fill


@dataclass(frozen=True)
class Claim:
    """What was measured, what it is held against, and how to say so.

    Attributes:
        value: the measured number.
        bound: what it is compared with.
        relation: how: value <= bound, value >= bound or value == bound.
        es: the sentence in Spanish; `{value:.1e}` stands for the number.
        en: the same in English.
        numbers: more numbers that the sentences name.
    """

    value: float
    bound: float
    relation: Literal["<=", ">=", "=="]
    es: str
    en: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the relation is true; never with a nan."""
        every = [self.value, self.bound, *self.numbers.values()]
        if any(math.isnan(number) for number in every):
            return False
        true = {
            "<=": self.value <= self.bound,
            ">=": self.value >= self.bound,
            "==": self.value == self.bound,
        }[self.relation]
        return bool(true)  # of NumPy's numbers, too

    def record(self, name: str) -> dict[str, Any]:
        """The claim as plain data, its sentences with their numbers.

        Raises:
            ValueError: if it does not hold, or a sentence is missing.
        """
        if not self.holds:
            raise ValueError(
                f"claim {name} does not hold: measured {self.value!r}, "
                f"expected {self.relation} {self.bound!r} {dict(self.numbers)}"
            )
        numbers = {"value": self.value, "bound": self.bound, **self.numbers}
        sentences = {"es": self.es, "en": self.en}
        for language in LANGUAGES:
            if not sentences[language].strip():
                raise ValueError(
                    f"claim {name}: expected a sentence in {language!r}"
                )
        return {
            "value": self.value,
            "bound": self.bound,
            "relation": self.relation,
            "numbers": numbers,
            "sentence": {
                language: fill(
                    sentences[language], numbers, language, names=name
                )
                for language in LANGUAGES
            },
        }


def largest(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    """The largest absolute difference between tensors, pair by pair.

    Raises:
        ValueError: if there are not as many of each.
    """
    pairs = zip(ours, theirs, strict=True)
    return most(float((a - b).detach().abs().max()) for a, b in pairs)


def most(gaps: Iterable[float]) -> float:
    """The largest; nan if one is, where `max` would pass it over."""
    return float(np.max(list(gaps)))
