"""Simple recurrent network: a state, and the loop that carries it.

    a_t = W_xh x_t + b_xh + W_hh h_{t-1} + b_hh
    h_t = phi(a_t)                                     phi: tanh or relu

Source: Elman (1990), "Finding structure in time", Cognitive Science 14(2).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import (
    check_choice,
    check_flag,
    check_shape,
    check_size,
    check_tensor,
)

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


class Cell(nn.Module):
    """What every cell has: the affine maps of x_t and of h_{t-1}.

    Names, shapes, order and initial distribution of the parameters are those
    of torch.nn's cells: `weight_ih` (num_chunks * H, D), `weight_hh`
    (num_chunks * H, H), `bias_ih` and `bias_hh` (num_chunks * H), all uniform
    in (-1/sqrt(H), 1/sqrt(H)). Either library loads the other's state_dict.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        num_chunks: how many affine maps are stacked (1 RNN, 3 GRU, 4 LSTM).
        bias: whether there are `bias_ih` and `bias_hh`.
        device: where the parameters live.
        dtype: their floating-point type.

    Raises:
        ValueError: if a size is not a positive integer, or bias no bool.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_chunks: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check_size("input_size", input_size)
        check_size("hidden_size", hidden_size)
        check_flag("bias", bias)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }
        for name, shape in shapes.items():
            if bias or name.startswith("weight"):
                empty = torch.empty(*shape, device=device, dtype=dtype)
                self.register_parameter(name, nn.Parameter(empty))
            else:
                self.register_parameter(name, None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter anew, uniform in (-1/sqrt(H), 1/sqrt(H))."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        bias = "" if self.bias else ", bias=False"
        return f"{self.input_size}, {self.hidden_size}{bias}"

    def affine(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """W_ih x + b_ih and W_hh h + b_hh, each (..., num_chunks * H)."""
        return (
            nn.functional.linear(x, self.weight_ih, self.bias_ih),
            nn.functional.linear(h, self.weight_hh, self.bias_hh),
        )

    def start(self, x: Any, h: Any, name: str = "h") -> Tensor:
        """The state before the step, zeros if absent, once it fits x.

        Raises:
            TypeError: if x or h is no tensor.
            ValueError: if a shape, dtype or device is another.
        """
        check_tensor("x", x, self.weight_ih)
        D, H = self.input_size, self.hidden_size
        check_shape("x", x, ("N", D), (D,))
        if h is None:
            return x.new_zeros(*x.shape[:-1], H)
        check_tensor(name, h, self.weight_ih)
        check_shape(name, h, (*x.shape[:-1], H))
        return h


class RNNCell(Cell):
    """One step of a simple recurrent network; drop-in for torch.nn.RNNCell.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        bias: whether there are `bias_ih` and `bias_hh`.
        nonlinearity: phi, "tanh" or "relu".
        device: where the parameters live.
        dtype: their floating-point type.

    Raises:
        ValueError: if a size or the nonlinearity is none of these.

    >>> cell = RNNCell(3, 4)
    >>> h = cell(torch.ones(2, 3))  # from a zero state
    >>> states, last = unroll(cell, torch.ones(5, 2, 3), h)
    >>> states.shape, last.shape
    (torch.Size([5, 2, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, 1, bias, device, dtype)
        check_choice("nonlinearity", nonlinearity, tuple(ACTIVATIONS))
        self.nonlinearity = nonlinearity

    def extra_repr(self) -> str:
        phi = self.nonlinearity
        return super().extra_repr() + (
            "" if phi == "tanh" else f", nonlinearity={phi}"
        )

    # --8<-- [start:step]
    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """h_t from x_t (N, D) and h_{t-1} (N, H), zeros if absent: (N, H)."""
        h = self.start(x, h)
        a_x, a_h = self.affine(x, h)
        return ACTIVATIONS[self.nonlinearity](a_x + a_h)

    # --8<-- [end:step]


# --8<-- [start:unroll]
def unroll(
    cell: Callable[[Tensor, Any], Any], x: Tensor, state: Any = None
) -> tuple[Tensor, Any]:
    """Carry the state of a cell along the first axis of x.

    Args:
        cell: maps (x_t, state) to the next state, h or (h, c).
        x: the sequence, (T, N, D) or (T, D), T >= 1.
        state: the state before the first step; None for zeros.

    Returns:
        The hidden states h_1, ..., h_T, (T, N, H) or (T, H), and the last
        state.

    Raises:
        ValueError: if the sequence has no step.
    """
    if len(x) == 0:
        raise ValueError(f"expected at least one step, got {tuple(x.shape)}")
    states = []
    for x_t in x:
        state = cell(x_t, state)
        states.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(states), state


# --8<-- [end:unroll]
