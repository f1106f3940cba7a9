"""What is fetched, without a network: each fault is named, with a way out."""

import hashlib
import http.client
import io
import sys
import types
import urllib.error
from email.message import Message

import numpy as np
import pytest

from rnncourse import store
from rnncourse.data import gutenberg, yahoo_prices

BOOK = (
    "The Project Gutenberg eBook of Test\n"
    "*** START OF THE PROJECT GUTENBERG EBOOK TEST ***\n\n"
    "En un lugar de la Mancha.\n\n"
    "*** END OF THE PROJECT GUTENBERG EBOOK TEST ***\nLicence.\n"
)
TEXT = "En un lugar de la Mancha.\n"


class Answer(io.BytesIO):
    def __init__(self, text: str, length: int | None = None) -> None:
        super().__init__(text.encode())
        self.headers = Message()
        if length is not None:
            self.headers["Content-Length"] = str(length)


def served(text: str = BOOK, length: int | None = None):
    asked = []

    def open_url(url: str) -> Answer:
        asked.append(url)
        return Answer(text, length)

    return open_url, asked


def failing(error: Exception):
    def open_url(url: str):
        raise error

    return open_url


def absent(url: str):
    raise AssertionError("expected no request")


def test_a_book_is_its_text_without_what_is_around_it(tmp_path):
    open_url, asked = served(length=len(BOOK.encode()))
    assert gutenberg(7, folder=tmp_path, open_url=open_url) == TEXT
    assert asked == ["https://www.gutenberg.org/cache/epub/7/pg7.txt"]


def test_a_book_is_fetched_once(tmp_path):
    open_url, _ = served()
    for opener in (open_url, absent):
        assert gutenberg(7, folder=tmp_path, open_url=opener) == TEXT


def test_a_book_is_kept_in_the_cache_of_the_course(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    gutenberg(7, open_url=served()[0])
    assert (tmp_path / "books" / "7.json").exists()


def test_a_book_may_come_from_a_mirror(tmp_path):
    open_url, asked = served()
    mirror = "https://mirror.example/{number}.txt"
    gutenberg(7, address=mirror, folder=tmp_path, open_url=open_url)
    assert asked == ["https://mirror.example/7.txt"]


def test_a_book_with_its_digest_is_accepted(tmp_path):
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    open_url, _ = served()
    gutenberg(7, digest.upper(), folder=tmp_path, open_url=open_url)


def test_a_changed_book_is_refused_and_not_kept(tmp_path):
    with pytest.raises(ValueError, match="it was changed since"):
        gutenberg(7, "0" * 64, folder=tmp_path, open_url=served()[0])
    assert list(tmp_path.iterdir()) == []


def test_a_kept_book_that_was_damaged_is_reported(tmp_path):
    gutenberg(7, folder=tmp_path, open_url=served()[0])
    path = tmp_path / "7.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Mancha", "Plancha"), "utf-8")
    with pytest.raises(store.StoreError, match="damaged"):
        gutenberg(7, folder=tmp_path, open_url=absent)


@pytest.mark.parametrize(
    ("open_url", "error", "message"),
    [
        (failing(urllib.error.URLError("no route")), ConnectionError,
         "could not be reached .*no route"),
        (failing(TimeoutError("30 s")), ConnectionError, "could not be reach"),
        (failing(urllib.error.HTTPError("u", 403, "Forbidden", Message(),
         io.BytesIO())), ConnectionError, r"refused \(403 Forbidden\)"),
        (failing(http.client.IncompleteRead(b"x")), ValueError, "cut short"),
        (served(BOOK, len(BOOK) + 9)[0], ValueError, "cut short; try again"),
        (served(BOOK[:-60])[0], ValueError, "expected a line '\\*\\*\\* END"),
        (served("Not found")[0], ValueError, r"a line '\*\*\* START"),
    ],
)  # fmt: skip
def test_a_book_that_does_not_arrive_whole_is_refused(
    tmp_path, open_url, error, message
):
    with pytest.raises(error, match=message):
        gutenberg(7, folder=tmp_path, open_url=open_url)
    assert list(tmp_path.iterdir()) == []


def test_a_book_has_a_positive_number(tmp_path):
    with pytest.raises(ValueError, match="number to be a positive int"):
        gutenberg(0, folder=tmp_path)


class Column(list):
    """As much of a table of prices as the loader uses."""

    def __init__(self, index, values) -> None:
        super().__init__(values)
        self.index = index

    def dropna(self):
        kept = [
            (i, v)
            for i, v in zip(self.index, self, strict=True)
            if not np.isnan(v)
        ]
        return Column(*map(list, zip(*kept, strict=True)))

    def __getitem__(self, name):
        assert name == "Close"
        return self


@pytest.fixture
def yahoo(monkeypatch):
    """A fake yfinance; what it was asked, in a list."""

    def install(history):
        asked = []

        class Ticker:
            def __init__(self, symbol: str) -> None:
                asked.append(symbol)

            def history(self, **options):
                asked.append(options)
                return history()

        fake = types.ModuleType("yfinance")
        fake.Ticker = Ticker
        monkeypatch.setitem(sys.modules, "yfinance", fake)
        return asked

    return install


def test_prices_of_today_are_a_series_of_days(yahoo):
    days = ["2024-01-02 00:00:00-05:00", "2024-01-03 00:00:00-05:00"]
    asked = yahoo(lambda: Column([*days, "2024-01-04"], [1.0, 2.0, np.nan]))
    series = yahoo_prices("AAPL", "2024-01-02", "2024-01-05")
    assert series.values.tolist() == [1.0, 2.0]
    assert [str(day) for day in series.dates] == ["2024-01-02", "2024-01-03"]
    assert asked[0] == "AAPL"
    assert asked[1]["start"] == "2024-01-02"
    assert asked[1]["end"] == "2024-01-05"
    assert asked[1]["auto_adjust"] is True


class YFRateLimitError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (YFRateLimitError("Too Many Requests"), "refused the request"),
        (OSError("Could not resolve host"), "could not be reached .*resolve"),
    ],
)
def test_a_market_that_does_not_answer_is_named(yahoo, error, message):
    def history():
        raise error

    yahoo(history)
    with pytest.raises(ConnectionError, match=message) as caught:
        yahoo_prices("AAPL")
    assert "needs no network" in str(caught.value)


def test_a_symbol_without_prices_is_refused(yahoo):
    yahoo(lambda: Column([], []))
    with pytest.raises(ValueError, match="expected prices of 'XXXX', got none"):
        yahoo_prices("XXXX")


def test_without_yfinance_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[market\]"):
        yahoo_prices("AAPL")


def test_an_address_is_opened_with_a_limit_of_time(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        "urllib.request.urlopen",
        lambda url, timeout: asked.append(timeout) or Answer(BOOK),
    )
    assert gutenberg(1, folder=tmp_path) == TEXT
    assert asked == [30]
