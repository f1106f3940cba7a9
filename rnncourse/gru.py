"""Gated recurrent unit: one state, half kept and half renewed.

    r_t, z_t = sigma(W_x. x_t + b_x. + W_h. h_{t-1} + b_h.)
    n_t = tanh(W_xh x_t + b_xh + r_t (.) (W_hh h_{t-1} + b_hh))    reset after
    n_t = tanh(W_xh x_t + b_xh + W_hh (r_t (.) h_{t-1}) + b_hh)    reset before
    h_t = z_t (.) h_{t-1} + (1 - z_t) (.) n_t          n: the candidate h~

Source: Cho et al. (2014), arXiv:1406.1078, v1 (after) and v3 (before).
"""

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import check_flag
from rnncourse.rnn import Cell


class GRUCell(Cell):
    """One step of a GRU; drop-in for torch.nn.GRUCell.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        bias: whether there are `bias_ih` and `bias_hh`.
        device: where the parameters live.
        dtype: their floating-point type.
        reset_after: where the reset gate acts: on W_hh h_{t-1} + b_hh as in
            torch.nn, or on h_{t-1} as in the paper's last version.

    Raises:
        ValueError: if a size is not a positive integer, or a flag no bool.

    >>> GRUCell(3, 4, reset_after=False)
    GRUCell(3, 4, reset_after=False)
    >>> GRUCell(3, 4)(torch.ones(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        reset_after: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, 3, bias, device, dtype)
        check_flag("reset_after", reset_after)
        self.reset_after = reset_after

    def extra_repr(self) -> str:
        after = "" if self.reset_after else ", reset_after=False"
        return super().extra_repr() + after

    # --8<-- [start:step]
    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """h_t from x_t (N, D) and h_{t-1} (N, H), zeros if absent: (N, H)."""
        h = self.start(x, h)
        a_x, a_h = self.affine(x, h)
        (x_r, x_z, x_n), (h_r, h_z, h_n) = a_x.chunk(3, -1), a_h.chunk(3, -1)
        r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()  # (N, H) each
        h_n = r * h_n if self.reset_after else self.renew(r * h)
        n = (x_n + h_n).tanh()
        return z * h + (1 - z) * n

    def renew(self, h: Tensor) -> Tensor:
        """W_hh h + b_hh of the candidate alone, (N, H)."""
        H = self.hidden_size
        bias = None if self.bias_hh is None else self.bias_hh[2 * H :]
        return nn.functional.linear(h, self.weight_hh[2 * H :], bias)

    # --8<-- [end:step]
