"""Language models of the course's own text, in each language.

All read the same: the paragraphs of `rnncourse.corpus` kept for training, and
sentences of the grammar of `rnncourse.data.agreement`. Perplexities are of the
test paragraphs; agreement, of fresh sentences. What was trained is kept as
arrays, from which `restored` makes the model again.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse import corpus, set_forget_bias
from rnncourse.data import Sentence
from rnncourse.data import agreement as sentences
from rnncourse.store import kept
from rnncourse.text import (
    LanguageModel,
    NGram,
    Predictor,
    Vocabulary,
    bits,
    characters,
    joined,
    keystrokes,
    learn,
    perplexity,
    saliency,
    suggestions,
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
    if model.layer.kind == "lstm":
        set_forget_bias(model.layer, 2.0)
    if model.layer.kind == "gru":
        _, z, _ = model.layer.get_parameter("bias_ih_l0").chunk(3)
        z.fill_(1.0)


def plain(model: LanguageModel, vocabulary: Vocabulary) -> dict[str, Any]:
    """A model as data that the store keeps; `restored` is its inverse."""
    return {
        "kind": model.layer.kind.removesuffix("_tanh"),
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


def _logs(model: Any, texts: list[list[int]]) -> NDArray[np.float64]:
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


def _grams(reading: Reading) -> list[NGram]:
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
    models = _grams(reading)
    encode, scores = reading.vocabulary.encode, np.zeros(len(models))
    for sentence in reading.fresh:
        before = encode(sentence.words[:-1])
        right, wrong = encode([sentence.words[-1], sentence.wrong])
        for n, model in enumerate(models):
            p = model.probabilities(before)
            scores[n] += (p[right] > p[wrong]) + 0.5 * (p[right] == p[wrong])
    test = reading.text["test"]
    return {
        "perplexity": [perplexity(_logs(model, test)) for model in models],
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
            trigram = _grams(reading)[-1]
            sides = [
                [_logs(one, reading.text[part]) for one in (model, trigram)]
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
    ours = _logs(model, test)
    theirs = [_logs(NGram(n, size, train), test) for n in LETTERS]
    both = np.logaddexp(*_weighed([ours, theirs[-1]], 0.5))
    return plain(model, vocabulary) | {
        "bits": bits(ours),
        "grams": [bits(logs) for logs in theirs],
        "mixed": bits(both),
        "tokens": sum(len(text) + 1 for text in train),
        "size": size,
    }


@kept
def table() -> dict[str, Any]:
    """Every model in one table; arrays begin with the two languages.

    `perplexity`, `least` and `most` (2, 7): of test text, over the seeds, in
    the order of GRAMS and KINDS; `agreement`, `worst` (2, 7): in percent;
    `mixed` and `share` (2, 3): of each network with the trigram; `gain`
    (2, 3): by how much, in percent of the trigram's perplexity.
    """
    rows: dict[str, list[Any]] = {}
    for language in LANGUAGES:
        first = grams(language)
        nets = [network(language, kind) for kind in KINDS]
        trigram = first["perplexity"][-1]

        def row(
            name: str,
            over: Any,
            first: dict[str, Any] = first,
            nets: list[dict[str, Any]] = nets,
        ) -> list[float]:
            return [*first[name], *(float(over(net[name])) for net in nets)]

        for name, values in {
            "perplexity": row("perplexity", np.mean),
            "least": row("perplexity", np.min),
            "most": row("perplexity", np.max),
            "agreement": row("agreement", np.mean),
            "worst": row("agreement", np.min),
            "mixed": [np.mean(net["mixed"]) for net in nets],
            "share": [np.mean(net["share"]) for net in nets],
            "gain": [100 - 100 * np.mean(n["mixed"]) / trigram for n in nets],
            "unknown": first["unknown"],
            "tokens": first["tokens"],
        }.items():
            rows.setdefault(name, []).append(values)
    return {name: np.array(values) for name, values in rows.items()} | {
        "seeds": SEEDS,
        "fresh": FRESH,
        "V": V,
        "E": E,
        "H": H,
        "epochs": EPOCHS,
        "grammar": GRAMMAR,
        "chance": 50 + 100 / float(np.sqrt(FRESH)),
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
                row.append(perplexity(_logs(model, reading.text["test"])))
                size.append(sum(p.numel() for p in model.parameters()))
            rows.append(row)
            sizes.append(size)
    return {"perplexity": np.array(rows), "parameters": np.array(sizes)}


PROMPTS = {
    "es": "los gatos que vi ayer en la plaza",
    "en": "the cats that I saw yesterday in the square",
}
TWINS = {
    "es": "el gato que vi ayer en la plaza",
    "en": "the cat that I saw yesterday in the square",
}
PHRASES = {
    "es": "el gradiente se desvanece y la red no",
    "en": "the gradient vanishes and the network does not",
}


@kept
def suggesting() -> dict[str, Any]:
    """What the GRU suggests along a phrase; by language.

    `read`: the words; `offered`: the three words that it suggests after each,
    and before the first; `chance`, their probabilities, (1 + T, 3). `verbs`:
    the three suggestions after `PROMPTS` and after `TWINS`, `verb_chance` theirs.
    """
    found: dict[str, Any] = {}
    for language in LANGUAGES:
        predictor = Predictor(*restored(network(language, "gru")))
        steps = [predictor.suggest()]
        for word in words(PHRASES[language]):
            predictor.read(word)
            steps.append(predictor.suggest())
        verbs = []
        for prompt in (PROMPTS[language], TWINS[language]):
            predictor.reset()
            predictor.read(prompt)
            verbs.append(predictor.suggest(4))
        found[language] = {
            "read": words(PHRASES[language]),
            "offered": [[word for word, _ in step] for step in steps],
            "chance": np.array([[p for _, p in step] for step in steps]),
            "verbs": [[word for word, _ in step] for step in verbs],
            "verb_chance": np.array([[p for _, p in step] for step in verbs]),
        }
    return found


@kept
def causes() -> dict[str, Any]:
    """Which earlier word moves the verb: gradients by embedding, of the GRU.

    By language, after `PROMPTS`: `words` (T); `verb` and `other`, the likeliest
    verb and the same in the other number; `why` (2, T), the share of each word
    in what moves ln P(verb), and in what moves ln P(verb) - ln P(other).
    `subject` and `last` (2, 2): over fresh sentences of both languages, the
    mean share of the subject's article and noun, and of the word before the
    verb, in either. `most` (2): how often, in percent, the subject has more
    than half of the second.
    """
    found: dict[str, Any] = {"subject": [], "last": [], "most": []}
    for language in LANGUAGES:
        model, vocabulary = restored(network(language, "gru"))
        fresh = Reading(language).fresh
        pairs = {s.words[-1]: s.wrong for s in fresh}
        pairs |= {s.wrong: s.words[-1] for s in fresh}

        def why(
            text: list[str],
            verb: str,
            other: str,
            model: LanguageModel = model,
            vocabulary: Vocabulary = vocabulary,
        ) -> NDArray[np.float64]:
            numbers = vocabulary.encode(text)
            one, two = vocabulary.encode([verb, other])
            moved = [
                saliency(model, numbers, one, instead).numpy()
                for instead in (None, two)
            ]
            return np.array([part / part.sum() for part in moved])

        predictor = Predictor(model, vocabulary)
        predictor.read(PROMPTS[language])
        text, verb = words(PROMPTS[language]), predictor.suggest(1)[0][0]
        found[language] = {
            "words": text,
            "verb": verb,
            "other": pairs[verb],
            "why": why(text, verb, pairs[verb]),
        }
        shares = np.array(
            [why(list(s.words[:-1]), s.words[-1], s.wrong) for s in fresh]
        )
        subject = shares[:, :, :2].sum(-1)
        found["subject"].append(subject.mean(0))
        found["last"].append(shares[:, :, -1].mean(0))
        found["most"].append(100 * float((subject[:, 1] > 0.5).mean()))
    for name in ("subject", "last"):
        found[name] = np.array(found[name])
    return found


@kept
def typing() -> dict[str, Any]:
    """Keys saved on test text with three words on the screen, in percent.

    `saved` (2, 4): with the unigram, the trigram, the GRU, and the mean of the
    last two. `words` (2): how many words and signs were written; `first` (2,
    4): the percentage of words that were offered before a letter was typed.
    """
    saved, counted, firsts = [], [], []
    for language in LANGUAGES:
        model, vocabulary = restored(network(language, "gru"))
        reading = Reading(language)
        _, unigram, _, trigram = _grams(reading)
        keys, whole, early, total = np.zeros(4), 0, np.zeros(4), 0
        lists = [words(text) for text in corpus.part(language, "test")]
        for tokens in lists:
            numbers = vocabulary.encode(tokens)
            with torch.no_grad():
                logits, _ = model(torch.tensor([[1, *numbers]]).T)
            ours = logits[:, 0].softmax(-1).numpy()
            for t, word in enumerate(tokens):
                before = numbers[:t]
                third = trigram.probabilities(before)
                every = (
                    unigram.probabilities(before),
                    third,
                    ours[t],
                    (third + ours[t]) / 2,
                )
                letters = word[0].isalpha()
                whole += len(word) + letters
                total += letters
                for n, p in enumerate(every):
                    used = keystrokes(word, _screen(p, vocabulary))
                    keys[n] += used
                    early[n] += letters and used == 1
        saved.append(100 - 100 * keys / whole)
        firsts.append(100 * early / total)
        counted.append(sum(map(len, lists)))
    return {
        "saved": np.array(saved),
        "first": np.array(firsts),
        "words": counted,
    }


def _screen(
    p: NDArray[Any], vocabulary: Vocabulary
) -> Callable[[str], list[str]]:
    """The three words offered, for the letters typed so far."""
    chances = torch.from_numpy(p)
    return lambda start: [
        word for word, _ in suggestions(chances, vocabulary, 3, start)
    ]


TEMPERATURES = (0.3, 0.7, 1.0, 1.5)
OPENINGS = {"es": "la red", "en": "the network"}


@kept
def samples() -> dict[str, Any]:
    """Texts drawn from the models; by language.

    `words`: from the GRU of words after `OPENINGS`, for each of TEMPERATURES;
    `top`: at temperature 1, from the 10 likeliest; `letters`: from the GRU of
    characters, temperature 0.5. `entropy` (2, 4): in bits, mean of what is
    drawn from, at each temperature, along the test text.
    """
    found: dict[str, Any] = {"entropy": []}
    for language in LANGUAGES:
        reader = Predictor(*restored(network(language, "gru")))

        def text(
            temperature: float,
            k: int | None = None,
            reader: Predictor = reader,
            language: str = language,
        ) -> str:
            generator = torch.Generator().manual_seed(3)
            reader.reset()
            reader.read(OPENINGS[language])
            drawn = list(reader.write(24, temperature, k, generator))
            return joined([*words(OPENINGS[language]), *drawn])

        speller = Predictor(*restored(spelling(language)), characters)
        opening = OPENINGS[language].capitalize() + " "
        speller.read(opening)
        generator = torch.Generator().manual_seed(0)
        letters = "".join(speller.write(150, 0.5, None, generator))
        found[language] = {
            "words": [text(temperature) for temperature in TEMPERATURES],
            "top": text(1.0, 10),
            "letters": opening + letters,
        }
        entropies = []
        for numbers in Reading(language).text["test"]:
            with torch.no_grad():
                logits, _ = reader.model(torch.tensor([[1, *numbers]]).T)
            for temperature in TEMPERATURES:
                logs = (logits[:, 0, 1:] / temperature).log_softmax(-1)
                entropies.append(-(logs.exp() * logs).sum(-1) / np.log(2))
        each = [
            float(torch.cat(entropies[n :: len(TEMPERATURES)]).mean())
            for n in range(len(TEMPERATURES))
        ]
        found["entropy"].append(each)
    return found
