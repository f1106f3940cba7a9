"""The layers are torch.nn's: outputs, last states and all gradients."""

import itertools

import pytest
import torch
from parity import assert_same, twin
from test_engines import needs_compiler
from torch import nn
from torch.testing import assert_close

import rnncourse
from rnncourse.engines import time

KINDS = {
    "tanh": ("RNN", {}),
    "relu": ("RNN", {"nonlinearity": "relu"}),
    "gru": ("GRU", {}),
    "lstm": ("LSTM", {}),
}
SIZES = [(5, 3, 2, 7), (9, 4, 7, 5)]  # T, N, D, H, coprime
FLAGS = [False, True]
NATIVE = pytest.param("native", marks=needs_compiler)
DTYPES = [torch.float32, torch.float64]
each_kind = pytest.mark.parametrize("kind", KINDS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    """Chunks of one or two steps, so that a sequence has several."""
    monkeypatch.setattr(time, "rows", lambda *_: 7)


def layers(kind, D, H, **options):
    name, fixed = KINDS[kind]
    options |= fixed
    ours, theirs = getattr(rnncourse, name), getattr(nn, name)
    return twin(ours(D, H, **options), theirs(D, H, **options))


def first_state(kind, layer, *batch):
    """One tensor, or two for an LSTM, that ask for their gradient."""
    rows = layer.num_layers * (1 + layer.bidirectional)
    dtype = layer.weight_ih_l0.dtype
    widths = [layer.proj_size or layer.hidden_size, layer.hidden_size]
    return [
        torch.randn(rows, *batch, width, dtype=dtype, requires_grad=True)
        for width in widths[: 2 if kind == "lstm" else 1]
    ]


def joined(tensors):
    return tuple(tensors) if len(tensors) == 2 else tensors[0]


def both_ways(kind, pair, x, feed, batch):
    """With the first state given, and without."""
    h = first_state(kind, pair[0], *batch)
    assert_same(*pair, lambda one: one(feed(x), joined(h)), [x, *h])
    assert_same(*pair, lambda one: one(feed(x)), [x])


def ragged(T, N):
    """Lengths in no order, T among them, and some of them equal."""
    return [1 + (3 * k + T - 1) % T for k in range(N)]


@each_kind
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("bidirectional", FLAGS)
@pytest.mark.parametrize("bias", FLAGS)
@pytest.mark.parametrize("batch_first", FLAGS)
@pytest.mark.parametrize("form", ["full", "packed", "alone"])
@each_dtype
@pytest.mark.parametrize("sizes", SIZES)
def test_a_layer_and_all_its_gradients_are_those_of_torch(
    kind, num_layers, bidirectional, bias, batch_first, form, dtype, sizes
):
    T, N, D, H = sizes
    pair = layers(
        kind,
        D,
        H,
        num_layers=num_layers,
        bidirectional=bidirectional,
        bias=bias,
        batch_first=batch_first,
        dtype=dtype,
    )
    batch = () if form == "alone" else (N,)
    shape = (N, T) if batch_first and batch else (T, *batch)
    x = torch.randn(*shape, D, dtype=dtype, requires_grad=True)

    def feed(x):
        lengths = ragged(T, N)
        packed = form == "packed"
        return rnncourse.pack(x, lengths, batch_first) if packed else x

    both_ways(kind, pair, x, feed, batch)


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@each_dtype
@pytest.mark.parametrize("bidirectional", FLAGS)
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("form", ["full", "packed", "alone"])
def test_a_projected_lstm_is_that_of_torch(
    dtype, bidirectional, num_layers, form, monkeypatch
):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    T, N, D, H = SIZES[0]
    pair = layers(
        "lstm",
        D,
        H,
        num_layers=num_layers,
        bidirectional=bidirectional,
        proj_size=3,
        dtype=dtype,
    )
    batch = () if form == "alone" else (N,)
    x = torch.randn(T, *batch, D, dtype=dtype, requires_grad=True)
    packed = form == "packed"

    def feed(x):
        return rnncourse.pack(x, ragged(T, N)) if packed else x

    both_ways("lstm", pair, x, feed, batch)


@each_kind
@each_dtype
@pytest.mark.parametrize("engine", ["torch", "bptt", NATIVE])
def test_every_engine_gives_what_torch_gives(kind, dtype, engine, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", engine)
    T, N, D, H = SIZES[1]
    pair = layers(kind, D, H, num_layers=2, bidirectional=True, dtype=dtype)
    x = torch.randn(T, N, D, dtype=dtype, requires_grad=True)
    both_ways(kind, pair, x, lambda x: x, (N,))


@each_kind
@pytest.mark.parametrize("enforced", FLAGS)
def test_a_sequence_packed_by_torch_is_taken(kind, enforced):
    T, N, D, H = SIZES[1]
    pair = layers(kind, D, H, bidirectional=True)
    x = torch.randn(T, N, D, requires_grad=True)
    lengths = sorted(ragged(T, N), reverse=True) if enforced else ragged(T, N)

    def feed(x):
        return nn.utils.rnn.pack_padded_sequence(
            x, lengths, enforce_sorted=enforced
        )

    both_ways(kind, pair, x, feed, (N,))
    ours, theirs = (one(feed(x))[0] for one in pair)
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        assert mine is other is None or torch.equal(mine, other)


def strided(x):
    return x.transpose(0, 1).contiguous().transpose(0, 1)


def every_other(x):
    return torch.stack([x, x], -1).flatten(-2)[..., ::2]


def expanded(x):
    return x[:, :1].expand(x.shape)


@each_kind
@pytest.mark.parametrize("view", [strided, every_other, expanded])
@pytest.mark.parametrize("batch_first", FLAGS)
def test_the_layout_of_the_input_in_memory_does_not_matter(
    kind, view, batch_first
):
    T, N, D, H = SIZES[0]
    pair = layers(kind, D, H, num_layers=2, batch_first=batch_first)
    shape = (N, T, D) if batch_first else (T, N, D)
    x = torch.randn(shape, requires_grad=True)
    both_ways(kind, pair, x, view, (N,))


@each_kind
@pytest.mark.parametrize(
    "of_output",
    [
        lambda out: out.sum(),
        lambda out: (out.sum(0, keepdim=True) * out[:1]).sum(),
        lambda out: (out.transpose(0, 1).contiguous() ** 2).sum(),
        lambda out: out[2].sum(),
        lambda out: out[..., ::2].mean(),
    ],
)
def test_the_gradient_of_the_output_may_have_any_layout(kind, of_output):
    T, N, D, H = SIZES[0]
    pair = layers(kind, D, H, num_layers=2)
    x = torch.randn(T, N, D, requires_grad=True)
    found = [
        torch.autograd.grad(of_output(one(x)[0]), [x, *one.parameters()])
        for one in pair
    ]
    assert_close(*found)


@each_kind
@pytest.mark.parametrize("bidirectional", FLAGS)
@pytest.mark.parametrize("batch_first", FLAGS)
def test_an_empty_batch_gives_an_empty_output_and_zero_gradients(
    kind, bidirectional, batch_first
):
    _, _, D, H = SIZES[0]
    pair = layers(
        kind, D, H, bidirectional=bidirectional, batch_first=batch_first
    )
    shape = (0, 4, D) if batch_first else (4, 0, D)
    x = torch.randn(shape, requires_grad=True)
    both_ways(kind, pair, x, lambda x: x, (0,))


@each_kind
@pytest.mark.parametrize("p", [0.0, 1.0])
@pytest.mark.parametrize("form", ["full", "packed"])
def test_dropout_of_nothing_and_of_everything_are_those_of_torch(kind, p, form):
    T, N, D, H = SIZES[0]
    pair = layers(kind, D, H, num_layers=3, dropout=p)
    x = torch.randn(T, N, D, requires_grad=True)

    def feed(x):
        return rnncourse.pack(x, ragged(T, N)) if form == "packed" else x

    both_ways(kind, pair, x, feed, (N,))


@each_kind
def test_dropout_drops_its_share_between_layers_and_only_in_training(kind):
    name, fixed = KINDS[kind]
    D = H = 50
    layer = getattr(rnncourse, name)(D, H, num_layers=2, dropout=0.3, **fixed)
    plain = getattr(rnncourse, name)(D, H, num_layers=2, **fixed)
    plain.load_state_dict(layer.state_dict())
    seen = []
    original = nn.functional.dropout

    def spy(x, p):
        seen.append((x, original(x, p)))
        return seen[-1][1]

    x = torch.rand(20, 10, D)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.functional, "dropout", spy)
        layer(x)
        ((given, kept),) = seen
        dropped = ((kept == 0) & (given != 0)).sum() / (given != 0).sum()
        assert abs(dropped - 0.3) < 0.05
        seen.clear()
        assert_close(layer.eval()(x), plain(x))
        assert seen == []


def test_dropout_with_nothing_to_drop_warns_as_in_torch():
    with pytest.warns(UserWarning, match="dropout option adds dropout after"):
        rnncourse.GRU(2, 3, dropout=0.5)


@each_kind
def test_without_gradients_the_numbers_are_the_same(kind):
    T, N, D, H = SIZES[1]
    layer, _ = layers(kind, D, H, num_layers=2, bidirectional=True)
    for x in (torch.randn(5 * T, N, D), torch.randn(5 * T, 0, D)):
        with_graph = layer(x)
        for mode in (torch.no_grad, torch.inference_mode):
            with mode():
                assert_close(layer(x), with_graph, rtol=1e-6, atol=1e-6)


@each_kind
@pytest.mark.parametrize("engine", ["torch", "bptt"])
def test_layers_work_in_bfloat16_and_under_autocast(kind, engine, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", engine)
    T, N, D, H = SIZES[1]
    exact, _ = layers(kind, D, H, num_layers=2, bidirectional=True)
    x = torch.randn(T, N, D)
    out, _ = exact(x)
    with torch.autocast("cpu", torch.bfloat16):
        near, _ = exact(x)
        near.float().sum().backward()
    assert_close(near.float(), out, rtol=0, atol=0.05)
    kept = [p.grad for p in exact.parameters()]
    exact.zero_grad()
    out.sum().backward()
    for rough, fine in zip(kept, exact.parameters(), strict=True):
        assert rough.dtype == torch.float32
        error = (rough - fine.grad).norm() / fine.grad.norm()
        assert error < 0.05
    low, _ = exact.bfloat16()(x.bfloat16())
    assert low.dtype == torch.bfloat16
    assert_close(low.float(), out, rtol=0, atol=0.05)


def test_ours_runs_in_the_type_of_the_autocast_region():
    for name in ("RNN", "LSTM", "GRU"):
        layer = getattr(rnncourse, name)(2, 3)
        with torch.autocast("cpu", torch.bfloat16):
            assert layer(torch.randn(4, 1, 2))[0].dtype == torch.bfloat16
            assert (
                layer.double()(torch.randn(4, 1, 2).double())[0].dtype
                == torch.float64
            )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("engine", ["cudnn", "bptt", "torch", None])
@each_kind
def test_layers_on_cuda_are_those_of_torch(kind, engine, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")
    for (
        num_layers,
        bidirectional,
        bias,
        batch_first,
        sizes,
    ) in itertools.product((1, 2, 3), FLAGS, FLAGS, FLAGS, SIZES):
        T, N, D, H = sizes
        pair = layers(
            kind,
            D,
            H,
            num_layers=num_layers,
            bidirectional=bidirectional,
            bias=bias,
            batch_first=batch_first,
            device="cuda",
            dtype=torch.float64,
        )
        pair[0].engine = engine
        shape = (N, T, D) if batch_first else (T, N, D)
        x = torch.randn(
            shape, device="cuda", dtype=torch.float64, requires_grad=True
        )
        lengths = ragged(T, N)
        for form in (
            lambda x: x,
            lambda x, n=lengths, first=batch_first: rnncourse.pack(x, n, first),
            lambda x: x[0],
        ):
            assert_same(*pair, lambda one, x=x, form=form: one(form(x)), [x])
