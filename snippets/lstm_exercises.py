# Exercises of the chapter "lstm": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import LSTMCell, unroll
# --8<-- [end:imports]


# --8<-- [start:hidden_starter]
def hidden(o, c):
    """What the rest of the network sees of the cell: find the error."""
    return o * c


# --8<-- [end:hidden_starter]


# --8<-- [start:hidden_solution]
def hidden(o, c):
    """What the rest of the network sees of the cell."""
    return o * c.tanh()


# --8<-- [end:hidden_solution]


def check_hidden() -> None:
    torch.manual_seed(0)
    cell = LSTMCell(1, 3)
    with torch.no_grad():
        cell.weight_ih[9:].zero_()
        cell.weight_hh[9:].zero_()
        cell.bias_ih[9:] = 50.0  # o = 1
        cell.bias_hh[9:] = 0.0
    h, c = cell(torch.randn(1), (torch.randn(3), 4 * torch.randn(3)))
    assert torch.allclose(hidden(torch.ones(3), c), h)
    assert hidden(torch.ones(3), torch.full((3,), 5.0)).max() < 1


# --8<-- [start:left_starter]
def left(forget_gates):
    """What is left of c_0 if nothing is written: find the error.

    forget_gates: f_1, ..., f_T of one unit.
    """
    weight = 1.0  # of the cell's connection to itself
    return weight ** len(forget_gates)


# --8<-- [end:left_starter]


# --8<-- [start:left_solution]
def left(forget_gates):
    """What is left of c_0 if nothing is written.

    forget_gates: f_1, ..., f_T of one unit.
    """
    return math.prod(forget_gates)


# --8<-- [end:left_solution]


def check_left() -> None:
    assert left([1.0] * 100) == 1.0  # 1997
    assert abs(left([0.9, 0.5, 1.0]) - 0.45) < 1e-6
    assert left([0.9, 0.0, 0.9]) == 0.0


# --8<-- [start:has_short_memory_starter]
def has_short_memory(module, x):
    """Does the last output depend on x_1? Find the error.

    module: maps (T, D) to (T, H), one output a step.
    """
    return len(module(x)) > 0  # it has activations


# --8<-- [end:has_short_memory_starter]


# --8<-- [start:has_short_memory_solution]
def has_short_memory(module, x):
    """Does the last output depend on x_1?

    module: maps (T, D) to (T, H), one output a step.
    """
    x = x.clone().requires_grad_()
    module(x)[-1].sum().backward()
    return bool(x.grad[0].any())


# --8<-- [end:has_short_memory_solution]


def check_has_short_memory() -> None:
    torch.manual_seed(0)
    x = torch.randn(6, 2)
    layers = torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)
    ordinary = torch.nn.Sequential(*layers)
    cell = LSTMCell(2, 3)
    assert not has_short_memory(ordinary, x)
    assert has_short_memory(lambda x: unroll(cell, x)[0], x)
    assert not has_short_memory(lambda x: torch.stack(
        [cell(x_t)[0] for x_t in x]  # its state is not fed back
    ), x)  # fmt: skip


# --8<-- [start:count_parameters_starter]
def count_parameters(D, H):
    """Of an LSTM with one bias per gate: what is missing?"""
    gates = 3
    return gates * (H * D + H * H + H)


# --8<-- [end:count_parameters_starter]


# --8<-- [start:count_parameters_solution]
def count_parameters(D, H):
    """Of an LSTM with one bias per gate: three gates and the input node."""
    blocks = 3 + 1
    return blocks * (H * D + H * H + H)


# --8<-- [end:count_parameters_solution]


def check_count_parameters() -> None:
    for D, H in ((1, 1), (2, 4), (7, 5)):
        cell = LSTMCell(D, H)
        total = sum(parameter.numel() for parameter in cell.parameters())
        assert count_parameters(D, H) == total - 4 * H


# --8<-- [start:open_forget_gate_starter]
@torch.no_grad()
def open_forget_gate(layer, value):
    """Make the forget gates' bias `value`: find the error."""
    for name, bias in layer.named_parameters():
        if name.startswith("bias"):
            _, f, _, _ = bias.chunk(4)
            f.fill_(value)


# --8<-- [end:open_forget_gate_starter]


# --8<-- [start:open_forget_gate_solution]
@torch.no_grad()
def open_forget_gate(layer, value):
    """Make the forget gates' bias `value`: the two biases are added."""
    for name, bias in layer.named_parameters():
        if name.startswith("bias"):
            _, f, _, _ = bias.chunk(4)
            f.fill_(value if name.startswith("bias_ih") else 0.0)


# --8<-- [end:open_forget_gate_solution]


def check_open_forget_gate() -> None:
    torch.manual_seed(0)
    layer = torch.nn.LSTM(2, 3)
    open_forget_gate(layer, 1.0)
    total = layer.bias_ih_l0 + layer.bias_hh_l0
    assert torch.allclose(total[3:6], torch.ones(3))
    assert not torch.allclose(total[:3], torch.ones(3))


# --8<-- [start:bias_for_starter]
def bias_for(steps):
    """The forget gate's bias with which half is left after so many steps."""
    return 1.0


# --8<-- [end:bias_for_starter]


# --8<-- [start:bias_for_solution]
def bias_for(steps):
    """The forget gate's bias with which half is left after so many steps."""
    f = 0.5 ** (1 / steps)
    return math.log(f / (1 - f))  # sigma(b) = f


# --8<-- [end:bias_for_solution]


def check_bias_for() -> None:
    for steps in (1, 10, 100):
        f = 1 / (1 + math.exp(-bias_for(steps)))
        assert abs(f**steps - 0.5) < 1e-6


# --8<-- [start:back_through_cell_starter]
def back_through_cell(dh, dc, f, o, c):
    """dL/dc_t and what of it reaches c_{t-1} directly: find the error.

    dh: dL/dh_t. dc: what reaches c_t from step t + 1.
    """
    dc = dc + dh * o
    return dc, dc * f


# --8<-- [end:back_through_cell_starter]


# --8<-- [start:back_through_cell_solution]
def back_through_cell(dh, dc, f, o, c):
    """dL/dc_t and what of it reaches c_{t-1} directly.

    dh: dL/dh_t. dc: what reaches c_t from step t + 1.
    """
    dc = dc + dh * o * (1 - c.tanh() ** 2)
    return dc, dc * f


# --8<-- [end:back_through_cell_solution]


def check_back_through_cell() -> None:
    torch.manual_seed(0)
    i, f, o, dh, dc = torch.rand(5, 4, dtype=torch.float64)
    before = torch.randn(4, dtype=torch.float64, requires_grad=True)
    c = f * before + i
    loss = (o * c.tanh() * dh + c * dc).sum()
    whole, direct = torch.autograd.grad(loss, [c, before])
    ours = back_through_cell(dh, dc, f, o, c.detach())
    assert torch.allclose(ours[0], whole)
    assert torch.allclose(ours[1], direct)


# --8<-- [start:from_ifog_starter]
def from_ifog(weight):
    """Rows in the order i, f, o, g, as PyTorch wants them: find the error."""
    i, f, o, g = weight.chunk(4)
    return torch.cat([i, f, o, g])


# --8<-- [end:from_ifog_starter]


# --8<-- [start:from_ifog_solution]
def from_ifog(weight):
    """Rows in the order i, f, o, g, as PyTorch wants them: i, f, g, o."""
    i, f, o, g = weight.chunk(4)
    return torch.cat([i, f, g, o])


# --8<-- [end:from_ifog_solution]


def check_from_ifog() -> None:
    weight = torch.arange(8.0)[:, None]
    assert from_ifog(weight).flatten().tolist() == [0, 1, 2, 3, 6, 7, 4, 5]


# --8<-- [start:counter_starter]
def counter():
    """A cell of one unit whose c_t is the number of ones read so far.

    It reads x_t, 0 or 1; complete the biases and the weights.
    """
    cell = LSTMCell(1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        _, _, g, _ = cell.weight_ih.chunk(4)
        g.fill_(50.0)  # tanh(50 x_t) is 0 or 1
    return cell


# --8<-- [end:counter_starter]


# --8<-- [start:counter_solution]
def counter():
    """A cell of one unit whose c_t is the number of ones read so far.

    It reads x_t, 0 or 1.
    """
    cell = LSTMCell(1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        _, _, g, _ = cell.weight_ih.chunk(4)
        g.fill_(50.0)  # tanh(50 x_t) is 0 or 1
        cell.bias_ih[:2] = 50.0  # i = f = 1: write it, and forget nothing
    return cell


# --8<-- [end:counter_solution]


def check_counter() -> None:
    torch.manual_seed(0)
    for length in (1, 7, 200):
        x = torch.randint(2, (length, 30, 1)).float()
        _, (_, c) = unroll(counter(), x)
        assert torch.allclose(c, x.sum(0))
