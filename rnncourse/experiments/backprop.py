"""The 2-2-2 network: each factor of its gradient, one step and many."""

from typing import Any

import numpy as np
import torch

from rnncourse.backprop import (
    Data,
    Weights,
    descend,
    factors_w1,
    factors_w5,
    forward,
    gradient,
    product,
)
from rnncourse.store import kept


@kept
def factors() -> dict[str, Any]:
    """Values, gradients and factors, with Mazur's numbers.

    Keys: every name of `Values` and `Weights`, the gradients as `dw1`, ...,
    `db2`; `factors_w5` those of dL/dw5 in order, `symbols_w5` their names;
    `through_o1`, `through_o2` and `after` those of dL/dw1, their products
    `via_o1`, `via_o2`, `d_out_h1`; `d_in_o1`, ..., `d_in_h2` the gradients at
    what goes into each unit; `slip_sum` and `slip`, dL/dout_h1 and dL/dw1 with
    the factors missing, and `times`, slip over right; `ratio`, dL/dw5 over
    dL/dw1. `autograd_w5` and `autograd_w1` are torch's, `difference` the
    largest gap between ours and torch's.
    """
    w, data = Weights(), Data()
    v, g = forward(w, data), gradient(w, data)
    first = factors_w5(w, data)
    o1, o2, after = factors_w1(w, data)
    leaf = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    x, target = torch.tensor(data, dtype=torch.float64).view(2, 2)
    hidden = torch.sigmoid(leaf[:4].view(2, 2) @ x + leaf[8])
    out = torch.sigmoid(leaf[4:8].view(2, 2) @ hidden + leaf[9])
    (theirs,) = torch.autograd.grad(((target - out) ** 2).sum() / 2, leaf)
    slip_sum = o1[0].value + o2[0].value
    slip = slip_sum * product(after)
    return {
        **v._asdict(),
        **data._asdict(),
        **{name: float(value) for name, value in w._asdict().items()},
        **{f"d{name}": value for name, value in g._asdict().items()},
        "factors_w5": [factor.value for factor in first],
        "symbols_w5": [factor.symbol for factor in first],
        "through_o1": [factor.value for factor in o1],
        "through_o2": [factor.value for factor in o2],
        "after": [factor.value for factor in after],
        "via_o1": product(o1),
        "via_o2": product(o2),
        "d_out_h1": product(o1) + product(o2),
        "d_in_o1": product(o1[:2]),
        "d_in_o2": product(o2[:2]),
        "d_in_h1": g.w1 / data.i1,
        "d_in_h2": g.w3 / data.i1,
        "slip_sum": slip_sum,
        "slip": slip,
        "times": slip / g.w1,
        "ratio": g.w5 / g.w1,
        "autograd_w5": float(theirs[4]),
        "autograd_w1": float(theirs[0]),
        "difference": float(abs(np.array(g) - theirs.numpy()).max()),
    }


RATES = (0.05, 0.5, 5.0, 200.0)
STEPS = 10_000


@kept
def descent() -> dict[str, Any]:
    """One step, and ten thousand, for four learning rates.

    `losses` (4, ...): after each number of steps in `steps`, which are spaced
    evenly in the logarithm; `first` the loss after one step, `last` that after
    10,000, per rate; `out_o1` and `out_o2` the outputs at the end with rate
    0.5; `w5` and `w1` their values after one step with rate 0.5, `drop` what
    the loss fell in it, `expected_drop` that to first order, `only_weights`
    the loss had the biases stayed; `lost_b2`, `lost_o1` and `lost_o2` the bias
    and the outputs after one step with rate 200, `lost_slope` the largest
    gradient there, without its sign.
    """
    steps = np.unique(np.geomspace(1, STEPS, 60).astype(int))
    data, rows = Data(), []
    outputs = (0.0, 0.0)
    for rate in RATES:
        w, losses = Weights(), [forward(Weights(), data).L]
        for _ in range(STEPS):
            w = descend(w, data, rate)
            losses.append(forward(w, data).L)
        rows.append(losses)
        if rate == 0.5:
            v = forward(w, data)
            outputs = (v.out_o1, v.out_o2)
    all_losses = np.array(rows)
    one = descend(Weights(), data, 0.5)
    still = one._replace(b1=Weights().b1, b2=Weights().b2)
    lost = descend(Weights(), data, 200.0)
    lost_values = forward(lost, data)
    return {
        "rates": list(RATES),
        "steps": steps,
        "losses": all_losses[:, steps],
        "start": float(all_losses[0, 0]),
        "first": all_losses[:, 1],
        "last": all_losses[:, -1],
        "w5": one.w5,
        "w1": one.w1,
        "out_o1": outputs[0],
        "out_o2": outputs[1],
        "drop": float(all_losses[0, 0] - all_losses[1, 1]),
        "expected_drop": 0.5
        * float(np.square(gradient(Weights(), data)).sum()),
        "only_weights": forward(still, data).L,
        "lost_b2": lost.b2,
        "lost_o1": lost_values.out_o1,
        "lost_o2": lost_values.out_o2,
        "lost_slope": float(np.abs(gradient(lost, data)).max()),
    }
