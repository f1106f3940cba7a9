"""Depth, directions, dropout, padding and carried states, measured."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.data import adding
from rnncourse.deep import (
    LockedDropout,
    Stack,
    last_outputs,
    masked_mean,
    real_steps,
    rows,
)
from rnncourse.layers import GRU, LSTM, RNN, Layer
from rnncourse.store import kept
from rnncourse.training import Network, fit

FLOAT = torch.float64
KINDS: dict[str, type[Layer]] = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
BLOCKS = {"RNN": 1, "GRU": 3, "LSTM": 4}


def count(kind: str, D: int, H: int, L: int, d: int = 1) -> int:
    """Parameters of L layers in d directions, with torch's two biases."""
    blocks = BLOCKS[kind]
    first = blocks * (H * D + H * H + 2 * H)
    others = blocks * (H * d * H + H * H + 2 * H)
    return d * (first + (L - 1) * others)


@kept
def sizes() -> dict[str, Any]:
    """Parameters with D = 32, H = 64: `one` and `both` (3, 3).

    By kind of `kinds` and number of layers of `layers`, in one direction and
    in both, counted in torch.nn's modules.
    """
    D, H, layers = 32, 64, [1, 2, 3]
    tables = []
    for both in (False, True):
        tables.append(
            [
                [
                    sum(
                        p.numel()
                        for p in getattr(nn, kind)(
                            D, H, L, bidirectional=both, device="meta"
                        ).parameters()
                    )
                    for L in layers
                ]
                for kind in KINDS
            ]
        )
    return {
        "D": D,
        "H": H,
        "kinds": list(KINDS),
        "layers": layers,
        "one": tables[0],
        "both": tables[1],
    }


X, W_XH, W_HH = (1.0, 0.0, -1.0), 0.5, 0.8


@kept
def scalar() -> dict[str, Any]:
    """Two layers of the course's network of one unit, three steps by hand.

    Weights 1/2 and 4/5 in both layers, no bias. Element t of `x`, `below` and
    `above` is that of step t; `paths` (3,), the three products of derivatives
    that lead from h_3^(2) to x_1, going down at step 3, 2 or 1; `total`, their
    sum; `autograd`, the same derivative; `alone`, dh_3/dx_1 of one layer.
    """
    x = torch.tensor(X, dtype=FLOAT, requires_grad=True)
    below = above = torch.zeros((), dtype=FLOAT)
    layers = [[below], [above]]
    for x_t in x:
        below = torch.tanh(W_XH * x_t + W_HH * below)
        above = torch.tanh(W_XH * below + W_HH * above)
        layers[0].append(below)
        layers[1].append(above)
    first, second = (torch.stack(states).detach() for states in layers)
    slope, slope_above = 1 - first**2, 1 - second**2
    legs = []
    for t in (3, 2, 1):
        back_above = W_HH * slope_above[t + 1 :]
        back_below = W_HH * slope[2 : t + 1]
        legs.append(
            back_above.prod()
            * (W_XH * slope_above[t])
            * back_below.prod()
            * (W_XH * slope[1])
        )
    (found,) = torch.autograd.grad(above, x, retain_graph=True)
    (alone,) = torch.autograd.grad(below, x)
    return {
        "x": np.array([0.0, *X]),
        "below": first.numpy(),
        "above": second.numpy(),
        "paths": [float(leg) for leg in legs],
        "total": float(sum(legs)),
        "autograd": float(found[0]),
        "alone": float(alone[0]),
    }


W, U, LAGS = 0.8, 1.0, 40


def slopes(L: int, w: float, u: float, T: int) -> Tensor:
    """dh_T^(L)/dx_t of a linear stack of one unit, by autograd: (T,)."""
    x = torch.zeros(T, dtype=FLOAT, requires_grad=True)
    below = list(x)
    for _ in range(L):
        h, states = torch.zeros((), dtype=FLOAT), []
        for entry in below:
            h = u * entry + w * h
            states.append(h)
        below = states
    (found,) = torch.autograd.grad(below[-1], x)
    return found


@kept
def paths() -> dict[str, Any]:
    """Of a linear stack of one unit, what reaches each input, by lag.

    Recurrent weight `w` = 0.8, input weights `u` = 1; for the numbers of layers
    of `layers`, `count` (4, 41), how many ways lead from the last output to the
    input `lag` steps before; `slope` (4, 41), the derivative by autograd;
    `share` the same over its sum; `middle` (4,), the lag before which half of
    that sum lies; `crossed`, how many ways there are with 3 layers and lag 10.
    """
    layers, lags = [1, 2, 3, 4], np.arange(LAGS + 1)
    ways = np.array(
        [[math.comb(k + L - 1, L - 1) for k in lags] for L in layers]
    )
    slope = np.array(
        [slopes(L, W, U, LAGS + 1).numpy()[::-1].copy() for L in layers]
    )
    share = slope / slope.sum(-1, keepdims=True)
    return {
        "w": W,
        "u": U,
        "layers": layers,
        "lags": lags,
        "count": ways,
        "slope": slope,
        "share": share,
        "peak": slope.argmax(-1),
        "middle": (share.cumsum(-1) < 0.5).sum(-1),
        "crossed": int(ways[2, 10]),
    }


VARIANTS: dict[str, dict[str, bool]] = {
    "plain": {},
    "norm": {"norm": True},
    "residual": {"residual": True},
    "both": {"residual": True, "norm": True},
}
DEEP, WIDE, NETS, STEPS_SEEN, SEQUENCES = 12, 32, 7, 20, 4


def _through_depth(stack: Stack, x: Tensor) -> list[float]:
    """|dL/ds^(l)| for l = L, ..., 1, over that of l = L; L weighs at random."""
    streams: list[Tensor] = []
    s = x
    for l, layer in enumerate(stack.layers):
        h, _ = layer(stack.norms[l - 1](s) if l else s)
        s = s + h if l and stack.residual else h
        streams.append(s)
    sent = torch.autograd.grad(s, streams, torch.randn_like(s))
    sizes = [part.norm().item() for part in reversed(sent)]
    return [size / sizes[0] for size in sizes]


@kept
def norms() -> dict[str, Any]:
    """Gradient norms through 12 layers, before training, four ways to stack.

    32 units, PyTorch's initial weights, 20 steps of 4 sequences of normal
    numbers, a gradient drawn at random for every output. `left` (3, 4, 12), by
    kind, variant of `variants` and number of layers gone down, over that at the
    top: medians of 7 networks; `last` (3, 4), at the first layer; `factor`
    (3,), what a plain layer leaves, the geometric mean.
    """
    left = np.zeros((len(KINDS), len(VARIANTS), NETS, DEEP))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for i, kind in enumerate(KINDS.values()):
            for j, options in enumerate(VARIANTS.values()):
                for n in range(NETS):
                    stack = Stack(kind, 8, WIDE, DEEP, **options)
                    x = torch.randn(STEPS_SEEN, SEQUENCES, 8)
                    left[i, j, n] = _through_depth(stack, x)
    middle = np.median(left, axis=2)
    return {
        "kinds": list(KINDS),
        "variants": list(VARIANTS),
        "layers": DEEP,
        "units": WIDE,
        "nets": NETS,
        "down": np.arange(DEEP),
        "left": middle,
        "last": middle[:, :, -1],
        "factor": middle[:, 0, -1] ** (1 / (DEEP - 1)),
    }


def widest(kind: str, D: int, L: int, budget: int) -> int:
    """The largest H whose network, with one output, is within the budget."""
    H = 1
    while count(kind, D, H + 1, L) + H + 2 <= budget:
        H += 1
    return H


SEEDS, BUDGET, LAYERS = 3, 1500, (1, 2, 3, 4)
TEACHER_LAYERS, TEACHER_UNITS, TEACHER_GAIN = 3, 6, 3.0


class _Teacher:
    """A series made by a deep network of random weights: what is learnt."""

    def __init__(self, layers: int) -> None:
        H = TEACHER_UNITS
        self.layer, self.readout = RNN(2, H, layers), nn.Linear(H, 1)
        for name, weight in self.layer.named_parameters():
            if name.startswith("weight_ih"):
                scale = TEACHER_GAIN / weight.shape[1] ** 0.5
                nn.init.normal_(weight, std=scale)
            elif name.startswith("weight_hh"):
                nn.init.orthogonal_(weight, 0.9)
            else:
                nn.init.zeros_(weight)
        nn.init.normal_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)
        y = self.answer(torch.randn(20, 2000, 2))
        self.mean, self.spread = y.mean(), y.std()

    @torch.no_grad()
    def answer(self, x: Tensor) -> Tensor:
        """(T, N, 2) to (T, N, 1)."""
        return self.readout(self.layer(x)[0])

    def batch(self, N: int) -> tuple[Tensor, Tensor]:
        """Sequences of 20 steps, and answers of mean 0 and variance 1."""
        x = torch.randn(20, N, 2)
        return x, (self.answer(x) - self.mean) / self.spread


def _error(network: nn.Module, x: Tensor, y: Tensor) -> float:
    with torch.no_grad():
        return nn.functional.mse_loss(network(x)[0], y).item()


def _learn(
    network: nn.Module, batches: Iterator[Any], steps: int, rate: float
) -> list[float]:
    """Adam whose rate falls to 0 along half a cosine; the losses."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses = []
    for step in fit(
        network, batches, nn.functional.mse_loss, optimizer, clip=1.0
    ):
        falling.step()
        losses.append(step.loss)
    return losses


def _spread(kind: str, error: Any) -> dict[str, Any]:
    """By number of layers, over the seeds."""
    return {
        "layers": list(LAYERS),
        "seeds": SEEDS,
        "budget": BUDGET,
        "units": [widest(kind, 2, L, BUDGET) for L in LAYERS],
        "error": error,
        "mean": error.mean(-1),
        "best": error.min(-1),
        "worst": error.max(-1),
    }


DEPTH_STEPS, SUM_STEPS, SUM_LENGTH, FRESH = 400, 300, 12, 1000


@kept
def depth() -> dict[str, Any]:
    """Where depth helps: simple networks learn what a deep one answers.

    1 to 4 layers of the same width within 1,500 parameters, 400 steps of Adam
    with 32 sequences of 20 steps each, three seeds. `error` (4, 3), by number
    of layers and seed, the mean squared error on 1,000 fresh sequences of the
    task of `_Teacher` with 3 layers, where answering the mean costs 1; `units`
    (4,), H; `mean`, `best` and `worst` (4,), over the seeds.
    """
    error = np.zeros((len(LAYERS), SEEDS))
    with torch.random.fork_rng():
        for j, L in enumerate(LAYERS):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                teacher = _Teacher(TEACHER_LAYERS)
                network = Network(RNN(2, widest("RNN", 2, L, BUDGET), L), 1)
                batches = (teacher.batch(32) for _ in range(DEPTH_STEPS))
                _learn(network, batches, DEPTH_STEPS, 0.01)
                error[j, seed] = _error(network, *teacher.batch(FRESH))
    found = _spread("RNN", error)
    return found | {"steps": DEPTH_STEPS, "taught": TEACHER_LAYERS}


@kept
def sums() -> dict[str, Any]:
    """Where depth does not help: GRUs on the adding problem.

    As `depth`, with 12 steps to read and 300 to learn; `error` (4, 3) is over
    the 1/6 that always answering 1 costs.
    """
    error = np.zeros((len(LAYERS), SEEDS))
    with torch.random.fork_rng():
        for j, L in enumerate(LAYERS):
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                layer = GRU(2, widest("GRU", 2, L, BUDGET), L)
                network = Network(layer, 1, last=True)
                batches = (adding(SUM_LENGTH, 32) for _ in range(SUM_STEPS))
                _learn(network, batches, SUM_STEPS, 0.02)
                error[j, seed] = 6 * _error(network, *adding(SUM_LENGTH, FRESH))
    return _spread("GRU", error) | {"steps": SUM_STEPS, "T": SUM_LENGTH}


TALL, TALL_UNITS, TALL_STEPS = 8, 12, 100


@kept
def tall() -> dict[str, Any]:
    """Training 8 layers of LSTM, stacked in the four ways of `variants`.

    The task of `_Teacher` with one layer, 12 units a layer, 100 steps of Adam,
    two seeds. `losses` (4, 2, 10), means of 10 steps; `last` (4,), the mean of
    the last over the seeds; `worst` and `best` (4,); `steps` (10,).
    """
    seeds, each = 2, 10
    losses = np.zeros((len(VARIANTS), seeds, TALL_STEPS // each))
    with torch.random.fork_rng():
        for j, options in enumerate(VARIANTS.values()):
            for seed in range(seeds):
                torch.manual_seed(seed)
                teacher = _Teacher(1)
                stack = Stack(LSTM, 2, TALL_UNITS, TALL, **options)
                batches = (teacher.batch(32) for _ in range(TALL_STEPS))
                along = _learn(Network(stack, 1), batches, TALL_STEPS, 0.02)
                losses[j, seed] = np.array(along).reshape(-1, each).mean(-1)
    return {
        "variants": list(VARIANTS),
        "layers": TALL,
        "units": TALL_UNITS,
        "training_steps": TALL_STEPS,
        "seeds": seeds,
        "steps": np.arange(each, TALL_STEPS + 1, each),
        "losses": losses,
        "last": losses[:, :, -1].mean(-1),
        "worst": losses[:, :, -1].max(-1),
        "best": losses[:, :, -1].min(-1),
    }


class _Tagger(nn.Module):
    """GRUs in one direction or both, and a score for each step."""

    def __init__(self, num_layers: int, bidirectional: bool) -> None:
        super().__init__()
        self.layer = GRU(1, 8, num_layers, bidirectional=bidirectional)
        self.readout = nn.Linear(16 if bidirectional else 8, 1)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        out, state = self.layer(x, state)
        return self.readout(out)[..., 0], state


COINS, COIN_STEPS = 16, 200
TASKS = ("majority", "differ", "next")
NETWORKS = ((1, False), (1, True), (2, True))


def _asked(task: str, N: int) -> tuple[Tensor, Tensor]:
    """Signs (T, N, 1), and the answers of steps 2, ..., T - 1: (T - 2, N)."""
    coins = torch.randint(2, (COINS, N))
    before, now, after = coins[:-2], coins[1:-1], coins[2:]
    y = {
        "majority": (before + now + after) // 2,
        "differ": before ^ after,
        "next": after,
    }[task]
    return (2.0 * coins - 1.0)[..., None], y.float()


def _answered(scores: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(scores[1:-1], y)


def _right(scores: Tensor, y: Tensor) -> float:
    return float(((scores[1:-1] > 0) == (y > 0)).float().mean())


@kept
def future() -> dict[str, Any]:
    """The two directions where they are right and where they cheat.

    GRUs of 8 units read 16 coins, and at each step answer whether most of the
    coin before, this one and the next are heads (`majority`), whether the two
    neighbours differ (`differ`), or what the next coin is (`next`). `accuracy`
    (3, 3) on 1,000 fresh sequences, by task and network: one direction, both,
    both in two layers. `deployed`, that of both directions on `next` in use,
    when the sequence ends at the present step.
    """
    accuracy = np.zeros((len(TASKS), len(NETWORKS)))
    deployed = 0.0
    with torch.random.fork_rng():
        for i, task in enumerate(TASKS):
            for j, (layers, both) in enumerate(NETWORKS):
                torch.manual_seed(0)
                network = _Tagger(layers, both)
                optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
                batches = (_asked(task, 64) for _ in range(COIN_STEPS))
                for _ in fit(network, batches, _answered, optimizer, clip=1.0):
                    pass
                x, y = _asked(task, FRESH)
                with torch.no_grad():
                    accuracy[i, j] = _right(network(x)[0], y)
                    if (task, layers, both) == ("next", 1, True):
                        ends = [
                            network(x[:t])[0][-1] for t in range(1, COINS + 1)
                        ]
                        deployed = _right(torch.stack(ends), y)
    return {
        "T": COINS,
        "units": 8,
        "steps": COIN_STEPS,
        "tasks": list(TASKS),
        "accuracy": accuracy,
        "deployed": deployed,
        "fresh": FRESH,
    }


LENGTHS = (12, 9, 5, 2)


@kept
def padding() -> dict[str, Any]:
    """What padding spoils, in an untrained bidirectional GRU.

    Four sequences of `lengths` = 12, 9, 5 and 2 steps padded with zeros; the
    same packed. By sequence (4,): `forward`, |h - h'| / |h'| of the forward
    state taken at the last step of the batch, against that at its own last
    step; `backward`, the same of the backward state at its own last step;
    `packed`, both with packing, against each sequence alone. `loss` a mean of
    1 per real step and 0 in padding gives over all steps, `masked` over real
    steps; `share`, of padding.
    """
    T, N, D, H = max(LENGTHS), len(LENGTHS), 3, 16
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        layer = GRU(D, H, bidirectional=True, dtype=FLOAT)
        x = torch.randn(T, N, D, dtype=FLOAT)
    x[~real_steps(LENGTHS, T)] = 0.0
    with torch.no_grad():
        out, _ = layer(x)
        alone = [layer(x[:n, [k]]) for k, n in enumerate(LENGTHS)]
        ahead = torch.stack([o[-1, 0, :H] for o, _ in alone])
        behind = torch.stack([o[-1, 0, H:] for o, _ in alone])
        ends = last_outputs(out, LENGTHS)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, torch.tensor(LENGTHS), enforce_sorted=False
        )
        exact, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0])
        right = last_outputs(exact, LENGTHS)

    def away(found: Tensor, truth: Tensor) -> Any:
        return ((found - truth).norm(dim=-1) / truth.norm(dim=-1)).numpy()

    losses = real_steps(LENGTHS, T).double()
    return {
        "lengths": list(LENGTHS),
        "forward": away(out[-1, :, :H], ahead),
        "backward": away(ends[:, H:], behind),
        "own": away(ends[:, :H], ahead),
        "packed": away(right, torch.cat([ahead, behind], -1)),
        "zero": float(exact[~real_steps(LENGTHS, T)].abs().max()),
        "loss": float(losses.mean()),
        "masked": float(masked_mean(losses, LENGTHS)),
        "share": float((losses == 0).double().mean()),
        "real": sum(LENGTHS),
        "all": T * N,
    }


RATE, MEMORY = 0.2, 20


@kept
def dropout() -> dict[str, Any]:
    """Masks along time, and what a memory keeps through them.

    `fresh` and `locked` (24, 20), masks of nn.Dropout and LockedDropout, units
    by steps; `kept_fresh` and `kept_locked` (21,), of 4,000 units that copy
    their state at each step through a mask, the share that is not zero after 0,
    ..., 20 steps; `law` (21,), (1 - p)^k.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ones = torch.ones(MEMORY, 1, 24)
        pictures = [
            (layer(ones)[:, 0].T > 0).numpy().astype(float)
            for layer in (nn.Dropout(RATE), LockedDropout(RATE))
        ]
        many = torch.ones(MEMORY, 1, 4000)
        shares = [
            np.array(
                [
                    1.0,
                    *(layer(many) > 0).cumprod(0).double().mean((1, 2)),
                ]
            )
            for layer in (nn.Dropout(RATE), LockedDropout(RATE))
        ]
    steps = np.arange(MEMORY + 1)
    return {
        "p": RATE,
        "steps": steps,
        "fresh": pictures[0],
        "locked": pictures[1],
        "kept_fresh": shares[0],
        "kept_locked": shares[1],
        "law": (1 - RATE) ** steps,
    }


PIECE, SWITCH, ROWS, PIECES = 10, 0.05, 16, 300


def _switches(S: int) -> tuple[Tensor, Tensor]:
    """Mostly 0, rarely a new sign; and the last sign that was read."""
    signs = (2 * torch.randint(2, (S,)) - 1).float()
    news = torch.rand(S) < SWITCH
    news[0] = True
    places = torch.where(news, torch.arange(S), 0).cummax(0).values
    return (signs * news)[:, None], signs[places][:, None]


@kept
def carried() -> dict[str, Any]:
    """A memory longer than a piece: three ways of handing on the state.

    The input is 0 but for a sign, at one step in 20; the answer, the last sign.
    GRUs of 8 units learn from 16 rows cut in pieces of 10 steps. `accuracy`
    (3,) on a fresh series read in the same pieces: the state carried, begun
    anew at each piece, and carried over pieces whose order was shuffled.
    `alone`, how often a step has had a sign in its piece; `best_anew`, what
    can be got right with nothing else to go by.
    """
    found = []
    with torch.random.fork_rng():
        for way in ("carried", "anew", "shuffled"):
            torch.manual_seed(0)
            network = Network(GRU(1, 8), 1)
            optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
            x, y = (rows(one, ROWS) for one in _switches(ROWS * PIECE * PIECES))
            pieces = list(
                zip(torch.split(x, PIECE), torch.split(y, PIECE), strict=True)
            )
            if way == "shuffled":
                pieces = [pieces[k] for k in torch.randperm(len(pieces))]
            loss = nn.functional.soft_margin_loss
            steps = fit(
                network, pieces, loss, optimizer, clip=1.0, carry=way != "anew"
            )
            for _ in steps:
                pass
            x, y = (rows(one, ROWS) for one in _switches(ROWS * PIECE * PIECES))
            state, right = None, []
            with torch.no_grad():
                for x_k, y_k in zip(
                    torch.split(x, PIECE), torch.split(y, PIECE), strict=True
                ):
                    out, state = network(x_k, None if way == "anew" else state)
                    right.append((out * y_k > 0).float())
            found.append(float(torch.cat(right).mean()))
    alone = 1 - np.mean((1 - SWITCH) ** np.arange(1, PIECE + 1))
    return {
        "ways": ["carried", "anew", "shuffled"],
        "accuracy": found,
        "piece": PIECE,
        "every": round(1 / SWITCH),
        "rows": ROWS,
        "units": 8,
        "steps": PIECES,
        "alone": float(alone),
        "best_anew": float((1 + alone) / 2),
    }
