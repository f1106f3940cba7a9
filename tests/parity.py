"""Two computations give the same numbers and the same gradients."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

TOLERANCE = {
    torch.float64: {"rtol": 1e-10, "atol": 1e-12},
    torch.float32: {"rtol": 1e-4, "atol": 1e-5},
}


def flat(value: Any) -> list[Tensor]:
    """The tensors of nested tuples, packed sequences among them, in order."""
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return [value.data]
    if isinstance(value, Tensor):
        return [value]
    return [tensor for part in value for tensor in flat(part)]


def gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    retain_graph: bool = False,
) -> tuple[Tensor, ...]:
    """Those of one fixed scalar of all the outputs, each entry weighted."""
    generator = torch.Generator().manual_seed(1)
    total = outputs[0].new_zeros(())
    for output in outputs:
        weight = torch.randn(output.shape, generator=generator)
        total = total + (output * weight.to(output)).sum()
    return torch.autograd.grad(total, inputs, retain_graph=retain_graph)


def twin(module: nn.Module, oracle: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Both with the oracle's parameters, under the same names."""
    module.load_state_dict(oracle.state_dict())
    assert list(module.state_dict()) == list(oracle.state_dict())
    return module, oracle


def assert_same(
    module: nn.Module,
    oracle: nn.Module,
    call: Callable[[nn.Module], Any],
    inputs: Sequence[Tensor] = (),
) -> None:
    """Outputs and gradients, by inputs and parameters, are those of torch."""
    found = []
    for one in (module, oracle):
        outputs = flat(call(one))
        leaves = [*inputs, *one.parameters()]
        found.append([*outputs, *gradients(outputs, leaves)])
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        torch.testing.assert_close(ours, theirs, **TOLERANCE[ours.dtype])
