"""minGRU and minLSTM: gates that read the input alone, so that a scan will do.

    minGRU   z_t = sigma(W_xz x_t + b_z)
             h~_t = W_xh x_t + b_h
             h_t = z_t (.) h_{t-1} + (1 - z_t) (.) h~_t

    minLSTM  f_t, i_t = sigma(W_xf x_t + b_f), sigma(W_xi x_t + b_i)
             h_t = (f_t h_{t-1} + i_t h~_t) / (f_t + i_t)

Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), arXiv:2410.01201,
whose z_t is our 1 - z_t.
"""

from torch import Tensor, nn

from rnncourse.beyond.scan import recurrence
from rnncourse.checks import check_size


class Minimal(nn.Module):
    """A layer h_t = f_t h_{t-1} + w_t with f_t and w_t computed from x_t.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        blocks: how many affine maps of x_t are stacked.

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(self, input_size: int, hidden_size: int, blocks: int) -> None:
        super().__init__()
        check_size("input_size", input_size)
        check_size("hidden_size", hidden_size)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.affine = nn.Linear(input_size, blocks * hidden_size)

    def kept_and_written(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """f_t and w_t, each (..., H), from x_t (..., D)."""
        raise NotImplementedError

    def forward(
        self, x: Tensor, h: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """All states (T, N, H) at once, and the last, from x (T, N, D)."""
        states = recurrence(*self.kept_and_written(x), h)
        return states, states[-1]

    def step(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """h_t from x_t (N, D) and h_{t-1} (N, H): the cell of the layer."""
        f, w = self.kept_and_written(x)
        return w if h is None else f * h + w


class MinGRU(Minimal):
    """The GRU without h_{t-1} in its gate and candidate."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, 2)

    # --8<-- [start:mingru]
    def kept_and_written(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z, candidate = self.affine(x).chunk(2, dim=-1)  # (..., H) each
        z = z.sigmoid()
        return z, (1 - z) * candidate

    # --8<-- [end:mingru]


class MinLSTM(Minimal):
    """The LSTM without h_{t-1} in its gates, which share out one unit."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, 3)

    # --8<-- [start:minlstm]
    def kept_and_written(self, x: Tensor) -> tuple[Tensor, Tensor]:
        f, i, candidate = self.affine(x).chunk(3, dim=-1)  # (..., H) each
        f, i = f.sigmoid(), i.sigmoid()
        return f / (f + i), i / (f + i) * candidate

    # --8<-- [end:minlstm]


class Stack(nn.Module):
    """Layers over one another, each beside a copy of its input, normalised.

    Args:
        layers: recurrent layers of one hidden size; the first may have another
            input size.

    Raises:
        ValueError: if there is none.
    """

    def __init__(self, *layers: Minimal) -> None:
        super().__init__()
        if not layers:
            raise ValueError("expected at least one layer, got none")
        self.layers = nn.ModuleList(layers)
        self.hidden_size = layers[-1].hidden_size
        self.norms = nn.ModuleList(
            nn.LayerNorm(self.hidden_size) for _ in layers
        )

    def forward(
        self, x: Tensor, state: list[Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """(T, N, D) to (T, N, H), and the last state of each layer."""
        states = []
        for k, (layer, norm) in enumerate(
            zip(self.layers, self.norms, strict=True)
        ):
            h, last = layer(x, None if state is None else state[k])
            states.append(last)
            x = norm(h + x if x.shape == h.shape else h)
        return x, states
