# Exercises of the chapter "rnn": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import RNNCell, unroll
# --8<-- [end:imports]


# --8<-- [start:next_state_starter]
def next_state(x_t, h, W_xh, W_hh, b_h):
    """h_t of a scalar network from x_t and h_{t-1}: complete the line."""
    return math.tanh(W_xh * x_t + b_h)


# --8<-- [end:next_state_starter]


# --8<-- [start:next_state_solution]
def next_state(x_t, h, W_xh, W_hh, b_h):
    """h_t of a scalar network from x_t and h_{t-1}."""
    return math.tanh(W_xh * x_t + W_hh * h + b_h)


# --8<-- [end:next_state_solution]


def check_next_state() -> None:
    h = 0.0
    for x_t in (1.0, 0.0, -1.0, 1.0):
        h = next_state(x_t, h, 0.5, 0.8, 0.0)
    assert abs(h - 0.3177) < 1e-4
    assert abs(next_state(0.0, 0.0, 0.5, 0.8, 1.0) - math.tanh(1)) < 1e-12


# --8<-- [start:count_parameters_starter]
def count_parameters(D, H, Q, T):
    """Of an RNN with one bias b_h and an output layer: find the error."""
    return T * (H * D + H * H + H) + Q * H + Q


# --8<-- [end:count_parameters_starter]


# --8<-- [start:count_parameters_solution]
def count_parameters(D, H, Q, T):
    """Of an RNN with one bias b_h and an output layer; T is not used."""
    return H * D + H * H + H + Q * H + Q


# --8<-- [end:count_parameters_solution]


def check_count_parameters() -> None:
    for D, H, Q, T in ((1, 1, 1, 3), (2, 4, 1, 300), (7, 5, 3, 10)):
        cell, readout = RNNCell(D, H), torch.nn.Linear(H, Q)
        modules = torch.nn.ModuleList([cell, readout])
        total = sum(parameter.numel() for parameter in modules.parameters())
        assert count_parameters(D, H, Q, T) == total - H  # b_ih + b_hh = b_h


# --8<-- [start:depends_starter]
def depends(cell, x, t):
    """Which of x_1, ..., x_T does h_t depend on? A list of T booleans."""
    return [False for step in range(1, len(x) + 1)]


# --8<-- [end:depends_starter]


# --8<-- [start:depends_solution]
def depends(cell, x, t):
    """Which of x_1, ..., x_T does h_t depend on? A list of T booleans."""
    x = x.clone().requires_grad_()
    states, _ = unroll(cell, x)
    states[t - 1].sum().backward()
    return [bool(gradient.any()) for gradient in x.grad]


# --8<-- [end:depends_solution]


def check_depends() -> None:
    torch.manual_seed(0)
    x = torch.randn(5, 2)
    cell = RNNCell(2, 3)
    assert depends(cell, x, 5) == [True] * 5
    assert depends(cell, x, 2) == [True, True, False, False, False]
    with torch.no_grad():
        cell.weight_hh.zero_()  # an ordinary layer: no loop
    assert depends(cell, x, 4) == [False, False, False, True, False]


# --8<-- [start:generate_starter]
def generate(cell, readout, x_t, steps):
    """Outputs that are fed back as the next inputs: find the error."""
    written = []
    for _ in range(steps):
        h = cell(x_t)
        x_t = readout(h)
        written.append(x_t)
    return torch.stack(written)


# --8<-- [end:generate_starter]


# --8<-- [start:generate_solution]
def generate(cell, readout, x_t, steps):
    """Outputs that are fed back as the next inputs."""
    written, h = [], None
    for _ in range(steps):
        h = cell(x_t, h)
        x_t = readout(h)
        written.append(x_t)
    return torch.stack(written)


# --8<-- [end:generate_solution]


def check_generate() -> None:
    torch.manual_seed(0)
    cell, readout = RNNCell(2, 4), torch.nn.Linear(4, 2)
    x_1 = torch.randn(2)
    written = generate(cell, readout, x_1, steps=6)
    inputs = torch.cat([x_1[None], written[:-1]])
    states, _ = unroll(cell, inputs)  # the same inputs, read as one sequence
    assert torch.allclose(written, readout(states), atol=1e-6)


# --8<-- [start:reach_starter]
def reach(x, W_xh, W_hh):
    """dh_T/dx_1 of a scalar tanh network with h_0 = 0 and no bias."""
    h, slope = 0.0, W_xh
    for x_t in x:
        h = math.tanh(W_xh * x_t + W_hh * h)
    return slope


# --8<-- [end:reach_starter]


# --8<-- [start:reach_solution]
def reach(x, W_xh, W_hh):
    """dh_T/dx_1 of a scalar tanh network with h_0 = 0 and no bias."""
    h = math.tanh(W_xh * x[0])
    slope = W_xh * (1 - h**2)  # dh_1/dx_1
    for x_t in x[1:]:
        h = math.tanh(W_xh * x_t + W_hh * h)
        slope *= W_hh * (1 - h**2)  # dh_t/dh_{t-1}
    return slope


# --8<-- [end:reach_solution]


def check_reach() -> None:
    assert abs(reach([1.0, 0.0, -1.0], 0.5, 0.8) - 0.2101) < 1e-4
    torch.manual_seed(0)
    x = torch.randn(9, 1, dtype=torch.float64, requires_grad=True)
    cell = RNNCell(1, 1, bias=False, dtype=torch.float64)
    unroll(cell, x)[1].sum().backward()
    weights = cell.weight_ih.item(), cell.weight_hh.item()
    assert abs(reach(x.flatten().tolist(), *weights) - x.grad[0]) < 1e-6


# --8<-- [start:delay_starter]
def delay():
    """W_xh, W_hh, W_hq of a linear network whose output is x_{t-1}."""
    W_xh = torch.tensor([[1.0], [0.0]])
    W_hh = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
    W_hq = torch.tensor([[0.0, 1.0]])
    return W_xh, W_hh, W_hq


# --8<-- [end:delay_starter]


# --8<-- [start:delay_solution]
def delay():
    """W_xh, W_hh, W_hq of a linear network whose output is x_{t-1}."""
    W_xh = torch.tensor([[1.0], [0.0]])
    W_hh = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    W_hq = torch.tensor([[0.0, 1.0]])
    return W_xh, W_hh, W_hq


# --8<-- [end:delay_solution]


def check_delay() -> None:
    W_xh, W_hh, W_hq = delay()
    x = [3.0, -1.0, 4.0, 1.0, -5.0]
    h, outputs = torch.zeros(2, 1), []
    for x_t in x:
        h = W_xh * x_t + W_hh @ h  # phi is the identity
        outputs.append((W_hq @ h).item())
    assert outputs == [0.0, *x[:-1]]


# --8<-- [start:parity_starter]
def parity():
    """A ReLU cell and the row w with w @ h_t = (x_1 + ... + x_t) mod 2."""
    cell = RNNCell(1, 2, nonlinearity="relu")
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor([[1.0], [1.0]]))
        cell.weight_hh.copy_(torch.tensor([[0.0, 0.0], [0.0, 0.0]]))
        cell.bias_ih.copy_(torch.tensor([0.0, 0.0]))
        cell.bias_hh.zero_()
    return cell, torch.tensor([1.0, 0.0])


# --8<-- [end:parity_starter]


# --8<-- [start:parity_solution]
def parity():
    """A ReLU cell and the row w with w @ h_t = (x_1 + ... + x_t) mod 2."""
    cell = RNNCell(1, 2, nonlinearity="relu")
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor([[1.0], [1.0]]))
        cell.weight_hh.copy_(torch.tensor([[1.0, -2.0], [1.0, -2.0]]))
        cell.bias_ih.copy_(torch.tensor([0.0, -1.0]))
        cell.bias_hh.zero_()
    return cell, torch.tensor([1.0, -2.0])


# --8<-- [end:parity_solution]


def check_parity() -> None:
    torch.manual_seed(0)
    cell, w = parity()
    for length in (1, 2, 7, 100):
        x = torch.randint(2, (length, 50, 1)).float()
        states, _ = unroll(cell, x)
        assert torch.equal(states @ w, x.cumsum(0)[..., 0] % 2)


# --8<-- [start:step_of_rows_starter]
def step_of_rows(x_t, h, W_xh, W_hh, b_h):
    """h_t (N, H) from x_t (N, D) and h_{t-1} (N, H): find the error."""
    return torch.tanh(x_t @ W_xh.T + h @ W_hh + b_h)


# --8<-- [end:step_of_rows_starter]


# --8<-- [start:step_of_rows_solution]
def step_of_rows(x_t, h, W_xh, W_hh, b_h):
    """h_t (N, H) from x_t (N, D) and h_{t-1} (N, H)."""
    return torch.tanh(x_t @ W_xh.T + h @ W_hh.T + b_h)


# --8<-- [end:step_of_rows_solution]


def check_step_of_rows() -> None:
    torch.manual_seed(0)
    x_t, h, b_h = torch.randn(4, 2), torch.randn(4, 3), torch.randn(3)
    W_xh, W_hh = torch.randn(3, 2), torch.randn(3, 3)
    found = step_of_rows(x_t, h, W_xh, W_hh, b_h)
    for n in range(4):  # each sequence is a column in the formula
        column = torch.tanh(W_xh @ x_t[n] + W_hh @ h[n] + b_h)
        assert torch.allclose(found[n], column, atol=1e-5)
