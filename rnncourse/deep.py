"""Depth: what torch.nn's stacks lack, and batches of several lengths.

    s_t^(0) = x_t;   s_t^(1) = h_t^(1)
    h_t^(l) = layer^(l)(drop(norm(s_t^(l-1))))
    s_t^(l) = h_t^(l), or s_t^(l-1) + h_t^(l) when residual        l = 2, ..., L

Source: residual connections, He et al. (2016), CVPR; layer normalisation, Ba,
Kiros and Hinton (2016), arXiv:1607.06450; one mask for all steps, Gal and
Ghahramani (2016), NeurIPS.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import (
    check_flag,
    check_fraction,
    check_pair,
    check_shape,
    check_size,
)
from rnncourse.layers import Layer
from rnncourse.packing import check_lengths


# --8<-- [start:locked]
class LockedDropout(nn.Module):
    """Dropout whose mask is the same at every step of a sequence.

    Args:
        p: the probability of a zero.

    Raises:
        ValueError: if it is not in [0, 1].
    """

    def __init__(self, p: float = 0.5) -> None:
        check_fraction("p", p)
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """(T, N, H) to (T, N, H)."""
        one_step = torch.ones_like(x[:1])  # (1, N, H)
        return x * nn.functional.dropout(one_step, self.p, self.training)

    # --8<-- [end:locked]

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Stack(nn.Module):
    """Recurrent layers in one direction, one on another.

    With neither residual nor norm nor dropout it computes what `kind` does
    with `num_layers`.

    Args:
        kind: RNN, LSTM or GRU.
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units of every layer.
        num_layers: L.
        residual: whether a layer adds to what it reads, from the second on.
        norm: whether what a layer reads is normalised, from the second on.
        dropout: the probability of a zero in it, the same at every step.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        kind: type[Layer],
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        residual: bool = False,
        norm: bool = False,
        dropout: float = 0.0,
    ) -> None:
        check_size("num_layers", num_layers)
        check_flag("residual", residual)
        check_flag("norm", norm)
        super().__init__()
        self.hidden_size, self.residual = hidden_size, residual
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.layers = nn.ModuleList(kind(D, hidden_size) for D in sizes)
        self.norms = nn.ModuleList(
            nn.LayerNorm(hidden_size) if norm else nn.Identity()
            for _ in sizes[1:]
        )
        self.drop = LockedDropout(dropout)

    # --8<-- [start:stack]
    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(T, N, D) to (T, N, H), and the last state of every layer.

        The state has the shape of torch.nn's: (L, N, H), or two of them.
        """
        states = _by_layer(state, len(self.layers))
        s, ends = x, []
        for l, layer in enumerate(self.layers):
            read = self.drop(self.norms[l - 1](s)) if l else s
            h, end = layer(read, states[l])
            s = s + h if l and self.residual else h
            ends.append(end)
        return s, _joined(ends)

    # --8<-- [end:stack]


def _by_layer(state: Any, L: int) -> Sequence[Any]:
    if isinstance(state, Tensor):
        check_shape("the state", state, (L, "N", "H"), (L, "H"))
        return torch.split(state, 1)
    if isinstance(state, tuple | list):
        h, c = check_pair(state)
        return list(zip(_by_layer(h, L), _by_layer(c, L), strict=True))
    return [state] * L  # none, or what a layer refuses


def _joined(ends: list[Any]) -> Any:
    if isinstance(ends[0], tuple):
        return tuple(torch.cat(one) for one in zip(*ends, strict=True))
    return torch.cat(ends)


Lengths = Tensor | Sequence[int]


# --8<-- [start:lengths]
def real_steps(lengths: Lengths, T: int, N: int | None = None) -> Tensor:
    """Which steps are no padding: (T, N), of bool.

    Raises:
        TypeError: if a length is no int.
        ValueError: if one is not in 1..T, or there are not N, where N is given.
    """
    check_lengths(lengths, T, N)
    lengths = torch.as_tensor(lengths)
    return torch.arange(T, device=lengths.device)[:, None] < lengths


def last_outputs(out: Tensor, lengths: Lengths) -> Tensor:
    """Of each sequence, its output at its own last step: (N, H).

    Raises:
        TypeError: if a length is no int.
        ValueError: if one is not in 1..T, or there are not N.
    """
    real = real_steps(lengths, *out.shape[:2]).to(out.device)
    steps = real.sum(0) - 1  # (N,)
    return out[steps, torch.arange(len(steps), device=out.device)]


def masked_mean(values: Tensor, lengths: Lengths) -> Tensor:
    """The mean of (T, N, ...) over the real steps alone.

    Raises:
        TypeError: if a length is no int.
        ValueError: if one is not in 1..T, or there are not N.
    """
    real = real_steps(lengths, *values.shape[:2])
    return values[real.to(values.device)].mean()


# --8<-- [end:lengths]


# --8<-- [start:rows]
def rows(series: Tensor, N: int) -> Tensor:
    """A long series (S, ...) as N stretches side by side: (S // N, N, ...).

    Stretch n goes on where stretch n - 1 ends, so that pieces cut one after
    the other continue each row. What is left over at the end is dropped.

    Raises:
        ValueError: if N is not in 1..S.
    """
    check_size("N", N)
    T = len(series) // N
    if T == 0:
        raise ValueError(
            f"expected at least N = {N} steps, one a row, got {len(series)}"
        )
    return series[: T * N].reshape(N, T, *series.shape[1:]).transpose(0, 1)


# --8<-- [end:rows]
