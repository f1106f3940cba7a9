"""Who runs a layer along time, and the fixed rule that chooses.

    bptt   the gradients derived by hand, in torch's operations
    native the same in C, on a CPU whose system has a compiler
    triton the same in one kernel each way, on a GPU, in `fused`
    cudnn  torch.nn's own forward, on a CUDA device that has cuDNN
    torch  torch.nn's own forward, without cuDNN

The environment variable RNNCOURSE_ENGINE goes before a layer's own `engine`,
and that before the rule. The rule is a table, on a CPU that of `table`: nothing
is timed when a layer runs.
"""

import os
from typing import Any

import torch
from torch import Tensor

from rnncourse.checks import check_choice
from rnncourse.engines import bptt, fused, native
from rnncourse.engines.compiled import of_amd
from rnncourse.engines.fused.sizes import faster, refusal
from rnncourse.engines.table import Task, ahead, compiled_ahead

ENGINES = ("bptt", "native", "triton", "cudnn", "torch")
LOOPS = {  # those by hand
    "bptt": bptt.LOOPS,
    "native": native.LOOPS,
    "triton": fused.LOOPS,
}
VARIABLE = "RNNCOURSE_ENGINE"


def choose(asked: str | None, x: Tensor, task: Task) -> str:
    """The engine for this input and task.

    Args:
        asked: what the layer was made with, None for the rule.
        x: the input, for its device and dtype.
        task: its shape and the layer's.

    Raises:
        ValueError: if the engine asked for is unknown, or cannot run this.
    """
    said = os.environ.get(VARIABLE)
    if said:
        check_choice(VARIABLE, said, ENGINES)
    engine = said or asked or rule(x, task)
    if engine == "cudnn" and not has_cudnn(x):
        raise ValueError(
            "expected an input on a CUDA device with cuDNN for engine "
            f"'cudnn', got {x.dtype} on {x.device}; engines 'bptt' and "
            "'torch' run everywhere"
        )
    if engine == "native":
        why = native.hindrance(x, task.projected)
        if why is None and not task.plain:
            why = "the weights or the state only stand for numbers"
        if why is not None:
            raise ValueError(
                "expected what engine 'native' can run, got a case that it "
                f"cannot: {why}; engine 'torch' runs everywhere"
            )
    if engine in ("bptt", "triton") and task.projected:
        raise ValueError(
            f"expected proj_size 0 for engine {engine!r}, got a projection; "
            "engines 'torch' and 'cudnn' have them"
        )
    if engine == "triton":
        why = refusal(x, task.kind, task.H)
        if why is not None:
            raise ValueError(
                f"{why}, for engine 'triton'; engine 'bptt' runs everywhere"
            )
    return engine


def has_cudnn(x: Tensor) -> bool:
    """Whether torch would hand this input to cuDNN."""
    return x.is_cuda and torch.backends.cudnn.is_acceptable(x)  # type: ignore[no-untyped-call]


def rule(x: Tensor, task: Task) -> str:
    """Ours on a CPU in full precision where it was not slower; else torch's."""
    if x.device.type != "cpu":
        usual = task.plain and not task.packed and not task.projected
        if usual and faster(
            x, task.kind, task.T, task.N, task.H, task.learning
        ):
            return "triton"
        return "cudnn" if has_cudnn(x) else "torch"
    known = x.dtype in (torch.float32, torch.float64)
    if not known or task.projected or not task.plain:
        return "torch"
    amd = of_amd()
    if compiled_ahead(task, amd) and native.hindrance(x, False) is None:
        return "native"
    return "bptt" if ahead(task, amd) else "torch"


def explain(layer: Any, x: Any) -> str:
    """Which engine runs this layer on this input, and why, in a sentence.

    Args:
        layer: one of `rnncourse.layers`.
        x: what it is to read.

    Raises:
        TypeError: as the layer itself.
        ValueError: likewise, also if the engine that was asked for cannot run
            it.

    >>> print(explain(GRU(3, 4), torch.ones(5, 2, 3)))  # doctest: +ELLIPSIS
    '...' runs this, because ...
    """
    data, task = layer.accept(x)
    engine = choose(layer.engine, data, task)
    if os.environ.get(VARIABLE):
        return f"{engine!r} runs this, because {VARIABLE} says so."
    if layer.engine is not None:
        return f"{engine!r} runs this, because the layer was made with it."
    why = "it was the fastest here when measured"
    if data.device.type == "cpu":
        cannot = native.hindrance(data, task.projected)
        if cannot is not None:
            why = f"'native' cannot: {cannot}"
    elif engine != "triton":
        why = f"on {data.device.type} ours were not measured to be faster here"
    return f"{engine!r} runs this, because {why}."
