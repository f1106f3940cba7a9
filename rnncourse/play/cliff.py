"""Descent on the cliff of one unit that runs for fifty steps."""

import math

from rnncourse import gradients

cliff = gradients.cliff


def descend(
    w: float, b: float, rate: float, steps: int, limit: float | None
) -> list[list[float]]:
    """The points w, b, L, |g|, clipped at `limit` if there is one."""
    points = gradients.descend(w, b, rate, steps, limit)
    return [[*point, math.hypot(*cliff(*point[:2])[1:])] for point in points]
