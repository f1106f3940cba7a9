"""Every term of a gradient through time, for the scalar network of the course.

h_t = phi(W_xh x_t + W_hh h_{t-1}),  yhat_t = W_hq h_t
L = (1/T) sum over t of (yhat_t - y_t)^2 / 2
"""

import math
from typing import Any

import torch

from rnncourse import bptt

X = [1.0, 0.0, -1.0, 1.0, 0.0]
Y = [1.0, 1.0, 0.0, 0.0, 1.0]


def forward(
    T: int, W_xh: float, W_hh: float, W_hq: float, activation: str
) -> dict[str, Any]:
    """h_0, ..., h_T; yhat_t; dL/dyhat_t; the slopes phi'(a_t); the loss."""
    phi = math.tanh if activation == "tanh" else float
    h = [0.0]
    for x in X[:T]:
        h.append(phi(W_xh * x + W_hh * h[-1]))
    y_hat = torch.tensor(h[1:], dtype=torch.float64)[:, None] * W_hq
    y = torch.tensor(Y[:T], dtype=torch.float64)[:, None]
    return {
        "h": h,
        "y_hat": y_hat.flatten().tolist(),
        "dy": bptt.output_gradients(y_hat[:, None], y[:, None])
        .flatten()
        .tolist(),
        "slope": [1 - v**2 if phi is math.tanh else 1.0 for v in h[1:]],
        "loss": bptt.loss(y_hat[:, None], y[:, None]).item(),
    }


def terms(
    weight: str,
    T: int,
    W_xh: float,
    W_hh: float,
    W_hq: float,
    activation: str,
) -> list[dict[str, Any]]:
    """Of dL/dW, `weight` xh, hh or hq: loss j, use t, factors, product, sum."""
    found = forward(T, W_xh, W_hh, W_hq, activation)
    h, dy, slope = found["h"], found["dy"], found["slope"]
    rows: list[dict[str, Any]] = []
    total = 0.0
    for j in range(1, T + 1):
        for t in [j] if weight == "hq" else range(1, j + 1):
            if weight == "hq":
                factors = [dy[j - 1], h[j]]
            else:
                links = [slope[k - 1] * W_hh for k in range(j, t, -1)]
                used = h[t - 1] if weight == "hh" else X[t - 1]
                factors = [dy[j - 1], W_hq, *links, slope[t - 1], used]
            value = math.prod(factors)
            total += value
            rows.append(
                {"j": j, "t": t, "factors": factors, "value": value,
                 "sum": total}
            )  # fmt: skip
    return rows


def gradient(
    weight: str,
    T: int,
    W_xh: float,
    W_hh: float,
    W_hq: float,
    activation: str,
) -> float:
    """dL/dW by automatic differentiation."""
    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in {"xh": W_xh, "hh": W_hh, "hq": W_hq}.items()
    }
    h = torch.zeros((), dtype=torch.float64)
    loss = torch.zeros((), dtype=torch.float64)
    for x, y in zip(X[:T], Y[:T], strict=True):
        a = leaves["xh"] * x + leaves["hh"] * h
        h = a.tanh() if activation == "tanh" else a
        loss = loss + (leaves["hq"] * h - y) ** 2 / (2 * T)
    (found,) = torch.autograd.grad(loss, leaves[weight], allow_unused=True)
    return 0.0 if found is None else found.item()
