"""The gradient of a weight of the 2-2-2 network, path by path."""

import math
from typing import Any

from rnncourse import backprop
from rnncourse.backprop import Data, Weights

Path = list[dict[str, Any]]


def forward(w: list[float], data: list[float]) -> dict[str, float]:
    """The outputs of the units and the loss.

    Args:
        w: w1, ..., w8, b1, b2.
        data: i1, i2, target_o1, target_o2.
    """
    values = backprop.forward(Weights(*w), Data(*data))._asdict()
    return {
        name: value
        for name, value in values.items()
        if name == "L" or name.startswith("out_")
    }


def paths(n: int, w: list[float], data: list[float]) -> list[Path]:
    """From the loss down to weight n, 1 to 8; a factor is d of / d to."""
    v = forward(w, data)
    hidden, i = f"h{(n + 1) // 2}", ("i1", "i2")[(n - 1) % 2]

    def to_output(o: str, target: float) -> Path:
        out = v[f"out_{o}"]
        return [
            {"of": "L", "to": f"out_{o}", "value": out - target},
            {"of": f"out_{o}", "to": f"in_{o}", "value": out * (1 - out)},
        ]

    outputs = [to_output("o1", data[2]), to_output("o2", data[3])]
    if n > 4:
        k = (n - 5) // 2
        read = v[f"out_h{(n - 1) % 2 + 1}"]
        last = {"of": f"in_o{k + 1}", "to": f"w{n}", "value": read}
        return [[*outputs[k], last]]
    out = v[f"out_{hidden}"]
    found = []
    for k, above in enumerate(outputs):
        link = w[4 + 2 * k + int(hidden[1]) - 1]
        found.append(
            [
                *above,
                {"of": f"in_o{k + 1}", "to": f"out_{hidden}", "value": link},
                {"of": f"out_{hidden}", "to": f"in_{hidden}",
                 "value": out * (1 - out)},
                {"of": f"in_{hidden}", "to": f"w{n}",
                 "value": data[int(i[1]) - 1]},
            ]
        )  # fmt: skip
    return found


def product(path: Path) -> float:
    """Of the factors of a path."""
    return math.prod(factor["value"] for factor in path)
