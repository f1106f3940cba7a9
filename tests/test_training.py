"""The loop that learns, and what is put around it."""

import io
import itertools
import math
import sys

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from rnncourse import layers, training
from rnncourse.checkpoints import load_tree, save_tree
from rnncourse.data import adding
from rnncourse.devices import device
from rnncourse.training import (
    EarlyStopping,
    Mixed,
    Network,
    Place,
    Step,
    clip_gradients,
    detached,
    evaluate,
    fit,
    global_norm,
    progress,
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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_norm_of_few_digits_does_not_overflow(dtype):
    weight = nn.Parameter(torch.zeros(4, dtype=dtype))
    weight.grad = torch.full((4,), 300.0, dtype=dtype)
    assert clip_gradients([weight], 1.0) == pytest.approx(600, rel=1e-2)
    assert weight.grad.tolist() == pytest.approx([0.5] * 4, rel=1e-2)


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
    one, (two, _) = detached([h, (h, h)])
    assert not one.requires_grad
    assert not two.requires_grad


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


@pytest.mark.parametrize("outputs", [0, -1, True])
def test_outputs_are_a_positive_integer(outputs):
    with pytest.raises(ValueError, match="expected outputs to be a positive"):
        Network(nn.RNN(2, 3), outputs)


def test_time_comes_first():
    with pytest.raises(ValueError, match="time comes first, got batch_first"):
        Network(nn.RNN(2, 3, batch_first=True), 1)


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize(
    "options", [{"bidirectional": True}, {"proj_size": 2}, {"num_layers": 2}]
)
def test_the_readout_is_as_wide_as_what_it_reads(options):
    net = Network(nn.LSTM(D, H, **options), Q)
    assert net(torch.randn(T, N, D))[0].shape == (T, N, Q)


def test_the_last_step_is_not_read_from_both_directions():
    layer = nn.GRU(2, 3, bidirectional=True)
    with pytest.raises(ValueError, match="got bidirectional=True: read the"):
        Network(layer, 1, last=True)
    Network(layer, 1)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_readout_is_where_the_layer_is_and_of_its_type(device):
    layer = layers.LSTM(2, 3, dtype=torch.float64, device=device)
    output, _ = Network(layer, 4)(layer.weight_ih_l0.new_zeros(5, 1, 2))
    assert (output.dtype, output.device.type) == (torch.float64, device)


def test_batches_that_were_gone_through_are_none():
    network = Network(nn.RNN(2, 3), 1, last=True)
    loss, optimizer = (
        nn.functional.mse_loss,
        torch.optim.SGD(network.parameters(), lr=0.1),
    )
    batches = (adding(4, 2) for _ in range(2))
    assert len(list(fit(network, batches, loss, optimizer))) == 2
    with pytest.raises(ValueError, match="at least one batch, got none"):
        list(fit(network, batches, loss, optimizer))
    done = Place(number=2)
    assert not list(fit(network, batches, loss, optimizer, place=done))


def test_a_step_is_what_happened():
    assert Step(3, 0.5, 2.0, True) == Step(3, 0.5, 2.0, True)


@pytest.mark.parametrize("clip", [0.0, -1.0])
def test_fit_refuses_a_limit_that_is_not_positive(clip):
    net = network()
    with pytest.raises(ValueError, match="expected a positive limit, got"):
        next(fit(net, [batch()], mse, sgd(net), clip=clip))


# Going on from where it was


class Run:
    """A training with all that can hold a state: dropout, momentum, ..."""

    def __init__(self, truncation=None):
        torch.manual_seed(3)
        layer = nn.LSTM(2, 5, num_layers=2, dropout=0.5)
        self.network = Network(layer, 1)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=0.01)
        self.generator = torch.Generator().manual_seed(4)
        self.place, self.truncation = Place(), truncation
        held_out = [self.draw(torch.Generator().manual_seed(5))]
        self.stopping = EarlyStopping(
            self.network,
            lambda: evaluate(self.network, held_out, mse),
            every=2,
            patience=3,
        )

    def draw(self, generator):
        x, y = adding(9, 4, generator)
        return x, y.expand(9, 4, 1)

    def steps(self):
        batches = (self.draw(self.generator) for _ in itertools.count())
        found = fit(
            self.network,
            batches,
            mse,
            self.optimizer,
            clip=1.0,
            truncation=self.truncation,
            carry=True,
            place=self.place,
        )
        return self.stopping(found)

    def save(self, path):
        tree = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "stopping": self.stopping.state_dict(),
            "place": vars(self.place),
            "data": self.generator.get_state(),
            "dropout": torch.get_rng_state(),
        }
        save_tree(path, tree, {"kind": "LSTM"})

    def load(self, path):
        tree = load_tree(path, {"kind": "LSTM"})
        self.network.load_state_dict(tree["network"])
        self.optimizer.load_state_dict(tree["optimizer"])
        self.stopping.load_state_dict(tree["stopping"])
        self.place = Place(**tree["place"])
        self.generator.set_state(tree["data"])
        torch.set_rng_state(tree["dropout"])


@pytest.mark.parametrize("truncation", [None, 4])
@pytest.mark.parametrize("at", [1, 3, 4, 8])
def test_an_interrupted_training_resumes_to_the_very_same_numbers(
    truncation, at, tmp_path
):
    path = tmp_path / "run"
    whole = Run(truncation)
    expected = list(itertools.islice(whole.steps(), 12))
    begun = Run(truncation)
    first = list(itertools.islice(begun.steps(), at))
    begun.save(path)
    list(itertools.islice(begun.steps(), 2))  # lost
    resumed = Run(truncation)
    resumed.load(path)
    rest = list(itertools.islice(resumed.steps(), 12 - at))
    assert first + rest == expected
    for one, other in zip(
        resumed.network.parameters(), whole.network.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_a_place_follows_the_loop():
    net, (x, y), place = network(), batch(), Place()
    steps = fit(net, [(x, y)], mse, sgd(net, 0.0), truncation=5, place=place)
    for number, left in ((1, 7), (2, 2), (3, 0)):
        next(steps)
        assert place.number == number
        assert not place.state.requires_grad
        assert (0 if place.rest is None else len(place.rest[0])) == left
    _, whole = net(x)
    assert_close(place.state, whole)


# Early stopping


def stopped(measures, patience, steps=20):
    """The steps of a training whose validation losses are these."""
    net, found = network(), iter(measures)
    weights = []

    def validate():
        weights.append([p.detach().clone() for p in net.parameters()])
        return next(found)

    stopping = EarlyStopping(net, validate, every=2, patience=patience)
    batches = [batch() for _ in range(steps)]
    seen = list(stopping(fit(net, batches, mse, sgd(net))))
    return stopping, seen, weights, list(net.parameters())


def test_a_training_stops_when_patience_runs_out_with_the_best_weights():
    stopping, seen, weights, last = stopped([3.0, 1.0, 2.0, 1.0, 9.0], 3)
    assert [s.validation for s in seen if s.validation is not None] == [
        3.0, 1.0, 2.0, 1.0, 9.0,
    ]  # fmt: skip
    assert [s.validation is None for s in seen] == [True, False] * 5
    assert (stopping.best, stopping.number) == (1.0, 4)
    for best, later, now in zip(weights[1], weights[-1], last, strict=True):
        assert torch.equal(now, best)
        assert not torch.equal(now, later)


def test_a_lower_loss_gives_patience_anew():
    _, seen, _, _ = stopped([5, 6, 6, 4, 6, 6, 3, 6, 6, 6], 3)
    assert len(seen) == 20


def test_a_training_that_ends_by_itself_has_the_best_weights_too():
    stopping, seen, weights, last = stopped([2.0, 1.0, 3.0], 3, steps=7)
    assert (len(seen), stopping.number) == (7, 4)
    for best, now in zip(weights[1], last, strict=True):
        assert torch.equal(now, best)


def test_a_validation_that_is_no_number_is_not_the_best():
    stopping, seen, _, _ = stopped([1.0, math.nan, math.nan], 2)
    assert (len(seen), stopping.best) == (6, 1.0)


def test_without_a_measure_the_weights_stay_as_trained():
    net = network()
    stopping = EarlyStopping(net, lambda: 0.0, every=50, patience=1)
    before = [p.detach().clone() for p in net.parameters()]
    list(stopping(fit(net, [batch()], mse, sgd(net))))
    pairs = zip(before, net.parameters(), strict=True)
    assert not any(torch.equal(old, new) for old, new in pairs)


@pytest.mark.parametrize("name", ["every", "patience"])
def test_every_and_patience_are_positive(name):
    sizes = {"every": 1, "patience": 1} | {name: 0}
    with pytest.raises(ValueError, match=f"expected {name} to be a positive"):
        EarlyStopping(network(), lambda: 0.0, **sizes)


def test_every_target_counts_once_whatever_the_batches():
    net, (x, y) = network(), batch()
    whole = evaluate(net, [(x, y)], mse)
    parts = [(x[:, :1], y[:, :1]), (x[:, 1:], y[:, 1:])]
    assert math.isclose(evaluate(net, parts, mse), whole, rel_tol=1e-12)
    assert math.isclose(whole, mse(net(x)[0], y).item(), rel_tol=1e-12)


@pytest.mark.parametrize("mode", [True, False])
def test_dropout_is_off_while_evaluating_and_as_it_was_after(mode):
    net = Network(nn.RNN(D, H, num_layers=2, dropout=0.9), Q).train(mode)
    x, y = torch.randn(T, N, D), torch.randn(T, N, Q)
    assert evaluate(net, [(x, y)], mse) == evaluate(net, [(x, y)], mse)
    assert net.training is mode


def test_evaluating_leaves_every_part_in_its_mode_though_it_fails():
    net = network()
    net.readout.eval()

    def fails(output, y):
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        evaluate(net, [batch()], fails)
    assert net.training
    assert not net.readout.training


def test_nothing_to_evaluate_is_refused():
    with pytest.raises(ValueError, match="expected at least one target"):
        evaluate(network(), [], mse)


# A bar for who watches


class Terminal(io.StringIO):
    def isatty(self):
        return True


def a_few(first=1):
    return [Step(n, 1 / n, 1.0, False) for n in range(first, 6)]


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_bar_changes_no_step(kind, monkeypatch):
    monkeypatch.setattr(sys, "stderr", kind())
    assert list(progress(iter(a_few()), 5)) == a_few()
    assert list(progress([], 0)) == []


def test_only_a_terminal_sees_a_bar(monkeypatch, capsys):
    seen = {}
    for kind in (io.StringIO, Terminal):
        monkeypatch.setattr(sys, "stderr", kind())
        list(progress(a_few(), 5))
        seen[kind] = sys.stderr.getvalue()
    assert seen[io.StringIO] == ""
    assert "0/5" in seen[Terminal]
    assert capsys.readouterr().out == ""


def test_the_bar_of_a_resumed_training_begins_where_it_was(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    steps = progress(a_few(first=4), 5)
    next(steps)
    steps.close()
    assert "3/5" in sys.stderr.getvalue()


def test_without_tqdm_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(training.importlib.util, "find_spec", lambda name: None)
    assert list(progress(a_few(), 5)) == a_few()
    assert sys.stderr.getvalue() == ""


# Mixed precision

KINDS = [
    getattr(module, name)
    for module in (nn, layers)
    for name in ("RNN", "GRU", "LSTM")
]


@pytest.mark.parametrize("kind", KINDS)
def test_in_mixed_precision_weights_gradients_and_loss_are_float32(kind):
    inner = Network(kind(D, H), Q)
    net = Mixed(inner)
    x, y = torch.randn(T, N, D), torch.randn(T, N, Q)
    output, state = net(x)
    output, _ = net(x, detached(state))
    assert output.dtype == torch.float32
    mse(output, y).backward()
    for parameter in inner.parameters():
        assert parameter.dtype == parameter.grad.dtype == torch.float32
    exact = inner(x)[0]
    rough = net(x)[0]
    assert not torch.equal(rough, exact)  # 8 bits of mantissa
    assert_close(rough, exact, atol=0.05, rtol=0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_in_mixed_precision_goes_as_in_float32(kind):
    losses = {}
    for wrap in (nn.Module.float, Mixed):
        torch.manual_seed(0)
        net = Network(kind(2, 16), 1, last=True)
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        generator = torch.Generator().manual_seed(0)
        batches = (adding(6, 32, generator) for _ in range(100))
        found = list(fit(wrap(net), batches, mse, optimizer, clip=1.0))
        losses[wrap] = sum(step.loss for step in found[-10:]) / 10
    assert losses[Mixed] < 0.2 * 2 / 3  # always 1: 1/6
    assert math.isclose(*losses.values(), abs_tol=0.02)


@pytest.mark.skipif(
    device().type == "cpu", reason="needs an accelerator: none found here"
)
@pytest.mark.parametrize("kind", KINDS)
def test_an_accelerator_trains_in_mixed_precision(kind):
    place = device()
    net = Network(kind(2, 16), 1, last=True).to(place)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(0)
    drawn = (adding(6, 32, generator) for _ in range(150))
    batches = ((x.to(place), y.to(place)) for x, y in drawn)
    losses = [s.loss for s in fit(Mixed(net), batches, mse, optimizer)]
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
