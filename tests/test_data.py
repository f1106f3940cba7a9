import math

import numpy as np
import pytest
import torch

from rnncourse.data import (
    FORMANTS,
    TICKERS,
    Series,
    countries,
    log_returns,
    population,
    random_walk,
    read_csv,
    regular,
    sea_temperature,
    series,
    stock_prices,
    vowel,
)
from rnncourse.data.simulated import resonances


@pytest.mark.parametrize("ticker", TICKERS)
def test_prices_are_daily_positive_and_in_order(ticker):
    series = stock_prices(ticker)
    assert len(series) == len(series.dates) > 190
    assert (series.values > 0).all()
    assert (np.diff(series.dates) > np.timedelta64(0)).all()
    assert str(series.dates[-1]) == "2013-03-01"
    assert (series.unit, series.licence) == ("USD", "public domain")


@pytest.mark.parametrize(
    ("ticker", "day"), [("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")]
)
def test_a_split_is_no_jump_in_the_adjusted_price(ticker, day):
    series = stock_prices(ticker, "2000-03-01", "2008-01-01")
    jumps = np.abs(log_returns(series.values))
    split = int(np.searchsorted(series.dates, np.datetime64(day)))
    assert jumps[split - 2 : split + 1].max() < 0.15  # unadjusted: log 2


def test_dates_bound_the_series_on_both_sides():
    series = stock_prices("MSFT", "2010-01-04", "2010-01-08")
    assert [str(d) for d in series.dates] == [
        f"2010-01-{day:02d}" for day in (4, 5, 6, 7, 8)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("YHOO",), "'AAPL', 'FB', 'GOOG', 'IBM' or 'MSFT', got 'YHOO'"),
        (("FB", "2001-01-01", "2002-01-01"), "expected dates between 2012-05"),
        (("FB", "yesterday"), "expected a date like '2010-01-31', got 'yest"),
    ],
)
def test_what_is_not_there_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        stock_prices(*arguments)


def test_without_the_package_of_the_data_the_way_out_is_said(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(series.importlib.resources, "files", absent)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[data\]"):
        stock_prices("IBM")


def test_log_returns_add_up_to_the_whole_change():
    prices = np.array([10.0, 11.0, 9.0, 12.0])
    assert log_returns(prices).shape == (3,)
    np.testing.assert_allclose(log_returns(prices).sum(), np.log(1.2))


@pytest.mark.parametrize("prices", [[1.0], [1.0, 0.0], [1.0, np.nan]])
def test_log_returns_need_positive_prices(prices):
    with pytest.raises(ValueError, match="expected"):
        log_returns(np.array(prices))


HOUR, HALF = np.timedelta64(60, "m"), np.timedelta64(30, "m")


def stamps(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[m]")


def test_readings_of_one_step_are_averaged_and_a_gap_repeats_the_last():
    dates = stamps("2020-01-01T00:00", "2020-01-01T00:30", "2020-01-01T03:00")
    found = regular(dates, np.array([1.0, 3.0, 9.0]), HOUR)
    assert [str(date)[11:] for date in found[0]] == [
        f"0{hour}:00" for hour in range(4)
    ]
    assert found[1].tolist() == [2.0, 2.0, 2.0, 9.0]
    assert found[2].tolist() == [False, True, True, False]


def test_a_filled_gap_needs_nothing_that_comes_after_it():
    dates = stamps("2020-01-01T00:00", "2020-01-01T03:00")
    before, after = (
        regular(dates, np.array([5.0, last]), HOUR)[1] for last in (7.0, -7.0)
    )
    assert (before[:3] == after[:3]).all()


@pytest.mark.parametrize(
    ("step", "message"),
    [(-HALF, "expected a positive step"), (HALF, "do not go back")],
)
def test_what_cannot_be_made_regular_is_refused(step, message):
    dates = stamps("2020-01-01T03:00", "2020-01-01T00:00")
    with pytest.raises(ValueError, match=message):
        regular(dates, np.array([1.0, 2.0]), step)


def test_a_missing_date_cannot_be_made_regular():
    dates = stamps("2020-01-01T00:00", "2020-01-01T01:00", "NaT")
    for some in (dates, dates[2:]):
        with pytest.raises(ValueError, match="expected a date for each value"):
            regular(some, np.ones(len(some)), HOUR)


def test_the_sea_is_measured_every_half_hour_with_no_gap():
    sea = sea_temperature()
    assert sea.gaps() == []
    assert sea.step == HALF
    assert len(sea) == 19_249  # 19,226 readings, 1 stamp twice, 24 missing
    assert (sea.unit, sea.source) == ("°C", "NERACOOS buoy B01")
    assert 3 < sea.values.min() < sea.values.max() < 23


def test_an_hour_of_the_sea_is_the_mean_of_its_half_hours():
    half, hour = sea_temperature(), sea_temperature(60)
    pairs = half.values[: 2 * 3000].reshape(-1, 2).mean(1)
    np.testing.assert_allclose(hour.values[:2000], pairs[:2000])
    assert hour.gaps() == []


def test_a_shorter_step_than_the_readings_is_refused():
    with pytest.raises(ValueError, match="minutes to be an int >= 30"):
        sea_temperature(10)


def test_countries_add_up_to_the_world_and_the_world_is_none_of_them():
    names = countries()
    assert len(names) == 237
    assert not {"World", "Africa", "Americas", "Europe"} & set(names)
    for kind in ("estimates", "projections"):
        total = sum(population(name, kind).values for name in names)
        np.testing.assert_allclose(
            total, population("World", kind).values, rtol=1e-6
        )


def test_estimates_end_where_projections_begin():
    before, after = (
        population("Argentina", kind) for kind in ("estimates", "projections")
    )
    assert [str(d) for d in before.dates[[0, -1]]] == ["1950", "2020"]
    assert [str(d) for d in after.dates[[0, -1]]] == ["2025", "2100"]
    assert (before.unit, before.licence) == ("people", "CC BY 3.0 IGO")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Argentine",), "got 'Argentine'; near it: none"),
        (("guinea",), "near it: .*Guinea-Bissau"),
        (("World", "guesses"), "expected kind to be 'estimates' or 'proj"),
    ],
)
def test_another_location_or_kind_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        population(*arguments)


def made(dates: np.ndarray, values: list[float]) -> Series:
    return Series(dates, np.array(values), "m", "a test", "none")


@pytest.mark.parametrize(
    ("dates", "values", "message"),
    [
        (["2020", "2021"], [1.0], "got 2 dates and 1 values"),
        ([], [], "at least one, got 0 dates"),
        (["2020", "2020"], [1.0, 2.0], "increase, got 2020.* twice"),
        (["2021", "2020"], [1.0, 2.0], "got 2020.* after 2021"),
        (["2020", "NaT", "2021"], [1.0] * 3, "each value, got NaT at place 1"),
        (["NaT"], [1.0], "each value, got NaT at place 0; leave that row out"),
        (["2020", "2021"], [1.0, math.nan], "finite values, got nan on 2021"),
        (["2020", "2021"], [math.inf, 0.0], "finite values, got inf on 2020"),
    ],
)
def test_a_series_refuses_what_is_none(dates, values, message):
    with pytest.raises(ValueError, match=message):
        made(stamps(*dates), values)


def test_a_series_names_its_gaps():
    days = np.array(["2020-01-01", "2020-01-02", "2020-01-06"], "datetime64[D]")
    assert made(days, [1, 2, 3.0]).gaps() == [(days[1], 3)]
    with pytest.raises(ValueError, match="at least two values"):
        made(days[:1], [1.0]).step


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "mine.csv"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_file_of_other_letters_is_named(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("día,valor\n2010,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin.csv to be text in UTF-8"):
        read_csv(path)


def test_a_file_of_dates_and_values_is_a_series(written):
    found = read_csv(written("date,value\n2020-01-01,1\n2020-01-02,2.5\n\n"))
    assert found.values.tolist() == [1.0, 2.5]
    assert [str(date) for date in found.dates] == ["2020-01-01", "2020-01-02"]


MONTHS = np.datetime64("2000-01") + np.arange(180)
YEARS = np.datetime64("1870") + np.arange(150)


@pytest.mark.parametrize(
    ("dates", "read"),
    [
        (YEARS, YEARS),
        (MONTHS, MONTHS),
        (MONTHS[::3], MONTHS[::3]),
        (MONTHS.astype("M8[D]"), MONTHS),
        (MONTHS.astype("M8[D]") + 14, MONTHS),
        ((MONTHS + 1).astype("M8[D]") - 1, MONTHS),  # the last day of each
        (MONTHS.astype("M8[m]"), MONTHS),
    ],
)
def test_months_and_years_are_equal_steps(written, dates, read):
    rows = "".join(f"{date},1\n" for date in dates)
    found = read_csv(written("date,value\n" + rows))
    assert found.dates.dtype == read.dtype
    assert (found.dates == read).all()
    assert found.gaps() == []
    again, _, filled = regular(found.dates, found.values, found.step)
    assert (again == read).all()
    assert not filled.any()


def test_a_missing_month_is_one_gap_and_is_repeated_as_one(written):
    kept = np.delete(MONTHS, 40)
    rows = "".join(f"{date},{i}\n" for i, date in enumerate(kept))
    found = read_csv(written("date,value\n" + rows))
    assert found.gaps() == [(MONTHS[39], 1)]
    dates, values, _ = regular(found.dates, found.values, found.step)
    assert (dates == MONTHS).all()
    assert values[38:42].tolist() == [38, 39, 39, 40]


@pytest.mark.parametrize(
    ("first", "second", "unit"),
    [
        ("2020-01-01", "2020-01-02", "D"),
        ("2020-01-01", "2020-01-29", "D"),
        ("2020-01-01T12", "2020-01-01T12:30", "m"),
        ("2020-01-01T12:30:15", "2020-01-01T12:30:45Z", "s"),
        ("2020", "2020-02", "M"),
    ],
)
def test_dates_are_as_exact_as_the_finest_of_them(written, first, second, unit):
    found = read_csv(written(f"date,value\n{first},1\n{second},2\n"))
    assert np.datetime_data(found.dates.dtype) == (unit, 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("2020-01-01,one", "line 2: expected a date and a number"),
        ("01/02/2020,1", "line 2: expected a date and a number"),
        ("2020-01-01", "line 2: .* got '2020-01-01'"),
        ("2020-01-01,1\nNaT,2", "line 3: .* got 'NaT,2'"),
        (",1", "line 2: expected a date and a number"),
        ("20200101,1", "line 2: .* as in '2010-01-31,2.5', got '20200101,1'"),
        ("today,1", "line 2: expected a date and a number"),
        ("2020-01-02,1\n2020-01-01,2", "dates that increase"),
        ("2020-01-02,1\n2020-01-02,2", "2020-01-02 twice"),
        ("2020-01-01,nan", "expected finite values"),
        ("", "at least one"),
    ],
)
def test_a_file_that_is_no_series_is_named_with_its_line(
    written, rows, message
):
    path = written("date,value\n" + rows)
    with pytest.raises(ValueError, match=rf"mine\.csv: .*{message}"):
        read_csv(path)


def test_a_file_begins_with_a_title_and_may_be_named_by_its_path(written):
    path = written("2020-01-01,1\n2020-01-02,2\n")
    with pytest.raises(ValueError, match=r"csv: line 1: expected a title, as"):
        read_csv(path)
    path = written("date,value\n2020-01-01,1\n2020-01-02,2\n")
    assert read_csv(str(path)).values.tolist() == [1.0, 2.0]


def seeded(seed=0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_walk_has_independent_steps_of_mean_0_and_variance_1():
    walks = random_walk(2000, 50, seeded())
    steps = np.diff(walks, axis=0, prepend=0.0)
    assert abs(steps.mean()) < 0.01
    assert abs(steps.std() - 1) < 0.01
    assert abs((steps[1:] * steps[:-1]).mean()) < 0.01


def test_the_variance_of_a_walk_grows_as_time():
    walks = random_walk(400, 4000, seeded())
    for t in (1, 100, 400):
        assert walks[t - 1].var() == pytest.approx(t, rel=0.1)


@pytest.mark.parametrize("name", FORMANTS)
def test_the_poles_of_a_vowel_are_its_formants(name):
    poles = np.roots(np.concatenate([[1.0], -resonances(name, 8000)]))
    angles = np.sort(np.angle(poles[poles.imag > 0])) * 8000 / (2 * np.pi)
    np.testing.assert_allclose(angles, FORMANTS[name], rtol=1e-9)
    assert (np.abs(poles) < 1).all()  # it dies away


def test_a_vowel_is_as_loud_as_any_and_repeats_with_its_pitch():
    sound = vowel("a", 4000, generator=seeded())
    assert sound.std() == pytest.approx(1)
    lags = np.arange(40, 100)
    alike = [np.corrcoef(sound[:-lag], sound[lag:])[0, 1] for lag in lags]
    assert lags[np.argmax(alike)] == pytest.approx(8000 / 120, abs=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "o"}, "expected name to be 'a', 'i' or 'u'"),
        ({"T": 1}, "expected T to be an int >= 2"),
        ({"rate": 4000}, "expected rate to be an int >= 4881"),
        ({"pitch": 0.0}, "expected a pitch between 0 and 4000 Hz"),
    ],
)
def test_another_vowel_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        vowel(**{"name": "a", "T": 100} | change)


def test_what_is_simulated_is_drawn_from_the_generator_alone():
    state = torch.get_rng_state()
    for draw in (
        lambda: random_walk(5, 2, seeded(3)),
        lambda: vowel("a", 50, generator=seeded(3)),
    ):
        assert (draw() == draw()).all()
    assert torch.equal(torch.get_rng_state(), state)
