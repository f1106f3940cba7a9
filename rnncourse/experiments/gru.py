"""The GRU at work: its four cases, its two resets, its memory, its gradients.

Of a step, the derivative of the new state by the previous one, with
s_t = 1 - n_t^2 and m_t = W_hh h_{t-1} + b_hh, is the sum of four parts:

    keep       diag(z)
    candidate  diag((1 - z) s r) W_hh
    reset      diag((1 - z) s m r (1 - r)) W_hr
    update     diag((h_{t-1} - n) z (1 - z)) W_hz
"""

import math
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from rnncourse.backprop import sigma
from rnncourse.experiments.rnn import W_HH, W_XH, X, states
from rnncourse.gru import GRUCell
from rnncourse.lstm import LSTMCell, set_forget_bias
from rnncourse.rnn import Cell, RNNCell, unroll
from rnncourse.store import kept

FLOAT = torch.float64
W_XZ, W_HR = -2.0, 2.0  # of the scalar cell: z reads the input, r the state
FAR = 50.0  # sigma(50) is 1 to the last digit of a float64
PARTS = ("keep", "candidate", "reset", "update")


def steps(cell: GRUCell, x: Tensor, h: Tensor) -> dict[str, Tensor]:
    """r, z, n, m of each step of x, (T, N, H) each, and h_0, ..., h_T."""
    H = cell.hidden_size
    found: dict[str, list[Tensor]] = {name: [] for name in "rzmn"}
    states = [h]
    for x_t in x:
        a_x, a_h = cell.affine(x_t, h)
        r, z = (a_x + a_h)[..., : 2 * H].sigmoid().chunk(2, -1)
        m = a_h[..., 2 * H :]
        renewed = r * m if cell.reset_after else cell.renew(r * h)
        n = (a_x[..., 2 * H :] + renewed).tanh()
        h = cell(x_t, h)
        for name, value in zip("rzmn", (r, z, m, n), strict=True):
            found[name].append(value)
        states.append(h)
    return {name: torch.stack(row) for name, row in found.items()} | {
        "h": torch.stack(states)
    }


@torch.no_grad()
def set_gate(cell: GRUCell, gate: str, value: float) -> None:
    """Make a gate, "r" or "z", the same constant at each step."""
    H, row = cell.hidden_size, "rz".index(gate)
    rows = slice(row * H, (row + 1) * H)
    for parameter in cell.parameters():
        parameter[rows] = 0.0
    open_ = FAR if value == 1 else -FAR
    far = value in (0, 1)
    assert cell.bias_ih is not None
    cell.bias_ih[rows] = open_ if far else math.log(value / (1 - value))


@torch.no_grad()
def scalar_cell(r: float, z: float) -> GRUCell:
    """The course's scalar network as candidate, both gates constant."""
    cell = GRUCell(1, 1, dtype=FLOAT)
    for parameter in cell.parameters():
        parameter.zero_()
    cell.weight_ih[2], cell.weight_hh[2] = W_XH, W_HH
    set_gate(cell, "r", r)
    set_gate(cell, "z", z)
    return cell


@kept
def scalar() -> dict[str, Any]:
    """Three steps by hand; element t of each array is that of step t.

    The candidate has the weights of the scalar network, W_xz = -2, W_hr = 2,
    and nothing else. `simple` are the states of the simple network.
    """
    names = ("r", "z", "from_x", "from_h", "a", "n", "kept", "new")
    rows: dict[str, list[float]] = {name: [0.0] for name in names}
    h = [0.0]
    for x_t in X:
        r, z = sigma(W_HR * h[-1]), sigma(W_XZ * x_t)
        from_x, from_h = W_XH * x_t, W_HH * r * h[-1]
        n = math.tanh(from_x + from_h)
        kept_, new = z * h[-1], (1 - z) * n
        row = (r, z, from_x, from_h, from_x + from_h, n, kept_, new)
        for name, value in zip(names, row, strict=True):
            rows[name].append(value)
        h.append(kept_ + new)
    return {name: np.array(row) for name, row in rows.items()} | {
        "x": np.array([0.0, *X]),
        "h": np.array(h),
        "simple": states(np.array(X), W_XH, W_HH),
    }


CASES = {"rnn": (1.0, 0.0), "ordinary": (0.0, 0.0), "keep": (0.5, 1.0)} | {
    "mixed": (0.0, 0.8)
}
INPUTS = (1, 0, 0, 0, -1, -1, 0, 0, 0, 1, 0, 0)


@kept
def cases() -> dict[str, Any]:
    """The lecture's cases, on a scalar cell and on one of five units.

    On the scalar cell, with h_0 = 0.6, `states` are h_0, ..., h_12 for (r, z)
    = (1, 0), (0, 0), (any, 1) and (0, 0.8), in that order.

    On five units and random weights, each gate far to one side:
    `open_to_rnn`: the largest difference from the simple network of the same
    weights, with z = 0; `open_alone`: the same with z = 1/2.
    `reset_to_ordinary`: from tanh(W_xh x_t + b_xh), z = 0.
    `reach_closed`, `reach_alone`: the largest |dh_T/dx_1| with r = 0, and z =
    0 or z = 0.8; `gates` the same with r = 0 and z as drawn at random.
    `shut_update`: |h_100 - h_0| with z = 1; `open_update`: |h_t - n_t|, z = 0.
    """
    x = torch.tensor(INPUTS, dtype=FLOAT)[:, None, None]
    h_0 = torch.full((1, 1), 0.6, dtype=FLOAT)
    rows = [
        torch.cat([h_0[None], unroll(scalar_cell(r, z), x, h_0)[0]])
        for r, z in CASES.values()
    ]
    found: dict[str, Any] = {
        "states": torch.stack(rows)[..., 0, 0].detach().numpy(),
        "x": np.array(INPUTS),
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return found | _small()


def _small() -> dict[str, Any]:
    D, H, T, N = 3, 5, 12, 4
    cell = GRUCell(D, H, dtype=FLOAT)
    drawn = {name: value.clone() for name, value in cell.state_dict().items()}
    simple = RNNCell(D, H, dtype=FLOAT)
    simple.load_state_dict({k: v[2 * H :] for k, v in drawn.items()})
    x = torch.randn(T, N, D, dtype=FLOAT)
    h_0 = torch.randn(N, H, dtype=FLOAT)

    def gated(**values: float) -> GRUCell:
        cell.load_state_dict(drawn)
        for gate, value in values.items():
            set_gate(cell, gate, value)
        return cell

    def along(**values: float) -> Tensor:
        with torch.no_grad():
            return unroll(gated(**values), x, h_0)[0]

    def reach(**values: float) -> float:
        first = x[:1].clone().requires_grad_()
        end = unroll(gated(**values), torch.cat([first, x[1:]]), h_0)[1]
        rows = [
            torch.autograd.grad(end[..., i].sum(), first, retain_graph=True)[0]
            for i in range(H)
        ]
        return float(torch.stack(rows).abs().max())

    with torch.no_grad():
        plain = unroll(simple, x, h_0)[0]
        assert simple.bias_ih is not None
        ordinary = (x @ simple.weight_ih.T + simple.bias_ih).tanh()
        open_ = steps(gated(z=0.0), x, h_0)
        long = torch.randn(100, N, D, dtype=FLOAT)
        last = unroll(gated(z=1.0), long, h_0)[1]
    worst = _worst
    return {
        "open_to_rnn": worst(along(r=1.0, z=0.0), plain),
        "open_alone": worst(along(r=1.0, z=0.5), plain),
        "reset_to_ordinary": worst(along(r=0.0, z=0.0), ordinary),
        "reach_closed": reach(r=0.0, z=0.0),
        "reach_alone": reach(r=0.0, z=0.8),
        "reach_gates": reach(r=0.0),
        "shut_update": worst(last, h_0),
        "open_update": worst(open_["h"][1:], open_["n"]),
        "T": T,
    }


def _worst(a: Tensor, b: Tensor) -> float:
    return float((a - b).detach().abs().max())


KINDS = ("general", "equal", "single", "diagonal", "zero", "open")


@kept
def variants() -> dict[str, Any]:
    """The largest difference of the two resets' candidates, case by case.

    `without` has b_hh = 0, `with_bias` a random b_hh: general weights, all r
    equal, H = 1, W_hh diagonal, h = 0, r = 1. `formula` is the error of
    sum_j W_ij (r_j - r_i) h_j + (1 - r_i) b_i as the difference of the two
    pre-activations, over all cases; `apart` is how far the states of two
    networks of the same weights drift in 20 steps.
    """
    found: dict[str, Any] = {}
    errors = []
    with torch.random.fork_rng():
        for name, biased in (("without", False), ("with_bias", True)):
            row = []
            for kind in KINDS:
                torch.manual_seed(0)
                worst, error = _compared(kind, biased)
                row.append(worst)
                errors.append(error)
            found[name] = np.array(row)
        torch.manual_seed(0)
        after, before = _both(8)
        x = torch.randn(20, 64, 3, dtype=FLOAT)
        with torch.no_grad():
            a, b = unroll(after, x)[0], unroll(before, x)[0]
    found["formula"] = float(np.max(errors))
    found["apart"] = (a - b).norm(dim=-1).mean(1).numpy()
    found["size"] = float(a.norm(dim=-1).mean())
    found["last"] = float(found["apart"][-1])
    return found


def _both(H: int) -> tuple[GRUCell, GRUCell]:
    after = GRUCell(3, H, dtype=FLOAT)
    before = GRUCell(3, H, dtype=FLOAT, reset_after=False)
    before.load_state_dict(after.state_dict())
    return after, before


@torch.no_grad()
def _compared(kind: str, biased: bool) -> tuple[float, float]:
    """The difference of the candidates, and the error of its formula."""
    N, H = 32, 1 if kind == "single" else 6
    after, _ = _both(H)
    assert after.bias_hh is not None
    if not biased:
        after.bias_hh.zero_()
    if kind == "diagonal":
        after.weight_hh[2 * H :] *= torch.eye(H, dtype=FLOAT)
    if kind in ("equal", "open"):
        set_gate(after, "r", 0.3 if kind == "equal" else 1.0)
    before = GRUCell(3, H, dtype=FLOAT, reset_after=False)
    before.load_state_dict(after.state_dict())
    x = torch.randn(N, 3, dtype=FLOAT)
    h = torch.zeros(N, H, dtype=FLOAT) if kind == "zero" else torch.randn(
        N, H, dtype=FLOAT
    )  # fmt: skip
    a, b = (steps(cell, x[None], h) for cell in (after, before))
    r, W, bias = a["r"][0], after.weight_hh[2 * H :], after.bias_hh[2 * H :]
    said = torch.einsum("ij,nij,nj->ni", W, r[:, None] - r[..., None], h)
    said = said + (1 - r) * bias
    found = before.renew(r * h) - r * after.renew(h)
    return _worst(a["n"], b["n"]), _worst(said, found)


@kept
def memory() -> dict[str, Any]:
    """What is left of a pulse, in per cent of h_1, for several constant z.

    `left` (4, T): 100 h_t / h_1 of the scalar cell with r = 0, after x_1 = 1
    and zeros; `simple` that of the simple network; `half` the steps to one
    half, log(1/2) / log z; `error` the largest from 100 z^{t-1}.
    """
    z = np.array([0.5, 0.8, 0.95, 0.99])
    T = 60
    x = torch.zeros(T, 1, 1, dtype=FLOAT)
    x[0] = 1.0
    rows = []
    with torch.no_grad():
        for value in z:
            h = unroll(scalar_cell(0.0, float(value)), x)[0].flatten()
            rows.append(100 * h / h[0])
    left = torch.stack(rows).numpy()
    power = 100 * z[:, None] ** np.arange(T)
    simple = states(x.flatten().numpy(), W_XH, W_HH)[1:]
    return {
        "z": z,
        "left": left,
        "simple": 100 * simple / simple[0],
        "half": np.log(0.5) / np.log(z),
        "error": float(np.abs(left - power).max()),
        "T": T,
    }


def jacobian_parts(cell: GRUCell, x: Tensor, h: Tensor) -> dict[str, Tensor]:
    """The four parts of dh_t/dh_{t-1} of each step, (T, H, H) each.

    Args:
        cell: reset after.
        x: one sequence, (T, D).
        h: h_0, (H,).
    """
    found = steps(cell, x, h)
    r, z, m, n = (found[name] for name in "rzmn")
    before = found["h"][:-1]
    W_r, W_z, W_h = cell.weight_hh.chunk(3)
    through = (1 - z) * (1 - n**2)
    return {
        "keep": torch.diag_embed(z),
        "candidate": (through * r)[..., None] * W_h,
        "reset": (through * m * r * (1 - r))[..., None] * W_r,
        "update": ((before - n) * z * (1 - z))[..., None] * W_z,
    }


BIASES = (0.0, 2.0, 4.0)


@kept
def direct() -> dict[str, Any]:
    """The direct path, diag(z), beside the whole derivative, through time.

    Sixteen units with the weights torch draws, random inputs, T = 60; b_z is
    each of `BIASES`. `total` and `path` (3, T + 1): the spectral norm of
    dh_T/dh_{T-k} and of the product of the diag(z) alone, by lag k. `parts`
    (3, 4): the mean spectral norm of each part of one step. `grown` and
    `grown_path`: the first two at lag 60 when b_z = 4 and the recurrent
    weights are four times as large. `error` is the largest difference from
    the Jacobian that autograd computes.
    """
    D, H, T = 3, 16, 60
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = GRUCell(D, H, dtype=FLOAT)
        x = torch.randn(T, D, dtype=FLOAT)
    h_0 = torch.zeros(H, dtype=FLOAT)
    total, path, parts, errors = [], [], [], []
    drawn = cell.weight_hh.detach().clone()
    for bias, scale in (*((bias, 1.0) for bias in BIASES), (BIASES[-1], 4.0)):
        with torch.no_grad():
            assert cell.bias_ih is not None
            assert cell.bias_hh is not None
            cell.bias_ih[H : 2 * H], cell.bias_hh[H : 2 * H] = bias, 0.0
            cell.weight_hh.copy_(scale * drawn)
            found = jacobian_parts(cell, x, h_0)
            h = steps(cell, x, h_0)["h"]
        whole = torch.stack(list(found.values())).sum(0)
        for t in (0, 7, T - 1):
            auto = torch.func.jacrev(partial(cell, x[t]))(h[t])
            errors.append(_worst(auto, whole[t]))
        total.append(_norms(whole))
        path.append(_norms(found["keep"]))
        parts.append(
            [
                float(torch.linalg.matrix_norm(found[name], 2).mean())
                for name in PARTS
            ]
        )
    return {
        "total": np.array(total[:-1]),
        "path": np.array(path[:-1]),
        "parts": np.array(parts[:-1]),
        "grown": float(total[-1][-1]),
        "grown_path": float(path[-1][-1]),
        "biases": np.array(BIASES),
        "error": float(np.max(errors)),
        "T": T,
        "H": H,
    }


def _norms(factors: Tensor) -> NDArray[np.float64]:
    """Of the product of the last k factors, k = 0, ..., T."""
    product = torch.eye(factors.shape[-1], dtype=factors.dtype)
    found = [1.0]
    for factor in factors.flip(0):
        product = product @ factor
        found.append(float(torch.linalg.matrix_norm(product, 2)))
    return np.array(found)


def _with_bias(kind: str, bias: float, H: int) -> Cell:
    """A newly made cell; the gate that keeps, if it has one, with this bias."""
    if kind == "RNN":
        return RNNCell(2, H, dtype=FLOAT)
    if kind == "LSTM":
        lstm = LSTMCell(2, H, dtype=FLOAT)
        set_forget_bias(lstm, bias)
        return lstm
    gru = GRUCell(2, H, dtype=FLOAT)
    assert gru.bias_ih is not None
    assert gru.bias_hh is not None
    with torch.no_grad():
        gru.bias_ih[H : 2 * H], gru.bias_hh[H : 2 * H] = bias, 0.0
    return gru


def terms_by_lag(
    cell: Cell, x: Tensor, y: Tensor, w: Tensor
) -> NDArray[np.float64]:
    """The norm of each part of dL/dW_h, by lag, over that of the whole: (T,).

    The part with lag k is what the losses of all steps t owe to the use of W_h
    at step t - k. For that each step has a copy of W_h of its own.

    Args:
        cell: of D inputs and H units.
        x: (T, N, D).
        y: (T, N); the loss of step t is the mean of (w h_t - y_t)^2 / 2.
        w: (H,).
    """
    weights = dict(cell.named_parameters())
    used, losses, state = [], [], None
    for x_t, y_t in zip(x, y, strict=True):
        used.append(weights["weight_hh"].detach().clone().requires_grad_())
        given = {**weights, "weight_hh": used[-1]}
        state = functional_call(cell, given, (x_t, state))
        h = state[0] if isinstance(state, tuple) else state
        losses.append((h @ w - y_t).square().mean() / 2)
    parts = [torch.zeros_like(used[0]) for _ in used]
    for t, loss in enumerate(losses):
        found = torch.autograd.grad(loss, used[t::-1], retain_graph=True)
        for part, one in zip(parts, found, strict=False):
            part += one
    whole = torch.stack(parts).sum(0).norm()
    return np.array([(part.norm() / whole).item() for part in parts])


@kept
def lags() -> dict[str, Any]:
    """Parts of dL/dW_h by lag, in new networks, by the bias of the gate.

    RNN, LSTM and GRU of 32 units, with the distribution of torch.nn, on random
    inputs and targets. For the networks of `kinds` and `biases`, of the forget
    gate or z: `terms` (5, 60), as `terms_by_lag` gives them; `reach` (5,), the
    first lag whose part is below a hundredth of the whole, 60 if none is.
    """
    T, N, H = 60, 8, 32
    rows = []
    made = [("RNN", 0.0)]
    made += [(kind, bias) for bias in (0.0, 2.0) for kind in ("LSTM", "GRU")]
    with torch.random.fork_rng():
        for kind, bias in made:
            torch.manual_seed(0)
            x = torch.randn(T, N, 2, dtype=FLOAT)
            y = torch.randn(T, N, dtype=FLOAT)
            w = torch.randn(H, dtype=FLOAT) / H**0.5
            rows.append(terms_by_lag(_with_bias(kind, bias, H), x, y, w))
    terms = np.array(rows)
    below = terms < 0.01
    return {
        "kinds": [kind for kind, _ in made],
        "biases": [bias for _, bias in made],
        "terms": terms,
        "reach": np.where(below.any(1), below.argmax(1), T),
        "T": T,
        "H": H,
    }


@kept
def sizes() -> dict[str, Any]:
    """Recurrent parameters, two biases, D = 2 and H = 4, and D = H = 256."""

    def count(blocks: int, D: int, H: int) -> int:
        return blocks * (H * D + H * H + 2 * H)

    found: dict[str, Any] = {}
    for name, blocks in (("rnn", 1), ("gru", 3), ("lstm", 4)):
        found[name] = count(blocks, 2, 4)
        found[f"large_{name}"] = count(blocks, 256, 256)
    return found
