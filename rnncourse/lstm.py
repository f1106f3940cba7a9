"""Long short-term memory: a cell state that gates write, keep and show.

    i_t, f_t, o_t = sigma(W_x. x_t + b_x. + W_h. h_{t-1} + b_h.)
    g_t = tanh(W_xc x_t + b_xc + W_hc h_{t-1} + b_hc)          the candidate c~
    c_t = f_t (.) c_{t-1} + i_t (.) g_t
    h_t = o_t (.) tanh(c_t)

Source: Hochreiter and Schmidhuber (1997), Neural Computation 9(8); forget
gate: Gers, Schmidhuber and Cummins (2000), Neural Computation 12(10).
"""

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import check_pair
from rnncourse.rnn import Cell


class LSTMCell(Cell):
    """One step of an LSTM; drop-in for torch.nn.LSTMCell.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        bias: whether there are `bias_ih` and `bias_hh`.
        device: where the parameters live.
        dtype: their floating-point type.

    Raises:
        ValueError: if a size is not a positive integer, or bias no bool.

    >>> cell = LSTMCell(3, 4)
    >>> set_forget_bias(cell, 1.0)
    >>> h, c = cell(torch.ones(2, 3))
    >>> h.shape, c.shape
    (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, 4, bias, device, dtype)

    # --8<-- [start:step]
    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """(h_t, c_t) from x_t (N, D) and (h_{t-1}, c_{t-1}), (N, H) each."""
        h, c = self.start_both(x, state)
        a_x, a_h = self.affine(x, h)
        i, f, g, o = (a_x + a_h).chunk(4, dim=-1)  # (N, H) each
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return h, c

    # --8<-- [end:step]

    def start_both(self, x: Any, state: Any) -> tuple[Tensor, Tensor]:
        """(h, c) before the step, zeros if absent, once both fit x.

        Raises:
            TypeError: if the state is not a pair of tensors, or x no tensor.
            ValueError: if a shape, dtype or device is another.
        """
        h, c = (None, None) if state is None else check_pair(state)
        return self.start(x, h), self.start(x, c, "c")


# --8<-- [start:forget_bias]
@torch.no_grad()
def set_forget_bias(module: nn.Module, value: float = 1.0) -> None:
    """Make the forget gates' bias `value`, in an LSTM cell or layer.

    torch adds two biases, b_xf + b_hf: the first becomes `value`, the second
    0, so that the gate is not opened twice. Works on torch.nn's modules too.

    Args:
        module: an LSTM cell or layer, ours or torch.nn's.
        value: the sum of the two biases of every forget gate.

    Raises:
        ValueError: if it is anything else, or has no biases.

    Source: Gers et al. (2000); Jozefowicz et al. (2015), ICML.
    """
    biases = {
        name: parameter
        for name, parameter in module.named_parameters(recurse=False)
        if name.startswith("bias_")
    }
    sizes = {len(bias) for bias in biases.values()}
    if sizes != {4 * getattr(module, "hidden_size", 0)}:
        raise ValueError(
            f"expected an LSTM cell or layer with biases, got {module}"
        )
    for name, bias in biases.items():
        _, f, _, _ = bias.chunk(4)
        f.fill_(value if name.startswith("bias_ih") else 0.0)


# --8<-- [end:forget_bias]
