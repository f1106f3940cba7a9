"""Language models of the course's own text, trained once for all who ask.

All read the same: the paragraphs of `rnncourse.corpus` kept for training, and
sentences of the grammar of `rnncourse.data.agreement`. Perplexities are of the
test paragraphs; agreement, of fresh sentences. What was trained is kept as
arrays, from which `restored` makes the model again.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse import corpus
from rnncourse.data import Sentence, agreement
from rnncourse.lstm import set_forget_bias
from rnncourse.store import kept
from rnncourse.text import (
    LanguageModel,
    NGram,
    Vocabulary,
    bits,
    characters,
    learn,
    perplexity,
    vocabulary_of,
    words,
)
from rnncourse.words import LANGUAGES

GRAMS = ("uniform", "unigram", "bigram", "trigram")
KINDS = ("rnn", "gru", "lstm")
SEEDS = 3
V, E, H, DROPOUT, EPOCHS = 1200, 64, 128, 0.4, 8
GRAMMAR, FRESH = 1000, 500
SHARES = np.linspace(0, 1, 21)


def sentences(
    N: int, language: str, clauses: int, generator: torch.Generator
) -> list[Sentence]:
    """Those of the grammar as a text is read: in small letters, "i" too."""
    return [
        replace(s, words=tuple(words(" ".join(s.words))))
        for s in agreement(N, language, clauses, generator)
    ]


class Reading:
    """What the models of a language read, as numbers.

    Attributes:
        vocabulary: of the training text and the grammar, cut to V.
        text: paragraphs of each part.
        grammar: sentences for one epoch.
        fresh: sentences that no model has read, of one clause.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        generator = torch.Generator().manual_seed(0)
        cut = {
            part: [words(text) for text in corpus.part(language, part)]
            for part in corpus.PARTS
        }
        self.fresh = sentences(FRESH, language, 1, generator)
        told = [list(s.words) for s in self.drawn(generator)]
        self.vocabulary = vocabulary_of([*cut["train"], *told], V)
        self.text = {
            part: [self.vocabulary.encode(text) for text in texts]
            for part, texts in cut.items()
        }
        self.grammar = [self.vocabulary.encode(text) for text in told]

    def drawn(self, generator: torch.Generator) -> list[Sentence]:
        """Sentences of no clause and of one, as many of each."""
        return [
            sentence
            for clauses in (0, 1)
            for sentence in sentences(
                GRAMMAR, self.language, clauses, generator
            )
        ]

    def epochs(self, seed: int) -> list[list[list[int]]]:
        """The training text with new sentences of the grammar each time."""
        generator = torch.Generator().manual_seed(1 + seed)
        encode = self.vocabulary.encode
        return [
            [
                *self.text["train"],
                *(encode(s.words) for s in self.drawn(generator)),
            ]
            for _ in range(EPOCHS)
        ]


def made(
    language: str, kind: str, seed: int, **options: Any
) -> tuple[LanguageModel, Reading]:
    """A model trained from that seed; call it inside `fork_rng`."""
    reading = Reading(language)
    torch.manual_seed(seed)
    options = {"dropout": DROPOUT} | options
    model = LanguageModel(kind, len(reading.vocabulary), E, H, **options)
    opened(model)
    for _ in learn(model, reading.epochs(seed)):
        pass
    return model, reading


@torch.no_grad()
def opened(model: LanguageModel) -> None:
    """Gates that keep at first: the forget bias 2, the update bias 1."""
    if model.kind == "lstm":
        set_forget_bias(model.layer, 2.0)
    if model.kind == "gru":
        _, z, _ = model.layer.get_parameter("bias_ih_l0").chunk(3)
        z.fill_(1.0)


def plain(model: LanguageModel, vocabulary: Vocabulary) -> dict[str, Any]:
    """A model as data that the store keeps; `restored` is its inverse."""
    return {
        "kind": model.kind,
        "forms": vocabulary.forms[2:],
        "weights": {k: p.detach().numpy() for k, p in model.named_parameters()},
    }


def restored(found: dict[str, Any]) -> tuple[LanguageModel, Vocabulary]:
    """The trained model that an experiment kept, and its vocabulary."""
    vocabulary = Vocabulary(found["forms"])
    weights = {k: torch.tensor(w) for k, w in found["weights"].items()}
    size, width = weights["embedding.weight"].shape
    hidden = weights["project.weight"].shape[1]
    model = LanguageModel(found["kind"], size, width, hidden)
    model.load_state_dict(weights, strict=False)
    return model.eval(), vocabulary


def logs_of(model: Any, texts: list[list[int]]) -> NDArray[np.float64]:
    """The ln P of every token of some texts, one after the other."""
    found = [np.asarray(model.log_probabilities(text)) for text in texts]
    return np.concatenate(found).astype(np.float64)


def agrees(model: LanguageModel, reading: Reading) -> float:
    """How often the right verb is likelier than in the other number."""
    encode = reading.vocabulary.encode
    x = torch.tensor([[1, *encode(s.words[:-1])] for s in reading.fresh]).T
    pair = torch.tensor([encode([s.words[-1], s.wrong]) for s in reading.fresh])
    with torch.no_grad():
        right, wrong = model(x)[0][-1].gather(1, pair).T
    return float((right > wrong).float().mean())


def ngrams(reading: Reading) -> list[NGram]:
    """Those of GRAMS, of the training text and the grammar."""
    known = [*reading.text["train"], *reading.grammar]
    return [NGram(n, len(reading.vocabulary), known) for n in range(len(GRAMS))]


@kept
def grams(language: str) -> dict[str, Any]:
    """Uniform, unigram, bigram and trigram of a language.

    `perplexity` (4) on the test text; `agreement` (4) in percent, a tie
    counting half; `unknown`, the percentage of test tokens that are; `tokens`
    (3) in each part, with the ends of paragraphs.
    """
    reading = Reading(language)
    models = ngrams(reading)
    encode, scores = reading.vocabulary.encode, np.zeros(len(models))
    for sentence in reading.fresh:
        before = encode(sentence.words[:-1])
        right, wrong = encode([sentence.words[-1], sentence.wrong])
        for n, model in enumerate(models):
            p = model.probabilities(before)
            scores[n] += (p[right] > p[wrong]) + 0.5 * (p[right] == p[wrong])
    test = reading.text["test"]
    return {
        "perplexity": [perplexity(logs_of(model, test)) for model in models],
        "agreement": 100 * scores / len(reading.fresh),
        "unknown": 100 * np.mean([w == 0 for text in test for w in text]),
        "tokens": [
            sum(len(text) + 1 for text in texts)
            for texts in reading.text.values()
        ],
    }


@kept
def network(language: str, kind: str) -> dict[str, Any]:
    """A language's RNN, GRU or LSTM, three seeds; the weights of the best.

    `kind`, `forms` and `weights`: what `restored` takes, of the seed of least
    perplexity on validation text. `perplexity`, `validation` and `agreement`
    (3): on test and validation text, and percentages. `mixed` (3): perplexity
    on test text of `share` (3) parts of the network and the rest of the
    trigram, a share chosen on validation text.
    """
    found: dict[str, list[float]] = {
        name: []
        for name in ("perplexity", "validation", "agreement", "mixed", "share")
    }
    best: dict[str, Any] = {}
    with torch.random.fork_rng():
        for seed in range(SEEDS):
            model, reading = made(language, kind, seed)
            trigram = ngrams(reading)[-1]
            sides = [
                [logs_of(one, reading.text[part]) for one in (model, trigram)]
                for part in ("validation", "test")
            ]
            both = [
                [np.logaddexp(*_weighed(logs, share)) for share in SHARES]
                for logs in sides
            ]
            place = int(np.argmin([perplexity(logs) for logs in both[0]]))
            found["validation"].append(perplexity(sides[0][0]))
            found["perplexity"].append(perplexity(sides[1][0]))
            found["mixed"].append(perplexity(both[1][place]))
            found["share"].append(float(SHARES[place]))
            found["agreement"].append(100 * agrees(model, reading))
            if found["validation"][-1] == min(found["validation"]):
                best = plain(model, reading.vocabulary)
    return best | found


def _weighed(
    logs: list[NDArray[np.float64]], share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    with np.errstate(divide="ignore"):
        a, b = np.log(np.array([share, 1 - share]))
    return logs[0] + a, logs[1] + b


LETTERS, LETTER_E, LETTER_H, LETTER_EPOCHS = (1, 2, 3, 4, 5, 6), 32, 128, 20


@kept
def spelling(language: str) -> dict[str, Any]:
    """A language's model of characters, a GRU; see `network`.

    `bits`: per character of test text. `grams` (6): of the 1- to 6-gram;
    `mixed`: of half and half of the GRU and the last of them.
    """
    cut = {
        part: [characters(text) for text in corpus.part(language, part)]
        for part in corpus.PARTS
    }
    vocabulary = vocabulary_of(cut["train"])
    train, test = (
        [vocabulary.encode(text) for text in cut[part]]
        for part in ("train", "test")
    )
    size = len(vocabulary)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LanguageModel("gru", size, LETTER_E, LETTER_H, dropout=0.1)
        opened(model)
        for _ in learn(model, [train] * LETTER_EPOCHS, N=32, truncation=32):
            pass
    ours = logs_of(model, test)
    theirs = [logs_of(NGram(n, size, train), test) for n in LETTERS]
    both = np.logaddexp(*_weighed([ours, theirs[-1]], 0.5))
    return plain(model, vocabulary) | {
        "bits": bits(ours),
        "grams": [bits(logs) for logs in theirs],
        "mixed": bits(both),
        "tokens": sum(len(text) + 1 for text in train),
        "size": size,
    }


@kept
def without() -> dict[str, Any]:
    """The GRU less one of its parts, of seed 0: perplexity of test text.

    `perplexity` (2, 3): as it is, without dropout, with a readout of its own;
    `parameters` (2, 3).
    """
    changes: list[dict[str, Any]] = [{"dropout": 0.0}, {"tied": False}]
    rows, sizes = [], []
    with torch.random.fork_rng():
        for language in LANGUAGES:
            kept_one = network(language, "gru")
            row = [kept_one["perplexity"][0]]
            size = [sum(w.size for w in kept_one["weights"].values())]
            for change in changes:
                model, reading = made(language, "gru", 0, **change)
                row.append(perplexity(logs_of(model, reading.text["test"])))
                size.append(sum(p.numel() for p in model.parameters()))
            rows.append(row)
            sizes.append(size)
    return {"perplexity": np.array(rows), "parameters": np.array(sizes)}
