"""The derivation by hand: right to second order, whatever the chunks."""

import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from parity import flat, gradients
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

import rnncourse
from rnncourse import unroll
from rnncourse.engines import (
    LOOPS,
    bptt,
    choose,
    explain,
    has_cudnn,
    native,
    rule,
    time,
)
from rnncourse.engines.bptt import CELLS, NAMES
from rnncourse.engines.table import Task
from rnncourse.engines.time import Sums, chunks
from rnncourse.layers import BY_TORCH

BLOCKS = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}
MISSING = native.hindrance(torch.zeros(1, dtype=torch.float64), False)


class Compiled(str):
    """A kind of layer whose loops are those of the engine native."""

    loops = native.LOOPS


needs_compiler = pytest.mark.skipif(  # fails where one gives wrong numbers
    MISSING is not None and bool(re.search("no C comp|on Windows", MISSING)),
    reason=str(MISSING),
)
each_kind = pytest.mark.parametrize(
    "kind",
    [
        *BLOCKS,
        *(
            pytest.param(
                Compiled(kind), id=f"{kind} native", marks=needs_compiler
            )
            for kind in BLOCKS
        ),
    ],
)


def draw(kind, T, N, D, H, bias=True, seed=0):
    """x, W_x, W_h, b_x, b_h, then the first state, all asking gradients."""
    K, states = BLOCKS[kind] * H, 2 if kind == "lstm" else 1
    shapes = [(T, N, D), (K, D), (K, H), *[(K,)] * 2, *[(N, H)] * states]
    made = torch.Generator().manual_seed(seed)
    drawn = [
        torch.randn(shape, generator=made, dtype=torch.float64).mul_(0.7)
        for shape in shapes
    ]
    for one in drawn:
        one.requires_grad_()
    return drawn if bias else [*drawn[:3], None, None, *drawn[5:]]


def by_hand(kind, x, W_x, W_h, b_x, b_h, *state):
    loops = getattr(kind, "loops", bptt.LOOPS)
    out, last = bptt.run(kind, x, state, W_x, W_h, b_x, b_h, loops=loops)
    return out, *last


def by_autograd(kind, x, W_x, W_h, b_x, b_h, *state):
    """The cell, unrolled."""
    cell = CELLS[kind](x.shape[2], state[0].shape[1], b_x is not None)
    weights = dict(zip(NAMES, (W_x, W_h, b_x, b_h), strict=True))
    first = state if kind == "lstm" else state[0]
    out, last = unroll(
        lambda x, h: torch.func.functional_call(cell, weights, (x, h)),
        x,
        first,
    )
    return out, *flat(last)


@each_kind
@given(
    T=st.integers(1, 9),
    N=st.integers(1, 5),
    D=st.integers(1, 6),
    H=st.integers(1, 7),
    rows=st.integers(1, 40),
    bias=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_by_hand_is_autograd_whatever_the_sizes_and_chunks(
    kind, T, N, D, H, rows, bias, seed
):
    inputs = draw(kind, T, N, D, H, bias, seed)
    asked = [one for one in inputs if one is not None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "rows", lambda *_: rows)
        patch.setattr(native, "ROWS", rows)
        patch.setattr(time, "WORTH", rows % 8)
        patch.setattr(time, "SMALL", 2**12 * (rows % 3))
        found = []
        for run in (by_hand, by_autograd):
            outputs = run(kind, *inputs)
            found.append([*outputs, *gradients(outputs, asked)])
    assert_close(*found, rtol=1e-9, atol=1e-10)


@each_kind
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("T", [1, 4])
@pytest.mark.parametrize("fast", [True, False])
def test_by_hand_is_central_differences(kind, bias, T, fast, monkeypatch):
    monkeypatch.setattr(time, "rows", lambda *_: 4)
    monkeypatch.setattr(native, "ROWS", 4)
    inputs = draw(kind, T, 2, 3, 4, bias)
    assert gradcheck(lambda *one: by_hand(kind, *one), inputs, fast_mode=fast)


@each_kind
@pytest.mark.parametrize("bias", [True, False])
def test_second_derivatives_are_right(kind, bias):
    inputs = draw(kind, 3, 2, 3, 2, bias)
    assert gradgradcheck(lambda *one: by_hand(kind, *one), inputs)


@each_kind
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("frozen", [None, 0, 1, 2])
def test_second_derivatives_are_those_of_autograd(kind, bias, frozen):
    inputs = draw(kind, 5, 3, 2, 4, bias)
    if frozen is not None:
        inputs[frozen].requires_grad_(False)
    asked = [one for one in inputs if one is not None and one.requires_grad]
    found = []
    for run in (by_hand, by_autograd):
        total = sum((one**2).sum() for one in run(kind, *inputs))
        firsts = torch.autograd.grad(total, asked, create_graph=True)
        found.append([*firsts, *gradients(firsts, asked)])
    assert_close(*found)


@each_kind
def test_second_derivatives_draw_no_numbers(kind):
    inputs, before = draw(kind, 2, 3, 2, 4), torch.get_rng_state()
    total = sum((one**2).sum() for one in by_hand(kind, *inputs))
    torch.autograd.grad(total, inputs, create_graph=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_tensor_that_is_both_h_and_c_gets_both_gradients():
    x, W_x, W_h, b_x, b_h, h, _ = draw("lstm", 3, 2, 3, 4)
    inputs, leaves = (x, W_x, W_h, b_x, b_h, h, h), (x, W_h, h)
    found = []
    for run in (by_hand, by_autograd):
        total = sum((one**2).sum() for one in run("lstm", *inputs))
        firsts = torch.autograd.grad(total, leaves, create_graph=True)
        found.append([*firsts, *gradients(firsts, leaves)])
    assert_close(*found)


@each_kind
def test_only_what_is_asked_for_gets_a_gradient(kind):
    inputs = draw(kind, 4, 3, 2, 5)
    every = gradients(by_hand(kind, *inputs), inputs)
    for k, one in enumerate(inputs):
        alone = [other.detach() for other in inputs]
        alone[k] = one
        (found,) = gradients(by_hand(kind, *alone), [one])
        assert_close(found, every[k])
        gradients(by_hand(kind, *alone), [one])


@each_kind
@pytest.mark.parametrize("which", [0, 1, -1])
def test_one_output_alone_gives_its_own_gradients(kind, which):
    inputs = draw(kind, 4, 3, 2, 5)
    found = [
        gradients([run(kind, *inputs)[which]], inputs)
        for run in (by_hand, by_autograd)
    ]
    assert_close(*found)


@each_kind
@pytest.mark.parametrize("bias", [True, False])
def test_without_gradients_the_outputs_are_those_of_autograd(kind, bias):
    inputs = draw(kind, 4, 3, 2, 5, bias)
    with torch.no_grad():
        found = [list(run(kind, *inputs)) for run in (by_hand, by_autograd)]
    assert_close(*found)


@each_kind
def test_going_back_twice_gives_the_same(kind):
    inputs = draw(kind, 4, 3, 2, 5)
    total = sum(one.sum() for one in by_hand(kind, *inputs))
    once = torch.autograd.grad(total, inputs, retain_graph=True)
    again = torch.autograd.grad(total, inputs)
    assert_close(again, once, rtol=0, atol=0)
    with pytest.raises(RuntimeError, match="backward through the graph a sec"):
        torch.autograd.grad(total, inputs)


@each_kind
def test_changing_the_output_in_place_is_refused(kind):
    inputs = draw(kind, 4, 3, 2, 5)
    out, *last = by_hand(kind, *inputs)
    for one in last:  # copies, free to change
        one.mul_(2)
    gradients([out, *last], inputs, retain_graph=True)
    out.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        gradients([out], inputs)


@each_kind
def test_changing_a_weight_before_going_back_is_refused(kind):
    inputs = draw(kind, 4, 3, 2, 5)
    total = sum(one.sum() for one in by_hand(kind, *inputs))
    with torch.no_grad():
        inputs[2].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(total, inputs)


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("bias", [True, False])
def test_in_an_autocast_region_all_is_of_its_type(kind, bias):
    double = draw(kind, 4, 3, 2, 5, bias)
    single = [one if one is None else one.float() for one in double]
    exact = by_hand(kind, *single)
    with torch.autocast("cpu", torch.bfloat16):
        near, still = by_hand(kind, *single), by_hand(kind, *double)
    assert {one.dtype for one in near} == {torch.bfloat16}
    assert {one.dtype for one in still} == {torch.float64}
    for rough, fine in zip(near, exact, strict=True):
        assert_close(rough.float(), fine, rtol=0, atol=0.05)


def test_an_engine_s_own_loops_run_wherever_it_is_asked_for(monkeypatch):
    """In an autocast region, and in each block of a packed sequence."""
    seen = []
    loops = bptt.LOOPS._replace(
        alone=lambda *given: seen.append("alone") or bptt.forward(*given),
        forward=lambda *given: seen.append("forward") or bptt.forward(*given),
    )
    x, *weights, state = draw("gru", 4, 3, 2, 5)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        x, first, *weights = (one.float() for one in (x, state, *weights))
        bptt.run("gru", x, (first,), *weights, loops=loops)
    assert seen == ["alone"]
    monkeypatch.setitem(LOOPS, "bptt", loops)
    layer = rnncourse.GRU(2, 5, bidirectional=True, engine="bptt")
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    layer(rnncourse.pack(torch.zeros(4, 3, 2), [4, 2, 2]))
    assert seen == ["alone", *["forward"] * 4]


@each_kind
def test_no_sequences_give_no_output_and_zero_gradients(kind):
    inputs = draw(kind, 4, 0, 2, 5)
    out, *last = by_hand(kind, *inputs)
    assert out.shape == (4, 0, 5)
    for one in gradients([out, *last], inputs):
        assert not one.any()


def test_the_gradient_of_an_input_is_right_however_the_input_lies():
    x = torch.randn(3, 4, 5).transpose(0, 1)
    sums = Sums(x, torch.randn(12, 2), torch.randn(6, 5), True)
    da = torch.randn(12, 6)
    sums.by_input(slice(0, 4), da)
    assert_close(sums.x.flatten(0, 1), da @ sums.weight)


def test_the_sum_over_time_is_one_product():
    T, N, D, H, K = 6, 3, 2, 4, 5
    x, h = torch.randn(T, N, D), torch.randn(T + 1, N, H)
    W_x, da = torch.randn(K, D), torch.randn(T, N, K)
    sums = Sums(x, h[:-1].flatten(0, 1), W_x, True)
    for chunk in (slice(4, T), slice(0, 4)):
        rows = da[chunk].flatten(0, 1)
        sums.by_state(chunk, rows)
        sums.by_input(chunk, rows)
    pairs = [(t, k) for t in range(T) for k in range(N)]
    assert_close(sums.W_x, sum(torch.outer(da[p], x[p]) for p in pairs))
    assert_close(sums.W_h, sum(torch.outer(da[p], h[p]) for p in pairs))
    assert_close(sums.b_x, da.sum((0, 1)))
    assert_close(sums.b_h, sums.b_x)
    assert_close(sums.x, torch.stack([a @ W_x for a in da]))
    assert Sums(x, sums.before, W_x, False).x is None


@pytest.mark.parametrize(
    ("steps", "H", "onednn", "rows"),
    [
        (1, 128, True, time.ROWS),
        (time.SHARE * 300 + 1, 128, True, 300),
        (time.SHARE * 300, 128, False, time.ROWS),
        (10**6, 4096, True, 2 * time.ROWS),
        (10**6, 1, True, time.BLOCK),
    ],
)
def test_a_chunk_has_many_rows_or_many_numbers(
    steps, H, onednn, rows, monkeypatch
):
    monkeypatch.setattr(
        time, "by_onednn", lambda dout: onednn and dout.shape[2] == H
    )
    assert time.rows(torch.empty(1, 1, 1).expand(steps, 1, H)) == rows
    assert time.rows(torch.empty(1, 1, 1).expand(1, steps, H)) == rows


@given(st.integers(1, 50), st.integers(0, 9))
def test_chunks_cover_time_once_from_its_end(T, N):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "rows", lambda *_: 5)
        found = list(chunks(torch.empty(T, N, 1)))
    steps = [t for chunk in reversed(found) for t in range(T)[chunk]]
    assert steps == list(range(T))
    sizes = [chunk.stop - chunk.start for chunk in found]
    assert max(sizes) * N <= max(N, 5)
    assert len(set(sizes[:-1])) <= 1


@pytest.mark.parametrize(
    ("N", "sizes"),
    [(0, [5, 5, 2]), (1, [5, 5, 2]), (2, [2] * 6), (9, [1] * 12)],
)
def test_a_chunk_has_as_many_steps_as_fit(N, sizes, monkeypatch):
    monkeypatch.setattr(time, "rows", lambda *_: 5)
    dout = torch.empty(12, N, 1)
    found = [chunk.stop - chunk.start for chunk in chunks(dout)]
    assert found == sizes


def test_chunks_of_one_length_share_a_plan(monkeypatch):
    monkeypatch.setattr(time, "rows", lambda *_: 6)
    lent = [plan for _, plan in time.planned(time.Back, torch.zeros(8, 2, 4))]
    assert lent[0] is lent[1]
    assert lent[1] is not lent[2]
    assert [len(plan.dh_) for plan in lent] == [4, 4, 3]


@pytest.mark.parametrize(
    ("T", "N", "copied"), [(4, 2, False), (5, 2, True), (99, 1, False)]
)
def test_weights_are_copied_where_enough_products_make_up_for_it(T, N, copied):
    V = time.turned(torch.zeros(6, 3), T, N)
    assert V.shape == (3, 6)
    assert V.is_contiguous() is copied


@pytest.mark.parametrize(("H", "again"), [(1024, True), (1025, False)])
def test_the_memory_of_small_steps_alone_is_lent_again(H, again):
    h_0 = torch.zeros(1, H)  # 4 bytes each
    with torch.inference_mode():
        states = time.history(h_0, 3)
        out, _ = bptt.results(states, None)
    assert (h_0.nbytes <= time.SMALL) is again
    assert (states.key is not None) is again
    assert (out.data_ptr() != states.h[1].data_ptr()) is again


CPU = torch.zeros(1)
BASE = Task(
    "gru", T=16, N=1, H=32, packed=False, projected=False, learning=True
)
TANH: dict[str, object] = {"kind": "tanh", "learning": False}
LSTM: dict[str, object] = {"kind": "lstm"}


@pytest.mark.parametrize(
    ("x", "changes", "engine"),
    [
        (CPU, {"kind": "tanh"}, "bptt"),
        (CPU.double(), {"kind": "relu", "N": 128, "H": 512}, "bptt"),
        (CPU, {}, "bptt"),
        (CPU, {"learning": False}, "bptt"),
        (CPU, {"learning": False, "H": 65}, "bptt"),
        (CPU, TANH | {"T": 63, "N": 31, "H": 256}, "torch"),
        (CPU, TANH | {"T": 63, "N": 32, "H": 255}, "torch"),
        (CPU, TANH | {"T": 63, "N": 32, "H": 256}, "bptt"),
        (CPU, TANH | {"T": 64, "N": 1, "H": 1}, "bptt"),
        (CPU, TANH | {"T": 63, "learning": True}, "bptt"),
        (CPU, LSTM | {"N": 1, "H": 511}, "torch"),
        (CPU, LSTM | {"N": 1, "H": 512}, "bptt"),
        (CPU, LSTM | {"T": 64, "N": 128, "H": 127}, "torch"),
        (CPU, LSTM | {"T": 64, "N": 127, "H": 128}, "torch"),
        (CPU, LSTM | {"T": 64, "N": 128, "H": 128}, "bptt"),
        (CPU, LSTM | {"H": 512, "learning": False}, "torch"),
        (CPU, LSTM | {"H": 512, "projected": True}, "torch"),
        (CPU, {"kind": "lstm", "packed": True}, "bptt"),
        (CPU, {"packed": True}, "bptt"),
        (CPU, {"packed": True, "T": 99, "learning": False}, "torch"),
        (CPU, {"kind": "tanh", "packed": True}, "torch"),
        (CPU, {"kind": "relu", "packed": True}, "torch"),
        (CPU.bfloat16(), {}, "torch"),
        (CPU.to("meta"), {}, "torch"),
    ],
)
def test_the_rule_is_a_table(x, changes, engine, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    monkeypatch.setattr("rnncourse.engines.of_amd", lambda: False)
    monkeypatch.setattr(native, "hindrance", lambda *_: "none of it here")
    task = replace(BASE, **changes)
    assert rule(x, task) == engine
    assert choose(None, x, task) == engine


@pytest.mark.parametrize(
    ("x", "changes", "compiled"),
    [
        (CPU, {}, True),
        (CPU.double(), {"kind": "relu"}, True),
        (CPU, {"T": 15}, False),
        (CPU, {"T": 1, "N": 16}, True),
        (CPU, {"H": 511}, True),
        (CPU, {"H": 512, "N": 32}, False),
        (CPU, {"H": 511, "learning": False}, True),
        (CPU, {"H": 512, "N": 32, "learning": False}, False),
        (CPU, LSTM | {"H": 128}, True),
        (CPU, LSTM | {"H": 128, "N": 8}, True),
        (CPU, LSTM | {"H": 129, "N": 127}, False),
        (CPU, LSTM | {"H": 129, "N": 8}, False),
        (CPU, LSTM | {"H": 511, "N": 7}, True),
        (CPU, LSTM | {"H": 512, "N": 7}, False),
        (CPU, LSTM | {"H": 511, "N": 128}, True),
        (CPU, LSTM | {"H": 512, "N": 128}, False),
        (CPU, LSTM | {"H": 128, "learning": False}, True),
        (CPU, LSTM | {"H": 129, "learning": False}, False),
        (CPU, LSTM | {"H": 32, "learning": False, "N": 8}, True),
        (CPU, LSTM | {"H": 33, "learning": False, "N": 2}, False),
        (CPU, LSTM | {"H": 32, "learning": False, "N": 9}, False),
        (CPU, LSTM | {"H": 32, "learning": False, "N": 127, "T": 999}, False),
        (CPU, LSTM | {"H": 32, "learning": False, "N": 128, "T": 127}, False),
        (CPU, LSTM | {"H": 128, "learning": False, "N": 128, "T": 128}, True),
        (CPU, LSTM | {"H": 129, "learning": False, "N": 128, "T": 128}, False),
        (CPU, {"kind": "tanh", "packed": True, "H": 128}, True),
        (CPU, {"packed": True, "H": 129}, False),
        (CPU, {"packed": True, "learning": False}, False),
        (CPU, LSTM | {"projected": True}, False),
        (CPU.bfloat16(), {}, False),
        (CPU.to("meta"), {}, False),
    ],
)
def test_the_rule_takes_the_compiled_engine_where_it_was_ahead(
    x, changes, compiled, monkeypatch
):
    monkeypatch.setattr("rnncourse.engines.of_amd", lambda: False)
    monkeypatch.setattr(native, "hindrance", lambda *_: None)
    assert (rule(x, replace(BASE, **changes)) == "native") is compiled


@pytest.mark.parametrize(
    ("changes", "compiled", "without"),
    [
        ({"H": 512}, "native", "bptt"),
        ({"H": 512, "N": 7, "learning": False}, "torch", "torch"),
        ({"H": 512, "N": 8, "learning": False}, "native", "torch"),
        ({"H": 256, "T": 63, "N": 31, "learning": False}, "native", "torch"),
        ({"H": 256, "T": 64, "N": 31, "learning": False}, "native", "bptt"),
        ({"H": 511, "T": 1, "N": 15, "learning": False}, "torch", "torch"),
        (LSTM | {"H": 511, "N": 32}, "native", "torch"),
        (LSTM | {"H": 512, "N": 7}, "native", "torch"),
        (LSTM | {"H": 512, "N": 8}, "torch", "torch"),
        (LSTM | {"H": 512, "N": 127}, "torch", "torch"),
        (LSTM | {"H": 512, "N": 128}, "native", "torch"),
        (LSTM | {"H": 129, "learning": False}, "torch", "torch"),
        (LSTM | {"T": 128, "N": 128, "learning": False}, "torch", "torch"),
        ({"packed": True, "H": 129}, "native", "bptt"),
        ({"packed": True, "learning": False}, "torch", "torch"),
        (TANH | {"packed": True, "learning": True}, "native", "torch"),
    ],
)
def test_amd_s_processors_have_their_own_rule(
    changes, compiled, without, monkeypatch
):
    """There torch's products are slower, and its LSTM is not."""
    monkeypatch.setattr("rnncourse.engines.of_amd", lambda: True)
    task = replace(BASE, **changes)
    for hindrance, engine in ((None, compiled), ("none here", without)):
        monkeypatch.setattr(native, "hindrance", lambda *_, h=hindrance: h)
        assert rule(CPU, task) == engine


def test_on_cuda_the_rule_takes_cudnn_where_it_applies(monkeypatch):
    monkeypatch.setattr("rnncourse.engines.has_cudnn", lambda x: True)
    meta = CPU.to("meta")
    assert rule(meta, BASE) == "cudnn"
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    assert choose("cudnn", meta, BASE) == "cudnn"


def test_cudnn_is_asked_about_what_lies_on_cuda_alone(monkeypatch):
    class OnCuda(torch.Tensor):
        is_cuda = True

    there = CPU.as_subclass(OnCuda)
    for answer in (True, False):
        monkeypatch.setattr(
            torch.backends.cudnn,
            "is_acceptable",
            lambda x, answer=answer: answer and x is not None,
        )
        assert has_cudnn(there) is answer
        assert not has_cudnn(CPU)


@pytest.mark.parametrize("form", ["full", "batch first", "packed", "alone"])
def test_a_layer_says_what_it_is_to_do(form, monkeypatch):
    T, N, D, H = 5, 3, 2, 4
    seen = []
    monkeypatch.setattr(
        "rnncourse.layers.choose", lambda *given: seen.append(given) or "bptt"
    )
    first = form == "batch first"
    layer = rnncourse.LSTM(D, H, batch_first=first, engine="torch")
    x = torch.zeros((N, T, D) if first else (T, N, D))
    given = {"packed": rnncourse.pack, "alone": lambda x, _: x[:, 0]}
    layer(given.get(form, lambda x, _: x)(x, [T, 1, 1]))
    with torch.no_grad():
        layer(x)
    (asked, _, task), (_, _, later) = seen
    assert asked == "torch"
    N = 1 if form == "alone" else N
    assert task == Task("lstm", T, N, H, form == "packed", False, True)
    assert not later.learning


def test_what_an_engine_cannot_run_is_refused_with_its_reason(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    monkeypatch.setattr(native, "hindrance", lambda x, p: f"{x.dtype}, {p}")
    monkeypatch.setattr(
        "rnncourse.engines.refusal", lambda x, *given: f"{x.dtype}, {given}"
    )
    projected = replace(BASE, projected=True)
    for engine, task, said in [
        (
            "native",
            projected,
            "expected what engine 'native' can run, got a case that it cannot: "
            "torch.float32, True; engine 'torch' runs everywhere",
        ),
        (
            "triton",
            BASE,
            "torch.float32, ('gru', 32), for engine 'triton'; engine 'bptt' "
            "runs everywhere",
        ),
        *(
            (
                name,
                projected,
                f"expected proj_size 0 for engine '{name}', got a projection; "
                "engines 'torch' and 'cudnn' have them",
            )
            for name in ("bptt", "triton")
        ),
    ]:
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            choose(engine, CPU, task)
    monkeypatch.setattr(native, "hindrance", lambda *_: None)
    monkeypatch.setattr("rnncourse.engines.refusal", lambda *_: None)
    for engine in ("native", "triton"):
        assert choose(engine, CPU, BASE) == engine


def test_the_rule_asks_the_table_of_the_gpu_about_plain_sequences(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    asked = []
    monkeypatch.setattr(
        "rnncourse.engines.faster", lambda *given: asked.append(given) or True
    )
    meta = CPU.to("meta")
    assert rule(meta, BASE) == "triton"
    assert rule(CPU, BASE) in ("bptt", "native")
    for name in ("packed", "projected"):
        assert rule(meta, replace(BASE, **{name: True})) == "torch"
    assert asked == [(meta, "gru", 16, 1, 32, True)]


@pytest.mark.parametrize(
    ("place", "hindrance", "fused", "said"),
    [
        ("cpu", None, False, "'native' runs this, because {fastest}."),
        (
            "cpu",
            "none, {projected}",
            False,
            "'bptt' runs this, because 'native' cannot: none, False.",
        ),
        (
            "meta",
            "not here",
            False,
            "'torch' runs this, because on meta ours were not measured to be "
            "faster here.",
        ),
        ("meta", "not here", True, "'triton' runs this, because {fastest}."),
    ],
)
def test_an_explanation_names_the_engine_and_the_reason(
    place, hindrance, fused, said, monkeypatch
):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    monkeypatch.setattr(
        native,
        "hindrance",
        lambda x, projected: (
            hindrance and hindrance.format(projected=projected)
        ),
    )
    monkeypatch.setattr("rnncourse.engines.faster", lambda *_: fused)
    monkeypatch.setattr("rnncourse.engines.refusal", lambda *_: None)
    layer, x = rnncourse.GRU(3, 4, device=place), torch.zeros(16, 2, 3)
    fastest = "it was the fastest here when measured"
    assert explain(layer, x.to(place)) == said.format(fastest=fastest)


def test_an_explanation_is_of_an_input_that_fits():
    with pytest.raises(ValueError, match=re.escape("(T, N, 3) or (T, 3), got")):
        explain(rnncourse.GRU(3, 4), torch.zeros(16, 2, 5))


def test_the_engine_torch_does_without_cudnn(monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "torch")
    monkeypatch.setattr("rnncourse.layers.has_cudnn", lambda x: True)
    seen = []

    def spy(*args):
        seen.append(torch.backends.cudnn.enabled)
        return torch.gru(*args)

    monkeypatch.setitem(BY_TORCH, "gru", spy)
    rnncourse.GRU(2, 3)(torch.zeros(4, 1, 2))
    assert seen == [False]
    assert torch.backends.cudnn.enabled


def test_what_was_asked_for_goes_before_the_rule(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    assert choose("bptt", CPU, replace(BASE, kind="lstm")) == "bptt"
    assert choose("torch", CPU, BASE) == "torch"


def test_the_environment_goes_before_what_was_asked_for(monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "torch")
    assert choose("bptt", CPU, BASE) == "torch"
    monkeypatch.setenv("RNNCOURSE_ENGINE", "")
    assert choose("bptt", CPU, BASE) == "bptt"


def test_the_device_is_the_accelerator_or_the_cpu(monkeypatch):
    there = torch.device("meta")
    accelerator = torch.accelerator
    monkeypatch.setattr(accelerator, "is_available", lambda: True)
    monkeypatch.setattr(accelerator, "current_accelerator", lambda: there)
    assert rnncourse.device() == there
    monkeypatch.setattr(accelerator, "is_available", lambda: False)
    assert rnncourse.device() == torch.device("cpu")
