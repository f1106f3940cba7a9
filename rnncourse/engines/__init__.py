"""Who runs a layer along time, and the fixed rule that chooses.

    bptt   the gradients derived by hand, in `bptt`
    cudnn  torch.nn's own forward, on a CUDA device that has cuDNN
    torch  torch.nn's own forward, without cuDNN

The environment variable RNNCOURSE_ENGINE goes before a layer's own `engine`,
and that before the rule. The rule is a table, measured once by
`benchmarks/layers.py` on a CPU: nothing is timed when a layer runs.
"""

import os

import torch
from torch import Tensor

from rnncourse.checks import check_choice

ENGINES = ("bptt", "cudnn", "torch")
VARIABLE = "RNNCOURSE_ENGINE"


def choose(
    kind: str, asked: str | None, x: Tensor, rows: int, H: int, projected: bool
) -> str:
    """The engine for this layer and this input.

    Args:
        kind: "tanh", "relu", "gru" or "lstm".
        asked: what the layer was made with, None for the rule.
        x: the input, for its device and dtype.
        rows: N, of one step.
        H: the hidden size.
        projected: whether the LSTM has proj_size > 0.

    Raises:
        ValueError: if the engine asked for is unknown, or cannot run this.
    """
    said = os.environ.get(VARIABLE)
    if said:
        check_choice(VARIABLE, said, ENGINES)
    engine = said or asked or rule(kind, x, rows, H, projected)
    if engine == "cudnn" and not has_cudnn(x):
        raise ValueError(
            "expected an input on a CUDA device with cuDNN for engine "
            f"'cudnn', got {x.dtype} on {x.device}; engines 'bptt' and "
            "'torch' run everywhere"
        )
    if engine == "bptt" and projected:
        raise ValueError(
            "expected proj_size 0 for engine 'bptt', got a projection; "
            "engines 'torch' and 'cudnn' have them"
        )
    return engine


def has_cudnn(x: Tensor) -> bool:
    """Whether torch would hand this input to cuDNN."""
    return x.is_cuda and torch.backends.cudnn.is_acceptable(x)  # type: ignore[no-untyped-call]


def rule(kind: str, x: Tensor, rows: int, H: int, projected: bool) -> str:
    """Measured on CPUs in float32; elsewhere torch's own kernels."""
    if x.device.type != "cpu":
        return "cudnn" if has_cudnn(x) else "torch"
    exact = x.dtype in (torch.float32, torch.float64)
    if projected or not exact or (kind == "lstm" and not ahead(rows, H)):
        return "torch"
    return "bptt"


def ahead(rows: int, H: int) -> bool:
    """Where our LSTM is not slower than torch's, which is one fused kernel."""
    return rows >= 128 and H >= 256
