"""The kernels of the engine triton in Triton's interpreter, on a CPU.

`test_fused` runs this file in a process of its own: Triton decides when it is
imported whether it compiles or interprets.
"""

import pytest
import torch
from fused import KINDS, draw, forced, layers, relative, run
from parity import assert_same
from triton.runtime import interpreter

import rnncourse
from rnncourse.engines import bptt
from rnncourse.engines.fused import LOOPS, sizes

each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def by_kernels(monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")


@pytest.fixture(autouse=True)
def scalars(monkeypatch):
    """Triton 3.6 asks int() of an array of one, which numpy 2.4 refuses."""
    patch = interpreter._patch_lang_tensor

    def patched(tensor, scope):
        patch(tensor, scope)
        index = lambda self: self.handle.data.item()  # noqa: E731
        scope.set_attr(tensor, "__index__", index)

    monkeypatch.setattr(interpreter, "_patch_lang_tensor", patched)


@each_kind
@pytest.mark.parametrize(("H", "N"), [(5, 3), (16, 1), (33, 17)])
@pytest.mark.parametrize(
    ("bias", "alone"), [(True, 0), (False, 17), (True, 17)]
)
def test_the_kernels_are_the_cells_in_float64(
    kind, H, N, bias, alone, monkeypatch
):
    monkeypatch.setattr(sizes, "ALONE", alone)  # a program each, or tiles
    inputs = draw(kind, 4, N, 3, H, bias)
    ours = run(kind, inputs, torch.float32)
    exact = forced(kind, inputs, ours[0])
    for near, right in zip(ours, exact, strict=True):
        assert relative(near, right) < 1e-5


@each_kind
def test_half_precision_is_near(kind):  # bfloat16 products: only on a GPU
    inputs = draw(kind, 5, 3, 4, 9)
    ours = run(kind, inputs, torch.float16)
    assert {one.dtype for one in ours} == {torch.float16}
    for near, right in zip(ours, forced(kind, inputs, ours[0]), strict=True):
        assert relative(near, right) < 5e-3


@each_kind
@pytest.mark.parametrize("form", ["full", "packed"])
def test_a_stacked_layer_in_both_directions_is_that_of_torch(kind, form):
    T, N, D, H = 5, 3, 2, 7
    pair = layers(kind, D, H, num_layers=2, bidirectional=True)
    x = torch.randn(T, N, D, requires_grad=True)

    def call(layer):
        packed = form == "packed"
        return layer(rnncourse.pack(x, [2, T, 2]) if packed else x)

    assert_same(*pair, call, [x])


@each_kind
def test_inputs_and_gradients_may_lie_anyhow(kind):
    T, N, D, H = 4, 3, 2, 5
    ours, theirs = layers(kind, D, H)
    wide = torch.randn(H, 2 * H).T[::2] if kind in ("tanh", "relu") else None
    x = torch.randn(D, N, T, requires_grad=True)
    found = []
    for layer in (ours, theirs):
        if wide is not None:
            layer.weight_hh_l0.data = wide.clone().T.contiguous().T
        out = layer(x.transpose(0, 2))[0]
        found.append(torch.autograd.grad(out.sum(), [x, *layer.parameters()]))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


def spaced(one):
    """The same numbers, each beside another."""
    return torch.stack([one, one + 1], -1)[..., 0]


@each_kind
@pytest.mark.parametrize("lie", [torch._neg_view, spaced])
def test_all_that_is_given_may_lie_anyhow_or_be_a_negative(kind, lie):
    inputs = [one.float() for one in draw(kind, 4, 3, 2, 5)]
    douts = [torch.randn(4, 3, 5), *(torch.randn(3, 5) for _ in inputs[5:])]
    found = []
    for loops in (LOOPS, bptt.LOOPS):
        x, *weights = (lie(one).requires_grad_() for one in inputs)
        first = tuple(weights[4:])
        out, last = bptt.run(kind, x, first, *weights[:4], loops=loops)
        found.append([out, *last])
        found[-1] += torch.autograd.grad(
            [out, *last], [x, *weights], list(map(lie, douts))
        )
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


@each_kind
def test_no_sequences_give_no_output_and_zero_gradients(kind):
    out, *others = run(kind, draw(kind, 4, 0, 3, 5), torch.float32)
    assert out.shape == (4, 0, 5)
    assert not any(one.any() for one in others)


@each_kind
def test_what_is_not_a_number_stays_so_in_its_own_sequence(kind):
    x, *others = draw(kind, 4, 3, 3, 5)
    x[1, 2] = torch.nan
    out, *_ = run(kind, [x, *others], torch.float32)
    assert out[1:, 2].isnan().all()
    assert not out[:, :2].isnan().any()
    assert not out[:1].isnan().any()


@each_kind
def test_going_back_twice_gives_the_same_and_no_gradients_the_same_output(kind):
    inputs = [one.float() for one in draw(kind, 4, 3, 3, 5)]
    weights, state = inputs[1:5], tuple(inputs[5:])
    free = bptt.run(kind, inputs[0], state, *weights, loops=LOOPS)
    for one in inputs:
        one.requires_grad_()
    out, last = bptt.run(kind, inputs[0], state, *weights, loops=LOOPS)
    assert torch.equal(out, free[0])
    assert all(map(torch.equal, last, free[1]))
    once = torch.autograd.grad(out.sum(), inputs, retain_graph=True)
    again = torch.autograd.grad(out.sum(), inputs)
    assert all(map(torch.equal, once, again))


@each_kind
def test_second_derivatives_are_those_of_the_cell(kind):
    inputs = [one.float() for one in draw(kind, 4, 3, 3, 5)]
    for one in inputs:
        one.requires_grad_()
    found = []
    for loops in (LOOPS, bptt.LOOPS):
        x, *weights = inputs[:5]
        out, _ = bptt.run(kind, x, tuple(inputs[5:]), *weights, loops=loops)
        firsts = torch.autograd.grad((out**2).sum(), inputs, create_graph=True)
        total = sum((one**2).sum() for one in firsts)
        found.append(torch.autograd.grad(total, inputs))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


@each_kind
def test_changing_the_output_in_place_is_refused(kind):
    x, *weights = (
        one.float().requires_grad_() for one in draw(kind, 4, 3, 3, 5)[:5]
    )
    state = tuple(one.float() for one in draw(kind, 4, 3, 3, 5)[5:])
    out, _ = bptt.run(kind, x, state, *weights, loops=LOOPS)
    out.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()
