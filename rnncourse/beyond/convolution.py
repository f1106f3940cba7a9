"""Temporal convolutions: a window that looks back, wider at each layer.

    y_t = sum_{j=0..k-1} W_j x_{t - j d} + b           d the dilation

Source: dilated causal convolutions, van den Oord et al. (2016),
arXiv:1609.03499; as a sequence model, Bai, Kolter and Koltun (2018),
arXiv:1803.01271.
"""

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

from rnncourse.checks import check_size


# --8<-- [start:receptive]
def receptive_field(kernel: int, dilations: Iterable[int]) -> int:
    """How many steps, the present one included, an output can depend on."""
    return 1 + (kernel - 1) * sum(dilations)


# --8<-- [end:receptive]


# --8<-- [start:causal]
class CausalConvolution(nn.Module):
    """A convolution along time whose output at t reads nothing after t."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, dilation: int
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(inputs, outputs, kernel, dilation=dilation)
        self.behind = (kernel - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        """(T, N, D) to (T, N, H)."""
        x = x.permute(1, 2, 0)  # (N, D, T), as torch has it
        x = nn.functional.pad(x, (self.behind, 0))  # before the first step
        return self.convolution(x).permute(2, 0, 1)


# --8<-- [end:causal]


class TCN(nn.Module):
    """Causal convolutions of dilation 1, 2, 4, ..., each beside its input.

    Args:
        input_size: D.
        hidden_size: H, the channels of every layer.
        kernel: k.
        num_layers: L; the dilations are 2^0, ..., 2^(L-1).

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(
        self, input_size: int, hidden_size: int, kernel: int, num_layers: int
    ) -> None:
        super().__init__()
        check_size("input_size", input_size)
        check_size("hidden_size", hidden_size)
        check_size("kernel", kernel)
        check_size("num_layers", num_layers)
        self.hidden_size = hidden_size
        dilations = [2**layer for layer in range(num_layers)]
        self.receptive_field = receptive_field(kernel, dilations)
        widths = [input_size] + [hidden_size] * (num_layers - 1)
        self.layers = nn.ModuleList(
            CausalConvolution(width, hidden_size, kernel, dilation)
            for width, dilation in zip(widths, dilations, strict=True)
        )

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, None]:
        """(T, N, D) to (T, N, H); it carries no state."""
        for layer in self.layers:
            h = layer(x).relu()
            x = h + x if h.shape == x.shape else h
        return x, None
