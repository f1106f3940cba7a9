"""What is lent is lent to one, comes back, and holds no more than it may."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from test_engines import by_hand, draw, each_kind
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

from rnncourse.engines import plans, time
from rnncourse.engines.plans import Plan, lend

LIKE = torch.zeros(())  # float32: 4 bytes a number


class Room(Plan):
    """N numbers, and their views."""

    def make(self, N, like):
        self.all = like.new_empty(N)
        self.each = self.all.unbind()


@pytest.fixture(autouse=True)
def pool():
    """Empty before and after; nothing older comes back meanwhile."""
    gc.disable()
    plans.POOL.clear()
    yield plans.POOL
    plans.POOL.clear()
    gc.enable()


def memory(*lent):
    """Where the buffers of plans lie."""
    return {
        one.data_ptr()
        for plan in lent
        for one in vars(plan).values()
        if isinstance(one, torch.Tensor)
    }


def kept(out):
    """The plans of the graph of an output."""
    return [plan for plan in out.grad_fn.kept if isinstance(plan, Plan)]


def test_a_plan_comes_back_when_it_is_dropped_with_its_views(pool):
    first = lend(Room, 3, like=LIKE)
    where, views = memory(first), first.each
    assert pool.bytes == 0
    del first
    assert pool.bytes == 12 + 3 * plans.VIEW
    again = lend(Room, 3, like=LIKE)
    assert memory(again) == where
    assert again.each is views
    assert pool.bytes == 0


def test_two_at_once_are_two_though_one_waited():
    lend(Room, 3, like=LIKE)
    first, second = (lend(Room, 3, like=LIKE) for _ in range(2))
    assert not memory(first) & memory(second)


def test_another_size_or_type_is_another_plan(pool):
    del [lend(Room, 3, like=LIKE)][0]
    assert len(lend(Room, 4, like=LIKE).all) == 4
    assert lend(Room, 3, like=LIKE.double()).all.dtype == torch.float64
    assert len(pool.waiting) == 3


def test_what_waits_is_bounded_and_the_oldest_goes_first(pool, monkeypatch):
    monkeypatch.setattr(plans, "IDLE", 100)
    monkeypatch.setattr(plans, "VIEW", 0)
    for N in (10, 11, 3, 10):  # 40, 44, 12 bytes; the first is used again
        lend(Room, N, like=LIKE)
        assert pool.bytes <= 100
    lend(Room, 5, like=LIKE)  # 20 bytes more
    sizes = [key[1] for key in pool.waiting]
    assert sizes == [3, 10, 5]
    assert pool.bytes == 72
    lend(Room, 26, like=LIKE)  # more than may wait at all
    assert pool.bytes == 0
    assert not pool.waiting


def test_what_fits_to_the_last_byte_waits(pool, monkeypatch):
    monkeypatch.setattr(plans, "IDLE", 12)
    monkeypatch.setattr(plans, "VIEW", 0)
    lend(Room, 3, like=LIKE)
    assert pool.bytes == 12 + 3 * plans.VIEW


def test_a_pool_begins_empty_and_gives_back_what_it_takes():
    pool, parts = plans.Pool(), {"bytes": 3}
    assert pool.take(("key",)) is None
    pool.give(("key",), parts)
    assert pool.bytes == 3
    assert pool.take(("key",)) is parts
    assert pool.bytes == 0
    assert not pool.waiting


def test_the_bound_is_what_the_page_of_the_module_says():
    assert plans.IDLE == 64 * 2**20


def test_a_cleared_pool_holds_nothing(pool):
    lend(Room, 3, like=LIKE)
    pool.clear()
    assert pool.bytes == 0
    assert not pool.waiting


def test_a_plan_that_is_not_to_wait_does_not(pool):
    lend(Room, 3, like=LIKE, wait=False)
    lend(Room, 3, like=LIKE.to("meta"))
    assert not pool.waiting


def test_a_plan_that_is_not_to_wait_is_none_that_waited(pool):
    lend(Room, 3, like=LIKE)
    other = lend(Room, 3, like=LIKE, wait=False)
    assert other.key is None
    assert pool.bytes == 12 + 3 * plans.VIEW


def test_only_a_subclass_has_something_to_lend():
    with pytest.raises(NotImplementedError):
        lend(Plan, like=LIKE)


@each_kind
def test_a_plan_that_came_back_is_not_read_again(kind, monkeypatch):
    """Another thread may have it: here it is spoiled as it comes back."""
    monkeypatch.setattr(time, "rows", lambda *_: 12)  # chunks of 4, 4, 1 steps

    @torch.inference_mode()
    def spoiled(plan):
        for one in vars(plan).values():
            if isinstance(one, torch.Tensor):
                one.fill_(torch.nan)

    drawn = draw(kind, 9, 3, 4, 5)
    expected = gradients(kind, drawn)
    with monkeypatch.context() as patch:
        patch.setattr(Plan, "__del__", spoiled)
        found = gradients(kind, drawn)
    assert_close(found, expected, rtol=0, atol=0)


def gradients(kind, drawn):
    outputs = by_hand(kind, *drawn)
    return torch.autograd.grad(sum(one.sin().sum() for one in outputs), drawn)


def test_threads_never_hold_the_same_plan():
    held, lock, shared = set(), threading.Lock(), []

    def work(k):
        for _ in range(300):
            mine = lend(Room, 3, like=LIKE)
            (where,) = memory(mine)
            with lock:
                if where in held:
                    shared.append(k)
                held.add(where)
            mine.all.data_ptr()
            with lock:
                held.remove(where)
            del mine

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert shared == []
    assert held == set()


@each_kind
def test_two_live_graphs_of_one_shape_share_nothing(kind):
    one, other = (draw(kind, 4, 3, 2, 5, seed=seed) for seed in (1, 2))
    alone = []
    for inputs in (one, other):
        out, *_ = by_hand(kind, *inputs)
        alone.append((out, *torch.autograd.grad(out.sum(), inputs)))
    outs = [by_hand(kind, *inputs)[0] for inputs in (one, other)]
    assert not memory(*kept(outs[0])) & memory(*kept(outs[1]))
    both = [
        (out, *torch.autograd.grad(out.sum(), inputs))
        for out, inputs in zip(outs, (one, other), strict=True)
    ]
    assert_close(both, alone, rtol=0, atol=0)


@each_kind
@pytest.mark.parametrize("small", [0, time.SMALL])
def test_an_output_is_not_memory_that_is_lent_again(kind, small, monkeypatch):
    monkeypatch.setattr(time, "SMALL", small)
    inputs = draw(kind, 4, 3, 2, 5)
    results = []
    for scale in (1, 2, 3):
        x, *rest = inputs
        with torch.no_grad():
            alone = by_hand(kind, x * scale, *rest)
        taught = by_hand(kind, x * scale, *rest)
        grads = torch.autograd.grad(taught[0].sum(), inputs, retain_graph=True)
        results.append(
            [(one, one.clone()) for one in (*alone, *taught, *grads)]
        )
        del taught
    for found in results:
        for one, then in found:
            assert torch.equal(one, then)


@each_kind
def test_the_plan_is_back_once_the_graph_is_done_with(kind, pool):
    inputs = draw(kind, 4, 3, 2, 5)
    out, *_ = by_hand(kind, *inputs)
    lent = memory(*kept(out))
    assert not memory_of(pool) & lent
    torch.autograd.grad(out.sum(), inputs, retain_graph=True)
    waiting = memory_of(pool)
    assert waiting  # the way back's own
    assert not waiting & lent
    torch.autograd.grad(out.sum(), inputs)
    assert lent <= memory_of(pool)


def memory_of(pool):
    """Where the buffers lie that wait."""
    return {
        one.data_ptr()
        for waiting in pool.waiting.values()
        for parts in waiting
        for one in parts.values()
        if isinstance(one, torch.Tensor)
    }


@each_kind
def test_the_plan_is_back_when_the_graph_is_dropped_unused(kind, pool):
    out, *last = by_hand(kind, *draw(kind, 4, 3, 2, 5))
    lent = memory(*kept(out))
    del out, last
    assert lent <= memory_of(pool)


@each_kind
def test_the_second_run_of_a_shape_makes_no_plan(kind, monkeypatch):
    inputs = draw(kind, 9, 3, 2, 5)
    monkeypatch.setattr(time, "rows", lambda *_: 6)  # chunks of 2, 2, 2, 2, 1

    def once():
        out, *_ = by_hand(kind, *inputs)
        return out, *torch.autograd.grad(out.sum(), inputs)

    first = once()

    def refuse(*_):
        raise AssertionError

    for plan in (Plan, *subclasses(Plan)):
        monkeypatch.setattr(plan, "make", refuse)
    assert_close(once(), first, rtol=0, atol=0)


def subclasses(kind):
    return [
        deeper
        for one in kind.__subclasses__()
        for deeper in (one, *subclasses(one))
    ]


@each_kind
def test_going_back_in_several_threads_is_going_back_in_one(kind):
    inputs = [draw(kind, 6, 3, 2, 5, seed=seed) for seed in range(4)]

    def work(given):
        found = []
        for _ in range(10):
            out, *_ = by_hand(kind, *given)
            found.append((out, *torch.autograd.grad(out.sum(), given)))
        return found

    expected = [work(given)[0] for given in inputs]
    with ThreadPoolExecutor(4) as pool:
        for found, right in zip(pool.map(work, inputs), expected, strict=True):
            for one in found:
                assert_close(one, right, rtol=0, atol=0)


@each_kind
def test_one_graph_goes_back_in_two_threads_at_once(kind):
    inputs = draw(kind, 6, 3, 2, 5)
    out, *_ = by_hand(kind, *inputs)

    def work(_):
        return torch.autograd.grad(out.sum(), inputs, retain_graph=True)

    right = work(0)
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(work, range(8)):
            assert_close(found, right, rtol=0, atol=0)


@each_kind
def test_a_checkpointed_run_has_the_same_gradients(kind):
    inputs = draw(kind, 6, 3, 2, 5)

    def run(*given):
        return by_hand(kind, *given)[0]

    found = [
        torch.autograd.grad(out.sum(), inputs)
        for out in (run(*inputs), checkpoint(run, *inputs, use_reentrant=False))
    ]
    assert_close(*found, rtol=0, atol=0)
