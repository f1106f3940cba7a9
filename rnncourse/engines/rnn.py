"""The simple recurrent layer along time, and its gradients by hand.

    a_t = W_x x_t + b + W_h h_{t-1},   h_t = phi(a_t)          t = 1, ..., T

    dh_t = dout_t + W_h^T da_{t+1}                             t = T, ..., 1
    da_t = phi'(a_t) (.) dh_t

da is dL/da. phi' is known from phi: 1 - h^2 for tanh, 1 where h > 0 for relu.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.time import Sums, chunks, history, reaching, turned

PHI_ = {"tanh": torch.tanh_, "relu": torch.relu_}


def forward(
    phi: str,
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "H D"],
    W_h: Float[Tensor, "H H"],
    b: Float[Tensor, " H"],
) -> Float[Tensor, "T+1 N H"]:
    """h_0, ..., h_T."""
    h = history(h_0, len(x))
    a = h[1:].flatten(0, 1)  # (T N, H)
    torch.addmm(b, x.flatten(0, 1), W_x.T, out=a)
    V, phi_ = turned(W_h, len(x)), PHI_[phi]
    for before, now in pairwise(h.unbind()):
        phi_(now.addmm_(before, V))
    return h


def slope(phi: str, h: Float[Tensor, "C N H"]) -> Float[Tensor, "C N H"]:
    """phi'(a), from h = phi(a)."""
    return 1 - h * h if phi == "tanh" else (h > 0).to(h)


def backward(
    phi: str,
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    W_h: Float[Tensor, "H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    for chunk in chunks(*dout.shape[:2]):
        dh = reaching(dout[chunk], after)
        da = slope(phi, h[1:][chunk])
        dh_, da_ = dh.unbind(), da.unbind()
        for t in range(len(da), 0, -1):  # dh_[t] is dh_t; da_[t - 1] is da_t
            da_[t - 1].mul_(dh_[t])
            dh_[t - 1].addmm_(da_[t - 1], W_h)
        after = dh[0]
        sums.add(chunk, da, da)
    return after
