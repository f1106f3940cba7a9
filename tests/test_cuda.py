"""On a GPU: the kernels of the engine triton, and what is trained there."""

import itertools
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import parity
import pytest
import torch
from fused import KINDS, draw, errors, layers, run
from parity import assert_same

import rnncourse
from rnncourse import forecasting, text
from rnncourse.training import Network

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA device"
)
SIZES = (16, 32, 48, 64, 100, 128)
SHAPES = list(itertools.product((1, 3, 32, 130), (1, 7, 64)))  # N, T
BOUNDS = {  # by type and whether TF32 is allowed
    (torch.float32, False): 1e-5,
    (torch.float32, True): 5e-3,
    (torch.float16, True): 1e-2,
    (torch.bfloat16, True): 5e-2,
}
WORKERS = 12  # the kernels of a kind and size are compiled by one of them
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def grid():
    """What is to give the errors of every kind and size."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(WORKERS, spawn, max_tasks_per_child=1) as pool:
        yield {
            (kind, H): pool.submit(errors, kind, H, SHAPES, list(BOUNDS))
            for H, kind in itertools.product(reversed(SIZES), KINDS)
        }


@each_kind
@pytest.mark.parametrize("H", SIZES)
@pytest.mark.parametrize("precision", BOUNDS, ids=str)
def test_the_kernels_are_the_cells_in_float64(kind, H, precision, grid):
    found = {
        case[:2]: error
        for case, error in grid[kind, H].result().items()
        if case[2:] == precision
    }
    if not found:
        pytest.skip("W_h does not fit")
    assert len(found) == len(SHAPES)
    for case, error in found.items():
        assert error < BOUNDS[precision], case


NEAR = {"rtol": 1e-3, "atol": 3e-4}  # cuDNN's own float32 strays so far


@pytest.fixture
def exact(monkeypatch):
    monkeypatch.setitem(parity.TOLERANCE, torch.float32, NEAR)
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


@each_kind
@pytest.mark.parametrize("form", ["full", "batch first", "packed", "alone"])
def test_a_stacked_layer_in_both_directions_is_that_of_torch(
    kind, form, exact, monkeypatch
):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    T, N, D, H = 9, 5, 16, 16
    first = form == "batch first"
    pair = layers(
        kind,
        D,
        H,
        num_layers=2,
        bidirectional=True,
        batch_first=first,
        device="cuda",
    )
    shape = (N, T, D) if first else (T, N, D)
    x = torch.randn(shape, device="cuda", requires_grad=True)

    def call(layer):
        if form == "packed":
            return layer(rnncourse.pack(x, [2, T, 5, T, 1]))
        return layer(x[:, 0] if form == "alone" else x)

    assert_same(*pair, call, [x])


@each_kind
def test_a_gradient_that_is_expanded_is_that_of_torch(kind, exact, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    pair = layers(kind, 16, 16, device="cuda")
    x = torch.randn(16, 3, 9, device="cuda", requires_grad=True)
    found = [
        torch.autograd.grad(
            layer(x.transpose(0, 2))[0].sum(), [x, *layer.parameters()]
        )
        for layer in pair
    ]
    torch.testing.assert_close(*found, **NEAR)


@each_kind
def test_no_sequences_give_no_output_and_zero_gradients(kind, exact):
    out, *others = run(kind, draw(kind, 4, 0, 16, 16), torch.float32, "cuda")
    assert out.shape == (4, 0, 16)
    assert not any(one.any() for one in others)


@each_kind
def test_what_is_not_a_number_stays_so_in_its_own_sequence(kind, exact):
    x, *others = draw(kind, 4, 3, 16, 16)
    x[1, 2] = torch.nan
    out, *_ = run(kind, [x, *others], torch.float32, "cuda")
    assert out[1:, 2].isnan().all()
    assert not out[:, :2].isnan().any()
    assert not out[:1].isnan().any()


@each_kind
def test_a_captured_graph_gives_the_same(kind, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    layer, _ = layers(kind, 16, 16, device="cuda")
    x = torch.randn(9, 3, 16, device="cuda")
    with torch.no_grad():
        right = layer(x)[0]  # compiled before it is captured
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = layer(x)[0]
        graph.replay()
    assert torch.equal(out, right)


# Training ---------------------------------------------------------------------


def test_a_language_model_learns_where_it_is():
    model = text.LanguageModel("gru", 8, 8, 16).to(rnncourse.device())
    read = [2, 3, 4, 5, 6, 7]
    steps = list(text.learn(model, [[read] * 40] * 12, N=4, truncation=10))
    assert steps[-1].loss < 0.5 * steps[0].loss
    assert text.perplexity(model.log_probabilities(read)) < 1.3


def test_a_forecaster_learns_where_it_is():
    x = torch.sin(torch.arange(400.0).double() / 4)
    train = forecasting.windows(x, 12, 3, end=300)
    chosen = forecasting.windows(x, 12, 3, 300)
    network = Network(rnncourse.GRU(1, 8), 3, last=True)
    scaling = forecasting.Scaling.fit(x[:300])
    model = forecasting.learn(
        [network.to(rnncourse.device())], train, chosen, scaling, steps=150
    )
    still = forecasting.persistence(chosen.past, 3)
    said = model(chosen.past)
    assert forecasting.skill(said, still, chosen.future).min() > 0.9
