"""The adding problem: a simple network and an LSTM, at three lengths."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import adding as adding_problem
from rnncourse.store import kept
from rnncourse.training import Network, fit

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM}
RATES = {"RNN": 0.003, "LSTM": 0.02}
LENGTHS, SEEDS, STEPS, EACH = (10, 25, 50), 3, 800, 20
UNITS, BATCH, HELD_OUT = 32, 64, 1000


def _run(kind: str, length: int, seed: int) -> tuple[Network, list[float]]:
    """A network trained on the adding problem, and its losses."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = Network(KINDS[kind](2, UNITS), 1, last=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATES[kind])
    batches = (adding_problem(length, BATCH, generator) for _ in range(STEPS))
    steps = fit(network, batches, nn.functional.mse_loss, optimizer, clip=1.0)
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
    errors = np.zeros((len(KINDS), len(LENGTHS), SEEDS))
    losses = np.zeros((*errors.shape, STEPS // EACH))
    with torch.random.fork_rng():
        for i, kind in enumerate(KINDS):
            for j, length in enumerate(LENGTHS):
                for seed in range(SEEDS):
                    network, along = _run(kind, length, seed)
                    means = np.array(along).reshape(-1, EACH).mean(1)
                    losses[i, j, seed] = means
                    x, y = _held_out(length, seed)
                    with torch.no_grad():
                        error = nn.functional.mse_loss(network(x)[0], y)
                    errors[i, j, seed] = error.item()
    constant = 1 / 6
    return {
        "kinds": list(KINDS),
        "lengths": list(LENGTHS),
        "seeds": SEEDS,
        "units": UNITS,
        "training_steps": STEPS,
        "batch": BATCH,
        "held_out": HELD_OUT,
        "constant": constant,
        "error": errors,
        "losses": losses,
        "steps": np.arange(EACH, STEPS + 1, EACH),
        "solved": (errors < constant / 5).sum(-1),
        "worst": errors.max(-1),
        "best": errors.min(-1),
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
        for kind in KINDS:
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
        "kinds": list(KINDS),
        "T": length,
        "lags": np.arange(length),
        "begun": np.array(rows["begun"]),
        "trained": trained,
        "half": trained[:, length // 2] / trained[:, 0],
    }
