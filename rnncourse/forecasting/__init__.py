"""Forecasting: windows of the past, what each model says of the future.

A forecaster maps the last K values, (M, K), to the next Q, (M, Q); it is
fitted on the past, and measured on what came later against persistence.
"""

from rnncourse.forecasting.measures import (
    band,
    coverage,
    margin,
    skill,
    squared_errors,
)
from rnncourse.forecasting.models import (
    Linear,
    drift,
    persistence,
    recursive,
    ridge,
    seasonal_naive,
)
from rnncourse.forecasting.networks import KINDS, Ensemble, Recurrent, learn
from rnncourse.forecasting.windows import Scaling, Windows, cuts, windows

__all__ = [
    "KINDS",
    "Ensemble",
    "Linear",
    "Recurrent",
    "Scaling",
    "Windows",
    "band",
    "coverage",
    "cuts",
    "drift",
    "learn",
    "margin",
    "persistence",
    "recursive",
    "ridge",
    "seasonal_naive",
    "skill",
    "squared_errors",
    "windows",
]
