"""The compiled engine: right for all sizes, wherever and however it runs."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from parity import flat, gradients
from test_engines import BLOCKS, by_autograd, draw, needs_compiler
from torch import nn
from torch.testing import assert_close

import rnncourse
from rnncourse.engines import bptt, compiled, explain, native, rule

pytestmark = needs_compiler
MODULES = {"tanh": "RNN", "relu": "RNN", "gru": "GRU", "lstm": "LSTM"}
DTYPES = {torch.float32: 1e-6, torch.float64: 1e-13}
each_kind = pytest.mark.parametrize("kind", BLOCKS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def run(kind, x, W_x, W_h, b_x, b_h, *state, loops=native.LOOPS):
    out, last = bptt.run(kind, x, state, W_x, W_h, b_x, b_h, loops=loops)
    return out, *last


def measured(run, kind, inputs, dtype):
    """Outputs and gradients of a loss in which nothing cancels."""
    inputs = [one.detach().to(dtype).requires_grad_() for one in inputs]
    outputs = run(kind, *inputs)
    total = sum((one * one).sum() for one in outputs)
    return [*outputs, *gradients([total], inputs)]


def strayed(found, exact):
    """The relative error, in the norm, of each tensor."""
    return [
        ((one.double() - its).norm() / its.norm()).item()
        if its.any()
        else float(one.any())
        for one, its in zip(found, exact, strict=True)
    ]


@each_kind
@each_dtype
@pytest.mark.parametrize("H", [1, 3, 16, 17, 33, 64])
@pytest.mark.parametrize("N", [0, 1, 2, 7])
def test_every_size_is_right_to_the_last_digits(kind, dtype, H, N):
    most = DTYPES[dtype] * (5 if H == 1 else 1)  # one number may nearly cancel
    for T in (1, 2, 5, 12):
        inputs = draw(kind, T, N, 5, H, seed=T)
        for weight in inputs[1:3]:
            weight.data.div_(weight.shape[1] ** 0.5)
        exact = measured(by_autograd, kind, inputs, torch.float64)
        ours, its = (
            strayed(measured(one, kind, inputs, dtype), exact)
            for one in (run, by_autograd)
        )
        for mine, theirs in zip(ours, its, strict=True):
            assert mine < max(most, 2 * theirs)


@each_dtype
def test_the_hyperbolic_tangent_is_right_to_its_last_two_bits(dtype):
    a = torch.cat(
        [torch.linspace(-25, 25, 5001), torch.logspace(-12, 1, 1001)]
    ).to(dtype)
    zero, one = torch.zeros(1, 1, dtype=dtype), torch.ones(1, 1, dtype=dtype)
    with torch.no_grad():
        found, _ = run("tanh", a[:, None, None], one, zero, None, None, zero)
    its = a.double().tanh()
    strayed = (found.flatten().double() - its).abs()
    assert (strayed <= 4 * torch.finfo(dtype).eps * its.abs()).all()


@each_kind
@each_dtype
def test_with_or_without_gradients_the_numbers_are_the_same(kind, dtype):
    inputs = [one.to(dtype) / 3 for one in draw(kind, 150, 7, 5, 17)]
    taught = run(kind, *inputs)
    with torch.no_grad():
        alone = run(kind, *inputs)
    assert_close(alone, taught, rtol=0, atol=0)


@each_kind
def test_threads_change_nothing(kind, monkeypatch):
    monkeypatch.setattr(native, "WORTH", 0)
    inputs = draw(kind, 33, 5, 7, 19)
    one = measured(run, kind, inputs, torch.float32)
    for count in (2, 3):
        torch.set_num_threads(count)
        assert_close(
            measured(run, kind, inputs, torch.float32), one, rtol=0, atol=0
        )


@each_kind
def test_it_runs_in_several_threads_at_once(kind):
    inputs = [draw(kind, 40, 3, 4, 21, seed=seed) for seed in range(4)]
    expected = [measured(run, kind, one, torch.float32) for one in inputs]

    def work(k):
        return [measured(run, kind, inputs[k], torch.float32) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        for found, right in zip(
            pool.map(work, range(4)), expected, strict=True
        ):
            for one in found:
                assert_close(one, right, rtol=0, atol=0)


def test_one_thread_works_where_there_is_little_to_do_or_no_other(monkeypatch):
    monkeypatch.setattr(native, "alone", False)
    torch.set_num_threads(2)
    assert native.threads(native.WORTH) == 2
    assert native.threads(native.WORTH - 1) == 1
    native.forked()
    assert native.threads(native.WORTH) == 1


FORKS = """
import os, signal, torch, rnncourse
torch.set_num_threads(2)
layer = rnncourse.GRU(32, 64, engine="native")
x = torch.ones(64, 8, 32)
with torch.no_grad():
    right, _ = layer(x)
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(0 if torch.equal(layer(x)[0], right) else 1)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_does_not_wait_for_threads_that_it_has_not():
    place = {"PYTHONPATH": str(Path(rnncourse.__file__).parent.parent)}
    place |= {"RNNCOURSE_ENGINE": "", "RNNCOURSE_CACHE": ""}
    said = subprocess.run(
        [sys.executable, "-c", FORKS],
        env=os.environ | place,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.stdout.strip() == "0", said.stderr


@each_kind
@each_dtype
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf, 1e30])
def test_what_is_no_number_goes_where_it_goes_in_torch(kind, dtype, value):
    T, N, D, H = 6, 3, 4, 18
    options = {"nonlinearity": "relu"} if kind == "relu" else {}
    theirs = getattr(nn, MODULES[kind])(D, H, dtype=dtype, **options)
    inputs = list(theirs.parameters())
    x = torch.randn(T, N, D, dtype=dtype)
    x[2, 1, 3] = value
    state = [torch.zeros(N, H, dtype=dtype)] * (2 if kind == "lstm" else 1)
    out, *last = run(kind, x, *inputs, *state)
    its, end = theirs(x)
    digits = 1e-5 if dtype == torch.float32 else 1e-13
    wide = digits * its.nan_to_num(0, 0, 0).abs().max().item()  # they cancel
    assert_close(out, its, rtol=digits, atol=wide, equal_nan=True)
    ends = [one[0] for one in flat(end)]
    assert_close(last, ends, rtol=digits, atol=wide, equal_nan=True)


def test_a_gradient_that_is_no_number_stays_none():
    inputs = draw("lstm", 4, 2, 3, 5)
    out, *_ = run("lstm", *inputs)
    dout = torch.zeros_like(out)
    dout[2, 1, 3] = torch.nan
    dx, *_ = torch.autograd.grad(out, inputs, dout)
    assert dx[:3, 1].isnan().all()
    assert not dx[3:].any()
    assert not dx[:, 0].any()


@each_kind
@pytest.mark.parametrize("which", [0, 1, 2, 3, 5])
def test_memory_need_not_lie_in_order(kind, which):
    inputs = [one.detach() for one in draw(kind, 5, 3, 4, 6)]
    right = run(kind, *inputs)
    inputs[which] = inputs[which].repeat_interleave(2, -1)[..., ::2]
    for one, its in zip(run(kind, *inputs), right, strict=True):
        assert_close(one, its, rtol=0, atol=0)
    if inputs[which].dim() == 3:
        turned = inputs[0].transpose(0, 1).contiguous().transpose(0, 1)
        for one, its in zip(run(kind, turned, *inputs[1:]), right, strict=True):
            assert_close(one, its, rtol=0, atol=0)


# ---- Which engine, and why


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Nothing loaded yet, and an empty cache."""
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "LIBRARIES", {})
    monkeypatch.setattr(native, "HINDRANCES", {})
    flags = compiled.FLAGS.replace("-O3", "-O0")
    monkeypatch.setattr(compiled, "FLAGS", flags)
    return tmp_path


X = torch.zeros(16, 2, 3)


def why(x=X):
    return native.hindrance(x, False)


def libraries(folder):
    return sorted((folder / "native").glob("*"))


def test_a_library_is_made_once_and_found_again(fresh, monkeypatch):
    assert why() is None
    (made,) = libraries(fresh)
    assert made.suffix == ".so"
    assert (fresh / "native").stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(native, "LIBRARIES", {})
    monkeypatch.setattr(compiled, "build", None)
    assert why() is None
    assert libraries(fresh) == [made]


def test_each_library_says_how_much_room_it_needs():
    """One of wider vectors needs more: with less it would write beyond."""

    class Library:
        def __init__(self, lanes):
            self.room = lambda code, rows, D, H: lanes * rows * D * H

    narrow, wide = Library(4), Library(16)
    assert [native.size(one, 0, 2, 3, 5) for one in (narrow, wide)] == [
        120,
        480,
    ]


def test_a_library_is_loaded_when_it_is_asked_for(fresh):
    assert native.loaded(X) is native.LIBRARIES[X.dtype]


def test_each_type_has_its_own(fresh):
    assert why() is None
    assert why(X.double()) is None
    assert len(libraries(fresh)) == 2


def test_a_damaged_library_is_made_anew(fresh, monkeypatch):
    command = compiled.compiler()
    name = f"native-{compiled.key(command, '')}"
    damaged = compiled.folder() / f"{name}-{'0' * 24}.so"
    damaged.write_bytes(b"\x7fELF and no more")
    assert why() is None
    assert not damaged.exists()
    assert len(libraries(fresh)) == 1


def test_what_depends_on_the_compiler_is_in_the_name(monkeypatch):
    command = compiled.compiler()
    keys = {compiled.key(command, ""), compiled.key(command, "-DDOUBLE")}
    monkeypatch.setattr(compiled, "FLAGS", compiled.FLAGS + " -g")
    keys.add(compiled.key(command, ""))
    monkeypatch.setattr(compiled, "processor", lambda: "another")
    keys.add(compiled.key(command, ""))
    assert len(keys) == 4


def test_a_processor_has_a_name_everywhere(monkeypatch):
    assert compiled.processor()
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert compiled.processor()


@pytest.mark.parametrize("maker", ["AuthenticAMD", "GenuineIntel"])
def test_a_processor_s_maker_is_read_from_its_name(maker, monkeypatch):
    monkeypatch.setattr(compiled, "processor", lambda: f"vendor_id : {maker}")
    assert compiled.of_amd.__wrapped__() is (maker == "AuthenticAMD")


def falls_back(reason):
    """The layer runs all the same, and says why not on this engine."""
    layer = rnncourse.GRU(3, 4)
    assert rule(X, layer.accept(X)[1]) == "bptt"
    assert_close(layer(X)[0].shape, torch.Size([16, 2, 4]))
    assert reason in explain(layer, X)
    layer.engine = "native"
    with pytest.raises(ValueError, match="expected what engine 'native'"):
        layer(X)
    with pytest.raises(compiled.CompilerError, match=re.escape(reason)):
        native.loaded(X)


@pytest.fixture
def unasked(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_ENGINE")


@pytest.mark.usefixtures("fresh", "unasked")
def test_without_a_compiler_torch_runs(monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiled, "COMPILERS", ("no-such-compiler",))
    falls_back("no C compiler was found, neither in CC nor as no-such-compiler")


@pytest.mark.usefixtures("fresh", "unasked")
def test_a_compiler_that_is_named_wrongly_is_named(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -O1")
    falls_back("CC names 'no-such-compiler', which was not found")


@pytest.mark.usefixtures("fresh", "unasked")
def test_a_compiler_that_fails_is_quoted(monkeypatch):
    monkeypatch.setattr(compiled, "FLAGS", "-no-such-flag")
    falls_back("no-such-flag")


@pytest.mark.usefixtures("fresh", "unasked")
def test_a_compiler_that_does_not_run_is_named(monkeypatch, tmp_path):
    script = tmp_path / "cc"
    script.write_text("no program")
    script.chmod(0o700)
    monkeypatch.setenv("CC", str(script))
    falls_back(f"{script} did not run")


@pytest.mark.usefixtures("fresh", "unasked")
def test_a_compiler_that_knows_less_is_enough(monkeypatch):
    monkeypatch.setattr(compiled, "MORE", ("-no-such-flag", ""))
    assert why() is None


@pytest.mark.usefixtures("unasked")
def test_a_folder_where_nothing_can_be_written_is_named(fresh, monkeypatch):
    (fresh / "native").write_text("not a folder")
    falls_back("native")


@pytest.mark.usefixtures("unasked")
def test_a_folder_where_others_may_write_is_not_used(fresh):
    (fresh / "native").mkdir()
    (fresh / "native").chmod(0o777)
    falls_back("others may write into")


@pytest.mark.usefixtures("fresh", "unasked")
def test_a_library_with_other_numbers_is_not_used(monkeypatch, tmp_path):
    source = tmp_path / "native.c"
    text = compiled.SOURCE.read_text("utf-8")
    assert "1 - n * n" in text
    source.write_text(text.replace("1 - n * n", "1 + n * n"))
    monkeypatch.setattr(compiled, "SOURCE", source)
    falls_back("its numbers are not those of bptt")


@pytest.mark.usefixtures("fresh", "unasked")
def test_on_windows_torch_runs(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    falls_back("not built on Windows")


@pytest.mark.parametrize(
    ("x", "projected", "reason"),
    [
        (X.to("meta"), False, "for a CPU, not for meta"),
        (X.bfloat16(), False, "not for torch.bfloat16"),
        (X, True, "no projection"),
        (
            X.as_subclass(type("Other", (torch.Tensor,), {})),
            False,
            "stands for",
        ),
    ],
)
def test_what_it_cannot_run_it_names(x, projected, reason):
    assert reason in native.hindrance(x, projected)


def test_in_an_autocast_region_it_does_not_run():
    with torch.autocast("cpu", torch.bfloat16):
        assert "autocast" in why()
        assert why(X.double()) is None


def test_under_a_transform_it_does_not_run():
    seen = []
    torch.func.vmap(lambda x: seen.append(why(x)) or x)(X)
    assert "stands for" in seen[0]


@pytest.mark.usefixtures("unasked")
def test_the_reason_is_a_sentence(monkeypatch):
    layer = rnncourse.GRU(3, 4)
    assert explain(layer, X).startswith("'native' runs this, because ")
    packed = rnncourse.pack(X, [16, 2])
    assert "runs this, because" in explain(layer, packed)
    layer.engine = "torch"
    assert explain(layer, X) == (
        "'torch' runs this, because the layer was made with it."
    )
    monkeypatch.setenv("RNNCOURSE_ENGINE", "bptt")
    assert explain(layer, X) == (
        "'bptt' runs this, because RNNCOURSE_ENGINE says so."
    )
