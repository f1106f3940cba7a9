"""Speed of the layers on a GPU, against torch.nn, which calls cuDNN.

Every contender is compared first with torch.nn in float64; what is wrong is not
timed. Then, in each round, all have their turn, in an order drawn anew: CALLS
of them between two CUDA events, from an idle device. A ratio is the median over
rounds of torch.nn's time over the contender's, of the same round; `again` is
torch.nn a second time: what it strays from 1 is noise.

    torch         torch.nn, with cuDNN
    triton        our engine of fused kernels
    bptt          our engine in plain torch
    ..._graph     the same, captured once as a CUDA graph and replayed
    loop          a product per gate and step, by autograd
    flashrnn      with --flashrnn: FlashRNN's fused Triton kernels, with the
                  input's product before them

The precisions are `default`, torch's own settings for float32 (TF32 allowed in
cuDNN, and so in our kernels, but in no other product), `tf32` and `ieee`
(allowed everywhere, and nowhere), and `bf16`.

`python -m benchmarks.gpu [--seconds 600]` writes results/layers-gpu.json after
every line, what matters most first, and prints at the end the table FASTER of
`rnncourse/engines/fused/sizes.py`. With `--tune` it only prints the time of a
training step by the rows and warps of a program, for `programs` there; with
`--profile`, where the host's time goes. `--flashrnn` measures the lines FLASH
alone, into results/flashrnn-gpu.json: that package (1.0.8, its kernels are
compiled for each shape) trains in float32 and up to 64 units.
"""

import argparse
import cProfile
import json
import platform
import pstats
import random
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import rnncourse
from benchmarks.about import RESULTS, made
from benchmarks.layers import Loop
from rnncourse.engines.fused import launch
from rnncourse.engines.fused.sizes import (
    BLOCKS,
    FASTER,
    HELD,
    ROWS,
    refusal,
)

KINDS = {"lstm": "LSTM", "gru": "GRU", "tanh": "RNN"}
PRECISIONS = {  # type; whether cuDNN, and other products, may use TF32
    "default": (torch.float32, True, False),
    "bf16": (torch.bfloat16, True, False),
    "ieee": (torch.float32, False, False),
    "tf32": (torch.float32, True, True),
}
BOUNDS = {"default": 1e-2, "tf32": 1e-2, "bf16": 1e-1, "ieee": 1e-4}
SIZES = (64, 32, 128, 16)
BATCHES = (32, 256, 1, 128, 512, 64, 16)
FLASH = [
    ("default", "train", "lstm", 512, H, N)
    for H, N in product((64, 32), BATCHES)
]
PARTS = [
    (512, "default", "train"),
    (512, "bf16", "train"),
    (512, "default", "infer"),
    (128, "default", "train"),
    (512, "bf16", "infer"),
    (512, "ieee", "train"),
    (512, "tf32", "train"),
    (128, "bf16", "train"),
    (128, "default", "infer"),
]
ROUNDS = 11
CALLS = 3
WORKERS = 12
SLOW = {"loop", "bptt"}  # as many launches as steps
WON = 1.05  # a ratio beyond noise
Action = Callable[[], Any]


def lines() -> Iterator[tuple[str, str, str, int, int, int]]:
    """Precision, mode, kind, T, H and N; what matters most first."""
    for T, precision, mode in PARTS:
        for H, N, kind in product(SIZES, BATCHES, KINDS):
            yield precision, mode, kind, T, H, N


@contextmanager
def allowing(precision: str) -> Iterator[torch.dtype]:
    """The type, with TF32 allowed where the precision has it."""
    dtype, cudnn, matmul = PRECISIONS[precision]
    kept = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = matmul
    try:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=cudnn):
            yield dtype
    finally:
        torch.backends.cuda.matmul.allow_tf32 = kept


def pair(kind: str, H: int, engine: str, dtype: Any) -> tuple[Any, Any]:
    """Ours by that engine and torch.nn's, of the same parameters."""
    theirs = getattr(nn, KINDS[kind])(H, H, device="cuda", dtype=dtype)
    ours = getattr(rnncourse, KINDS[kind])(
        H, H, device="cuda", dtype=dtype, engine=engine
    )
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def step(layer: Any, x: Tensor, dout: Tensor | None) -> list[Tensor]:
    """The output; and, given its gradient, those of x and the weights."""
    if dout is None:
        with torch.no_grad():
            return [layer(x)[0]]
    out = layer(x)[0]
    leaves = [x, *layer.parameters()]
    return [out.detach(), *torch.autograd.grad(out, leaves, dout)]


def captured(action: Action) -> Action:
    """The same as a CUDA graph; its results stay in the same memory."""
    apart = torch.cuda.Stream()
    apart.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(apart):
        for _ in range(2):
            action()
    torch.cuda.current_stream().wait_stream(apart)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = action()

    def replay() -> Any:
        graph.replay()
        return found

    return replay


class FlashRNN(nn.Module):
    """An LSTM by FlashRNN, with the parameters of torch.nn's."""

    def __init__(self, theirs: Any) -> None:
        super().__init__()
        self.theirs = theirs

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        from flashrnn import flashrnn

        W_x, W_h, b_x, b_h = self.theirs.parameters()
        (T, N, _), H = x.shape, W_h.shape[1]
        a = torch.nn.functional.linear(x, W_x)
        states, _ = flashrnn(
            a.view(T, N, 4, 1, H).transpose(0, 1),
            W_h.view(4, 1, H, H),
            (b_x + b_h).view(4, 1, H),
            function="lstm",
            backend="triton_fused",
            dtype="float32",
        )
        return states[0, :, :, 0].transpose(0, 1), None


@contextmanager
def within(limit: int) -> Iterator[None]:
    """TimeoutError if it takes more seconds."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"over {limit} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def contenders(
    precision: str,
    mode: str,
    kind: str,
    T: int,
    H: int,
    N: int,
    flashrnn: bool = False,
) -> tuple[dict[str, Action], dict[str, str], list[Tensor]]:
    """The actions, why others are absent, and what is right, in float64."""
    dtype = PRECISIONS[precision][0]
    made = torch.Generator("cuda").manual_seed(T + H + N)
    ours, theirs = pair(kind, H, "triton", dtype)
    plain, _ = pair(kind, H, "bptt", dtype)
    plain.load_state_dict(theirs.state_dict())
    x = torch.randn(T, N, H, device="cuda", dtype=dtype, generator=made)
    x.requires_grad_(mode == "train")
    dout = torch.randn(T, N, H, device="cuda", dtype=dtype, generator=made)
    asked = dout if mode == "train" else None
    exact = getattr(nn, KINDS[kind])(H, H, device="cuda", dtype=torch.double)
    exact.load_state_dict(theirs.state_dict())
    right = step(
        exact,
        x.detach().double().requires_grad_(mode == "train"),
        None if asked is None else asked.double(),
    )
    layers = {"torch": theirs, "triton": ours}
    absent = {}
    why = refusal(x, kind, H)
    if why:
        absent["triton"] = why
        del layers["triton"]
    if flashrnn:
        layers["flashrnn"] = FlashRNN(theirs)
    if T <= 128 and N in (1, 32) and mode == "train":
        layers["bptt"] = plain
        if kind != "tanh" or N == 1:
            layers["loop"] = Loop(KINDS[kind], H, H).to("cuda", dtype)
    actions: dict[str, Action] = {
        name: lambda layer=layer: step(layer, x, asked)
        for name, layer in layers.items()
    }
    for name in ("torch", "triton", "bptt", "flashrnn"):
        if name in actions:
            try:
                actions[f"{name}_graph"] = captured(actions[name])
            except Exception as error:
                absent[f"{name}_graph"] = str(error)[:200]
    return actions, absent, right


def wrong(found: list[Tensor], right: list[Tensor]) -> float:
    """The largest error, by norms."""
    return max(
        float((one.double() - other).norm() / other.norm())
        for one, other in zip(found, right, strict=True)
    )


def milliseconds(action: Action, calls: int) -> float:
    """Of a call, by CUDA events, from an idle device."""
    torch.cuda.synchronize()
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    began.record()
    for _ in range(calls):
        action()
    ended.record()
    torch.cuda.synchronize()
    return began.elapsed_time(ended) / calls


def measure(*shape: Any, flashrnn: bool = False) -> dict[str, Any]:
    """One line of the table."""
    precision, mode, kind, T, H, N = shape
    actions, absent, right = contenders(*shape, flashrnn)
    errors = {}
    for name in list(actions):
        try:
            with within(30):
                found = actions[name]()
                torch.cuda.synchronize()
            if name != "loop":  # it has parameters of its own
                errors[name] = wrong(found, right)
                if not errors[name] < BOUNDS[precision]:
                    raise ValueError(f"wrong by {errors[name]:.1e}")
        except Exception as error:
            absent[name] = f"{type(error).__name__}: {error}"[:200]
            del actions[name]
    actions["again"] = actions["torch"]
    times: dict[str, list[float]] = {name: [] for name in actions}
    order = random.Random(0)
    for name, action in actions.items():
        milliseconds(action, 1 if name in SLOW else CALLS)  # warm
    for k in range(ROUNDS):
        for name in order.sample(list(actions), len(actions)):
            if name not in SLOW:
                times[name].append(milliseconds(actions[name], CALLS))
            elif k < 3:
                times[name].append(milliseconds(actions[name], 1))
    base = times["torch"]
    return {
        "precision": precision,
        "mode": mode,
        "kind": kind,
        "T": T,
        "H": H,
        "N": N,
        "torch_ms": round(statistics.median(base), 4),
        "ratio": {
            name: round(
                statistics.median(
                    a / b for a, b in zip(base, mine, strict=False)
                ),
                3,
            )
            for name, mine in times.items()
            if name != "torch"
        },
        "error": {
            name: float(f"{error:.2g}") for name, error in errors.items()
        },
        "absent": absent,
    }


def warm(kind: str, H: int, variant: tuple[int, int] | None = None) -> None:
    """Compile the kernels of this kind and size; Triton keeps them on disk."""
    choosing(variant)
    for precision in ("default",) if variant else PRECISIONS:
        with allowing(precision) as dtype:
            ours, _ = pair(kind, H, "triton", dtype)
            for N in (1, 2048):
                x = torch.zeros(1, N, H, device="cuda", dtype=dtype)
                if refusal(x, kind, H) or (variant and N == 2048):
                    continue
                if not variant:
                    step(ours, x, None)
                step(ours, x.requires_grad_(), torch.zeros_like(x))


def choosing(variant: tuple[int, int] | None) -> None:
    """Every launch by so many sequences of a program and warps."""
    if variant:
        launch.programs = lambda blocks, H, N: variant  # type: ignore[assignment]


def compiled(cases: list[tuple[Any, ...]]) -> None:
    """Every case of `warm`, some at a time, each in a process of its own."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        list(pool.map(warm, *zip(*cases, strict=True)))


def variants(kind: str, H: int) -> Iterator[tuple[int, int]]:
    """What could be chosen: rows and warps."""
    for warps in (1, 2, 4, 8):
        held = BLOCKS[kind] * H * H // (32 * warps)  # weights of a thread
        if held in range(16, HELD + 1):
            yield 1, warps
    for warps in (4, 8):
        if warps >= H // 16:
            yield ROWS, warps


def tune(T: int = 512) -> None:
    """Print the time of a training step, as a graph, by variant."""
    cases = [
        (kind, H, variant)
        for kind, H in product(KINDS, (64, 32, 128))
        for variant in variants(kind, H)
    ]
    began = time.monotonic()
    compiled(cases)
    print(f"compiled in {time.monotonic() - began:.0f} s", flush=True)
    with allowing("default") as dtype:
        for (kind, H, variant), N in product(cases, (32, 256, 1024)):
            choosing(variant)
            ours, theirs = pair(kind, H, "triton", dtype)
            x = torch.randn(T, N, H, device="cuda", dtype=dtype)
            dout = torch.randn_like(x)
            if refusal(x, kind, H):
                continue
            x.requires_grad_()
            found = []
            for layer in (ours, theirs):
                action = captured(lambda x=x, d=dout, o=layer: step(o, x, d))
                times = [milliseconds(action, CALLS) for _ in range(5)]
                found.append(statistics.median(times))
            mine, cudnn = found
            print(
                f"{kind:4} H {H:3} N {N:4} rows {variant[0]:2} warps "
                f"{variant[1]} {mine:7.3f} ms  torch {cudnn:7.3f} ms",
                flush=True,
            )


def profile(steps: int = 100) -> None:
    """Print where the host's time of a training step goes, and the kernels."""
    for kind in KINDS:
        ours, theirs = pair(kind, 32, "triton", None)
        layers = {"ours": ours, "torch": theirs}
        x = torch.randn(128, 32, 32, device="cuda", requires_grad=True)
        dout = torch.randn(128, 32, 32, device="cuda")
        for name, layer in layers.items():
            for _ in range(3):
                step(layer, x, dout)
            torch.cuda.synchronize()
            began = time.perf_counter()
            for _ in range(steps):
                step(layer, x, dout)
            host = (time.perf_counter() - began) / steps
            torch.cuda.synchronize()
            full = (time.perf_counter() - began) / steps
            print(
                f"{kind} {name} host {host * 1e3:.3f} all {full * 1e3:.3f} ms"
            )
            Activity = torch.profiler.ProfilerActivity
            with torch.profiler.profile(activities=[Activity.CUDA]) as seen:
                step(layer, x, dout)
                torch.cuda.synchronize()
            for one in seen.key_averages():
                print(
                    f"    {one.count:3} {one.device_time_total:8.1f} us "
                    f"{one.key[:90]}"
                )
        watch = cProfile.Profile()
        watch.enable()
        for _ in range(steps):
            step(layers["ours"], x, dout)
        watch.disable()
        pstats.Stats(watch).sort_stats("tottime").print_stats(25)


def ceilings() -> dict[str, float]:
    """Of memory, arithmetic and launches."""

    def best(action: Action) -> float:
        return min(milliseconds(action, 3) for _ in range(5))

    there = torch.empty(2**28, device="cuda")
    other = torch.empty_like(there)
    found = {"copy_TB_s": 8 * 2**28 / best(lambda: other.copy_(there)) / 1e9}
    for precision in ("bf16", "tf32", "ieee"):
        with allowing(precision) as dtype:
            one = torch.randn(8192, 8192, device="cuda", dtype=dtype)
            rate = 2 * 8192**3 / best(lambda one=one: one @ one) / 1e9
            found[f"product_TFLOP_s_{precision}"] = rate
    small = torch.zeros(1, device="cuda")

    def many() -> None:
        for _ in range(1000):
            small.add_(1)

    found["launch_us"] = best(many)
    found["launch_in_graph_us"] = best(captured(many))
    return {name: round(value, 3) for name, value in found.items()}


def about() -> dict[str, Any]:
    """What the numbers were measured on."""
    import triton

    device = torch.cuda.get_device_properties(0)
    return made() | {
        "device": device.name,
        "multiprocessors": device.multi_processor_count,
        "versions": {
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
            "triton": triton.__version__,
            "python": platform.python_version(),
        },
        "rounds": ROUNDS,
        "calls": CALLS,
    }


def order(size: tuple[int, int]) -> tuple[int, int]:
    """Of T and H: the shortest first, and of those the largest."""
    T, H = size
    return T, -H


def table(found: list[dict[str, Any]]) -> dict[Any, list[Any]]:
    """FASTER: least T, largest H, least and largest N of measured wins.

    What was measured and is longer or smaller in H has won too.
    """
    names = {"default": "torch.float32", "bf16": "torch.bfloat16"}
    won: dict[Any, list[Any]] = {}
    for kind, precision, mode in product(KINDS, names, ("train", "infer")):
        mine = [
            (line["T"], line["H"], line["N"], line["ratio"].get("triton", 0.0))
            for line in found
            if (line["kind"], line["precision"], line["mode"])
            == (kind, precision, mode)
        ]
        known = {line[:3] for line in mine}
        boxes: list[tuple[int, int, int, int]] = []
        for T, H in sorted({(T, H) for T, H, *_ in mine}, key=order):
            runs: list[list[int]] = [[]]
            for N in sorted(BATCHES):
                ratios = [
                    ratio
                    for t, h, n, ratio in mine
                    if t >= T and h <= H and n == N
                ]
                if (T, H, N) in known and min(ratios) >= WON:
                    runs[-1].append(N)
                else:
                    runs.append([])
            boxes += [
                (T, H, run[0], run[-1])
                for run in runs
                if run
                and not any(
                    t <= T and h >= H and first <= run[0] and last >= run[-1]
                    for t, h, first, last in boxes
                )
            ]
        if boxes:
            key = f'("{kind}", {names[precision]}, {mode == "train"})'
            won[key] = boxes
    return won


def as_long(found: list[dict[str, Any]]) -> dict[str, float]:
    """How many times as long as ours FlashRNN's kernels take."""
    ratios = [
        line["ratio"]["triton"] / line["ratio"]["flashrnn"] for line in found
    ]
    return {"least": round(min(ratios), 3), "most": round(max(ratios), 3)}


def as_chosen(found: list[dict[str, Any]]) -> dict[str, float]:
    """Ours against torch.nn where the rule takes ours: shapes, least, mean."""
    types = {"default": torch.float32, "bf16": torch.bfloat16}

    def ours(line: dict[str, Any]) -> bool:
        dtype = types.get(line["precision"], torch.float64)
        return any(
            line["T"] >= T and line["H"] <= H and first <= line["N"] <= last
            for T, H, first, last in FASTER.get(
                (line["kind"], dtype, line["mode"] == "train"), ()
            )
        )

    ratios = [line["ratio"].get("triton", 0.0) for line in filter(ours, found)]
    if not ratios:
        return {"shapes": 0}
    return {
        "shapes": len(ratios),
        "least": round(min(ratios), 3),
        "mean": round(statistics.geometric_mean(ratios), 3),
    }


def row(line: dict[str, Any]) -> str:
    """A line of the printed table."""
    both = dict(line["ratio"])
    if "triton_graph" in both and "torch_graph" in both:
        both["GRAPHS"] = both["triton_graph"] / both["torch_graph"]
    ratios = "  ".join(f"{k} {v:5.2f}" for k, v in both.items())
    shape = f"T {line['T']:3} H {line['H']:3} N {line['N']:3}"
    start = f"{line['precision']:7} {line['mode']:5} {line['kind']:4} {shape}"
    return f"{start} torch {line['torch_ms']:8.3f} ms  {ratios}"


def main() -> None:
    """Measure until the time is up, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--flashrnn", action="store_true")
    given = parser.parse_args()
    began = time.monotonic()
    torch.manual_seed(0)
    if given.tune or given.profile:
        (tune if given.tune else profile)()
        return
    compiled(list(product(KINDS, SIZES)))
    print(f"compiled in {time.monotonic() - began:.0f} s", flush=True)
    head = about() | {"ceilings": ceilings()}
    print(json.dumps(head, indent=1), flush=True)
    found: list[dict[str, Any]] = []
    name = "flashrnn-gpu" if given.flashrnn else "layers-gpu"
    path = given.out or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for shape in FLASH if given.flashrnn else lines():
        if time.monotonic() - began > given.seconds:
            break
        with allowing(shape[0]):
            found.append(measure(*shape, flashrnn=given.flashrnn))
        print(row(found[-1]), flush=True)
        if given.flashrnn:
            head["as_long"] = as_long(found)
        else:
            head["as_chosen"] = as_chosen(found)
        path.write_text(
            json.dumps(head | {"shapes": found}, indent=1) + "\n", "utf-8"
        )
    if given.flashrnn:
        return
    print("FASTER = {")
    for key, pairs in table(found).items():
        print(f"    {key}: {pairs},")
    print("}")


if __name__ == "__main__":
    main()
