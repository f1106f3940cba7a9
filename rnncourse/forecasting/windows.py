"""From a series to examples: windows, parts in order of time, scaling.

    past    x_{t-K+1}, ..., x_t          future    x_{t+1}, ..., x_{t+Q}

A window belongs to the part of the series that holds all of its future.
"""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from rnncourse.checks import check_size


class Windows(NamedTuple):
    """M examples: what is read, (M, K), and what comes next, (M, Q)."""

    past: Tensor
    future: Tensor


def windows(
    values: Tensor,
    length: int,
    horizon: int,
    begin: int = 0,
    end: int | None = None,
) -> Windows:
    """Every window whose future lies in values[begin:end].

    Its past may begin earlier: at that time it was known.

    Args:
        values: a series (T,), or N series of the same dates (T, N).
        length: K, how many values are read.
        horizon: Q, how many are to be said.
        begin: the first place of the future.
        end: the place after its last; None for T.

    Raises:
        ValueError: if a size is not positive, the values are not all finite,
            or no window fits.

    >>> past, future = windows(torch.arange(5.0), length=2, horizon=1)
    >>> past
    tensor([[0., 1.],
            [1., 2.],
            [2., 3.]])
    >>> future.T
    tensor([[2., 3., 4.]])
    """
    check_size("length", length)
    check_size("horizon", horizon)
    if values.dim() not in (1, 2) or not values.isfinite().all():
        raise ValueError(
            "expected finite values, (T,) or (T, N), got "
            f"{tuple(values.shape)} with {int((~values.isfinite()).sum())} "
            "that are not finite"
        )
    end = len(values) if end is None else end
    first = max(begin - length, 0)
    known = values[first:end]
    if len(known) < length + horizon:
        raise ValueError(
            f"expected at least {length} + {horizon} values to read and to "
            f"say, got {len(known)}; use a shorter window or horizon"
        )
    cut = known.unfold(0, length + horizon, 1).reshape(-1, length + horizon)
    return Windows(cut[:, :length], cut[:, length:])


def cuts(T: int, train: float = 0.6, validation: float = 0.2) -> list[int]:
    """Where the validation and the test begin, in order of time.

    Raises:
        ValueError: if a part is empty.
    """
    places = [int(T * train), int(T * (train + validation))]
    if not 0 < places[0] < places[1] < T:
        raise ValueError(
            f"expected three parts of {T} values, none empty, got shares "
            f"{train} and {validation}"
        )
    return places


@dataclass(frozen=True)
class Scaling:
    """What a model reads and says, in units of the past's own spread.

    Attributes:
        centre: subtracted from levels.
        scale: what both are divided by.
        changes: whether a model reads the changes from one value to the next
            and says how far the future is from the last value; else, levels.
    """

    centre: float
    scale: float
    changes: bool = True

    @classmethod
    def fit(cls, past: Tensor, changes: bool = True) -> "Scaling":
        """Fitted on the past alone, (T,) or (T, N).

        Raises:
            ValueError: if it does not vary.
        """
        known = past.diff(dim=0) if changes else past
        scale = known.std().item() if known.numel() > 1 else 0.0
        if not scale > 0:
            raise ValueError(
                "expected a past that varies, got a constant one: its "
                "forecast is its last value"
            )
        return cls(0.0 if changes else known.mean().item(), scale, changes)

    def read(self, past: Float[Tensor, "M K"]) -> Float[Tensor, "M F"]:
        """The inputs of a model: F is K - 1 for changes, K for levels."""
        known = past.diff(dim=1) if self.changes else past - self.centre
        return known / self.scale

    def target(
        self, past: Float[Tensor, "M K"], future: Float[Tensor, "M Q"]
    ) -> Float[Tensor, "M Q"]:
        """What a model should say."""
        return (future - self._base(past)) / self.scale

    def value(
        self, past: Float[Tensor, "M K"], said: Float[Tensor, "*S M Q"]
    ) -> Float[Tensor, "*S M Q"]:
        """What it said, in the units of the series."""
        return self._base(past) + self.scale * said

    def _base(self, past: Tensor) -> Tensor | float:
        return past[:, -1:] if self.changes else self.centre
