"""What order, length and memory do: readers untrained, readers trained, words.

Readers are those of `rnncourse.sequences`, always in the order of `READERS`:
the window, the bag, the convolution with a dense head, the same with a mean
over the places, and the recurrent network.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnncourse.data import (
    FORMANTS,
    Sentence,
    encoded,
    population,
    sea_temperature,
    stock_prices,
    vocabulary,
    vowel,
)
from rnncourse.data import (
    agreement as agreement_sentences,
)
from rnncourse.sequences import (
    Bag,
    Convolution,
    Recurrent,
    Window,
    accepted,
    ngram,
    prefers,
)
from rnncourse.store import kept
from rnncourse.training import Network, fit
from rnncourse.words import LANGUAGES

READERS = ("window", "bag", "convolution", "pooled", "recurrent")
MONTHS, UNITS, SHUFFLES = 12, 16, 1000
SEEDS = 3
SENTENCE = {
    "es": ("los gatos que vi ayer en la plaza", "el gato", 2),
    "en": ("the cats that I saw yesterday in the square", "the cat", 2),
}
JOINT = {"es": "y", "en": "and"}


def _readers(features: int, outputs: int, steps: int) -> list[nn.Module]:
    return [
        Window(features, UNITS, outputs, steps),
        Bag(features, UNITS, outputs),
        Convolution(features, UNITS, outputs, steps),
        Convolution(features, UNITS, outputs),
        Recurrent(features, UNITS, outputs),
    ]


@kept
def series() -> dict[str, Any]:
    """Four sequences: a price, the sea, a population, a voice.

    `price_days` and `price`: Apple's adjusted close, US dollars. `sea_days`
    and `sea`: mean of each day, degrees Celsius. `years` and `people`: the
    world's population in billions; `known` of its points are estimates, the
    rest projections. `time` and `voice`: a vowel synthesised from formants,
    milliseconds and no unit; `rate`, `pitch` and `formants` in hertz.

    Source: Quandl WIKI Prices (public domain); NERACOOS buoy B01; United
    Nations, World Population Prospects 2024 (CC BY 3.0 IGO); all as carried by
    bokeh_sampledata 2026.1.
    """
    prices, sea = stock_prices("AAPL"), sea_temperature(24 * 60)
    known, later = (
        population("World", kind) for kind in ("estimates", "projections")
    )
    rate, pitch = 8000, 120.0
    voice = vowel(
        "a", 320, rate, pitch, generator=torch.Generator().manual_seed(0)
    )
    return {
        "price_days": [str(day) for day in prices.dates],
        "price": prices.values,
        "sea_days": [str(day)[:10] for day in sea.dates],
        "sea": sea.values,
        "years": [int(str(y)) for y in (*known.dates, *later.dates)],
        "people": np.concatenate([known.values, later.values]) / 1e9,
        "known": len(known),
        "time": 1000 * np.arange(len(voice)) / rate,
        "voice": voice,
        "rate": rate,
        "pitch": pitch,
        "formants": list(FORMANTS["a"]),
        "lengths": [len(prices), len(sea), len(known) + len(later), len(voice)],
    }


@kept
def order() -> dict[str, Any]:
    """A year of sea temperature in order, shuffled and as a bag.

    `sea` (12): the mean of each month from March 2016, degrees Celsius;
    `shuffled` (12) which month stands at each place, `sorted` the same from
    the coldest to the warmest. `answers` (5, 3): what the untrained `readers`,
    with one output, say of the temperatures, made to have mean 0 and standard
    deviation 1, in order, shuffled and sorted. `median`, `least` and `most`
    (5): of how much the answer moves over 1,000 shuffles.
    """
    daily = sea_temperature(24 * 60)
    days, values = [str(day)[:10] for day in daily.dates], daily.values
    months = sorted({day[:7] for day in days})[1 : MONTHS + 1]
    sea = np.array(
        [
            np.mean(
                [v for d, v in zip(days, values, strict=True) if d[:7] == m]
            )
            for m in months
        ]
    )
    x = torch.tensor((sea - sea.mean()) / sea.std())[:, None, None]
    generator = torch.Generator().manual_seed(0)
    shuffles = [
        torch.randperm(MONTHS, generator=generator) for _ in range(SHUFFLES)
    ]
    ranked = torch.tensor(np.argsort(sea))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        readers = [r.double() for r in _readers(1, 1, MONTHS)]
        orders = [torch.arange(MONTHS), shuffles[0], ranked]
        answers = [[r(x[o]).item() for o in orders] for r in readers]
        every = torch.cat([x[o] for o in shuffles], dim=1)  # (T, 1000, 1)
        moved = [(r(every)[:, 0] - r(x)[0, 0]).abs().numpy() for r in readers]
    return {
        "readers": list(READERS),
        "months": months,
        "sea": sea,
        "shuffled": shuffles[0].numpy(),
        "sorted": ranked.numpy(),
        "answers": np.array(answers),
        "median": np.median(moved, axis=1),
        "least": np.min(moved, axis=1),
        "most": np.max(moved, axis=1),
        "shuffles": SHUFFLES,
    }


@kept
def rows() -> dict[str, Any]:
    """The rows of a table, given one after the other, in another order.

    An ordinary network and a recurrent one that carries its state from row to
    row read 12 rows of 3 columns, and then the same rows shuffled (which the
    ordinary one takes all at once). `moved` (2): the largest change of the
    answer to one row. `twice` (2): how far the
    answers to one row given twice in a row are apart. `weights` (2): how far
    the parameters moved meanwhile.
    """
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(12, 3, generator=generator, dtype=torch.float64)
    places = torch.randperm(12, generator=generator)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        ordinary = Window(3, UNITS, 1, 1).double()
        recurrent = Network(nn.RNN(3, UNITS), 1).double()
        before = [
            nn.utils.parameters_to_vector(n.parameters()).clone()
            for n in (ordinary, recurrent)
        ]

        def answers(x: Tensor) -> list[Tensor]:
            alone = [ordinary(row[None, None])[0, 0] for row in x]
            return [torch.stack(alone), recurrent(x[:, None])[0][:, 0, 0]]

        in_order, shuffled = answers(table), answers(table[places])
        shuffled[0] = ordinary(table[places][None])[:, 0]  # all at once
        twice = answers(table[[0, 0]])
        after = [
            nn.utils.parameters_to_vector(n.parameters())
            for n in (ordinary, recurrent)
        ]
    pairs = zip(in_order, shuffled, strict=True)
    moves = zip(before, after, strict=True)
    return {
        "rows": len(table),
        "moved": [float((a[places] - b).abs().max()) for a, b in pairs],
        "twice": [float((y[1] - y[0]).abs()) for y in twice],
        "first": [float(y[0]) for y in twice],
        "second": [float(y[1]) for y in twice],
        "weights": [float((a - b).abs().max()) for a, b in moves],
    }


@kept
def sizes() -> dict[str, Any]:
    """Which lengths the readers of 12 steps take, from 1 to 40, by trying.

    `taken`, `least` and `most` (5): how many lengths, and which;
    `parameters` (5), with D = 1 and Q = 1; `longer` (5), those of readers of
    120 steps.
    """
    with torch.random.fork_rng():
        readers = _readers(1, 1, MONTHS)
        longer = _readers(1, 1, 10 * MONTHS)
    taken = [accepted(reader, range(1, 41), 1) for reader in readers]

    def count(reader: nn.Module) -> int:
        return sum(parameter.numel() for parameter in reader.parameters())

    return {
        "readers": list(READERS),
        "steps": MONTHS,
        "longest": 40,
        "units": UNITS,
        "taken": [len(lengths) for lengths in taken],
        "least": [min(lengths) for lengths in taken],
        "most": [max(lengths) for lengths in taken],
        "parameters": [count(reader) for reader in readers],
        "longer": [count(reader) for reader in longer],
    }


class _Stateless(nn.Module):
    """A reader in the form that `fit` takes, its state None."""

    def __init__(self, reader: nn.Module) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        return self.reader(x), None


def _marks(T: int, N: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two marks at two of T steps, each on its own line; was it the first's?"""
    ranked = torch.rand(N, T, generator=generator).argsort(1)
    x, n = torch.zeros(T, N, 2), torch.arange(N)
    x[ranked[:, 0], n, 0] = 1.0
    x[ranked[:, 1], n, 1] = 1.0
    return x, (ranked[:, 0] < ranked[:, 1]).float()[:, None]


@kept
def first() -> dict[str, Any]:
    """Which of two marks came first: accuracy of trained readers, in percent.

    `accuracy` (6, 2, 3): of the `readers`, the last of which is the recurrent
    network again, trained with lengths drawn from 5 to 15 where the others saw
    only 10; on 2,000 fresh sequences of length 10 and of length 20, for three
    seeds; -1 where the reader takes no such length. `worst` and `best` (6, 2),
    over the seeds. Trained on 500 batches of 32 sequences with Adam, the last
    one on 1,000.
    """
    length, kinds = 10, [*range(len(READERS)), len(READERS) - 1]
    found = np.full((len(kinds), 2, SEEDS), -1.0)
    with torch.random.fork_rng():
        for seed in range(SEEDS):
            for i, kind in enumerate(kinds):
                torch.manual_seed(seed)
                reader = _readers(2, 1, length)[kind]
                generator = torch.Generator().manual_seed(seed)
                lengths = torch.randint(5, 16, (1000,), generator=generator)
                if i < len(READERS):
                    lengths = torch.full((500,), length)
                for _ in fit(
                    _Stateless(reader),
                    (_marks(T, 32, generator) for T in lengths.tolist()),
                    nn.functional.binary_cross_entropy_with_logits,
                    torch.optim.Adam(reader.parameters(), lr=0.01),
                    clip=1.0,
                ):
                    pass
                for j, T in enumerate((length, 2 * length)):
                    if accepted(reader, [T], 2):
                        x, y = _marks(T, 2000, generator)
                        with torch.no_grad():
                            right = (reader(x) > 0) == (y > 0)
                        share = right.double().mean().item()
                        found[i, j, seed] = 100 * share
    return {
        "readers": [*READERS, "varied"],
        "length": length,
        "seeds": SEEDS,
        "accuracy": found,
        "worst": found.min(-1),
        "best": found.max(-1),
    }


def _clauses(sentence: Sentence, language: str) -> set[str]:
    between = " ".join(sentence.words[2:-1])
    return set(between.split(f" {JOINT[language]} ")) if between else set()


def _split(
    language: str, generator: torch.Generator
) -> tuple[list[list[Sentence]], list[list[Sentence]], tuple[int, int]]:
    """Sentences of 0, 1 and 2 clauses to train on; of 1, 2 and 3 held out.

    A third of the clauses, the one of `SENTENCE` among them, is held out:
    none is seen in training, none other stands in what is held out.
    """
    drawn = [
        agreement_sentences(6000, language, clauses, generator)
        for clauses in range(4)
    ]
    every = sorted({c for s in drawn[1] for c in _clauses(s, language)})
    text, _, size = SENTENCE[language]
    ours = " ".join(text.split()[size:])
    every.remove(ours)
    places = torch.randperm(len(every), generator=generator).tolist()
    held = {ours, *(every[place] for place in places[: len(every) // 3])}
    train = [
        [s for s in sentences if not _clauses(s, language) & held][:1000]
        for sentences in drawn[:3]
    ]
    test = [
        [s for s in sentences if _clauses(s, language) <= held]
        for sentences in drawn[1:]
    ]
    return train, test, (len(held), len(every) + 1)


class _Words:
    """Words as one-hot vectors, and networks that say which comes next."""

    def __init__(self, sentences: list[Sentence]) -> None:
        self.words = vocabulary(sentences)
        self.place = {word: i for i, word in enumerate(self.words)}

    def hot(self, numbers: Tensor) -> Tensor:
        return nn.functional.one_hot(numbers, len(self.words)).float()

    def batches(
        self,
        sources: list[list[Sentence]],
        steps: int,
        generator: torch.Generator,
        last: bool,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for k in range(steps):
            source = sources[k % len(sources)]
            places = torch.randint(len(source), (50,), generator=generator)
            e = encoded([source[i] for i in places.tolist()], self.words)
            yield self.hot(e[:-1]), e[-1] if last else e[1:]

    def after(self, network: nn.Module, sentences: list[Sentence]) -> Tensor:
        """What the network says of each word, from all before it."""
        e = encoded(sentences, self.words)
        with torch.no_grad():
            return network(self.hot(e[:-1]))[0]

    def agrees(self, said: Tensor, sentences: list[Sentence]) -> float:
        """How often the right verb is above the same in the other number."""
        rows = torch.arange(len(sentences))
        right = [self.place[s.words[-1]] for s in sentences]
        wrong = [self.place[s.wrong] for s in sentences]
        return (said[rows, right] > said[rows, wrong]).float().mean().item()


def _next_word(output: Tensor, y: Tensor) -> Tensor:
    return nn.functional.cross_entropy(output.flatten(0, -2), y.flatten())


def _trained(
    words: _Words,
    network: nn.Module,
    train: list[list[Sentence]],
    seed: int,
    last: bool,
) -> nn.Module:
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(seed)
    steps = 200 if last else 600
    batches = words.batches(train, steps, generator, last)
    for _ in fit(network, batches, _next_word, optimizer, clip=1.0):
        pass
    return network


def _in(language: str) -> dict[str, Any]:
    """One language of `agreement`."""
    generator = torch.Generator().manual_seed(0)
    train, test, held = _split(language, generator)
    text, twin, size = SENTENCE[language]
    told, one = text.split(), test[0]
    words = _Words([s for part in train for s in part])
    known = [s.words for part in train for s in part]
    singular = [*twin.split(), *told[size:]]
    grams = []
    for n in (2, 3, len(told)):
        counts = ngram(known, n)
        scores = [
            prefers(counts, s.words[:-1], s.words[-1], s.wrong) for s in one
        ]
        grams.append(float(np.mean(scores)))
    V = len(words.words)
    plural = sorted(
        {words.place[s.words[-1] if s.plural else s.wrong] for s in one}
    )
    both = sorted({words.place[v] for s in one for v in (s.words[-1], s.wrong)})
    bags, nets, hits, verbs = [], [], [], []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        bag = _Stateless(Bag(V, 32, V))
        _trained(words, bag, train, seed, last=True)
        bags.append(words.agrees(words.after(bag, one), one))
        network = Network(nn.RNN(V, 32), V)
        _trained(words, network, train, seed, last=False)
        said = [words.after(network, part) for part in test]
        nets.append(
            [words.agrees(s[-1], p) for s, p in zip(said, test, strict=True)]
        )
        hit = said[0].argmax(-1) == encoded(one, words.words)[1:]
        hits.append(hit.float().mean().item())
        chosen = said[0][-1][:, both].argmax(-1)
        came = [both.index(words.place[s.words[-1]]) for s in one]
        verbs.append((chosen == torch.tensor(came)).float().mean().item())
        if seed == 0:
            shown = network
    pair = torch.tensor([[words.place[w] for w in told],
                         [words.place[w] for w in singular]]).T  # fmt: skip
    with torch.no_grad():
        states, _ = shown.layer(words.hot(pair))
        chances = shown.readout(states[-1]).softmax(-1)
    share = chances[:, plural].sum(-1) / chances[:, both].sum(-1)
    return {
        "sentences": sum(len(part) for part in train),
        "held_out": [len(part) for part in test],
        "clauses": held[0],
        "every": held[1],
        "vocabulary": V,
        "reach": len(told),
        "grams": grams,
        "bag": bags,
        "recurrent": np.array(nets),
        "worst": np.array(nets).min(0),
        "hit": hits,
        "verb": verbs,
        "distance": (states[:, 0] - states[:, 1]).norm(dim=-1).numpy(),
        "share": share.numpy(),
    }


@kept
def agreement() -> dict[str, Any]:
    """Subject and verb across a clause, in Spanish and English, in percent.

    Models read the same training sentences, of 0, 1 and 2 clauses (1,000
    each), and are asked on sentences whose clauses none of them has seen
    (`clauses` of `every`) which number the verb takes. All arrays begin with
    the two languages. `grams` (2, 3): the bigram, the trigram and the n-gram of
    `reach` words, whose context is all from the subject's noun on. `bag`
    (2, 3) and `recurrent` (2, 3, 3): three seeds each; for the recurrent
    network, then, sentences of 1, 2 and 3 clauses. `worst` (2, 3): of the
    seeds. `hit` (2): how often its first suggestion was the word that came;
    `verb` (2): how often, among the verbs, it put first the one that came
    (means of the seeds). `share` (2, 2): of what it gives to the verbs, how
    much goes to plural ones, after the sentence of `SENTENCE` and after the
    same in the singular; `distance`: between its states along both, a list for
    each language. `contexts` (2): how many contexts the longest n-gram can
    have; `noise` (2): two standard errors of an accuracy of a half.
    """
    with torch.random.fork_rng():
        found = [_in(language) for language in LANGUAGES]

    def both(key: str, scale: float = 100.0) -> NDArray[np.float64]:
        return scale * np.array([one[key] for one in found], dtype=np.float64)

    return {
        "sentences": [one["sentences"] for one in found],
        "held_out": [one["held_out"] for one in found],
        "clauses": [one["clauses"] for one in found],
        "every": [one["every"] for one in found],
        "vocabulary": [one["vocabulary"] for one in found],
        "reach": [one["reach"] for one in found],
        "contexts": [
            float(one["vocabulary"]) ** (one["reach"] - 1) for one in found
        ],
        "grams": both("grams"),
        "bag": both("bag"),
        "recurrent": both("recurrent"),
        "worst": both("worst"),
        "bag_worst": both("bag").min(-1),
        "longest_best": both("recurrent")[:, :, 2].max(-1),
        "hit": both("hit").mean(-1),
        "verb": both("verb").mean(-1),
        "share": both("share"),
        "distance": [one["distance"] for one in found],
        "seeds": SEEDS,
        "noise": [100 / float(np.sqrt(one["held_out"][0])) for one in found],
    }
