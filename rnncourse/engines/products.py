"""Matrix products, by the faster of the two libraries that torch holds.

torch asks MKL for them, a library of Intel's, which on a processor of AMD's
reaches less than half of its rate. oneDNN, which torch asks for its LSTM,
reaches nearly all of it there too; but it takes some ten microseconds to begin,
and what it finds has to be copied into place: it is asked where there is much
to multiply.
"""

from collections.abc import Callable
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


def adding(rows: Tensor, W: Tensor) -> Add:
    """What adds to its first argument the product of the other two.

    Args:
        rows: as many as the first factor has.
        W: of the size of the second, or of its transpose.
    """
    worth = len(rows) * W.numel() >= WORTH and by_onednn(rows)
    return add if worth else Tensor.addmm_


def add(out: Tensor, a: Tensor, b: Tensor) -> None:
    """Add a b to out, by oneDNN."""
    out.add_(times(a, b.T))


def put(out: Tensor, a: Tensor, b: Tensor) -> None:
    """Set out to a b."""
    if out.numel() * len(b) >= ALONE and by_onednn(out):
        out.copy_(times(a, b.T))
    else:
        torch.mm(a, b, out=out)


def add_sum(out: Tensor, a: Tensor, b: Tensor) -> None:
    """Add a^T b, a sum over rows, to out; out may still be empty."""
    K, H, begun = a.shape[1], b.shape[1], out.numel() > 0
    if len(b) >= INNER and K * H * len(b) >= ALONE and by_onednn(out):
        found = times(a.contiguous().T, b.T)
        if begun:
            out.add_(found)
        else:
            out.set_(found)  # type: ignore[call-overload]
    else:
        out.resize_(K, H).addmm_(a.T, b, beta=begun)


def linear(out: Tensor, x: Tensor, W: Tensor, b: Tensor) -> None:
    """Set out to x W^T + b, for each of the rows x."""
    if min(len(x), ROWS) * W.numel() >= ALONE and by_onednn(out):
        for start in range(0, len(x), ROWS):
            some = slice(start, start + ROWS)
            out[some] = times(x[some], W, b)
    else:
        torch.addmm(b, x, W.T, out=out)


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
    """The product a W^T, and b added to each row, by oneDNN."""
    return torch.ops.mkldnn._linear_pointwise(a, W, b, "none", [], "")
