"""Real series, with their units, their source and their licence.

Everything here works with no network: the series travel in the package
`bokeh_sampledata` (`pip install "rnncourse[data]"`).
"""

import csv
import datetime
import gzip
import importlib.resources
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Shaped

TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


@dataclass(frozen=True)
class Series:
    """A quantity over time.

    Attributes:
        dates: one day per value, `datetime64[D]`, increasing, (T,).
        values: float64, no missing one, (T,).
        unit: of the values.
        source: who published them.
        licence: under which terms.
    """

    dates: Shaped[np.ndarray, " T"]
    values: Float64[np.ndarray, " T"]
    unit: str
    source: str
    licence: str

    def __len__(self) -> int:
        """T, the number of values."""
        return len(self.values)


def stock_prices(
    ticker: str, start: str | None = None, end: str | None = None
) -> Series:
    """Daily closing prices, adjusted for splits and dividends, in US dollars.

    From 2000-03-01 (GOOG: 2004-08-19, FB: 2012-05-18) to 2013-03-01.

    Args:
        ticker: AAPL, FB, GOOG, IBM or MSFT.
        start: first day, "2010-01-01"; None for the first there is.
        end: last day, included; None for the last there is.

    Raises:
        ValueError: on another ticker, on a date that is none, or if no price
            lies between the two.
        ModuleNotFoundError: if `bokeh_sampledata` is not installed.

    Source: Quandl WIKI Prices (public domain), column `Adj Close`, as carried
    by bokeh_sampledata 2026.1.
    """
    if ticker not in TICKERS:
        raise ValueError(
            f"expected one of {', '.join(TICKERS)}, got {ticker!r}"
        )
    rows = [row for row in _table("stocks.csv.gz") if row["Ticker"] == ticker]
    dates = np.array([row["Date"] for row in rows], dtype="datetime64[D]")
    prices = np.array([float(row["Adj Close"]) for row in rows])
    keep = np.ones(len(dates), dtype=bool)
    if start is not None:
        keep &= dates >= _day(start)
    if end is not None:
        keep &= dates <= _day(end)
    if not keep.any():
        raise ValueError(
            f"expected dates between {dates[0]} and {dates[-1]} for {ticker}, "
            f"got {start} to {end}"
        )
    return Series(
        dates[keep],
        prices[keep],
        unit="USD",
        source="Quandl WIKI Prices",
        licence="public domain",
    )


def log_returns(
    prices: Float64[np.ndarray, " T"],
) -> Float64[np.ndarray, " T-1"]:
    """log(p_t / p_{t-1}) for t = 1..T-1, from T prices: (T - 1,).

    Raises:
        ValueError: if there are fewer than two prices, or one is not positive.
    """
    if len(prices) < 2:
        raise ValueError(f"expected at least two prices, got {len(prices)}")
    if not (prices > 0).all():
        raise ValueError(f"expected positive prices, got {prices.min()}")
    return np.diff(np.log(prices))


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(datetime.date.fromisoformat(text))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected a date like '2010-01-31', got {text!r}"
        ) from error


def _table(name: str) -> list[dict[str, str]]:
    try:
        folder = importlib.resources.files("bokeh_sampledata")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "expected the package bokeh_sampledata, which carries the series: "
            'pip install "rnncourse[data]"'
        ) from error
    content = folder.joinpath("_data", name).read_bytes()
    return list(csv.DictReader(gzip.decompress(content).decode().splitlines()))
