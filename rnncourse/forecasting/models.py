"""Forecasters without a network, in closed form.

    persistence       x_{t+q} = x_t
    drift             x_{t+q} = x_t + q d,       d the mean change of the past
    seasonal naive    x_{t+q} = x_{t+q-mk},      k = ceil(q / m), m the season
    linear            y_q = b_q + sum_k w_qk z_k,      ridge on scaled inputs z

Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and
Practice, 3rd edition; ridge: Hoerl and Kennard (1970), Technometrics 12(1).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.checks import check_size
from rnncourse.forecasting.windows import Scaling, Windows

Past = Float[Tensor, "M K"]
Future = Float[Tensor, "M Q"]


def persistence(past: Past, horizon: int) -> Future:
    """The last value, for each of the Q steps to come.

    >>> persistence(torch.tensor([[3.0, 5.0, 4.0]]), 2)
    tensor([[4., 4.]])
    """
    check_size("horizon", horizon)
    return past[:, -1:].expand(-1, horizon)


def drift(past: Past, horizon: int, slope: float | None = None) -> Future:
    """The last value, and q times a mean change: that of the window if None.

    >>> drift(torch.tensor([[3.0, 4.0, 5.0]]), 2)
    tensor([[6., 7.]])
    """
    check_size("horizon", horizon)
    each = past.diff(dim=1).mean(1, keepdim=True) if slope is None else slope
    steps = torch.arange(1, horizon + 1, dtype=past.dtype, device=past.device)
    return past[:, -1:] + each * steps


def seasonal_naive(past: Past, horizon: int, season: int) -> Future:
    """What was seen a season before, the last one repeated.

    Raises:
        ValueError: if the season is longer than the window.

    >>> seasonal_naive(torch.tensor([[9.0, 1.0, 2.0]]), 3, season=2)
    tensor([[1., 2., 1.]])
    """
    check_size("horizon", horizon)
    check_size("season", season)
    if season > past.shape[1]:
        raise ValueError(
            f"expected a season within the window of {past.shape[1]} values, "
            f"got {season}"
        )
    times = -(-horizon // season)
    return past[:, -season:].repeat(1, times)[:, :horizon]


# --8<-- [start:ridge]
def ridge(
    x: Float[Tensor, "M F"], y: Float[Tensor, "M Q"], penalty: float
) -> tuple[Float[Tensor, "F Q"], Float[Tensor, " Q"]]:
    """W and b of the least |y - x W - b|^2 + penalty |W|^2.

    Raises:
        ValueError: if the penalty is negative.
    """
    if not penalty >= 0:
        raise ValueError(f"expected a penalty of at least 0, got {penalty}")
    x_0, y_0 = x.mean(0), y.mean(0)
    centred = x - x_0
    gram = centred.T @ centred + penalty * torch.eye(x.shape[1]).to(x)
    W = torch.linalg.solve(gram, centred.T @ (y - y_0))
    return W, y_0 - x_0 @ W


# --8<-- [end:ridge]


@dataclass(frozen=True)
class Linear:
    """An autoregression: each step of the future, from the whole window.

    Attributes:
        W: (F, Q).
        b: (Q,).
        scaling: of what is read and said.
    """

    W: Tensor
    b: Tensor
    scaling: Scaling

    @classmethod
    def fit(
        cls, train: Windows, scaling: Scaling, penalty: float = 1.0
    ) -> "Linear":
        """In closed form, on windows of the past."""
        x, y = scaling.read(train.past), scaling.target(*train)
        return cls(*ridge(x, y, penalty), scaling)

    def __call__(self, past: Past) -> Future:
        said = self.scaling.read(past) @ self.W + self.b
        return self.scaling.value(past, said)


# --8<-- [start:recursive]
def recursive(
    one_step: Callable[[Tensor], Tensor], past: Past, horizon: int
) -> Future:
    """Q steps, each read by the next as if it had been observed.

    Args:
        one_step: maps (M, K) to (M, 1).
        past: what is known.
        horizon: Q.
    """
    check_size("horizon", horizon)
    found = []
    for _ in range(horizon):
        found.append(one_step(past)[:, :1])
        past = torch.cat([past[:, 1:], found[-1]], dim=1)
    return torch.cat(found, dim=1)


# --8<-- [end:recursive]
