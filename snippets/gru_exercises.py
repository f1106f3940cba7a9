# Exercises of the chapter "gru": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import GRUCell, unroll
# --8<-- [end:imports]


# --8<-- [start:candidate_starter]
def candidate(x_t, h, r, W_xh, W_hh, b_h):
    """The candidate of a GRU, the reset before: complete the line."""
    return torch.tanh(W_xh @ x_t + W_hh @ h + b_h)


# --8<-- [end:candidate_starter]


# --8<-- [start:candidate_solution]
def candidate(x_t, h, r, W_xh, W_hh, b_h):
    """The candidate of a GRU, the reset before."""
    return torch.tanh(W_xh @ x_t + W_hh @ (r * h) + b_h)


# --8<-- [end:candidate_solution]


def check_candidate() -> None:
    torch.manual_seed(0)
    D, H = 2, 4
    cell = GRUCell(D, H, reset_after=False)
    x, h = torch.randn(D), torch.randn(H)
    W_x, W_h = cell.weight_ih.chunk(3), cell.weight_hh.chunk(3)
    b = (cell.bias_ih + cell.bias_hh).chunk(3)
    r, z = ((W_x[k] @ x + W_h[k] @ h + b[k]).sigmoid() for k in (0, 1))
    n = candidate(x, h, r, W_x[2], W_h[2], b[2])
    assert torch.allclose(z * h + (1 - z) * n, cell(x, h), atol=1e-6)


# --8<-- [start:update_gate_starter]
def update_gate(x_t, h, h_tilde, W_xz, W_hz, b_z):
    """z_t, by how alike the state and the candidate are: find the error."""
    return torch.exp(-(h - h_tilde).abs())


# --8<-- [end:update_gate_starter]


# --8<-- [start:update_gate_solution]
def update_gate(x_t, h, h_tilde, W_xz, W_hz, b_z):
    """z_t, from the input and the previous state; not from the candidate."""
    return torch.sigmoid(W_xz @ x_t + W_hz @ h + b_z)


# --8<-- [end:update_gate_solution]


def check_update_gate() -> None:
    torch.manual_seed(0)
    D, H = 2, 4
    cell = GRUCell(D, H)
    x, h = torch.randn(D), torch.randn(H)
    a_x, a_h = (a.chunk(3) for a in cell.affine(x, h))
    r = (a_x[0] + a_h[0]).sigmoid()
    h_tilde = (a_x[2] + r * a_h[2]).tanh()
    weights = cell.weight_ih.chunk(3)[1], cell.weight_hh.chunk(3)[1]
    b_z = (cell.bias_ih + cell.bias_hh).chunk(3)[1]
    z = update_gate(x, h, h_tilde, *weights, b_z)
    assert torch.allclose(z * h + (1 - z) * h_tilde, cell(x, h), atol=1e-6)


# --8<-- [start:make_ordinary_starter]
def make_ordinary(cell):
    """Make h_t depend on x_t alone: find what is missing."""
    W_hr, _, _ = cell.weight_hh.chunk(3)
    b_r, _, _ = cell.bias_ih.chunk(3)
    with torch.no_grad():
        W_hr.zero_()
        b_r.fill_(-50.0)  # r = 0


# --8<-- [end:make_ordinary_starter]


# --8<-- [start:make_ordinary_solution]
def make_ordinary(cell):
    """Make h_t depend on x_t alone."""
    W_hr, W_hz, _ = cell.weight_hh.chunk(3)
    b_r, b_z, _ = cell.bias_ih.chunk(3)
    with torch.no_grad():
        W_hr.zero_()
        b_r.fill_(-50.0)  # r = 0: nothing of h_{t-1} in the candidate
        W_hz.zero_()
        b_z.fill_(-50.0)  # z = 0: nor in the mixture


# --8<-- [end:make_ordinary_solution]


def check_make_ordinary() -> None:
    torch.manual_seed(0)
    cell = GRUCell(2, 4)
    make_ordinary(cell)
    x = torch.randn(5, 3, 2)
    one, other = (unroll(cell, x, h_0)[0] for h_0 in torch.randn(2, 3, 4))
    assert torch.allclose(one, other, atol=1e-6)
    assert one.abs().max() > 0.1


# --8<-- [start:bias_for_starter]
def bias_for(steps):
    """b_z with which half of the state is left after `steps` steps."""
    z = 1 - 1 / steps
    return math.log(z / (1 - z))


# --8<-- [end:bias_for_starter]


# --8<-- [start:bias_for_solution]
def bias_for(steps):
    """b_z with which half of the state is left after `steps` steps."""
    z = 0.5 ** (1 / steps)
    return math.log(z / (1 - z))


# --8<-- [end:bias_for_solution]


def check_bias_for() -> None:
    for steps in (2, 5, 40):
        cell = GRUCell(1, 1, dtype=torch.float64)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.zero_()
            cell.bias_ih[1] = bias_for(steps)
        x = torch.zeros(steps, 1, dtype=torch.float64)
        h_0 = torch.ones(1, dtype=torch.float64)
        assert abs(unroll(cell, x, h_0)[1].item() - 0.5) < 1e-6


# --8<-- [start:convert_starter]
def convert(weights):
    """From z on the candidate to z on the state: find what is missing."""
    converted = {name: value.clone() for name, value in weights.items()}
    for name in ("weight_ih", "weight_hh"):
        converted[name].chunk(3)[1].neg_()
    return converted


# --8<-- [end:convert_starter]


# --8<-- [start:convert_solution]
def convert(weights):
    """From z on the candidate to z on the state."""
    converted = {name: value.clone() for name, value in weights.items()}
    for value in converted.values():
        value.chunk(3)[1].neg_()  # the biases too
    return converted


# --8<-- [end:convert_solution]


def check_convert() -> None:
    torch.manual_seed(0)
    theirs, ours = GRUCell(2, 4), GRUCell(2, 4)
    ours.load_state_dict(convert(theirs.state_dict()))
    x, h = torch.randn(3, 2), torch.randn(3, 4)
    a_x, a_h = (a.chunk(3, -1) for a in theirs.affine(x, h))
    r, z = ((a_x[k] + a_h[k]).sigmoid() for k in (0, 1))
    n = (a_x[2] + r * a_h[2]).tanh()
    assert torch.allclose(ours(x, h), (1 - z) * h + z * n, atol=1e-6)


# --8<-- [start:independent_starter]
def independent(D, H, reset_after):
    """Parameters that cannot be merged into others: find the error."""
    return 3 * (H * D + H * H + H)


# --8<-- [end:independent_starter]


# --8<-- [start:independent_solution]
def independent(D, H, reset_after):
    """Parameters that cannot be merged into others."""
    biases = 4 if reset_after else 3
    return 3 * (H * D + H * H) + biases * H


# --8<-- [end:independent_solution]


def check_independent() -> None:
    torch.manual_seed(0)
    D, H = 1, 2
    x = torch.randn(200, D, dtype=torch.float64)
    h = torch.randn(200, H, dtype=torch.float64)
    for reset_after in (True, False):
        cell = GRUCell(D, H, dtype=torch.float64, reset_after=reset_after)
        given = {name: p.detach() for name, p in cell.named_parameters()}

        def run(weights, cell=cell):
            return torch.func.functional_call(cell, weights, (x, h))

        parts = torch.func.jacrev(run)(given).values()
        jacobian = torch.cat([part.reshape(200 * H, -1) for part in parts], 1)
        rank = torch.linalg.matrix_rank(jacobian, rtol=1e-10)
        assert independent(D, H, reset_after) == rank


# --8<-- [start:back_one_step_starter]
def back_one_step(dh, h, r, z, m, n, W_h):
    """dL/dh_{t-1} from dL/dh_t, the reset after: find what is missing."""
    dm = dh * (1 - z) * (1 - n**2) * r
    _, _, W_hh = W_h.chunk(3)
    return z * dh + W_hh.T @ dm


# --8<-- [end:back_one_step_starter]


# --8<-- [start:back_one_step_solution]
def back_one_step(dh, h, r, z, m, n, W_h):
    """dL/dh_{t-1} from dL/dh_t, the reset after."""
    da_n = dh * (1 - z) * (1 - n**2)
    da_r = da_n * m * r * (1 - r)
    da_z = dh * (h - n) * z * (1 - z)
    W_hr, W_hz, W_hh = W_h.chunk(3)
    return z * dh + W_hr.T @ da_r + W_hz.T @ da_z + W_hh.T @ (da_n * r)


# --8<-- [end:back_one_step_solution]


def check_back_one_step() -> None:
    torch.manual_seed(0)
    cell = GRUCell(2, 4, dtype=torch.float64)
    x, dh = (torch.randn(size, dtype=torch.float64) for size in (2, 4))
    h = torch.randn(4, dtype=torch.float64, requires_grad=True)
    cell(x, h).backward(dh)
    with torch.no_grad():
        a_x, a_h = (a.chunk(3) for a in cell.affine(x, h))
        r, z = ((a_x[k] + a_h[k]).sigmoid() for k in (0, 1))
        m, n = a_h[2], (a_x[2] + r * a_h[2]).tanh()
        found = back_one_step(dh, h, r, z, m, n, cell.weight_hh)
    assert torch.allclose(found, h.grad, atol=1e-12)


# --8<-- [start:last_written_starter]
def last_written():
    """A cell that holds tanh(v) of the last (v, w) with w = 1."""
    cell = GRUCell(2, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_ih[2] = torch.tensor([1.0, 0.0])  # the candidate: v
    return cell


# --8<-- [end:last_written_starter]


# --8<-- [start:last_written_solution]
def last_written():
    """A cell that holds tanh(v) of the last (v, w) with w = 1."""
    cell = GRUCell(2, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_ih[2] = torch.tensor([1.0, 0.0])  # the candidate: v
        cell.weight_ih[1] = torch.tensor([0.0, -100.0])  # w = 1: z = 0
        cell.bias_ih[1] = 50.0  # w = 0: z = 1
    return cell


# --8<-- [end:last_written_solution]


def check_last_written() -> None:
    torch.manual_seed(0)
    v, w = torch.randn(300), (torch.rand(300) < 0.05).float()
    states, _ = unroll(last_written(), torch.stack([v, w], 1))
    held = 0.0
    for v_t, w_t, h_t in zip(v, w, states, strict=True):
        held = math.tanh(v_t) if w_t else held
        assert abs(h_t.item() - held) < 1e-5
