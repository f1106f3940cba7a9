"""Backpropagation through time: the derivation, each formula beside its code.

First the identity activation, without bias and with h_0 = 0, for one sequence:

    h_t = W_xh x_t + W_hh h_{t-1},    yhat_t = W_hq h_t
    L = (1/T) sum_t l(yhat_t, y_t),   l(yhat, y) = |yhat - y|^2 / 2

then tanh, with biases, any h_0 and N sequences at once:

    a_t = W_xh x_t + W_hh h_{t-1} + b_h,    h_t = tanh(a_t)
    yhat_t = W_hq h_t + b_q

`dv` is dL/dv and has the shape of v. Of the states, h[t] is h_t, t = 0..T; the
other arrays begin at step 1: x[t - 1] is x_t, dh[t - 1] is dL/dh_t. One vector
is a column and reads as in the formulas; N vectors are the rows of a matrix.

>>> D, H, Q, T, N = 3, 4, 2, 5, 6
>>> shapes = (H, D), (H, H), (H,), (Q, H), (Q,)
>>> w = Weights(*(torch.randn(*shape) for shape in shapes))
>>> x, y = torch.randn(T, N, D), torch.randn(T, N, Q)
>>> h, y_hat = forward(w, x)
>>> found = backward(w, x, output_gradients(y_hat, y), h)
>>> [tuple(part.shape) for part in found.weights]
[(4, 3), (4, 4), (4,), (2, 4), (2,)]

Source: Werbos (1990), "Backpropagation through time: what it does and how to
do it", Proc. IEEE 78(10); truncated: Williams and Peng (1990), Neural
Computation 2(4); randomised: Tallec and Ollivier (2017), arXiv:1705.08209.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.checks import check_shape, check_size, check_sizes


# --8<-- [start:loss]
def loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """L = (1/T) sum_t |yhat_t - y_t|^2 / 2, averaged over N too: ().

    Args:
        y_hat: the outputs, (T, Q) or (T, N, Q).
        y: the targets, of the same shape.

    Raises:
        ValueError: if the shapes differ.
    """
    check_shape("y", y, tuple(y_hat.shape))
    return ((y_hat - y) ** 2).sum(-1).mean() / 2


# --8<-- [end:loss]


# --8<-- [start:output_gradients]
def output_gradients(y_hat: Tensor, y: Tensor) -> Tensor:
    """dL/dyhat_t = (1/T) dl/dyhat_t, here (yhat_t - y_t) / T: as y_hat.

    With N sequences, divided by N too.

    Raises:
        ValueError: if the shapes differ.
    """
    check_shape("y", y, tuple(y_hat.shape))
    return (y_hat - y) / y_hat[..., 0].numel()


# --8<-- [end:output_gradients]


# The identity activation, no bias, h_0 = 0 ---------------------------------


# --8<-- [start:linear_forward]
def linear_forward(
    x: Tensor, W_xh: Tensor, W_hh: Tensor, W_hq: Tensor
) -> tuple[Tensor, Tensor]:
    """h_t = W_xh x_t + W_hh h_{t-1},  yhat_t = W_hq h_t,  h_0 = 0.

    Args:
        x: one sequence, (T, D), T >= 1.
        W_xh: (H, D).
        W_hh: (H, H).
        W_hq: (Q, H).

    Returns:
        The states h_0, ..., h_T, (T + 1, H), and the outputs, (T, Q).

    Raises:
        ValueError: if a shape does not fit.
    """
    _check(x, W_xh, W_hh, W_hq, dimensions=2)
    states = [x.new_zeros(len(W_hh))]
    for x_t in x:
        states.append(W_xh @ x_t + W_hh @ states[-1])
    h = torch.stack(states)
    y_hat = torch.stack([W_hq @ h_t for h_t in h[1:]])
    return h, y_hat


# --8<-- [end:linear_forward]


# --8<-- [start:output_weight_gradient]
def output_weight_gradient(
    dy: Float[Tensor, "T Q"], h: Float[Tensor, "T+1 H"]
) -> Float[Tensor, "Q H"]:
    """dL/dW_hq = sum_t dL/dyhat_t h_t^T."""
    T = len(dy)
    terms = [torch.outer(dy[t - 1], h[t]) for t in range(1, T + 1)]
    return torch.stack(terms).sum(0)


# --8<-- [end:output_weight_gradient]


# --8<-- [start:last_state_gradient]
def last_state_gradient(
    dy: Float[Tensor, "T Q"], W_hq: Float[Tensor, "Q H"]
) -> Float[Tensor, " H"]:
    """dL/dh_T = W_hq^T dL/dyhat_T."""
    return W_hq.T @ dy[-1]


# --8<-- [end:last_state_gradient]


# --8<-- [start:state_gradients]
def state_gradients(
    dy: Float[Tensor, "T Q"],
    W_hh: Float[Tensor, "H H"],
    W_hq: Float[Tensor, "Q H"],
) -> Float[Tensor, "T H"]:
    """dL/dh_t = W_hh^T dL/dh_{t+1} + W_hq^T dL/dyhat_t, t = T-1, ..., 1."""
    dh = [last_state_gradient(dy, W_hq)]  # dL/dh_T, ..., dL/dh_1
    for t in range(len(dy) - 1, 0, -1):
        dh.append(W_hh.T @ dh[-1] + W_hq.T @ dy[t - 1])
    return torch.stack(dh[::-1])


# --8<-- [end:state_gradients]


# --8<-- [start:state_gradients_closed]
def state_gradients_closed(
    dy: Float[Tensor, "T Q"],
    W_hh: Float[Tensor, "H H"],
    W_hq: Float[Tensor, "Q H"],
) -> Float[Tensor, "T H"]:
    """dL/dh_t = sum_{j=t}^{T} (W_hh^T)^(j-t) W_hq^T dL/dyhat_j."""
    T, dh = len(dy), []
    for t in range(1, T + 1):
        terms = [
            torch.linalg.matrix_power(W_hh.T, j - t) @ W_hq.T @ dy[j - 1]
            for j in range(t, T + 1)
        ]
        dh.append(torch.stack(terms).sum(0))
    return torch.stack(dh)


# --8<-- [end:state_gradients_closed]


# --8<-- [start:hidden_weight_gradients]
def input_weight_gradient(
    dh: Float[Tensor, "T H"], x: Float[Tensor, "T D"]
) -> Float[Tensor, "H D"]:
    """dL/dW_xh = sum_t dL/dh_t x_t^T."""
    T = len(x)
    terms = [torch.outer(dh[t - 1], x[t - 1]) for t in range(1, T + 1)]
    return torch.stack(terms).sum(0)


def recurrent_weight_gradient(
    dh: Float[Tensor, "T H"], h: Float[Tensor, "T+1 H"]
) -> Float[Tensor, "H H"]:
    """dL/dW_hh = sum_t dL/dh_t h_{t-1}^T."""
    T = len(dh)
    terms = [torch.outer(dh[t - 1], h[t - 1]) for t in range(1, T + 1)]
    return torch.stack(terms).sum(0)


# --8<-- [end:hidden_weight_gradients]


# tanh, biases, any h_0, N sequences ----------------------------------------


# --8<-- [start:weights]
class Weights(NamedTuple):
    """The parameters, or their gradients, which have the same shapes."""

    W_xh: Tensor  # (H, D)
    W_hh: Tensor  # (H, H)
    b_h: Tensor  # (H,)
    W_hq: Tensor  # (Q, H)
    b_q: Tensor  # (Q,)


# --8<-- [end:weights]


# --8<-- [start:forward]
def forward(
    w: Weights, x: Tensor, h_0: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h),  yhat_t = W_hq h_t + b_q.

    Args:
        w: the parameters.
        x: N sequences, (T, N, D), T >= 1.
        h_0: the state before the first step, (N, H); zeros if absent.

    Returns:
        The states h_0, ..., h_T, (T + 1, N, H), and the outputs, (T, N, Q).

    Raises:
        ValueError: if a shape does not fit.
    """
    _check(x, w.W_xh, w.W_hh, w.W_hq, dimensions=3)
    H, Q = len(w.W_hh), len(w.W_hq)
    check_shape("b_h", w.b_h, (H,))
    check_shape("b_q", w.b_q, (Q,))
    h_t = x.new_zeros(x.shape[1], H) if h_0 is None else h_0
    check_shape("h_0", h_t, (x.shape[1], H))
    states = [h_t]
    for x_t in x:
        h_t = torch.tanh(x_t @ w.W_xh.T + h_t @ w.W_hh.T + w.b_h)
        states.append(h_t)
    h = torch.stack(states)
    return h, h[1:] @ w.W_hq.T + w.b_q


# --8<-- [end:forward]


# --8<-- [start:preactivation_gradients]
def preactivation_gradients(
    w: Weights,
    dy: Float[Tensor, "T N Q"],
    h: Float[Tensor, "T+1 N H"],
    links: Tensor | None = None,
) -> tuple[Float[Tensor, "T N H"], Float[Tensor, "N H"]]:
    """dL/da_t, t = T, ..., 1, and dL/dh_0.

        dL/dh_t = W_hq^T dL/dyhat_t + s_{t+1} W_hh^T dL/da_{t+1}
        dL/da_t = (1 - h_t^2) (.) dL/dh_t

    Args:
        w: the parameters.
        dy: dL/dyhat_t.
        h: the states h_0, ..., h_T.
        links: s_t, (T,) or (T, 1 or N, 1): what multiplies the gradient on
            its way from step t to t - 1; 1 if absent, 0 cuts the way.
    """
    s = h.new_ones(len(dy)) if links is None else links.to(h)
    da = torch.empty_like(h[1:])
    sent = torch.zeros_like(h[0])  # from step t + 1
    for t in range(len(dy), 0, -1):
        dh = dy[t - 1] @ w.W_hq + sent
        da[t - 1] = (1 - h[t] ** 2) * dh
        sent = s[t - 1] * (da[t - 1] @ w.W_hh)
    return da, sent


# --8<-- [end:preactivation_gradients]


# --8<-- [start:sum_over_time]
def loop_over_time(
    da: Float[Tensor, "T N H"], v: Float[Tensor, "T N K"]
) -> Float[Tensor, "H K"]:
    """sum_t sum_n dL/da_t v_t^T, one step after the other."""
    terms = [da_t.T @ v_t for da_t, v_t in zip(da, v, strict=True)]
    return torch.stack(terms).sum(0)


def sum_over_time(
    da: Float[Tensor, "T N H"], v: Float[Tensor, "T N K"]
) -> Float[Tensor, "H K"]:
    """The same sum as one product, (H, T N) by (T N, K)."""
    return da.flatten(0, 1).T @ v.flatten(0, 1)


# --8<-- [end:sum_over_time]


class Gradients(NamedTuple):
    """Of the loss, with respect to all that it depends on."""

    weights: Weights
    x: Tensor  # (T, N, D)
    h_0: Tensor  # (N, H)


# --8<-- [start:backward]
def backward(
    w: Weights,
    x: Float[Tensor, "T N D"],
    dy: Float[Tensor, "T N Q"],
    h: Float[Tensor, "T+1 N H"],
    links: Tensor | None = None,
) -> Gradients:
    """Every gradient, from dL/dyhat_t and the states of `forward`.

        dL/dW_xh = sum_t dL/da_t x_t^T        dL/db_h = sum_t dL/da_t
        dL/dW_hh = sum_t dL/da_t h_{t-1}^T    dL/db_q = sum_t dL/dyhat_t
        dL/dW_hq = sum_t dL/dyhat_t h_t^T     dL/dx_t = W_xh^T dL/da_t

    `links` are those of `preactivation_gradients`.
    """
    da, dh_0 = preactivation_gradients(w, dy, h, links)
    gradients = Weights(
        W_xh=sum_over_time(da, x),
        W_hh=sum_over_time(da, h[:-1]),
        b_h=da.sum((0, 1)),
        W_hq=sum_over_time(dy, h[1:]),
        b_q=dy.sum((0, 1)),
    )
    return Gradients(gradients, x=da @ w.W_xh, h_0=dh_0)


# --8<-- [end:backward]


# Term by term, and truncated ------------------------------------------------


# --8<-- [start:by_lag]
def by_lag(
    w: Weights,
    dy: Float[Tensor, "T N Q"],
    h: Float[Tensor, "T+1 N H"],
    lags: int,
) -> Tensor:
    """What step t receives from step t + m, for each lag m < lags.

        e_t^(0) = (1 - h_t^2) (.) W_hq^T dL/dyhat_t
        e_t^(m) = (1 - h_t^2) (.) W_hh^T e_{t+1}^(m-1),   0 if t + m > T

    The sum over all m is dL/da_t.

    Returns:
        e, (lags, T, N, H).

    Raises:
        ValueError: if `lags` is not a positive integer.
    """
    check_size("lags", lags)
    slope = 1 - h[1:] ** 2
    e = slope * (dy @ w.W_hq)
    found = [e]
    for _ in range(1, lags):
        sent = torch.cat([e[1:], torch.zeros_like(e[:1])]) @ w.W_hh
        e = slope * sent
        found.append(e)
    return torch.stack(found)


# --8<-- [end:by_lag]


# --8<-- [start:windowed]
def windowed(
    w: Weights,
    dy: Float[Tensor, "T N Q"],
    h: Float[Tensor, "T+1 N H"],
    k: int,
) -> Float[Tensor, "T N H"]:
    """dL/da_t when each loss goes back through k steps only, its own first.

    Whole if k >= T.

    Raises:
        ValueError: if k is not a positive integer.
    """
    check_size("k", k)
    return by_lag(w, dy, h, min(k, len(dy))).sum(0)


# --8<-- [end:windowed]


# --8<-- [start:links]
def regular_links(T: int, k: int) -> Float[Tensor, " T"]:
    """s_t = 0 at t = k + 1, 2k + 1, ...: pieces of k steps; 1 elsewhere.

    Raises:
        ValueError: if T or k is not a positive integer.
    """
    check_sizes(T=T, k=k)
    t = torch.arange(1, T + 1)
    return ((t == 1) | ((t - 1) % k != 0)).double()


def random_links(
    T: int, p: float, generator: torch.Generator | None = None, draws: int = 1
) -> Float[Tensor, "T draws 1"]:
    """s_t = 1/p with probability p, else 0, each drawn on its own: E s_t = 1.

    One column per draw.

    Raises:
        ValueError: if T or draws is not a positive integer, or p is not in
            (0, 1].
    """
    check_sizes(T=T, draws=draws)
    if not 0 < p <= 1:
        raise ValueError(f"expected a probability 0 < p <= 1, got {p}")
    shape = (T, draws, 1)
    u = torch.rand(shape, generator=generator, dtype=torch.float64)
    return (u < p).double() / p


# --8<-- [end:links]


def _check(
    x: Tensor, W_xh: Tensor, W_hh: Tensor, W_hq: Tensor, dimensions: int
) -> None:
    if x.dim() != dimensions or 0 in x.shape:
        form = "(T, D)" if dimensions == 2 else "(T, N, D)"
        raise ValueError(
            f"expected x of shape {form} with no empty axis, got "
            f"{tuple(x.shape)}"
        )
    H = len(W_hh) if W_hh.dim() else 0
    check_shape("W_hh", W_hh, (H, H))
    check_shape("W_xh", W_xh, (H, x.shape[-1]))
    Q = len(W_hq) if W_hq.dim() else 0
    check_shape("W_hq", W_hq, (Q, H))
