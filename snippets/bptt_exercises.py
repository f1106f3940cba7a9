# Exercises of the chapter "bptt": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse import bptt
# --8<-- [end:imports]


# --8<-- [start:back_one_step_starter]
def back_one_step(dh_next, dy_t, W_hh, W_hq):
    """dL/dh_t of a linear network from dL/dh_{t+1}: complete the line."""
    return W_hq.T @ dy_t


# --8<-- [end:back_one_step_starter]


# --8<-- [start:back_one_step_solution]
def back_one_step(dh_next, dy_t, W_hh, W_hq):
    """dL/dh_t of a linear network from dL/dh_{t+1}."""
    return W_hq.T @ dy_t + W_hh.T @ dh_next


# --8<-- [end:back_one_step_solution]


def check_back_one_step() -> None:
    torch.manual_seed(0)
    dy, W_hh, W_hq = torch.randn(5, 2), torch.randn(3, 3), torch.randn(2, 3)
    expected = bptt.state_gradients(dy, W_hh, W_hq)
    dh = torch.zeros(3)
    for t in range(5, 0, -1):
        dh = back_one_step(dh, dy[t - 1], W_hh, W_hq)
        assert torch.allclose(dh, expected[t - 1], rtol=1e-4, atol=1e-5)


# --8<-- [start:highest_power_starter]
def highest_power(T, t):
    """Of W_hh in dL/dh_t, 0 <= t <= T: find the error."""
    return T


# --8<-- [end:highest_power_starter]


# --8<-- [start:highest_power_solution]
def highest_power(T, t):
    """Of W_hh in dL/dh_t, 0 <= t <= T; T itself only for dL/dh_0."""
    return T - t


# --8<-- [end:highest_power_solution]


def check_highest_power() -> None:
    T, w = 6, 3.0
    one = torch.ones(1, 1, dtype=torch.float64)
    dy = torch.zeros(T, 1, dtype=torch.float64)
    dy[-1] = 1.0  # only the last loss counts: dL/dh_t is one power
    dh = bptt.state_gradients(dy, w * one, one).flatten().tolist()
    dh = [w * dh[0], *dh]  # dL/dh_0 first
    for t in range(T + 1):
        assert math.isclose(w ** highest_power(T, t), dh[t])


# --8<-- [start:with_h_0_starter]
def with_h_0(da, h):
    """dL/dW_hh and dL/db_h from dL/da_t and h_0, ..., h_T: find the error."""
    T = len(da)
    terms = [torch.outer(da[t - 1], h[t - 1]) for t in range(2, T + 1)]
    return sum(terms), da[-1]


# --8<-- [end:with_h_0_starter]


# --8<-- [start:with_h_0_solution]
def with_h_0(da, h):
    """dL/dW_hh and dL/db_h from dL/da_t and h_0, ..., h_T."""
    T = len(da)
    terms = [torch.outer(da[t - 1], h[t - 1]) for t in range(1, T + 1)]
    return sum(terms), da.sum(0)


# --8<-- [end:with_h_0_solution]


def check_with_h_0() -> None:
    torch.manual_seed(0)
    shapes = ((3, 2), (3, 3), (3,), (2, 3), (2,))
    w = bptt.Weights(*(torch.randn(s, dtype=torch.float64) for s in shapes))
    x, y = torch.randn(2, 5, 1, 2, dtype=torch.float64)
    h_0 = torch.randn(1, 3, dtype=torch.float64)
    leaves = bptt.Weights(*(value.clone().requires_grad_() for value in w))
    bptt.loss(bptt.forward(leaves, x, h_0)[1], y).backward()
    h, y_hat = bptt.forward(w, x, h_0)
    dy = bptt.output_gradients(y_hat, y)
    da, _ = bptt.preactivation_gradients(w, dy, h)
    dW_hh, db_h = with_h_0(da[:, 0], h[:, 0])
    assert torch.allclose(dW_hh, leaves.W_hh.grad)
    assert torch.allclose(db_h, leaves.b_h.grad)


# --8<-- [start:one_product_starter]
def one_product(da, v):
    """sum_t da_t v_t^T of (T, H) and (T, K), no loop: find the error."""
    return torch.outer(da.sum(0), v.sum(0))


# --8<-- [end:one_product_starter]


# --8<-- [start:one_product_solution]
def one_product(da, v):
    """sum_t da_t v_t^T of (T, H) and (T, K), no loop."""
    return da.T @ v


# --8<-- [end:one_product_solution]


def check_one_product() -> None:
    torch.manual_seed(0)
    da, v = torch.randn(7, 3), torch.randn(7, 4)
    loop = sum(torch.outer(da[t], v[t]) for t in range(7))
    assert torch.allclose(one_product(da, v), loop, atol=1e-5)


# --8<-- [start:closed_form_starter]
def closed_form(x, h, dy, W_hh, W_hq, t):
    """dL/da_t of a scalar tanh network, h[t] = h_t: find the error."""
    T, total = len(x), 0.0
    for j in range(t, T + 1):
        total += W_hh ** (j - t) * W_hq * dy[j - 1]
    return (1 - h[t] ** 2) * total


# --8<-- [end:closed_form_starter]


# --8<-- [start:closed_form_solution]
def closed_form(x, h, dy, W_hh, W_hq, t):
    """dL/da_t of a scalar tanh network, h[t] = h_t."""
    T, total = len(x), 0.0
    for j in range(t, T + 1):
        factor = 1.0
        for k in range(t + 1, j + 1):
            factor *= W_hh * (1 - h[k] ** 2)
        total += factor * W_hq * dy[j - 1]
    return (1 - h[t] ** 2) * total


# --8<-- [end:closed_form_solution]


def check_closed_form() -> None:
    x, y, h, dy = [1.0, 0.0, -1.0], [1.0, 1.0, 0.0], [0.0], []
    for x_t, y_t in zip(x, y, strict=True):
        h.append(math.tanh(0.5 * x_t + 0.8 * h[-1]))
        dy.append((2.0 * h[-1] - y_t) / 3)
    for t, expected in ((3, -0.2719), (2, -0.3609), (1, -0.2668)):
        found = closed_form(x, h, dy, 0.8, 2.0, t)
        assert abs(found - expected) < 1e-4, (t, found)


# --8<-- [start:random_links_starter]
def random_links(T, p, generator):
    """T independent factors with mean 1, 0 with probability 1 - p."""
    u = torch.rand(T, generator=generator)
    return (u < p).float()


# --8<-- [end:random_links_starter]


# --8<-- [start:random_links_solution]
def random_links(T, p, generator):
    """T independent factors with mean 1, 0 with probability 1 - p."""
    u = torch.rand(T, generator=generator)
    return (u < p).float() / p


# --8<-- [end:random_links_solution]


def check_random_links() -> None:
    generator = torch.Generator().manual_seed(0)
    for p in (0.5, 0.9, 1.0):
        links = random_links(20_000, p, generator)
        assert abs(links.mean() - 1) < 0.03
        assert abs((links == 0).float().mean() - (1 - p)) < 0.02


# --8<-- [start:pieces_starter]
def pieces(layer, readout, x, y, k):
    """The loss over a sequence, its gradient cut each k steps: one fault."""
    h, total = None, 0.0
    for x_k, y_k in zip(x.split(k), y.split(k), strict=True):
        states, h = layer(x_k, h)
        total = total + ((readout(states) - y_k) ** 2).sum()
    return total


# --8<-- [end:pieces_starter]


# --8<-- [start:pieces_solution]
def pieces(layer, readout, x, y, k):
    """The loss over a sequence, its gradient cut each k steps."""
    h, total = None, 0.0
    for x_k, y_k in zip(x.split(k), y.split(k), strict=True):
        states, h = layer(x_k, h)
        h = h.detach()
        total = total + ((readout(states) - y_k) ** 2).sum()
    return total


# --8<-- [end:pieces_solution]


def check_pieces() -> None:
    torch.manual_seed(0)
    layer, readout = torch.nn.RNN(2, 4), torch.nn.Linear(4, 1)
    x, y = torch.randn(12, 3, 2), torch.randn(12, 3, 1)
    x.requires_grad_()
    loss = pieces(layer, readout, x, y, 4)
    states, _ = layer(x)
    whole = ((readout(states) - y) ** 2).sum()
    assert torch.allclose(loss, whole, rtol=1e-4)  # the same value
    last = pieces(layer, readout, x, y * 0, 4)
    (slope,) = torch.autograd.grad(last, x)
    alone = layer(x[:4], None)[0]
    first = (readout(alone) ** 2).sum()
    (expected,) = torch.autograd.grad(first, x)
    assert torch.allclose(slope[:4], expected[:4], atol=1e-5)


# --8<-- [start:forward_mode_starter]
def forward_mode(x, y, W_xh, W_hh, W_hq):
    """dL/dW_hh of a scalar tanh network, with no way back: complete it."""
    h, slope, dW_hh = 0.0, 0.0, 0.0  # slope is dh_t/dW_hh
    for x_t, y_t in zip(x, y, strict=True):
        h_before = h
        h = math.tanh(W_xh * x_t + W_hh * h_before)
        slope = (1 - h**2) * h_before
        dW_hh += (W_hq * h - y_t) / len(x) * W_hq * slope
    return dW_hh


# --8<-- [end:forward_mode_starter]


# --8<-- [start:forward_mode_solution]
def forward_mode(x, y, W_xh, W_hh, W_hq):
    """dL/dW_hh of a scalar tanh network, with no way back."""
    h, slope, dW_hh = 0.0, 0.0, 0.0  # slope is dh_t/dW_hh
    for x_t, y_t in zip(x, y, strict=True):
        h_before = h
        h = math.tanh(W_xh * x_t + W_hh * h_before)
        slope = (1 - h**2) * (h_before + W_hh * slope)
        dW_hh += (W_hq * h - y_t) / len(x) * W_hq * slope
    return dW_hh


# --8<-- [end:forward_mode_solution]


def check_forward_mode() -> None:
    found = forward_mode([1.0, 0.0, -1.0], [1.0, 1.0, 0.0], 0.5, 0.8, 2.0)
    assert abs(found + 0.2629684024) < 1e-6


# --8<-- [start:checkpoints_starter]
def checkpoints(w, x, h_0, k):
    """The states at steps 0, k, 2k, ..., and a function that, given one of
    those steps, computes again its state and those of the next k."""
    kept = dict(enumerate(bptt.forward(w, x, h_0)[0]))

    def again(t):
        raise NotImplementedError

    return kept, again


# --8<-- [end:checkpoints_starter]


# --8<-- [start:checkpoints_solution]
def checkpoints(w, x, h_0, k):
    """The states at steps 0, k, 2k, ..., and a function that, given one of
    those steps, computes again its state and those of the next k."""
    kept, h = {}, h_0
    for t in range(0, len(x), k):
        kept[t] = h
        h = bptt.forward(w, x[t : t + k], h)[0][-1]

    def again(t):
        return bptt.forward(w, x[t : t + k], kept[t])[0]

    return kept, again


# --8<-- [end:checkpoints_solution]


def check_checkpoints() -> None:
    torch.manual_seed(0)
    shapes = ((3, 2), (3, 3), (3,), (1, 3), (1,))
    w = bptt.Weights(*(torch.randn(s, dtype=torch.float64) for s in shapes))
    x = torch.randn(25, 4, 2, dtype=torch.float64)
    h_0 = torch.randn(4, 3, dtype=torch.float64)
    kept, again = checkpoints(w, x, h_0, 5)
    assert sorted(kept) == [0, 5, 10, 15, 20]  # 5 states and not 26
    h, _ = bptt.forward(w, x, h_0)
    for t in kept:
        assert torch.allclose(again(t), h[t : t + 6])
