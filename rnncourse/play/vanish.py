"""The powers of a 2 x 2 Jacobian diag(phi'(a)) W, and their measures."""

import cmath
import math

import numpy as np
import torch
from torch import Tensor

from rnncourse.backprop import sigma
from rnncourse.gradients import spectral_norm

Matrix = list[list[float]]


def _turned(degrees: float) -> Tensor:
    t = math.radians(degrees)
    rows = [[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]
    return torch.tensor(rows, dtype=torch.float64)


def matrix(rho: float, theta: float, shear: float, axes: float) -> Matrix:
    """Rho times a turn by theta, plus a shear; from axes turned by `axes`.

    Angles in degrees.
    """
    plain = rho * _turned(theta)
    plain[0, 1] += shear
    return (_turned(axes) @ plain @ _turned(-axes)).tolist()


def slope(activation: str, a: float) -> float:
    """phi'(a) of identity, tanh or logistic."""
    if activation == "identity":
        return 1.0
    s = sigma(a)
    return s * (1 - s) if activation == "logistic" else 1 - math.tanh(a) ** 2


def jacobian(
    rho: float,
    theta: float,
    shear: float,
    axes: float,
    activation: str,
    a_1: float,
    a_2: float,
) -> Matrix:
    """diag(phi'(a_1), phi'(a_2)) W; equal slopes need no turned axes."""
    slopes = slope(activation, a_1), slope(activation, a_2)
    W = matrix(rho, theta, shear, 0 if slopes[0] == slopes[1] else axes)
    return [[s * w for w in row] for s, row in zip(slopes, W, strict=True)]


def norm(J: Matrix) -> float:
    """The largest singular value."""
    return spectral_norm(torch.tensor(J, dtype=torch.float64))


def eigenvalues(J: Matrix) -> Matrix:
    """Both, each as [real part, imaginary part]."""
    (a, b), (c, d) = J
    half, gap = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
    root = cmath.sqrt(gap)
    return [[z.real, z.imag] for z in (half + root, half - root)]


def norms(J: Matrix, steps: int) -> list[float]:
    """|J^k| for k = 0, ..., steps."""
    factor = torch.tensor(J, dtype=torch.float64)
    power, found = torch.eye(2, dtype=torch.float64), [1.0]
    for _ in range(steps):
        power = factor @ power
        found.append(spectral_norm(power))
    return found


def lost(values: list[float]) -> int:
    """The first step at which float32 holds 0 or infinity; -1 if none."""
    with np.errstate(over="ignore"):
        kept = np.array(values, dtype=np.float32)
    gone = (kept == 0) | ~np.isfinite(kept)
    return int(gone.argmax()) if gone.any() else -1
