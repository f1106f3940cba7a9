"""One step of an LSTM of one unit, and many: the cell of the chapter.

i_t = sigma(x_t + b_i)    f_t = sigma(b_f)    o_t = sigma(x_t + b_o)
g_t = tanh(0.5 x_t + 0.8 h_{t-1} + b_c)
"""

import torch

from rnncourse.backprop import sigma
from rnncourse.lstm import LSTMCell

Step = dict[str, float]


@torch.no_grad()
def step(
    x: float,
    h: float,
    c: float,
    b_i: float,
    b_f: float,
    b_o: float,
    b_c: float,
) -> Step:
    """Gates, input node, what is kept and written, c_t and h_t."""
    cell = LSTMCell(1, 1, dtype=torch.float64)
    column = {
        "weight_ih": [1.0, 0.0, 0.5, 1.0],
        "weight_hh": [0.0, 0.0, 0.8, 0.0],
        "bias_ih": [b_i, b_f, b_c, b_o],
        "bias_hh": [0.0] * 4,
    }
    for name, values in column.items():
        parameter = getattr(cell, name)
        parameter.copy_(
            torch.tensor(values, dtype=torch.float64).view_as(parameter)
        )
    numbers = [torch.tensor([[v]], dtype=torch.float64) for v in (x, h, c)]
    inputs, *state = numbers
    a_x, a_h = cell.affine(inputs, state[0])
    i, f, g, o = (a_x + a_h).flatten().tolist()
    new_h, new_c = cell(inputs, (state[0], state[1]))
    i, f, o = sigma(i), sigma(f), sigma(o)
    g = torch.tensor(g, dtype=torch.float64).tanh().item()
    return {
        "i": i, "f": f, "o": o, "g": g, "kept": f * c, "written": i * g,
        "c": new_c.item(), "h": new_h.item(),
    }  # fmt: skip


def run(
    x: float,
    h: float,
    c: float,
    b_i: float,
    b_f: float,
    b_o: float,
    b_c: float,
    held: bool,
    steps: int,
) -> list[Step]:
    """That many steps: the same x at each if it is held, else at the first."""
    found: list[Step] = []
    for t in range(steps):
        now = step(x if t == 0 or held else 0.0, h, c, b_i, b_f, b_o, b_c)
        h, c = now["h"], now["c"]
        found.append(now)
    return found
