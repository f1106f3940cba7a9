"""What holds of every layer, whatever it has learned."""

import copy
import io
import pickle
import threading

import pytest
import torch
from parity import flat, gradients
from test_layers import KINDS, each_kind, first_state, joined, layers, ragged
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.testing import assert_close

import rnncourse
from rnncourse import pack, set_forget_bias, unroll
from rnncourse.engines import time

T, N, D, H = 6, 4, 3, 5
FLAGS = [False, True]


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    """Chunks of two steps, so that a sequence has several."""
    monkeypatch.setattr(time, "rows", lambda *_: 2 * N)


def layer_of(kind, **options):
    return layers(kind, D, H, **({"dtype": torch.float64} | options))[0]


def draw(*shape):
    return torch.randn(*(shape or (T, N, D)), dtype=torch.float64)


def checked(kind, check, form, fast, steps, sizes=(3, 2), **options):
    """Finite differences of a whole layer, by input, state and weights."""
    layer = layers(kind, 2, 3, dtype=torch.float64, **options)[0]
    shape = (steps, 2) if form == "alone" else (steps, sizes[1], 2)
    x = draw(*shape).requires_grad_()
    batch = () if form == "alone" else (sizes[1],)
    state = first_state(kind, layer, *batch)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, *rest):
        h = joined(rest[: len(state)])
        weights = dict(zip(names, rest[len(state) :], strict=True))
        given = pack(x, [1, steps]) if form == "packed" else x
        found = torch.func.functional_call(layer, weights, (given, h))
        return tuple(flat(found))

    assert check(run, [x, *state, *layer.parameters()], fast_mode=fast)


@each_kind
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", FLAGS)
@pytest.mark.parametrize("form", ["full", "packed", "alone"])
@pytest.mark.parametrize("bias", FLAGS)
def test_the_gradients_of_a_whole_layer_are_central_differences(
    kind, num_layers, bidirectional, form, bias
):
    checked(
        kind,
        gradcheck,
        form,
        True,
        4,
        num_layers=num_layers,
        bidirectional=bidirectional,
        bias=bias,
    )


@each_kind
@pytest.mark.parametrize("bidirectional", FLAGS)
@pytest.mark.parametrize("form", ["full", "packed", "alone"])
def test_so_they_are_entry_by_entry(kind, bidirectional, form):
    checked(kind, gradcheck, form, False, 3, bidirectional=bidirectional)


@each_kind
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("form", ["full", "packed"])
def test_the_second_derivatives_of_a_whole_layer_are_right(
    kind, num_layers, form
):
    checked(kind, gradgradcheck, form, True, 3, num_layers=num_layers)


@each_kind
@pytest.mark.parametrize("bidirectional", FLAGS)
def test_padding_is_exactly_zero_and_does_not_matter(kind, bidirectional):
    layer = layer_of(kind, num_layers=2, bidirectional=bidirectional)
    lengths = ragged(T, N)
    x = draw()
    outs = []
    for filler in (0.0, 1e9, torch.nan):
        padded = x.clone()
        for k, length in enumerate(lengths):
            padded[length:, k] = filler
        packed, last = layer(pack(padded, lengths))
        out, _ = pad_packed_sequence(packed)
        for k, length in enumerate(lengths):
            assert (out[length:, k] == 0).all()
        outs.append((out, last))
    assert_close(outs[1], outs[0], rtol=0, atol=0)
    assert_close(outs[2], outs[0], rtol=0, atol=0)


@each_kind
@pytest.mark.parametrize("bidirectional", FLAGS)
def test_a_packed_sequence_is_each_sequence_alone(kind, bidirectional):
    layer = layer_of(kind, num_layers=2, bidirectional=bidirectional)
    lengths = ragged(T, N)
    x, h = draw(), first_state(kind, layer, N)
    packed, last = layer(pack(x, lengths), joined(h))
    out, _ = pad_packed_sequence(packed)
    for k, length in enumerate(lengths):
        alone, end = layer(x[:length, k], joined([one[:, k] for one in h]))
        assert_close(out[:length, k], alone)
        assert_close([one[:, k] for one in flat(last)], flat(end))


@each_kind
def test_the_sequences_of_a_batch_do_not_touch(kind):
    layer = layer_of(kind, num_layers=2, bidirectional=True)
    x = draw().requires_grad_()
    (dx,) = gradients([layer(x)[0][:, 1]], [x])
    assert (dx[:, 1] != 0).all()
    assert (dx[:, [0, 2, 3]] == 0).all()


@each_kind
def test_permuting_the_batch_permutes_the_output(kind):
    layer = layer_of(kind, num_layers=2)
    x, order = draw(), torch.tensor([2, 0, 3, 1])
    (out, last), (moved, end) = layer(x), layer(x[:, order])
    assert_close(moved, out[:, order])
    assert_close(flat(end), [one[:, order] for one in flat(last)])


@each_kind
@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_split_sequence_with_its_state_carried_is_one_pass(kind, cut):
    layer = layer_of(kind, num_layers=2)
    x = draw().requires_grad_()
    leaves = [x, *layer.parameters()]
    out, last = layer(x)
    begun, state = layer(x[:cut])
    ended, end = layer(x[cut:], state)
    split = torch.cat([begun, ended])
    assert_close(split, out)
    assert_close(end, last)
    assert_close(
        gradients([split, *flat(end)], leaves),
        gradients([out, *flat(last)], leaves),
    )


@each_kind
def test_the_backward_half_is_the_reversed_sequence(kind):
    both = layer_of(kind, bidirectional=True)
    one = layer_of(kind)
    names = [name for name, _ in one.named_parameters()]
    weights = {name: both.get_parameter(f"{name}_reverse") for name in names}
    one.load_state_dict(weights)
    x = draw()
    (out, last), (alone, end) = both(x), one(x.flip(0))
    assert_close(out[..., H:], alone.flip(0))
    assert_close([part[1:] for part in flat(last)], flat(end))


@each_kind
def test_a_layer_is_its_cell_unrolled(kind):
    layer = layer_of(kind)
    cell = {
        "gru": rnncourse.GRUCell,
        "lstm": rnncourse.LSTMCell,
    }.get(kind, rnncourse.RNNCell)(
        D,
        H,
        dtype=torch.float64,
        **({"nonlinearity": kind} if kind in ("tanh", "relu") else {}),
    )
    cell.load_state_dict(
        {k.removesuffix("_l0"): v for k, v in layer.state_dict().items()}
    )
    x = draw()
    (out, last), (states, end) = layer(x), unroll(cell, x)
    assert_close(out, states)
    assert_close([one[0] for one in flat(last)], flat(end))


@each_kind
@pytest.mark.parametrize("num_layers", [1, 3])
def test_the_first_input_reaches_the_last_state(kind, num_layers):
    layer = layer_of(kind, num_layers=num_layers)
    with torch.no_grad():  # every relu open
        for parameter in layer.parameters():
            parameter.abs_()
    x = draw().abs().requires_grad_()
    _, last = layer(x)
    (dx,) = gradients([one[-1] for one in flat(last)], [x])
    assert (dx[0] != 0).all()


@each_kind
def test_nothing_flows_back_in_time(kind):
    x = draw().requires_grad_()
    out, _ = layer_of(kind, num_layers=2)(x)
    (dx,) = gradients([out[2]], [x])
    assert (dx[3:] == 0).all()


@each_kind
@pytest.mark.parametrize("step", [0, 3])
def test_nan_in_gives_nan_out_from_there_on(kind, step):
    x = draw()
    x[step, 1] = torch.nan
    out, last = layer_of(kind)(x)
    assert out[step:, 1].isnan().all()
    assert not out[:step].isnan().any()
    assert not out[:, [0, 2, 3]].isnan().any()
    assert all(one[:, 1].isnan().all() for one in flat(last))


@each_kind
def test_the_same_seed_gives_the_same_numbers(kind):
    name, fixed = KINDS[kind]
    found = []
    for library in (rnncourse, rnncourse, nn):
        torch.manual_seed(5)
        options = {"num_layers": 2, "bidirectional": True, "dropout": 0.5}
        layer = getattr(library, name)(D, H, **options, **fixed)
        found.append((layer.state_dict(), layer(torch.randn(T, N, D))[0]))
    assert_close(found[0], found[1], rtol=0, atol=0)
    assert_close(found[0][0], found[2][0], rtol=0, atol=0)


@each_kind
def test_copies_compute_the_same_and_apart(kind):
    layer = layer_of(kind, num_layers=2, bidirectional=True)
    x = draw()
    out, last = layer(x)
    saved = io.BytesIO()
    torch.save(layer.state_dict(), saved)
    saved.seek(0)
    loaded = layer_of(kind, num_layers=2, bidirectional=True)
    loaded.load_state_dict(torch.load(saved, weights_only=True))
    for other in (
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
        loaded,
    ):
        assert_close(other(x), (out, last), rtol=0, atol=0)
        assert other.engine == layer.engine
        with torch.no_grad():
            other.weight_hh_l0.zero_()
        assert_close(layer(x), (out, last), rtol=0, atol=0)


@each_kind
def test_the_state_dict_goes_both_ways(kind):
    ours, theirs = layers(kind, D, H, num_layers=2, bidirectional=True)
    theirs.load_state_dict(copy.deepcopy(ours).state_dict())
    ours.load_state_dict(theirs.state_dict())
    assert isinstance(ours, type(theirs))


@each_kind
def test_moving_a_layer_moves_what_runs(kind):
    layer = layer_of(kind, dtype=torch.float32)
    x = draw()
    exact = layer_of(kind)
    exact.load_state_dict(layer.state_dict())
    assert_close(layer.double()(x), exact(x))


@each_kind
def test_replaced_weights_are_used(kind):
    layer = layer_of(kind)
    x = draw()
    before, _ = layer(x)
    layer.weight_hh_l0 = nn.Parameter(layer.weight_hh_l0.detach() * 2)
    after, _ = layer(x)
    assert_close(after[0], before[0])
    assert (after[1] != before[1]).any()


@each_kind
def test_frozen_weights_get_no_gradient(kind):
    layer = layer_of(kind, num_layers=2)
    layer.weight_hh_l0.requires_grad_(False)
    layer(draw())[0].sum().backward()
    assert layer.weight_hh_l0.grad is None
    assert layer.weight_ih_l0.grad is not None


@each_kind
def test_going_back_twice_adds_the_same_gradient_twice(kind):
    layer = layer_of(kind, num_layers=2, bidirectional=True)
    loss = layer(draw())[0].square().sum()
    loss.backward(retain_graph=True)
    once = [parameter.grad.clone() for parameter in layer.parameters()]
    loss.backward()
    for parameter, grad in zip(layer.parameters(), once, strict=True):
        assert_close(parameter.grad, 2 * grad, rtol=0, atol=0)


@each_kind
def test_a_detached_state_truncates(kind):
    layer = layer_of(kind)
    x = draw().requires_grad_()
    _, state = layer(x[:3])
    cut = joined([one.detach() for one in flat(state)])
    (dx,) = gradients([layer(x[3:], cut)[0]], [x])
    assert (dx[:3] == 0).all()
    assert (dx[3:] != 0).any()


@each_kind
def test_two_threads_at_once_do_not_disturb_each_other(kind):
    layer = layer_of(kind, num_layers=2)
    inputs = [draw() for _ in range(4)]
    expected = [layer(x)[0].detach() for x in inputs]
    wrong = []

    def work(k):
        for _ in range(10):
            x = inputs[k].clone().requires_grad_()
            out, _ = layer(x)
            torch.autograd.grad(out.sum(), x)
            if not torch.equal(out, expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


class Tagger(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.layer = layer_of(kind, dtype=torch.float32)
        self.head = nn.Linear(H, 2)

    def forward(self, x):
        return self.head(self.layer(x)[0])


@each_kind
def test_a_model_with_a_layer_compiles(kind):
    torch.compiler.reset()
    model = Tagger(kind)
    compiled = torch.compile(model, backend="eager")
    x = torch.randn(T, N, D, requires_grad=True)
    found = [
        [out := one(x), *gradients([out], [x, *model.parameters()])]
        for one in (model, compiled)
    ]
    assert_close(*found)


@each_kind
def test_functional_transforms_that_cannot_follow_say_so(kind):
    layer = layer_of(kind)

    def loss(weights, x):
        out, _ = torch.func.functional_call(layer, weights, (x,))
        return out.sum()

    weights = dict(layer.named_parameters())
    with pytest.raises(RuntimeError, match="setup_context"):
        torch.func.grad(loss)(weights, draw())


@each_kind
def test_shapes_are_known_without_numbers(kind):
    layer = layer_of(kind, bidirectional=True, device="meta")
    x = draw().to("meta")
    out, last = layer(x)
    assert out.shape == (T, N, 2 * H)
    assert all(one.shape == (2, N, H) for one in flat(last))
    out.sum().backward()
    assert layer.weight_hh_l0.grad.shape == layer.weight_hh_l0.shape


def test_a_layer_says_what_it_is():
    one = rnncourse.LSTM(2, 3, 2, proj_size=1, engine="torch")
    assert str(one) == ("LSTM(2, 3, proj_size=1, num_layers=2, engine=torch)")
    assert str(rnncourse.GRU(2, 3, bias=False)) == "GRU(2, 3, bias=False)"
    assert str(rnncourse.RNN(2, 3, 1, "relu", True, True)) == (
        "RNN(2, 3, batch_first=True)"
    )


def test_positions_of_arguments_are_those_of_torch():
    for name, given in [
        ("RNN", (2, 3, 2, "relu", False, True, 0.5, True)),
        ("GRU", (2, 3, 2, False, True, 0.5, True)),
        ("LSTM", (2, 3, 2, False, True, 0.5, True, 1)),
    ]:
        ours = getattr(rnncourse, name)(*given)
        theirs = getattr(nn, name)(*given)
        assert repr(ours) == repr(theirs)
        assert ours.mode == theirs.mode


def test_a_layer_takes_a_forget_bias():
    layer = rnncourse.LSTM(D, H, num_layers=2, bidirectional=True)
    set_forget_bias(layer, 3.0)
    for k in range(2):
        for end in ("", "_reverse"):
            total = layer.get_parameter(f"bias_ih_l{k}{end}") + (
                layer.get_parameter(f"bias_hh_l{k}{end}")
            )
            assert_close(total[H : 2 * H], torch.full((H,), 3.0))


@pytest.mark.parametrize("batch_first", FLAGS)
def test_packing_keeps_every_step_and_its_order(batch_first):
    x = draw(3, 4, 2)
    padded = x if not batch_first else x.transpose(0, 1)
    for lengths in ([1, 3, 2, 3], torch.tensor([1, 3, 2, 3]), (1, 3, 2, 3)):
        packed = pack(padded, lengths, batch_first)
        assert isinstance(packed, PackedSequence)
        out, found = pad_packed_sequence(packed)
        assert found.tolist() == [1, 3, 2, 3]
        for k, length in enumerate(found):
            assert_close(out[:length, k], x[:length, k], rtol=0, atol=0)
