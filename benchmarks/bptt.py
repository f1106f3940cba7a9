"""Time and memory of backpropagation through time, over the length.

For one network (N 32, D 16, H 64, Q 4, float32, one thread) and several T:
milliseconds of thread CPU time of the way there and of the way back, medians
of rounds in which every length has its turn, and the bytes that both have
allocated at their highest. `python -m benchmarks.bptt` writes
results/bptt-cpu.json.
"""

import json
import statistics
from typing import Any

import torch
from torch import Tensor

from benchmarks.about import RESULTS
from benchmarks.layers import peak, rounds, setting
from rnncourse.bptt import Weights, backward, forward, output_gradients

N, D, H, Q = 32, 16, 64, 4
LENGTHS = (64, 128, 256, 512, 1024)


def measured() -> dict[str, Any]:
    """What is written."""
    shapes = ((H, D), (H, H), (H,), (Q, H), (Q,))
    w = Weights(*(torch.randn(shape) / H**0.5 for shape in shapes))
    inputs = {T: torch.randn(T, N, D) for T in LENGTHS}
    kept = {T: forward(w, x) for T, x in inputs.items()}
    dy = {
        T: output_gradients(y, torch.zeros_like(y))
        for T, (_, y) in kept.items()
    }

    def there(T: int) -> tuple[Tensor, Tensor]:
        return forward(w, inputs[T])

    def back(T: int) -> object:
        return backward(w, inputs[T], dy[T], kept[T][0])

    def both(T: int) -> None:
        h, y = there(T)
        backward(w, inputs[T], output_gradients(y, torch.zeros_like(y)), h)

    actions = {}
    for T in LENGTHS:
        actions[f"there {T}"] = lambda T=T: there(T)
        actions[f"back {T}"] = lambda T=T: back(T)
    seconds = rounds(actions)
    ms = {name: 1000 * statistics.median(s) for name, s in seconds.items()}
    sizes = [peak(lambda T=T: both(T)) for T in LENGTHS]
    one, two = [
        [ms[f"{way} {T}"] for T in LENGTHS] for way in ("there", "back")
    ]
    sums = [first + second for first, second in zip(one, two, strict=True)]
    return setting() | {
        "N": N,
        "D": D,
        "H": H,
        "Q": Q,
        "T": LENGTHS,
        "there_ms": [round(value, 3) for value in one],
        "back_ms": [round(value, 3) for value in two],
        "megabytes": [round(size / 1e6, 3) for size in sizes],
        "back_over_there": round(two[-1] / one[-1], 3),
        "time_when_T_doubles": round(sums[-1] / sums[-2], 3),
        "memory_when_T_doubles": round(sizes[-1] / sizes[-2], 3),
    }


def main() -> None:
    """Measure, and record."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    text = json.dumps(measured(), indent=1) + "\n"
    (RESULTS / "bptt-cpu.json").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
