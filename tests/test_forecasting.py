"""Forecasting: nothing of the future is read, and closed forms are exact."""

import math

import numpy as np
import pytest
import torch
from refusals import refused

from rnncourse import data
from rnncourse.deep import Stack
from rnncourse.forecasting import (
    KINDS,
    Ensemble,
    Linear,
    Scaling,
    band,
    coverage,
    cuts,
    drift,
    learn,
    margin,
    persistence,
    recursive,
    ridge,
    seasonal_naive,
    skill,
    windows,
)
from rnncourse.training import Network

K, Q = 6, 3


def walk(T: int = 200, N: int = 1) -> torch.Tensor:
    return torch.as_tensor(data.random_walk(T, N)).squeeze(1)


# Windows ----------------------------------------------------------------------


def test_a_window_is_what_came_before_and_what_came_after():
    past, future = windows(torch.arange(10.0), 4, 2)
    assert past.tolist()[0] == [0, 1, 2, 3]
    assert future.tolist()[0] == [4, 5]
    assert len(past) == 10 - 4 - 2 + 1
    assert (future[:, 0] - past[:, -1] == 1).all()


def test_parts_share_no_future():
    x, (a, b) = torch.arange(100.0), cuts(100)
    spans = ((0, a), (a, b), (b, None))
    futures = [windows(x, K, Q, *span).future.unique() for span in spans]
    together = torch.cat(futures)
    assert len(together) == len(together.unique())
    assert together.max() == 99


def test_the_first_future_of_a_part_is_its_first_value():
    past, future = windows(torch.arange(100.0), K, Q, 60, 80)
    assert (past[0, -1], future[0, 0], future[-1, -1]) == (59, 60, 79)


def test_windows_of_several_series_are_those_of_each():
    x = walk(50, 3)
    whole = windows(x, K, Q, 10, 40)
    for n in range(3):
        one = windows(x[:, n], K, Q, 10, 40)
        assert torch.equal(whole.past[n::3], one.past)
        assert torch.equal(whole.future[n::3], one.future)


@pytest.mark.parametrize("changes", [True, False])
def test_perturbing_the_future_leaves_past_features_unchanged(changes):
    x, cut = walk(), 120
    other = x.clone()
    other[cut:] += 100 * torch.randn(len(x) - cut, dtype=x.dtype)
    features = []
    for series in (x, other):
        scaling = Scaling.fit(series[:cut], changes)
        past, _ = windows(series, K, Q, end=cut)
        features.append(scaling.read(past))
        first, _ = windows(series, K, Q, cut)
        features.append(scaling.read(first)[:1])  # read before the cut
    assert torch.equal(features[0], features[2])
    assert torch.equal(features[1], features[3])


@pytest.mark.parametrize("name", ["linear", "LSTM"])
def test_perturbing_the_future_leaves_a_fitted_model_unchanged(name):
    x, (a, b) = walk(), cuts(200)
    other = x.clone()
    other[b:] = -50.0
    said = []
    for series in (x, other):
        torch.manual_seed(0)
        scaling = Scaling.fit(series[:a])
        train, chosen = (
            windows(series, K, Q, end=a),
            windows(series, K, Q, a, b),
        )
        if name == "linear":
            model = Linear.fit(train, scaling)
        else:
            made = [Network(KINDS[name](1, 4), Q, last=True)]
            model = learn(made, train, chosen, scaling, steps=4, every=2)
        said.append(model(chosen.past))
    assert torch.equal(*said)


def test_a_network_has_an_output_for_each_step_to_forecast():
    train = windows(walk(), K, Q)
    for outputs in (1, Q + 2):
        networks = [Network(KINDS["GRU"](1, 4), outputs, last=True)]
        with pytest.raises(ValueError, match=rf"forecast, {Q}, got {outputs}"):
            learn(networks, train, train, Scaling.fit(walk()))


def test_a_skill_is_of_as_many_steps_as_came():
    _, future = windows(walk(), K, Q)
    with pytest.raises(ValueError, match="expected a forecast of shape"):
        skill(future[:, :1], future, future)


@pytest.mark.parametrize("changes", [True, False])
def test_a_target_said_is_the_future_again(changes):
    past, future = windows(walk(), K, Q)
    scaling = Scaling.fit(walk()[:100], changes)
    said = scaling.target(past, future)
    torch.testing.assert_close(scaling.value(past, said), future)


def test_saying_nothing_of_the_changes_is_persistence():
    past, _ = windows(walk(), K, Q)
    scaling = Scaling.fit(past[0])
    zero = torch.zeros(len(past), Q, dtype=past.dtype)
    assert torch.equal(scaling.value(past, zero), persistence(past, Q))


def test_scaled_changes_have_spread_one():
    x = walk()
    scaling = Scaling.fit(x)
    assert scaling.read(x[None]).std().item() == pytest.approx(1)


ERRORS = [
    (lambda: windows(torch.zeros(9), 0, 1), "expected length to be a positive"),
    (lambda: windows(torch.zeros(9), 3, 0), "expected horizon to be a posit"),
    (lambda: windows(torch.zeros(8), 6, 3), r"at least 6 \+ 3 .* got 8; use"),
    (lambda: windows(torch.zeros(20), 6, 3, 15, 17), "got 8; use a shorter"),
    (
        lambda: windows(torch.tensor([1.0, math.nan]), 1, 1),
        "with 1 that are not finite",
    ),
    (lambda: windows(torch.zeros(2, 2, 2), 1, 1), r"\(T,\) or \(T, N\)"),
    (lambda: cuts(2), "none empty"),
    (lambda: cuts(10, 0.9, 0.2), "none empty"),
    (lambda: Scaling.fit(torch.ones(9)), "past that varies, got a constant"),
    (lambda: Scaling.fit(torch.ones(9), False), "past that varies"),
    (lambda: Scaling.fit(torch.ones(1)), "past that varies"),
    (lambda: seasonal_naive(torch.zeros(1, 5), 3, 6), "within the window of 5"),
    (lambda: seasonal_naive(torch.zeros(1, 5), 3, 0), "season to be a posit"),
    (lambda: persistence(torch.zeros(1, 5), 0), "horizon to be a positive"),
    (lambda: drift(torch.zeros(1, 5), -1), "horizon to be a positive"),
    (lambda: recursive(lambda x: x, torch.zeros(1, 5), 0), "horizon to be a"),
    (lambda: ridge(torch.eye(2), torch.eye(2), -1.0), "penalty of at least 0"),
    (lambda: band(torch.eye(2), 1.0), "a level between 0 and 1"),
    (lambda: margin(torch.zeros(9), 5), "two blocks of 5, got 9 losses"),
    (lambda: margin(torch.zeros(9), 0), "block to be a positive int, got 0"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_what_cannot_be_forecast_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_refusal_is_a_whole_sentence():
    refused(
        lambda: Scaling.fit(torch.ones(9)),
        ValueError,
        "expected a past that varies, got a constant one: its forecast is its "
        "last value",
    )


# Forecasters ------------------------------------------------------------------


def test_persistence_is_exact_on_a_constant_and_drift_on_a_line():
    line = windows(3 + 0.5 * torch.arange(40.0), K, Q)
    flat = windows(torch.full((40,), 7.0), K, Q)
    assert torch.equal(persistence(flat.past, Q), flat.future)
    torch.testing.assert_close(drift(line.past, Q), line.future)
    torch.testing.assert_close(drift(line.past, Q, 0.5), line.future)


@pytest.mark.parametrize("horizon", [1, 4, 9])
def test_the_seasonal_naive_is_exact_on_what_repeats(horizon):
    x = torch.tensor([3.0, 1.0, 4.0, 1.5]).repeat(12)
    past, future = windows(x, 5, horizon)
    assert torch.equal(seasonal_naive(past, horizon, 4), future)


def test_the_error_of_persistence_on_a_walk_grows_as_the_root_of_the_steps():
    past, future = windows(torch.as_tensor(data.random_walk(400, 200)), 1, 16)
    error = (persistence(past, 16) - future).square().mean(0)
    expected = torch.arange(1.0, 17.0, dtype=error.dtype)
    torch.testing.assert_close(error, expected, rtol=0.05, atol=0)


def test_whatever_moves_on_a_walk_pays_the_square_of_its_move():
    past, future = windows(torch.as_tensor(data.random_walk(300, 200)), K, 1)
    for said in (drift(past, 1), seasonal_naive(past, 1, 3)):
        still = persistence(past, 1)
        paid = (said - future).square().mean() - (
            still - future
        ).square().mean()
        moved = (said - still).square().mean()
        assert abs(paid / moved - 1) < 0.1


def test_ridge_is_where_the_gradient_vanishes():
    x, y = torch.randn(50, 4).double(), torch.randn(50, 2).double()
    W, b = (part.requires_grad_() for part in ridge(x, y, 3.0))
    loss = (y - x @ W - b).square().sum() + 3.0 * W.square().sum()
    for slope in torch.autograd.grad(loss, [W, b]):
        torch.testing.assert_close(slope, torch.zeros_like(slope))


def test_ridge_without_a_penalty_is_least_squares():
    x, y = torch.randn(50, 4).double(), torch.randn(50, 2).double()
    W, b = ridge(x, y, 0.0)
    ones = torch.cat([x, torch.ones(50, 1).double()], 1)
    solved = torch.linalg.lstsq(ones, y).solution
    torch.testing.assert_close(torch.cat([W, b[None]]), solved)


def test_a_larger_penalty_makes_smaller_weights():
    x, y = torch.randn(50, 4), torch.randn(50, 2)
    sizes = [ridge(x, y, p)[0].norm().item() for p in (0.0, 1.0, 100.0, 1e4)]
    assert sizes == sorted(sizes, reverse=True)


def autoregression(phi: float, T: int = 4000) -> torch.Tensor:
    x, e = torch.zeros(T).double(), torch.randn(T).double()
    for t in range(1, T):
        x[t] = phi * x[t - 1] + e[t]
    return x


def test_h_steps_of_an_autoregression_are_a_power_of_its_coefficient():
    past = torch.randn(5, 1).double()
    said = recursive(lambda x: 0.7 * x[:, -1:], past, 4)
    expected = past * 0.7 ** torch.arange(1, 5).double()
    torch.testing.assert_close(said, expected)


def test_direct_and_recursive_agree_on_what_is_linear():
    train = windows(autoregression(0.8), 2, 5)
    scaling = Scaling.fit(train.past, changes=False)
    one = Linear.fit(windows(autoregression(0.8), 2, 1), scaling)
    direct = Linear.fit(train, scaling)
    past = train.past[:200]
    said = recursive(one, past, 5)
    assert (said - direct(past)).square().mean() < 0.01 * past.var()


def test_one_step_of_both_is_the_same():
    train = windows(walk(), K, 1)
    model = Linear.fit(train, Scaling.fit(walk()))
    assert torch.equal(model(train.past), recursive(model, train.past, 1))


def test_a_linear_model_hears_the_formants_of_a_vowel():
    sound = torch.as_tensor(data.vowel("a", 6000, breath=0.05))
    train = windows(sound, 6, 1)
    model = Linear.fit(train, Scaling.fit(sound, changes=False), 0.0)
    poly = np.concatenate([[1.0], -model.W[:, 0].numpy()[::-1]])
    poles = np.roots(poly)
    heard = np.sort(np.angle(poles[poles.imag > 0])) * 8000 / (2 * np.pi)
    np.testing.assert_allclose(heard, data.FORMANTS["a"], rtol=0.05)


# Networks ---------------------------------------------------------------------


def made(kind: str, seeds: int = 3, units: int = 4) -> list[Network]:
    found = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        found.append(Network(KINDS[kind](1, units), Q, last=True))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_an_ensemble_says_what_each_of_its_networks_says(kind):
    networks, x = made(kind), torch.randn(5, 7, 1)
    said, _ = Ensemble(networks)(x)
    assert said.shape == (3, 7, Q)
    for s, network in enumerate(networks):
        torch.testing.assert_close(said[s], network(x)[0])


@pytest.mark.parametrize(
    ("kind", "options", "got"),
    [
        ("GRU", {"num_layers": 2}, "num_layers=1, got num_layers=2"),
        ("GRU", {"bias": False}, "bias=True, got bias=False"),
        ("LSTM", {"proj_size": 2}, "proj_size=0, got proj_size=2"),
        ("RNN", {"nonlinearity": "relu"}, "nonlinearity='tanh', got .*'relu'"),
    ],
)
def test_an_ensemble_is_of_plain_layers(kind, options, got):
    layer = KINDS[kind](1, 4, **options)
    alone = Network(layer, Q, last=True)
    with pytest.raises(ValueError, match=f"ensemble's layers with {got}"):
        Ensemble([*made(kind, seeds=1), alone])


def test_an_ensemble_is_of_networks_alike():
    networks = made("RNN", seeds=2)
    refused(
        lambda: Ensemble(networks + made("RNN", 1, 5)),
        ValueError,
        f"expected networks of the same sizes, got RNN_TANH 1-4-{Q} and "
        f"RNN_TANH 1-5-{Q}",
    )
    with pytest.raises(ValueError, match=r"same sizes, got RNN_TANH.* and GRU"):
        Ensemble(networks + made("GRU", 1))
    every = Network(KINDS["RNN"](1, 4), Q)
    with pytest.raises(ValueError, match="last=True, got last=False"):
        Ensemble([every])
    with pytest.raises(ValueError, match="at least one network, got none"):
        Ensemble([])
    stack = Network(Stack(KINDS["GRU"], 1, 4), Q, last=True)
    with pytest.raises(TypeError, match="be RNN, LSTM or GRU, got Stack"):
        Ensemble([stack])


@pytest.mark.parametrize("kind", KINDS)
def test_networks_trained_together_are_those_trained_alone(kind):
    x, y = torch.randn(4, 5, 8, 3), torch.randn(4, 3, 8, Q)  # 4 batches
    together = Ensemble(made(kind))
    groups = [list(together.model.parameters())]
    alone = made(kind)
    groups += [list(network.parameters()) for network in alone]
    whole, *single = (torch.optim.Adam(group, lr=0.05) for group in groups)
    for x_k, y_k in zip(x, y, strict=True):
        whole.zero_grad()
        said, _ = together(x_k)
        (said - y_k).square().mean((1, 2)).sum().backward()
        whole.step()
        for s, (network, optimizer) in enumerate(
            zip(alone, single, strict=True)
        ):
            optimizer.zero_grad()
            out, _ = network(x_k[..., s : s + 1])
            (out - y_k[s]).square().mean().backward()
            optimizer.step()
    for s, network in enumerate(alone):
        found = dict(together.network(s).named_parameters())
        for name, parameter in network.named_parameters():
            torch.testing.assert_close(
                found[name], parameter, rtol=1e-3, atol=1e-5
            )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_grows_outside_the_blocks(kind):
    ensemble = Ensemble(made(kind, seeds=2))
    ensemble(torch.randn(5, 6, 2))[0].square().sum().backward()
    for name, whole in ensemble.model.named_parameters():
        if whole.dim() == 2:
            outside = whole == 0
            assert outside.any(), name
            assert (whole.grad[outside] == 0).all()
            assert (whole.grad[~outside] != 0).any()


def test_each_network_is_kept_at_its_best_on_the_validation():
    x = walk(300)
    train, chosen = windows(x, K, Q, end=200), windows(x, K, Q, 200)
    scaling = Scaling.fit(x[:200])
    torch.manual_seed(0)
    model = learn(
        made("RNN"), train, chosen, scaling, steps=60, rate=0.05, every=20
    )
    torch.manual_seed(0)
    last = learn(
        made("RNN"), train, chosen, scaling, steps=60, rate=0.05, every=60
    )
    errors = [
        (each(chosen.past) - chosen.future).square().mean((1, 2))
        for each in (model, last)
    ]
    assert set(model.steps) <= {20, 40, 60}
    assert (errors[0] <= errors[1] * (1 + 1e-5)).all()


def test_a_network_learns_a_wave_better_than_persistence():
    x = torch.sin(torch.arange(400.0).double() / 4)
    train, chosen = windows(x, 12, Q, end=300), windows(x, 12, Q, 300)
    model = learn(
        made("GRU", units=8), train, chosen, Scaling.fit(x[:300]), steps=150
    )
    reference = persistence(chosen.past, Q)
    assert skill(model(chosen.past), reference, chosen.future).min() > 0.9


# Measures ---------------------------------------------------------------------


def test_skill_is_one_if_exact_and_zero_for_the_reference():
    past, future = windows(walk(), K, Q)
    still = persistence(past, Q)
    assert skill(future, still, future).item() == 1
    assert skill(still, still, future).item() == 0
    both = torch.stack([future, still])
    assert skill(both, still, future).tolist() == [1, 0]


def test_a_band_covers_as_much_as_it_says_of_what_is_alike():
    residuals, future = torch.randn(5000, 2), torch.randn(5000, 2)
    low, high = band(residuals, 0.8)
    found = coverage(low.expand(5000, 2), high.expand(5000, 2), future)
    assert ((found - 0.8).abs() < 0.03).all()


def test_the_margin_of_independent_losses_is_two_standard_errors():
    losses = torch.randn(4000)
    plain = 2 * losses.std().item() / math.sqrt(4000)
    assert margin(losses, 1) == pytest.approx(plain)
    assert margin(losses, 20) == pytest.approx(plain, rel=0.2)


def test_the_mean_forecast_is_no_worse_than_the_mean_skill():
    generator = torch.Generator().manual_seed(0)
    future = torch.randn(50, 3, generator=generator)
    said = future + torch.randn(5, 50, 3, generator=generator)
    still = torch.zeros(50, 3)
    assert (
        skill(said.mean(0), still, future) >= skill(said, still, future).mean()
    )


def test_losses_in_runs_have_a_wider_margin():
    losses = torch.randn(200).repeat_interleave(20)
    assert margin(losses, 20) > 3 * margin(losses, 1)
