"""The loop that learns, without a framework: each step is there to be seen.

A network maps (x, state) to (output, state), as layers do; whoever runs the
loop gets what happened at each step and stops when it likes:

    for step in fit(network, batches, loss, optimizer, clip=1.0):
        print(step.number, step.loss, step.norm)

Whatever else a training needs is put around the network or around the steps:
`Mixed`, `EarlyStopping`, `progress`. A `Place` says where the loop is, so that
`rnncourse.checkpoints` can keep it and another process can go on from there.

>>> network = Network(torch.nn.LSTM(2, 8), 1, last=True)
>>> optimizer = torch.optim.Adam(network.parameters())
>>> batches = [(torch.randn(5, 4, 2), torch.randn(4, 1)) for _ in range(3)]
>>> loss = torch.nn.functional.mse_loss
>>> [step.number for step in fit(network, batches, loss, optimizer, clip=1.0)]
[1, 2, 3]
>>> steps = list(fit(Mixed(network), batches, loss, optimizer))
>>> stopping = EarlyStopping(
...     network, lambda: evaluate(network, batches, loss), every=1, patience=1
... )
>>> steps = stopping(progress(fit(network, batches, loss, optimizer)))
>>> all(step.validation >= stopping.best for step in steps)
True

Source: clipping by the global norm, Pascanu, Mikolov and Bengio (2013), "On
the difficulty of training recurrent neural networks", ICML.
"""

import copy
import importlib.util
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import check_size


class Network(nn.Module):
    """A recurrent layer and the affine map of its states to Q outputs.

    Args:
        layer: maps (x, state) to (states, state): torch.nn's or the course's;
            time first.
        outputs: Q.
        last: whether only the last step has an output.

    Raises:
        ValueError: if `outputs` is not a positive integer, the layer's batch
            comes first, or the last step is to be read from both directions:
            the one that goes back has only begun there.
    """

    def __init__(
        self, layer: nn.Module, outputs: int, last: bool = False
    ) -> None:
        super().__init__()
        check_size("outputs", outputs)
        if getattr(layer, "batch_first", False):
            raise ValueError(
                "expected a layer whose time comes first, got batch_first=True"
            )
        directions = 2 if getattr(layer, "bidirectional", False) else 1
        if last and directions == 2:
            raise ValueError(
                "expected a layer of one direction, to read its last step, got "
                "bidirectional=True: read the last states of the two instead"
            )
        self.layer, self.last = layer, last
        width = int(getattr(layer, "proj_size", 0) or layer.hidden_size)  # type: ignore[arg-type]
        like = next(layer.parameters())
        self.readout = nn.Linear(
            directions * width, outputs, device=like.device, dtype=like.dtype
        )

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """(T, N, D) to (T, N, Q), or (N, Q) with `last`; and the state."""
        states, state = self.layer(x, state)
        return self.readout(states[-1] if self.last else states), state


# --8<-- [start:clip]
def global_norm(parameters: Iterable[Tensor]) -> float:
    """The norm of all gradients as one vector; absent ones are zero."""
    found = [p.grad for p in parameters if p.grad is not None]
    precise = [g.float() if g.itemsize < 4 else g for g in found]
    squares = [g.square().sum() for g in precise]
    return math.sqrt(sum(torch.stack(squares).tolist())) if found else 0.0


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
    """The state, h, (h, c) or one per layer, with no way back into its past."""
    if isinstance(state, tuple | list):
        return type(state)(detached(part) for part in state)
    return None if state is None else state.detach()


@dataclass(frozen=True)
class Step:
    """What happened at one step of the optimiser.

    Attributes:
        number: 1, 2, ...
        loss: before the step.
        norm: of the gradient before clipping.
        clipped: whether it was scaled down.
        validation: the loss on other data after the step, if it was measured.
    """

    number: int
    loss: float
    norm: float
    clipped: bool
    validation: float | None = None


# --8<-- [start:place]
@dataclass
class Place:
    """Where a training is: what the loop needs, to go on from there.

    Attributes:
        number: of the last step.
        state: of the network after it, with no way back.
        rest: x and y that a truncated batch still has; None at its end.
    """

    number: int = 0
    state: Any = None
    rest: tuple[Tensor, Tensor] | None = None


# --8<-- [end:place]


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
    place: Place | None = None,
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
        place: where to begin; it follows the loop.

    Yields:
        A `Step` after each step of the optimiser.

    Raises:
        ValueError: if `truncation` is not a positive integer, the targets have
            no value for each step to cut, or there is no batch: an iterator
            that has been gone through gives none.
        FloatingPointError: if the loss or the gradient is not finite.
    """
    parameters = list(network.parameters())
    limit = math.inf if clip is None else clip
    place = Place() if place is None else place
    for x, y, begins in _pieces(batches, truncation, place):
        state = None if begins and not carry else place.state
        output, state = network(x, state)
        value = loss(output, y)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        norm = clip_gradients(parameters, limit)
        place.number += 1
        _finite(place.number, value.item(), norm)
        optimizer.step()
        place.state = detached(state)
        yield Step(place.number, value.item(), norm, norm > limit)
    if not place.number:
        raise ValueError("expected at least one batch, got none")


# --8<-- [end:fit]


def _pieces(
    batches: Iterable[tuple[Tensor, Tensor]], length: int | None, place: Place
) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """The x and y of each piece, and whether a batch begins with it."""
    left = [] if place.rest is None else [(*place.rest, False)]
    fresh = ((x, y, True) for x, y in batches)
    for x, y, begins in itertools.chain(left, fresh):
        size = _size(x, y, length)
        for k in range(0, max(len(x), 1), size):
            end = k + size
            place.rest = (x[end:], y[end:]) if end < len(x) else None
            piece = (x, y) if length is None else (x[k:end], y[k:end])
            yield *piece, begins and k == 0


def _size(x: Tensor, y: Tensor, length: int | None) -> int:
    if length is None:
        return max(len(x), 1)
    check_size("truncation", length)
    if y.dim() < 2 or len(y) != len(x):
        raise ValueError(
            f"expected a target for each of the {len(x)} steps to truncate, "
            f"got {tuple(y.shape)}"
        )
    return length


def _finite(number: int, loss: float, norm: float) -> None:
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise FloatingPointError(
            f"expected a finite loss and gradient, got {loss} and {norm} at "
            f"step {number}: a lower learning rate or clip=1.0 may help"
        )


@torch.no_grad()
def evaluate(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> float:
    """The mean loss, each target counting once; without dropout.

    Args:
        network: maps (x, state) to (output, state).
        batches: pairs of x and its target, of any sizes.
        loss: the mean over the targets.

    Raises:
        ValueError: if there is no target.
    """
    modes = {module: module.training for module in network.modules()}
    total, count = 0.0, 0
    network.eval()
    try:
        for x, y in batches:
            total += loss(network(x)[0], y).item() * y.numel()
            count += y.numel()
    finally:
        for module, was in modes.items():
            module.training = was
    if not count:
        raise ValueError("expected at least one target to evaluate, got none")
    return total / count


class EarlyStopping:
    """End a training when the validation loss no longer falls.

    Put around the steps: `for step in stopping(fit(...))`. A step at which it
    was measured says so in `step.validation`. At the end the network has the
    weights of the lowest one.

    Args:
        network: whose weights are kept.
        validate: measures the loss on data that are not trained on.
        every: how many steps from one measure to the next.
        patience: how many measures in a row may fail to be the lowest.

    Attributes:
        best: the lowest validation loss so far.
        number: of the step that gave it.

    Raises:
        ValueError: if `every` or `patience` is not a positive integer.

    Source: Prechelt (1998), "Early stopping -- but when?".
    """

    def __init__(
        self,
        network: nn.Module,
        validate: Callable[[], float],
        *,
        every: int,
        patience: int,
    ) -> None:
        check_size("every", every)
        check_size("patience", patience)
        self.network, self.validate = network, validate
        self.every, self.patience = every, patience
        self.best, self.number, self.failures = math.inf, 0, 0
        self.weights = copy.deepcopy(network.state_dict())

    def __call__(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps, up to the one at which patience runs out."""
        following = iter(steps)
        while self.failures < self.patience:
            step = next(following, None)
            if step is None:
                break
            if step.number % self.every == 0:
                step = replace(step, validation=self._measured(step.number))
            yield step
        self.restore()

    def _measured(self, number: int) -> float:
        value = self.validate()
        self.failures += 1
        if value < self.best:
            self.best, self.number, self.failures = value, number, 0
            self.weights = copy.deepcopy(self.network.state_dict())
        return value

    def restore(self) -> None:
        """Give the network the weights of the lowest validation loss."""
        if self.number:
            self.network.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint has to keep."""
        names = ("best", "number", "failures", "weights")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        vars(self).update(state)


# --8<-- [start:mixed]
class Mixed(nn.Module):
    """A network whose matrix products are in bfloat16.

    The weights and their gradients stay in float32, and so does the output,
    from which the loss is computed. With the exponents of float32, bfloat16
    needs no scaling of the loss.

    Args:
        network: maps (x, state) to (output, state).

    Source: Micikevicius et al. (2018), "Mixed precision training", ICLR;
    Kalamkar et al. (2019), "A study of BFLOAT16", arXiv:1905.12322.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """What the network gives, its output in float32."""
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            output, state = self.network(x, state)
        return output.float(), state


# --8<-- [end:mixed]


def progress(steps: Iterable[Step], total: int | None = None) -> Iterator[Step]:
    """The steps, with a bar on stderr if that is a terminal.

    Args:
        steps: as `fit` yields them.
        total: how many there will be, if it is known.
    """
    if not sys.stderr.isatty() or importlib.util.find_spec("tqdm") is None:
        yield from steps
        return
    from tqdm import tqdm

    following = iter(steps)
    for first in following:
        done = first.number - 1
        with tqdm(total=total, initial=done, unit="step", leave=False) as bar:
            for step in itertools.chain([first], following):
                bar.update()
                bar.set_postfix(loss=f"{step.loss:.4f}", refresh=False)
                yield step
