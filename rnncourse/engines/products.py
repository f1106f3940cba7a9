"""Matrix products, by the faster of the two libraries that torch holds.

torch's own choice is MKL, of Intel's, which on a processor of AMD's reaches
less than half of what the processor can do. oneDNN, which torch asks for
its LSTM, reaches nearly all of it there, but takes some ten microseconds to
begin: it is asked where a product is large.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import Tensor

from rnncourse.engines.compiled import of_amd
from rnncourse.engines.plain import plain

WORTH = 2**21  # multiplications in a product: from there on oneDNN is asked
ALONE = 2 * WORTH  # where the product is not one of many of its shape
INNER = 32  # numbers that are summed, at least, where sums are to be added
ROWS = 512  # of a product at a time: what comes out stays in the cache
Add = Callable[[Tensor, Tensor, Tensor], Any]


def adding(like: Tensor, *sizes: int) -> Add:
    """What adds to its first argument the product of the other two.

    Args:
        like: a tensor of their type and device.
        sizes: rows, inner size and columns of the product.
    """
    large = prod(sizes) >= WORTH
    return add if large and by_onednn(like) else Tensor.addmm_


def add(out: Tensor, a: Tensor, b: Tensor) -> None:
    """out += a b, by oneDNN."""
    out.add_(times(a, b.T))


def put(out: Tensor, a: Tensor, b: Tensor, begun: bool = False) -> None:
    """out = a b; or out += a b, where it was begun before."""
    large = len(b) >= INNER and out.numel() * len(b) >= ALONE
    if not (large and by_onednn(out)):
        out.addmm_(a, b, beta=begun)
        return
    found = times(a.T.contiguous().T, b.T)  # whichever way a lies
    (out.add_ if begun else out.copy_)(found)


def linear(out: Tensor, x: Tensor, W: Tensor, b: Tensor) -> None:
    """out = x W^T + b, for each of the rows of x."""
    large = min(len(x), ROWS) * W.numel() >= ALONE
    if not (large and by_onednn(out)):
        torch.addmm(b, x, W.T, out=out)
        return
    for some, few in zip(out.split(ROWS), x.split(ROWS), strict=True):
        some.copy_(times(few, W, b))


def by_onednn(like: Tensor) -> bool:
    """Whether oneDNN is here, and the faster of the two."""
    return (
        of_amd()
        and like.dtype == torch.float32
        and like.device.type == "cpu"
        and torch._C._get_mkldnn_enabled()
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and plain(like)
    )


def times(a: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """a W^T + b, by oneDNN."""
    return torch.ops.mkldnn._linear_pointwise(a, W, b, "none", [], "")
