"""The adding problem: a simple network and an LSTM, at three lengths."""

from typing import Any

import numpy as np
import torch
from torch import nn

from rnncourse.data import adding as adding_problem
from rnncourse.store import kept
from rnncourse.training import Network, fit

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM}
RATES = {"RNN": 0.003, "LSTM": 0.02}
LENGTHS, SEEDS, STEPS, EACH = (10, 25, 50), 3, 800, 20
UNITS, BATCH, HELD_OUT = 32, 64, 1000


def _run(kind: str, length: int, seed: int) -> tuple[list[float], float]:
    """Losses of training, and the mean squared error on fresh sequences."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = Network(KINDS[kind](2, UNITS), 1, last=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATES[kind])
    batches = (adding_problem(length, BATCH, generator) for _ in range(STEPS))
    steps = fit(network, batches, nn.functional.mse_loss, optimizer, clip=1.0)
    losses = [step.loss for step in steps]
    x, y = adding_problem(length, HELD_OUT, generator)
    with torch.no_grad():
        error = nn.functional.mse_loss(network(x)[0], y)
    return losses, error.item()


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
                    along, errors[i, j, seed] = _run(kind, length, seed)
                    means = np.array(along).reshape(-1, EACH).mean(1)
                    losses[i, j, seed] = means
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
