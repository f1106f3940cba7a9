"""How good a forecast is, and how sure it may be of itself.

    skill = 1 - MSE / MSE of persistence    1 perfect, 0 no better, < 0 worse

Source: Murphy (1988), Monthly Weather Review 116(12).
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.checks import check_shape, check_size


def squared_errors(
    said: Float[Tensor, "*S M Q"], future: Float[Tensor, "M Q"]
) -> Float[Tensor, "*S M Q"]:
    """(said - future)^2, of each forecast and step.

    Raises:
        ValueError: if they are not of as many windows and steps.
    """
    M, Q = future.shape
    check_shape("a forecast", said, (M, Q), ("S", M, Q))
    return (said - future).square()


# --8<-- [start:skill]
def skill(
    said: Float[Tensor, "*S M Q"],
    reference: Float[Tensor, "M Q"],
    future: Float[Tensor, "M Q"],
) -> Float[Tensor, "*S"]:
    """1 - MSE / MSE of the reference, over all windows and steps.

    >>> future, still = torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2)
    >>> skill(future / 2, still, future)
    tensor(0.7500)
    """
    error = squared_errors(said, future).mean((-2, -1))
    return 1 - error / squared_errors(reference, future).mean()


# --8<-- [end:skill]


def margin(losses: Float[Tensor, " M"], block: int) -> float:
    """Two standard errors of the mean of M losses in order of time.

    Windows that overlap are not independent: the losses are averaged in blocks
    of neighbours, long enough to be taken as independent, before the spread is.

    Raises:
        ValueError: if the block is no positive int, or there are fewer than two
            whole ones.
    """
    check_size("block", block)
    count = len(losses) // block
    if count < 2:
        raise ValueError(
            f"expected at least two blocks of {block}, got {len(losses)} losses"
        )
    means = losses[: count * block].reshape(count, block).mean(1)
    return 2 * means.std().item() / math.sqrt(count)


def band(residuals: Float[Tensor, "M Q"], level: float) -> Float[Tensor, "2 Q"]:
    """Quantiles of future - said on the validation: what to add to a forecast.

    Raises:
        ValueError: if the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"expected a level between 0 and 1, got {level}")
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2]).to(residuals)
    return residuals.quantile(tails, dim=0)


def coverage(
    low: Float[Tensor, "M Q"],
    high: Float[Tensor, "M Q"],
    future: Float[Tensor, "M Q"],
) -> Float[Tensor, " Q"]:
    """The share of the future that fell between, at each step."""
    return ((low <= future) & (future <= high)).double().mean(0)
