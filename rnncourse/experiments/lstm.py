"""The LSTM at work: its memory, its gradients, its gates once trained.

Along the direct path dc_t/dc_{t-1} = diag(f_t), with h_{t-1} held fixed; the
total derivative adds what goes through h_{t-1}, with o_{t-1} following too.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.backprop import sigma
from rnncourse.data import (
    Sentence,
    adding,
    agreement,
    encoded,
    log_returns,
    stock_prices,
    vocabulary,
)
from rnncourse.lstm import LSTMCell, set_forget_bias
from rnncourse.rnn import RNNCell
from rnncourse.store import kept
from rnncourse.training import Network, fit

FLOAT = torch.float64
NAMES = ("i", "f", "g", "o", "c", "h")


def trace(
    cell: LSTMCell, x: Tensor, state: tuple[Tensor, Tensor] | None = None
) -> dict[str, Tensor]:
    """i, f, g, o, c and h of every step, (T, N, H) or (T, H) each."""
    found: dict[str, list[Tensor]] = {name: [] for name in NAMES}
    for x_t in x:
        h, c = cell.start_both(x_t, state)
        i, f, g, o = sum(cell.affine(x_t, h)).chunk(4, dim=-1)  # type: ignore[union-attr]
        state = cell(x_t, (h, c))
        values = (i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())
        for name, value in zip(
            NAMES, (*values, state[1], state[0]), strict=True
        ):
            found[name].append(value)
    return {name: torch.stack(values) for name, values in found.items()}


def gated(
    D: int, H: int, i: float = 0.0, f: float = 0.0, o: float = 0.0
) -> LSTMCell:
    """A cell of zero weights in float64, its gates' biases as given."""
    cell = LSTMCell(D, H, dtype=FLOAT)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        for block, value in zip(
            cell.get_parameter("bias_ih").chunk(4),
            (i, f, 0.0, o),
            strict=True,
        ):
            block.fill_(value)
    return cell


X = (1.0, 0.0, -1.0)
W_XC, W_HC, B_F = 0.5, 0.8, 2.0


@kept
def scalar() -> dict[str, Any]:
    """Three steps by hand, of a cell of one unit; element t is that of step t.

    The input node has the weights of the simple network of the course, 1/2
    and 4/5; i_t = o_t = sigma(x_t), f_t = sigma(2). `direct` is the product of
    f_3 and f_2, `simple` dh_3/dh_1 of the simple network, `total` dc_3/dc_1
    when h follows c, and `through_h` what it adds to the direct path.
    """
    h = c = 0.0
    rows = {name: [0.0] for name in ("a_c", "g", "i", "f", "o", "c", "h")}
    rows["c"], rows["h"] = [c], [h]
    for x_t in X:
        a_c = W_XC * x_t + W_HC * h
        g, i, f, o = math.tanh(a_c), sigma(x_t), sigma(B_F), sigma(x_t)
        c = f * c + i * g
        h = o * math.tanh(c)
        for name, value in zip(rows, (a_c, g, i, f, o, c, h), strict=True):
            rows[name].append(value)
    found = {name: np.array(values) for name, values in rows.items()}
    shown = found["o"] * (1 - np.tanh(found["c"]) ** 2)  # dh_t/dc_t
    through = found["i"] * (1 - found["g"] ** 2) * W_HC  # dc_t/dh_{t-1}
    links = found["f"][1:] + through[1:] * shown[:-1]
    h_plain, factor = 0.0, 1.0
    for t, x_t in enumerate(X, start=1):
        h_plain = math.tanh(0.5 * x_t + 0.8 * h_plain)
        factor *= 0.8 * (1 - h_plain**2) if t > 1 else 1.0
    direct = float(found["f"][3] * found["f"][2])
    return {
        "x": np.array([0.0, *X]),
        **found,
        "kept": found["f"][1:] * found["c"][:-1],
        "written": found["i"][1:] * found["g"][1:],
        "direct": direct,
        "total": float(links[2] * links[1]),
        "through_h": float(links[2] * links[1]) - direct,
        "simple": factor,
    }


@kept
def memory() -> dict[str, Any]:
    """f^t for four constant forget gates, t = 0, ..., 100.

    `kept` (4, 101) for the gates of `gates`; `half` (3,), how many steps
    halve what is kept with the first three; `sure` (3,), the bias of which
    each is the logistic.
    """
    gates = [0.5, 0.9, 0.99, 1.0]
    t = np.arange(101)
    below = gates[:3]
    return {
        "gates": gates,
        "t": t,
        "kept": np.array([f**t for f in gates]),
        "half": [math.log(0.5) / math.log(f) for f in below],
        "sure": [math.log(f / (1 - f)) for f in below],
    }


LAG, UNITS, NETS = 50, 32, 21
BIASES = (0.0, 1.0, 2.0)


def _paths(cell: LSTMCell, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """|v dc_T/dc_t| by lag: along the direct path, and in all."""
    zero = torch.zeros(UNITS, dtype=FLOAT, requires_grad=True)
    cells, h, forgets = [zero], torch.zeros(UNITS, dtype=FLOAT), []
    for x_t in x:
        _, f, _, _ = sum(cell.affine(x_t, h)).chunk(4)  # type: ignore[union-attr]
        forgets.append(f.sigmoid().detach())
        h, c = cell(x_t, (h, cells[-1]))
        cells.append(c)
    total = torch.autograd.grad(v @ cells[-1], cells)
    direct = [v]
    for f in reversed(forgets):
        direct.append(f * direct[-1])
    return (
        torch.stack([part.norm() for part in direct]),
        torch.stack([part.norm() for part in reversed(total)]),
    )


@kept
def through_time() -> dict[str, Any]:
    """What is left by lag of a gradient of norm 1: medians of 21 networks.

    32 units, PyTorch's initial weights, inputs of 3 normal numbers. `simple`
    (51,), |v dh_T/dh_t| of a tanh network; `direct` and `total` (3, 51), that
    of dc_T/dc_t of an LSTM along the direct path and in all, for the forget
    gates' biases of `biases`; `simple_last`, `direct_last` and `total_last`
    are those of lag 50.
    """
    simple = np.zeros((NETS, LAG + 1))
    paths = np.zeros((2, len(BIASES), NETS, LAG + 1))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for n in range(NETS):
            x = torch.randn(LAG, 3, dtype=FLOAT)
            v = torch.randn(UNITS, dtype=FLOAT)
            v = v / v.norm()
            plain = RNNCell(3, UNITS, dtype=FLOAT)
            h = torch.zeros(UNITS, dtype=FLOAT, requires_grad=True)
            states = [h]
            for x_t in x:
                states.append(plain(x_t, states[-1]))
            sent = torch.autograd.grad(v @ states[-1], states)
            simple[n] = [part.norm().item() for part in reversed(sent)]
            cell = LSTMCell(3, UNITS, dtype=FLOAT)
            for j, bias in enumerate(BIASES):
                set_forget_bias(cell, bias)
                for k, part in enumerate(_paths(cell, x, v)):
                    paths[k, j, n] = part.numpy()
    middle, (direct, total) = np.median(simple, 0), np.median(paths, 2)
    return {
        "lags": np.arange(LAG + 1),
        "biases": list(BIASES),
        "nets": NETS,
        "units": UNITS,
        "simple": middle,
        "direct": direct,
        "total": total,
        "simple_last": float(middle[-1]),
        "direct_last": direct[:, -1],
        "total_last": total[:, -1],
    }


@kept
def explosion() -> dict[str, Any]:
    """One unit whose total derivative explodes while its forget gate is < 1.

    W_hc = 4, i = o = 1/2, f = sigma(2), no input, c_0 = 0: the state stays at
    0, and dc_t/dc_{t-1} is f + i o W_hc = `factor` at each step. `direct` and
    `total` (51,) by lag; `moved` (51,), the total derivative dc_k/dc_0 when
    c_0 = 1/2, where tanh saturates.
    """
    cell = gated(1, 1, f=B_F)
    with torch.no_grad():
        cell.weight_hh[2] = 4.0
    x = torch.zeros(LAG, 1, dtype=FLOAT)
    slopes = []
    for begin in (0.0, 0.5):
        c = torch.full((1,), begin, dtype=FLOAT, requires_grad=True)
        first, now = c, c
        h = sigma(0.0) * first.tanh()
        row = [1.0]
        for x_t in x:
            h, now = cell(x_t, (h, now))
            (slope,) = torch.autograd.grad(now.sum(), c, retain_graph=True)
            row.append(slope.item())
        slopes.append(np.array(row))
    f = sigma(B_F)
    lags = np.arange(LAG + 1)
    return {
        "lags": lags,
        "factor": f + 1.0,
        "f": f,
        "direct": f**lags,
        "total": slopes[0],
        "moved": slopes[1],
        "last": [f**LAG, float(slopes[0][-1]), float(slopes[1][-1])],
    }


PULSE_STEPS = 30


@kept
def pulse() -> dict[str, Any]:
    """What is left of an input at step 1, for three forget biases.

    Two runs of an untrained LSTM of 32 units that differ in x_1 only; `left`
    (3, 30), |difference of c_t| over that of c_1, median of 21 networks, for
    the biases of `biases`; `constant` (3, 30), sigma(bias)^(t - 1); `gate`
    (3,), sigma(bias); `after_10` (3,), `left` at t = 11.
    """
    left = np.zeros((len(BIASES), NETS, PULSE_STEPS))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        for n in range(NETS):
            cell = LSTMCell(3, UNITS, dtype=FLOAT)
            x = torch.randn(PULSE_STEPS, 3, dtype=FLOAT)
            other = x.clone()
            other[0] += torch.randn(3, dtype=FLOAT)
            for j, bias in enumerate(BIASES):
                set_forget_bias(cell, bias)
                gap = trace(cell, x)["c"] - trace(cell, other)["c"]
                size = gap.norm(dim=-1)
                left[j, n] = (size / size[0]).numpy()
    middle = np.median(left, axis=1)
    t = np.arange(1, PULSE_STEPS + 1)
    gate = np.array([sigma(bias) for bias in BIASES])
    return {
        "biases": list(BIASES),
        "t": t,
        "gate": gate,
        "left": middle,
        "constant": gate[:, None] ** (t - 1),
        "after_10": middle[:, 10],
    }


SEEDS, STEPS, EACH, BATCH, RATE = 3, 400, 10, 64, 0.02
SENTENCES, FRESH, UNITS_WORDS = 2000, 1000, 16


class _Verbs:
    """Sentences of the agreement grammar as one-hot words."""

    def __init__(self, language: str) -> None:
        self.corpus = _sentences(SENTENCES, language, 0)
        self.words = vocabulary(self.corpus)
        self.coded = encoded(self.corpus, self.words)  # (T, 2000)

    def hot(self, coded: Tensor) -> Tensor:
        return nn.functional.one_hot(coded, len(self.words)).float()

    def batches(
        self, steps: int, last: bool
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """All but the verb; and each next word, or the verb alone."""
        for _ in range(steps):
            some = self.coded[:, torch.randint(SENTENCES, (BATCH,))]
            yield self.hot(some[:-1]), some[-1] if last else some[1:]

    def agrees(self, scores: Tensor, tests: list[Sentence]) -> Tensor:
        """Whether the right verb scores above the same in the other number."""
        n = torch.arange(len(tests))
        right = encoded(tests, self.words)[-1]
        wrong = torch.tensor([self.words.index(s.wrong) for s in tests])
        return scores[n, right] > scores[n, wrong]


def _sentences(N: int, language: str, seed: int) -> list[Sentence]:
    return agreement(N, language, 1, torch.Generator().manual_seed(seed))


def _trained(
    verbs: _Verbs, units: int, bias: float, steps: int, last: bool
) -> tuple[Network, list[float]]:
    """An LSTM that guesses each next word, or the verb; and its losses."""
    V = len(verbs.words)
    network = Network(nn.LSTM(V, units), V, last)
    set_forget_bias(network.layer, bias)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)

    def loss(y_hat: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(y_hat.flatten(0, -2), y.flatten())

    found = fit(network, verbs.batches(steps, last), loss, optimizer, clip=1.0)
    return network, [step.loss for step in found]


def _cell_of(network: Network) -> LSTMCell:
    layer = network.layer
    cell = LSTMCell(int(layer.input_size), int(layer.hidden_size))  # type: ignore[arg-type]
    state = layer.state_dict()
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in state.items()})
    return cell


@kept
def learning() -> dict[str, Any]:
    """Learning to choose the verb, with three forget biases, all else alike.

    LSTMs of `units` units read the English sentences of the agreement grammar
    up to the verb, and guess it: `training_steps` steps of Adam with `batch`
    sentences each, gradient clipped at 1, three seeds. `losses` (3, 3, 40), by
    bias and seed, means of 10 steps, at the steps of `steps`; `accuracy`
    (3, 3) on 1,000 fresh sentences and `worst`, `best` (3,) over the seeds;
    `blind` and `sees`, the loss of who knows the verbs and not the number, ln
    8, and of who knows both, ln 4; `learnt` (3,), the mean over the seeds of
    the first step whose mean is nearer `sees` than `blind`, 400 if none.
    """
    blind, sees = math.log(8), math.log(4)
    losses = np.zeros((len(BIASES), SEEDS, STEPS))
    accuracy = np.zeros((len(BIASES), SEEDS))
    verbs, tests = _Verbs("en"), _sentences(FRESH, "en", 1)
    x = verbs.hot(encoded(tests, verbs.words)[:-1])
    with torch.random.fork_rng():
        for j, bias in enumerate(BIASES):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                network, along = _trained(verbs, UNITS_WORDS, bias, STEPS, True)
                losses[j, seed] = along
                with torch.no_grad():
                    right = verbs.agrees(network(x)[0], tests)
                accuracy[j, seed] = right.float().mean().item()
    means = losses.reshape(len(BIASES), SEEDS, -1, EACH).mean(-1)
    steps = np.arange(EACH, STEPS + 1, EACH)
    done = means < (blind + sees) / 2
    first = np.where(done.any(-1), steps[done.argmax(-1)], STEPS)
    return {
        "biases": list(BIASES),
        "units": UNITS_WORDS,
        "seeds": SEEDS,
        "batch": BATCH,
        "training_steps": STEPS,
        "fresh": FRESH,
        "words": len(tests[0].words),
        "steps": steps,
        "losses": means,
        "accuracy": accuracy,
        "worst": accuracy.min(-1),
        "best": accuracy.max(-1),
        "blind": blind,
        "sees": sees,
        "learnt": first.mean(-1),
    }


def latch() -> LSTMCell:
    """One unit that writes x_1 when x_2 = 1 and shows it when x_3 = 1."""
    cell = gated(3, 1, i=-10.0, f=10.0, o=-10.0)
    with torch.no_grad():
        i, f, g, o = cell.weight_ih.chunk(4)
        i[0, 1], f[0, 1], g[0, 0], o[0, 2] = 20.0, -20.0, 2.0, 20.0
    return cell


WRITE, READ, WATCHED = 4, 18, 24


@kept
def opening() -> dict[str, Any]:
    """A value written at step 4, kept, and shown from step 18 on.

    `x` (24,), the values that come along; i, f, o, c and h (24,), by step;
    `before`, the largest |h| until the step before it opens; `after`, h when
    it opens; `cell`, c then; `hidden`, the largest |c - c_4| meanwhile.
    """
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(1)
        x = torch.zeros(WATCHED, 3, dtype=FLOAT)
        x[:, 0] = 2 * torch.rand(WATCHED, dtype=FLOAT) - 1
        x[WRITE - 1, 0] = 0.7
        x[WRITE - 1, 1] = 1.0
        x[READ - 1 :, 2] = 1.0
        found = {k: v[:, 0].numpy() for k, v in trace(latch(), x).items()}
    h, c = found["h"], found["c"]
    return {
        "t": np.arange(1, WATCHED + 1),
        "x": x[:, 0].numpy(),
        **found,
        "write": WRITE,
        "read": READ,
        "before": float(np.abs(h[: READ - 1]).max()),
        "after": float(h[READ - 1]),
        "cell": float(c[READ - 1]),
        "drift": float(np.abs(c[WRITE - 1 :] - c[WRITE - 1]).max()),
    }


def _with_subject(sentence: Sentence, other: Sentence) -> Sentence:
    """The same sentence with the other's subject, an article and a noun."""
    words = (*other.words[:2], *sentence.words[2:])
    return Sentence(words, sentence.wrong, other.plural)


def _language(language: str) -> dict[str, Any]:
    torch.manual_seed(0)
    verbs, tests = _Verbs(language), _sentences(FRESH, language, 1)
    network, _ = _trained(verbs, UNITS_WORDS, 2.0, STEPS, True)
    cell = _cell_of(network)
    x = verbs.hot(encoded(tests, verbs.words)[:-1])
    plural = torch.tensor([sentence.plural for sentence in tests])
    first = next(s for s in tests if s.plural)
    other = next(
        s for s in tests if not s.plural and s.words[1] + "s" == first.words[1]
    )
    shown = [first, _with_subject(first, other)]
    with torch.no_grad():
        right = verbs.agrees(network(x)[0], tests)
        c = trace(cell, x)["c"][-1]  # (1000, H), before the verb
        found = trace(cell, verbs.hot(encoded(shown, verbs.words)[:-1]))
    groups = c[plural], c[~plural]
    spread = sum(group.std(0) for group in groups) / 2
    apart = (groups[0].mean(0) - groups[1].mean(0)) / spread
    unit = int(apart.abs().argmax())
    return {
        "words": list(first.words),
        "other": list(shown[1].words[:2]),
        "accuracy": float(right.float().mean()),
        "unit": unit,
        "apart": float(apart[unit].abs()),
        **{name: value.numpy() for name, value in found.items()},
    }


@kept
def sentence() -> dict[str, Any]:
    """Gates and cell of an LSTM trained to guess the verb, on a sentence.

    The network of `learning` with a forget bias of 2, in each language. For
    "es" and "en": `words`, a sentence of the agreement grammar, plural;
    `other`, its subject in the singular; i, f, g, o, c, h (T - 1, 2, 16), of
    the sentence in plural and in singular, one row a word before the verb;
    `unit`, the component of the cell that tells the two numbers best before
    the verb in 1,000 fresh sentences, `apart`, by how many standard
    deviations; `accuracy`, how often the right verb scores above the same
    verb in the other number; `right`, the lower of the two.
    """
    with torch.random.fork_rng():
        found = {language: _language(language) for language in ("es", "en")}
    right = min(part["accuracy"] for part in found.values())
    return {**found, "right": right, "fresh": FRESH, "units": UNITS_WORDS}


SUM_LENGTH, SUM_UNITS, SUM_STEPS = 20, 4, 1000


@kept
def summing() -> dict[str, Any]:
    """Gates and cell of a small LSTM trained on the adding problem.

    4 units, 20 steps, a forget bias of 1, 1,000 training steps of Adam.
    `values` and `marks` (20,), one fresh sequence; i, f, g, o, c, h (20, 4);
    `unit`, the component of the cell that moves most at the marks, `share`,
    the part of its movement |c_t - c_{t-1}| that falls on the two marks;
    `answer`, `target`, `error`, the mean squared error of 1,000 sequences;
    `marked` and `other`, the unit's mean input gate at marked steps and
    elsewhere over those, and `kept`, its mean forget gate.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.LSTM(2, SUM_UNITS)
        set_forget_bias(layer, 1.0)
        network = Network(layer, 1, last=True)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
        batches = (adding(SUM_LENGTH, BATCH) for _ in range(SUM_STEPS))
        for _ in fit(
            network, batches, nn.functional.mse_loss, optimizer, clip=1.0
        ):
            pass
        x, y = adding(SUM_LENGTH, FRESH)
        with torch.no_grad():
            y_hat, _ = network(x)
            found = trace(_cell_of(network), x)
    marks = x[..., 1].bool()
    c = torch.cat([torch.zeros_like(found["c"][:1]), found["c"]])
    moves = c.diff(dim=0).abs()
    shares = moves[marks].sum(0) / moves.sum((0, 1))
    unit = int(shares.argmax())
    return {
        "T": SUM_LENGTH,
        "units": SUM_UNITS,
        "values": x[:, 0, 0].numpy(),
        "marks": marks[:, 0].numpy().astype(float),
        **{name: value[:, 0].numpy() for name, value in found.items()},
        "unit": unit,
        "share": float(shares[unit]),
        "answer": float(y_hat[0]),
        "target": float(y[0]),
        "error": float((y_hat - y).square().mean()),
        "marked": float(found["i"][marks][:, unit].mean()),
        "other": float(found["i"][~marks][:, unit].mean()),
        "kept": float(found["f"][..., unit].mean()),
        "training_steps": SUM_STEPS,
    }


TICKER, KNOWN, SHOWN = "IBM", "2008-01-01", ("2008-08-01", "2009-01-31")
MOVE_UNITS, MOVE_STEPS, WINDOW = 8, 300, 50


def _moves() -> tuple[np.ndarray, np.ndarray, int, float]:
    """Days, each day's |log return| over its past mean, the cut, the mean."""
    prices = stock_prices(TICKER)
    days, moves = prices.dates[1:], np.abs(log_returns(prices.values))
    cut = int((days < np.datetime64(KNOWN)).sum())
    mean = float(moves[:cut].mean())
    return days, moves / mean, cut, mean


def _mover(past: Tensor, seed: int) -> Network:
    """An LSTM that forecasts the next day's move, from windows of the past."""
    torch.manual_seed(seed)
    network = Network(nn.LSTM(1, MOVE_UNITS), 1)
    set_forget_bias(network.layer, 1.0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, MOVE_STEPS)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(MOVE_STEPS):
            starts = torch.randint(len(past) - WINDOW - 1, (16,))
            some = past[starts + torch.arange(WINDOW + 1)[:, None], None]
            yield some[:-1], some[1:]

    loss = nn.functional.mse_loss
    for _ in fit(network, batches(), loss, optimizer, clip=1.0):
        falling.step()
    return network


def averaged(x: np.ndarray, factor: float) -> np.ndarray:
    """The exponential average before each value; it begins at 1."""
    found, now = [], 1.0
    for value in x:
        found.append(now)
        now = factor * now + (1 - factor) * value
    return np.array(found)


@kept
def market() -> dict[str, Any]:
    """Gates and cell of an LSTM that forecasts how much a price will move.

    IBM, daily; 8 units read |log return| over its mean before 2008 and say the
    next day's; 300 steps of Adam, windows of 50 days of before 2008. From
    August 2008 to January 2009, by day: `days`, `moves` in percent, `forecast`
    of that day, made the day before; f, i, o, c (days, 8), once it is read.
    Mean squared errors since 2008 over that of always saying the mean:
    `errors` (3,), by seed, `worst` and `best`; `average`, an exponential
    average whose `factor` fits the past best; `same`, yesterday's move. Of the
    unit whose forget gate changes most, `forgets` and `writes` (2,), the mean
    forget and input gates on the calmer half of the days and on the most
    violent tenth; `follows`, the largest correlation of a cell with the
    average.
    """
    days, x, cut, mean = _moves()
    series = torch.tensor(x, dtype=torch.float32)
    truth = x[cut:]
    base = float(((truth - 1) ** 2).mean())
    errors, traces = [], []
    with torch.random.fork_rng():
        for seed in range(3):
            network = _mover(series[:cut], seed)
            with torch.no_grad():
                said = network(series[:, None, None])[0][:, 0, 0].numpy()
                gates = trace(_cell_of(network), series[:, None])
            errors.append(float(((said[cut - 1 : -1] - truth) ** 2).mean()))
            traces.append((said, gates))
    said, gates = traces[0]
    factors = np.arange(0.8, 0.995, 0.01)
    fits = [((averaged(x[:cut], f) - x[:cut]) ** 2).mean() for f in factors]
    factor = float(factors[int(np.argmin(fits))])
    average = averaged(x, factor)
    found = {name: value[cut:].numpy() for name, value in gates.items()}
    calm, violent = (
        truth <= np.quantile(truth, 0.5),
        truth >= np.quantile(truth, 0.9),
    )
    change = found["f"][calm].mean(0) - found["f"][violent].mean(0)
    unit = int(np.abs(change).argmax())
    follows = [
        abs(np.corrcoef(cell, averaged(x, factor)[cut + 1 :])[0, 1])
        for cell in found["c"][:-1].T
    ]
    begin, end = (np.datetime64(day) for day in SHOWN)
    shown = (days[cut:] >= begin) & (days[cut:] <= end)
    return {
        "ticker": TICKER,
        "days": [str(day) for day in days[cut:][shown]],
        "moves": 100 * mean * truth[shown],
        "forecast": 100 * mean * said[cut - 1 : -1][shown],
        **{name: found[name][shown] for name in "fioc"},
        "units": MOVE_UNITS,
        "seeds": len(errors),
        "errors": np.array(errors) / base,
        "worst": max(errors) / base,
        "best": min(errors) / base,
        "average": float(((average[cut:] - truth) ** 2).mean()) / base,
        "factor": factor,
        "same": float(((x[cut - 1 : -1] - truth) ** 2).mean()) / base,
        "unit": unit,
        "forgets": [float(found["f"][d, unit].mean()) for d in (calm, violent)],
        "writes": [float(found["i"][d, unit].mean()) for d in (calm, violent)],
        "follows": float(max(follows)),
        "training_steps": MOVE_STEPS,
        "count": len(truth),
    }


@kept
def sizes() -> dict[str, Any]:
    """Parameters for D = 2 and H = 4, with one bias per gate and with two."""
    D, H = 2, 4
    with torch.random.fork_rng():
        cell = LSTMCell(D, H)
    two = sum(parameter.numel() for parameter in cell.parameters())
    return {
        "D": D,
        "H": H,
        "one_bias": 4 * (H * D + H * H + H),
        "two_biases": two,
        "simple": H * D + H * H + H,
    }
