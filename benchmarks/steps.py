"""One layer written six times, each a little faster.

    loop      a product for each gate, step and side, by autograd
    fused     one product for all the gates of a step
    hoisted   the input's products before the loop, as one
    by_hand   the gradients derived by hand; a product per step and weight
    summed    the sum over time as one product for each weight
    in_bulk   the gates' derivatives of a chunk of steps, all at once

All compute the same: h_1, ..., h_T (T, N, H) from x (T, N, D), beginning with
zeros, with torch.nn's weights W_x (K, D), W_h (K, H), b_x, b_h (K,), where K is
1, 3 or 4 times H. da is dL/da; a product with W_x or W_h gives a's two shares.

After them comes the package's engine bptt, the same with its memory kept.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnncourse.engines.time import chunks

Tensors = Sequence[Tensor]
Kept = Sequence[Tensors]  # of every step


# --- Kinds ------------------------------------------------------------------
#
# step     a's shares and the state before give the state, and what is kept
# factors  of one step or of many: all of da that does not depend on dh
# back     from them and dh, dc: da's shares, and what of dh and dc goes on to
#          h and c of the step before without passing by a


class RNN:
    """h = tanh(a)."""

    gates, states = 1, 1

    @staticmethod
    def step(ax: Tensors, ah: Tensors, state: Tensors) -> Any:
        h = torch.tanh(ax[0] + ah[0])
        return (h,), (h,)

    @staticmethod
    def factors(h: Tensor) -> Tensors:
        return (1 - h * h,)

    @staticmethod
    def back(factors: Tensors, dh: Tensor, dc: Any) -> Any:
        da = dh * factors[0]
        return da, da, None, None


class GRU:
    """r, z = sigma(a); n = tanh(a_n + r m); h = z h + (1 - z) n."""

    gates, states = 3, 1

    @staticmethod
    def step(ax: Tensors, ah: Tensors, state: Tensors) -> Any:
        (x_r, x_z, x_n), (h_r, h_z, m), (before,) = ax, ah, state
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * m)
        return (z * before + (1 - z) * n,), (before, r, z, m, n)

    @staticmethod
    def factors(*kept: Tensor) -> Tensors:
        before, r, z, m, n = kept
        n_ = (1 - z) * (1 - n * n)
        return n_ * m * r * (1 - r), (before - n) * z * (1 - z), n_, n_ * r, z

    @staticmethod
    def back(factors: Tensors, dh: Tensor, dc: Any) -> Any:
        r_, z_, n_, m_, z = factors
        da_r, da_z = dh * r_, dh * z_
        da_x = torch.cat([da_r, da_z, dh * n_], -1)
        da_h = torch.cat([da_r, da_z, dh * m_], -1)
        return da_x, da_h, dh * z, None


# --8<-- [start:lstm]
class LSTM:
    """i, f, o = sigma(a); g = tanh(a_g); c = f c + i g; h = o tanh(c)."""

    gates, states = 4, 2

    @staticmethod
    def step(ax: Tensors, ah: Tensors, state: Tensors) -> Any:
        a_i, a_f, a_g, a_o = (x + h for x, h in zip(ax, ah, strict=True))
        i, f, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.sigmoid(a_o)
        g, (_, before) = torch.tanh(a_g), state
        c = f * before + i * g
        shown = torch.tanh(c)
        return (o * shown, c), (before, i, f, g, o, shown)

    @staticmethod
    def factors(*kept: Tensor) -> Tensors:
        before, i, f, g, o, shown = kept
        i_, f_ = g * i * (1 - i), before * f * (1 - f)
        g_, o_ = i * (1 - g * g), shown * o * (1 - o)
        return i_, f_, g_, o_, o * (1 - shown * shown), f

    @staticmethod
    def back(factors: Tensors, dh: Tensor, dc: Any) -> Any:
        i_, f_, g_, o_, c_, f = factors
        dc = dc + dh * c_
        da = torch.cat([dc * i_, dc * f_, dc * g_, dh * o_], -1)
        return da, da, None, dc * f


# --8<-- [end:lstm]
KINDS: dict[str, Any] = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}


def parts(a: Tensor, kind: Any) -> Tensors:
    """A block for each gate: (N, H)."""
    return (a,) if kind.gates == 1 else a.chunk(kind.gates, -1)


def zeros(kind: Any, x: Tensor, W_h: Tensor) -> Tensors:
    """h_0, and c_0 of an LSTM: (N, H)."""
    return (x.new_zeros(x.shape[1], W_h.shape[1]),) * kind.states


# --- By autograd ------------------------------------------------------------


# --8<-- [start:loop]
def loop(kind: Any, x: Tensor, *weights: Tensor) -> Tensor:
    """A product for each gate and step."""
    state, out = zeros(kind, x, weights[1]), []
    each = list(zip(*(w.chunk(kind.gates) for w in weights), strict=True))
    for x_t in x:
        ax = [linear(x_t, W_x, b_x) for W_x, _, b_x, _ in each]
        ah = [linear(state[0], W_h, b_h) for _, W_h, _, b_h in each]
        state, _ = kind.step(ax, ah, state)
        out.append(state[0])
    return torch.stack(out)


# --8<-- [end:loop]


# --8<-- [start:fused]
def fused(kind: Any, x: Tensor, *weights: Tensor) -> Tensor:
    """One product for all gates."""
    W_x, W_h, b_x, b_h = weights
    state, out = zeros(kind, x, W_h), []
    for x_t in x:
        ax = parts(linear(x_t, W_x, b_x), kind)
        ah = parts(linear(state[0], W_h, b_h), kind)
        state, _ = kind.step(ax, ah, state)
        out.append(state[0])
    return torch.stack(out)


# --8<-- [end:fused]


# --8<-- [start:hoisted]
def hoisted(kind: Any, x: Tensor, *weights: Tensor) -> Tensor:
    """The input's products before the loop, as one."""
    W_x, W_h, b_x, b_h = weights
    state, out = zeros(kind, x, W_h), []
    for a_x in linear(x, W_x, b_x).unbind():  # T of (N, K)
        ah = parts(linear(state[0], W_h, b_h), kind)
        state, _ = kind.step(parts(a_x, kind), ah, state)
        out.append(state[0])
    return torch.stack(out)


# --8<-- [end:hoisted]


# --- By hand ----------------------------------------------------------------


class ByHand(torch.autograd.Function):
    """`hoisted` without autograd, keeping what `way_back` is to use."""

    @staticmethod
    def forward(
        ctx: Any, way_back: Any, kind: Any, x: Tensor, *weights: Tensor
    ) -> Tensor:
        W_x, W_h, b_x, b_h = weights
        states, kept = [zeros(kind, x, W_h)], []
        for a_x in linear(x, W_x, b_x).unbind():
            ah = parts(linear(states[-1][0], W_h, b_h), kind)
            after, of_step = kind.step(parts(a_x, kind), ah, states[-1])
            states.append(after)
            kept.append(of_step)
        h = torch.stack([state[0] for state in states])  # h_0, ..., h_T
        ctx.way_back, ctx.kind, ctx.kept = way_back, kind, kept
        ctx.save_for_backward(x, h, W_x, W_h)
        return h[1:]

    @staticmethod
    def backward(ctx: Any, dout: Tensor) -> Any:
        found = ctx.way_back(ctx.kind, ctx.kept, dout, *ctx.saved_tensors)
        return None, None, *found


# --8<-- [start:by_hand]
def each_step(kind: Any, kept: Kept, dout: Tensor, *saved: Tensor) -> Tensors:
    """The gradients of x, W_x, W_h, b_x, b_h: step by step, all of them."""
    x, h, W_x, W_h = saved
    dx, dW_x, dW_h = (torch.zeros_like(one) for one in (x, W_x, W_h))
    db_x, db_h = W_x.new_zeros(2, len(W_x))
    dh = dc = torch.zeros_like(h[0])
    for t in reversed(range(len(x))):  # x[t] is x_{t+1}, h[t] is h_t
        factors = kind.factors(*kept[t])
        da_x, da_h, passed, dc = kind.back(factors, dout[t] + dh, dc)
        dh = onward(da_h, W_h, passed)
        dx[t] = da_x @ W_x
        dW_x += da_x.T @ x[t]
        dW_h += da_h.T @ h[t]
        db_x += da_x.sum(0)
        db_h += da_h.sum(0)
    return dx, dW_x, dW_h, db_x, db_h


# --8<-- [end:by_hand]


def onward(da_h: Tensor, W_h: Tensor, passed: Tensor | None) -> Tensor:
    """The gradient of h of the step before."""
    through = da_h @ W_h
    return through if passed is None else through + passed


# --8<-- [start:summed]
def one_product(kind: Any, kept: Kept, dout: Tensor, *saved: Tensor) -> Tensors:
    """The same, but in the loop the recursion alone."""
    x, h, W_x, W_h = saved
    das = []
    dh = dc = torch.zeros_like(h[0])
    for t in reversed(range(len(x))):
        factors = kind.factors(*kept[t])
        da_x, da_h, passed, dc = kind.back(factors, dout[t] + dh, dc)
        dh = onward(da_h, W_h, passed)
        das.append((da_x, da_h))
    return sums(das, x, h, W_x)


def sums(das: Sequence[Tensors], x: Tensor, h: Tensor, W_x: Tensor) -> Tensors:
    """Over time and batch, T N rows: one product for each weight."""
    da_x, da_h = (
        torch.stack(one[::-1]).flatten(0, 1) for one in zip(*das, strict=True)
    )
    dx = (da_x @ W_x).view_as(x)
    dW_x = da_x.T @ x.flatten(0, 1)
    dW_h = da_h.T @ h[:-1].flatten(0, 1)
    return dx, dW_x, dW_h, da_x.sum(0), da_h.sum(0)


# --8<-- [end:summed]


# --8<-- [start:in_bulk]
def by_chunk(kind: Any, kept: Kept, dout: Tensor, *saved: Tensor) -> Tensors:
    """The same, but the factors of a chunk of steps at once."""
    x, h, W_x, W_h = saved
    das = []
    dh = dc = torch.zeros_like(h[0])
    for chunk in chunks(dout):  # the last steps first
        together = [torch.stack(k) for k in zip(*kept[chunk], strict=True)]
        factors = [f.unbind() for f in kind.factors(*together)]
        direct = dout[chunk].unbind()
        for t in reversed(range(len(direct))):
            da_x, da_h, passed, dc = kind.back(
                [f[t] for f in factors], direct[t] + dh, dc
            )
            dh = onward(da_h, W_h, passed)
            das.append((da_x, da_h))
    return sums(das, x, h, W_x)


# --8<-- [end:in_bulk]

STEPS: dict[str, Any] = {
    "loop": loop,
    "fused": fused,
    "hoisted": hoisted,
    "by_hand": partial(ByHand.apply, each_step),
    "summed": partial(ByHand.apply, one_product),
    "in_bulk": partial(ByHand.apply, by_chunk),
}


class Layer(torch.nn.Module):
    """A step of the story as a layer, with the weights of one of torch.nn."""

    def __init__(self, step: str, kind: str, weights: torch.nn.Module) -> None:
        super().__init__()
        self.run, self.kind = STEPS[step], KINDS[kind]
        self.weights = weights

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As torch.nn: the output, and its last."""
        w: Any = self.weights
        out = self.run(self.kind, x, *w.all_weights[0])
        return out, out[-1]
