"""What the language models say: suggestions, samples, causes and keys saved.

They are those of `rnncourse.experiments.languages`, trained once.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnncourse import corpus
from rnncourse.experiments.languages import (
    EPOCHS,
    FRESH,
    GRAMMAR,
    KINDS,
    SEEDS,
    E,
    H,
    Reading,
    V,
    grams,
    network,
    ngrams,
    restored,
    spelling,
)
from rnncourse.experiments.languages import without as trained_without
from rnncourse.store import kept
from rnncourse.text import (
    LanguageModel,
    Predictor,
    Vocabulary,
    characters,
    joined,
    keystrokes,
    saliency,
    suggestions,
    words,
)
from rnncourse.words import LANGUAGES


@kept
def table() -> dict[str, Any]:
    """Every model in one table; arrays begin with the two languages.

    `perplexity`, `least` and `most` (2, 7): of test text, over the seeds, in
    the order of GRAMS and KINDS; `agreement`, `worst` (2, 7): in percent;
    `lead` (2, 3): by how much a network is below the trigram, in percent of its
    perplexity; `mixed` and `share` (2, 3): of each network with the trigram;
    `gain` (2, 3): by how much that is below.
    """
    mean = np.mean
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
            "perplexity": row("perplexity", mean),
            "least": row("perplexity", np.min),
            "most": row("perplexity", np.max),
            "agreement": row("agreement", mean),
            "worst": row("agreement", np.min),
            "mixed": [mean(net["mixed"]) for net in nets],
            "share": [mean(net["share"]) for net in nets],
            "lead": [100 - 100 * mean(n["perplexity"]) / trigram for n in nets],
            "gain": [100 - 100 * mean(n["mixed"]) / trigram for n in nets],
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
    the four suggestions after `PROMPTS` and after `TWINS`; `verb_chance`, (2,
    4), theirs.
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
    verb, in either. `erased` (2, 2): by how much ln P(verb) - ln P(other) falls
    if the subject's noun is read as unknown, and if the last word is; means.
    """
    found: dict[str, Any] = {"subject": [], "last": [], "erased": []}
    for language in LANGUAGES:
        model, vocabulary = restored(network(language, "gru"))
        fresh = Reading(language).fresh[:200]
        pairs = {s.words[-1]: s.wrong for s in fresh}
        pairs |= {s.wrong: s.words[-1] for s in fresh}
        asked = _Question(model, vocabulary)
        predictor = Predictor(model, vocabulary)
        predictor.read(PROMPTS[language])
        text, verb = words(PROMPTS[language]), predictor.suggest(1)[0][0]
        found[language] = {
            "words": text,
            "verb": verb,
            "other": pairs[verb],
            "why": asked.why(text, verb, pairs[verb]),
        }
        shares, falls = [], []
        for s in fresh:
            told, right = list(s.words[:-1]), s.words[-1]
            shares.append(asked.why(told, right, s.wrong))
            falls.append(asked.erased(told, right, s.wrong))
        mean = np.mean(shares, axis=0)
        found["subject"].append(mean[:, :2].sum(-1))
        found["last"].append(mean[:, -1])
        found["erased"].append(np.mean(falls, axis=0)[[1, -1]])
    names = ("subject", "last", "erased")
    return found | {name: np.array(found[name]) for name in names}


class _Question:
    """Which words a model's choice between two verbs rests on."""

    def __init__(self, model: LanguageModel, vocabulary: Vocabulary) -> None:
        self.model, self.vocabulary = model, vocabulary

    def why(
        self, text: list[str], verb: str, other: str
    ) -> NDArray[np.float64]:
        """Shares of each word in the gradient: of the verb, of the choice."""
        numbers = self.vocabulary.encode(text)
        one, two = self.vocabulary.encode([verb, other])
        moved = [
            saliency(self.model, numbers, one, instead).double().numpy()
            for instead in (None, two)
        ]
        return np.array([part / part.sum() for part in moved])

    @torch.no_grad()
    def erased(
        self, text: list[str], verb: str, other: str
    ) -> NDArray[np.float64]:
        """How much the choice loses when each word is read as unknown."""
        numbers = self.vocabulary.encode(text)
        one, two = self.vocabulary.encode([verb, other])
        T = len(numbers)
        whole = torch.tensor([[1, *numbers]]).T.repeat(1, T + 1)
        whole[torch.arange(1, T + 1), torch.arange(T)] = 0
        last = self.model(whole)[0][-1].log_softmax(-1)  # (T + 1, V)
        choice = last[:, one] - last[:, two]
        return (choice[-1] - choice[:-1]).double().numpy()


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
        _, unigram, _, trigram = ngrams(reading)
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


@kept
def without() -> dict[str, Any]:
    """See `languages.without`: the GRU as it is, and less one of its parts."""
    return trained_without()


@kept
def letters() -> dict[str, Any]:
    """Bits per character of test text; arrays begin with the two languages.

    `grams` (2, 6): of the 1- to 6-gram; `bits` (2): of the GRU; `mixed` (2):
    of half and half of the two last; `tokens` and `size` (2): characters read
    and different ones.
    """
    both = [spelling(language) for language in LANGUAGES]
    names = ("grams", "bits", "mixed", "tokens", "size")
    return {name: np.array([one[name] for one in both]) for name in names}
