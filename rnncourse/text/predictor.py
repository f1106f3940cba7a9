"""Suggestions, samples and what caused them, from a trained language model."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from rnncourse.text.network import LanguageModel
from rnncourse.text.tokens import Vocabulary, check_text, words


def check_k(k: object, most: int) -> None:
    """Raises: ValueError unless k is an int from 1 to `most`."""
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= most:
        raise ValueError(f"expected k to be an int from 1 to {most}, got {k!r}")


def suggestions(
    p: Tensor, vocabulary: Vocabulary, k: int = 3, start: str = ""
) -> list[tuple[str, float]]:
    """The k likeliest words and their probabilities, the likeliest first.

    Never the unknown one, a sign or a number; fewer than k if the vocabulary
    has fewer words that begin so.

    Args:
        p: of every token, (V,).
        vocabulary: that of p.
        k: how many.
        start: the letters that the word begins with.

    Raises:
        TypeError: if `start` is no string.
        ValueError: if k is not from 1 to V.
    """
    check_k(k, len(vocabulary))
    check_text(start)
    start = start.lower()
    numbers = [
        number
        for number, form in enumerate(vocabulary.forms)
        if form[0].isalpha() and form.startswith(start)
    ]
    best = p[numbers].argsort(descending=True, stable=True)[:k]
    chosen = [numbers[place] for place in best.tolist()]
    return [(vocabulary.forms[n], float(p[n])) for n in chosen]


class Predictor:
    """Reads a text as it is written, and says what may come next.

    What it has read is in its state: each token costs one step, however long
    the text.

    Args:
        model: trained.
        vocabulary: the model's.
        tokens: cuts a text; `words` or `characters`.
    """

    def __init__(
        self,
        model: LanguageModel,
        vocabulary: Vocabulary,
        tokens: Callable[[str], list[str]] = words,
    ) -> None:
        self.model, self.vocabulary, self.tokens = model, vocabulary, tokens
        self.reset()

    def reset(self) -> None:
        """Forget all: a paragraph begins."""
        self.state: Any = None
        self.unknown: list[str] = []
        self.step(1)

    @torch.no_grad()
    def step(self, number: int) -> None:
        """Read one token, by its number."""
        w = torch.tensor([[number]], device=self.model.embedding.weight.device)
        logits, self.state = self.model(w, self.state)
        self.logits = logits[0, 0]  # (V,)

    def read(self, text: str) -> None:
        """Go on reading; forms it does not know are kept in `unknown`.

        Raises:
            TypeError: if the text is no string.
        """
        for token in self.tokens(text):
            (number,) = self.vocabulary.encode([token])
            if number == 0:
                self.unknown.append(token)
            self.step(number)

    def suggest(self, k: int = 3, start: str = "") -> list[tuple[str, float]]:
        """The k likeliest next words that begin so: see `suggestions`."""
        p = self.logits.softmax(-1)
        return suggestions(p, self.vocabulary, k, start)

    def write(
        self,
        count: int,
        temperature: float = 1.0,
        k: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Iterator[str]:
        """Draw tokens and read them, until the paragraph ends or `count`."""
        for _ in range(count):
            number = draw(self.logits, temperature, k, generator)
            if number == 1:
                return
            yield self.vocabulary.forms[number]
            self.step(number)


# --8<-- [start:draw]
def draw(
    logits: Tensor,
    temperature: float = 1.0,
    k: int | None = None,
    generator: torch.Generator | None = None,
) -> int:
    """One token, drawn from softmax(logits / temperature) of the k largest.

    Args:
        logits: of every token, (V,); the unknown one is never drawn.
        temperature: above 0; below 1 it sharpens, above 1 it flattens.
        k: how many take part; None for all.
        generator: of the draw.

    Raises:
        ValueError: if the temperature is not above 0, or k not from 1 to V - 1.
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"expected a temperature above 0, got {temperature}")
    if k is None:
        k = len(logits) - 1
    check_k(k, len(logits) - 1)
    largest, numbers = logits[1:].topk(k)
    p = (largest / temperature).softmax(-1)
    place = torch.multinomial(p, 1, generator=generator)
    return int(numbers[place]) + 1


# --8<-- [end:draw]


def saliency(
    model: LanguageModel,
    text: Sequence[int],
    word: int,
    instead: int | None = None,
) -> Tensor:
    """How much each token moves ln P of the word that would come next.

    The norm of the gradient with respect to each embedding: (T,).

    Args:
        model: trained.
        text: T numbers.
        word: the number of what would come next.
        instead: of another word; then what moves is ln of the ratio of the two.
    """
    whole = torch.tensor([1, *text], device=model.embedding.weight.device)
    x = model.embedding(whole[:, None]).detach().requires_grad_()
    logs = model.read(x)[0][-1, 0].log_softmax(-1)
    asked = logs[word] if instead is None else logs[word] - logs[instead]
    (dx,) = torch.autograd.grad(asked, x)
    return dx[1:, 0].norm(dim=-1)


def keystrokes(word: str, offered: Callable[[str], Sequence[str]]) -> int:
    """Keys to write a word, or a sign, and the space after it.

    A letter is a key; as soon as the word is offered, one more takes it.

    Args:
        word: what is to be written.
        offered: the words on the screen, once some letters are there.
    """
    if not word[0].isalpha():
        return len(word)
    for letters in range(len(word)):
        if word in offered(word[:letters]):
            return letters + 1
    return len(word) + 1
