"""Forecast a series: the course's, or that of a file of dates and values.

market: Apple's daily price, to 2013-03-01.
temperature: of the sea at buoy B01, hourly, to 2017-03-22.
FILE.csv: a title, then rows of a date and a value: 2010-01-31,2.5; months
are written 2010-01, years 2010.

A model learns from the first 60 %; the next 20 % says when a network stops and
how wide the band is, which should hold `--level` of what comes. Each row has
the forecast of a step, its band, and `skill`, measured on the last 20 %: 1 is
perfect, 0 no better than repeating the last value. Five networks are trained
once, and kept in the cache.
"""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnncourse.commands import Tell, kept
from rnncourse.data import (
    Series,
    read_csv,
    regular,
    sea_temperature,
    stock_prices,
)
from rnncourse.forecasting import (
    KINDS,
    Ensemble,
    Linear,
    Recurrent,
    Scaling,
    Windows,
    band,
    cuts,
    drift,
    learn,
    persistence,
    seasonal_naive,
    squared_errors,
    windows,
)
from rnncourse.training import Network

MODELS = ("persistence", "drift", "seasonal", "linear", *KINDS)
GAPS = ("refuse", "repeat", "count")
SEEDS, UNITS, STEPS = 5, 16, 300
LEAST = 12  # windows to learn from

Model = Callable[[Tensor], Tensor]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `forecast` takes."""
    add = parser.add_argument
    add("series", help="market, temperature, or FILE.csv")
    add("--model", choices=MODELS, default="LSTM", help="LSTM")
    add("--horizon", type=int, metavar="Q", help="steps to forecast: 10")
    add("--window", type=int, metavar="K", help="values that are read: 30")
    add("--season", type=int, metavar="M", help="steps, for the seasonal model")
    add("--level", type=float, default=0.8, help="of the band: 0.8")
    add(
        "--log",
        action="store_true",
        help="forecast the logarithm, where changes are relative",
    )
    add(
        "--gaps",
        choices=GAPS,
        default="refuse",
        help="missing dates: refuse; repeat the value before; or count rows, "
        "as trading days",
    )


def run(args: argparse.Namespace, tell: Tell) -> list[dict[str, Any]]:
    """A row for each step ahead.

    Raises:
        ValueError: on a series or an option that makes no forecast.
        FileNotFoundError: if there is no such file.
        ModuleNotFoundError: if an extra is not installed.
    """
    series = _series(args)
    _checked(args)
    x = torch.as_tensor(series.values)
    if args.log:
        if not (x > 0).all():
            raise ValueError(
                f"expected positive values with --log, got {x.min():g}"
            )
        x = x.log()
    train, chosen, test = _parts(x, args)
    scaling = Scaling.fit(x[: cuts(len(x))[0]])
    model = _model(args, x, (train, chosen), scaling, tell)
    low, high = band(chosen.future - model(chosen.past), args.level)
    error, still = (
        squared_errors(said, test.future).mean(0)
        for said in (model(test.past), persistence(test.past, args.horizon))
    )
    said = model(x[None, -args.window :])[0]
    dated = not series.gaps()
    rows = []
    for h in range(args.horizon):
        lines = torch.stack([said[h], said[h] + low[h], said[h] + high[h]])
        lines = lines.exp() if args.log else lines
        names = ("forecast", "low", "high")
        dates = {"date": _after(series, h + 1)} if dated else {}
        rows.append(
            {"step": h + 1}
            | dates
            | dict(zip(names, lines.tolist(), strict=True))
            | {"skill": 1 - (error[h] / still[h]).item()}
        )
    return rows


def _series(args: argparse.Namespace) -> Series:
    if args.series == "market":
        _default(args, horizon=20, window=30)
        args.log, args.gaps = True, "count"
        return stock_prices("AAPL")
    if args.series == "temperature":
        _default(args, horizon=24, window=48, season=24)
        return sea_temperature(60)
    if not args.series.endswith(".csv"):
        raise ValueError(
            f"expected market, temperature or a file .csv, got {args.series!r}"
        )
    _default(args, horizon=10, window=30)
    series = read_csv(Path(args.series))
    gaps = series.gaps() if len(series) > 1 else []
    if not gaps or args.gaps == "count":
        return series
    if _monthly(series):
        raise ValueError(
            f"{args.series}: expected equal steps, got days of months or years "
            f"that differ in length, as {series.dates[0]} and "
            f"{series.dates[1]}: write months as 2010-01 and years as 2010, or "
            "choose --gaps count to take rows as equal steps"
        )
    if args.gaps == "repeat":
        dates, values, _ = regular(series.dates, series.values, series.step)
        return Series(dates, values, series.unit, series.source, series.licence)
    before, missing = gaps[0]
    raise ValueError(
        f"{args.series}: expected equal steps, got {len(gaps)} gaps, the first "
        f"of {missing} missing after {before}: choose --gaps repeat, or count "
        "if rows are to be taken as equal steps"
    )


def _monthly(series: Series) -> bool:
    """Whether days are a month or more apart, and not by equal steps."""
    if np.datetime_data(series.dates.dtype)[0] in "YM":
        return False
    uneven = np.diff(series.dates) % series.step != np.timedelta64(0)
    return bool(series.step >= np.timedelta64(28, "D") and uneven.any())


def _default(args: argparse.Namespace, **values: int) -> None:
    for name, value in values.items():
        if getattr(args, name) is None:
            setattr(args, name, value)


def _checked(args: argparse.Namespace) -> None:
    for name, least in (("horizon", 1), ("window", 2)):
        if getattr(args, name) < least:
            raise ValueError(
                f"expected --{name} to be at least {least}, got "
                f"{getattr(args, name)}"
            )
    if not 0 < args.level < 1:
        raise ValueError(f"expected --level between 0 and 1, got {args.level}")
    if args.model == "seasonal":
        if args.season is None:
            raise ValueError("expected --season with --model seasonal")
        if not 1 <= args.season <= args.window:
            raise ValueError(
                f"expected --season within the window of {args.window} "
                f"values, got {args.season}"
            )


def _parts(x: Tensor, args: argparse.Namespace) -> tuple[Windows, ...]:
    a, b = cuts(len(x)) if len(x) > 4 else (0, 0)
    size = (args.window, args.horizon)
    if min(a - sum(size) + 1, b - a, len(x) - b) < max(LEAST, args.horizon):
        raise ValueError(
            f"expected a longer series for a window of {args.window} and a "
            f"horizon of {args.horizon}, got {len(x)} values: choose a smaller "
            "--window or --horizon"
        )
    return (
        windows(x, *size, end=a),
        windows(x, *size, a, b),
        windows(x, *size, b),
    )


def _model(
    args: argparse.Namespace,
    x: Tensor,
    parts: tuple[Windows, Windows],
    scaling: Scaling,
    tell: Tell,
) -> Model:
    Q = args.horizon
    if args.model == "persistence":
        return lambda past: persistence(past, Q)
    if args.model == "drift":
        slope = x[: cuts(len(x))[0]].diff().mean().item()
        return lambda past: drift(past, Q, slope)
    if args.model == "seasonal":
        return lambda past: seasonal_naive(past, Q, args.season)
    if args.model == "linear":
        return Linear.fit(parts[0], scaling, 10.0)
    recurrent = _recurrent(args, x, parts, scaling, tell)
    return lambda past: recurrent(past).mean(0)


def _recurrent(
    args: argparse.Namespace,
    x: Tensor,
    parts: tuple[Windows, Windows],
    scaling: Scaling,
    tell: Tell,
) -> Recurrent:
    """Five networks, kept or trained now."""
    networks = []
    with torch.random.fork_rng():
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            layer = KINDS[args.model](1, UNITS)
            networks.append(Network(layer, args.horizon, last=True))

    def train() -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(0)
        learnt = learn(
            networks, *parts, scaling, steps=STEPS, generator=generator
        )
        return {
            f"{s}.{name}": tensor
            for s in range(SEEDS)
            for name, tensor in learnt.ensemble.network(s).state_dict().items()
        }

    about = {
        "model": args.model,
        "sizes": f"{args.window} {args.horizon} {UNITS} {SEEDS} {STEPS}",
        "values": hashlib.sha256(x.numpy().tobytes()).hexdigest(),
    }
    code = "rnncourse.forecasting.networks"
    found = kept(f"{SEEDS} networks", about, code, train, tell)
    for s, network in enumerate(networks):
        state = network.state_dict()
        network.load_state_dict({name: found[f"{s}.{name}"] for name in state})
    return Recurrent(Ensemble(networks), scaling, ())


def _after(series: Series, steps: int) -> str:
    return str(series.dates[-1] + steps * series.step)
