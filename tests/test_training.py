"""The loop that learns, and the clipping of its gradient."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from rnncourse.data import adding
from rnncourse.training import (
    Network,
    Step,
    clip_gradients,
    detached,
    fit,
    global_norm,
)

T, N, D, H, Q = 12, 4, 2, 5, 3
mse = nn.functional.mse_loss


def network(kind=nn.RNN, last=False) -> Network:
    return Network(kind(D, H, dtype=torch.float64), Q, last).double()


def batch(steps=T):
    x = torch.randn(steps, N, D, dtype=torch.float64)
    return x, torch.randn(steps, N, Q, dtype=torch.float64)


def sgd(net, rate=0.1):
    return torch.optim.SGD(net.parameters(), lr=rate)


def test_one_step_is_descent_along_the_gradient():
    net, (x, y) = network(), batch()
    before = [p.detach().clone() for p in net.parameters()]
    expected = torch.autograd.grad(mse(net(x)[0], y), list(net.parameters()))
    (step,) = fit(net, [(x, y)], mse, sgd(net))
    norm = torch.cat([g.flatten() for g in expected]).norm()
    assert math.isclose(step.norm, norm.item(), rel_tol=1e-12)
    assert (step.number, step.clipped) == (1, False)
    for new, old, slope in zip(net.parameters(), before, expected, strict=True):
        assert_close(new.detach(), old - 0.1 * slope)


def test_nothing_happens_until_a_step_is_asked_for():
    net = network()
    before = [p.detach().clone() for p in net.parameters()]
    steps = fit(net, [batch(), batch()], mse, sgd(net))
    for new, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(new, old)
    assert next(steps).number == 1
    assert next(steps).number == 2
    assert next(steps, None) is None


def test_the_loss_is_that_before_the_step():
    net, (x, y) = network(), batch()
    expected = mse(net(x)[0], y).item()
    (step,) = fit(net, [(x, y)], mse, sgd(net))
    assert step.loss == expected


def test_clipping_keeps_the_direction_and_is_that_of_torch():
    ours, theirs = network(), network()
    theirs.load_state_dict(ours.state_dict())
    x, y = batch()
    for net in (ours, theirs):
        mse(net(x)[0], y).backward()
    whole = torch.cat([p.grad.flatten() for p in ours.parameters()])
    norm = clip_gradients(ours.parameters(), 1e-3)
    nn.utils.clip_grad_norm_(theirs.parameters(), 1e-3)
    clipped = torch.cat([p.grad.flatten() for p in ours.parameters()])
    assert_close(clipped / clipped.norm(), whole / whole.norm())
    assert_close(clipped.norm().item(), 1e-3)
    assert math.isclose(norm, whole.norm().item(), rel_tol=1e-12)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_close(mine.grad, its.grad, rtol=1e-2, atol=1e-9)


def test_a_small_gradient_is_not_clipped():
    net, (x, y) = network(), batch()
    mse(net(x)[0], y).backward()
    before = [p.grad.clone() for p in net.parameters()]
    clip_gradients(net.parameters(), 1e3)
    for new, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(new.grad, old)


def test_absent_gradients_count_as_zero():
    net = network()
    assert global_norm(net.parameters()) == 0.0
    assert clip_gradients(net.parameters(), 1.0) == 0.0
    net.readout.bias.grad = torch.full((Q,), 2.0, dtype=torch.float64)
    clip_gradients(net.parameters(), 1.0)
    assert_close(net.readout.bias.grad.norm().item(), 1.0)


def test_fit_clips_each_step():
    net, (x, y) = network(), batch()
    before = [p.detach().clone() for p in net.parameters()]
    (step,) = fit(net, [(x, y)], mse, sgd(net, 1.0), clip=1e-3)
    moved = [
        (new - old).flatten()
        for new, old in zip(net.parameters(), before, strict=True)
    ]
    assert step.clipped
    assert step.norm > 1e-3
    assert_close(torch.cat(moved).norm().item(), 1e-3)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_truncation_carries_the_state_and_cuts_the_gradient(kind):
    net, (x, y) = network(kind), batch()
    expected, state = [], None
    for x_k, y_k in zip(x.split(5), y.split(5), strict=True):
        output, state = net(x_k, state)
        value = mse(output, y_k)
        state = detached(state)
        found = torch.autograd.grad(value, list(net.parameters()))
        expected.append((value.item(), torch.cat([g.flatten() for g in found])))
    steps = list(fit(net, [(x, y)], mse, sgd(net, 0.0), truncation=5))
    assert len(steps) == 3  # 5 + 5 + 2 steps
    for step, (value, slope) in zip(steps, expected, strict=True):
        assert math.isclose(step.loss, value)
        assert math.isclose(step.norm, slope.norm().item(), rel_tol=1e-9)


@pytest.mark.parametrize("length", [T, T + 7])
def test_truncated_at_T_or_more_is_whole(length):
    one, other = network(), network()
    other.load_state_dict(one.state_dict())
    x, y = batch()
    (whole,) = fit(one, [(x, y)], mse, sgd(one))
    (cut,) = fit(other, [(x, y)], mse, sgd(other), truncation=length)
    assert whole == cut


def test_the_state_begins_anew_with_each_batch_unless_carried():
    x, y = batch()
    halves = [(x[:6], y[:6]), (x[6:], y[6:])]
    net = network()
    anew, carried, pieces = (
        [step.loss for step in fit(net, batches, mse, sgd(net, 0.0), **options)]
        for batches, options in (
            (halves, {}),
            (halves, {"carry": True}),
            ([(x, y)], {"truncation": 6}),
        )
    )
    assert carried == pieces
    assert anew[0] == carried[0]
    assert anew[1] != carried[1]


def test_with_last_the_output_is_that_of_the_last_step():
    every, last = network(), network(last=True)
    last.load_state_dict(every.state_dict())
    x, _ = batch()
    assert torch.equal(every(x)[0][-1], last(x)[0])
    assert torch.equal(every(x)[1], last(x)[1])


def test_no_way_leads_back_from_a_detached_state():
    h = torch.ones(2, requires_grad=True) * 2
    assert not detached(h).requires_grad
    assert [part.requires_grad for part in detached((h, h))] == [False] * 2
    assert detached(None) is None


def test_a_short_training_lowers_the_loss():
    net = Network(nn.LSTM(2, 16), 1, last=True)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(0)
    batches = (adding(6, 32, generator) for _ in range(150))
    losses = [s.loss for s in fit(net, batches, mse, optimizer, clip=1.0)]
    assert sum(losses[-10:]) < 0.3 * sum(losses[:10])


def test_a_loss_that_is_no_number_stops_the_loop():
    net, (x, y) = network(), batch()
    with pytest.raises(FloatingPointError, match="at step 1: a lower learning"):
        next(fit(net, [(x, y * math.nan)], mse, sgd(net)))


def test_a_gradient_that_is_no_number_stops_before_the_step():
    net, (x, y) = network(), batch()
    before = [p.detach().clone() for p in net.parameters()]

    def steep(output, target):
        return (output * 0).sqrt().sum() + mse(output, target) * 0

    with pytest.raises(FloatingPointError, match="expected a finite loss and"):
        next(fit(net, [(x, y)], steep, sgd(net)))
    for new, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(new, old)


@pytest.mark.parametrize("bad", [0, -3, True])
def test_a_truncation_is_a_positive_integer(bad):
    net = network()
    with pytest.raises(ValueError, match="expected truncation to be a posi"):
        next(fit(net, [batch()], mse, sgd(net), truncation=bad))


def test_what_has_one_target_cannot_be_cut():
    net, (x, y) = network(last=True), batch()
    with pytest.raises(ValueError, match="expected a target for each of the"):
        next(fit(net, [(x, y[0])], mse, sgd(net), truncation=4))


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_a_limit_is_positive(limit):
    with pytest.raises(ValueError, match="expected a positive limit, got"):
        clip_gradients(network().parameters(), limit)


@pytest.mark.parametrize("outputs", [0, -1])
def test_outputs_are_a_positive_integer(outputs):
    with pytest.raises(ValueError, match="expected outputs to be a positive"):
        Network(nn.RNN(2, 3), outputs)


def test_a_step_is_what_happened():
    assert Step(3, 0.5, 2.0, True) == Step(3, 0.5, 2.0, True)
