"""The simple recurrent network unrolled: its states and its parameters."""

import torch

from rnncourse.gradients import states as _states


def input(t: int) -> float:  # noqa: A001
    """x_t of the course's three steps, and then over again."""
    return (1.0, 0.0, -1.0)[(t - 1) % 3]


def states(T: int) -> list[float]:
    """h_0, ..., h_T of the scalar network, W_xh = 0.5 and W_hh = 0.8."""
    x = torch.tensor([input(t) for t in range(1, T + 1)], dtype=torch.float64)
    W = torch.tensor([[0.8]], dtype=torch.float64)
    h_0 = torch.zeros(1, dtype=torch.float64)
    return _states(0.5 * x[:, None], W, h_0).flatten().tolist()


def recurrent(D: int, H: int, Q: int) -> int:
    """Parameters, with inputs of D, states of H and outputs of Q numbers."""
    return H * D + H * H + H + Q * H + Q


def window(D: int, H: int, Q: int, T: int) -> int:
    """The same of an ordinary network that reads T steps at once."""
    return H * T * D + H + Q * H + Q
