# Exercises of "performance": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from torch.nn.functional import linear
# --8<-- [end:imports]


# --8<-- [start:work_starter]
def work(N, T, D, H, gates):
    """Arithmetic operations of the products of training: what is missing?"""
    K = gates * H
    return 2 * T * N * K * (D + H)


# --8<-- [end:work_starter]


# --8<-- [start:work_solution]
def work(N, T, D, H, gates):
    """Arithmetic operations of the products of training."""
    K = gates * H
    there = 2 * T * N * K * (D + H)
    errors, weights = there, there  # the way back: of the same size each
    return there + errors + weights


# --8<-- [end:work_solution]


def check_work() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    N, T, D, H = 3, 4, 5, 7
    x = torch.randn(T, N, D, requires_grad=True)
    W_x = torch.randn(4 * H, D, requires_grad=True)
    W_h = torch.randn(4 * H, H, requires_grad=True)
    h = torch.randn(N, H, requires_grad=True)
    with FlopCounterMode(display=False) as counted:
        for x_t in x:
            h = torch.tanh(linear(x_t, W_x) + linear(h, W_h))[:, :H]
        h.sum().backward()
    assert work(N, T, D, H, gates=4) == counted.get_total_flops()


# --8<-- [start:smallest_batch_starter]
def smallest_batch(rate, bandwidth):
    """The least N for which arithmetic takes as long as reading the weights.

    rate: arithmetic operations a second; bandwidth: bytes a second.
    """
    raise NotImplementedError


# --8<-- [end:smallest_batch_starter]


# --8<-- [start:smallest_batch_solution]
def smallest_batch(rate, bandwidth):
    """The least N for which arithmetic takes as long as reading the weights.

    rate: arithmetic operations a second; bandwidth: bytes a second.
    """
    return math.ceil(2 * rate / bandwidth)  # N / 2 operations a byte


# --8<-- [end:smallest_batch_solution]


def check_smallest_batch() -> None:
    H, K = 64, 256
    for rate, bandwidth in ((1e11, 1e10), (5e10, 3e10), (6e13, 3e12)):
        N = smallest_batch(rate, bandwidth)
        reading = 4 * H * K / bandwidth  # seconds; float32
        assert 2 * N * H * K / rate >= reading
        assert 2 * (N - 1) * H * K / rate < reading


# --8<-- [start:run_starter]
def run(x, W_x, W_h, b):
    """h_1, ..., h_T of a simple RNN: with fewer matrix products."""
    h, out = x.new_zeros(x.shape[1], len(W_h)), []
    for x_t in x:
        h = torch.tanh(x_t @ W_x.T + h @ W_h.T + b)
        out.append(h)
    return torch.stack(out)


# --8<-- [end:run_starter]


# --8<-- [start:run_solution]
def run(x, W_x, W_h, b):
    """h_1, ..., h_T of a simple RNN: T + 1 matrix products."""
    h, out = x.new_zeros(x.shape[1], len(W_h)), []
    for a_x in linear(x, W_x, b):
        h = torch.tanh(a_x + h @ W_h.T)
        out.append(h)
    return torch.stack(out)


# --8<-- [end:run_solution]


def check_run() -> None:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Products(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.count += str(func) in ("aten.mm.default", "aten.addmm.default")
            return func(*args, **(kwargs or {}))

    torch.manual_seed(0)
    layer = torch.nn.RNN(3, 4)
    with torch.no_grad():
        layer.bias_hh_l0.zero_()
        W_x, W_h, b, _ = layer.all_weights[0]
        x = torch.randn(6, 2, 3)
        with Products() as products:
            out = run(x, W_x, W_h, b)
        assert torch.allclose(out, layer(x)[0], atol=1e-6)
    assert products.count == 7


# --8<-- [start:by_chunks_starter]
def by_chunks(da, h, C):
    """dL/dW_h (K, H), a chunk of C steps at a time: find the two errors.

    da: (T, N, K); h: h_0, ..., h_T (T + 1, N, H).
    """
    for start in range(0, len(da), C):
        rows = da[start : start + C].flatten(0, 1)
        states = h[start + 1 : start + C + 1].flatten(0, 1)
        dW_h = rows.T @ states
    return dW_h


# --8<-- [end:by_chunks_starter]


# --8<-- [start:by_chunks_solution]
def by_chunks(da, h, C):
    """dL/dW_h (K, H), a chunk of C steps at a time.

    da: (T, N, K); h: h_0, ..., h_T (T + 1, N, H).
    """
    dW_h = da.new_zeros(da.shape[2], h.shape[2])
    before = h[:-1]  # h_{t-1} stands with da_t
    for start in range(0, len(da), C):
        rows = da[start : start + C].flatten(0, 1)
        dW_h += rows.T @ before[start : start + C].flatten(0, 1)
    return dW_h


# --8<-- [end:by_chunks_solution]


def check_by_chunks() -> None:
    torch.manual_seed(0)
    da, h = torch.randn(7, 2, 3), torch.randn(8, 2, 4)
    right = torch.einsum("tnk,tnh->kh", da, h[:-1])
    for C in (1, 3, 7, 10):
        assert torch.allclose(by_chunks(da, h, C), right, atol=1e-5)


# --8<-- [start:by_hand_starter]
class ByHand(torch.autograd.Function):
    """h_1, ..., h_T of a simple RNN from a_x (T, N, H) and W_h (H, H)."""

    @staticmethod
    def forward(ctx, a_x, W_h):
        h = [a_x.new_zeros(a_x.shape[1:])]
        for a_t in a_x:
            h.append(torch.tanh(a_t + h[-1] @ W_h.T))
        h = torch.stack(h)  # h_0, ..., h_T
        ctx.save_for_backward(h, W_h)
        return h[1:]

    @staticmethod
    def backward(ctx, dout):
        raise NotImplementedError  # from h, W_h = ctx.saved_tensors


# --8<-- [end:by_hand_starter]


# --8<-- [start:by_hand_solution]
class ByHand(torch.autograd.Function):
    """h_1, ..., h_T of a simple RNN from a_x (T, N, H) and W_h (H, H)."""

    @staticmethod
    def forward(ctx, a_x, W_h):
        h = [a_x.new_zeros(a_x.shape[1:])]
        for a_t in a_x:
            h.append(torch.tanh(a_t + h[-1] @ W_h.T))
        h = torch.stack(h)  # h_0, ..., h_T
        ctx.save_for_backward(h, W_h)
        return h[1:]

    @staticmethod
    def backward(ctx, dout):
        h, W_h = ctx.saved_tensors
        da = 1 - h[1:] ** 2  # the factors, of all steps at once
        dh = torch.zeros_like(h[0])
        for t in reversed(range(len(da))):
            da[t] *= dout[t] + dh
            dh = da[t] @ W_h
        dW_h = da.flatten(0, 1).T @ h[:-1].flatten(0, 1)  # one product
        return da, dW_h


# --8<-- [end:by_hand_solution]


def check_by_hand() -> None:
    torch.manual_seed(0)
    inputs = [
        torch.randn(shape, dtype=torch.float64, requires_grad=True)
        for shape in ((5, 2, 3), (3, 3))
    ]
    assert torch.autograd.gradcheck(ByHand.apply, inputs)
