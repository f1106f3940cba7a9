"""The layers against JAX's scan and Keras, training, on one core.

It needs jax and keras beside torch and this package, in an environment of its
own, for neither is one of the project's:

    python -m venv others
    others/bin/pip install -e . jax keras
    others/bin/python -m benchmarks.others

writes results/others-cpu.json. JAX's layer is a scan, with the gates in one
product and the input's before the loop, as in `steps`; Keras's is its own, on
JAX. Both are compiled before they are timed. JAX has threads of its own, so the
process is kept on one core, and the time is that of all its threads. Each is
compared with torch.nn first: the output and the gradient of the input.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks import layers
from benchmarks.about import RESULTS
from benchmarks.layers import GATES, geomean, rounds, setting
from benchmarks.story import compared, ours

SHAPES = [(1, 64, 64), (32, 64, 64), (32, 128, 128), (32, 64, 256)]  # N, T, H
SECONDS = 3.0  # for a kind and shape
CLOSE = 1e-4  # relative, by norm
NEEDED = ("jax", "keras")


def missing() -> str:
    """What to do where something is not installed; "" where all is."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    if not absent:
        return ""
    return (
        f"expected {' and '.join(NEEDED)} beside torch, got no "
        f"{' nor '.join(absent)}: in an environment of its own, "
        f"`pip install -e . {' '.join(NEEDED)}`"
    )


def scanned(kind: str) -> Callable[..., Any]:
    """JAX's layer: torch's weights, x, dout -> output, gradients."""
    import jax
    from jax import lax
    from jax import numpy as jnp

    sigma = jax.nn.sigmoid

    def forward(w: Any, x: Any) -> Any:
        W_x, W_h, b_x, b_h = w
        a = x @ W_x.T + b_x
        h = jnp.zeros((x.shape[1], W_h.shape[1]), x.dtype)

        def rnn(h: Any, a_t: Any) -> Any:
            h = jnp.tanh(a_t + h @ W_h.T + b_h)
            return h, h

        def gru(h: Any, a_t: Any) -> Any:
            x_r, x_z, x_n = jnp.split(a_t, 3, -1)
            h_r, h_z, m = jnp.split(h @ W_h.T + b_h, 3, -1)
            r, z = sigma(x_r + h_r), sigma(x_z + h_z)
            n = jnp.tanh(x_n + r * m)
            h = z * h + (1 - z) * n
            return h, h

        def lstm(state: Any, a_t: Any) -> Any:
            h, c = state
            i, f, g, o = jnp.split(a_t + h @ W_h.T + b_h, 4, -1)
            c = sigma(f) * c + sigma(i) * jnp.tanh(g)
            h = sigma(o) * jnp.tanh(c)
            return (h, c), h

        step = {"RNN": rnn, "GRU": gru, "LSTM": lstm}[kind]
        return lax.scan(step, (h, h) if kind == "LSTM" else h, a)[1]

    return trained(forward)


def of_keras(kind: str, D: int, H: int) -> Callable[..., Any]:
    """Keras's layer, likewise; its own weights, x and dout (N, T, .)."""
    import keras

    name = "SimpleRNN" if kind == "RNN" else kind
    layer = getattr(keras.layers, name)(H, return_sequences=True)
    layer.build((None, None, D))
    fixed = [v.value for v in layer.non_trainable_variables]
    return trained(lambda w, x: layer.stateless_call(w, fixed, x)[0])


def trained(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Forward and backward, compiled."""
    import jax

    @jax.jit
    def run(w: Any, x: Any, dout: Any) -> Any:
        out, back = jax.vjp(forward, w, x)
        return out, back(dout)

    return run


def as_keras(kind: str, weights: list[np.ndarray]) -> list[np.ndarray]:
    """The weights of torch as Keras keeps them: transposed, and z before r."""
    W_x, W_h, b_x, b_h = weights
    if kind == "GRU":
        H = W_h.shape[1]
        order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]
        W_x, W_h, b_x, b_h = (w[order] for w in (W_x, W_h, b_x, b_h))
        return [W_x.T, W_h.T, np.stack([b_x, b_h])]
    return [W_x.T, W_h.T, b_x + b_h]


def close(name: str, found: Any, right: Any) -> None:
    """Refuse to time what does not compute what torch.nn does.

    Raises:
        ValueError: naming the contender.
    """
    error = float(np.linalg.norm(found - right) / np.linalg.norm(right))
    if not error < CLOSE:
        raise ValueError(
            f"expected {name} within {CLOSE} of torch.nn, got {error:.1e}"
        )


def measure(kind: str, N: int, T: int, H: int) -> dict[str, Any]:
    """One line of the table."""
    import jax

    theirs = getattr(nn, kind)(H, H)
    weights = [w.detach().numpy() for w in theirs.all_weights[0]]
    x, dout = torch.randn(T, N, H, requires_grad=True), torch.randn(T, N, H)
    arrays = [jax.numpy.asarray(a.detach().numpy()) for a in (x, dout)]
    turned = [a.transpose(1, 0, 2) for a in arrays]
    of_jax, as_theirs = (
        [jax.numpy.asarray(w) for w in given]
        for given in (weights, as_keras(kind, weights))
    )
    mine = ours(kind, H, H)
    actions: dict[str, Callable[[], Any]] = {
        name: lambda layer=layer: layers.step(layer, x, dout, None)
        for name, layer in {"torch": theirs, **mine, "again": theirs}.items()
    }
    out = theirs(x)[0]
    (dx,) = torch.autograd.grad(out, x, dout)
    compiling = {}
    for name, run, given, turn in (
        ("jax", scanned(kind), [of_jax, *arrays], (0, 1, 2)),
        ("keras", of_keras(kind, H, H), [as_theirs, *turned], (1, 0, 2)),
    ):
        began = time.perf_counter()
        found, (_, found_dx) = jax.block_until_ready(run(*given))
        compiling[name] = round(time.perf_counter() - began, 2)
        for a, b in ((found, out), (found_dx, dx)):
            close(name, np.asarray(a).transpose(turn), b.detach().numpy())
        actions[name] = lambda run=run, given=given: jax.block_until_ready(
            run(*given)
        )
    times = rounds(actions, SECONDS)
    return {
        "kind": kind,
        "N": N,
        "T": T,
        "D": H,
        "H": H,
        "rounds": len(times["torch"]),
        "torch_ms": round(1e3 * statistics.median(times["torch"]), 3),
        "compile_s": compiling,
        "ratio": {
            name: compared(times["torch"], times[name])
            for name in actions
            if name != "torch"
        },
    }


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Geometric means and extremes, by kind and contender."""
    found: dict[str, Any] = {}
    for kind in GATES:
        ratios = [line["ratio"] for line in lines if line["kind"] == kind]
        found[kind.lower()] = {
            name: {
                "geomean": geomean([ratio[name] for ratio in ratios]),
                "least": min(ratio[name] for ratio in ratios),
                "most": max(ratio[name] for ratio in ratios),
            }
            for name in ratios[0]
        }
    return found


def main() -> None:
    """Measure, print and record."""
    if way_out := missing():
        sys.exit(way_out)
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    layers.clock = time.process_time  # JAX computes in threads of its own
    torch.set_num_threads(1)
    torch.manual_seed(0)
    lines = []
    for N, T, H in SHAPES:
        for kind in GATES:
            lines.append(measure(kind, N, T, H))
            ratios = "  ".join(
                f"{k} {v:.2f}" for k, v in lines[-1]["ratio"].items()
            )
            print(f"{kind:4} N {N:3} T {T:3} H {H:3}  {ratios}", flush=True)
    result = setting(*NEEDED) | {"summary": summary(lines), "shapes": lines}
    text = json.dumps(result, indent=1) + "\n"
    (RESULTS / "others-cpu.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
