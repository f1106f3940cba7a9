"""The engine triton: what its kernels compute, what they refuse, the rule."""

import os
import subprocess
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import rnncourse
from rnncourse.engines.fused import sizes
from rnncourse.engines.fused.launch import launch
from rnncourse.engines.fused.sizes import (
    LARGEST,
    ON_CHIP,
    WARPS,
    faster,
    precision,
    refusal,
    room,
    taken,
    width,
)

ROOT = Path(__file__).parent.parent
CPU = torch.zeros(1)
there = pytest.mark.skipif(
    find_spec("triton") is None, reason="needs the package triton"
)


@pytest.fixture
def chip(monkeypatch):
    """A machine where the kernels could run."""
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.setattr(sizes, "find_spec", lambda name: name)


@there
def test_the_kernels_hold_in_the_interpreter():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/interpreted.py"],
        cwd=ROOT,
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_kernel_starts_on_the_device_of_its_tensors(monkeypatch):
    here, started = [], []

    @contextmanager
    def device_of(tensor):
        here.append(tensor)
        yield
        here.pop()

    class Kernel:
        def __getitem__(self, grid):
            return lambda *args, **options: started.append((grid, *here))

    monkeypatch.setattr(torch.cuda, "device_of", device_of)
    W_h = torch.zeros(15, 5)
    launch(Kernel(), (), W_h, 4, 3)
    launch(Kernel(), (), W_h, 4, 0)
    assert [grid for grid, _ in started] == [(3,)]
    assert started[0][1] is W_h


@pytest.mark.parametrize(
    ("H", "P"), [(1, 16), (16, 16), (17, 32), (33, 64), (64, 64), (100, 128)]
)
def test_a_tile_is_as_wide_as_the_next_power_of_two(H, P):
    assert width(H) == P


@pytest.mark.parametrize("allowed", [True, False])
def test_products_follow_what_torch_allows_to_cudnn(allowed):
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=allowed):
        assert precision(torch.float32) == ("tf32" if allowed else "tf32x3")
        assert precision(torch.bfloat16) == "ieee"
        size = 4 * 64 * 64 * 4 * (1 if allowed else 2)
        assert taken("lstm", 33, torch.float32) == size + 4 * 16 * 64 * 4


@pytest.mark.parametrize("allowed", [True, False])
def test_before_torch_2_9_there_is_one_switch_for_all_of_cudnn(
    allowed, monkeypatch
):
    old = SimpleNamespace(allow_tf32=allowed)
    monkeypatch.setattr(torch.backends, "cudnn", old)
    assert precision(torch.float32) == ("tf32" if allowed else "tf32x3")


def test_without_triton_the_engine_is_refused(chip, monkeypatch):
    assert refusal(CPU, "gru", 8) is None
    monkeypatch.setattr(sizes, "find_spec", lambda name: None)
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    with pytest.raises(ValueError, match="the package triton, got none, for"):
        rnncourse.GRU(2, 3)(torch.zeros(4, 1, 2))


def test_what_is_not_on_cuda_is_refused(chip, monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET")
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    with pytest.raises(ValueError, match="input on a CUDA device of compute c"):
        rnncourse.GRU(2, 3)(torch.zeros(4, 1, 2))


def test_other_types_sizes_and_projections_are_refused(chip, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_ENGINE", "triton")
    x = torch.zeros(4, 1, 2)
    for layer, given, said in [
        (rnncourse.GRU(2, 3).double(), x.double(), "bfloat16, got torch.floa"),
        (rnncourse.RNN(2, LARGEST + 1), x, "at most 128 units"),
        (rnncourse.LSTM(2, 65), x, "got 65 that take 294912"),
        (rnncourse.LSTM(2, 3, proj_size=1), x, "proj_size 0 for engine 'tri"),
    ]:
        with pytest.raises(ValueError, match=said):
            layer(given)


@there
@pytest.mark.parametrize("way", ["onward", "back"])
@pytest.mark.parametrize(
    ("kind", "H", "dtype", "allowed"),
    [
        ("gru", LARGEST, torch.float32, True),
        ("lstm", LARGEST, torch.bfloat16, True),
        ("lstm", 64, torch.float32, False),
        ("tanh", LARGEST, torch.float32, False),
    ],
)
def test_what_is_accepted_fits_on_the_chip(
    kind, H, dtype, allowed, way, chip, monkeypatch
):
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=allowed):
        assert refusal(CPU.to(dtype), kind, H) is None
        fixed = {"P": width(H), "PRECISION": precision(dtype), "ROWS": 16}
    monkeypatch.delenv("TRITON_INTERPRET")
    from triton import compile as compiled
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    name = "rnn" if kind == "tanh" else kind
    kernel = getattr(import_module(f"rnncourse.engines.fused.{name}"), way)
    fixed |= {"KEEP": True, "PHI": kind}
    short = "fp32" if dtype == torch.float32 else "bf16"
    types = dict.fromkeys(("T", "N", "H", "S_j", "S_k"), "i32") | {
        "c_": "*fp32"
    }
    types |= dict.fromkeys(fixed, "constexpr")
    names = kernel.arg_names
    source = ASTSource(
        fn=kernel,
        signature={one: types.get(one, f"*{short}") for one in names},
        constexprs={one: fixed[one] for one in names if one in fixed},
    )
    options = {"num_warps": WARPS[width(H)]}
    done = compiled(source, GPUTarget("cuda", 90, 32), options)
    assert taken(kind, H, dtype) / 2 < done.metadata.shared <= ON_CHIP


@pytest.mark.parametrize(("major", "most"), [(9, 101376), (7, 0)])
def test_a_device_says_what_fits_on_its_chip(major, most, monkeypatch):
    class OnCuda(torch.Tensor):
        is_cuda = True

    about = SimpleNamespace(major=major, shared_memory_per_block_optin=101376)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda device: about
    )
    assert room(CPU.as_subclass(OnCuda)) == most


@pytest.mark.parametrize(
    ("changes", "yes"),
    [
        ({}, True),
        ({"H": 65}, False),
        ({"N": 33}, False),
        ({"H": 32, "N": 128}, True),
        ({"T": 127}, False),
        ({"N": 1}, False),
        ({"T": 64, "H": 32}, True),
        ({"kind": "gru"}, False),
        ({"learning": False}, False),
    ],
)
def test_the_rule_takes_the_kernels_where_the_table_says(
    changes, yes, chip, monkeypatch
):
    key = ("lstm", torch.float32, True)
    monkeypatch.setattr(
        sizes, "FASTER", {key: [(128, 64, 2, 32), (64, 32, 32, 128)]}
    )
    given = {"kind": "lstm", "T": 128, "N": 32, "H": 64, "learning": True}
    given |= changes
    assert faster(CPU, **given) is yes
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        assert not faster(CPU, **given)
