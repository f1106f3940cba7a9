"""Whether tensors are numbers in memory, as the engines by hand want them.

They write into buffers of their own, and `native` and `triton` read memory. A
tensor may also stand for numbers that are elsewhere: in a trace, in a batch of
torch.func's, in a subclass. Then torch's own operations are to be seen, one by
one, by whoever looks.
"""

import torch
from torch import Tensor, nn
from torch._C import _functorch
from torch.autograd import forward_ad

TYPES = (Tensor, nn.Parameter)


def watched() -> bool:
    """Whether a trace, a transform or a mode looks at each operation."""
    return (
        torch._C._len_torch_dispatch_stack() > 0
        or _functorch.peek_interpreter_stack() is not None
        or torch._C._get_tracing_state() is not None
        or forward()
    )


def forward() -> bool:
    """Whether tensors may carry derivatives forward, in forward mode."""
    return forward_ad._current_level >= 0


def numbers(*tensors: Tensor | None) -> bool:
    """Whether all that are there are numbers in memory."""
    for one in tensors:
        if one is not None and (
            type(one) not in TYPES
            or one.layout != torch.strided
            or _functorch.is_functorch_wrapped_tensor(one)
            or _functorch.is_legacy_batchedtensor(one)
            or one._is_zerotensor()
        ):
            return False
    return True


def plain(*tensors: Tensor | None) -> bool:
    """Whether all are numbers in memory, and nobody looks."""
    return not watched() and numbers(*tensors)


def dense(one: Tensor) -> Tensor:
    """Its numbers, one beside the other, none as the negative of another."""
    return (one.resolve_neg() if one.is_neg() else one).contiguous()
