"""Series of values over time: those of the course, and those of a file.

The course's travel in the package `bokeh_sampledata`, version 2026.1, which
keeps their licences: daily prices, the temperature of the sea, and the
population of countries.
"""

import csv
import datetime
import functools
import gzip
import importlib.resources
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Shaped

from rnncourse.checks import check_choice, check_size

TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")

Dates = Shaped[np.ndarray, " T"]
Values = Float64[np.ndarray, " T"]


@dataclass(frozen=True)
class Series:
    """A quantity over time.

    Attributes:
        dates: one instant per value, `datetime64`, increasing, (T,).
        values: float64, no missing one, (T,).
        unit: of the values.
        source: who published them.
        licence: under which terms.

    Raises:
        ValueError: if a date is missing, the dates do not increase, a value is
            not finite, or there are not as many of one as of the other.
    """

    dates: Dates
    values: Values
    unit: str
    source: str
    licence: str

    def __post_init__(self) -> None:
        dates, values = self.dates, self.values
        if len(dates) != len(values) or len(dates) == 0:
            raise ValueError(
                "expected a date for each value and at least one, got "
                f"{len(dates)} dates and {len(values)} values"
            )
        _check_dates(dates)
        late = np.flatnonzero(np.diff(dates) <= np.timedelta64(0))
        if late.size:
            before, after = dates[late[0]], dates[late[0] + 1]
            what = "twice" if before == after else f"after {before}"
            raise ValueError(
                f"expected dates that increase, got {after} {what}; sort the "
                "rows and keep one for each date"
            )
        missing = np.flatnonzero(~np.isfinite(values))
        if missing.size:
            raise ValueError(
                f"expected finite values, got {values[missing[0]]} on "
                f"{dates[missing[0]]}; leave that row out"
            )

    def __len__(self) -> int:
        """T, the number of values."""
        return len(self.values)

    @property
    def step(self) -> np.timedelta64:
        """The shortest time between two neighbours.

        Raises:
            ValueError: if there is one value only.
        """
        if len(self) < 2:
            raise ValueError("expected at least two values, got one")
        return np.diff(self.dates).min()

    def gaps(self) -> list[tuple[np.datetime64, int]]:
        """Where steps are missing: the last date before, and how many."""
        missing = np.diff(self.dates) / self.step - 1
        return [
            (self.dates[i], int(np.ceil(missing[i])))
            for i in np.flatnonzero(missing > 0)
        ]


def regular(
    dates: Dates, values: Values, step: np.timedelta64
) -> tuple[
    Shaped[np.ndarray, " S"], Float64[np.ndarray, " S"], Bool[np.ndarray, " S"]
]:
    """One value for each of the S steps from the first date to the last.

    It is the mean of the readings within that step; where there are none it
    repeats the value before, which needs no reading of the future, as an
    interpolation would.

    Returns:
        Dates, values, and which were filled.

    Raises:
        ValueError: if a date is missing, the dates go back, or the step is not
            positive.

    >>> days = np.array(["2020-01-01", "2020-01-03"], "datetime64[D]")
    >>> regular(days, np.array([1.0, 5.0]), np.timedelta64(1, "D"))[1]
    array([1., 1., 5.])
    """
    if not step > np.timedelta64(0):
        raise ValueError(f"expected a positive step, got {step}")
    _check_dates(dates)
    if (np.diff(dates) < np.timedelta64(0)).any():
        raise ValueError("expected dates that do not go back; sort them first")
    place = ((dates - dates[0]) // step).astype(int)
    count = np.bincount(place)
    total = np.bincount(place, weights=values)
    filled = count == 0
    last = np.maximum.accumulate(np.where(filled, 0, np.arange(len(count))))
    means = total / np.maximum(count, 1)
    return dates[0] + np.arange(len(count)) * step, means[last], filled


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
    check_choice("ticker", ticker, TICKERS)
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

    >>> log_returns(np.array([1.0, 2.0, 1.0])).round(3)
    array([ 0.693, -0.693])
    """
    if len(prices) < 2:
        raise ValueError(f"expected at least two prices, got {len(prices)}")
    if not (prices > 0).all():
        raise ValueError(f"expected positive prices, got {prices.min()}")
    return np.diff(np.log(prices))


def sea_temperature(minutes: int = 30) -> Series:
    """Temperature of the sea's surface at buoy B01, Gulf of Maine, in °C.

    From 2016-02-15 to 2017-03-22, a reading each half hour, made regular: the
    two readings of one stamp (2017-03-21 16:30) are averaged, and the gaps of
    1 hour (2016-06-14) and 12 hours (2016-07-08) repeat the reading before.

    Args:
        minutes: the step, 30 or more; a value is the mean of its readings.

    Raises:
        ValueError: if the step is not an integer of at least 30.
        ModuleNotFoundError: if `bokeh_sampledata` is not installed.

    Source: NERACOOS, data set B01_sbe37_all (free to use and redistribute, not
    for legal use, no warranty), as carried by bokeh_sampledata 2026.1.
    """
    check_size("minutes", minutes, 30)
    rows = _table("sea_surface_temperature.csv.gz")
    stamps = [row["time (UTC)"].rstrip("Z") for row in rows]
    values = np.array([float(row["temperature (celsius)"]) for row in rows])
    dates, values, _ = regular(
        np.array(stamps, dtype="datetime64[m]"),
        values,
        np.timedelta64(minutes, "m"),
    )
    return Series(
        dates,
        values,
        unit="°C",
        source="NERACOOS buoy B01",
        licence="free to use and redistribute",
    )


ESTIMATES = 15  # 1950, 1955, ..., 2020; then projections to 2100
AGGREGATE = 900  # from this code on: regions, groups, the world


def countries() -> list[str]:
    """The 237 countries and areas; regions and the world are not among them.

    Whoever learns from countries and is measured on a region has already seen
    most of what that region adds up: hence the two are never mixed.

    Raises:
        ModuleNotFoundError: if `bokeh_sampledata` is not installed.
    """
    return sorted(
        name for name, (code, _) in _people().items() if code < AGGREGATE
    )


def population(location: str, kind: str = "estimates") -> Series:
    """How many people live in a country or region, every five years.

    Args:
        location: as the United Nations call it, "Argentina", "World".
        kind: "estimates", 1950 to 2020, or "projections", 2025 to 2100, which
            are the output of a model (the medium variant) and no data.

    Raises:
        ValueError: on another location or kind.
        ModuleNotFoundError: if `bokeh_sampledata` is not installed.

    Source: United Nations, World Population Prospects 2024 (CC BY 3.0 IGO), by
    age and sex, added up here; as carried by bokeh_sampledata 2026.1.
    """
    check_choice("kind", kind, ("estimates", "projections"))
    people = _people()
    if location not in people:
        near = [name for name in people if location.lower() in name.lower()]
        raise ValueError(
            "expected a location of the United Nations, as 'Argentina' or "
            f"'World', got {location!r}; near it: {', '.join(near) or 'none'}"
        )
    kept = slice(ESTIMATES) if kind == "estimates" else slice(ESTIMATES, None)
    years = np.arange(1950, 2101, 5)
    return Series(
        (years - 1970).astype("datetime64[Y]")[kept],
        people[location][1][kept],
        unit="people",
        source="UN World Population Prospects 2024",
        licence="CC BY 3.0 IGO",
    )


def read_csv(path: str | Path) -> Series:
    """A series from a file whose rows are a date and a value, after a title.

    Dates are ISO 8601: 2010-01-31, 2010-01-31T12:30, 2010-01 or 2010, and as
    exact as the finest of them. Those with a day, if each is on the same day of
    a month of its own, or as far from its end, are read as months.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a row is not a date and a number, naming its line; and
            what `Series` refuses.
    """
    dates, values = [], []
    try:
        text = Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected {path} to be text in UTF-8, got other bytes ({error}); "
            "save it as UTF-8"
        ) from error
    with io.StringIO(text, newline="") as file:
        for line, row in enumerate(csv.reader(file), start=1):
            if not row:
                continue
            try:
                date, value = row
                day, number = _date(date), float(value)
            except ValueError as error:
                if line == 1:
                    continue
                raise ValueError(
                    f"{path}: line {line}: expected a date and a number, as "
                    f"in '2010-01-31,2.5', got {','.join(row)!r}"
                ) from error
            if line == 1:
                raise ValueError(
                    f"{path}: line 1: expected a title, as in 'date,value', "
                    f"got {','.join(row)!r}"
                )
            dates.append(day)
            values.append(number)
    try:
        return Series(
            _months(np.array(dates, dtype="datetime64")),
            np.array(values, dtype=np.float64),
            unit="",
            source=str(path),
            licence="",
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _check_dates(dates: Dates) -> None:
    missing = np.flatnonzero(np.isnat(dates))
    if missing.size:
        raise ValueError(
            f"expected a date for each value, got NaT at place {missing[0]}; "
            "leave that row out"
        )


def _date(text: str) -> np.datetime64:
    """As exact as it is written; "today" and 20100131, a year, are none."""
    text = text.strip().removesuffix("Z")
    if not re.match(r"\d{4}(-|$)", text):
        raise ValueError(f"expected a date, got {text!r}")
    return np.datetime64(text)


def _months(dates: Dates) -> Dates:
    """As months, whose days are not equal, if days were all alike in theirs."""
    if len(dates) < 2 or np.datetime_data(dates.dtype)[0] in "YM":
        return dates
    month = dates.astype("datetime64[M]")
    alike = any(
        len(np.unique(edge.astype(dates.dtype) - dates)) == 1
        for edge in (month, month + 1)
    )
    apart = (np.diff(month) > np.timedelta64(0)).all()
    return month if alike and apart else dates


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(datetime.date.fromisoformat(text))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected a date like '2010-01-31', got {text!r}"
        ) from error


@functools.lru_cache(maxsize=1)
def _people() -> dict[str, tuple[int, np.ndarray]]:
    """Of each location, its code and its people, 1950, 1955, ..., 2100."""
    found: dict[str, tuple[int, np.ndarray]] = {}
    for row in _table("population.csv.gz"):
        name, year = row["Location"], int(row["Year"])
        if name not in found:
            found[name] = (int(row["LocID"]), np.zeros(31))
        found[name][1][(year - 1950) // 5] += int(row["Value"])
    return found


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
