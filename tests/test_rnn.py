"""The simple recurrent cell, and what every cell shares."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from parity import assert_same, flat, gradients, twin
from refusals import refused
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from rnncourse import GRUCell, LSTMCell, RNNCell, unroll
from rnncourse.rnn import Cell

N, D, H = 3, 5, 7
CELLS = {
    "rnn": (RNNCell, nn.RNNCell, {}),
    "relu": (RNNCell, nn.RNNCell, {"nonlinearity": "relu"}),
    "lstm": (LSTMCell, nn.LSTMCell, {}),
    "gru": (GRUCell, nn.GRUCell, {}),
}
each_cell = pytest.mark.parametrize("kind", CELLS)
OPTIONS = {"bias": [True, False], "dtype": [torch.float32, torch.float64]}


def pair(kind, **options):
    ours, theirs, fixed = CELLS[kind]
    options |= fixed
    return twin(ours(D, H, **options), theirs(D, H, **options))


def inputs(kind, *batch, dtype=torch.float64):
    """x, then the tensors of the state."""
    count = 2 if kind == "lstm" else 1
    sizes = [D] + [H] * count
    return [
        torch.randn(*batch, size, dtype=dtype, requires_grad=True)
        for size in sizes
    ]


def state(tensors):
    return tuple(tensors) if len(tensors) == 2 else tensors[0]


@each_cell
@pytest.mark.parametrize("bias", OPTIONS["bias"])
@pytest.mark.parametrize("dtype", OPTIONS["dtype"])
@pytest.mark.parametrize("batch", [(N,), (), (0,), (1,)])
def test_a_cell_and_its_gradients_are_those_of_torch(kind, bias, dtype, batch):
    cells = pair(kind, bias=bias, dtype=dtype)
    x, *h = inputs(kind, *batch, dtype=dtype)
    assert_same(*cells, lambda cell: cell(x, state(h)), [x, *h])
    assert_same(*cells, lambda cell: cell(x), [x])


@each_cell
def test_torch_loads_what_our_cell_saves(kind):
    ours, theirs = pair(kind)
    theirs.load_state_dict(ours.state_dict())
    saved = io.BytesIO()
    torch.save(ours.state_dict(), saved)
    saved.seek(0)
    theirs.load_state_dict(torch.load(saved, weights_only=True))


@each_cell
def test_a_cell_starts_from_the_numbers_torch_starts_from(kind):
    ours, theirs, options = CELLS[kind]
    made = []
    for cell in (ours, theirs):
        torch.manual_seed(3)
        made.append(cell(D, H, **options).state_dict())
    assert_close(*made, rtol=0, atol=0)


@each_cell
def test_a_cell_lives_where_it_is_told_in_the_type_it_is_told(kind):
    ours, _, options = CELLS[kind]
    cell = ours(D, H, device="meta", dtype=torch.float64, **options)
    for parameter in cell.parameters():
        assert parameter.is_meta
        assert parameter.dtype == torch.float64


def test_what_cells_share_has_biases_unless_told_otherwise():
    assert Cell(D, H, 2).bias_ih.shape == (2 * H,)


@each_cell
@pytest.mark.parametrize("batch", [(N,), ()])
def test_an_absent_state_is_zeros_for_each_sequence(kind, batch):
    cell, _ = pair(kind)
    h = cell.start(torch.randn(*batch, D), None)
    assert_close(h, torch.zeros(*batch, H), rtol=0, atol=0)


@each_cell
def test_copies_of_a_cell_compute_the_same(kind):
    cell, _ = pair(kind)
    x = torch.randn(N, D)
    for other in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        assert_close(other(x), cell(x), rtol=0, atol=0)


@each_cell
def test_first_and_second_derivatives_of_a_cell_are_right(kind):
    cell, _ = pair(kind, dtype=torch.float64)
    leaves = [*inputs(kind, 2), *cell.parameters()]
    count = len(leaves) - 4

    def run(*tensors):
        names = [name for name, _ in cell.named_parameters()]
        weights = dict(zip(names, tensors[count:], strict=True))
        call = (tensors[0], state(tensors[1:count]))
        return tuple(flat(torch.func.functional_call(cell, weights, call)))

    assert gradcheck(run, leaves)
    assert gradgradcheck(run, leaves)


@each_cell
def test_unrolling_is_stepping(kind):
    cell, _ = pair(kind)
    x = torch.randn(4, N, D)
    states, last = unroll(cell, x)
    now = None
    for t in range(4):
        now = cell(x[t], now)
        assert_close(states[t], flat(now)[0], rtol=0, atol=0)
    assert_close(last, now, rtol=0, atol=0)


@each_cell
def test_the_first_input_reaches_the_last_state(kind):
    cell, _ = pair(kind)
    x = torch.randn(4, N, D, requires_grad=True)
    states, _ = unroll(cell, x)
    (dx,) = gradients([states[-1]], [x])
    assert (dx[0] != 0).all()


@each_cell
def test_nan_in_gives_nan_out(kind):
    cell, _ = pair(kind)
    assert torch.cat(flat(cell(torch.full((N, D), torch.nan)))).isnan().all()


def test_a_cell_says_what_it_is():
    assert str(RNNCell(2, 3)) == "RNNCell(2, 3)"
    assert str(RNNCell(2, 3, nonlinearity="relu", bias=False)) == (
        "RNNCell(2, 3, bias=False, nonlinearity=relu)"
    )
    assert str(LSTMCell(2, 3)) == "LSTMCell(2, 3)"
    assert str(GRUCell(2, 3, reset_after=False)) == (
        "GRUCell(2, 3, reset_after=False)"
    )


SIZE = "expected {} to be a positive int, got {!r}"
FLAG = "expected {} to be True or False, got {!r}"
BAD_SETTINGS = [
    ({name: value}, message.format(name, value))
    for name, values, message in [
        ("input_size", [0, -1, 2.0, "2", None, True], SIZE),
        ("hidden_size", [0, -1, 2.0, "2", None, True], SIZE),
        ("bias", [1, None, "no"], FLAG),
    ]
    for value in values
]


@each_cell
@pytest.mark.parametrize(("setting", "message"), BAD_SETTINGS)
def test_a_cell_refuses_a_bad_setting(kind, setting, message):
    ours, _, options = CELLS[kind]
    settings = {"input_size": D, "hidden_size": H} | options | setting
    refused(lambda: ours(**settings), ValueError, message)


@pytest.mark.parametrize("value", ["sigmoid", None, "TANH"])
def test_a_cell_refuses_another_nonlinearity(value):
    refused(
        lambda: RNNCell(D, H, nonlinearity=value),
        ValueError,
        f"expected nonlinearity to be 'tanh' or 'relu', got {value!r}",
    )


def wrong(name, value):
    """What every cell says of one wrong tensor of shape (N, ...)."""
    if not isinstance(value, torch.Tensor):
        got = type(value).__name__
        return TypeError, f"expected {name} to be a tensor, got {got}"
    if value.device.type != "cpu":
        return ValueError, (
            f"expected {name} on cpu, as the weights, got {value.device}; "
            f"move it: {name}.to('cpu')"
        )
    if value.dtype != torch.float32:
        return ValueError, (
            f"expected {name} of torch.float32, as the weights, got "
            f"{value.dtype}; convert it: {name}.to(torch.float32)"
        )
    shapes = f"(N, {D}) or ({D},)" if name == "x" else f"({N}, {H})"
    return ValueError, (
        f"expected {name} of shape {shapes}, got {tuple(value.shape)}"
    )


BAD_X = [
    np.zeros((N, D), "float32"),
    [[0.0] * D],
    None,
    torch.zeros(N, D, device="meta"),
    torch.zeros(N, D, dtype=torch.float64),
    torch.zeros(N, D, dtype=torch.int64),
    torch.zeros(N, D + 1),
    torch.zeros(1, N, D),
    torch.tensor(0.0),
]
BAD_H = [
    np.zeros((N, H), "float32"),
    torch.zeros(N, H, device="meta"),
    torch.zeros(N, H, dtype=torch.float16),
    torch.zeros(N, H + 1),
    torch.zeros(N + 1, H),
    torch.zeros(H),
    torch.zeros(1, N, H),
]


@each_cell
@pytest.mark.parametrize("x", BAD_X, ids=lambda x: type(x).__name__)
def test_a_cell_refuses_a_bad_input(kind, x):
    cell, _ = pair(kind)
    refused(lambda: cell(x), *wrong("x", x))


@each_cell
@pytest.mark.parametrize("h", BAD_H, ids=lambda h: type(h).__name__)
def test_a_cell_refuses_a_bad_state(kind, h):
    cell, _ = pair(kind)
    x, good = torch.zeros(N, D), torch.zeros(N, H)
    if kind == "lstm":
        refused(lambda: cell(x, (h, good)), *wrong("h", h))
        refused(lambda: cell(x, (good, h)), *wrong("c", h))
    else:
        refused(lambda: cell(x, h), *wrong("h", h))


def test_a_cell_refuses_the_state_of_another_kind():
    x, h = torch.zeros(N, D), torch.zeros(N, H)
    pairs = "expected the state to be a tuple (h, c), got "
    for bad, got in [
        (h, "Tensor"),
        ((h,), "a tuple of 1"),
        ([], "a list of 0"),
    ]:
        refused(lambda bad=bad: LSTMCell(D, H)(x, bad), TypeError, pairs + got)
    for cell in (RNNCell(D, H), GRUCell(D, H)):
        refused(lambda cell=cell: cell(x, (h, h)), *wrong("h", (h, h)))


@each_cell
def test_a_sequence_without_steps_is_refused(kind):
    cell, _ = pair(kind)
    refused(
        lambda: unroll(cell, torch.zeros(0, N, D)),
        ValueError,
        f"expected at least one step, got {(0, N, D)}",
    )


@each_cell
def test_a_cell_under_autocast_is_near_itself(kind):
    cell, _ = pair(kind)
    x = torch.randn(N, D)
    exact, _ = unroll(cell, x[None])
    with torch.autocast("cpu", torch.bfloat16):
        near, _ = unroll(cell, x[None].expand(2, -1, -1))
    assert_close(near[:1].float(), exact, rtol=0, atol=2e-2)
