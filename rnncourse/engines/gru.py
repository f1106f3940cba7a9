"""The gated recurrent layer along time, and its gradients by hand.

    r_t, z_t = sigma(a_r), sigma(a_z)                          t = 1, ..., T
    m_t = W_hn h_{t-1} + b_hn
    n_t = tanh(W_xn x_t + b_xn + r_t (.) m_t)
    h_t = z_t (.) h_{t-1} + (1 - z_t) (.) n_t

    dh_{t-1} = dout_{t-1} + z_t (.) dh_t + W_h^T (dm, da_r, da_z)_t
    da_n = dh_t (.) (1 - z) (1 - n^2)                          t = T, ..., 1
    dm   = dh_t (.) (1 - z) (1 - n^2) r
    da_r = dh_t (.) (1 - z) (1 - n^2) m r (1 - r)
    da_z = dh_t (.) (h_{t-1} - n) z (1 - z)

da is dL/da. Each is a factor, known beforehand for a chunk of steps, times
dh_t. The blocks lie as r z m n, those of the state (r z m) in torch's order.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.time import Sums, chunks, history, reaching, turned

aten = torch.ops.aten


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "3*H D"],
    W_h: Float[Tensor, "3*H H"],
    b_x: Float[Tensor, " 3*H"],
    b_h: Float[Tensor, " 3*H"],
) -> tuple[Float[Tensor, "T+1 N H"], Float[Tensor, "T N 4*H"]]:
    """h_0, ..., h_T; and r z m n of every step."""
    (T, N, _), H = x.shape, h_0.shape[1]
    h, gates = history(h_0, T), x.new_empty(T, N, 4 * H)
    x, rows = x.flatten(0, 1), gates.flatten(0, 1)  # (T N, D), (T N, 4H)
    of_rz, of_n = slice(0, 2 * H), slice(2 * H, 3 * H)  # rows of the weights
    b_rz = b_x[of_rz] + b_h[of_rz]
    torch.addmm(b_rz, x, W_x[of_rz].T, out=rows[:, : 2 * H])
    torch.addmm(b_x[of_n], x, W_x[of_n].T, out=rows[:, 3 * H :])
    rows[:, 2 * H : 3 * H] = b_h[of_n]
    V = turned(W_h, T)
    a_rzm, a_rz = gates[..., : 3 * H].unbind(), gates[..., : 2 * H].unbind()
    r, z, m, n = (block.unbind() for block in gates.chunk(4, -1))
    for t, (before, now) in enumerate(pairwise(h.unbind())):
        a_rzm[t].addmm_(before, V)
        a_rz[t].sigmoid_()
        n[t].addcmul_(r[t], m[t]).tanh_()
        torch.lerp(n[t], before, z[t], out=now)
    return h, gates


# --8<-- [start:factors]
def factors(
    h: Float[Tensor, "C N H"], gates: Float[Tensor, "C N 4*H"]
) -> Float[Tensor, "C N 5*H"]:
    """Of dh_t: in the share of dh_{t-1}, in da_r, da_z, dm and in da_n."""
    r, z, m, n = gates.chunk(4, -1)
    found = h.new_empty(*h.shape[:2], 5 * h.shape[2])
    keep, da_r, da_z, dm, da_n = found.chunk(5, -1)
    keep.copy_(z)
    aten.tanh_backward.grad_input(1 - z, n, grad_input=da_n)
    torch.mul(da_n, r, out=dm)
    aten.sigmoid_backward.grad_input(da_n * m, r, grad_input=da_r)
    aten.sigmoid_backward.grad_input(h - n, z, grad_input=da_z)
    return found


# --8<-- [end:factors]


# --8<-- [start:backward]
def backward(
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    gates: Float[Tensor, "T N 4*H"],
    W_h: Float[Tensor, "3*H H"],
) -> Float[Tensor, "N H"]:
    """Fill the sums; dL/dh_0. `after` is the gradient of the last state."""
    H = after.shape[1]
    for chunk in chunks(*dout.shape[:2]):
        every = factors(h[chunk], gates[chunk])
        dh = reaching(dout[chunk], after)
        keep, da_h, da_n = torch.split(every, [H, 3 * H, H], -1)  # da_h: r z m
        dh_, keep_, da_h_ = dh.unbind(), keep.unbind(), da_h.unbind()
        every_ = every.view(*every.shape[:2], 5, H).unbind()
        for t in range(len(every), 0, -1):  # dh_[t] is dh_t; da_h_[t - 1], da_t
            every_[t - 1].mul_(dh_[t].unsqueeze(1))
            dh_[t - 1].add_(keep_[t - 1]).addmm_(da_h_[t - 1], W_h)
        after = dh[0]
        sums.by_state(chunk, da_h)
        da_h[..., 2 * H :] = da_n  # r z m -> r z n
        sums.by_input(chunk, da_h)
    return after


# --8<-- [end:backward]
