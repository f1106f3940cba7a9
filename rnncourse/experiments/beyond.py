"""Attention, copying, scans and memories: what the chapter measures."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.beyond import (
    TCN,
    EncoderDecoder,
    MinGRU,
    Stack,
    closed_form,
    combine,
    efficient_scan,
    log_scan,
    loop,
    receptive_field,
    scan,
    zero_order_hold,
)
from rnncourse.beyond.scan import Steps
from rnncourse.data import copy
from rnncourse.store import kept
from rnncourse.training import Network, clip_gradients, fit

FLOAT = torch.float64
SEEDS = 2

# Attention -------------------------------------------------------------------

SYMBOLS, UNITS, LONGEST, STEPS, BATCH = 8, 32, 16, 1200, 32
LENGTHS, FRESH, SHOWN = (2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24), 500, 12


def _writer(attention: bool) -> EncoderDecoder:
    """A network trained to write again what it has read."""
    network = EncoderDecoder(SYMBOLS, UNITS, attention, nn.GRU)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(STEPS):
        length = int(torch.randint(1, LONGEST + 1, ()))
        x = torch.randint(SYMBOLS, (length, BATCH))
        scores, _ = network(x, x)
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), x.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        clip_gradients(network.parameters(), 1.0)
        optimizer.step()
    return network


@kept
def transcription() -> dict[str, Any]:
    """Writing again a sequence that has been read, whole.

    Encoder and decoder, GRUs of 32 units, without and with attention, trained
    for 1,200 steps of Adam with 32 sequences of 8 symbols, of lengths 1 to 16;
    two seeds. `accuracy` (2, 2, 12), the share of right symbols in 500 fresh
    sequences of each of `lengths`, by attention and seed, each written symbol
    fed back; `mean` (2, 12), over the seeds; `at_12` (2,) and `at_16`, of that,
    `beyond` (2,), at 24; `alpha` (12, 12), the weights of the first seed for
    one sequence, `read`, and what it wrote, `written`; `diagonal`, the mean
    weight of step k in the mean that step k reads, in 500 sequences of 12.
    """
    found = np.zeros((2, SEEDS, len(LENGTHS)))
    shown: dict[str, Any] = {}
    with torch.random.fork_rng():
        for attention in (False, True):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                network = _writer(attention)
                for j, length in enumerate(LENGTHS):
                    x = torch.randint(SYMBOLS, (length, FRESH))
                    right = network.write(x, length) == x
                    found[int(attention), seed, j] = right.double().mean()
                if attention and not shown:
                    shown = _weights(network)
    mean = found.mean(1)
    return {
        "lengths": list(LENGTHS),
        "longest": LONGEST,
        "symbols": SYMBOLS,
        "units": UNITS,
        "seeds": SEEDS,
        "training_steps": STEPS,
        "batch": BATCH,
        "fresh": FRESH,
        "accuracy": found,
        "mean": mean,
        "at_8": mean[:, LENGTHS.index(8)],
        "at_16": mean[:, LENGTHS.index(16)],
        "beyond": mean[:, -1],
        "worst": found[1, :, LENGTHS.index(16)].min(),
        "best": found[0, :, LENGTHS.index(16)].max(),
        **shown,
    }


@torch.no_grad()
def _weights(network: EncoderDecoder) -> dict[str, Any]:
    x = torch.randint(SYMBOLS, (SHOWN, FRESH))
    written = network.write(x, SHOWN)
    _, alpha = network(x, written)
    assert alpha is not None
    return {
        "read": x[:, 0].numpy(),
        "written": written[:, 0].numpy(),
        "alpha": alpha[0].numpy(),
        "diagonal": float(alpha.diagonal(dim1=1, dim2=2).mean()),
    }


# The copy task ---------------------------------------------------------------

COPIED, WAIT, COPY_UNITS, COPY_STEPS, EACH = 5, 10, 48, 700, 20
D = SYMBOLS + 2
KINDS: dict[str, tuple[Callable[[], nn.Module], float]] = {
    "RNN": (lambda: nn.RNN(D, COPY_UNITS), 0.003),
    "LSTM": (lambda: nn.LSTM(D, COPY_UNITS), 0.01),
    "GRU": (lambda: nn.GRU(D, COPY_UNITS), 0.01),
    "minGRU": (
        lambda: Stack(MinGRU(D, COPY_UNITS), MinGRU(COPY_UNITS, COPY_UNITS)),
        0.01,
    ),
    "TCN 8": (lambda: TCN(D, 32, 2, 3), 0.01),
    "TCN 16": (lambda: TCN(D, 32, 2, 4), 0.01),
}


def _hot(x: Tensor) -> Tensor:
    return nn.functional.one_hot(x, D).float()


def _copied(kind: str) -> tuple[Network, list[float]]:
    """A network trained on the copy task, and its losses."""
    make, rate = KINDS[kind]
    network = Network(make(), D)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    pairs = (
        copy(WAIT, BATCH, None, SYMBOLS, COPIED) for _ in range(COPY_STEPS)
    )
    batches = ((_hot(x), y) for x, y in pairs)

    def loss(y_hat: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(y_hat.flatten(0, 1), y.flatten())

    found = fit(network, batches, loss, optimizer, clip=1.0)
    return network, [step.loss for step in found]


@kept
def copying() -> dict[str, Any]:
    """The copy task: 5 of 8 symbols, to be repeated after 10 steps.

    `losses` (6, 2, 35), nats a step, by network of `kinds` and seed, means of
    20 steps of Adam with 32 sequences each, `steps`, the last of each mean;
    `final` (6,), the mean of the last; `accuracy` (6, 2), of the symbols to be
    repeated, in 500 fresh sequences; `mean` (6,); `parameters` (6,);
    `memoryless`, the loss of who has no memory; `chance`, the accuracy; `lag`,
    between a symbol and its repetition; `fields` (2,), the receptive fields of
    the two convolutional networks.
    """
    shape = len(KINDS), SEEDS
    losses, accuracy = np.zeros((*shape, COPY_STEPS // EACH)), np.zeros(shape)
    sizes = []
    with torch.random.fork_rng():
        for i, kind in enumerate(KINDS):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                network, along = _copied(kind)
                losses[i, seed] = np.reshape(along, (-1, EACH)).mean(1)
                x, y = copy(WAIT, FRESH, None, SYMBOLS, COPIED)
                with torch.no_grad():
                    right = network(_hot(x))[0].argmax(-1) == y
                accuracy[i, seed] = right[-COPIED:].double().mean()
            sizes.append(sum(p.numel() for p in network.parameters()))
    return {
        "kinds": list(KINDS),
        "symbols": SYMBOLS,
        "copied": COPIED,
        "wait": WAIT,
        "length": WAIT + 2 * COPIED,
        "lag": WAIT + COPIED,
        "units": COPY_UNITS,
        "seeds": SEEDS,
        "training_steps": COPY_STEPS,
        "batch": BATCH,
        "fresh": FRESH,
        "steps": np.arange(EACH, COPY_STEPS + 1, EACH),
        "losses": losses,
        "final": losses[:, :, -1].mean(1),
        "accuracy": accuracy,
        "mean": accuracy.mean(1),
        "parameters": sizes,
        "memoryless": COPIED * math.log(SYMBOLS) / (WAIT + 2 * COPIED),
        "chance": 1 / SYMBOLS,
        "fields": [
            receptive_field(2, (1, 2, 4)),
            receptive_field(2, (1, 2, 4, 8)),
        ],
        "published": 10 * math.log(8) / 1020,
    }


# Scans -----------------------------------------------------------------------


def counted(method: Callable[..., Tensor], T: int) -> tuple[int, int]:
    """How many levels and combinations a scan of T steps takes."""
    sizes = []

    def count(first: Steps, then: Steps) -> Steps:
        sizes.append(len(first[0]))
        return combine(first, then)

    method(torch.ones(T), torch.ones(T), count)
    return len(sizes), sum(sizes)


@kept
def counts() -> dict[str, Any]:
    """Levels and combinations of the two scans, counted as they run.

    For T from 1 to 1,024, `T`: `levels` and `combinations` (2, 1024), of Hillis
    and Steele's and of the work-efficient scan; `at` (3,), some lengths,
    `levels_at` and `combinations_at` (2, 3), there.
    """
    lengths = np.arange(1, 1025)
    found = np.array(
        [
            [counted(method, int(T)) for T in lengths]
            for method in (scan, efficient_scan)
        ]
    )
    at = [8, 64, 1024]
    places = np.array(at) - 1
    return {
        "T": lengths,
        "levels": found[..., 0],
        "combinations": found[..., 1],
        "at": at,
        "levels_at": found[:, places, 0],
        "combinations_at": found[:, places, 1],
    }


@kept
def precision() -> dict[str, Any]:
    """How exact four ways of running the recurrence are in single precision.

    f uniform in (0.2, 1), w uniform in (0, 1), 64 units, 1,000 steps. `errors`
    (4, 1000), the largest relative error at each step of the loop, the scan,
    the closed form and the closed form in logarithms, against the loop in
    double precision, nan where it is lost; `last` (3,), at the last step, of
    the loop, the scan and the logarithms; `lost`, the first step at which the
    closed form is not finite; `vanished`, the first at which f_1 ... f_t is 0;
    `log_kept`, the logarithm of f_1 ... f_T at the last step.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        f = 0.2 + 0.8 * torch.rand(1000, 64)
        w = torch.rand(1000, 64)
    exact = loop(f.double(), w.double())
    ways = (
        loop(f, w),
        scan(f, w),
        closed_form(f, w),
        log_scan(f.log(), w.log()).exp(),
    )
    errors = np.array(
        [((h - exact) / exact).abs().amax(1).numpy() for h in ways]
    )
    lost = ~np.isfinite(errors[2])
    vanished = (f.cumprod(0) == 0).any(1)
    errors[2, lost] = np.nan
    return {
        "t": np.arange(1, 1001),
        "errors": errors,
        "last": errors[[0, 1, 3], -1],
        "lost": int(lost.argmax()) + 1,
        "vanished": int(vanished.int().argmax()) + 1,
        "log_kept": float(f.log().sum(0).mean()),
        "units": 64,
    }


# Windows, states and matrices ------------------------------------------------


def reached(network: TCN, T: int) -> int:
    """How many inputs the output at step T has a gradient for."""
    width = network.layers[0].convolution.in_channels  # type: ignore[union-attr]
    x = torch.randn(T, 1, int(width), dtype=FLOAT, requires_grad=True)  # type: ignore[arg-type]
    out, _ = network.double()(x)
    (slope,) = torch.autograd.grad(out[-1].sum(), x)
    return int(slope.abs().sum((1, 2)).count_nonzero())


DELTA, DECAY, HELD = 0.5, -1.0, (1.0, 1.0, 0.0, -0.5, 1.0, 0.0, 0.0, 0.0)


@kept
def hold() -> dict[str, Any]:
    """A leaky unit, dh/ds = -h + x, whose input is held for steps of 0.5.

    `held` (8,), the input of each step; `sampled` (9,), h by the recurrence at
    the times `at`; `times` and `path` (801,), h by Runge and Kutta's method
    with 100 steps inside each; `apart`, the largest difference at those times;
    `f` and `G`, the recurrence's; `euler`, the largest error of 1 + delta a.
    """
    a = torch.tensor([DECAY], dtype=FLOAT)
    f, G = zero_order_hold(a, torch.ones(1, 1, dtype=FLOAT), DELTA)
    x = torch.tensor(HELD, dtype=FLOAT)
    sampled = [0.0, *loop(f.expand(len(x)), G[0, 0] * x).tolist()]
    rough = [0.0]
    fine, path = DELTA / 100, [0.0]
    for x_t in HELD:
        rough.append(rough[-1] + DELTA * (DECAY * rough[-1] + x_t))
        for _ in range(100):
            path.append(_runge_kutta(path[-1], x_t, fine))
    there = np.array(path[::100])
    return {
        "held": list(HELD),
        "delta": DELTA,
        "f": f.item(),
        "G": G.item(),
        "at": DELTA * np.arange(len(HELD) + 1),
        "sampled": np.array(sampled),
        "times": fine * np.arange(len(path)),
        "path": np.array(path),
        "apart": float(np.abs(there - sampled).max()),
        "euler": float(np.abs(there - rough).max()),
    }


def _runge_kutta(h: float, x: float, step: float) -> float:
    def slope(h: float) -> float:
        return DECAY * h + x

    k1 = slope(h)
    k2 = slope(h + step / 2 * k1)
    k3 = slope(h + step / 2 * k2)
    k4 = slope(h + step * k3)
    return h + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


KEY, PAIRS, DRAWS = 32, 64, 200


@kept
def recall() -> dict[str, Any]:
    """What a matrix memory gives back when it is asked for what it was given.

    n pairs of key and value, 32 numbers each, are added as v k^T; then each key
    is asked for. `pairs` (64,), n; `random` (64,), the squared error relative
    to the values', mean of 200 draws, with random keys of length 1; `expected`
    (64,), (n - 1) / 32; `orthonormal` (32,), with orthonormal keys; `worst`,
    the largest of those; `at` (2,), `random` at n = 8 and 32.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        v = torch.randn(DRAWS, PAIRS, KEY, dtype=FLOAT)
        k = torch.randn(DRAWS, PAIRS, KEY, dtype=FLOAT)
    k = k / k.norm(dim=-1, keepdim=True)
    square, _ = torch.linalg.qr(k[:, :KEY].mT)
    drawn, exact = [], []
    for n in range(1, PAIRS + 1):
        drawn.append(_missed(k[:, :n], v[:, :n]))
        if n <= KEY:
            exact.append(_missed(square.mT[:, :n], v[:, :n]))
    return {
        "pairs": np.arange(1, PAIRS + 1),
        "size": KEY,
        "draws": DRAWS,
        "random": np.array(drawn),
        "expected": np.arange(PAIRS) / KEY,
        "orthonormal": np.array(exact),
        "worst": max(exact),
        "at": [drawn[7], drawn[31]],
    }


def _missed(k: Tensor, v: Tensor) -> float:
    C = torch.einsum("bnp,bnh->bph", v, k)
    read = torch.einsum("bph,bnh->bnp", C, k)
    return float((read - v).square().sum() / v.square().sum())
