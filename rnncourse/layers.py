"""Layers: cells along time, stacked, in one direction or both.

    h_t^(0) = x_t
    h_t^(l) = [forward cell(h_1^(l-1), ..., h_t^(l-1)),
               backward cell(h_T^(l-1), ..., h_t^(l-1))]       l = 1, ..., L

They are torch.nn's RNN, LSTM and GRU, with the same parameters, arguments and
results, and say more clearly what is wrong with an input. What runs a layer
along time is an engine: see `rnncourse.engines`.

Source: Schuster and Paliwal (1997), IEEE Trans. Signal Process. 45(11); Graves,
Mohamed and Hinton (2013), ICASSP.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.backends.cudnn import flags
from torch.nn.utils.rnn import PackedSequence

from rnncourse.checks import (
    check_choice,
    check_flag,
    check_fraction,
    check_pair,
    check_shape,
    check_size,
    check_tensor,
)
from rnncourse.engines import ENGINES, LOOPS, bptt, choose, has_cudnn
from rnncourse.engines.directions import back, onward
from rnncourse.engines.plain import plain
from rnncourse.engines.table import Task
from rnncourse.packing import permuted, split

Tensors = tuple[Tensor, ...]
BY_TORCH: dict[str, Any] = {
    "tanh": torch.rnn_tanh,
    "relu": torch.rnn_relu,
    "gru": torch.gru,
    "lstm": torch.lstm,
}


class Layer(nn.RNNBase):
    """What RNN, LSTM and GRU share: checks, stacking, directions, packing.

    Args:
        input_size: D, the number of input features.
        hidden_size: H, the number of hidden units.
        num_layers: L, how many layers are stacked.
        bias: whether there are biases.
        batch_first: whether input and output are (N, T, .), not (T, N, .).
        dropout: the probability of a zero in what one layer hands the next.
        bidirectional: whether each layer also runs back from the last step.
        device: where the parameters live.
        dtype: their floating-point type.
        engine: "bptt", "native", "triton", "cudnn" or "torch"; None for the
            rule.
        options: what torch.nn's class takes besides.

    Raises:
        ValueError: if an argument is none of these.
    """

    weight_ih_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        engine: str | None = None,
        **options: Any,
    ) -> None:
        check_size("input_size", input_size)
        check_size("hidden_size", hidden_size)
        check_size("num_layers", num_layers)
        check_flag("bias", bias)
        check_flag("batch_first", batch_first)
        check_flag("bidirectional", bidirectional)
        check_fraction("dropout", dropout)
        if engine is not None:
            check_choice("engine", engine, ENGINES)
        super().__init__(
            input_size=input_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            device=device,
            dtype=dtype,
            **options,
        )
        self.engine = engine

    def extra_repr(self) -> str:
        engine = "" if self.engine is None else f", engine={self.engine}"
        return super().extra_repr() + engine

    @property
    def kind(self) -> str:
        """tanh, relu, gru or lstm."""
        return self.mode.lower().removeprefix("rnn_")

    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def forward(
        self,
        input: Tensor | PackedSequence,  # noqa: A002
        hx: Tensor | Tensors | None = None,
    ) -> Any:
        """The output of every step, and the last state of every layer.

        Args:
            input: (T, N, D), (N, T, D) with batch_first, (T, D), or packed.
            hx: the first state, zeros if absent: (L d, N, H) for L layers and
                d directions, (L d, H) without a batch; for an LSTM a tuple
                (h, c) of two. With a projection h has P columns.

        Returns:
            The output, as the input but with d H columns, and the last state,
            shaped as the first. Gradients need the output as it is: it is not
            to be changed in place. Where autocast is on, all is of its type.

        Raises:
            TypeError: if the input or the state is of another type.
            ValueError: if a shape, dtype or device does not fit.
        """
        data, task = self.accept(input)
        packed = input if isinstance(input, PackedSequence) else None
        alone = packed is None and data.dim() == 2
        if hx is not None:
            state = self.accept_state(hx, None if alone else task.N)
            task.plain = task.plain and plain(*state)
        engine = choose(self.engine, data, task)
        x: Any = data.unsqueeze(1) if alone else input
        batch_first = self.batch_first and not alone
        first = self.first(hx, data, task.N)
        if packed is not None:
            first = permuted(first, packed.sorted_indices)
        out: Any
        if engine in LOOPS:
            out, last = self.by_hand(x, first, batch_first, LOOPS[engine])
        else:
            without = engine == "torch" and has_cudnn(data)
            with flags(enabled=False) if without else nullcontext():
                out, last = self.by_torch(x, first, batch_first)
        if packed is not None:
            out = PackedSequence(out, *packed[1:])
            last = permuted(last, packed.unsorted_indices)
        elif alone:
            out, last = out.squeeze(1), tuple(one.squeeze(1) for one in last)
        return out, last if task.kind == "lstm" else last[0]

    def accept(self, x: Any) -> tuple[Tensor, Task]:
        """The numbers of an input that fits, and what is to be done.

        Raises:
            TypeError: if the input is neither a tensor nor packed.
            ValueError: if its shape, dtype or device is another.
        """
        packed, D = isinstance(x, PackedSequence), self.input_size
        if packed:
            data = x.data
            check_tensor("input.data", data, self.weight_ih_l0)
            check_shape("input.data", data, ("steps", D))
            T, N = len(x.batch_sizes), int(x.batch_sizes[0])
        else:
            data = x
            check_tensor("input", data, self.weight_ih_l0)
            if data.dim() not in (2, 3) or data.shape[-1] != D:
                batched = ("N", "T", D) if self.batch_first else ("T", "N", D)
                check_shape("input", data, batched, ("T", D))
            T, N = data.shape[0], 1
            if data.dim() == 3:
                T, N = data.shape[:2][:: -1 if self.batch_first else 1]
            if T == 0:
                raise ValueError(
                    f"expected at least one step, got {tuple(data.shape)}"
                )
        return data, Task(
            kind=self.kind,
            T=T,
            N=N,
            H=self.hidden_size,
            packed=packed,
            projected=self.proj_size > 0,
            learning=torch.is_grad_enabled(),
            plain=plain(data, *self._parameters.values()),
        )

    def accept_state(self, hx: Any, N: int | None) -> Tensors:
        """The first state, (h_0,) or (h_0, c_0), if it fits the input.

        Raises:
            TypeError: if it is no tensor, or for an LSTM no tuple (h, c).
            ValueError: if a shape, dtype or device is another.
        """
        H, P = self.hidden_size, self.proj_size or self.hidden_size
        rows = self.num_layers * self.directions
        batch = () if N is None else (N,)
        both = check_pair(hx) if self.kind == "lstm" else (hx,)
        for name, one, width in zip(("h_0", "c_0"), both, (P, H), strict=False):
            check_tensor(name, one, self.weight_ih_l0)
            check_shape(name, one, (rows, *batch, width))
        return both

    @property
    def directions(self) -> int:
        """2 or 1."""
        return 2 if self.bidirectional else 1

    def first(self, hx: Any, x: Tensor, N: Any) -> Tensors:
        """The state as a tuple, with its batch; zeros if absent."""
        if hx is not None:
            state = (hx,) if isinstance(hx, Tensor) else hx
            return tuple(
                one if one.dim() == 3 else one.unsqueeze(1) for one in state
            )
        H, rows = self.hidden_size, self.num_layers * self.directions
        h = x.new_zeros(rows, N, self.proj_size or H)
        if self.kind != "lstm":
            return (h,)
        return h, x.new_zeros(rows, N, H) if self.proj_size else h

    def by_torch(
        self, x: Any, first: Tensors, batch_first: bool
    ) -> tuple[Tensor, Tensors]:
        """Output and last state, by torch's own functional."""
        lstm = self.kind == "lstm"
        given = (first if lstm else first[0],)
        options = (
            [weight for layer in self.all_weights for weight in layer],
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
        )
        run = BY_TORCH[self.kind]
        if isinstance(x, PackedSequence):
            out, *last = run(x.data, x.batch_sizes, *given, *options)
        else:
            out, *last = run(x, *given, *options, batch_first)
        return out, tuple(last)

    def by_hand(
        self, x: Any, first: Tensors, batch_first: bool, loops: bptt.Loops
    ) -> tuple[Tensor, Tensors]:
        """Output and last state, by an engine of ours."""
        blocks, weights = split(x, batch_first), self.all_weights
        if len(blocks) == len(weights) == 1:  # there is nothing to stack
            state = tuple(one[0] for one in first)
            out, end = bptt.run(
                self.kind, blocks[0], state, *weights[0], loops=loops
            )
            blocks, last = [out], tuple(one.unsqueeze(0) for one in end)
        else:
            blocks, last = self.stacked(blocks, first, weights, loops)
        if isinstance(x, PackedSequence):
            return torch.cat([block.flatten(0, 1) for block in blocks]), last
        out = blocks[0]
        return out.transpose(0, 1) if batch_first else out, last

    def stacked(
        self,
        blocks: list[Tensor],
        hx: Tensors,
        weights: Sequence[Sequence[Tensor]],
        loops: bptt.Loops,
    ) -> tuple[list[Tensor], Tensors]:
        """Every layer, in each direction, over blocks (C, N, D) of steps."""
        firsts = zip(*(one.unbind() for one in hx), strict=True)
        ends: list[Tensors] = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                blocks = [
                    nn.functional.dropout(block, self.dropout)
                    for block in blocks
                ]
            outs = []
            for run in (onward, back)[: self.directions]:
                given = next(firsts), weights[len(ends)], loops
                out, end = run(self.kind, blocks, *given)
                outs.append(out)
                ends.append(end)
            blocks = [
                torch.cat(both, -1) if len(both) == 2 else both[0]
                for both in zip(*outs, strict=True)
            ]
        return blocks, tuple(
            torch.stack(one) if len(one) > 1 else one[0].unsqueeze(0)
            for one in zip(*ends, strict=True)
        )


class RNN(Layer, nn.RNN):
    """Simple recurrent layers; drop-in for torch.nn.RNN.

    Args:
        nonlinearity: phi, "tanh" or "relu".
        others: those of `Layer`.

    Raises:
        ValueError: if an argument is none of these.

    >>> layer = RNN(3, 4)
    >>> layer.load_state_dict(torch.nn.RNN(3, 4).state_dict())
    <All keys matched successfully>
    >>> states, last = layer(torch.ones(5, 2, 3))
    >>> states.shape, last.shape
    (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *others: Any,
        **named: Any,
    ) -> None:
        check_choice("nonlinearity", nonlinearity, ("tanh", "relu"))
        named["nonlinearity"] = nonlinearity
        super().__init__(input_size, hidden_size, num_layers, *others, **named)


class LSTM(Layer, nn.LSTM):
    """Layers of long short-term memory; drop-in for torch.nn.LSTM.

    Args:
        proj_size: P < H, to which h_t is projected; 0 for no projection.
        others: those of `Layer`.

    Raises:
        ValueError: if an argument is none of these.

    >>> layer = LSTM(3, 4, num_layers=2, bidirectional=True)
    >>> states, (h, c) = layer(torch.ones(5, 2, 3))
    >>> states.shape, h.shape, c.shape
    (torch.Size([5, 2, 8]), torch.Size([4, 2, 4]), torch.Size([4, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *others: Any,
        **named: Any,
    ) -> None:
        check_size("hidden_size", hidden_size)
        check_size("proj_size", proj_size, least=0)
        if proj_size >= hidden_size:
            raise ValueError(
                f"expected proj_size < hidden_size {hidden_size}, got "
                f"{proj_size}"
            )
        named["proj_size"] = proj_size
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            *others,
            **named,
        )


class GRU(Layer, nn.GRU):
    """Gated recurrent layers, reset after; drop-in for torch.nn.GRU.

    Args and Raises: those of `Layer`.

    >>> states, last = GRU(3, 4)(pack(torch.ones(5, 2, 3), [5, 2]))
    >>> states.data.shape, last.shape  # 5 + 2 steps
    (torch.Size([7, 4]), torch.Size([1, 2, 4]))
    """
