"""Training: the adding problem, and each part of the loop, measured."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import adding as adding_problem
from rnncourse.layers import GRU, LSTM
from rnncourse.store import kept
from rnncourse.training import (
    EarlyStopping,
    Mixed,
    Network,
    Step,
    evaluate,
    fit,
)

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": GRU}
RATES = {"RNN": 0.003, "LSTM": 0.02, "GRU": 0.02}
PAIR = ("RNN", "LSTM")
LENGTHS, SEEDS, STEPS, EACH = (10, 25, 50), 3, 800, 20
UNITS, BATCH, HELD_OUT = 32, 64, 1000
CONSTANT = 1 / 6  # the error of always answering 1
SOLVED = CONSTANT / 5


def _begun(kind: str, length: int, seed: int) -> tuple[Network, Iterator[Step]]:
    """A network and the steps of its training on the adding problem."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = Network(KINDS[kind](2, UNITS), 1, last=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATES[kind])
    batches = (adding_problem(length, BATCH, generator) for _ in range(STEPS))
    loss = nn.functional.mse_loss
    return network, fit(network, batches, loss, optimizer, clip=1.0)


def _run(kind: str, length: int, seed: int) -> tuple[Network, list[float]]:
    """A trained network, and its losses."""
    network, steps = _begun(kind, length, seed)
    return network, [step.loss for step in steps]


def _held_out(length: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1000 + seed)
    return adding_problem(length, HELD_OUT, generator)


@kept
def adding() -> dict[str, Any]:
    """Held-out error of the adding problem, and its way there.

    For the networks of `kinds` (32 units), the lengths T of `lengths` and three
    seeds: `error` (2, 3, 3), the mean squared error on 1,000 fresh sequences
    after 800 steps of Adam with 64 sequences each, its gradient clipped at 1;
    `losses` (2, 3, 3, 40), the training loss, means of 20 steps; `steps`, the
    last step of each mean; `constant`, the error of always answering 1;
    `solved` (2, 3), for how many seeds the error is under a fifth of that;
    `worst` and `best` (2, 3), over the seeds.
    """
    errors = np.zeros((len(PAIR), len(LENGTHS), SEEDS))
    losses = np.zeros((*errors.shape, STEPS // EACH))
    with torch.random.fork_rng():
        for i, kind in enumerate(PAIR):
            for j, length in enumerate(LENGTHS):
                for seed in range(SEEDS):
                    network, along = _run(kind, length, seed)
                    means = np.array(along).reshape(-1, EACH).mean(1)
                    losses[i, j, seed] = means
                    x, y = _held_out(length, seed)
                    with torch.no_grad():
                        error = nn.functional.mse_loss(network(x)[0], y)
                    errors[i, j, seed] = error.item()
    return {
        "kinds": list(PAIR),
        "lengths": list(LENGTHS),
        "seeds": SEEDS,
        "units": UNITS,
        "training_steps": STEPS,
        "batch": BATCH,
        "held_out": HELD_OUT,
        "constant": CONSTANT,
        "error": errors,
        "losses": losses,
        "steps": np.arange(EACH, STEPS + 1, EACH),
        "solved": (errors < SOLVED).sum(-1),
        "worst": errors.max(-1),
        "best": errors.min(-1),
    }


RACE_LENGTHS = (10, 25, 50, 100, 200)


def _solved_after(kind: str, length: int, seed: int) -> float:
    """How many steps until the loss falls below `SOLVED`; nan if never."""
    _, steps = _begun(kind, length, seed)
    total = 0.0
    for step in steps:
        total += step.loss
        if step.number % EACH == 0:
            if total / EACH < SOLVED:
                return step.number
            total = 0.0
    return math.nan


@kept
def race() -> dict[str, Any]:
    """After how many steps of training each network solves the adding problem.

    For the networks of `kinds`, the lengths T of `lengths` and three seeds:
    `after` (3, 5, 3), how many of at most 800 steps until the loss, a mean of
    20 steps, is below a fifth of that of always answering 1; nan if it never
    is, and at the lengths after one that no seed solved, which are not tried.
    `solved` (3, 5), how many seeds; `first` and `last` (3, 5), of `after` over
    the seeds; `longest` (3,), the longest T that all solved; `rates`, of Adam.
    """
    after = np.full((len(KINDS), len(RACE_LENGTHS), SEEDS), np.nan)
    with torch.random.fork_rng():
        for i, kind in enumerate(KINDS):
            for j, length in enumerate(RACE_LENGTHS):
                for seed in range(SEEDS):
                    after[i, j, seed] = _solved_after(kind, length, seed)
                if np.isnan(after[i, j]).all():
                    break
    solved = (~np.isnan(after)).sum(-1)
    return {
        "kinds": list(KINDS),
        "lengths": list(RACE_LENGTHS),
        "seeds": SEEDS,
        "training_steps": STEPS,
        "after": after,
        "solved": solved,
        "first": after.min(-1),
        "last": after.max(-1),
        "longest": (np.array(RACE_LENGTHS) * (solved == SEEDS)).max(-1),
        "rates": list(RATES.values()),
    }


@kept
def reach() -> dict[str, Any]:
    """What reaches each input of the adding problem from its error.

    `begun` and `trained` (2, 50), for the networks of `kinds`: the root mean
    square over 1,000 sequences of the norm of dyhat/dx_t, by lag T - t = 0,
    ..., 49, before and after training with seed 0; `half` (2,), that of the
    trained network at lag 25 over that at lag 0.
    """
    length = LENGTHS[-1]
    rows: dict[str, list[Any]] = {"begun": [], "trained": []}
    with torch.random.fork_rng():
        for kind in PAIR:
            torch.manual_seed(0)
            begun = Network(KINDS[kind](2, UNITS), 1, last=True)
            for name, network in (
                ("begun", begun),
                ("trained", _run(kind, length, 0)[0]),
            ):
                x = _held_out(length, 0)[0].double().requires_grad_()
                y_hat, _ = network.double()(x)
                (slope,) = torch.autograd.grad(y_hat.sum(), x)
                size = slope.square().sum(-1).mean(-1).sqrt()
                rows[name].append(size.numpy()[::-1].copy())
    trained = np.array(rows["trained"])
    return {
        "kinds": list(PAIR),
        "T": length,
        "lags": np.arange(length),
        "begun": np.array(rows["begun"]),
        "trained": trained,
        "half": trained[:, length // 2] / trained[:, 0],
    }


PIECE, PIECES, SEQUENCES = 8, 500, 32
ECHOES = ((4, False), (4, True), (12, True))  # lag, whether it is carried


def _echo(
    T: int, N: int, lag: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    bits = torch.randint(2, (lag + T, N, 1), generator=generator).float()
    return bits[lag:], bits[:T]


@kept
def carry() -> dict[str, Any]:
    """Repeating the bit of some steps before, in pieces of 8 steps.

    An LSTM of 24 units reads streams of random bits. For the lags of `lags`
    and `carried`, whether the state goes from one piece to the next: `losses`
    (3, 3, 50), cross-entropy in nats for three seeds, means of 10 pieces;
    `steps`, the last piece of each mean; `last` (3,), mean over seeds of the
    last mean; `floor`, the least loss at lag 4 if each piece begins at zero:
    4/8 ln 2; `chance`, ln 2.
    """
    losses = np.zeros((len(ECHOES), SEEDS, PIECES // 10))
    loss = nn.functional.binary_cross_entropy_with_logits
    with torch.random.fork_rng():
        for i, (lag, carried) in enumerate(ECHOES):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                generator = torch.Generator().manual_seed(seed)
                network = Network(LSTM(1, 24), 1)
                optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
                x, y = _echo(PIECE * PIECES, SEQUENCES, lag, generator)
                pieces = zip(
                    torch.split(x, PIECE), torch.split(y, PIECE), strict=True
                )
                steps = fit(
                    network, pieces, loss, optimizer, clip=1.0, carry=carried
                )
                found = np.array([step.loss for step in steps])
                losses[i, seed] = found.reshape(-1, 10).mean(1)
    return {
        "lags": [lag for lag, _ in ECHOES],
        "carried": [carried for _, carried in ECHOES],
        "piece": PIECE,
        "pieces": PIECES,
        "seeds": SEEDS,
        "losses": losses,
        "steps": np.arange(10, PIECES + 1, 10),
        "last": losses[..., -1].mean(-1),
        "floor": ECHOES[0][0] / PIECE * math.log(2),
        "chance": math.log(2),
    }


NOISE, FEW, EVERY, PATIENCE, LONG = 0.3, 100, 10, 10, 500


def _noisy(N: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    x, y = adding_problem(10, N, generator)
    return x, y + NOISE * torch.randn(N, 1, generator=generator)


@kept
def stopping() -> dict[str, Any]:
    """Early stopping, on 100 sums of 10 numbers read with an error of 0.3.

    An LSTM of 32 units sees all of them at each step; 300 more are for
    validation, 2,000 for the test. Mean squared errors: `train` and
    `validation` (3, 50), every 10 steps up to 500 for three seeds; `steps`;
    `best` and `stopped` (3,), the step of the lowest validation loss before
    patience (10 measures) ran out, and that at which it did; `kept` and `last`
    (3,), test error of the best weights and of those after 500 steps, and
    their means; `noise`, the least error that is possible.
    """
    rows: dict[str, list[Any]] = {
        name: []
        for name in ("train", "validation", "best", "stopped", "kept", "last")
    }
    loss = nn.functional.mse_loss
    with torch.random.fork_rng():
        for seed in range(SEEDS):
            for patience in (LONG, PATIENCE):
                torch.manual_seed(seed)
                generator = torch.Generator().manual_seed(seed)
                train, *other = (_noisy(N, generator) for N in (FEW, 300, 2000))
                network = Network(LSTM(2, UNITS), 1, last=True)
                watch = EarlyStopping(
                    network,
                    lambda: evaluate(network, other[:1], loss),  # noqa: B023
                    every=EVERY,
                    patience=patience,
                )
                optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
                epochs = (train for _ in range(LONG))
                steps = fit(network, epochs, loss, optimizer, clip=1.0)
                if patience == PATIENCE:
                    *_, final = watch(steps)
                    rows["best"].append(watch.number)
                    rows["stopped"].append(final.number)
                    rows["kept"].append(evaluate(network, other[1:], loss))
                    continue
                seen = []
                for step in watch(steps):
                    if step.validation is not None:
                        seen.append((step.loss, step.validation))
                    if step.number == LONG:
                        rows["last"].append(evaluate(network, other[1:], loss))
                rows["train"].append([a for a, _ in seen])
                rows["validation"].append([b for _, b in seen])
    found = {name: np.array(values) for name, values in rows.items()}
    return {
        **found,
        "steps": np.arange(EVERY, LONG + 1, EVERY),
        "kept_mean": found["kept"].mean(),
        "last_mean": found["last"].mean(),
        "worst_gain": (found["last"] / found["kept"]).min(),
        "noise": NOISE**2,
        "sequences": FEW,
        "patience": PATIENCE,
        "every": EVERY,
    }


@kept
def precision() -> dict[str, Any]:
    """The adding problem, T = 10, in float32 and in bfloat16.

    An LSTM of 32 units, 300 steps with 64 sequences each, three seeds.
    `losses` (2, 3, 30), means of 10 steps; `error` (2, 3), on 1,000 fresh
    sequences, computed in float32; `mean` (2,); `worst`; `steps`.
    """
    losses, error = np.zeros((2, SEEDS, 30)), np.zeros((2, SEEDS))
    loss = nn.functional.mse_loss
    with torch.random.fork_rng():
        for i, mixed in enumerate((False, True)):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                generator = torch.Generator().manual_seed(seed)
                network = Network(LSTM(2, UNITS), 1, last=True)
                optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
                batches = (
                    adding_problem(10, BATCH, generator) for _ in range(300)
                )
                trained = Mixed(network) if mixed else network
                steps = fit(trained, batches, loss, optimizer, clip=1.0)
                found = np.array([step.loss for step in steps])
                losses[i, seed] = found.reshape(-1, 10).mean(1)
                fresh = [_held_out(10, seed)]
                error[i, seed] = evaluate(network, fresh, loss)
    return {
        "losses": losses,
        "error": error,
        "mean": error.mean(-1),
        "worst": error.max(),
        "seeds": SEEDS,
        "steps": np.arange(10, 301, 10),
    }


@kept
def formats() -> dict[str, Any]:
    """What float32, float16 and bfloat16 can say, from torch's own limits.

    For the types of `names`: `sign`, `exponent` and `mantissa`, bits of each
    part; `digits`, the decimal digits that are safe; `largest`; `smallest`,
    the least normal number; `after_one`, the step from 1 to the next number.
    """
    types = (torch.float32, torch.float16, torch.bfloat16)
    limits = [torch.finfo(kind) for kind in types]
    mantissa = [round(-math.log2(limit.eps)) for limit in limits]
    return {
        "names": [str(kind).removeprefix("torch.") for kind in types],
        "mantissa": mantissa,
        "exponent": [
            limit.bits - 1 - bits
            for limit, bits in zip(limits, mantissa, strict=True)
        ],
        "digits": [int(bits * math.log10(2)) for bits in mantissa],
        "largest": [limit.max for limit in limits],
        "smallest": [limit.tiny for limit in limits],
        "after_one": [limit.eps for limit in limits],
    }
