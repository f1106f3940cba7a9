"""What the widgets fetch: trained networks and forecasts, as scripts.

The networks are those of `rnncourse.experiments.languages`. A matrix becomes
whole numbers from -45 to 45 and a scale. A number is one character, so that a
compressed file has about as many bits as the numbers have information.
"""

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnncourse import corpus
from rnncourse.data import Sentence
from rnncourse.experiments import forecasting, languages
from rnncourse.play.keyboard import FIRST, LEVELS, SKIPPED, matrix
from rnncourse.store import kept
from rnncourse.text import LanguageModel, NGram, Vocabulary, perplexity
from rnncourse.text import words as _words
from rnncourse.words import Language

SENTENCES = 400
NOUN = 2  # from this word on the number of the subject is known


def packed(whole: Tensor) -> dict[str, Any]:
    """A matrix as `keyboard.matrix` reads it."""
    largest = whole.abs().max().item() or 1.0
    scale = float(f"{largest / LEVELS:.6g}")
    q = (whole.double() / scale).round().clamp(-LEVELS, LEVELS).int()
    codes = [FIRST + LEVELS + one for one in q.flatten().tolist()]
    text = "".join(chr(code + (code >= SKIPPED)) for code in codes)
    return {"shape": list(whole.shape), "scale": scale, "text": text}


def weights(model: LanguageModel) -> dict[str, Any]:
    """Every parameter: matrices packed, vectors to four digits."""
    return {
        name: packed(one.detach())
        if one.dim() == 2
        else [float(f"{v:.4g}") for v in one.tolist()]
        for name, one in model.named_parameters()
    }


def restore(model: LanguageModel, found: dict[str, Any]) -> None:
    """Put weights that were packed into a model."""
    tensors = {
        name: torch.tensor(matrix(one) if isinstance(one, dict) else one)
        for name, one in found.items()
    }
    model.load_state_dict(tensors, strict=False)


def counts(bigram: NGram) -> dict[str, Any]:
    """A bigram as `keyboard.bigram` reads it."""
    alone, pairs = bigram.levels
    single = [0] * bigram.V
    for w, c in zip(*alone[()], strict=True):
        single[w] = int(c)
    after: list[list[int]] = [[] for _ in range(bigram.V)]
    for (u,), (w, c) in pairs.items():
        for pair in zip(w.tolist(), c.tolist(), strict=True):
            after[u] += map(int, pair)
    discounts = [float(f"{D:.6g}") for D in bigram.discounts]
    return {"single": single, "after": after, "discounts": discounts}


def tracked(
    model: LanguageModel,
    vocabulary: Vocabulary,
    some: list[Sentence],
    others: list[Sentence],
) -> dict[str, Any]:
    """The unit that tells the number of the subject best, from noun to verb.

    Chosen on some sentences: the one whose two means, over every step after
    the subject's noun, are farthest apart, in standard deviations. `right`: of
    the other sentences, the percentage whose number it tells before the verb,
    by which mean is nearer.
    """
    found, number = _states(model, vocabulary, some)
    sides = [found[NOUN:, one].flatten(0, 1) for one in (~number, number)]
    means = torch.stack([side.mean(0) for side in sides])  # (2, H)
    spread = torch.stack([side.var(0) for side in sides]).mean(0).sqrt()
    apart = (means[1] - means[0]).abs() / spread
    unit = int(apart.nan_to_num().argmax())  # 0 / 0: always the same value
    singular, plural = means[:, unit].tolist()
    fresh, number = _states(model, vocabulary, others)
    above = fresh[-1, :, unit] > (singular + plural) / 2
    right = above == (number if plural > singular else ~number)
    return {
        "unit": unit,
        "singular": float(f"{singular:.4g}"),
        "plural": float(f"{plural:.4g}"),
        "right": 100 * right.double().mean().item(),
    }


@torch.no_grad()
def _states(
    model: LanguageModel, vocabulary: Vocabulary, some: list[Sentence]
) -> tuple[Tensor, Tensor]:
    """States (T, n, H) up to the verb, and whether each is plural (n)."""
    state: Any = None
    found = []
    read = [[1, *vocabulary.encode(s.words[:-1])] for s in some]
    for w in torch.tensor(read).T:
        _, state = model(w[None], state)
        found.append((state[1] if model.kind == "lstm" else state)[0])
    return torch.stack(found), torch.tensor([s.plural for s in some])


@kept
def network(language: str, kind: str) -> dict[str, Any]:
    """A trained network as `keyboard.run` takes it, and how good it is.

    `perplexity` of test text and `agreement` in percent, both with the weights
    as they are packed; `tracked`: see there.
    """
    model, vocabulary = languages.restored(languages.network(language, kind))
    found = weights(model)
    restore(model, found)
    reading = languages.Reading(language)
    generator = torch.Generator().manual_seed(1)
    some, others = (
        languages.sentences(SENTENCES, language, 1, generator) for _ in range(2)
    )
    logs = languages.logs_of(model, reading.text["test"])
    return {
        "kind": kind,
        "weights": found,
        "perplexity": float(f"{perplexity(logs):.4g}"),
        "agreement": 100 * languages.agrees(model, reading),
        "tracked": tracked(model, vocabulary, some, others),
    }


@kept
def words(language: str) -> dict[str, Any]:
    """Forms, the bigram, and how many of the test's words are known, in %."""
    reading = languages.Reading(language)
    tokens = [
        token
        for text in corpus.part(language, "test")
        for token in _words(text)
        if token[0].isalpha()
    ]
    forms = reading.vocabulary.forms
    known = sum(token in forms for token in tokens)
    bigram = languages.ngrams(reading)[2]
    return {
        "forms": forms,
        "coverage": 100 * known / len(tokens),
        "perplexity": languages.grams(language)["perplexity"][2],
        "agreement": languages.grams(language)["agreement"][2],
        **counts(bigram),
    }


def script(name: str, data: Any) -> str:
    """Data as a classic script, which a page opened from a file can load."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return (
        '"use strict"\nglobalThis.rnn ??= {}\nrnn.data ??= {}\n'
        f'rnn.data["{name}"] = {text}\n'
    )


def keyboard(language: Language) -> dict[str, str]:
    """The scripts of the keyboard of a language, by name."""
    models = {
        f"model-{language}-{kind}": network(language, kind)
        for kind in languages.KINDS
    }
    models[f"model-{language}-bigram"] = words(language)
    return {name: script(name, data) for name, data in models.items()}


SERIES = {
    "market": ("market", 0, 1.0),
    "temperature": ("temperature", 0, 1.0),
    "argentina": ("population", 0, 1e-6),
    "japan": ("population", 1, 1e-6),
    "nigeria": ("population", 2, 1e-6),
    "walk": ("walk", 0, 1.0),
    "vowel": ("vowel", 0, 1.0),
}  # of which experiment, which of its series, in which unit


def series(name: str) -> dict[str, Any]:
    """A stretch of a series and what every model said of it, to five digits.

    `cut`, `origins`, `once`, `fed` and `next` are those of the experiments,
    by model; `skill`, by name, is that of the whole test.
    """
    experiment, place, unit = SERIES[name]
    found = getattr(forecasting, experiment)()

    def short(values: Any) -> Any:
        if np.ndim(values):
            return [short(one) for one in values]
        return float(f"{values * unit:.5g}")

    return {
        "K": found["length"],
        "Q": found["horizon"],
        "models": found["models"],
        "origins": found["origins"].tolist(),
        "cut": short(found["cut"][:, place]),
        "once": short(found["said"][:, place]),
        "fed": short(found["fed"][:, place]),
        "next": short(found["next"][:, place]),
        "skill": found["by_name"],
    }


def forecast(language: Language) -> dict[str, str]:
    """The scripts of the explorer of forecasts, the same in both languages."""
    names = (f"series-{name}" for name in SERIES)
    found = zip(names, map(series, SERIES), strict=True)
    return {name: script(name, data) for name, data in found}
