"""By oneDNN or by MKL: the same products, and each where it is the faster."""

import pytest
import torch
from parity import gradients
from test_layers_properties import flat
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.testing import assert_close

import rnncourse
from rnncourse.engines import bptt, products

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="torch without oneDNN"
)
EXACT = {"rtol": 1e-5, "atol": 1e-5}
ROWS, W = torch.zeros(4, 8), torch.zeros(512, 1024)  # worth it: 2**21


@pytest.fixture
def amd(monkeypatch):
    """As on a processor of AMD's; the rows of each product by oneDNN."""
    found, times = [], products.times

    def noted(a, *others):
        found.append(len(a))
        return times(a, *others)

    monkeypatch.setattr(products, "of_amd", lambda: True)
    monkeypatch.setattr(products, "times", noted)
    return found


@pytest.fixture
def always(amd, monkeypatch):
    """As there, for the smallest of products too; a few rows at a time."""
    for name in ("WORTH", "ALONE", "INNER"):
        monkeypatch.setattr(products, name, 0)
    monkeypatch.setattr(products, "ROWS", 3)
    return amd


def test_a_product_is_added_put_summed_and_moved(always):
    a, b, other = torch.randn(7, 4), torch.randn(4, 5), torch.randn(7, 5)
    out = other.clone()
    products.adding(a, b)(out, a, b)
    assert_close(out, other + a @ b, **EXACT)
    products.put(out, a, b)
    assert_close(out, a @ b, **EXACT)
    bias = torch.randn(5)
    products.linear(out, a, b.T, bias)
    assert_close(out, a @ b + bias, **EXACT)
    assert always[2:] == [3, 3, 1]  # along the rows
    total = torch.empty(0)
    for times in (1, 2):
        products.add_sum(total, a, other)
        assert_close(total, times * a.T @ other, **EXACT)
    assert len(always) == 7


@pytest.mark.parametrize("wide", [False, True], ids=["dense", "of wider rows"])
def test_a_sum_is_right_however_its_rows_lie(wide, always):
    rows, v = torch.randn(9, 8)[:, : 5 if wide else 8], torch.randn(9, 3)
    rows = rows if wide else rows.contiguous()
    out = torch.empty(0)
    products.add_sum(out, rows, v)
    assert_close(out, rows.T @ v, **EXACT)


@pytest.mark.parametrize("packed", [False, True], ids=["full", "packed"])
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_layer_by_onednn_is_torchs(kind, packed, always):
    T, N, D, H = 9, 4, 3, 5
    theirs = getattr(nn, kind)(D, H, num_layers=2, bidirectional=True)
    ours = getattr(rnncourse, kind)(
        D, H, num_layers=2, bidirectional=True, engine="bptt"
    )
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(T, N, D, requires_grad=True)
    found = []
    for layer in (theirs, ours):
        given = rnncourse.pack(x, [9, 7, 7, 2]) if packed else x
        ends = flat(layer(given))
        ends = [one for one in ends if one.requires_grad]
        found.append([*ends, *gradients(ends, [x, *layer.parameters()])])
    assert always
    for one, other in zip(*found, strict=True):
        assert_close(one, other, **EXACT)


def test_what_is_not_a_number_passes_through(always):
    layer = rnncourse.GRU(3, 4, engine="bptt")
    x = torch.randn(5, 2, 3)
    x[2, 1, 0] = torch.nan
    states, _ = layer(x)
    assert states[2:, 1].isnan().all()
    assert states[:, 0].isfinite().all()
    assert always


@pytest.mark.parametrize("maker", [True, False], ids=["AMD", "another"])
def test_onednn_is_asked_on_a_processor_of_amds(maker, monkeypatch):
    monkeypatch.setattr(products, "of_amd", lambda: maker)
    asked = products.add if maker else Tensor.addmm_
    assert products.adding(ROWS, W) is asked


class Other(torch.Tensor):
    """A tensor of another class."""


@pytest.mark.parametrize(
    ("rows", "W"),
    [
        (ROWS, W[:-1]),
        (ROWS[:-1], W),
        (ROWS.double(), W),
        (ROWS.bfloat16(), W),
        (ROWS.to("meta"), W),
        (ROWS.as_subclass(Other), W),
    ],
    ids=[
        "small",
        "few",
        "float64",
        "bfloat16",
        "elsewhere",
        "of another class",
    ],
)
def test_onednn_is_not_asked_where_it_is_not_faster(rows, W, amd):
    assert products.adding(rows, W) is Tensor.addmm_


def test_onednn_is_not_asked_where_it_is_off_or_others_look(amd, monkeypatch):
    with FakeTensorMode():
        assert products.adding(ROWS, W) is Tensor.addmm_
    assert products.adding(ROWS, W) is products.add
    monkeypatch.setattr(torch._C, "_get_mkldnn_enabled", lambda: False)
    assert products.adding(ROWS, W) is Tensor.addmm_


@pytest.mark.parametrize("kind", ["tanh", "gru", "lstm"])
def test_a_step_there_and_back_is_by_onednn_where_its_size_is_worth_it(
    kind, amd, monkeypatch
):
    asked = []
    monkeypatch.setattr(products, "ALONE", 2**40)
    monkeypatch.setattr(products, "by_onednn", lambda rows: asked.append(rows))
    T, N, H = 2, 3, 4
    K = {"tanh": H, "gru": 3 * H, "lstm": 4 * H}[kind]
    x, state = torch.randn(T, N, 5), torch.randn(N, H)
    weights = [torch.randn(K, 5), torch.randn(K, H), *torch.randn(2, K)]
    for one in weights:
        one.requires_grad_()
    for worth, times in ((N * K * H, 2), (N * K * H + 1, 0)):
        monkeypatch.setattr(products, "WORTH", worth)
        del asked[:]
        states = (state,) * (2 if kind == "lstm" else 1)
        out, _ = bptt.run(kind, x, states, *weights)
        out.sum().backward()
        assert len(asked) == times
        assert all(rows.shape == (N, H) for rows in asked)


def test_what_is_alone_has_to_be_larger(amd):
    few, rows = 2**21 // 64**2, 2**22 // 64**2  # of 64 numbers
    square, bias = torch.randn(64, 64), torch.zeros(64)
    for count, times in ((few, 0), (rows, 1)):
        x, amd[:] = torch.randn(count, 64), []
        out = torch.empty(count, 64)
        products.put(out, x, square)
        assert_close(out, x @ square, rtol=1e-4, atol=1e-4)
        assert len(amd) == times
        out = torch.empty(0)
        products.add_sum(out, x, x)
        assert_close(out, x.T @ x, rtol=1e-4, atol=1e-3)
        assert len(amd) == 2 * times
    products.linear(torch.empty(rows, 64), x, square, bias)
    assert len(amd) == 2  # for a block of rows is what counts
    wide, bias = torch.randn(128, 64), torch.zeros(128)
    products.linear(torch.empty(rows, 128), x, wide, bias)
    assert len(amd) == 4


def test_a_sum_of_few_rows_is_no_work_for_onednn(amd):
    a, b = torch.randn(32, 1024), torch.randn(32, 512)
    products.add_sum(torch.empty(0), a[1:], b[1:])
    assert not amd
    products.add_sum(torch.empty(0), a, b)
    assert amd
