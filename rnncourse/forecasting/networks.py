"""Recurrent forecasters, trained several at a time in one batch.

S networks of H units are one network of S H units whose matrices are zero
outside S blocks. With a gradient that is zero there too, each learns as if it
were alone, and the loop over time runs once for all.
"""

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rnncourse.forecasting.windows import Scaling, Windows
from rnncourse.layers import GRU, LSTM, RNN
from rnncourse.training import Network, fit

KINDS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
PLAIN = {  # what a layer of an ensemble is
    "num_layers": 1,
    "bias": True,
    "proj_size": 0,
    "nonlinearity": "tanh",
}


# --8<-- [start:blocks]
def blocks(parts: Sequence[Tensor], gates: int = 1) -> Tensor:
    """One parameter out of S: matrices on a diagonal, biases in a row.

    The rows of each part hold `gates` gates, one after the other.
    """
    by_gate = zip(*(part.chunk(gates) for part in parts), strict=True)
    join = torch.block_diag if parts[0].dim() == 2 else _row
    return torch.cat([join(*gate) for gate in by_gate])


# --8<-- [end:blocks]


class Ensemble(nn.Module):
    """S networks of the same sizes, with an output at the last step, as one.

    Args:
        networks: one or more; the layer of each is an RNN, LSTM or GRU, of one
            layer in one direction, with biases, and tanh in an RNN.

    Raises:
        TypeError: if a layer is none of the three.
        ValueError: if there is no network, or one is not so, or not as the
            first.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        _check(networks)
        super().__init__()
        first: Any = networks[0].layer
        sizes = (first.input_size, first.hidden_size)
        S, Q = len(networks), networks[0].readout.out_features
        layer = type(first)(S * sizes[0], S * sizes[1])
        self.model = Network(layer, S * Q, last=True).to(first.weight_hh_l0)
        self.S, self.gates = S, len(first.weight_hh_l0) // sizes[1]
        self.single = copy.deepcopy(networks[0]).requires_grad_(False)
        with torch.no_grad():
            for name, whole in self.model.named_parameters():
                parts = [network.get_parameter(name) for network in networks]
                gates = self._gates(name)
                whole.copy_(blocks(parts, gates))
                inside = blocks([torch.ones_like(p) for p in parts], gates)
                whole.register_hook(inside.mul)  # type: ignore[no-untyped-call]

    def _gates(self, name: str) -> int:
        return self.gates if name.startswith("layer") else 1

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(T, N, S D), or (T, N, D) for all of them, to (S, N, Q)."""
        if x.shape[-1] != self.model.layer.input_size:
            x = x.repeat(1, 1, self.S)
        out, state = self.model(x, state)
        return out.reshape(len(out), self.S, -1).transpose(0, 1), state

    @torch.no_grad()
    def network(self, s: int) -> Network:
        """One of them, alone: a copy."""
        found = copy.deepcopy(self.single)
        for name, part in found.named_parameters():
            whole = self.model.get_parameter(name)
            rows = [
                gate.chunk(self.S)[s] for gate in whole.chunk(self._gates(name))
            ]
            if part.dim() == 2:
                rows = [row.chunk(self.S, dim=1)[s] for row in rows]
            part.copy_(torch.cat(rows))
        return found


def _check(networks: Sequence[Network]) -> None:
    if not networks:
        raise ValueError("expected at least one network, got none")
    for network in networks:
        layer = network.layer
        if not isinstance(layer, nn.RNNBase):
            raise TypeError(
                "expected an ensemble's layers to be RNN, LSTM or GRU, got "
                f"{type(layer).__name__}"
            )
        if not network.last:
            raise ValueError("expected networks with last=True, got last=False")
        for name, plain in PLAIN.items():
            got = getattr(layer, name, plain)
            if got != plain:
                raise ValueError(
                    f"expected an ensemble's layers with {name}={plain!r}, got "
                    f"{name}={got!r}"
                )
    first, *others = map(_sizes, networks)
    for other in others:
        if other != first:
            raise ValueError(
                f"expected networks of the same sizes, got {first} and {other}"
            )


def _sizes(network: Network) -> str:
    layer: Any = network.layer
    Q = network.readout.out_features
    return f"{layer.mode} {layer.input_size}-{layer.hidden_size}-{Q}"


def _row(*parts: Tensor) -> Tensor:
    return torch.cat(parts)


@dataclass(frozen=True)
class Recurrent:
    """The forecast of each of S networks.

    Attributes:
        ensemble: of them.
        scaling: of what they read and say.
        steps: after how many steps each was best on the validation.
    """

    ensemble: Ensemble
    scaling: Scaling
    steps: tuple[int, ...]

    @torch.no_grad()
    def __call__(self, past: Float[Tensor, "M K"]) -> Float[Tensor, "S M Q"]:
        like = self.ensemble.model.readout.weight
        said, _ = self.ensemble(_steps(self.scaling.read(past), like))
        return self.scaling.value(past, said.to(past))


def _steps(x: Float[Tensor, "M F"], like: Tensor) -> Float[Tensor, "F M 1"]:
    return x.T[..., None].to(like)


def learn(
    networks: Sequence[Network],
    train: Windows,
    validation: Windows,
    scaling: Scaling,
    *,
    steps: int = 400,
    batch: int = 64,
    rate: float = 0.01,
    every: int = 50,
    generator: torch.Generator | None = None,
) -> Recurrent:
    """Train S networks, each on batches of its own; keep each at its best.

    Args:
        networks: they map (T, N, 1) to (N, Q), as `Ensemble` takes them.
        train: windows to learn from.
        validation: windows that choose when each network was best.
        scaling: fitted on the past alone.
        steps: of Adam.
        batch: windows a step and network.
        rate: the learning rate.
        every: how many steps from one look at the validation to the next.
        generator: of the batches.

    Raises:
        ValueError: if there are not as many outputs as steps to forecast; and
            what `Ensemble` refuses.
    """
    for network in networks:
        Q, steps_ahead = network.readout.out_features, train.future.shape[1]
        if steps_ahead != Q:
            raise ValueError(
                "expected networks of as many outputs as there are steps to "
                f"forecast, {steps_ahead}, got {Q}"
            )
    ensemble, S = Ensemble(networks), len(networks)
    like = ensemble.model.readout.weight
    x, y = _steps(scaling.read(train.past), like), scaling.target(*train)
    seen = _steps(scaling.read(validation.past), like)
    y, true = y.to(like), scaling.target(*validation).to(like)
    best, kept, when = [math.inf] * S, list(networks), [0] * S

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(steps):
            some = torch.randint(x.shape[1], (batch, S), generator=generator)
            yield x[:, some, 0], y[some.T]  # (F, N, S), (S, N, Q)

    def loss(said: Tensor, y: Tensor) -> Tensor:
        return (said - y).square().mean((1, 2)).sum()  # one term a network

    optimizer = torch.optim.Adam(ensemble.model.parameters(), lr=rate)
    for step in fit(ensemble, batches(), loss, optimizer):
        if step.number % every and step.number != steps:
            continue
        with torch.no_grad():
            errors = (ensemble(seen)[0] - true).square().mean((1, 2))
        for s, error in enumerate(errors.tolist()):
            if error < best[s]:
                best[s], when[s] = error, step.number
                kept[s] = ensemble.network(s)
    return Recurrent(Ensemble(kept), scaling, tuple(when))
