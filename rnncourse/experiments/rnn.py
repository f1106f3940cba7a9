"""The simple recurrent network at work: three steps by hand, a real series.

The scalar network of `scalar` runs through the course with the same numbers:
x = (1, 0, -1), W_xh = 1/2, W_hh = 4/5, W_hq = 2, no bias; its target is the
sum of the inputs so far, (1, 1, 0).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.data import log_returns, stock_prices
from rnncourse.store import kept

X = (1.0, 0.0, -1.0)
TARGET = (1.0, 1.0, 0.0)
W_XH, W_HH, W_HQ = 0.5, 0.8, 2.0
WEEK = ("2013-01-22", "2013-01-28")
BEFORE = "2013-01-18"


def states(
    x: NDArray[np.float64], w_xh: float, w_hh: float, h: float = 0.0
) -> NDArray[np.float64]:
    """h_0, h_1, ..., h_T of a scalar network without bias: (T + 1,)."""
    found = [h]
    for x_t in x:
        h = float(np.tanh(w_xh * x_t + w_hh * h))
        found.append(h)
    return np.array(found)


@kept
def scalar() -> dict[str, Any]:
    """Three steps by hand; element t of each array is that of step t.

    `reach[t]` is dh_3/dh_t and `slope` is dh_3/dx_1. `swapped` is h_3 when the
    first two inputs change places, `blank` when the first is 0.
    """
    x = np.array(X)
    h = states(x, W_XH, W_HH)
    a = np.concatenate([[0.0], W_XH * x + W_HH * h[:-1]])
    y_hat = W_HQ * h
    error = y_hat[1:] - np.array(TARGET)
    factor = 1 - h**2  # of tanh, at each step
    reach = [float(np.prod(W_HH * factor[t + 1 :])) for t in range(4)]
    return {
        "x": np.concatenate([[0.0], x]),
        "from_x": np.concatenate([[0.0], W_XH * x]),
        "from_h": np.concatenate([[0.0], W_HH * h[:-1]]),
        "a": a,
        "h": h,
        "y_hat": y_hat,
        "target": np.array([0.0, *TARGET]),
        "error": np.concatenate([[0.0], error]),
        "loss": float(np.mean(error**2 / 2)),
        "factor": factor,
        "reach": np.array(reach),
        "slope": W_XH * float(factor[1]) * reach[1],
        "swapped": float(states(x[[1, 0, 2]], W_XH, W_HH)[-1]),
        "blank": float(states(np.array([0.0, *X[1:]]), W_XH, W_HH)[-1]),
        "next": float(states(np.array([*X, 1.0]), W_XH, W_HH)[-1]),
    }


@kept
def echo() -> dict[str, Any]:
    """What is left of one input, 1 at step 1 and 0 ever after, for each W_hh.

    `states` (4, 12): h_1, ..., h_12 for the weights of `weights`.
    """
    weights = [0.3, 0.8, 0.95, 1.0]
    pulse = np.array([1.0] + [0.0] * 11)
    rows = [states(pulse, W_XH, w)[1:] for w in weights]
    return {"weights": weights, "states": np.array(rows)}


@kept
def market() -> dict[str, Any]:
    """The scalar network along Apple's daily returns, in percent.

    The arrays of one value a day hold the five days of `WEEK`; element t is
    that of day t, and `price[0]` and `h[0]` are those of the day before.
    `later` is the correlation of each day's state, over the whole series, with
    the return of the day after, `same` with that of the same day, and `noise`
    two standard errors of a correlation that is zero. `forgotten` is how many
    days it takes for two states, begun at 0 and at 1, to differ by less than
    a thousandth.
    """
    week = stock_prices("AAPL", BEFORE, WEEK[1])
    x = 100 * log_returns(week.values)
    h = states(x, W_XH, W_HH)
    series = stock_prices("AAPL")
    returns = 100 * log_returns(series.values)
    along = states(returns, W_XH, W_HH)[1:]
    gap = np.abs(along - states(returns, W_XH, W_HH, 1.0)[1:])
    return {
        "price": week.values,
        "x": np.concatenate([[0.0], x]),
        "from_x": np.concatenate([[0.0], W_XH * x]),
        "from_h": np.concatenate([[0.0], W_HH * h[:-1]]),
        "a": np.concatenate([[0.0], W_XH * x + W_HH * h[:-1]]),
        "h": h,
        "factor": 1 - h**2,
        "passed": W_HH * (1 - h**2),
        "alone": np.concatenate([[0.0], np.tanh(W_XH * x)]),
        "T": len(series),
        "first": float(series.values[0]),
        "last": float(series.values[-1]),
        "scale": float(returns.std()),
        "worst": float(returns.min()),
        "same": float(np.corrcoef(along, returns)[0, 1]),
        "later": float(np.corrcoef(along[:-1], returns[1:])[0, 1]),
        "noise": 2 / np.sqrt(len(returns) - 1),
        "forgotten": int(np.argmax(gap < 1e-3)) + 1,
        "half_life": float(np.log(0.5) / np.log(W_HH)),
    }


@kept
def sizes() -> dict[str, Any]:
    """Parameters for D = 2, H = 4, Q = 1, and those of a window of T steps."""
    d, h, q = 2, 4, 1
    steps = 300
    return {
        "recurrent": h * d + h * h + 2 * h,
        "one_bias": h * d + h * h + h,
        "readout": q * h + q,
        "window": steps * d * h + h,
        "T": steps,
    }
