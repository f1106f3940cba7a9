import numpy as np
import pytest

from rnncourse import data
from rnncourse.data import TICKERS, log_returns, stock_prices


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
        (("YHOO",), "expected one of AAPL, FB, GOOG, IBM, MSFT, got 'YHOO'"),
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

    monkeypatch.setattr(data.importlib.resources, "files", absent)
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
