"""What is fetched from others, on request only: prices of today, a book.

Neither the course nor its tests need it; each error says what to do instead.
"""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse import store
from rnncourse.checks import check_size
from rnncourse.data.series import Series

BUNDLED = "stock_prices('AAPL') needs no network"


def yahoo_prices(
    symbol: str, start: str | None = None, end: str | None = None
) -> Series:
    """Daily closing prices from Yahoo! Finance, adjusted, as of today.

    Prices of the past change with each split and dividend: keep what you
    fetched if it has to be the same tomorrow.

    Args:
        symbol: as Yahoo! Finance calls it, "AAPL", "GGAL.BA".
        start: first day, "2010-01-01"; None for the first there is.
        end: the day after the last; None for today.

    Raises:
        ModuleNotFoundError: if `yfinance` is not installed.
        ConnectionError: if Yahoo! Finance cannot be reached, or refuses.
        ValueError: if it has no prices of that symbol between those days.

    Source: Yahoo! Finance, for personal use, through `yfinance` (extra
    `market`).
    """
    try:
        import yfinance
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "expected the package yfinance: pip install "
            f'"rnncourse[market]"; {BUNDLED}'
        ) from error
    try:
        table = yfinance.Ticker(symbol).history(
            start=start or "1900-01-01", end=end, auto_adjust=True
        )
    except Exception as error:
        refused = "RateLimit" in type(error).__name__
        what = "refused the request" if refused else "could not be reached"
        raise ConnectionError(
            f"Yahoo! Finance {what} ({type(error).__name__}: {error}); try "
            f"again later; {BUNDLED}"
        ) from error
    if len(table) == 0:
        raise ValueError(
            f"expected prices of {symbol!r}, got none from Yahoo! Finance: "
            "the symbol or the days may be wrong, or the network absent; "
            f"{BUNDLED}"
        )
    table = table["Close"].dropna()
    return Series(
        np.array([str(day)[:10] for day in table.index], dtype="datetime64[D]"),
        np.array(table, dtype=np.float64),
        unit="of the exchange",
        source="Yahoo! Finance",
        licence="for personal use",
    )


MIRROR = "https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt"
BEGIN, END = "*** START OF", "*** END OF"


def gutenberg(
    number: int,
    sha256: str | None = None,
    address: str = MIRROR,
    folder: Path | None = None,
    open_url: Callable[[str], Any] | None = None,
) -> str:
    """The text of a book of Project Gutenberg, without its preamble.

    It is fetched once and kept, with its checksum, in the user's cache.

    Args:
        number: of the book, 2000 for Don Quijote.
        sha256: the digest that the text must have; None for any.
        address: of the file, `{number}` in it; a mirror, if need be.
        folder: where it is kept; None for the cache of the course.
        open_url: what opens an address; None for `urllib.request.urlopen`.

    Raises:
        ValueError: if the number is not positive, the text was cut short, or
            its digest is another.
        ConnectionError: if the site cannot be reached, or refuses.
        StoreError: if what was kept is damaged.

    Source: Project Gutenberg; its books are in the public domain in the United
    States.
    """
    check_size("number", number)
    folder = folder or store.folder().parent / "books"
    path = folder / f"{number}.json"
    if path.exists():
        text: str = store.read(path)
    else:
        fetched = _fetched(address.format(number=number), open_url or _open)
        text = _book(fetched, number)
    found = hashlib.sha256(text.encode()).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise ValueError(
            f"book {number}: expected a text of sha256 {sha256}, got {found}: "
            "it was changed since; look at it, and pass the new digest"
        )
    if not path.exists():
        store.write(path, text)
    return text


def _open(url: str) -> Any:
    return urllib.request.urlopen(url, timeout=30)


def _fetched(url: str, open_url: Callable[[str], Any]) -> str:
    try:
        with open_url(url) as answer:
            content = answer.read()
            length = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        raise ConnectionError(
            f"{url}: the site refused ({error.code} {error.reason}); check the "
            "number, or name a mirror: address="
        ) from error
    except http.client.IncompleteRead as error:
        raise ValueError(f"{url}: the text was cut short; try again") from error
    except OSError as error:
        raise ConnectionError(
            f"{url}: could not be reached ({error}); the course's own text "
            "needs no network"
        ) from error
    if length is not None and int(length) != len(content):
        raise ValueError(
            f"{url}: expected {length} bytes, got {len(content)}: the text was "
            "cut short; try again"
        )
    return content.decode("utf-8-sig", errors="replace")


def _book(text: str, number: int) -> str:
    lines = text.splitlines()
    begin = [i for i, line in enumerate(lines) if line.startswith(BEGIN)]
    end = [i for i, line in enumerate(lines) if line.startswith(END)]
    if not begin or not end or end[-1] < begin[0]:
        missing = BEGIN if not begin else END
        raise ValueError(
            f"book {number}: expected a line '{missing} ...', got none: the "
            "text was cut short, or is no book of Project Gutenberg"
        )
    return "\n".join(lines[begin[0] + 1 : end[-1]]).strip() + "\n"
