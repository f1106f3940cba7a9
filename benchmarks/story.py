"""Why the layers are fast, one idea after another, each with its gain.

Per kind and shape, in one interleaved run: torch.nn twice, the layer as
`steps` writes it six times (an RNN has one gate: nothing to fuse), and the
package's engines, the first also with no plan kept from call to call. `ratio`
is torch.nn's time over the step's, `gain` that of the step before over it:
medians over rounds, of times of the same round. `operations` is how many
operations a training step asks of torch, views among them. `product_ms` is what
its matrix products would take at the rate of one large product, `fraction` that
over the time; `overrun` is how many times as long our steps took
as their operations, of `call_us` each, and those products together.

`python -m benchmarks.story` writes results/story-cpu.json.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import rnncourse
from benchmarks.about import RESULTS
from benchmarks.layers import GATES, SIDE, rounds, setting, step
from benchmarks.steps import STEPS, Layer
from rnncourse.engines import ENGINES
from rnncourse.engines.plans import POOL

SHAPES = [(1, 64, 64), (32, 64, 64), (32, 128, 128), (32, 64, 256)]  # N, T, H
KINDS = ("RNN", "GRU", "LSTM")
SECONDS = 4.0  # for a kind and shape
CLOSE = 1e-5  # relative, by norm
NATIVE = "native"  # an engine, if the package has it
RUNGS = (*STEPS, "in_place", "bptt", NATIVE)


class Counted(TorchDispatchMode):
    """How many operations torch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def operations(action: Callable[[], Any]) -> int:
    """Of a call that is not the first."""
    action()
    with Counted() as counted:
        action()
    return len(counted.names)


class Forgetful(nn.Module):
    """A layer whose plans are made anew in each call."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Any:
        """The layer's."""
        POOL.clear()
        return self.layer(x)


def ours(kind: str, D: int, H: int) -> dict[str, nn.Module]:
    """The package's layer by each of its engines that this machine can run."""
    found = {}
    for engine in ("bptt", NATIVE):
        if engine in ENGINES:
            layer = getattr(rnncourse, kind)(D, H, engine=engine)
            with suppress(ValueError):  # it needs a compiler
                layer(torch.zeros(1, 1, D))
                found[engine] = layer
    return found


def ladder(kind: str, D: int, H: int) -> dict[str, nn.Module]:
    """torch.nn, the steps of the story, the engines; torch.nn again."""
    theirs = getattr(nn, kind)(D, H)
    found = {"torch": theirs}
    found |= {name: Layer(name, kind, theirs) for name in STEPS}
    if kind == "RNN":
        del found["fused"]
    for engine, layer in ours(kind, D, H).items():
        found[engine] = layer
        layer.load_state_dict(theirs.state_dict())
    found["in_place"] = Forgetful(found["bptt"])
    order = ("torch", *RUNGS)
    return {name: found[name] for name in order if name in found} | {
        "again": theirs
    }


def check(layers: dict[str, nn.Module], x: Tensor, dout: Tensor) -> None:
    """Refuse to time what does not compute what torch.nn does.

    Raises:
        ValueError: naming the step.
    """
    found = {}
    for name, layer in layers.items():
        x.grad = None
        out = layer(x)[0]
        out.backward(dout)
        found[name] = torch.cat([out.detach().flatten(), x.grad.flatten()])
        layer.zero_grad()
    x.grad = None
    theirs = found["torch"]
    for name, ours in found.items():
        error = float((ours - theirs).norm() / theirs.norm())
        if not error < CLOSE:
            raise ValueError(
                f"expected {name} within {CLOSE} of torch.nn, got {error:.1e}"
            )


def compared(a: Sequence[float], b: Sequence[float]) -> float:
    """The median over rounds of a's time over b's."""
    return round(statistics.median(x / y for x, y in zip(a, b, strict=True)), 3)


def measure(kind: str, N: int, T: int, H: int, limit: float) -> dict[str, Any]:
    """One rung after another, of one kind and shape."""
    x, dout = torch.randn(T, N, H, requires_grad=True), torch.randn(T, N, H)
    layers = ladder(kind, H, H)
    actions: dict[str, Callable[[], Any]] = {
        name: lambda layer=layer: step(layer, x, dout, None)
        for name, layer in layers.items()
    }
    check(layers, x, dout)
    counts = {name: operations(action) for name, action in actions.items()}
    square = torch.randn(SIDE, SIDE)
    times = rounds(actions | {"product": lambda: square @ square}, limit)
    rungs = [name for name in actions if name not in ("torch", "again")]
    rate = 2 * SIDE**3 / statistics.median(times.pop("product"))
    products = 3 * 2 * T * N * GATES[kind] * H * (H + H)
    ms = {name: 1e3 * statistics.median(of) for name, of in times.items()}
    return {
        "kind": kind,
        "N": N,
        "T": T,
        "D": H,
        "H": H,
        "rounds": len(times["torch"]),
        "ms": {name: round(value, 3) for name, value in ms.items()},
        "product_ms": round(1e3 * products / rate, 4),
        "ratio": {
            name: compared(times["torch"], times[name])
            for name in [*rungs, "again"]
        },
        "gain": {b: compared(times[a], times[b]) for a, b in pairwise(rungs)},
        "operations": counts,
        "fraction": {
            name: round(1e3 * products / value / rate, 3)
            for name, value in ms.items()
        },
    }


def lines(limit: float = SECONDS) -> list[dict[str, Any]]:
    """Every kind and shape, printed as they come."""
    found = []
    for N, T, H in SHAPES:
        for kind in KINDS:
            found.append(measure(kind, N, T, H, limit))
            print(row(found[-1]), flush=True)
    return found


def overrun(found: list[dict[str, Any]], call_us: float) -> dict[str, float]:
    """Times over what operations and products foretell; `native` asks none."""
    factors = [
        ms / (line["operations"][name] * call_us / 1e3 + line["product_ms"])
        for line in found
        for name, ms in line["ms"].items()
        if name in RUNGS and name != NATIVE
    ]
    return {
        "least": round(min(factors), 3),
        "median": round(statistics.median(factors), 3),
        "most": round(max(factors), 3),
    }


def record(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What is written, with what an operation costs where nothing else does."""
    alone = next(
        line for line in found if line["kind"] == "LSTM" and line["N"] == 1
    )
    call = round(1e3 * alone["ms"]["loop"] / alone["operations"]["loop"], 3)
    foretold = {"call_us": call, "overrun": overrun(found, call)}
    return setting() | foretold | {"shapes": found}


def row(line: dict[str, Any]) -> str:
    """A line of the printed table."""
    ratios = "  ".join(f"{k} {v:.2f}" for k, v in line["ratio"].items())
    shape = f"N {line['N']:3} T {line['T']:3} H {line['H']:3}"
    return (
        f"{line['kind']:4} {shape} torch {line['ms']['torch']:.2f} ms  {ratios}"
    )


def main() -> None:
    """Measure, and record."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    result = record(lines())
    text = json.dumps(result, indent=1) + "\n"
    (RESULTS / "story-cpu.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
