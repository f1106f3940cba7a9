"""Forecasts from a cut of a series, and how far they were from what came."""

from typing import Any

import torch

Data = dict[str, Any]


def came(data: Data, k: int) -> list[float]:
    """What came after the cut of number k."""
    first = data["origins"][k] + 1
    return data["cut"][first : first + data["Q"]]


def said(data: Data, model: str, how: str, k: int) -> list[float]:
    """What a model said there.

    `how`: "once", all the steps at once; "fed", step by step, reading what it
    said; "next", step by step, reading what came.
    """
    m = data["models"].index(model)
    if how != "next":
        return data[how][m][k]
    first = data["origins"][k] - data["K"] + 1
    return data["next"][m][first : first + data["Q"]]


def error(one: list[float], other: list[float], q: int) -> float:
    """The root of the mean square of the difference, over the first q steps."""
    gap = torch.tensor(one, dtype=torch.float64) - torch.tensor(
        other, dtype=torch.float64
    )
    return gap[:q].square().mean().sqrt().item()


def skill(data: Data, model: str, how: str, k: int, q: int) -> float:
    """1 - MSE / MSE of persistence over the first q steps; 0 if that is 0."""
    truth = came(data, k)
    ours, base = (
        error(said(data, name, how, k), truth, q)
        for name in (model, "persistence")
    )
    return 1 - (ours / base) ** 2 if base else 0.0
