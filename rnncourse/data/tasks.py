"""Generated tasks: adding, copying, and a verb that agrees with its subject.

Each is drawn from the generator that it is given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rnncourse.checks import check_choice, check_size, check_sizes


def adding(
    T: int, N: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """N sequences of which two marked numbers are to be added.

    The first input is uniform in [0, 1), the second 1 at two steps, one in
    each half, and 0 elsewhere. Always answering 1 costs a mean squared error
    of 1/6, the variance of the sum.

    Returns:
        x, (T, N, 2), and y, the sum of the marked numbers, (N, 1).

    Raises:
        ValueError: if T < 2 or N < 1.

    Source: Hochreiter and Schmidhuber (1997), Neural Computation 9(8); with
    these numbers, Le, Jaitly and Hinton (2015), arXiv:1504.00941.

    >>> x, y = adding(10, 4, torch.Generator().manual_seed(0))
    >>> x.shape, y.shape
    (torch.Size([10, 4, 2]), torch.Size([4, 1]))
    >>> x[..., 1].sum(0)  # two marks each
    tensor([2., 2., 2., 2.])
    """
    check_size("T", T, 2)
    check_size("N", N)
    values = torch.rand(T, N, generator=generator)
    first = torch.randint(T // 2, (N,), generator=generator)
    second = torch.randint(T // 2, T, (N,), generator=generator)
    marks, n = torch.zeros(T, N), torch.arange(N)
    marks[first, n] = 1.0
    marks[second, n] = 1.0
    y = (values * marks).sum(0)[:, None]
    return torch.stack([values, marks], dim=-1), y


def copy(
    T: int,
    N: int,
    generator: torch.Generator | None = None,
    symbols: int = 8,
    length: int = 10,
) -> tuple[Tensor, Tensor]:
    """N sequences of which the first `length` symbols are to be repeated.

    The symbols, T - 1 blanks, the order to repeat, `length` blanks; the target
    is blank until the order has been read, and then the symbols. Symbols are
    0, ..., `symbols` - 1; the next number is the blank and the one after it
    the order. Whoever knows when to answer, but none of the symbols, has a
    cross-entropy of `length` ln(`symbols`) / (T + 2 `length`) nats a step at
    best.

    Returns:
        x and y, integers, (T + 2 length, N).

    Raises:
        ValueError: if a size is less than 1, or there are fewer than 2 symbols.

    Source: Arjovsky, Shah and Bengio (2016), "Unitary evolution recurrent
    neural networks", ICML.

    >>> x, y = copy(3, 1, torch.Generator().manual_seed(0), length=2)
    >>> x.T  # two symbols, two blanks (8), the order (9), two blanks
    tensor([[4, 7, 8, 8, 9, 8, 8]])
    >>> y.T
    tensor([[8, 8, 8, 8, 8, 4, 7]])
    """
    check_sizes(T=T, N=N, length=length)
    check_size("symbols", symbols, 2)
    blank, order = symbols, symbols + 1
    word = torch.randint(symbols, (length, N), generator=generator)
    x = torch.full((T + 2 * length, N), blank)
    y = x.clone()
    x[:length] = word
    x[length + T - 1] = order
    y[length + T :] = word
    return x, y


@dataclass(frozen=True)
class Sentence:
    """A sentence whose last word, the verb, agrees with its subject.

    Attributes:
        words: the sentence, the verb last.
        wrong: the verb in the other number.
        plural: whether the subject is.
    """

    words: tuple[str, ...]
    wrong: str
    plural: bool


Pair = tuple[str, str]


class _Grammar(NamedTuple):
    """Words of one language; a pair is singular and plural."""

    subjects: tuple[Pair, ...]
    seen: tuple[str, ...]
    when: tuple[str, ...]
    where: tuple[Pair, ...]
    joint: str
    verbs: tuple[Pair, ...]


_GRAMMARS: dict[str, _Grammar] = {
    "es": _Grammar(
        subjects=(
            ("el gato", "los gatos"),
            ("la niña", "las niñas"),
            ("el perro", "los perros"),
            ("la abeja", "las abejas"),
            ("el caballo", "los caballos"),
        ),
        seen=("que vi", "que oí", "que seguí", "que conocí"),
        when=("ayer", "hoy", "antes"),
        where=(
            ("en la plaza", "en las plazas"),
            ("en el jardín", "en los jardines"),
            ("en la playa", "en las playas"),
            ("en el puerto", "en los puertos"),
        ),
        joint="y",
        verbs=(
            ("corre", "corren"),
            ("duerme", "duermen"),
            ("canta", "cantan"),
            ("salta", "saltan"),
        ),
    ),
    "en": _Grammar(
        subjects=(
            ("the cat", "the cats"),
            ("the girl", "the girls"),
            ("the dog", "the dogs"),
            ("the bee", "the bees"),
            ("the horse", "the horses"),
        ),
        seen=("that I saw", "that I heard", "that I followed", "that I met"),
        when=("yesterday", "today", "before"),
        where=(
            ("in the square", "in the squares"),
            ("in the garden", "in the gardens"),
            ("on the beach", "on the beaches"),
            ("in the port", "in the ports"),
        ),
        joint="and",
        verbs=(
            ("runs", "run"),
            ("sleeps", "sleep"),
            ("sings", "sing"),
            ("jumps", "jump"),
        ),
    ),
}


def agreement(
    N: int,
    language: str,
    clauses: int = 1,
    generator: torch.Generator | None = None,
) -> list[Sentence]:
    """N sentences in which clauses stand between subject and verb.

    "los gatos que vi ayer en la plaza corren", "the cats that I saw yesterday
    in the square run". The number of each noun is drawn on its own, so that the
    word before the verb says nothing of it: whoever sees that word alone is
    right half of the time.

    Args:
        N: how many.
        language: "es" or "en".
        clauses: how many between the two; with 0 they are neighbours.
        generator: of the draws.

    Raises:
        ValueError: if N < 1, clauses < 0 or there is no such language.

    >>> (one,) = agreement(1, "en", 0, torch.Generator().manual_seed(0))
    >>> one
    Sentence(words=('the', 'horse', 'sleeps'), wrong='sleep', plural=False)
    """
    check_size("N", N)
    check_size("clauses", clauses, 0)
    check_choice("language", language, tuple(_GRAMMARS))
    grammar = _GRAMMARS[language]

    def draw(size: int) -> int:
        return int(torch.randint(size, (), generator=generator))

    found = []
    for _ in range(N):
        plural = draw(2)
        parts = [grammar.subjects[draw(len(grammar.subjects))][plural]]
        for clause in range(clauses):
            if clause:
                parts.append(grammar.joint)
            parts.append(grammar.seen[draw(len(grammar.seen))])
            parts.append(grammar.when[draw(len(grammar.when))])
            parts.append(grammar.where[draw(len(grammar.where))][draw(2)])
        verb = grammar.verbs[draw(len(grammar.verbs))]
        words = (*" ".join(parts).split(), verb[plural])
        found.append(Sentence(words, verb[1 - plural], bool(plural)))
    return found


def vocabulary(sentences: Iterable[Sentence]) -> list[str]:
    """Every word of the sentences, and every verb in its other number."""
    words = {w for s in sentences for w in (*s.words, s.wrong)}
    return sorted(words)


def encoded(sentences: list[Sentence], words: list[str]) -> Tensor:
    """The sentences as integers, places in `words`: (T, N).

    Raises:
        ValueError: if their lengths differ, or a word is not among `words`.

    >>> sentences = [Sentence(("los", "gatos", "corren"), "corre", True)]
    >>> vocabulary(sentences)
    ['corre', 'corren', 'gatos', 'los']
    >>> encoded(sentences, vocabulary(sentences)).T
    tensor([[3, 2, 1]])
    """
    lengths = {len(sentence.words) for sentence in sentences}
    if len(lengths) != 1:
        raise ValueError(
            f"expected sentences of one length, got {sorted(lengths)}"
        )
    place = {word: number for number, word in enumerate(words)}
    unknown = {w for s in sentences for w in s.words} - place.keys()
    if unknown:
        raise ValueError(f"expected known words, got {sorted(unknown)}")
    rows = [[place[word] for word in sentence.words] for sentence in sentences]
    return torch.tensor(rows).T.contiguous()
