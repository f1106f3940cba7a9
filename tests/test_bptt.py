"""Backpropagation through time: by hand = autograd = central differences."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused
from torch.testing import assert_close

from rnncourse import bptt
from rnncourse.bptt import Weights

FLOAT = torch.float64
EXACT = {"rtol": 1e-9, "atol": 1e-11}


def random(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=FLOAT)


def linear(T=6, D=3, H=5, Q=2, seed=0):
    x, y = random(T, D, seed=seed), random(T, Q, seed=seed + 1)
    weights = (
        random(H, D, seed=seed + 2),
        random(H, H, seed=seed + 3) / H**0.5,
        random(Q, H, seed=seed + 4),
    )
    return x, y, weights


def network(T=7, N=3, D=2, H=5, Q=4, seed=0):
    w = Weights(
        random(H, D, seed=seed),
        random(H, H, seed=seed + 1) / H**0.5,
        random(H, seed=seed + 2),
        random(Q, H, seed=seed + 3),
        random(Q, seed=seed + 4),
    )
    x, h_0 = random(T, N, D, seed=seed + 5), random(N, H, seed=seed + 6)
    return w, x, h_0, random(T, N, Q, seed=seed + 7)


def by_hand(w, x, h_0, y, links=None):
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    found = bptt.backward(w, x, dy, h, links)
    return [*found.weights, found.x, found.h_0]


def by_autograd(w, x, h_0, y):
    inputs = [value.clone().requires_grad_() for value in (*w, x, h_0)]
    _, y_hat = bptt.forward(Weights(*inputs[:5]), inputs[5], inputs[6])
    return torch.autograd.grad(bptt.loss(y_hat, y), inputs)


def by_differences(function, value, step=1e-5):
    """Central differences of a scalar function, entry by entry."""
    slope = torch.zeros_like(value)
    for i in range(value.numel()):
        ends = []
        for sign in (1, -1):
            moved = value.clone()
            moved.view(-1)[i] += sign * step
            ends.append(float(function(moved)))
        slope.view(-1)[i] = (ends[0] - ends[1]) / (2 * step)
    return slope


def linear_by_hand(x, y, weights):
    h, y_hat = bptt.linear_forward(x, *weights)
    dy = bptt.output_gradients(y_hat, y)
    dh = bptt.state_gradients(dy, *weights[1:])
    return [
        bptt.input_weight_gradient(dh, x),
        bptt.recurrent_weight_gradient(dh, h),
        bptt.output_weight_gradient(dy, h),
    ]


# The identity activation ----------------------------------------------------


def test_an_output_of_one_number_has_its_gradient():
    y_hat = random(4, 1, seed=0)
    dy = bptt.output_gradients(y_hat, torch.zeros_like(y_hat))
    assert_close(dy, y_hat / 4)


def test_the_state_before_the_first_step_shows_in_no_output():
    dy, h = random(6, 2, seed=0), random(7, 5, seed=1)
    found = bptt.output_weight_gradient(dy, h)
    assert_close(found, dy.T @ h[1:])


@pytest.mark.parametrize("T", [1, 2, 9])
def test_the_gradients_of_the_lecture_are_those_of_autograd(T):
    x, y, weights = linear(T)
    leaves = [weight.clone().requires_grad_() for weight in weights]
    _, y_hat = bptt.linear_forward(x, *leaves)
    theirs = torch.autograd.grad(bptt.loss(y_hat, y), leaves)
    for ours, its in zip(linear_by_hand(x, y, weights), theirs, strict=True):
        assert_close(ours, its, **EXACT)


def test_the_gradients_of_the_lecture_are_central_differences():
    x, y, weights = linear()
    for i, ours in enumerate(linear_by_hand(x, y, weights)):

        def moved(value, i=i):
            given = [value if j == i else w for j, w in enumerate(weights)]
            return bptt.loss(bptt.linear_forward(x, *given)[1], y)

        assert_close(
            ours, by_differences(moved, weights[i]), rtol=1e-7, atol=1e-8
        )


def test_the_gradient_of_every_state_is_that_of_autograd():
    x, y, (W_xh, W_hh, W_hq) = linear()
    states = [torch.zeros(5, dtype=FLOAT)]
    for x_t in x:
        states.append((W_xh @ x_t + W_hh @ states[-1]).requires_grad_())
    y_hat = torch.stack([W_hq @ h for h in states[1:]])
    theirs = torch.autograd.grad(bptt.loss(y_hat, y), states[1:])
    dy = bptt.output_gradients(y_hat.detach(), y)
    dh = bptt.state_gradients(dy, W_hh, W_hq)
    assert_close(dh, torch.stack(theirs), **EXACT)
    assert_close(bptt.last_state_gradient(dy, W_hq), theirs[-1], **EXACT)


@given(st.integers(1, 9), st.integers(1, 5), st.integers(0, 10**6))
def test_the_recursion_is_the_closed_form(T, H, seed):
    dy, W_hh = random(T, 2, seed=seed), random(H, H, seed=seed + 1)
    W_hq = random(2, H, seed=seed + 2)
    assert_close(
        bptt.state_gradients(dy, W_hh, W_hq),
        bptt.state_gradients_closed(dy, W_hh, W_hq),
        rtol=1e-8,
        atol=1e-8,
    )


def test_the_highest_power_is_T_minus_1():
    T = 6
    one, w = torch.ones(1, 1, dtype=FLOAT), 3.0
    dy = torch.zeros(T, 1, dtype=FLOAT)
    dy[-1] = 1.0
    dh = bptt.state_gradients(dy, w * one, one)
    assert_close(dh[0, 0].item(), w ** (T - 1))


@pytest.mark.parametrize("T", [1, 5])
def test_the_closed_form_is_the_lecture_s_with_its_own_indices(T):
    dy, W_hh = random(T, 2, seed=1), random(3, 3, seed=2)
    W_hq = random(2, 3, seed=3)
    closed = bptt.state_gradients_closed(dy, W_hh, W_hq)
    for t in range(1, T + 1):
        terms = [
            torch.linalg.matrix_power(W_hh.T, T - i)
            @ W_hq.T
            @ dy[T + t - i - 1]
            for i in range(t, T + 1)
        ]
        assert_close(closed[t - 1], sum(terms), **EXACT)


def test_without_a_loop_no_gradient_goes_back():
    dy, W_hq = random(5, 2, seed=1), random(2, 3, seed=2)
    dh = bptt.state_gradients(dy, torch.zeros(3, 3, dtype=FLOAT), W_hq)
    assert_close(dh, dy @ W_hq, **EXACT)


# tanh, biases, h_0, mini-batches --------------------------------------------


@given(
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 10**6),
)
def test_every_gradient_is_that_of_autograd(T, N, H, seed):
    given_ = network(T, N, D=2, H=H, Q=3, seed=seed)
    for ours, its in zip(by_hand(*given_), by_autograd(*given_), strict=True):
        assert_close(ours, its, **EXACT)


def test_every_gradient_is_central_differences():
    w, x, h_0, y = network()
    values = [*w, x, h_0]
    for i, ours in enumerate(by_hand(w, x, h_0, y)):

        def moved(value, i=i):
            new = [value if j == i else v for j, v in enumerate(values)]
            _, y_hat = bptt.forward(Weights(*new[:5]), new[5], new[6])
            return bptt.loss(y_hat, y)

        assert_close(
            ours, by_differences(moved, values[i]), rtol=1e-7, atol=1e-8
        )


def test_the_states_and_gradients_are_those_of_torch():
    w, x, h_0, y = network()
    layer = torch.nn.RNN(2, 5, dtype=FLOAT)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(w.W_xh)
        layer.weight_hh_l0.copy_(w.W_hh)
        layer.bias_ih_l0.copy_(w.b_h)
        layer.bias_hh_l0.zero_()
    states, _ = layer(x, h_0[None])
    bptt.loss(states @ w.W_hq.T + w.b_q, y).backward()
    h, _ = bptt.forward(w, x, h_0)
    assert_close(h[1:], states.detach(), **EXACT)
    ours = by_hand(w, x, h_0, y)
    assert_close(ours[0], layer.weight_ih_l0.grad, **EXACT)
    assert_close(ours[1], layer.weight_hh_l0.grad, **EXACT)
    assert_close(ours[2], layer.bias_ih_l0.grad, **EXACT)
    assert_close(ours[2], layer.bias_hh_l0.grad, **EXACT)


def test_without_h_0_the_first_state_is_zero():
    w, x, _, _ = network()
    h, _ = bptt.forward(w, x)
    assert not h[0].any()
    assert_close(bptt.forward(w, x, torch.zeros(3, 5, dtype=FLOAT))[0], h)


@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 10**6))
def test_the_sum_over_time_is_one_product(T, N, seed):
    da, v = random(T, N, 3, seed=seed), random(T, N, 4, seed=seed + 1)
    assert_close(bptt.sum_over_time(da, v), bptt.loop_over_time(da, v), **EXACT)


def test_a_batch_averages_the_gradients_of_its_sequences():
    w, x, h_0, y = network()
    whole = by_hand(w, x, h_0, y)[1]
    alone = [
        by_hand(w, x[:, n : n + 1], h_0[n : n + 1], y[:, n : n + 1])[1]
        for n in range(3)
    ]
    assert_close(whole, torch.stack(alone).mean(0), **EXACT)


def test_the_loss_is_the_mean_over_steps_and_sequences():
    y_hat = torch.zeros(4, 2, 3, dtype=FLOAT)
    assert bptt.loss(y_hat, torch.full_like(y_hat, 2.0)) == 6.0


# Term by term, and truncated ------------------------------------------------


def test_the_lags_add_up_to_the_whole():
    w, x, h_0, y = network()
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    da, _ = bptt.preactivation_gradients(w, dy, h)
    assert_close(bptt.by_lag(w, dy, h, len(x)).sum(0), da, **EXACT)


def test_each_lag_is_what_the_loss_of_one_later_step_sends():
    w, x, h_0, y = network()
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    e = bptt.by_lag(w, dy, h, len(x))
    for j in range(len(x)):
        only = torch.zeros_like(dy)
        only[j] = dy[j]
        da, _ = bptt.preactivation_gradients(w, only, h)
        for t in range(len(x)):
            expected = e[j - t, t] if j >= t else torch.zeros_like(da[t])
            assert_close(da[t], expected, **EXACT)


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 10**6))
def test_truncated_at_T_or_more_is_whole(T, more, seed):
    w, x, h_0, y = network(T, seed=seed)
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    da, dh_0 = bptt.preactivation_gradients(w, dy, h)
    assert_close(bptt.windowed(w, dy, h, T + more), da, **EXACT)
    links = bptt.regular_links(T, T + more)
    cut, cut_0 = bptt.preactivation_gradients(w, dy, h, links)
    assert_close(cut, da, **EXACT)
    assert_close(cut_0, dh_0, **EXACT)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_regular_truncation_is_a_detached_state_each_k_steps(k):
    w, x, h_0, y = network()
    leaves = [value.clone().requires_grad_() for value in w]
    given_, h, outputs = Weights(*leaves), h_0, []
    for start in range(0, len(x), k):
        states, y_hat = bptt.forward(given_, x[start : start + k], h)
        h = states[-1].detach()
        outputs.append(y_hat)
    theirs = torch.autograd.grad(bptt.loss(torch.cat(outputs), y), leaves)
    ours = by_hand(w, x, h_0, y, bptt.regular_links(len(x), k))
    for mine, its in zip(ours[:5], theirs, strict=True):
        assert_close(mine, its, **EXACT)


def test_a_window_of_one_step_ignores_the_loop():
    w, x, h_0, y = network()
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    expected = (1 - h[1:] ** 2) * (dy @ w.W_hq)
    assert_close(bptt.windowed(w, dy, h, 1), expected, **EXACT)


def test_truncation_leaves_the_output_weights_alone():
    w, x, h_0, y = network()
    whole, cut = (
        by_hand(w, x, h_0, y, links)
        for links in (None, bptt.regular_links(7, 2))
    )
    assert_close(whole[3], cut[3], rtol=0, atol=0)
    assert_close(whole[4], cut[4], rtol=0, atol=0)
    assert not torch.allclose(whole[1], cut[1])


DRAWS, P = 40_000, 0.7


def estimates(scaled: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """dL/dW_hh in each draw, and the whole one, of a single sequence."""
    w, x, h_0, y = network(T=8, N=1, H=3)
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    generator = torch.Generator().manual_seed(0)
    links = bptt.random_links(8, P, generator, DRAWS)
    many = [value.expand(-1, DRAWS, -1) for value in (h, dy)]
    da, _ = bptt.preactivation_gradients(
        w, many[1], many[0], links if scaled else links * P
    )
    each = torch.einsum("tni,tj->nij", da, h[:-1, 0])
    return each, by_hand(w, x, h_0, y)[1]


def test_randomised_truncation_is_unbiased():
    each, whole = estimates(scaled=True)
    error = each.std(0) / DRAWS**0.5
    assert ((each.mean(0) - whole).abs() < 5 * error + 1e-12).all()
    assert error.max() < 0.01 * whole.norm()


def test_without_dividing_by_p_it_is_biased():
    each, whole = estimates(scaled=False)
    error = each.std(0) / DRAWS**0.5
    assert ((each.mean(0) - whole).abs() > 20 * error).any()


def test_the_generator_decides_the_links():
    links = [
        bptt.random_links(50, 0.5, torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    ]
    assert torch.equal(links[0], links[1])
    assert not torch.equal(links[0], links[2])


def test_links_are_kept_with_probability_p_and_scaled():
    generator = torch.Generator().manual_seed(0)
    links = bptt.random_links(50, 0.8, generator, 400)
    assert links.shape == (50, 400, 1)
    assert set(links.unique().tolist()) == {0.0, 1.25}
    assert abs(links.mean().item() - 1) < 0.02
    assert bptt.random_links(5, 1.0).flatten().tolist() == [1.0] * 5


def test_the_pieces_begin_after_each_k_steps():
    assert bptt.regular_links(7, 3).tolist() == [1, 1, 1, 0, 1, 1, 0]


def test_single_precision_stays_single():
    w, x, h_0, y = network()
    w, x, h_0, y = (
        Weights(*(v.float() for v in w)),
        *(v.float() for v in (x, h_0, y)),
    )
    for links in (None, bptt.regular_links(7, 2), bptt.random_links(7, 0.5)):
        found = by_hand(w, x, h_0, y, links)
        assert {value.dtype for value in found} == {torch.float32}


# Bad input ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": torch.ones(7, 2)}, r"expected x of shape \(T, N, D\)"),
        ({"x": torch.ones(0, 3, 2)}, r"no empty axis, got \(0, 3, 2\)"),
        ({"x": torch.ones(7, 3, 4)}, r"W_xh of shape \(5, 4\), got \(5, 2\)"),
        ({"h_0": torch.ones(2, 5)}, r"h_0 of shape \(3, 5\), got \(2, 5\)"),
        ({"W_hh": torch.ones(5, 4)}, r"W_hh of shape \(5, 5\), got \(5, 4\)"),
        ({"W_hh": torch.tensor(1.0)}, r"W_hh of shape \(0, 0\), got \(\)"),
        ({"W_hq": torch.ones(4, 2)}, r"W_hq of shape \(4, 5\), got \(4, 2\)"),
        ({"W_hq": torch.tensor(1.0)}, r"W_hq of shape \(0, 5\), got \(\)"),
        ({"b_h": torch.ones(4)}, r"b_h of shape \(5,\), got \(4,\)"),
        ({"b_q": torch.ones(5)}, r"b_q of shape \(4,\), got \(5,\)"),
    ],
)
def test_forward_says_which_shape_is_wrong(change, message):
    w, x, h_0, _ = network()
    parts = {**w._asdict(), "x": x, "h_0": h_0, **change}
    x, h_0 = parts.pop("x"), parts.pop("h_0")
    with pytest.raises(ValueError, match=message):
        bptt.forward(Weights(**parts), x, h_0)


def test_linear_forward_says_which_shape_is_wrong():
    x, _, weights = linear()
    with pytest.raises(ValueError, match=r"expected x of shape \(T, D\)"):
        bptt.linear_forward(x[None], *weights)
    with pytest.raises(ValueError, match="expected W_xh of shape"):
        bptt.linear_forward(x[:, :2], *weights)


@pytest.mark.parametrize("function", [bptt.loss, bptt.output_gradients])
def test_targets_have_the_shape_of_the_outputs(function):
    with pytest.raises(ValueError, match=r"expected y of shape \(3, 1\)"):
        function(torch.ones(3, 1), torch.ones(3))


@pytest.mark.parametrize("p", [0.0, -0.5, 1.5, float("nan")])
def test_a_probability_of_zero_cannot_be_divided_by(p):
    with pytest.raises(ValueError, match="expected a probability 0 < p <= 1"):
        bptt.random_links(3, p)


@pytest.mark.parametrize("bad", [0, -1, True])
def test_lengths_are_positive_integers(bad):
    w, x, h_0, y = network()
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    for name, call in (
        ("k", lambda: bptt.regular_links(5, bad)),
        ("T", lambda: bptt.regular_links(bad, 5)),
        ("T", lambda: bptt.random_links(bad, 0.5)),
        ("draws", lambda: bptt.random_links(5, 0.5, draws=bad)),
        ("lags", lambda: bptt.by_lag(w, dy, h, bad)),
        ("k", lambda: bptt.windowed(w, dy, h, bad)),
    ):
        message = f"expected {name} to be a positive int, got {bad}"
        refused(call, ValueError, message)
