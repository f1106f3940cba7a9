"""What is left of a pulse in a GRU of one unit whose gates stay where they are.

h~_t = tanh(0.5 x_t + 0.8 (r h_{t-1}) + b)      reset before
h~_t = tanh(0.5 x_t + r (0.8 h_{t-1} + b))      reset after
h_t = z h_{t-1} + (1 - z) h~_t
"""

import math


def candidate(x: float, h: float, r: float, b: float, variant: str) -> float:
    """h~_t with the reset "before" or "after" W_hh and its bias."""
    past = 0.8 * (r * h) + b if variant == "before" else r * (0.8 * h + b)
    return math.tanh(0.5 * x + past)


def step(
    x: float, h: float, r: float, z: float, b: float, variant: str
) -> float:
    """h_t."""
    return z * h + (1 - z) * candidate(x, h, r, b, variant)


def run(
    start: float, r: float, z: float, b: float, variant: str, steps: int
) -> list[float]:
    """h_0, ..., h_steps, with h_0 = start, x_1 = 1 and nothing after."""
    h = [start]
    for t in range(1, steps + 1):
        h.append(step(1.0 if t == 1 else 0.0, h[-1], r, z, b, variant))
    return h


def half(h: list[float]) -> int:
    """How many steps after the first half of h_1 is lost; -1 if it is not."""
    for t in range(2, len(h)):
        if abs(h[t]) <= abs(h[1]) / 2:
            return t - 1
    return -1
