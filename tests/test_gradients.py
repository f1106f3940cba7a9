"""Products of Jacobians, their bounds, counterexamples, clipping, the cliff."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from rnncourse import gradients
from rnncourse.gradients import ACTIVATIONS
from rnncourse.training import clip_gradients

FLOAT = torch.float64
T, H = 9, 5


def random(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=FLOAT)


def test_an_input_times_2_four_times_is_times_16():
    assert gradients.chain(3.0, 2.0, 4) == [3, 6, 12, 24, 48]
    assert gradients.chain(1.0, 0.5, 3)[-1] == 0.125
    assert gradients.chain(1.0, 7.0, 0) == [1.0]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gamma_is_the_largest_slope(name):
    phi, slope, gamma = ACTIVATIONS[name]
    a = torch.linspace(-4, 4, 4001, dtype=FLOAT, requires_grad=True)
    h = phi(a)
    (theirs,) = torch.autograd.grad(h.sum(), a)
    assert_close(slope(h.detach()), theirs)
    assert math.isclose(theirs.max().item(), gamma, rel_tol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_jacobians_are_those_of_autograd(name):
    W, h_0 = random(H, H, seed=1) / H**0.5, random(H, seed=2)
    u = random(T, H, seed=3)
    h = gradients.states(u, W, h_0, name)
    found = gradients.jacobians(h, W, name)
    for t in range(T + 1):

        def rest(h_t, t=t):
            return gradients.states(u[t:], W, h_t, name)[-1]

        expected = torch.autograd.functional.jacobian(rest, h[t])
        assert_close(found[t], expected)


@given(
    st.sampled_from(sorted(ACTIVATIONS)),
    st.floats(0.1, 3),
    st.integers(0, 10**6),
)
def test_no_jacobian_exceeds_its_bound(name, scale, seed):
    W = scale * random(H, H, seed=seed) / H**0.5
    u = random(T, H, seed=seed + 1)
    h = gradients.states(u, W, random(H, seed=seed + 2), name)
    gamma = ACTIVATIONS[name].gamma
    for t, J in enumerate(gradients.jacobians(h, W, name)):
        limit = gradients.bound(W, T - t, gamma)
        assert gradients.spectral_norm(J) <= limit * (1 + 1e-9)


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_the_spectral_radius_is_at_most_the_largest_singular_value(n, seed):
    W = random(n, n, seed=seed)
    radius, norm = gradients.spectral_radius(W), gradients.spectral_norm(W)
    assert radius <= norm * (1 + 1e-9)
    symmetric = W + W.T
    assert math.isclose(
        gradients.spectral_radius(symmetric),
        gradients.spectral_norm(symmetric),
        rel_tol=1e-9,
    )


@pytest.mark.parametrize(("scale", "dies"), [(0.9, True), (1.1, False)])
def test_powers_die_iff_the_spectral_radius_is_under_1(scale, dies):
    W = random(H, H, seed=4)
    W = scale * W / gradients.spectral_radius(W)
    end = gradients.spectral_norm(torch.linalg.matrix_power(W, 400))
    assert (end < 1e-9) is dies


def test_a_norm_of_2_can_leave_a_zero_gradient_after_2_steps():
    W = torch.tensor([[0.0, 2.0], [0.0, 0.0]], dtype=FLOAT)
    assert gradients.spectral_norm(W) == 2.0
    assert gradients.spectral_radius(W) == 0.0
    assert not (W @ W).any()


def test_a_radius_of_0_can_explode_through_tanh():
    W = 2 * torch.tensor([[1.0, -1.0], [1.0, -1.0]], dtype=FLOAT)
    c = math.tanh(5.0)
    b = torch.tensor([2 * c, 5 + 2 * c], dtype=FLOAT)
    h_0 = torch.tensor([0.0, c], dtype=FLOAT)
    h = gradients.states(b.expand(30, 2), W, h_0)
    assert not (W @ W).any()
    assert_close(h[-1], h_0)
    norm = gradients.spectral_norm(gradients.jacobians(h, W)[0])
    assert 1.4e9 < norm < 1.6e9


@pytest.mark.parametrize("kind", ["torch", "small", "orthogonal", "identity"])
def test_weights_are_begun_as_their_name_says(kind):
    generator = torch.Generator().manual_seed(0)
    W = gradients.initial(kind, 40, generator)
    if kind == "orthogonal":
        assert_close(W @ W.T, torch.eye(40, dtype=FLOAT))
    elif kind == "identity":
        assert torch.equal(W, torch.eye(40, dtype=FLOAT))
    else:
        largest = (1 if kind == "torch" else 0.1) / 40**0.5
        assert 0.99 * largest < W.abs().max() <= largest
        assert abs(W.mean()) < 0.05 * largest


def test_clipping_by_norm_keeps_the_direction_the_others_need_not():
    g = [torch.tensor([3.0, 4.0]), torch.tensor([0.3])]
    by_norm = gradients.clip_by_norm(g, 0.5)
    assert math.isclose(gradients.cosine(g, by_norm), 1.0, rel_tol=1e-6)
    assert math.isclose(torch.cat(by_norm).norm(), 0.5, rel_tol=1e-6)
    by_value = gradients.clip_by_value(g, 0.5)
    assert by_value[0].tolist() == [0.5, 0.5]
    assert gradients.cosine(g, by_value) < 0.99
    per_tensor = gradients.clip_per_tensor(g, 0.5)
    assert gradients.cosine(g, per_tensor) < 0.99
    assert math.isclose(per_tensor[0].norm(), 0.5, rel_tol=1e-6)
    assert torch.equal(per_tensor[1], g[1])


def test_a_small_gradient_is_left_alone():
    g = [torch.tensor([0.1, 0.2]), torch.zeros(3)]
    for clip in (
        gradients.clip_by_norm,
        gradients.clip_per_tensor,
        gradients.clip_by_value,
    ):
        for ours, its in zip(clip(g, 1.0), g, strict=True):
            assert torch.equal(ours, its)


def test_a_zero_gradient_can_be_clipped():
    (found,) = gradients.clip_by_norm([torch.zeros(2)], 1.0)
    assert not found.any()


def test_clipping_is_that_of_the_training_loop():
    g = [random(3, 2, seed=1), random(4, seed=2)]
    leaves = [torch.nn.Parameter(torch.zeros_like(part)) for part in g]
    for leaf, part in zip(leaves, g, strict=True):
        leaf.grad = part.clone()
    clip_gradients(leaves, 0.7)
    for leaf, part in zip(leaves, gradients.clip_by_norm(g, 0.7), strict=True):
        assert_close(leaf.grad, part)


@pytest.mark.parametrize(("w", "b"), [(5.0, -2.0), (3.0, -1.0), (0.5, 0.3)])
def test_the_slopes_of_the_cliff_are_central_differences(w, b):
    step = 1e-6
    value, dw, db = gradients.cliff(w, b)
    along_w = gradients.cliff(w + step, b)[0] - gradients.cliff(w - step, b)[0]
    along_b = gradients.cliff(w, b + step)[0] - gradients.cliff(w, b - step)[0]
    assert abs(along_w / (2 * step) - dw) < 1e-7
    assert abs(along_b / (2 * step) - db) < 1e-7
    assert value >= 0


def test_the_cliff_throws_descent_out_unless_it_is_clipped():
    thrown = gradients.descend(4.3, -1.6, 1.0, 100)
    held = gradients.descend(4.3, -1.6, 1.0, 100, limit=0.1)
    assert len(thrown) == len(held) == 101
    assert thrown[-1][2] > 0.08
    assert held[-1][2] < 0.01
    steps = [math.dist(a[:2], b[:2]) for a, b in pairwise(held)]
    assert max(steps) <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradients.chain(1.0, 2.0, -1), "expected a number of steps"),
        (
            lambda: gradients.states(
                torch.ones(3, 2), torch.eye(2), torch.ones(2), "sin"
            ),
            "activation to be 'identity', 'tanh', 'logistic' or 'relu', got",
        ),
        (
            lambda: gradients.initial("xavier", 3),
            "kind to be 'torch', 'small', 'orth",
        ),
        (
            lambda: gradients.initial("torch", 0),
            "expected H to be a positive int, got 0",
        ),
        (lambda: gradients.descend(1.0, 1.0, 0.0, 3), "expected a positive"),
        (
            lambda: gradients.descend(1.0, 1.0, 1.0, 3, limit=-1.0),
            "expected a positive rate and limit",
        ),
    ],
)
def test_bad_input_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
