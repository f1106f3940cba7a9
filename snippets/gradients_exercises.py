# Exercises of the chapter "gradients": a starter, a solution and a check each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import gradients
# --8<-- [end:imports]


# --8<-- [start:half_life_starter]
def half_life(w):
    """After how many steps, 0 < w < 1, half of the input is left."""
    return 0.5 / w


# --8<-- [end:half_life_starter]


# --8<-- [start:half_life_solution]
def half_life(w):
    """After how many steps, 0 < w < 1, half of the input is left."""
    return math.log(0.5) / math.log(w)


# --8<-- [end:half_life_solution]


def check_half_life() -> None:
    for w in (0.5, 0.9, 0.99):
        assert abs(w ** half_life(w) - 0.5) < 1e-6


# --8<-- [start:slope_starter]
def slope(w, k, phi):
    """Of x -> phi(w phi(w ... x)), k times, at x = 0.3: find the error.

    Returns the output and the derivative; phi is the identity or tanh.
    """
    x = 0.3
    for _ in range(k):
        x = phi(w * x)
    return x, w**k


# --8<-- [end:slope_starter]


# --8<-- [start:slope_solution]
def slope(w, k, phi):
    """Of x -> phi(w phi(w ... x)), k times, at x = 0.3.

    Returns the output and the derivative; phi is the identity or tanh.
    """
    x, derivative = 0.3, 1.0
    for _ in range(k):
        x = phi(w * x)
        derivative *= w * (1 - x**2 if phi is math.tanh else 1)
    return x, derivative


# --8<-- [end:slope_solution]


def check_slope() -> None:
    def identity(a):
        return a

    for w in (0.5, 2.0):
        assert slope(w, 4, identity)[1] == w**4
    x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    out = x
    for _ in range(4):
        out = torch.tanh(2.0 * out)
    (expected,) = torch.autograd.grad(out, x)
    found = slope(2.0, 4, math.tanh)
    assert abs(found[0] - out.item()) < 1e-12
    assert abs(found[1] - expected.item()) < 1e-12  # far less than 16


# --8<-- [start:dies_starter]
def dies(W):
    """Does W^k go to 0 as k grows? Find the error."""
    return gradients.spectral_norm(W) < 1


# --8<-- [end:dies_starter]


# --8<-- [start:dies_solution]
def dies(W):
    """Does W^k go to 0 as k grows? The spectral radius decides."""
    return gradients.spectral_radius(W) < 1


# --8<-- [end:dies_solution]


def check_dies() -> None:
    rows = (
        ([[0.5, 0.0], [0.0, 0.9]], True),
        ([[0.9, 5.0], [0.0, 0.8]], True),  # sigma_1 > 5
        ([[0.0, 2.0], [0.0, 0.0]], True),
        ([[1.1, 0.0], [0.0, 0.1]], False),
    )
    for row, expected in rows:
        W = torch.tensor(row, dtype=torch.float64)
        assert dies(W) == expected, row
        end = torch.linalg.matrix_power(W, 500).abs().max()
        assert (end < 1e-6).item() == expected


# --8<-- [start:must_vanish_starter]
def must_vanish(W, gamma):
    """Is a long-lag Jacobian small whatever the inputs? Find the error."""
    return gradients.spectral_radius(W) * gamma < 1


# --8<-- [end:must_vanish_starter]


# --8<-- [start:must_vanish_solution]
def must_vanish(W, gamma):
    """Is a long-lag Jacobian small whatever the inputs?"""
    return gradients.spectral_norm(W) * gamma < 1


# --8<-- [end:must_vanish_solution]


def check_must_vanish() -> None:
    W = 2 * torch.tensor([[1.0, -1.0], [1.0, -1.0]], dtype=torch.float64)
    assert not must_vanish(W, 1.0)  # the chapter's tanh network explodes
    assert must_vanish(0.1 * W, 1.0)
    assert must_vanish(0.9 * W, 0.25)  # logistic: 0.9 x 4 x 1/4


# --8<-- [start:clip_starter]
def clip(gradients, limit):
    """Scale a list of tensors to a global norm of at most limit: two errors."""
    return [g * limit / g.norm() for g in gradients]


# --8<-- [end:clip_starter]


# --8<-- [start:clip_solution]
def clip(gradients, limit):
    """Scale a list of tensors to a global norm of at most limit."""
    norm = math.sqrt(sum(g.square().sum().item() for g in gradients))
    share = limit / norm if norm > limit else 1.0
    return [share * g for g in gradients]


# --8<-- [end:clip_solution]


def check_clip() -> None:
    g = [torch.tensor([3.0, 4.0]), torch.tensor([[12.0]])]  # norm 13
    clipped = clip(g, 1.3)
    for ours, its in zip(clipped, g, strict=True):
        assert torch.allclose(ours, 0.1 * its)
    for ours, its in zip(clip(g, 20.0), g, strict=True):
        assert torch.equal(ours, its)  # small enough: left alone
    assert not clip([torch.zeros(2)], 1.0)[0].any()


# --8<-- [start:orthogonal_starter]
def orthogonal(H, generator):
    """An H x H matrix with all its singular values 1."""
    return torch.randn(H, H, generator=generator)


# --8<-- [end:orthogonal_starter]


# --8<-- [start:orthogonal_solution]
def orthogonal(H, generator):
    """An H x H matrix with all its singular values 1."""
    Q, R = torch.linalg.qr(torch.randn(H, H, generator=generator))
    return Q * R.diagonal().sign()


# --8<-- [end:orthogonal_solution]


def check_orthogonal() -> None:
    generator = torch.Generator().manual_seed(0)
    W = orthogonal(12, generator)
    assert torch.allclose(W @ W.T, torch.eye(12), atol=1e-5)
    assert not torch.allclose(W, orthogonal(12, generator))


# --8<-- [start:jacobian_starter]
def jacobian(h, W_hh, t):
    """dh_T/dh_t of a tanh network, from h_0, ..., h_T: find the error."""
    J = torch.eye(len(W_hh), dtype=W_hh.dtype)
    for k in range(t + 1, len(h)):
        J = J @ torch.diag(1 - h[k] ** 2) @ W_hh
    return J


# --8<-- [end:jacobian_starter]


# --8<-- [start:jacobian_solution]
def jacobian(h, W_hh, t):
    """dh_T/dh_t of a tanh network, from h_0, ..., h_T."""
    J = torch.eye(len(W_hh), dtype=W_hh.dtype)
    for k in range(t + 1, len(h)):
        J = torch.diag(1 - h[k] ** 2) @ W_hh @ J
    return J


# --8<-- [end:jacobian_solution]


def check_jacobian() -> None:
    torch.manual_seed(0)
    W = torch.randn(4, 4, dtype=torch.float64) / 2
    u = torch.randn(6, 4, dtype=torch.float64)
    h = gradients.states(u, W, torch.zeros(4, dtype=torch.float64))
    expected = gradients.jacobians(h, W)
    for t in range(7):
        assert torch.allclose(jacobian(h, W, t), expected[t])


# --8<-- [start:threshold_starter]
def threshold(norms):
    """A clipping limit that touches about one step in ten: complete it."""
    return max(norms)


# --8<-- [end:threshold_starter]


# --8<-- [start:threshold_solution]
def threshold(norms):
    """A clipping limit that touches about one step in ten."""
    return torch.tensor(norms).quantile(0.9).item()


# --8<-- [end:threshold_solution]


def check_threshold() -> None:
    torch.manual_seed(0)
    norms = torch.randn(5000).exp().tolist()
    limit = threshold(norms)
    touched = sum(norm > limit for norm in norms) / len(norms)
    assert 0.09 < touched < 0.11
