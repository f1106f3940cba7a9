"""Gradients through time, measured: powers, bounds, starts, cliff, clipping."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnncourse import bptt, gradients
from rnncourse.gradients import initial, jacobians, states
from rnncourse.store import kept

FLOAT = torch.float64


def _norms(J: Tensor) -> NDArray[np.float64]:
    """Spectral norms, by lag: 0 first."""
    found: NDArray[np.float64] = torch.linalg.matrix_norm(J, 2).numpy()[::-1]
    return found.copy()


@kept
def powers() -> dict[str, Any]:
    """w^k for five weights and k = 0, ..., 30.

    `values` (5, 31) for the weights of `weights`; `lecture` is 1 x 2^4, `half`
    and `double` the 30th powers of 1/2 and 2; `steps_to_half` how many steps
    with w = 0.9 halve the input, and `steps_to_double` with w = 1.1 double it.
    """
    weights = [0.5, 0.9, 1.0, 1.1, 2.0]
    rows = [gradients.chain(1.0, w, 30) for w in weights]
    return {
        "weights": weights,
        "values": np.array(rows),
        "lecture": gradients.chain(1.0, 2.0, 4)[-1],
        "small": gradients.chain(1.0, 0.5, 4)[-1],
        "half": rows[0][-1],
        "double": rows[-1][-1],
        "steps_to_half": math.log(0.5) / math.log(0.9),
        "steps_to_double": math.log(2) / math.log(1.1),
    }


@kept
def scalar() -> dict[str, Any]:
    """dh_3/dh_1 of the course's three-step network, W_hh = 0.8.

    `links` (4,): element t is dh_t/dh_{t-1} with tanh; `tanh`, the product of
    the last two, `identity`, the same with the identity activation.
    """
    W = torch.tensor([[0.8]], dtype=FLOAT)
    u = 0.5 * torch.tensor([[1.0], [0.0], [-1.0]], dtype=FLOAT)
    found = {}
    for name in ("tanh", "identity"):
        h = states(u, W, torch.zeros(1, dtype=FLOAT), name)
        found[name] = jacobians(h, W, name)[1].item()
    h = states(u, W, torch.zeros(1, dtype=FLOAT)).flatten()
    links = (0.8 * (1 - h**2)).numpy()
    links[0] = 0.0
    return {"links": links, **found}


LAG, UNITS = 50, 32


@kept
def bounds() -> dict[str, Any]:
    """|dh_T/dh_t| by lag, and the bound (sigma_1 gamma)^k, with tanh.

    W_hh is orthogonal times `scales`, so that sigma_1 is that scale. `norms`
    (3, 51) and `bounds` (3, 51) by lag 0, ..., 50; `ratio`, the largest norm
    over its bound.
    """
    scales = [0.9, 1.0, 1.2]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        W = initial("orthogonal", UNITS)
        u = 0.3 * torch.randn(LAG, UNITS, dtype=FLOAT)
    h_0 = torch.zeros(UNITS, dtype=FLOAT)
    rows = []
    for scale in scales:
        h = states(u, scale * W, h_0)
        rows.append(_norms(jacobians(h, scale * W)))
    norms = np.array(rows)
    lags = np.arange(LAG + 1)
    limits = np.array([scale**lags for scale in scales])
    return {
        "scales": scales,
        "lags": lags,
        "norms": norms,
        "bounds": limits,
        "ratio": float((norms / limits).max()),
        "last": norms[:, -1],
    }


@kept
def recent() -> dict[str, Any]:
    """Terms of dL/dW_hh by lag where sigma_1 gamma = 0.9.

    `terms` (50,): the norm of the part with lag k over the norm of the whole;
    `first_five`, that of the first five parts together; `long`, that of all
    parts with a lag of 20 or more.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        normal = [torch.randn(s, UNITS, dtype=FLOAT).T for s in (2, 1)]
        w = bptt.Weights(
            W_xh=0.3 * normal[0],
            W_hh=0.9 * initial("orthogonal", UNITS),
            b_h=torch.zeros(UNITS, dtype=FLOAT),
            W_hq=normal[1].T / UNITS**0.5,
            b_q=torch.zeros(1, dtype=FLOAT),
        )
        x = torch.randn(LAG, 8, 2, dtype=FLOAT)
        y = torch.randn(LAG, 8, 1, dtype=FLOAT)
    h, y_hat = bptt.forward(w, x)
    lags = bptt.by_lag(w, bptt.output_gradients(y_hat, y), h, LAG)
    parts = torch.stack([bptt.sum_over_time(e, h[:-1]) for e in lags])
    whole = parts.sum(0).norm()
    return {
        "terms": (parts.flatten(1).norm(dim=1) / whole).numpy(),
        "first_five": (parts[:5].sum(0).norm() / whole).item(),
        "long": (parts[20:].sum(0).norm() / whole).item(),
    }


@kept
def counterexamples() -> dict[str, Any]:
    """Two matrices that tell the spectral radius from the norm.

    `nilpotent`, [[0, 2], [0, 0]]: `norm_1`, `radius_1`, and `after_1`,
    (3,), the norms of its powers 0, 1, 2. `cancelling`, 2 [[1, -1], [1, -1]],
    with the tanh network of which h_0 is a fixed point: `norm_2`, `radius_2`,
    `square_2`, the norm of its square, `after_2` (31,), the norm of the
    Jacobian by lag, `factor`, its growth per step, and `slopes`, 1 - h^2 of
    the two units.
    """
    one = torch.tensor([[0.0, 2.0], [0.0, 0.0]], dtype=FLOAT)
    two = 2 * torch.tensor([[1.0, -1.0], [1.0, -1.0]], dtype=FLOAT)
    c = math.tanh(5.0)
    b = torch.tensor([2 * c, 5 + 2 * c], dtype=FLOAT)
    h = states(b.expand(30, 2), two, torch.tensor([0.0, c], dtype=FLOAT))
    norms = _norms(jacobians(h, two))
    norm, radius = gradients.spectral_norm, gradients.spectral_radius
    return {
        "norm_1": norm(one),
        "radius_1": radius(one),
        "after_1": np.array([1.0, norm(one), norm(one @ one)]),
        "norm_2": norm(two),
        "radius_2": radius(two),
        "square_2": norm(two @ two),
        "after_2": norms,
        "explosion": float(norms[-1]),
        "factor": float(norms[-1] / norms[-2]),
        "slopes": (1 - h[-1] ** 2).numpy(),
        "fixed": float((h[-1] - h[0]).abs().max()),
    }


STARTS = ("small", "torch", "orthogonal", "identity")


@kept
def through_time() -> dict[str, Any]:
    """Norm of the gradient that reaches h_t, by lag: median of 21 networks.

    `norms` (3, 4, 51): |(dh_T/dh_t)^T v|, v a random direction of norm 1, for
    the activations of `activations` (tanh, logistic, relu), the initial W_hh of
    `starts`, and lags 0, ..., 50; `last` (3, 4) is that of lag 50. Where every
    unit of a ReLU network is off, the gradient is exactly 0; `dead` (3, 4) is
    the share of such networks.
    """
    activations, nets = ("tanh", "logistic", "relu"), 21
    sizes = np.zeros((len(activations), len(STARTS), nets, LAG + 1))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for n in range(nets):
            u = 0.3 * torch.randn(LAG, UNITS, dtype=FLOAT)
            v = torch.randn(UNITS, dtype=FLOAT)
            v = v / v.norm()
            for j, start in enumerate(STARTS):
                W = initial(start, UNITS)
                for i, name in enumerate(activations):
                    h = states(u, W, torch.zeros(UNITS, dtype=FLOAT), name)
                    sent = v @ jacobians(h, W, name)
                    sizes[i, j, n] = sent.norm(dim=-1).flip(0).numpy()
    norms = np.median(sizes, axis=2)
    return {
        "activations": list(activations),
        "starts": list(STARTS),
        "lags": np.arange(LAG + 1),
        "norms": norms,
        "last": norms[:, :, -1],
        "dead": (sizes[..., -1] == 0).mean(-1),
        "nets": nets,
    }


LAYERS = 20


@kept
def depth() -> dict[str, Any]:
    """Norm of dL/dW of each layer of a deep ordinary network, input first.

    20 layers of 32 logistic units, and 3 layers of the same, weights uniform
    in (-1/sqrt(32), 1/sqrt(32)): `deep` (20,) and `shallow` (3,); `ratio` and
    `shallow_ratio`, that of the layer nearest the output over that nearest the
    input.
    """

    def measured(layers: int) -> NDArray[np.float64]:
        weights = [
            initial("torch", UNITS).requires_grad_() for _ in range(layers)
        ]
        out = torch.randn(UNITS, 64, dtype=FLOAT)
        for W in weights:
            out = torch.sigmoid(W @ out)
        loss = (out - torch.rand(UNITS, 64, dtype=FLOAT)).square().mean()
        found = torch.autograd.grad(loss, weights)
        return np.array([gradient.norm().item() for gradient in found])

    with torch.random.fork_rng():
        torch.manual_seed(0)
        deep, shallow = measured(LAYERS), measured(3)
    return {
        "layers": LAYERS,
        "deep": deep,
        "shallow": shallow,
        "ratio": float(deep[-1] / deep[0]),
        "shallow_ratio": float(shallow[-1] / shallow[0]),
    }


START, RATE, LIMIT, STEPS = (4.3, -1.6), 1.0, 0.1, 100


def _surface(
    w: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.array([[gradients.cliff(x, y)[0] for x in w] for y in b])


def _product(w: float, b: float) -> float:
    """da_50/da_0 of the unit of the cliff: the product of its 50 factors."""
    a, product = gradients.CLIFF_START, 1.0
    for _ in range(gradients.CLIFF_STEPS):
        s = 1 / (1 + math.exp(-a))
        product *= w * s * (1 - s)
        a = w * s + b
    return product


@kept
def cliff() -> dict[str, Any]:
    """The cliff of one unit over 50 steps, and descent on it.

    `w` (181,), `b` (213,) and `loss` (213, 181), b along the rows, are the
    surface, `near_w`, `near_b` and `near_loss` the valley from nearer;
    `slice_b` a value of b along which `slice_loss` and `slice_norm` of
    the gradient go over `slice_w`, up to `slice_top`; `product` (3,), the
    product of the 50 factors w sigma'(a_t) there, before, at and after the
    edge, w = `product_w`; `thrown` and `held` (101,
    3), the points (w, b, L) of descent without clipping and clipped at `limit`;
    `largest`, the largest norm of the gradient that the first met, `jump`, its
    longest step, and `after`, which step that is; `thrown_loss` and
    `held_loss`, the mean loss of the last 20 points of each.
    """
    w, b = np.linspace(3, 6.6, 181), np.linspace(-2.8, 2.5, 213)
    near_w, near_b = np.linspace(3.6, 4.4, 161), np.linspace(-2.1, -1.5, 121)
    slice_w, slice_b = np.linspace(3, 6, 3001), -2.2
    along = np.array([gradients.cliff(x, slice_b) for x in slice_w])
    thrown = np.array(gradients.descend(*START, RATE, STEPS))
    held = np.array(gradients.descend(*START, RATE, STEPS, LIMIT))
    steps = np.hypot(*np.diff(thrown[:, :2], axis=0).T)
    product_w = [4.2, 4.33, 4.4]
    return {
        "w": w,
        "b": b,
        "loss": _surface(w, b),
        "near_w": near_w,
        "near_b": near_b,
        "near_loss": _surface(near_w, near_b),
        "slice_b": slice_b,
        "slice_w": slice_w,
        "slice_loss": along[:, 0],
        "slice_norm": np.hypot(along[:, 1], along[:, 2]),
        "slice_top": float(np.hypot(along[:, 1], along[:, 2]).max()),
        "product_w": product_w,
        "product": [_product(x, slice_b) for x in product_w],
        "start": list(START),
        "rate": RATE,
        "limit": LIMIT,
        "thrown": thrown,
        "held": held,
        "thrown_loss": float(thrown[-20:, 2].mean()),
        "held_loss": float(held[-20:, 2].mean()),
        "largest": float(steps.max() / RATE),
        "jump": float(steps.max()),
        "after": int(steps.argmax()) + 1,
        "before_jump": float(thrown[steps.argmax(), 2]),
    }


@kept
def clipping() -> dict[str, Any]:
    """Three ways of clipping the gradient of an exploding tanh network.

    `cosine` and `norm` after clipping at `limit`, by `ways`: norm of all,
    norm of each tensor, each number on its own; `whole` the norm before.
    """
    limit = 1.0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        leaves = [
            torch.randn(UNITS, 2, dtype=FLOAT),
            2.5 * initial("orthogonal", UNITS),
            torch.randn(1, UNITS, dtype=FLOAT),
        ]
        x = 0.3 * torch.randn(30, 2, dtype=FLOAT)
    leaves = [leaf.requires_grad_() for leaf in leaves]
    W_xh, W_hh, W_hq = leaves
    h = torch.zeros(UNITS, dtype=FLOAT)
    for x_t in x:
        h = torch.tanh(W_xh @ x_t + W_hh @ h)
    found = list(torch.autograd.grad((W_hq @ h - 1).square().sum(), leaves))
    ways = {
        "norm": gradients.clip_by_norm,
        "tensor": gradients.clip_per_tensor,
        "value": gradients.clip_by_value,
    }
    clipped = [clip(found, limit) for clip in ways.values()]
    norms = [
        torch.cat([part.flatten() for part in g]).norm().item()
        for g in [found, *clipped]
    ]
    return {
        "ways": list(ways),
        "limit": limit,
        "whole": norms[0],
        "norm": norms[1:],
        "cosine": [gradients.cosine(found, g) for g in clipped],
    }
