"""A predictive keyboard: a network whose weights are few whole numbers.

A packed matrix has its shape, one scale and one character a number:

    w = scale q,    q = -45, ..., 45

`run` reads tokens from the end of a paragraph on; `bigram` is the n-gram of
the chapter on text, with n = 2.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rnncourse.text import LanguageModel, Vocabulary
from rnncourse.text import suggestions as _suggestions
from rnncourse.text import words as words

LEVELS = 45
FIRST, SKIPPED = 35, 92  # "#", and the backslash

Data = dict[str, Any]


def split(text: str) -> dict[str, Any]:
    """The tokens that are whole, and the beginning of the one being typed."""
    tokens = words(text)
    typing = text[-1:].isalpha()
    start = tokens.pop() if typing else ""
    return {"words": tokens, "start": start}


def numbers(text: str) -> list[int]:
    """The whole numbers that characters stand for."""
    codes = [ord(character) for character in text]
    return [code - (code > SKIPPED) - FIRST - LEVELS for code in codes]


def matrix(packed: Data) -> list[list[float]]:
    """The numbers of a packed matrix, as rows."""
    flat = torch.tensor(numbers(packed["text"]), dtype=torch.float64)
    return (flat * packed["scale"]).view(*packed["shape"]).tolist()


def encode(tokens: Sequence[str], forms: list[str]) -> list[int]:
    """Their places among the forms, 0 where there is none."""
    return Vocabulary(forms[2:]).encode(tokens)


@torch.no_grad()
def run(net: Data, tokens: Sequence[int]) -> dict[str, Any]:
    """What a network remembers after each token, and what may come next.

    Returns:
        `states`, of the end of a paragraph and of each token, H numbers each:
        c_t in an LSTM, h_t otherwise; `p`, of every form, after the last.
    """
    weights = {
        name: torch.tensor(
            matrix(one) if isinstance(one, dict) else one, dtype=torch.float64
        )
        for name, one in net["weights"].items()
    }
    V, E = weights["embedding.weight"].shape
    H = weights["project.weight"].shape[1]
    model = LanguageModel(net["kind"], V, E, H).double().eval()
    model.load_state_dict(weights, strict=False)
    state: Any = None
    states: list[Tensor] = []
    for token in (1, *tokens):
        logits, state = model(torch.tensor([[token]]), state)
        kept = state[1] if model.kind == "lstm" else state
        states.append(kept.flatten())
    return {
        "states": [one.tolist() for one in states],
        "p": logits.flatten().softmax(-1).tolist(),
    }


def bigram(counts: Data, before: int) -> list[float]:
    """P of every form after one of them, or after the end, 1.

    `counts` has how often each form follows each (`after`, by the form before:
    form, count, form, count, ...), after how many forms each one comes
    (`single`) and the two discounts.
    """
    p = [1 / len(counts["single"])] * len(counts["single"])
    single = [pair for pair in enumerate(counts["single"]) if pair[1]]
    flat = counts["after"][before]
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    for seen, D in zip((single, pairs), counts["discounts"], strict=True):
        if not seen:
            break
        total = sum(c for _, c in seen)
        p = [one * D * len(seen) / total for one in p]
        for w, c in seen:
            p[w] += (c - D) / total
    return p


def suggestions(
    p: list[float], forms: list[str], k: int, start: str
) -> list[dict[str, Any]]:
    """The k likeliest words that begin so, none of them the unknown one."""
    found = _suggestions(
        torch.tensor(p, dtype=torch.float64), Vocabulary(forms[2:]), k, start
    )
    return [{"word": word, "p": chance} for word, chance in found]
