"""The loop that learns, without a framework: each step is there to be seen.

A network maps (x, state) to (output, state), as layers do; whoever runs the
loop gets what happened at each step and stops when it likes:

    for step in fit(network, batches, loss, optimizer, clip=1.0):
        print(step.number, step.loss, step.norm)

Source: clipping by the global norm, Pascanu, Mikolov and Bengio (2013), "On
the difficulty of training recurrent neural networks", ICML.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """A recurrent layer and the affine map of its states to Q outputs.

    Args:
        layer: maps (x, state) to (states, state): torch.nn's or the course's.
        outputs: Q.
        last: whether only the last step has an output.

    Raises:
        ValueError: if `outputs` is not a positive integer.
    """

    def __init__(
        self, layer: nn.Module, outputs: int, last: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(outputs, int) or outputs < 1:
            raise ValueError(
                f"expected outputs to be a positive int, got {outputs!r}"
            )
        self.layer, self.last = layer, last
        self.readout = nn.Linear(int(layer.hidden_size), outputs)  # type: ignore[arg-type]

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(T, N, D) to (T, N, Q), or (N, Q) with `last`; and the state."""
        states, state = self.layer(x, state)
        return self.readout(states[-1] if self.last else states), state


# --8<-- [start:clip]
def global_norm(parameters: Iterable[Tensor]) -> float:
    """The norm of all gradients as one vector; absent ones are zero."""
    found = [p.grad for p in parameters if p.grad is not None]
    return math.sqrt(sum(float(g.square().sum()) for g in found))


def clip_gradients(parameters: Iterable[Tensor], limit: float) -> float:
    """Scale all gradients by min(1, limit / norm): same direction.

    Returns:
        Their global norm before.

    Raises:
        ValueError: if the limit is not positive.
    """
    if not limit > 0:
        raise ValueError(f"expected a positive limit, got {limit}")
    parameters = list(parameters)
    norm = global_norm(parameters)
    if norm > limit:
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad.mul_(limit / norm)
    return norm


# --8<-- [end:clip]


def detached(state: Any) -> Any:
    """The state, h or (h, c), with no way back into its past."""
    if isinstance(state, tuple):
        return tuple(detached(part) for part in state)
    return None if state is None else state.detach()


@dataclass(frozen=True)
class Step:
    """What happened at one step of the optimiser.

    Attributes:
        number: 1, 2, ...
        loss: before the step.
        norm: of the gradient before clipping.
        clipped: whether it was scaled down.
    """

    number: int
    loss: float
    norm: float
    clipped: bool


# --8<-- [start:fit]
def fit(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    clip: float | None = None,
    truncation: int | None = None,
    carry: bool = False,
) -> Iterator[Step]:
    """Train, one optimiser step for each batch or each piece of it.

    Args:
        network: maps (x, state) to (output, state).
        batches: pairs of x, (T, N, D), and its target.
        loss: of output and target.
        optimizer: of the network's parameters.
        clip: the largest global norm of the gradient.
        truncation: cut each batch in pieces of so many steps; the state is
            carried from one to the next, the gradient is not.
        carry: whether a batch begins with the last state of the one before.

    Yields:
        A `Step` after each step of the optimiser.

    Raises:
        ValueError: if `truncation` is not a positive integer, or the targets
            have no value for each step to cut.
        FloatingPointError: if the loss or the gradient is not finite.
    """
    parameters, state, number = list(network.parameters()), None, 0
    for x, y in batches:
        state = state if carry else None
        for x_k, y_k in _pieces(x, y, truncation):
            output, state = network(x_k, detached(state))
            value = loss(output, y_k)
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            norm = global_norm(parameters)
            number += 1
            _finite(number, value.item(), norm)
            if clip is not None:
                clip_gradients(parameters, clip)
            optimizer.step()
            clipped = clip is not None and norm > clip
            yield Step(number, value.item(), norm, clipped)


# --8<-- [end:fit]


def _pieces(
    x: Tensor, y: Tensor, length: int | None
) -> Iterable[tuple[Tensor, Tensor]]:
    if length is None:
        return [(x, y)]
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise ValueError(
            f"expected truncation to be a positive integer, got {length!r}"
        )
    if y.dim() < 2 or len(y) != len(x):
        raise ValueError(
            f"expected a target for each of the {len(x)} steps to truncate, "
            f"got {tuple(y.shape)}"
        )
    return zip(torch.split(x, length), torch.split(y, length), strict=True)


def _finite(number: int, loss: float, norm: float) -> None:
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise FloatingPointError(
            f"expected a finite loss and gradient, got {loss} and {norm} at "
            f"step {number}: a lower learning rate or clip=1.0 may help"
        )
