# Exercises of the chapter "beyond": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math

import torch
from rnncourse.beyond import loop, scan
# --8<-- [end:imports]


# --8<-- [start:layers_for_starter]
def layers_for(lag, kernel):
    """Layers, of dilations 1, 2, 4, ..., to see `lag` steps back.

    Find the error.
    """
    return math.ceil(lag / (kernel - 1))


# --8<-- [end:layers_for_starter]


# --8<-- [start:layers_for_solution]
def layers_for(lag, kernel):
    """Layers, of dilations 1, 2, 4, ..., to see `lag` steps back."""
    return math.ceil(math.log2(lag / (kernel - 1) + 1))


# --8<-- [end:layers_for_solution]


def check_layers_for() -> None:
    for lag in (1, 2, 3, 15, 16, 100):
        for kernel in (2, 3, 5):
            found = layers_for(lag, kernel)
            assert (kernel - 1) * (2**found - 1) >= lag
            assert (kernel - 1) * (2 ** (found - 1) - 1) < lag


# --8<-- [start:causal_starter]
def causal(x, weight):
    """Along time, x (T,) with weight (k,): find the error.

    weight[-1] is that of the present input.
    """
    k = len(weight)
    padded = torch.nn.functional.pad(x, (k // 2, k - 1 - k // 2))
    windows = padded.unfold(0, k, 1)  # (T, k)
    return windows @ weight


# --8<-- [end:causal_starter]


# --8<-- [start:causal_solution]
def causal(x, weight):
    """Along time, x (T,) with weight (k,).

    weight[-1] is that of the present input.
    """
    k = len(weight)
    padded = torch.nn.functional.pad(x, (k - 1, 0))
    windows = padded.unfold(0, k, 1)  # (T, k)
    return windows @ weight


# --8<-- [end:causal_solution]


def check_causal() -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(20), torch.randn(5)
    now = causal(x, weight)
    later = x.clone()
    later[12:] += 1.0
    assert len(now) == 20
    assert torch.allclose(causal(later, weight)[:12], now[:12], atol=1e-6)
    assert torch.isclose(now[0], weight[-1] * x[0])


# --8<-- [start:attention_weights_starter]
def attention_weights(e, there):
    """Softmax of the scores e (T,) over the steps that are not padding.

    there (T,): whether the step is there. Find the error.
    """
    return e.softmax(-1) * there


# --8<-- [end:attention_weights_starter]


# --8<-- [start:attention_weights_solution]
def attention_weights(e, there):
    """Softmax of the scores e (T,) over the steps that are not padding.

    there (T,): whether the step is there.
    """
    return e.masked_fill(~there, -torch.inf).softmax(-1)


# --8<-- [end:attention_weights_solution]


def check_attention_weights() -> None:
    torch.manual_seed(0)
    e = torch.randn(7)
    there = torch.tensor([True] * 4 + [False] * 3)
    alpha = attention_weights(e, there)
    assert torch.allclose(alpha[:4], e[:4].softmax(-1))
    assert not alpha[4:].any()


# --8<-- [start:both_steps_starter]
def both_steps(first, then):
    """The step h -> f h + w that does `first` and `then`: find the error."""
    (f, w), (f_then, w_then) = first, then
    return f * f_then, f * w_then + w


# --8<-- [end:both_steps_starter]


# --8<-- [start:both_steps_solution]
def both_steps(first, then):
    """The step h -> f h + w that does `first` and `then`."""
    (f, w), (f_then, w_then) = first, then
    return f * f_then, f_then * w + w_then


# --8<-- [end:both_steps_solution]


def check_both_steps() -> None:
    f, w = both_steps((2.0, 1.0), (3.0, -1.0))
    for h in (0.0, 1.0, -2.5):
        assert f * h + w == 3.0 * (2.0 * h + 1.0) - 1.0


# --8<-- [start:from_state_starter]
def from_state(f, w, h_0):
    """All states of h_t = f_t h_{t-1} + w_t from h_0: what is missing?"""
    return scan(f, w)


# --8<-- [end:from_state_starter]


# --8<-- [start:from_state_solution]
def from_state(f, w, h_0):
    """All states of h_t = f_t h_{t-1} + w_t from h_0."""
    first = f[:1] * h_0 + w[:1]  # h_1: the rest follows from it
    return scan(f, torch.cat([first, w[1:]]))


# --8<-- [end:from_state_solution]


def check_from_state() -> None:
    torch.manual_seed(0)
    f, w, h = torch.rand(30), torch.randn(30), 5.0
    states = from_state(f, w, h)
    for f_t, w_t, found in zip(f, w, states, strict=True):
        h = f_t * h + w_t
        assert torch.isclose(found, h, atol=1e-5)


# --8<-- [start:scan_back_starter]
def scan_back(f, u):
    """dL/dh_t, all that reaches h_t, by a scan: find the error.

    u (T,): what h_t gets from the output of its own step.
    """
    return scan(f.flip(0), u.flip(0)).flip(0)


# --8<-- [end:scan_back_starter]


# --8<-- [start:scan_back_solution]
def scan_back(f, u):
    """dL/dh_t, all that reaches h_t, by a scan.

    u (T,): what h_t gets from the output of its own step.
    """
    f_next = torch.cat([f[1:], torch.zeros(1)])  # f_{t+1}; none after T
    return scan(f_next.flip(0), u.flip(0)).flip(0)


# --8<-- [end:scan_back_solution]


def check_scan_back() -> None:
    torch.manual_seed(0)
    f, u = torch.rand(2, 25)
    w = torch.randn(25, requires_grad=True)
    loop(f, w).backward(u)  # dh_t/dw_t = 1
    assert torch.allclose(scan_back(f, u), w.grad, atol=1e-5)


# --8<-- [start:sampled_starter]
def sampled(a, delta):
    """The factor of one step of dh/ds = a h, for a < 0: find the error."""
    return 1 + delta * a


# --8<-- [end:sampled_starter]


# --8<-- [start:sampled_solution]
def sampled(a, delta):
    """The factor of one step of dh/ds = a h, for a < 0."""
    return math.exp(delta * a)


# --8<-- [end:sampled_solution]


def check_sampled() -> None:
    for delta in (0.01, 1.0, 5.0):
        f = sampled(-1.0, delta)
        assert 0 < f < 1  # what decays goes on decaying
        assert abs(sampled(-1.0, delta / 2) ** 2 - f) < 1e-6


# --8<-- [start:minimal_gate_starter]
def minimal_gate(a_f, a_i):
    """The gate z of the minGRU that does what a minLSTM's f and i do.

    a_f, a_i: their pre-activations. Find the error.
    """
    return torch.sigmoid(a_f)


# --8<-- [end:minimal_gate_starter]


# --8<-- [start:minimal_gate_solution]
def minimal_gate(a_f, a_i):
    """The gate z of the minGRU that does what a minLSTM's f and i do.

    a_f, a_i: their pre-activations.
    """
    f, i = torch.sigmoid(a_f), torch.sigmoid(a_i)
    return f / (f + i)  # and then 1 - z is i / (f + i)


# --8<-- [end:minimal_gate_solution]


def check_minimal_gate() -> None:
    torch.manual_seed(0)
    a_f, a_i, h, candidate = torch.randn(4, 9)
    f, i = a_f.sigmoid(), a_i.sigmoid()
    z = minimal_gate(a_f, a_i)
    theirs = (f * h + i * candidate) / (f + i)
    assert torch.allclose(z * h + (1 - z) * candidate, theirs, atol=1e-6)


# --8<-- [start:parity_starter]
def parity(bits):
    """Whether the number of ones so far is odd, by a linear recurrence.

    bits (T,): zeros and ones. Complete it: choose f and the first state.
    """
    f = torch.full(bits.shape, 0.5)
    states = scan(f, bits)
    return states > 0.5


# --8<-- [end:parity_starter]


# --8<-- [start:parity_solution]
def parity(bits):
    """Whether the number of ones so far is odd, by a linear recurrence.

    bits (T,): zeros and ones.
    """
    f = 1 - 2 * bits  # a one changes the sign of the state
    w = torch.zeros_like(bits)
    w[0] = f[0]  # f_1 h_0 with h_0 = 1
    return scan(f, w) < 0


# --8<-- [end:parity_solution]


def check_parity() -> None:
    torch.manual_seed(0)
    for length in (1, 2, 33, 1000):
        bits = torch.randint(2, (length,)).float()
        assert torch.equal(parity(bits), bits.cumsum(0) % 2 == 1)
    alternating = parity(torch.ones(8))
    assert alternating.tolist() == [True, False] * 4


# --8<-- [start:did_it_copy_starter]
def did_it_copy(loss, T, symbols=8, length=10):
    """Whether a loss at the copy task, nats a step, shows real memory.

    It does if it is under half of what no memory costs. Find the error.
    """
    return loss < math.log(symbols) / 2


# --8<-- [end:did_it_copy_starter]


# --8<-- [start:did_it_copy_solution]
def did_it_copy(loss, T, symbols=8, length=10):
    """Whether a loss at the copy task, nats a step, shows real memory.

    It does if it is under half of what no memory costs.
    """
    memoryless = length * math.log(symbols) / (T + 2 * length)
    return loss < memoryless / 2


# --8<-- [end:did_it_copy_solution]


def check_did_it_copy() -> None:
    published = (0.0204, 0.0197, 0.0202)  # T = 1000
    assert not any(did_it_copy(loss, 1000) for loss in published)
    assert did_it_copy(3.5e-5, 500)
    assert not did_it_copy(0.5, 10, symbols=8, length=5)
