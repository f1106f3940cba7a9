# The chapter "gru", from three steps by hand to the gradient of a sequence.
# --8<-- [start:by_hand]
import math


def sigma(a):
    return 1 / (1 + math.exp(-a))


W_xh, W_hh, W_xz, W_hr = 0.5, 0.8, -2.0, 2.0
h = 0.0  # h_0
for t, x_t in enumerate([1.0, 0.0, -1.0], start=1):
    r, z = sigma(W_hr * h), sigma(W_xz * x_t)
    n = math.tanh(W_xh * x_t + W_hh * r * h)  # (1)!
    h = z * h + (1 - z) * n  # (2)!
    print(f"t={t}  r={r:.4f}  z={z:.4f}  n={n:+.4f}  h={h:+.4f}")
# > t=1  r=0.5000  z=0.1192  n=+0.4621  h=+0.4070
# > t=2  r=0.6930  z=0.5000  n=+0.2219  h=+0.3145
# > t=3  r=0.6522  z=0.8808  n=-0.3238  h=+0.2384
# --8<-- [end:by_hand]

# --8<-- [start:cell]
import torch
from rnncourse import GRUCell, unroll

torch.manual_seed(0)

x = torch.tensor([[1.0], [0.0], [-1.0]])  # (T, D) = (3, 1)
for reset_after in (True, False):
    cell = GRUCell(1, 1, bias=False, reset_after=reset_after)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor([[0.0], [W_xz], [W_xh]]))  # (1)!
        cell.weight_hh.copy_(torch.tensor([[W_hr], [0.0], [W_hh]]))
    states, last = unroll(cell, x)
    print([round(value, 4) for value in states.flatten().tolist()])
# > [0.407, 0.3145, 0.2384]
# > [0.407, 0.3145, 0.2384]
# --8<-- [end:cell]

# --8<-- [start:shapes]
T, N, D, H = 5, 3, 2, 4
cell = GRUCell(D, H)
states, last = unroll(cell, torch.randn(T, N, D))
print("states", tuple(states.shape), "last", tuple(last.shape))
for name, parameter in cell.named_parameters():
    print(f"{name:9} {tuple(parameter.shape)}")
# > states (5, 3, 4) last (3, 4)
# > weight_ih (12, 2)
# > weight_hh (12, 4)
# > bias_ih   (12,)
# > bias_hh   (12,)
# --8<-- [end:shapes]

# --8<-- [start:torch]
layer = torch.nn.GRU(D, H)
names = {f"{name}_l0": value for name, value in cell.state_dict().items()}
layer.load_state_dict(names)

x = torch.randn(T, N, D)
theirs, their_last = layer(x)
print(torch.allclose(unroll(cell, x)[0], theirs, atol=1e-6))

before = GRUCell(D, H, reset_after=False)
before.load_state_dict(cell.state_dict())
print(torch.allclose(unroll(before, x)[0], theirs, atol=1e-6))
# > True
# > False
# --8<-- [end:torch]


# --8<-- [start:gates]
def with_bias(cell, gate, value):
    """A copy of the cell whose gate "r" or "z" is sigma(value), constant."""
    copy = GRUCell(cell.input_size, cell.hidden_size)
    copy.load_state_dict(cell.state_dict())
    block = "rz".index(gate)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.chunk(3)[block].zero_()
        copy.bias_ih.chunk(3)[block].fill_(value)
    return copy


h_0 = torch.randn(N, H)
shut = with_bias(cell, "z", 50.0)  # z = 1
long = torch.randn(100, N, D)
print(torch.equal(unroll(shut, long, h_0)[1], h_0))

simple = torch.nn.RNNCell(D, H)
simple.load_state_dict({k: v[2 * H :] for k, v in cell.state_dict().items()})
expected = unroll(simple, x, h_0)[0]
open_r = with_bias(cell, "r", 50.0)  # r = 1, z as it was
both = with_bias(open_r, "z", -50.0)  # r = 1 and z = 0
for gated in (open_r, both):
    print(torch.allclose(unroll(gated, x, h_0)[0], expected, atol=1e-6))
# > True
# > False
# > True
# --8<-- [end:gates]

# --8<-- [start:count]
from rnncourse import LSTMCell, RNNCell

for kind in (RNNCell, GRUCell, LSTMCell):
    count = sum(parameter.numel() for parameter in kind(D, H).parameters())
    print(f"{kind.__name__:8} {count}")
# > RNNCell  32
# > GRUCell  96
# > LSTMCell 128
# --8<-- [end:count]


# --8<-- [start:forward_kept]
def forward(cell, x, h):
    """h_0, ..., h_T, and r, z, m, n of each step: what the way back needs."""
    states, steps = [h], []
    for x_t in x:
        a_x, a_h = cell.affine(x_t, h)
        (x_r, x_z, x_n), (h_r, h_z, m) = a_x.chunk(3), a_h.chunk(3)
        r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
        n = (x_n + r * m).tanh()
        h = z * h + (1 - z) * n
        states.append(h)
        steps.append((r, z, m, n))
    return states, steps


# --8<-- [end:forward_kept]


# --8<-- [start:backward]
def back(dh, h, r, z, m, n, W_h):
    """From dL/dh_t: dL/dh_{t-1} and the da of the input's and state's side.

    h is h_{t-1}; the others are those of step t.
    """
    da_z = dh * (h - n) * z * (1 - z)
    da_n = dh * (1 - z) * (1 - n**2)
    dm = da_n * r
    da_r = da_n * m * r * (1 - r)
    of_x = torch.cat([da_r, da_z, da_n])
    of_h = torch.cat([da_r, da_z, dm])  # (1)!
    return z * dh + of_h @ W_h, of_x, of_h


# --8<-- [end:backward]


# --8<-- [start:whole]
cell = GRUCell(D, H, dtype=torch.float64)
x = torch.randn(T, D, dtype=torch.float64)
h_0 = torch.zeros(H, dtype=torch.float64)
with torch.no_grad():
    h, steps = forward(cell, x, h_0)
    dh = torch.ones(H, dtype=torch.float64)  # L is the sum of h_T
    found = {name: torch.zeros_like(p) for name, p in cell.named_parameters()}
    for t in range(T, 0, -1):
        dh, of_x, of_h = back(dh, h[t - 1], *steps[t - 1], cell.weight_hh)
        found["weight_ih"] += torch.outer(of_x, x[t - 1])
        found["weight_hh"] += torch.outer(of_h, h[t - 1])
        found["bias_ih"] += of_x
        found["bias_hh"] += of_h

unroll(cell, x, h_0)[1].sum().backward()
for name, parameter in cell.named_parameters():
    print(name, torch.allclose(found[name], parameter.grad, atol=1e-12))
# > weight_ih True
# > weight_hh True
# > bias_ih True
# > bias_hh True
# --8<-- [end:whole]
