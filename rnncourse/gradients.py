"""Gradients through time: products of Jacobians, their bounds, their clipping.

    h_t = phi(a_t),    dh_t/dh_{t-1} = diag(phi'(a_t)) W_hh
    dh_T/dh_t = product of these, from step T down to step t + 1
    |dh_T/dh_t| <= (sigma_1(W_hh) gamma)^(T - t),    gamma = sup |phi'|

|.| is the spectral norm, sigma_1 the largest singular value, rho the largest
absolute eigenvalue; rho <= sigma_1.

>>> W = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
>>> spectral_norm(W), spectral_radius(W)
(2.0, 0.0)
>>> chain(1.0, 2.0, 4)
[1.0, 2.0, 4.0, 8.0, 16.0]
>>> clip_by_norm([torch.tensor([30.0, 40.0])], 1.0)
[tensor([0.6000, 0.8000])]

Source: Hochreiter (1991), diploma thesis, TU Munich; Bengio, Simard and
Frasconi (1994), IEEE Trans. Neural Networks 5(2); Pascanu, Mikolov and Bengio
(2013), ICML.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rnncourse.backprop import sigma
from rnncourse.checks import check_choice, check_size


class Activation(NamedTuple):
    """phi, its derivative from h = phi(a), and gamma, its largest slope."""

    phi: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    gamma: float


# --8<-- [start:activations]
ACTIVATIONS = {
    "identity": Activation(lambda a: a, torch.ones_like, 1.0),
    "tanh": Activation(torch.tanh, lambda h: 1 - h**2, 1.0),
    "logistic": Activation(torch.sigmoid, lambda h: h * (1 - h), 0.25),
    "relu": Activation(torch.relu, lambda h: (h > 0).to(h), 1.0),
}
# --8<-- [end:activations]


def _activation(name: str) -> Activation:
    check_choice("activation", name, tuple(ACTIVATIONS))
    return ACTIVATIONS[name]


def chain(x: float, w: float, k: int) -> list[float]:
    """x, w x, w^2 x, ..., w^k x: the input, multiplied at each step.

    Raises:
        ValueError: if k is negative.
    """
    if k < 0:
        raise ValueError(f"expected a number of steps k >= 0, got {k}")
    values = [x]
    for _ in range(k):
        values.append(w * values[-1])
    return values


# --8<-- [start:measures]
def spectral_norm(W: Float[Tensor, "H K"]) -> float:
    """sigma_1(W): the most that W stretches a vector."""
    return torch.linalg.matrix_norm(W, 2).item()


def spectral_radius(W: Float[Tensor, "H H"]) -> float:
    """rho(W): the largest absolute eigenvalue; it rules W^k as k grows."""
    return torch.linalg.eigvals(W).abs().max().item()


# --8<-- [end:measures]


# --8<-- [start:states]
def states(
    u: Float[Tensor, "T H"],
    W_hh: Float[Tensor, "H H"],
    h_0: Float[Tensor, " H"],
    activation: str = "tanh",
) -> Float[Tensor, "T+1 H"]:
    """h_t = phi(u_t + W_hh h_{t-1}), with u_t = W_xh x_t + b_h.

    Raises:
        ValueError: on an unknown activation.
    """
    phi = _activation(activation).phi
    h = [h_0]
    for u_t in u:
        h.append(phi(u_t + W_hh @ h[-1]))
    return torch.stack(h)


# --8<-- [end:states]


# --8<-- [start:jacobians]
def jacobians(
    h: Float[Tensor, "states H"],
    W_hh: Float[Tensor, "H H"],
    activation: str = "tanh",
) -> Float[Tensor, "states H H"]:
    """dh_T/dh_t for t = 0, ..., T, from the states; the last is I.

    Raises:
        ValueError: on an unknown activation.
    """
    slope = _activation(activation).slope(h)
    J = torch.eye(len(W_hh), dtype=h.dtype, device=h.device)
    found = [J]
    for t in range(len(h) - 1, 0, -1):
        J = J @ (slope[t, :, None] * W_hh)  # dh_T/dh_t . dh_t/dh_{t-1}
        found.append(J)
    return torch.stack(found[::-1])


# --8<-- [end:jacobians]


# --8<-- [start:bound]
def bound(W_hh: Float[Tensor, "H H"], k: int, gamma: float) -> float:
    """(sigma_1(W_hh) gamma)^k, which no k-step Jacobian exceeds."""
    return (spectral_norm(W_hh) * gamma) ** k


# --8<-- [end:bound]


# --8<-- [start:initial]
def initial(
    kind: str, H: int, generator: torch.Generator | None = None
) -> Float[Tensor, "H H"]:
    """W_hh as it is begun.

    Args:
        kind: "torch", uniform in (-1/sqrt(H), 1/sqrt(H)); "small", a tenth of
            that; "orthogonal", all singular values 1; "identity".
        H: the number of hidden units.
        generator: of the draws.

    Raises:
        ValueError: on another kind, or if H < 1.
    """
    check_size("H", H)
    check_choice("kind", kind, ("torch", "small", "orthogonal", "identity"))
    uniform = torch.rand(H, H, generator=generator, dtype=torch.float64)
    W = (2 * uniform - 1) / H**0.5
    if kind == "torch":
        return W
    if kind == "small":
        return W / 10
    if kind == "orthogonal":
        normal = torch.randn(H, H, generator=generator, dtype=torch.float64)
        Q, R = torch.linalg.qr(normal)
        return Q * R.diagonal().sign()
    return torch.eye(H, dtype=torch.float64)


# --8<-- [end:initial]


# Clipping ------------------------------------------------------------------


# --8<-- [start:clipping]
def clip_by_norm(gradients: Sequence[Tensor], limit: float) -> list[Tensor]:
    """All times min(1, limit / |g|), |g| the norm of all: same direction."""
    norm = _joined(gradients).norm()
    share = min(1.0, limit / norm.item()) if norm > 0 else 1.0
    return [share * g for g in gradients]


def clip_per_tensor(gradients: Sequence[Tensor], limit: float) -> list[Tensor]:
    """Each tensor on its own, by its own norm."""
    return [clip_by_norm([g], limit)[0] for g in gradients]


def clip_by_value(gradients: Sequence[Tensor], limit: float) -> list[Tensor]:
    """Each number on its own, into [-limit, limit]."""
    return [g.clamp(-limit, limit) for g in gradients]


# --8<-- [end:clipping]


def cosine(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """Of the angle between two gradients, all their numbers as one vector."""
    u, v = _joined(a), _joined(b)
    return (u @ v / (u.norm() * v.norm())).item()


def _joined(gradients: Sequence[Tensor]) -> Tensor:
    return torch.cat([g.flatten() for g in gradients])


# The cliff -----------------------------------------------------------------

CLIFF_STEPS, CLIFF_START, CLIFF_TARGET = 50, 0.5, 0.7


# --8<-- [start:cliff]
def cliff(w: float, b: float) -> tuple[float, float, float]:
    """L, dL/dw and dL/db of one unit that runs for 50 steps.

        a_t = w sigma(a_{t-1}) + b,  a_0 = 1/2,  L = (sigma(a_50) - 0.7)^2

    Source: Pascanu, Mikolov and Bengio (2013), figure 6.
    """
    a, da_dw, da_db = CLIFF_START, 0.0, 0.0
    for _ in range(CLIFF_STEPS):
        s = sigma(a)
        slope = s * (1 - s)
        da_dw = s + w * slope * da_dw
        da_db = 1 + w * slope * da_db
        a = w * s + b
    s = sigma(a)
    da = 2 * (s - CLIFF_TARGET) * s * (1 - s)
    return (s - CLIFF_TARGET) ** 2, da * da_dw, da * da_db


# --8<-- [end:cliff]


# --8<-- [start:descend]
def descend(
    w: float, b: float, rate: float, steps: int, limit: float | None = None
) -> list[tuple[float, float, float]]:
    """The points (w, b, L) of descent on the cliff, clipped at `limit`.

    Raises:
        ValueError: if the rate or the limit is not positive.
    """
    if not rate > 0 or (limit is not None and not limit > 0):
        raise ValueError(
            f"expected a positive rate and limit, got {rate} and {limit}"
        )
    points = []
    for _ in range(steps + 1):
        value, dw, db = cliff(w, b)
        points.append((w, b, value))
        norm = (dw**2 + db**2) ** 0.5
        share = 1.0 if limit is None or norm <= limit else limit / norm
        w, b = w - rate * share * dw, b - rate * share * db
    return points


# --8<-- [end:descend]
