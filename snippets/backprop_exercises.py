# Exercises of the chapter "backprop": a starter, a solution, a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import backprop
# --8<-- [end:imports]


# --8<-- [start:gradient_w6_starter]
def gradient_w6(target_o1, out_o1, out_h1, out_h2):
    """dL/dw6, which goes from h2 to o1: change what has to change."""
    return -(target_o1 - out_o1) * out_o1 * (1 - out_o1) * out_h1


# --8<-- [end:gradient_w6_starter]


# --8<-- [start:gradient_w6_solution]
def gradient_w6(target_o1, out_o1, out_h1, out_h2):
    """dL/dw6, which goes from h2 to o1."""
    return -(target_o1 - out_o1) * out_o1 * (1 - out_o1) * out_h2


# --8<-- [end:gradient_w6_solution]


def check_gradient_w6() -> None:
    w, data = backprop.Weights(), backprop.Data()
    v = backprop.forward(w, data)
    found = gradient_w6(data.target_o1, v.out_o1, v.out_h1, v.out_h2)
    assert abs(found - backprop.gradient(w, data).w6) < 1e-15


# --8<-- [start:two_names_starter]
def two_names(w, data):
    """The gradients of w5 and of w1, each under its name: find the error."""
    d_w = backprop.product(backprop.factors_w5(w, data))
    return {"w5": d_w, "w1": d_w}


# --8<-- [end:two_names_starter]


# --8<-- [start:two_names_solution]
def two_names(w, data):
    """The gradients of w5 and of w1, each under its name."""
    via_o1, via_o2, after = backprop.factors_w1(w, data)
    d_out_h1 = backprop.product(via_o1) + backprop.product(via_o2)
    return {
        "w5": backprop.product(backprop.factors_w5(w, data)),
        "w1": d_out_h1 * backprop.product(after),
    }


# --8<-- [end:two_names_solution]


def check_two_names() -> None:
    found = two_names(backprop.Weights(), backprop.Data())
    assert abs(found["w5"] - 0.0821670406) < 1e-10
    assert abs(found["w1"] - 0.000438567734) < 1e-12


# --8<-- [start:hidden_error_starter]
def hidden_error(targets, outs, weights):
    """dL/dout_h1 from the lists of the two outputs: find the error.

    `weights` are those from h1 to each output.
    """
    return sum(
        -(target - out) for target, out in zip(targets, outs, strict=True)
    )


# --8<-- [end:hidden_error_starter]


# --8<-- [start:hidden_error_solution]
def hidden_error(targets, outs, weights):
    """dL/dout_h1 from the lists of the two outputs.

    `weights` are those from h1 to each output.
    """
    return sum(
        -(target - out) * out * (1 - out) * weight
        for target, out, weight in zip(targets, outs, weights, strict=True)
    )


# --8<-- [end:hidden_error_solution]


def check_hidden_error() -> None:
    w, data = backprop.Weights(), backprop.Data()
    v = backprop.forward(w, data)
    found = hidden_error(
        [data.target_o1, data.target_o2], [v.out_o1, v.out_o2], [w.w5, w.w7]
    )
    d_w1 = found * v.out_h1 * (1 - v.out_h1) * data.i1
    assert abs(d_w1 - 0.000438567734) < 1e-12, d_w1


# --8<-- [start:bias_starter]
def bias(d_in_h1, d_in_h2):
    """dL/db1, from dL/din_h1 and dL/din_h2: b1 is added in both units."""
    return d_in_h1


# --8<-- [end:bias_starter]


# --8<-- [start:bias_solution]
def bias(d_in_h1, d_in_h2):
    """dL/db1, from dL/din_h1 and dL/din_h2: b1 is added in both units."""
    return d_in_h1 + d_in_h2


# --8<-- [end:bias_solution]


def check_bias() -> None:
    w, data = backprop.Weights(), backprop.Data()
    found = backprop.gradient(w, data)
    d_in = found.w1 / data.i1, found.w3 / data.i1
    assert abs(bias(*d_in) - found.b1) < 1e-15


# --8<-- [start:tanh_starter]
def tanh(out):
    """d tanh(z)/dz from out = tanh(z): that of the logistic does not do."""
    return out * (1 - out)


# --8<-- [end:tanh_starter]


# --8<-- [start:tanh_solution]
def tanh(out):
    """d tanh(z)/dz from out = tanh(z)."""
    return 1 - out**2


# --8<-- [end:tanh_solution]


def check_tanh() -> None:
    for z in (-2.0, 0.0, 0.5, 3.0):
        step = 1e-6
        slope = (math.tanh(z + step) - math.tanh(z - step)) / (2 * step)
        assert abs(tanh(math.tanh(z)) - slope) < 1e-9


# --8<-- [start:differences_starter]
def differences(loss, w, step=1e-5):
    """The gradient of loss(w), a list of numbers, by central differences."""
    slopes = []
    for k in range(len(w)):
        moved = [*w]
        moved[k] += step
        slopes.append((loss(moved) - loss(w)) / (2 * step))
    return slopes


# --8<-- [end:differences_starter]


# --8<-- [start:differences_solution]
def differences(loss, w, step=1e-5):
    """The gradient of loss(w), a list of numbers, by central differences."""
    slopes = []
    for k in range(len(w)):
        more, less = [*w], [*w]
        more[k] += step
        less[k] -= step
        slopes.append((loss(more) - loss(less)) / (2 * step))
    return slopes


# --8<-- [end:differences_solution]


def check_differences() -> None:
    w, data = backprop.Weights(), backprop.Data()

    def loss(values):
        return backprop.forward(backprop.Weights(*values), data).L

    found = differences(loss, list(w))
    for ours, its in zip(found, backprop.gradient(w, data), strict=True):
        assert abs(ours - its) < 1e-8


# --8<-- [start:deep_starter]
def deep(x, target, layers):
    """dL/dW of every layer of a network of logistic units, first to last.

    `layers` are pairs (W, b), as many as one likes.
    """
    outs = [x]
    for W, b in layers:
        outs.append(torch.sigmoid(W @ outs[-1] + b))
    d_out, found = outs[-1] - target, []
    W, _ = layers[-1]
    d_in = d_out * outs[-1] * (1 - outs[-1])
    found.append(torch.outer(d_in, outs[-2]))
    return found


# --8<-- [end:deep_starter]


# --8<-- [start:deep_solution]
def deep(x, target, layers):
    """dL/dW of every layer of a network of logistic units, first to last.

    `layers` are pairs (W, b), as many as one likes.
    """
    outs = [x]
    for W, b in layers:
        outs.append(torch.sigmoid(W @ outs[-1] + b))
    d_out, found = outs[-1] - target, []
    for k in range(len(layers), 0, -1):
        W, _ = layers[k - 1]
        d_in = d_out * outs[k] * (1 - outs[k])
        found.append(torch.outer(d_in, outs[k - 1]))
        d_out = W.T @ d_in
    return found[::-1]


# --8<-- [end:deep_solution]


def check_deep() -> None:
    torch.manual_seed(0)
    layers = [
        (torch.randn(n, m, requires_grad=True), torch.randn(n))
        for m, n in ((4, 5), (5, 3), (3, 6), (6, 2))
    ]
    x, target = torch.randn(4), torch.rand(2)
    out = x
    for W, b in layers:
        out = torch.sigmoid(W @ out + b)
    (((out - target) ** 2).sum() / 2).backward()
    with torch.no_grad():
        found = deep(x, target, layers)
    assert len(found) == len(layers)
    for ours, (W, _) in zip(found, layers, strict=True):
        assert torch.allclose(ours, W.grad, atol=1e-6)
