"""Real series, with their units, source and licence; and generated tasks.

Nothing here needs a network but what `remote` fetches: the series travel in
the package `bokeh_sampledata` (`pip install "rnncourse[data]"`), the rest is
drawn from the generator that it is given.
"""

from rnncourse.data.remote import gutenberg, yahoo_prices
from rnncourse.data.series import (
    TICKERS,
    Series,
    countries,
    log_returns,
    population,
    read_csv,
    regular,
    sea_temperature,
    stock_prices,
)
from rnncourse.data.simulated import FORMANTS, random_walk, vowel
from rnncourse.data.tasks import (
    Sentence,
    adding,
    agreement,
    copy,
    encoded,
    vocabulary,
)

__all__ = [
    "FORMANTS",
    "TICKERS",
    "Sentence",
    "Series",
    "adding",
    "agreement",
    "copy",
    "countries",
    "encoded",
    "gutenberg",
    "log_returns",
    "population",
    "random_walk",
    "read_csv",
    "regular",
    "sea_temperature",
    "stock_prices",
    "vocabulary",
    "vowel",
    "yahoo_prices",
]
