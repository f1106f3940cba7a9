"""The LSTM layer along time, and its gradients by hand.

    i, f, o = sigma(a_i), sigma(a_f), sigma(a_o);  g = tanh(a_g)  t = 1, ..., T
    c_t = f (.) c_{t-1} + i (.) g
    h_t = o (.) tanh(c_t)

    dh_t = dout_t + W_h^T (da_i, da_f, da_g, da_o)_{t+1}          t = T, ..., 1
    dc_t = f_{t+1} (.) dc_{t+1} + dh_t (.) o (1 - tanh^2 c_t)
    da_i = dc_t (.) g i (1 - i)          da_f = dc_t (.) c_{t-1} f (1 - f)
    da_g = dc_t (.) i (1 - g^2)          da_o = dh_t (.) tanh(c_t) o (1 - o)

da is dL/da. Each is a factor, known beforehand for a chunk of steps, times
dc_t or dh_t. The blocks lie as i f o g going forward, so that one sigma serves
three gates, and as torch's i f g o going back, where dc_t serves three.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.engines.time import Sums, chunks, history, reaching, turned

aten = torch.ops.aten


def sigmoids_first(w: Float[Tensor, "K ..."]) -> Float[Tensor, "K ..."]:
    """The rows i f g o as i f o g."""
    i, f, g, o = w.chunk(4)
    return torch.cat([i, f, o, g])


def forward(
    x: Float[Tensor, "T N D"],
    h_0: Float[Tensor, "N H"],
    c_0: Float[Tensor, "N H"],
    W_x: Float[Tensor, "4*H D"],
    W_h: Float[Tensor, "4*H H"],
    b: Float[Tensor, " 4*H"],
) -> tuple[
    Float[Tensor, "T+1 N H"], Float[Tensor, "T+1 N H"], Float[Tensor, "T N 4*H"]
]:
    """h_0, ..., h_T; c_0, ..., c_T; and i f o g of every step."""
    (T, N, _), H = x.shape, h_0.shape[1]
    h, c = history(h_0, T), history(c_0, T)
    gates, shown = x.new_empty(T, N, 4 * H), torch.empty_like(c_0)
    W_x, W_h, b = (sigmoids_first(w) for w in (W_x, W_h, b))
    torch.addmm(b, x.flatten(0, 1), W_x.T, out=gates.flatten(0, 1))
    V = turned(W_h, T)
    a, ifo = gates.unbind(), gates[..., : 3 * H].unbind()
    i, f, o, g = (block.unbind() for block in gates.chunk(4, -1))
    h_, c_ = h.unbind(), c.unbind()
    for t in range(T):
        a[t].addmm_(h_[t], V)
        ifo[t].sigmoid_()
        g[t].tanh_()
        torch.mul(f[t], c_[t], out=c_[t + 1]).addcmul_(i[t], g[t])
        torch.mul(o[t], torch.tanh(c_[t + 1], out=shown), out=h_[t + 1])
    return h, c, gates


# --8<-- [start:factors]
def factors(
    before: Float[Tensor, "C N H"],
    shown: Float[Tensor, "C N H"],
    gates: Float[Tensor, "C N 4*H"],
) -> Float[Tensor, "C N 5*H"]:
    """Of dc_t: in the share of dc_{t-1}, in da_i, da_f, da_g; of dh_t: da_o.

    `before` is c_{t-1} and `shown` is tanh(c_t).
    """
    i, f, o, g = gates.chunk(4, -1)
    found = before.new_empty(*before.shape[:2], 5 * before.shape[2])
    keep, da_i, da_f, da_g, da_o = found.chunk(5, -1)
    keep.copy_(f)
    aten.sigmoid_backward.grad_input(g, i, grad_input=da_i)
    aten.sigmoid_backward.grad_input(before, f, grad_input=da_f)
    aten.tanh_backward.grad_input(i, g, grad_input=da_g)
    aten.sigmoid_backward.grad_input(shown, o, grad_input=da_o)
    return found


# --8<-- [end:factors]


# --8<-- [start:backward]
def backward(
    sums: Sums,
    dout: Float[Tensor, "T N H"],
    after: Float[Tensor, "N H"],
    dc: Float[Tensor, "N H"],
    h: Float[Tensor, "T+1 N H"],
    c: Float[Tensor, "T+1 N H"],
    gates: Float[Tensor, "T N 4*H"],
    W_h: Float[Tensor, "4*H H"],
) -> tuple[Float[Tensor, "N H"], Float[Tensor, "N H"]]:
    """Fill the sums; dL/dh_0, dL/dc_0. `after`, dc: of the last state."""
    H = after.shape[1]
    dc = dc.clone()
    for chunk in chunks(*dout.shape[:2]):
        shown = c[1:][chunk].tanh()
        every = factors(c[chunk], shown, gates[chunk])
        o = gates[chunk][..., 2 * H : 3 * H]
        via_h = aten.tanh_backward(o, shown).unbind()  # o (1 - tanh^2 c_t)
        da = every[..., H:]
        dh = reaching(dout[chunk], after)
        dh_, da_ = dh.unbind(), da.unbind()
        keep, da_o = every[..., :H].unbind(), every[..., 4 * H :].unbind()
        of_dc = every[..., : 4 * H].view(*o.shape[:2], 4, H).unbind()
        for t in range(len(every), 0, -1):  # dh_[t] is dh_t; da_[t - 1], da_t
            dc.addcmul_(dh_[t], via_h[t - 1])
            of_dc[t - 1].mul_(dc.unsqueeze(1))
            da_o[t - 1].mul_(dh_[t])
            dh_[t - 1].addmm_(da_[t - 1], W_h)
            dc = keep[t - 1]
        after = dh[0]
        sums.by_state(chunk, da)
        sums.by_input(chunk, da)
    return after, dc.contiguous()


# --8<-- [end:backward]
