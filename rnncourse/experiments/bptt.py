"""Backpropagation through time, measured: terms, truncation, chance, cost."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rnncourse.bptt import (
    Weights,
    backward,
    by_lag,
    forward,
    linear_forward,
    loss,
    output_gradients,
    preactivation_gradients,
    random_links,
    regular_links,
    state_gradients,
    sum_over_time,
    windowed,
)
from rnncourse.experiments.rnn import TARGET, W_HH, W_HQ, W_XH, X
from rnncourse.store import kept

FLOAT = torch.float64


def _column(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=FLOAT)[:, None]


def _scalar_weights() -> Weights:
    one, zero = torch.ones(1, 1, dtype=FLOAT), torch.zeros(1, dtype=FLOAT)
    return Weights(W_XH * one, W_HH * one, zero, W_HQ * one, zero)


@kept
def scalar() -> dict[str, Any]:
    """The three steps of the scalar tanh network, and back.

    Element t of each array is that of step t. `recurrent[t][j]` is the term
    of dL/dW_hh that the loss of step j sends through step t, `entry[t][j]`
    that of dL/dW_xh, `through[t][j]` what reaches a_t, dL_j/da_t; `running` is
    the sum of `recurrent` so far, in the order (1,1), (2,2), (1,2), (3,3),
    (2,3), (1,3). `autograd` and `by_hand` are dL/dW_hh.
    """
    w = _scalar_weights()
    x, y = _column(X)[:, None], _column(TARGET)[:, None]
    h, y_hat = forward(w, x)
    dy = output_gradients(y_hat, y)
    da, dh_0 = preactivation_gradients(w, dy, h)
    found = backward(w, x, dy, h)
    e = by_lag(w, dy, h, 3).flatten(1).numpy()
    through, recurrent, entry = (np.zeros((4, 4)) for _ in range(3))
    flat_h, flat_x = h.flatten().numpy(), x.flatten().numpy()
    order = [(t, j) for j in (1, 2, 3) for t in range(j, 0, -1)]
    for t, j in order:
        through[t, j] = e[j - t, t - 1]
        recurrent[t, j] = through[t, j] * flat_h[t - 1]
        entry[t, j] = through[t, j] * flat_x[t - 1]
    leaf = w.W_hh.clone().requires_grad_()
    again = loss(forward(w._replace(W_hh=leaf), x)[1], y)
    (autograd,) = torch.autograd.grad(again, [leaf])
    dh = (dy @ w.W_hq).flatten().numpy()
    dh[:-1] += W_HH * da.flatten().numpy()[1:]
    return {
        "h": flat_h,
        "y_hat": np.concatenate([[0.0], y_hat.flatten().numpy()]),
        "slope": 1 - flat_h**2,
        "loss": float(loss(y_hat, y)),
        "dy": np.concatenate([[0.0], dy.flatten().numpy()]),
        "dh": np.concatenate([[dh_0.item()], dh]),
        "da": np.concatenate([[0.0], da.flatten().numpy()]),
        "through": through,
        "recurrent": recurrent,
        "entry": entry,
        "order": np.array(order),
        "running": np.cumsum([recurrent[t, j] for t, j in order]),
        "lags": np.array(
            [
                sum(recurrent[t, t + k] for t in range(1, 4 - k))
                for k in (0, 1, 2)
            ]
        ),
        "by_hand": found.weights.W_hh.item(),
        "autograd": autograd.item(),
        "dW_xh": found.weights.W_xh.item(),
        "dW_hq": found.weights.W_hq.item(),
    }


@kept
def linear() -> dict[str, Any]:
    """The same three steps with the identity activation, as the lecture has it.

    Element t of each array is that of step t; `powers[k]` is W_hh^k.
    """
    w = _scalar_weights()
    x, y = _column(X), _column(TARGET)
    h, y_hat = linear_forward(x, w.W_xh, w.W_hh, w.W_hq)
    dy = output_gradients(y_hat, y)
    dh = state_gradients(dy, w.W_hh, w.W_hq)
    flat = [value.flatten().numpy() for value in (h, y_hat, dy, dh)]
    states, outputs, d_outputs, d_states = flat
    return {
        "h": states,
        "y_hat": np.concatenate([[0.0], outputs]),
        "loss": float(loss(y_hat, y)),
        "dy": np.concatenate([[0.0], d_outputs]),
        "dh": np.concatenate([[0.0], d_states]),
        "powers": W_HH ** np.arange(4.0),
        "dW_xh": float(d_states @ np.array(X)),
        "dW_hh": float(d_states @ states[:-1]),
        "dW_hq": float(d_outputs @ states[1:]),
    }


# Networks to truncate: (T, N, D, H, Q), and a task that needs `DELAY` steps.
STEPS, BATCH, UNITS, DELAY = 60, 16, 24, 8


def _recall(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Inputs +1 or -1, (T, N, 1), and the same ones DELAY steps later."""
    shape = (STEPS, BATCH, 1)
    x = torch.randint(2, shape, generator=generator).to(FLOAT) * 2 - 1
    zeros = torch.zeros(DELAY, BATCH, 1, dtype=FLOAT)
    return x, torch.cat([zeros, x[:-DELAY]])


def _network(orthogonal: bool) -> Weights:
    bound = UNITS**-0.5
    sizes = ((UNITS, 1), (UNITS, UNITS), (UNITS,), (1, UNITS), (1,))
    w = Weights(
        *(torch.empty(s, dtype=FLOAT).uniform_(-bound, bound) for s in sizes)
    )
    if orthogonal:
        nn.init.orthogonal_(w.W_hh)
    return w


def _trained(
    w: Weights, k: int | None, generator: torch.Generator, steps: int
) -> tuple[Weights, list[float]]:
    """Adam along gradients that go back k steps, or all; loss of each step."""
    leaves = [nn.Parameter(value.clone()) for value in w]
    optimizer = torch.optim.Adam(leaves, lr=0.01)
    losses = []
    for _ in range(steps):
        now = Weights(*(leaf.detach() for leaf in leaves))
        x, y = _recall(generator)
        h, y_hat = forward(now, x)
        dy = output_gradients(y_hat, y)
        links = None if k is None else regular_links(STEPS, k)
        found = backward(now, x, dy, h, links).weights
        norm = float(torch.cat([g.flatten() for g in found]).norm())
        for leaf, gradient in zip(leaves, found, strict=True):
            leaf.grad = gradient * min(1.0, 1.0 / norm)
        optimizer.step()
        losses.append(float(loss(y_hat, y)))
    return Weights(*(leaf.detach().clone() for leaf in leaves)), losses


def _hidden(x: Tensor, h: Tensor, da: Tensor) -> Tensor:
    """dL/dW_xh, dL/dW_hh and dL/db_h in one vector."""
    parts = [sum_over_time(da, x), sum_over_time(da, h[:-1]), da.sum((0, 1))]
    return torch.cat([part.flatten() for part in parts])


def _cuts(w: Weights, x: Tensor, y: Tensor) -> dict[str, Any]:
    """What `truncation` reports of one network."""
    h, y_hat = forward(w, x)
    dy = output_gradients(y_hat, y)
    lags = by_lag(w, dy, h, STEPS)
    whole = _hidden(x, h, lags.sum(0))
    links = [regular_links(STEPS, k) for k in range(1, STEPS + 1)]
    pieces = [preactivation_gradients(w, dy, h, s)[0] for s in links]
    found: dict[str, Any] = {"loss": loss(y_hat, y).item()}
    for name, cut in (("window", lags.cumsum(0)), ("piece", pieces)):
        rows = torch.stack([_hidden(x, h, da) for da in cut])
        norms = rows.norm(dim=1)
        cosine = rows @ whole / (norms * whole.norm())
        found[f"{name}_cosine"] = cosine.numpy()
        found[f"{name}_norm"] = (norms / whole.norm()).numpy()
    terms = torch.stack([sum_over_time(e, h[:-1]) for e in lags])
    norms = terms.flatten(1).norm(dim=1)
    found["lag_norm"] = (norms / terms.sum(0).norm()).numpy()
    low = np.flatnonzero(found["window_cosine"] <= 0.99)
    found["enough"] = int(low[-1]) + 2 if len(low) else 1
    return found


@kept
def truncation() -> dict[str, Any]:
    """Truncated against whole gradient, and norm by lag, of three networks.

    The networks: weights as torch draws them, W_hh orthogonal, and that one
    after 300 steps on the recall task. For each: `window_cosine` and
    `window_norm` (3, T), of the gradient whose losses go back k = 1, ..., T
    steps, the norm relative to that of the whole; `piece_cosine` and
    `piece_norm` the same for a sequence cut in pieces of k steps; `lag_norm`
    (3, T), the norm of the part of dL/dW_hh with lag k = 0, ..., T - 1,
    relative to the whole dL/dW_hh; `enough` the least window from which the
    cosine stays above 0.99; `loss`. `trained_loss` is the last of training.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(0)
        orthogonal = _network(orthogonal=True)
        trained, losses = _trained(orthogonal, None, generator, 300)
        nets = [_network(orthogonal=False), orthogonal, trained]
        x, y = _recall(generator)
    rows = [_cuts(w, x, y) for w in nets]
    return {
        "names": ["torch", "orthogonal", "trained"],
        "k": np.arange(1, STEPS + 1),
        "T": STEPS,
        "delay": DELAY,
        "trained_loss": losses[-1],
        **{name: np.array([row[name] for row in rows]) for name in rows[0]},
    }


@kept
def learning() -> dict[str, Any]:
    """What is learnt of the recall task when gradients go back k steps.

    `losses` (4, 40): mean loss of each 10 training steps, for the lengths of
    `k`; `final` the median of the last ten of each, `start` the first, `least`
    the smallest; `constant` that of always answering 0.
    """
    lengths = [2, 4, 12, STEPS]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        begin = _network(orthogonal=True)
        rows = [
            _trained(begin, k, torch.Generator().manual_seed(1), 400)[1]
            for k in lengths
        ]
    losses = np.array(rows).reshape(len(lengths), -1, 10).mean(-1)
    return {
        "k": lengths,
        "losses": losses,
        "start": losses[:, 0],
        "final": np.median(losses[:, -10:], axis=1),
        "least": losses.min(1),
        "constant": (STEPS - DELAY) / STEPS / 2,
        "delay": DELAY,
    }


DRAWS = 20_000


@kept
def randomised() -> dict[str, Any]:
    """The randomised estimator of dL/dW_hh in 20,000 draws, for each p.

    Everything is along the whole gradient g and relative to it: the whole is
    1, a draw G is <G, g>/<g, g>. `mean` and `spread` (one per p) of the
    estimator, `error` the standard error of its mean; `plain_mean` and
    `plain_spread` without the division by p; `distance` the mean squared
    distance E |G - g|^2 / |g|^2; `quantiles` (5, one per p) at 5, 25, 50, 75
    and 95 %; `length` the expected steps between two cuts, 1/(1 - p).
    """
    probabilities = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    steps, units = 20, 8
    with torch.random.fork_rng():
        torch.manual_seed(0)
        bound = units**-0.5
        shapes = ((units, 1), (units, units), (units,), (1, units), (1,))
        w = Weights(
            *(
                torch.empty(s, dtype=FLOAT).uniform_(-bound, bound)
                for s in shapes
            )
        )
        nn.init.orthogonal_(w.W_hh)
        x = torch.randn(steps, 1, 1, dtype=FLOAT)
        y = x.cumsum(0) / 2
        h, y_hat = forward(w, x)
        dy = output_gradients(y_hat, y)
        g = backward(w, x, dy, h).weights.W_hh
        generator = torch.Generator().manual_seed(0)
        rows: dict[str, list[Any]] = {"scaled": [], "plain": [], "distance": []}
        for p in probabilities:
            links = random_links(steps, p, generator, DRAWS)
            for name, factor in (("scaled", 1.0), ("plain", p)):
                da, _ = preactivation_gradients(
                    w,
                    dy.expand(-1, DRAWS, -1),
                    h.expand(-1, DRAWS, -1),
                    factor * links,
                )
                each = torch.einsum("tni,tj->nij", da, h[:-1, 0])
                along = (each * g).sum((1, 2)) / g.square().sum()
                rows[name].append(along.numpy())
                if name == "scaled":
                    gap = (each - g).square().sum((1, 2)).mean()
                    rows["distance"].append(float(gap / g.square().sum()))
    scaled, plain = np.array(rows["scaled"]), np.array(rows["plain"])
    return {
        "p": probabilities,
        "length": 1 / (1 - np.array(probabilities)),
        "T": steps,
        "count": DRAWS,
        "mean": scaled.mean(1),
        "spread": scaled.std(1),
        "error": scaled.std(1) / np.sqrt(DRAWS),
        "plain_mean": plain.mean(1),
        "plain_spread": plain.std(1),
        "plain_error": plain.std(1) / np.sqrt(DRAWS),
        "distance": np.array(rows["distance"]),
        "quantiles": np.quantile(scaled, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1),
    }


def _counted(function: Any) -> int:
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops() // 2  # one product and one sum: one


@kept
def cost() -> dict[str, Any]:
    """Multiplications and numbers kept, counted and not timed.

    For N = 8, D = 16, H = 32, Q = 4 and the lengths T of `T`: `forward`,
    `backward` (with dL/dx and dL/dh_0), `ratio` of the two; `kept`, the states
    that the way back needs, (T + 1) N H; `kept_pieces`, those of pieces of
    `k` steps; `window`, multiplications of the losses going back k steps each;
    `rtrl`, multiplications per step and sequence of real-time recurrent
    learning, H^2 (H D + H^2 + H), and `bptt`, those of the whole way per step
    and sequence.
    """
    n, d, units, q, k = 8, 16, 32, 4, 10
    lengths = [10, 20, 40, 80]
    rows: dict[str, list[int]] = {"forward": [], "backward": [], "window": []}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = ((units, d), (units, units), (units,), (q, units), (q,))
        w = Weights(*(torch.randn(s) for s in sizes))
        for T in lengths:
            x = torch.randn(T, n, d)
            h, y_hat = forward(w, x)
            dy = torch.randn_like(y_hat)
            rows["forward"].append(_counted(lambda x=x: forward(w, x)))
            rows["backward"].append(
                _counted(lambda x=x, dy=dy, h=h: backward(w, x, dy, h))
            )
            rows["window"].append(
                _counted(lambda dy=dy, h=h: windowed(w, dy, h, k))
            )
    forwards, backwards = np.array(rows["forward"]), np.array(rows["backward"])
    steps = np.array(lengths)
    return {
        "T": lengths,
        "N": n,
        "D": d,
        "H": units,
        "Q": q,
        "k": k,
        "forward": forwards,
        "backward": backwards,
        "ratio": backwards / forwards,
        "window": np.array(rows["window"]),
        "kept": (steps + 1) * n * units,
        "kept_pieces": np.full(len(lengths), (k + 1) * n * units),
        "bptt": int((forwards + backwards)[-1] // (lengths[-1] * n)),
        "rtrl": units**2 * (units * d + units**2 + units),
    }
