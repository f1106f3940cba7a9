"""Five series, seven forecasters: who beats persistence, and by how much.

Each series is cut in time: models learn from the first part, the second
chooses a penalty or when to stop, and the third, shown here, measures.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnncourse import data
from rnncourse.forecasting import (
    KINDS,
    Ensemble,
    Linear,
    Recurrent,
    Scaling,
    Windows,
    band,
    coverage,
    cuts,
    drift,
    learn,
    margin,
    persistence,
    recursive,
    seasonal_naive,
    skill,
    squared_errors,
    windows,
)
from rnncourse.store import kept
from rnncourse.training import Network

SEEDS, UNITS, STEPS, RATE, BATCH = 5, 16, 300, 0.01, 64
PENALTIES = (1.0, 10.0, 100.0, 1000.0, 10000.0)
LEVEL = 0.8

Models = dict[str, Callable[[Tensor], Tensor]]


@dataclass(frozen=True)
class Case:
    """A series and how it is read.

    Attributes:
        values: (T,) or (T, N), as models read them.
        length: K.
        horizon: Q.
        cuts: where the validation and the test begin.
        season: m, or None where there is none.
        changes: whether models read changes, or levels.
        own_drift: whether the drift is that of each window.
        block: how many windows in a row are taken as one for the margin.
        steps: of training.
        shown: columns that are kept for the pages, by name.
        undo: from what models read to the units of the series.
    """

    values: NDArray[np.float64]
    length: int
    horizon: int
    cuts: list[int]
    season: int | None = None
    changes: bool = True
    own_drift: bool = False
    block: int = 40
    steps: int = STEPS
    shown: dict[str, int] = field(default_factory=lambda: {"": 0})
    undo: Callable[[NDArray[np.float64]], NDArray[np.float64]] = np.asarray

    def tensor(self) -> Tensor:
        return torch.as_tensor(self.values)

    def parts(self) -> tuple[Windows, Windows, Windows]:
        """Windows to learn from, to choose with, to measure on."""
        x, (a, b) = self.tensor(), self.cuts
        size = (self.length, self.horizon)
        return (
            windows(x, *size, end=a),
            windows(x, *size, a, b),
            windows(x, *size, b),
        )

    def scaling(self) -> Scaling:
        return Scaling.fit(self.tensor()[: self.cuts[0]], self.changes)

    def baselines(self) -> Models:
        slope: float | None = None
        if not self.own_drift:
            slope = self.tensor()[: self.cuts[0]].diff(dim=0).mean().item()
        Q, m = self.horizon, self.season
        found: Models = {
            "persistence": lambda past: persistence(past, Q),
            "drift": lambda past: drift(past, Q, slope),
        }
        if m is not None:
            found["seasonal"] = lambda past: seasonal_naive(past, Q, m)
        return found


def linear(case: Case) -> tuple[Linear, float]:
    """The ridge whose penalty the validation likes best, and that penalty."""
    train, validation, _ = case.parts()
    scaling = case.scaling()
    found = [(Linear.fit(train, scaling, p), p) for p in PENALTIES]
    return min(
        found,
        key=lambda pair: squared_errors(
            pair[0](validation.past), validation.future
        ).mean(),
    )


def networks(case: Case, kind: str, horizon: int | None = None) -> Recurrent:
    """Five networks of a kind, from seeds 0, ..., 4, trained together."""
    train, validation, _ = case.parts()
    made, Q = [], horizon or case.horizon
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        made.append(Network(KINDS[kind](1, UNITS), Q, last=True))
    return learn(
        made,
        Windows(train.past, train.future[:, :Q]),
        Windows(validation.past, validation.future[:, :Q]),
        case.scaling(),
        steps=case.steps,
        batch=BATCH,
        rate=RATE,
    )


def _models(case: Case) -> Models:
    """Every forecaster, the fitted ones fitted, the references first."""
    found: Models = {**case.baselines(), "linear": linear(case)[0]}
    return found | {kind: networks(case, kind) for kind in KINDS}


def _compared(case: Case, models: Models) -> dict[str, Any]:
    """What every series reports; see `market`."""
    x, (train, validation, test) = case.tensor(), case.parts()
    fitted: Any = models["linear"]
    recurrent: dict[str, Any] = {kind: models[kind] for kind in KINDS}
    said = {
        name: model(test.past).reshape(-1, *test.future.shape)
        for name, model in models.items()
    }
    reference = squared_errors(said["persistence"][0], test.future)
    by_seed = {
        name: skill(each, said["persistence"][0], test.future)
        for name, each in said.items()
    }
    N = 1 if x.dim() == 1 else x.shape[1]
    losses, moved, mse = [], [], []
    for each in said.values():
        error = squared_errors(each, test.future).mean(0)  # (M, Q)
        losses.append(error.mean(1).reshape(-1, N).T.reshape(-1))
        moved.append(((each - said["persistence"]) ** 2).mean().item())
        mse.append(error.mean(0).numpy())
    between = [[margin(a - b, case.block) for b in losses] for a in losses]
    margins = np.array(between) / reference.mean().item()
    skills = torch.stack([by_seed[kind] for kind in KINDS])
    mean = np.array([each.mean().item() for each in by_seed.values()])
    return {
        "models": list(said),
        "T": len(x),
        "N": N,
        "length": case.length,
        "horizon": case.horizon,
        "windows": [len(part.past) for part in (train, validation, test)],
        "penalty": linear(case)[1],
        "skill": mean,
        "by_name": dict(zip(said, mean.tolist(), strict=True)),
        "spread": skills.std(1).numpy(),
        "skills": skills.numpy(),
        "networks": skills.mean(1).numpy(),
        "best_network": skills.max().item(),
        "worst_network": skills.min().item(),
        "margin": margins[:, 0],
        "ahead": mean[:, None] - mean,
        "ahead_margin": margins,
        "together": np.array(
            [
                skill(each.mean(0), said["persistence"][0], test.future).item()
                for each in said.values()
            ]
        ),
        "moved": np.array(moved) / reference.mean().item(),
        "mse": np.array(mse),
        "ratio": np.sqrt(np.array(mse) / mse[0]),
        "stopped": np.array([model.steps for model in recurrent.values()]),
        "seeds": SEEDS,
        "units": UNITS,
        "steps": case.steps,
        **_intervals(fitted, recurrent["LSTM"], validation, test),
        **_explored(case, models),
    }


def _intervals(
    fitted: Linear, network: Recurrent, validation: Windows, test: Windows
) -> dict[str, Any]:
    """How much of the test falls between the lines, by step and in all."""
    residuals = validation.future - fitted(validation.past)
    low, high = band(residuals, LEVEL)
    said = fitted(test.past)
    inside = coverage(said + low, said + high, test.future)
    five = network(test.past)
    seeds = coverage(five.amin(0), five.amax(0), test.future)
    return {
        "level": LEVEL,
        "band": torch.stack([low, high]).numpy(),
        "inside": inside.numpy(),
        "covered": inside.mean().item(),
        "inside_seeds": seeds.numpy(),
        "covered_seeds": seeds.mean().item(),
    }


ORIGINS = 40  # forecasts kept of each series


def _explored(case: Case, models: Models) -> dict[str, Any]:
    """A stretch of the test and what each model says from places in it.

    `cut` (K, C), the stretch, of each of the C series of `names`; `origins`
    (k,), places in it from which the future is said; `said` (models, C, k, Q),
    means over the seeds; `said_seeds` (C, k, Q, 5), those of the LSTM; `fed`
    (models, C, k, Q), the same of a model that reads what it said itself;
    `next` (models, C, L - K), what each place from K - 1 on says of the next
    one, of the L places of the stretch.
    """
    T, (K, Q) = len(case.values), (case.length, case.horizon)
    begin = case.cuts[1] - K
    stretch = case.tensor().reshape(T, -1)[begin:][:, list(case.shown.values())]
    stretch = stretch[: K + Q + 400]
    last = len(stretch) - Q - 1
    origins = np.unique(np.linspace(K - 1, last, ORIGINS).astype(int))
    past = torch.stack([stretch[t - K + 1 : t + 1].T for t in origins], dim=1)
    C, k, _ = past.shape
    flat = past.reshape(C * k, K)
    every = stretch.T.unfold(1, K, 1)[:, :-1]  # (C, L - K, K)
    said, by_seed, fed, following = [], [], [], []
    for name, model in models.items():
        alone = case.undo(_fed(model, flat, Q).numpy())
        nearest = case.undo(model(every.reshape(-1, K))[..., 0].numpy())
        if isinstance(model, Recurrent):
            alone, nearest = alone.mean(0), nearest.mean(0)
        fed.append(alone.reshape(C, k, Q))
        following.append(nearest.reshape(C, -1))
        each = case.undo(model(flat).numpy())
        if each.ndim == 3:
            if name == "LSTM":
                by_seed = [np.moveaxis(each.reshape(-1, C, k, Q), 0, -1)]
            each = each.mean(0)
        said.append(each.reshape(C, k, Q))
    return {
        "names": list(case.shown),
        "begin": begin,
        "cut": case.undo(stretch.numpy()),
        "origins": origins,
        "said": np.array(said),
        "said_seeds": by_seed[0],
        "fed": np.array(fed),
        "next": np.array(following),
    }


def _fed(model: Callable[[Tensor], Tensor], past: Tensor, Q: int) -> Tensor:
    """Q steps, each model, and each network, reading what it said itself."""
    if not isinstance(model, Recurrent):
        return recursive(model, past, Q)
    every = [
        recursive(lambda x, s=s: model(x)[s], past, Q)  # type: ignore[misc]
        for s in range(model.ensemble.S)
    ]
    return torch.stack(every)


def market_case() -> Case:
    """Apple, the logarithm of its price, 2000 to 2013."""
    prices = data.stock_prices("AAPL")
    return Case(
        np.log(prices.values),
        length=30,
        horizon=20,
        cuts=cuts(len(prices)),
        shown={"AAPL": 0},
        undo=np.exp,
    )


SUMMER = ("2016-05-01", "2016-10-01")


def temperature_case() -> Case:
    """Hourly means of the months in which the day shows."""
    sea = data.sea_temperature(60)
    begin, end = (np.datetime64(day) for day in SUMMER)
    values = sea.values[(sea.dates >= begin) & (sea.dates < end)]
    return Case(
        values,
        length=48,
        horizon=24,
        cuts=cuts(len(values)),
        season=24,
        block=48,
        shown={"B01": 0},
    )


SHOWN = ("Argentina", "Japan", "Nigeria")


def population_case() -> Case:
    """Read up to 1990 to learn, 1995-2005 to choose, 2010-2020 to measure."""
    names = data.countries()
    people = [data.population(name).values for name in names]
    return Case(
        np.log(np.stack(people, axis=1)),
        length=4,
        horizon=3,
        cuts=[9, 12],
        own_drift=True,
        block=1,
        shown={name: names.index(name) for name in SHOWN},
        undo=np.exp,
    )


def walk_case() -> Case:
    """Ten walks, read one by one, learnt from together."""
    walks = data.random_walk(1500, 10, torch.Generator().manual_seed(0))
    return Case(walks, length=30, horizon=20, cuts=cuts(len(walks)))


RATE_HZ, PITCH = 8000, 125.0


def vowel_case() -> Case:
    """Half a second of a voice of 125 Hz, in levels."""
    sound = data.vowel(
        "a", 4000, RATE_HZ, PITCH, generator=torch.Generator().manual_seed(0)
    )
    return Case(
        sound,
        length=64,
        horizon=16,
        cuts=cuts(len(sound)),
        season=int(RATE_HZ / PITCH),
        changes=False,
        block=32,
        steps=500,
        shown={"a": 0},
    )


@kept
def market() -> dict[str, Any]:
    """Apple's daily price, its logarithm: 30 days read, 20 said.

    By model, in the order of `models`: `skill`, against persistence on the
    test, means over five seeds (`by_name`, the same by name); `together`, that
    of the mean of the five forecasts; `margin`, two standard errors of `skill`,
    by the test's windows; `ahead` and `ahead_margin` (models, models), the
    skill of one less that of another, both on the same windows, and two
    standard errors of the difference; `moved`, the mean squared
    distance of the forecast from the last value, and `mse` (models, Q), by
    step, `ratio`, their roots over those of persistence. By network: `skills`
    (3, 5), `networks` and `spread` (3,), their mean and standard deviation.
    `inside` (Q,) and `covered`: the share of the test in the band of `level`
    that the linear model draws from its residuals on the validation;
    `inside_seeds`, `covered_seeds`: between the five LSTMs. `moved` is over
    the mean squared error of persistence.
    """
    case = market_case()
    with torch.random.fork_rng():
        return _compared(case, _models(case))


@kept
def temperature() -> dict[str, Any]:
    """The sea's, by hours, May to September: 48 read, 24 said; see `market`.

    `winter` (models,), the skill of the same models, not trained again, from
    December 2016 to March 2017.
    """
    case = temperature_case()
    with torch.random.fork_rng():
        models = _models(case)
        found = _compared(case, models)
    sea = data.sea_temperature(60)
    cold = sea.values[sea.dates >= np.datetime64("2016-12-01")]
    past, future = windows(torch.as_tensor(cold), case.length, case.horizon)
    reference = persistence(past, case.horizon)
    winter = [
        skill(model(past), reference, future).mean().item()
        for model in models.values()
    ]
    return {**found, "winter": np.array(winter)}


@kept
def population() -> dict[str, Any]:
    """Of 237 countries, log: 4 estimates read, 3 said; see `market`."""
    case = population_case()
    with torch.random.fork_rng():
        return _compared(case, _models(case))


@kept
def walk() -> dict[str, Any]:
    """Ten random walks of 1,500 steps: 30 read, 20 said; see `market`.

    `root` (Q,), the error of persistence, root mean square, by step.
    """
    case = walk_case()
    with torch.random.fork_rng():
        found = _compared(case, _models(case))
    return {**found, "root": np.sqrt(found["mse"][0])}


@kept
def vowel() -> dict[str, Any]:
    """A synthesised a at 8 kHz: 64 samples read, 16 said; see `market`."""
    case = vowel_case()
    with torch.random.fork_rng():
        return _compared(case, _models(case))


@kept
def series() -> dict[str, Any]:
    """The five series whole, in their units, and where they were cut."""
    cases = {
        "market": market_case(),
        "temperature": temperature_case(),
        "population": population_case(),
        "walk": walk_case(),
        "vowel": vowel_case(),
    }
    return {
        name: {
            "values": case.undo(
                case.values.reshape(len(case.values), -1)[
                    :, list(case.shown.values())
                ]
            ),
            "cuts": case.cuts,
            "length": case.length,
            "horizon": case.horizon,
        }
        for name, case in cases.items()
    }


@kept
def horizons() -> dict[str, Any]:
    """Temperature, said at once or step by step: error by hours ahead.

    `direct` and `recursive` (2, 24), root mean squared errors of the linear
    model and of the GRU (mean over five seeds), over that of persistence;
    `steps`, hours ahead.
    """
    case = temperature_case()
    train, _, test = case.parts()
    scaling, Q = case.scaling(), case.horizon
    direct, penalty = linear(case)
    one = Windows(train.past, train.future[:, :1])
    short = Linear.fit(one, scaling, penalty)
    with torch.random.fork_rng():
        gru, gru_short = networks(case, "GRU"), networks(case, "GRU", 1)
    steps = []
    for s in range(SEEDS):
        alone = Ensemble([gru_short.ensemble.network(s)])
        single = Recurrent(alone, scaling, ())

        def one_step(past: Tensor, model: Recurrent = single) -> Tensor:
            return model(past)[0]

        steps.append(recursive(one_step, test.past, Q))
    reference = squared_errors(persistence(test.past, Q), test.future).mean(0)

    def root(said: Tensor) -> NDArray[np.float64]:
        error = squared_errors(said, test.future)
        return (error.reshape(-1, Q).mean(0) / reference).sqrt().numpy()

    return {
        "steps": np.arange(1, Q + 1),
        "direct": np.array([root(direct(test.past)), root(gru(test.past))]),
        "recursive": np.array(
            [root(recursive(short, test.past, Q)), root(torch.stack(steps))]
        ),
    }


WALKS, LONG, READ, AHEAD = 200, 500, 20, 20


@kept
def leak() -> dict[str, Any]:
    """Random walks, measured wrongly and well.

    A linear model on levels, for each of 200 walks of 500 steps. `shuffled`:
    a fifth of the windows, drawn at random, is the test, so that its
    neighbours, with nearly the same future, are learnt from; `in_time`: the
    last fifth is. Mean skill over the walks and, `*_margin`, two standard
    errors of it; `fooled`, the share of walks whose shuffled skill is
    positive.
    """
    generator = torch.Generator().manual_seed(0)
    walks = data.random_walk(LONG, WALKS, generator)
    found: dict[str, list[float]] = {"shuffled": [], "in_time": []}
    for walk in torch.as_tensor(walks).T:
        cut = int(0.8 * LONG)
        whole = windows(walk, READ, AHEAD)
        order = torch.randperm(len(whole.past), generator=generator)
        few = order[: len(order) // 5], order[len(order) // 5 :]
        test, train = (Windows(*(part[i] for part in whole)) for i in few)
        later = windows(walk, READ, AHEAD, cut)
        earlier = windows(walk, READ, AHEAD, end=cut)
        for name, known, unknown, past in (
            ("shuffled", train, test, walk),
            ("in_time", earlier, later, walk[:cut]),
        ):
            model = Linear.fit(known, Scaling.fit(past, changes=False), 1.0)
            reference = persistence(unknown.past, AHEAD)
            said = model(unknown.past)
            found[name].append(skill(said, reference, unknown.future).item())
    shuffled, in_time = (torch.tensor(each) for each in found.values())
    return {
        "walks": WALKS,
        "T": LONG,
        "shuffled_by_walk": shuffled.numpy(),
        "in_time_by_walk": in_time.numpy(),
        "shuffled": shuffled.mean().item(),
        "shuffled_margin": margin(shuffled, 1),
        "in_time": in_time.mean().item(),
        "in_time_margin": margin(in_time, 1),
        "fooled": (shuffled > 0).double().mean().item(),
    }


@kept
def one_step() -> dict[str, Any]:
    """Apple's price and that of the day before: a plot that convinces.

    `price` and `said` (80,), the first days of the test and persistence;
    `levels`, the correlation of the two along the whole test; `changes`, that
    of the change that the linear model says with the one that came;
    `determined`, 1 - MSE of persistence / variance of the price; `days`.
    """
    case = market_case()
    _, _, test = case.parts()
    last, true = test.past[:, -1].exp(), test.future[:, 0].exp()
    said = linear(case)[0](test.past)[:, 0] - test.past[:, -1]
    came = test.future[:, 0] - test.past[:, -1]
    both = torch.stack([last, true])
    error = (last - true).square().mean() / true.var(correction=0)
    return {
        "price": true[:80].numpy(),
        "said": last[:80].numpy(),
        "days": len(true),
        "levels": torch.corrcoef(both)[0, 1].item(),
        "changes": torch.corrcoef(torch.stack([said, came]))[0, 1].item(),
        "determined": 1 - error.item(),
    }
