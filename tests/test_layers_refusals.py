"""A bad call is refused at once, in words that say what to do."""

import numpy as np
import pytest
import torch
from refusals import refused
from test_layers import KINDS, each_kind

import rnncourse
from rnncourse import pack

T, N, D, H = 4, 3, 5, 7
SIZE = "expected {} to be a positive int, got {!r}"
FLAG = "expected {} to be True or False, got {!r}"
FRACTION = "expected {} to be a number in [0, 1], got {!r}"
ENGINE = (
    "expected {} to be 'bptt', 'native', 'triton', 'cudnn' or 'torch', got {!r}"
)
PHI = "expected {} to be 'tanh' or 'relu', got {!r}"
COUNT = "expected {} to be an int >= 0, got {!r}"
NO_INTS = [0, -1, 2.0, "2", None, True]
SETTINGS = [
    ("input_size", NO_INTS, SIZE),
    ("hidden_size", NO_INTS, SIZE),
    ("num_layers", NO_INTS, SIZE),
    ("bias", [1, None, "no"], FLAG),
    ("batch_first", [1, None, "no"], FLAG),
    ("bidirectional", [2, None, "both"], FLAG),
    ("dropout", [-0.1, 1.1, True, None, "0.5", float("nan")], FRACTION),
    ("engine", ["compiled", "BPTT", 1], ENGINE),
]


@each_kind
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (name, value, message)
        for name, values, message in SETTINGS
        for value in values
    ],
)
def test_a_layer_refuses_a_bad_setting(kind, name, value, message):
    make, fixed = KINDS[kind]
    settings = {"input_size": D, "hidden_size": H} | fixed | {name: value}
    refused(
        lambda: getattr(rnncourse, make)(**settings),
        ValueError,
        message.format(name, value),
    )


@pytest.mark.parametrize("value", ["sigmoid", "Tanh", None, 1])
def test_an_unknown_nonlinearity_is_refused(value):
    refused(
        lambda: rnncourse.RNN(D, H, nonlinearity=value),
        ValueError,
        PHI.format("nonlinearity", value),
    )


@pytest.mark.parametrize("value", [-1, 1.0, True, None])
def test_a_projection_is_a_size_or_zero(value):
    refused(
        lambda: rnncourse.LSTM(D, H, proj_size=value),
        ValueError,
        COUNT.format("proj_size", value),
    )


@pytest.mark.parametrize("value", [H, H + 1])
def test_a_projection_is_smaller_than_the_state(value):
    refused(
        lambda: rnncourse.LSTM(D, H, proj_size=value),
        ValueError,
        f"expected proj_size < hidden_size {H}, got {value}",
    )


@pytest.mark.parametrize("name", ["RNN", "GRU"])
def test_only_an_lstm_has_a_projection(name):
    refused(
        lambda: getattr(rnncourse, name)(D, H, proj_size=2),
        ValueError,
        "proj_size argument is only supported for LSTM, not RNN or GRU",
    )


def layer(kind, **options):
    make, fixed = KINDS[kind]
    return getattr(rnncourse, make)(D, H, **fixed, **options)


def wrong(name, value, shapes):
    """What is said of a wrong tensor."""
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
    return ValueError, (
        f"expected {name} of shape {shapes}, got {tuple(value.shape)}"
    )


@each_kind
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((T, N, D), "float32"),
        [[[0.0] * D]],
        None,
        torch.zeros(T, N, D, device="meta"),
        torch.zeros(T, N, D, dtype=torch.float64),
        torch.zeros(T, N, D, dtype=torch.int64),
        torch.zeros(T, N, D + 1),
        torch.zeros(T, D, N),
        torch.zeros(T, D + 1),
        torch.zeros(D),
        torch.tensor(0.0),
        torch.zeros(1, T, N, D),
    ],
    ids=lambda x: type(x).__name__,
)
def test_a_layer_refuses_a_bad_input(kind, batch_first, x):
    shapes = f"({'N, T' if batch_first else 'T, N'}, {D}) or (T, {D})"
    one = layer(kind, batch_first=batch_first)
    refused(lambda: one(x), *wrong("input", x, shapes))


@each_kind
@pytest.mark.parametrize("shape", [(0, N, D), (0, D)])
def test_a_sequence_without_steps_is_refused(kind, shape):
    message = f"expected at least one step, got {shape}"
    x = torch.zeros(shape)
    refused(lambda: layer(kind)(x), ValueError, message)


@each_kind
def test_with_batch_first_the_steps_are_the_second_axis(kind):
    message = f"expected at least one step, got {(N, 0, D)}"
    one = layer(kind, batch_first=True)
    refused(lambda: one(torch.zeros(N, 0, D)), ValueError, message)


@each_kind
@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(T, N, D + 1),
        torch.zeros(T, N, D - 1),
        torch.zeros(T, N),
        torch.zeros(T, N, D, dtype=torch.float64),
        torch.zeros(T, N, D, dtype=torch.int64),
    ],
    ids=lambda x: f"{tuple(x.shape)}{x.dtype}",
)
def test_a_packed_sequence_of_another_width_or_type_is_refused(kind, x):
    packed = pack(x, [T] * N)
    refused(
        lambda: layer(kind)(packed),
        *wrong("input.data", packed.data, f"(steps, {D})"),
    )


BAD_STATES = [
    np.zeros((1, N, H), "float32"),
    torch.zeros(1, N, H, device="meta"),
    torch.zeros(1, N, H, dtype=torch.float16),
    torch.zeros(1, N, H + 1),
    torch.zeros(1, N + 1, H),
    torch.zeros(2, N, H),
    torch.zeros(N, H),
    torch.zeros(H),
]


@each_kind
@pytest.mark.parametrize("h", BAD_STATES, ids=lambda h: type(h).__name__)
@pytest.mark.parametrize("packed", [False, True])
def test_a_layer_refuses_a_bad_state(kind, h, packed):
    x, good = torch.zeros(T, N, D), torch.zeros(1, N, H)
    x = pack(x, [T] * N) if packed else x
    shape = f"({1}, {N}, {H})"
    one = layer(kind)
    if kind == "lstm":
        refused(lambda: one(x, (h, good)), *wrong("h_0", h, shape))
        refused(lambda: one(x, (good, h)), *wrong("c_0", h, shape))
    else:
        refused(lambda: one(x, h), *wrong("h_0", h, shape))


@each_kind
def test_without_a_batch_the_state_has_none(kind):
    h = torch.zeros(1, 1, H)
    state = (h, h) if kind == "lstm" else h
    refused(
        lambda: layer(kind)(torch.zeros(T, D), state),
        *wrong("h_0", h, f"({1}, {H})"),
    )


@each_kind
def test_every_layer_and_direction_has_its_state(kind):
    h = torch.zeros(2, N, H)
    state = (h, h) if kind == "lstm" else h
    one = layer(kind, num_layers=2, bidirectional=True)
    refused(
        lambda: one(torch.zeros(T, N, D), state),
        *wrong("h_0", h, f"({4}, {N}, {H})"),
    )


def test_with_a_projection_h_is_narrow_and_c_is_not():
    one = rnncourse.LSTM(D, H, proj_size=2)
    x = torch.zeros(T, N, D)
    h, c = torch.zeros(1, N, 2), torch.zeros(1, N, H)
    refused(lambda: one(x, (c, c)), *wrong("h_0", c, f"(1, {N}, 2)"))
    refused(lambda: one(x, (h, h)), *wrong("c_0", h, f"(1, {N}, {H})"))


def test_the_state_of_another_kind_is_refused():
    x, h = torch.zeros(T, N, D), torch.zeros(1, N, H)
    pairs = "expected the state to be a tuple (h, c), got "
    for bad, got in [
        (h, "Tensor"),
        ((h,), "a tuple of 1"),
        ((h, h, h), "a tuple of 3"),
        ([h], "a list of 1"),
        (3, "int"),
    ]:
        one = layer("lstm")
        refused(lambda one=one, bad=bad: one(x, bad), TypeError, pairs + got)
    for kind in ("tanh", "relu", "gru"):
        one = layer(kind)
        refused(lambda one=one: one(x, (h, h)), *wrong("h_0", (h, h), ""))


def test_a_list_of_two_is_a_state_too():
    x, h = torch.randn(T, N, D), torch.randn(1, N, H)
    one = layer("lstm")
    assert torch.equal(one(x, [h, h])[0], one(x, (h, h))[0])


@each_kind
def test_under_autocast_only_numbers_of_another_kind_are_refused(kind):
    one, x = layer(kind), torch.zeros(T, N, D)
    with torch.autocast("cpu", torch.bfloat16):
        assert one(x.bfloat16())[0].dtype == torch.bfloat16
        refused(lambda: one(x.long()), *wrong("input", x.long(), ""))


@each_kind
def test_cudnn_is_refused_elsewhere(kind, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    refused(
        lambda: layer(kind, engine="cudnn")(torch.zeros(T, N, D)),
        ValueError,
        "expected an input on a CUDA device with cuDNN for engine 'cudnn', "
        "got torch.float32 on cpu; engines 'bptt' and 'torch' run everywhere",
    )


def test_a_projection_by_hand_is_refused():
    refused(
        lambda: rnncourse.LSTM(D, H, proj_size=2)(torch.zeros(T, N, D)),
        ValueError,
        "expected proj_size 0 for engine 'bptt', got a projection; engines "
        "'torch' and 'cudnn' have them",
    )


def test_what_the_compiled_engine_cannot_run_is_refused(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    refused(
        lambda: rnncourse.LSTM(D, H, proj_size=2, engine="native")(
            torch.zeros(T, N, D)
        ),
        ValueError,
        "expected what engine 'native' can run, got a case that it cannot: it "
        "has no projection; engine 'torch' runs everywhere",
    )


@pytest.mark.parametrize("value", ["compiled", "Torch"])
def test_an_unknown_engine_in_the_environment_is_refused(value, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", value)
    refused(
        lambda: layer("gru")(torch.zeros(T, N, D)),
        ValueError,
        ENGINE.format("RNNCOURSE_ENGINE", value),
    )


X = torch.zeros(T, N, 2)
LENGTH = "expected each length to be in 1..4, got {!r}"
INT = "expected each length to be an int, got {!r}"


@pytest.mark.parametrize(
    ("lengths", "kind", "message"),
    [
        ([4, 5, 1], ValueError, LENGTH.format(5)),
        ([4, 0, 1], ValueError, LENGTH.format(0)),
        ([4, -2, 1], ValueError, LENGTH.format(-2)),
        (torch.tensor([4, 9, 1]), ValueError, LENGTH.format(9)),
        ([4, 2.0, 1], TypeError, INT.format(2.0)),
        ([4, True, 1], TypeError, INT.format(True)),
        ([4, None, 1], TypeError, INT.format(None)),
        (torch.tensor([4.0, 2.0, 1.0]), TypeError, INT.format(4.0)),
        (torch.tensor([[4, 2, 1]]), TypeError, INT.format([4, 2, 1])),
        ("421", TypeError, INT.format("4")),
        ([4, 2], ValueError, "expected 3 lengths, one each, got 2"),
        ([4] * 5, ValueError, "expected 3 lengths, one each, got 5"),
        ([], ValueError, "expected 3 lengths, one each, got 0"),
        (
            4,
            TypeError,
            "expected lengths to be a sequence of ints, got int",
        ),
        (
            None,
            TypeError,
            "expected lengths to be a sequence of ints, got NoneType",
        ),
        (
            torch.tensor(4),
            TypeError,
            "expected lengths to be a sequence of ints, got int",
        ),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, kind, message):
    refused(lambda: pack(X, lengths), kind, message)
    refused(lambda: pack(X.transpose(0, 1), lengths, True), kind, message)


def test_what_is_no_batch_of_sequences_is_not_packed():
    refused(
        lambda: pack(np.zeros((T, N)), [T] * N),
        TypeError,
        "expected x to be a tensor, got ndarray",
    )
    for batch_first, layout in [(False, "T, N"), (True, "N, T")]:
        refused(
            lambda first=batch_first: pack(torch.zeros(T), [T], first),
            ValueError,
            f"expected x of shape ({layout}, ...), got (4,)",
        )


@pytest.mark.parametrize("batch_first", [False, True])
def test_an_empty_batch_is_not_packed(batch_first):
    x = torch.zeros(0, T, D) if batch_first else torch.zeros(T, 0, D)
    refused(
        lambda: pack(x, [], batch_first),
        ValueError,
        f"expected at least one sequence, got {tuple(x.shape)}",
    )
