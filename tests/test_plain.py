"""What only stands for numbers is torch's, and leaves nothing behind."""

import os
import threading

import pytest
import torch
from test_layers_properties import flat
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing import assert_close
from torch.utils import _pytree as pytree
from torch.utils.checkpoint import checkpoint

import rnncourse
from rnncourse.engines import compiled, native, plain, plans

T, N, D, H = 10, 3, 3, 4
THEIRS = {
    "tanh": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
}
each_kind = pytest.mark.parametrize("kind", list(THEIRS))
each_engine = pytest.mark.parametrize("engine", ["bptt", "native"])


class Other(torch.Tensor):
    """A tensor of another class, with numbers of its own."""


class Wrapper(torch.Tensor):
    """One that only stands for another; it has no memory."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, dtype=inner.dtype
        )

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        args, kwargs = pytree.tree_map(numbers, (args, kwargs or {}))
        return pytree.tree_map(
            lambda one: Wrapper(one) if isinstance(one, torch.Tensor) else one,
            function(*args, **kwargs),
        )


def numbers(one):
    """What a tensor stands for."""
    return one.inner if isinstance(one, Wrapper) else one


@pytest.fixture(autouse=True)
def unasked(monkeypatch):
    """Whoever runs the tests asks for no engine; no plan is left."""
    monkeypatch.delenv("RNNCOURSE_ENGINE", raising=False)
    plans.POOL.clear()
    yield
    plans.POOL.clear()


def pair(kind, engine=None):
    """A layer of torch's and one of ours, with the same weights."""
    maker, options = THEIRS[kind]
    theirs = maker(D, H, **options)
    ours = getattr(rnncourse, maker.__name__)(D, H, engine=engine, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def exported(layer, x):
    return torch.export.export(layer, (x,)).module()(x)


def traced(layer, x):
    with torch.no_grad():
        return torch.jit.trace(layer, (x,), check_trace=False)(x + 0)


def followed(layer, x):
    with torch.no_grad():
        return make_fx(lambda x: layer(x))(torch.randn(T, N, D))(x)


def of_another_class(layer, x):
    found = layer(x.as_subclass(Other))
    return pytree.tree_map(lambda one: one.as_subclass(torch.Tensor), found)


@pytest.mark.filterwarnings("ignore")  # torch's own, of what it deprecates
@pytest.mark.parametrize("look", [exported, traced, followed, of_another_class])
@each_kind
def test_who_looks_at_a_layer_sees_what_torch_does(kind, look):
    theirs, ours = pair(kind)
    for one in (theirs, ours):
        one.requires_grad_(False)
    x = torch.randn(T, N, D)
    before = ours(x)
    found = look(ours, x)
    assert_close(flat(found), flat(theirs(x)))
    after = ours(x)
    assert type(after[0]) is torch.Tensor
    assert_close(flat(after), flat(before))


@each_kind
def test_shapes_are_found_without_running_and_nothing_of_it_stays(kind):
    _, ours = pair(kind)
    x = torch.randn(T, N, D)
    with FakeTensorMode(allow_non_fake_inputs=True):
        assert ours(x)[0].shape == (T, N, H)
    for engine in ("bptt", "native"):
        ours.engine = engine
        assert type(ours(x)[0]) is torch.Tensor


@each_kind
@each_engine
def test_a_plan_of_what_stands_for_numbers_does_not_wait(kind, engine):
    _, ours = pair(kind, "bptt")
    ours(torch.randn(T, N, D).as_subclass(Other))
    assert not plans.POOL.waiting


@each_kind
@pytest.mark.parametrize("engine", [None, "bptt"])
def test_a_batch_of_torchs_leaves_nothing_behind(kind, engine):
    """torch's own layers cannot be mapped over a batch either."""
    _, ours = pair(kind, engine)
    x = torch.randn(T, N, D)
    before = ours(x)
    with pytest.raises(RuntimeError):
        torch.func.vmap(ours)(torch.stack([x, x]))
    assert_close(ours(x), before)


@pytest.mark.filterwarnings("ignore")  # torch's own
@pytest.mark.parametrize("kind", ["tanh", "relu", "gru"])
@pytest.mark.parametrize("learning", [False, True])
def test_derivatives_go_forward_as_in_torch(kind, learning):
    found = []
    x, dx = torch.randn(2, T, N, D)
    for one in pair(kind):
        one.requires_grad_(learning)
        with forward_ad.dual_level():
            out, _ = one(forward_ad.make_dual(x, dx))
            found.append(forward_ad.unpack_dual(out).tangent)
    assert_close(*found)


@pytest.mark.filterwarnings("ignore")  # torch's own
@each_kind
@each_engine
def test_an_engine_that_cannot_go_forward_says_so(kind, engine):
    _, ours = pair(kind, engine)
    ours.requires_grad_(False)
    x = torch.randn(T, N, D)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones_like(x))
        with pytest.raises((RuntimeError, ValueError, NotImplementedError)):
            ours(dual)


@pytest.mark.parametrize("kind", ["tanh", "relu", "gru"])
def test_transforms_follow_a_layer_that_is_asked_for_no_engine(kind):
    def gradient(layer, x):
        def loss(weights):
            out, _ = torch.func.functional_call(layer, weights, (x,))
            return out.square().sum()

        weights = {k: w.detach() for k, w in layer.named_parameters()}
        return torch.func.grad(loss)(weights)

    x = torch.randn(T, N, D)
    theirs, ours = pair(kind)
    assert_close(gradient(ours, x), gradient(theirs, x))


@each_kind
@each_engine
def test_the_negative_of_another_is_no_memory_to_read(kind, engine):
    theirs, ours = pair(kind, engine)
    x = torch._neg_view(torch.randn(T, N, D))
    state = torch._neg_view(torch.randn(1, N, H))
    first = (state, state) if kind == "lstm" else state
    dout = torch._neg_view(torch.randn(T, N, H))
    found = []
    for one in (theirs, ours):
        out, last = one(x, first)
        grads = torch.autograd.grad(out, list(one.parameters()), dout)
        found.append([out, *flat(last), *grads])
    assert_close(*found)


@each_kind
def test_weights_or_a_state_without_memory_are_torchs(kind):
    theirs, ours = pair(kind)
    x = torch.randn(T, N, D)
    zeros = [Wrapper(torch.zeros(1, N, H)) for _ in range(2)]
    first = tuple(zeros) if kind == "lstm" else zeros[0]
    assert_close(numbers(ours(x, first)[0]), theirs(x)[0])
    ours.engine = "native"
    with pytest.raises(ValueError, match="it cannot: the weights or the state"):
        ours(x, first)
    ours.engine = None
    inner = ours.weight_hh_l0.detach()
    ours.weight_hh_l0 = nn.Parameter(Wrapper(inner), requires_grad=False)
    assert_close(numbers(ours(x)[0]), theirs(x)[0])


@each_kind
@each_engine
def test_many_gradients_at_once(kind, engine):
    _, ours = pair(kind, engine)
    x = torch.randn(T, N, D, requires_grad=True)
    out, last = ours(x)
    for one in (out, flat(last)[0]):
        all_agree(x, one, torch.randn(2, *one.shape))


def all_agree(x, out, douts):
    """Gradients of x, all at once and one by one."""
    (together,) = torch.autograd.grad(
        out, x, douts, is_grads_batched=True, retain_graph=True
    )
    apart = [
        torch.autograd.grad(out, x, one, retain_graph=True) for one in douts
    ]
    assert_close(together, torch.cat([one.unsqueeze(0) for (one,) in apart]))


@each_kind
@each_engine
def test_whoever_keeps_what_autograd_saves_keeps_all_of_it(kind, engine):
    """Nothing else is held, so that checkpoints do spare memory."""
    _, ours = pair(kind, engine)
    x = torch.randn(T, N, D, requires_grad=True)
    usual = ours(x)[0]
    assert usual.grad_fn.kept is not None
    with torch.autograd.graph.save_on_cpu():
        out = ours(x)[0]
    assert out.grad_fn.kept is None
    wanted = [x, *ours.parameters()]
    right = torch.autograd.grad(usual.square().sum(), wanted)
    found = torch.autograd.grad(out.square().sum(), wanted)
    assert_close(found, right)
    again = checkpoint(lambda x: ours(x)[0], x, use_reentrant=False)
    found = torch.autograd.grad(again.square().sum(), wanted)
    assert_close(found, right)


@each_engine
def test_a_relu_lets_nan_through_both_ways(engine):
    found = []
    for one in pair("relu", engine):
        x = torch.full((4, 2, D), float("nan"))
        x[:, 1] = 1.0
        out, _ = one(x)
        grads = torch.autograd.grad(
            out, list(one.parameters()), torch.ones_like(out)
        )
        found.append([out, *grads])
    assert_close(*found, equal_nan=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_waits_for_no_thread_of_its_parent():
    held, over = threading.Event(), threading.Event()

    def hold():
        with plans.POOL.lock:
            held.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:  # coverage does not see it
        taken = plans.POOL.lock.acquire(timeout=5)
        os._exit(0 if taken else 1)
    over.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_after_a_fork_plans_are_lent_as_before():
    plans.forked()
    assert plans.POOL.take(("key",)) is None
    assert plans.POOL.bytes == 0


def test_views_weigh_too():
    class Views(plans.Plan):
        def make(self, count, like):
            self.all = like.new_empty(count)
            self.each = self.all.unbind(), (self.all.unbind(),)
            self.name = "none"

    plan = plans.lend(Views, 3, like=torch.zeros(()))
    assert plan.bytes == 3 * 4 + 2 * 3 * plans.VIEW


def test_without_a_home_or_a_readable_compiler_there_is_no_library(monkeypatch):
    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(compiled.store, "folder", homeless)
    with pytest.raises(compiled.CompilerError, match="no home"):
        compiled.load(torch.float32)
    monkeypatch.setenv("CC", 'gcc "')
    with pytest.raises(compiled.CompilerError, match="CC cannot be read"):
        compiled.compiler()


def test_nobody_looks_here():
    assert not plain.watched()
    assert plain.plain(torch.zeros(1), nn.Parameter(torch.zeros(1)))
    assert not plain.plain(torch.zeros(1).to_sparse())
    assert native.hindrance(torch._efficientzerotensor(3), False)
