"""Speed and memory of the layers on a CPU, against torch.nn, in one thread.

Per kind and shape, in each round every contender has its turn, in an order
drawn anew. A turn is one step that is not timed, for it pays for what the
one before left in caches and heap, and one that is: thread CPU time, so that
another process on the machine counts less. A ratio is the median over rounds
of torch.nn's time over the contender's, both of the same round; `again` is
torch.nn a second time: what it strays from 1 is noise. `fraction` is the rate
of the matrix products of a training step over the rate of one large product
timed in the same rounds. `peak` is what a step has allocated at its highest,
by torch's profiler, the plans that it makes and keeps among it.

The modes are `train` (forward and backward), `infer` (without gradients) and
`packed` (train, with lengths drawn between a fifth of T and T).
`python -m benchmarks.layers [MODE ...]` writes results/layers-cpu.json, or on a
processor of AMD's results/layers-cpu-amd.json; the lines of modes that are not
named stay as they were.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

import rnncourse
from benchmarks.about import RESULTS, about
from rnncourse.engines import native, products
from rnncourse.engines.compiled import of_amd
from rnncourse.engines.plans import POOL

KINDS = ("RNN", "GRU", "LSTM")
BATCHES = (1, 8, 32, 128)
LENGTHS_AND_SIZES = ((512, 32), (64, 32), (128, 128), (64, 256), (16, 512))
SHAPES = [
    *((N, T, H) for N, (T, H) in product(BATCHES, LENGTHS_AND_SIZES)),
    *((N, 16, 64) for N in BATCHES),
]
PACKED = [(N, T, H) for N in (8, 32, 128) for T, H in ((100, 64), (50, 256))]
MODES = {"train": SHAPES, "infer": SHAPES, "packed": PACKED}
SECONDS = 1.5  # for one kind, shape and mode, but at least LEAST rounds
LEAST, MOST = 5, 15
SHORT = 5e-3  # what takes less is called again until it takes as much
COMPILED = [(8, 16, 64), (32, 16, 64)]  # compiling a loop of 16 takes a minute
SIDE = 1024  # of the reference product
clock = time.thread_time  # whose seconds are counted
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


class Loop(nn.Module):
    """A product per gate and step, by autograd, as a first course writes it."""

    def __init__(self, kind: str, D: int, H: int) -> None:
        super().__init__()
        count = GATES[kind]
        self.kind = kind
        bound = H**-0.5
        shapes = [(D, H), (H, H), (H,)] * count
        self.weights = nn.ParameterList(
            nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
            for shape in shapes
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        w = list(self.weights)
        h = c = x.new_zeros(x.shape[1], w[1].shape[0])
        out = []

        def affine(k: int, x: Tensor, h: Tensor) -> Tensor:
            W_x, W_h, b = w[3 * k : 3 * k + 3]
            return x @ W_x + h @ W_h + b

        for x_t in x:
            if self.kind == "RNN":
                h = torch.tanh(affine(0, x_t, h))
            elif self.kind == "GRU":
                r = torch.sigmoid(affine(0, x_t, h))
                z = torch.sigmoid(affine(1, x_t, h))
                n = torch.tanh(affine(2, x_t, r * h))
                h = z * h + (1 - z) * n
            else:
                i, f, o = (torch.sigmoid(affine(k, x_t, h)) for k in range(3))
                c = f * c + i * torch.tanh(affine(3, x_t, h))
                h = o * torch.tanh(c)
            out.append(h)
        return torch.stack(out), h


def contenders(kind: str, H: int, mode: str, compiled: bool) -> Any:
    """Layers of H inputs and H units; torch.nn twice, in one module."""
    theirs, ours = getattr(nn, kind)(H, H), getattr(rnncourse, kind)
    found = {"torch": theirs, "bptt": ours(H, H, engine="bptt")}
    if native.hindrance(theirs.weight_hh_l0, False) is None:
        found["native"] = ours(H, H, engine="native")
    found["default"] = ours(H, H)
    if mode == "train":
        found["loop"] = Loop(kind, H, H)
    if compiled:
        found["compiled"] = torch.compile(found["loop"], dynamic=False)
    return found | {"again": theirs}


def step(
    layer: nn.Module, x: Tensor, dout: Tensor | None, lengths: Tensor | None
) -> None:
    """One training step without its update, or, with no dout, inference."""
    if dout is None:
        with torch.no_grad():
            layer(x)
        return
    if lengths is None:
        layer(x)[0].backward(dout)
    else:
        out = layer(rnncourse.pack(x, lengths))[0].data
        out.backward(dout.flatten(0, 1)[: len(out)])
    layer.zero_grad()
    x.grad = None


def seconds(action: Callable[[], Any], calls: int = 1) -> float:
    """Thread CPU time of a call: the mean of `calls`, after one more."""
    action()
    began = clock()
    for _ in range(calls):
        action()
    return (clock() - began) / calls


def rounds(
    actions: dict[str, Callable[[], Any]], limit: float | None = None
) -> dict[str, list[float]]:
    """The times of every action, in as many rounds as there is time for."""
    limit = SECONDS if limit is None else limit
    times: dict[str, list[float]] = {name: [] for name in actions}
    for action in actions.values():
        action()
        action()
    calls = max(1, round(SHORT / seconds(next(iter(actions.values())))))
    began = time.perf_counter()
    order = random.Random(0)
    for k in range(MOST):
        for name in order.sample(list(actions), len(actions)):
            times[name].append(seconds(actions[name], calls))
        if k + 1 >= LEAST and time.perf_counter() - began > limit:
            break
    return times


def peak(action: Callable[[], Any]) -> int:
    """Bytes allocated by the action at its highest, with no plan waiting."""
    POOL.clear()
    with profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as seen:
        action()
    events = [
        (event.start_ns(), event.nbytes())
        for event in seen.profiler.kineto_results.events()
        if event.name() == "[memory]"
    ]
    now = highest = 0
    for _, size in sorted(events):
        now += size
        highest = max(highest, now)
    return highest


def measure(kind: str, N: int, T: int, H: int, mode: str) -> dict[str, Any]:
    """One line of the table."""
    x = torch.randn(T, N, H, requires_grad=mode != "infer")
    dout = torch.randn(T, N, H) if mode != "infer" else None
    drawn = torch.randint(T // 5, T + 1, (N,))
    lengths = drawn if mode == "packed" else None
    compiled = mode == "train" and (N, T, H) in COMPILED
    layers = contenders(kind, H, mode, compiled)
    square = torch.randn(SIDE, SIDE)
    actions: dict[str, Callable[[], Any]] = {
        name: lambda layer=layer: step(layer, x, dout, lengths)
        for name, layer in layers.items()
    }
    actions["product"] = lambda: square @ square
    times = rounds(actions)
    base = times["torch"]
    line: dict[str, Any] = {
        "kind": kind,
        "mode": mode,
        "N": N,
        "T": T,
        "D": H,
        "H": H,
        "rounds": len(base),
        "torch_ms": round(1e3 * statistics.median(base), 3),
        "ratio": {
            name: round(
                statistics.median(
                    a / b for a, b in zip(base, times[name], strict=True)
                ),
                3,
            )
            for name in layers
            if name != "torch"
        },
    }
    if mode == "train":
        work = 3 * 2 * T * N * GATES[kind] * H * (H + H)
        rate = 2 * SIDE**3 / statistics.median(times["product"])
        ours = statistics.median(times["bptt"])
        line["fraction"] = round(work / ours / rate, 3)
        if "native" in times:
            compiled_loops = statistics.median(times["native"])
            line["fraction_native"] = round(work / compiled_loops / rate, 3)
        line["peak_bytes"] = {
            name: peak(actions[name])
            for name in ("torch", "bptt", "native")
            if name in actions
        }
    return line


def geomean(values: list[float]) -> float:
    """Of ratios, as it is recorded."""
    return round(statistics.geometric_mean(values), 3)


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Geometric means and extremes, by kind and mode."""
    found: dict[str, Any] = {}
    for kind, mode in product(KINDS, MODES):
        mine = [
            line
            for line in lines
            if (line["kind"], line["mode"]) == (kind, mode)
        ]
        if not mine:
            continue
        entry: dict[str, Any] = {"shapes": len(mine)}
        for name in (
            *("bptt", "native", "default"),
            *("loop", "again", "compiled"),
        ):
            ratios = [
                line["ratio"][name] for line in mine if name in line["ratio"]
            ]
            if ratios:
                entry[name] = {
                    "geomean": geomean(ratios),
                    "least": min(ratios),
                    "most": max(ratios),
                }
        if mode == "train":
            entry["peak"] = geomean(
                [
                    line["peak_bytes"]["bptt"] / line["peak_bytes"]["torch"]
                    for line in mine
                ]
            )
        found[f"{kind}_{mode}".lower()] = entry
    return found


def gru_over_lstm(lines: list[dict[str, Any]], name: str) -> list[float]:
    """Training times of one contender: geometric mean, least and most."""
    times = {}
    for line in lines:
        if line["mode"] == "train":
            shape = line["kind"], line["N"], line["T"], line["H"]
            faster = 1.0 if name == "torch" else line["ratio"][name]
            times[shape] = line["torch_ms"] / faster
    ratios = [
        time / times["LSTM", *shape]
        for (kind, *shape), time in times.items()
        if kind == "GRU" and ("LSTM", *shape) in times
    ]
    if not ratios:
        return []
    return [geomean(ratios), round(min(ratios), 3), round(max(ratios), 3)]


def onednn_over_mkl() -> float:
    """How much faster oneDNN makes a large product than torch's choice."""
    square = torch.randn(SIDE, SIDE)
    times = rounds(
        {
            "chosen": lambda: square @ square.T,
            "onednn": lambda: products.times(square, square),
        }
    )
    pairs = zip(times["chosen"], times["onednn"], strict=True)
    return round(statistics.median(a / b for a, b in pairs), 3)


def name() -> str:
    """Of the record: on AMD's processors torch's products are others."""
    return "layers-cpu-amd" if of_amd() else "layers-cpu"


def row(line: dict[str, Any]) -> str:
    """A line of the printed table."""
    ratios = "  ".join(f"{k} {v:5.2f}" for k, v in line["ratio"].items())
    shape = f"N {line['N']:3} T {line['T']:3} H {line['H']:3}"
    start = f"{line['kind']:4} {line['mode']:5} {shape}"
    return f"{start} torch {line['torch_ms']:9.3f} ms  {ratios}"


def setting(*libraries: str) -> dict[str, Any]:
    """What every result says of itself, and of how layers ran."""
    found = about("torch", "rnncourse", *libraries)
    return found | {"threads": 1, "dtype": "float32"}


def record(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What is written, with what it was measured on."""
    return setting() | {
        "onednn_over_mkl": onednn_over_mkl(),
        "gru_over_lstm_bptt": gru_over_lstm(lines, "bptt"),
        "gru_over_lstm_torch": gru_over_lstm(lines, "torch"),
        "summary": summary(lines),
        "shapes": lines,
    }


def main() -> None:
    """Measure every kind and shape, print the table, record it."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    path = RESULTS / f"{name()}.json"
    path.parent.mkdir(exist_ok=True)
    modes = sys.argv[1:] or list(MODES)
    kept = (
        json.loads(path.read_text("utf-8"))["shapes"] if path.exists() else []
    )
    lines = [line for line in kept if line["mode"] not in modes]
    for mode, kind in product(modes, KINDS):
        for shape in MODES[mode]:
            lines.append(measure(kind, *shape, mode))
            print(row(lines[-1]), flush=True)
            text = json.dumps(record(lines), indent=1) + "\n"
            path.write_text(text, "utf-8")
    print(json.dumps(summary(lines), indent=2))


if __name__ == "__main__":
    main()
