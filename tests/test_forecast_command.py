"""`rnncourse forecast`: trains once, forecasts, and says what is wrong.

And its page: which series it has, and each model's measured skill.
"""

import json
import math

import numpy as np
import pytest
from pages import ROOT

from rnncourse import checkpoints
from rnncourse.__main__ import main
from rnncourse.commands import forecast
from rnncourse.words import LANGUAGES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(forecast, "STEPS", 3)
    return tmp_path / "cache" / "networks"


@pytest.fixture
def written(tmp_path):
    def write(values, dates=None) -> str:
        start = np.datetime64("2020-01-01")
        dates = start + np.arange(len(values)) if dates is None else dates
        rows = [f"{d},{v}" for d, v in zip(dates, values, strict=True)]
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(["date,value", *rows]), "utf-8")
        return str(path)

    return write


def ran(capsys, *argv: str) -> tuple[list[dict], str]:
    assert main(["forecast", *argv, "--json"]) == 0
    printed = capsys.readouterr()
    return json.loads(printed.out), printed.err


WAVE = 10 + np.sin(np.arange(150) / 3)


def test_each_step_has_its_date_its_band_and_its_skill(capsys, written):
    rows, _ = ran(capsys, written(WAVE), "--model", "linear", "--horizon", "4")
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["date"] == "2020-05-30"
    for row in rows:
        assert row["low"] <= row["forecast"] + 0.1
        assert row["low"] < row["high"]
        assert row["skill"] > 0.99
    true = 10 + math.sin(150 / 3)
    assert rows[0]["forecast"] == pytest.approx(true, abs=0.05)


@pytest.mark.parametrize("model", ["persistence", "drift", "seasonal", "GRU"])
def test_every_model_forecasts(capsys, written, model):
    options = ("--model", model, "--season", "19", "--horizon", "3")
    rows, _ = ran(capsys, written(WAVE), *options)
    assert len(rows) == 3
    assert all(math.isfinite(row["forecast"]) for row in rows)
    if model == "persistence":
        assert {row["skill"] for row in rows} == {0.0}
        assert rows[0]["forecast"] == pytest.approx(WAVE[-1])


def test_networks_are_trained_once_and_kept(capsys, written, cache):
    path = written(WAVE)
    first, said = ran(capsys, path, "--model", "LSTM")
    assert "training 5 networks, once" in said
    assert len(list(cache.iterdir())) == 1
    second, said = ran(capsys, path, "--model", "LSTM")
    assert said == ""
    assert second == first


def test_other_values_are_another_training(capsys, written):
    ran(capsys, written(WAVE), "--model", "RNN")
    _, said = ran(capsys, written(WAVE + 1), "--model", "RNN")
    assert "training" in said


def test_a_damaged_file_of_networks_is_trained_again(capsys, written, cache):
    path = written(WAVE)
    first, _ = ran(capsys, path, "--model", "RNN")
    (kept,) = cache.iterdir()
    kept.write_bytes(b"damaged")
    second, said = ran(capsys, path, "--model", "RNN")
    assert "training 5 networks again: " in said
    assert second == first


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    capsys, written, monkeypatch
):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "save", full)
    rows, said = ran(capsys, written(WAVE), "--model", "RNN")
    assert len(rows) == 10
    assert "not kept: [Errno 28] No space left" in said


@pytest.mark.parametrize("series", ["market", "temperature"])
def test_the_series_of_the_course_are_forecast(capsys, series):
    rows, _ = ran(capsys, series, "--model", "drift")
    assert len(rows) == {"market": 20, "temperature": 24}[series]
    assert ("date" in rows[0]) == (series == "temperature")
    assert all(row["low"] < row["high"] for row in rows)


def test_the_logarithm_of_what_doubles_is_a_line(capsys, written):
    values = 2.0 ** (np.arange(120) / 10) + 0.001 * (np.arange(120) % 2)
    options = ("--model", "drift", "--log", "--horizon", "10")
    rows, _ = ran(capsys, written(values), *options)
    assert rows[9]["forecast"] == pytest.approx(2 * values[-1], rel=0.01)


DAYS = np.datetime64("2020-01-01") + np.arange(160)


@pytest.mark.parametrize(
    ("gaps", "dated"), [("repeat", True), ("count", False)]
)
def test_gaps_are_repeated_or_counted_if_asked(capsys, written, gaps, dated):
    kept = np.delete(DAYS, [40, 41])
    path = written(np.sin(np.arange(158)), kept)
    rows, _ = ran(capsys, path, "--model", "linear", "--gaps", gaps)
    assert ("date" in rows[0]) == dated


MONTHS = np.datetime64("2000-01") + np.arange(150)
FIRST_MONDAYS = np.busday_offset(MONTHS.astype("M8[D]"), 0, "forward",
                                 weekmask="Mon")  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "after"),
    [
        (MONTHS, ["2012-07", "2012-08"]),
        (MONTHS.astype("M8[D]"), ["2012-07", "2012-08"]),
        (MONTHS[0] + 3 * np.arange(150), ["2037-07", "2037-10"]),
        (np.datetime64("1870") + np.arange(150), ["2020", "2021"]),
    ],
)
def test_months_and_years_are_forecast(capsys, written, dates, after):
    options = ("--model", "linear", "--horizon", "2")
    rows, _ = ran(capsys, written(WAVE, dates), *options)
    assert [row["date"] for row in rows] == after


def test_a_missing_month_is_repeated_if_asked(capsys, written):
    path = written(WAVE[:-1], np.delete(MONTHS, 40))
    options = ("--model", "drift", "--horizon", "1", "--gaps", "repeat")
    assert ran(capsys, path, *options)[0][0]["date"] == "2012-07"


def test_days_that_differ_from_month_to_month_can_be_counted(capsys, written):
    path = written(WAVE, FIRST_MONDAYS)
    rows, _ = ran(capsys, path, "--model", "drift", "--gaps", "count")
    assert "date" not in rows[0]


REFUSED = [
    ({"dates": FIRST_MONDAYS}, (), "write months as 2010-01 and years as 2010"),
    ({"dates": FIRST_MONDAYS}, ("--gaps", "repeat"),
     "equal steps, got days of months or years that differ in length, as "
     "2000-01-03 and 2000-02-07: write months"),
    ({"dates": np.delete(MONTHS, 40)[:149], "values": WAVE[:149]}, (),
     "1 gaps, the first of 1 missing after 2003-04: choose --gaps repeat"),
    ({"dates": np.delete(DAYS, [40, 41])[:150]}, (),
     "1 gaps, the first of 2 missing after 2020-02-09: choose --gaps"),
    ({"dates": DAYS[:150][::-1]}, (), "expected dates that increase"),
    ({"dates": np.repeat(DAYS[:75], 2)}, (), "twice; sort the rows"),
    ({"values": np.where(np.arange(150) == 7, np.nan, WAVE)}, (),
     "expected finite values, got nan on 2020-01-08"),
    ({"values": np.ones(150)}, (), "got a constant one: its forecast is its"),
    ({"values": WAVE[:60]}, (), "expected a longer series for a window of 30"),
    ({"values": WAVE[:3]}, (), "expected a longer series"),
    ({"values": WAVE[:1]}, (), "expected a longer series"),
    ({}, ("--horizon", "0"), "expected --horizon to be at least 1, got 0"),
    ({}, ("--window", "1"), "expected --window to be at least 2, got 1"),
    ({}, ("--horizon", "100"), "horizon of 100, got 150 values: choose a sm"),
    ({}, ("--model", "seasonal"), "expected --season with --model seasonal"),
    ({}, ("--model", "seasonal", "--season", "99"), "--season within the win"),
    ({}, ("--model", "seasonal", "--season", "0"), "of 30 values, got 0"),
    ({"values": WAVE - 10}, ("--log",), "expected positive values with --log"),
]  # fmt: skip


@pytest.mark.parametrize(("series", "options", "message"), REFUSED)
def test_what_makes_no_forecast_is_refused(
    capsys, written, series, options, message
):
    path = written(**{"values": WAVE} | series)
    argv = ["forecast", path, "--model", "linear", *options]
    assert main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err


@pytest.mark.parametrize("level", ["0", "1", "2", "nan"])
def test_a_level_is_refused_before_the_training(capsys, written, cache, level):
    argv = ["forecast", written(WAVE), "--model", "RNN", "--level", level]
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert f"expected --level between 0 and 1, got {float(level)}" in said
    assert "training" not in said
    assert not cache.exists()


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ("weather", "expected market, temperature or a file .csv, got 'wea"),
        ("absent.csv", "No such file"),
    ],
)
def test_a_series_that_is_not_there_is_named(capsys, series, message):
    assert main(["forecast", series]) == 2
    assert message in capsys.readouterr().err


@pytest.fixture(params=LANGUAGES)
def page(request) -> str:
    path = ROOT / "docs" / request.param / "forecasting.md"
    return path.read_text("utf-8")


@pytest.mark.parametrize(
    ("series", "seasonal"),
    [
        ("market", False),
        ("temperature", True),
        ("population", False),
        ("walk", False),
        ("vowel", True),
    ],
)
def test_every_model_that_was_measured_is_in_the_table(page, series, seasonal):
    of = f"[[value forecasting.{series}"
    rows = [row for row in page.splitlines() if f"| {of} by_name[" in row]
    models = [name for name in forecast.MODELS[1:] if name != "seasonal"]
    if seasonal:
        models.insert(1, "seasonal")
    assert len(rows) == len(models)
    for place, (row, model) in enumerate(zip(rows, models, strict=True), 1):
        assert f"{of} by_name[{model}] " in row
        assert f"{of} margin[{place}] " in row
        if model in forecast.KINDS:
            net = list(forecast.KINDS).index(model)
            assert f"{of} spread[{net}] " in row


def test_the_page_names_the_series_of_the_command(page):
    _, _, section = page.partition("{ #try }")
    said = section.partition("```console")[0]
    assert "(`market`)" in said
    assert "(`temperature`)" in said
