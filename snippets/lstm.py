# The chapter "lstm", from three steps by hand to a trained memory.
# --8<-- [start:by_hand]
import math


def sigma(a):
    return 1 / (1 + math.exp(-a))


h = c = 0.0  # h_0, c_0
for t, x_t in enumerate([1.0, 0.0, -1.0], start=1):
    i, f, o = sigma(x_t), sigma(2.0), sigma(x_t)  # (1)!
    g = math.tanh(0.5 * x_t + 0.8 * h)
    c = f * c + i * g
    h = o * math.tanh(c)
    print(f"t={t}  i={i:.3f}  f={f:.3f}  g={g:+.3f}  c={c:.3f}  h={h:.3f}")
# > t=1  i=0.731  f=0.881  g=+0.462  c=0.338  h=0.238
# > t=2  i=0.500  f=0.881  g=+0.188  c=0.392  h=0.186
# > t=3  i=0.269  f=0.881  g=-0.337  c=0.254  h=0.067
# --8<-- [end:by_hand]

# --8<-- [start:shapes]
import torch
from rnncourse import LSTM, LSTMCell, set_forget_bias, unroll

torch.manual_seed(0)

T, N, D, H = 5, 3, 2, 4
cell = LSTMCell(D, H)
states, (h, c) = unroll(cell, torch.randn(T, N, D))
print("states", tuple(states.shape), "h", tuple(h.shape), "c", tuple(c.shape))
for name, parameter in cell.named_parameters():
    print(f"{name:9} {tuple(parameter.shape)}")  # (1)!
# > states (5, 3, 4) h (3, 4) c (3, 4)
# > weight_ih (16, 2)
# > weight_hh (16, 4)
# > bias_ih   (16,)
# > bias_hh   (16,)
# --8<-- [end:shapes]

# --8<-- [start:torch]
ours, theirs = LSTM(D, H), torch.nn.LSTM(D, H)
weights = {f"{name}_l0": value for name, value in cell.state_dict().items()}
ours.load_state_dict(weights)
theirs.load_state_dict(weights)

x = torch.randn(T, N, D)
states, _ = unroll(cell, x)
for layer in (ours, theirs):
    out, _ = layer(x)
    print(torch.allclose(out, states, atol=1e-6))
# > True
# > True
# --8<-- [end:torch]

# --8<-- [start:keep]
keeper = LSTMCell(D, H)
with torch.no_grad():
    for parameter in keeper.parameters():
        parameter.zero_()
    keeper.bias_ih[:H] = -50.0  # (1)!
    keeper.bias_ih[H : 2 * H] = 50.0
c_0 = torch.randn(N, H)
_, (_, c) = unroll(keeper, torch.randn(100, N, D), (torch.zeros(N, H), c_0))
print(torch.allclose(c, c_0))
# > True
# --8<-- [end:keep]

# --8<-- [start:paths]
from torch.autograd.functional import jacobian

x_t, h_before, c_before = torch.randn(D), torch.randn(H), torch.randn(H)
o_before = torch.full((H,), 0.5)


def held(c):
    return cell(x_t, (h_before, c))[1]  # (1)!


def moving(c):
    return cell(x_t, (o_before * c.tanh(), c))[1]  # (2)!


for path in (held, moving):
    J = jacobian(path, c_before)
    beside = J - torch.diag(J.diagonal())
    print(f"{path.__name__:6}  off the diagonal: {bool(beside.any())}")
# > held    off the diagonal: False
# > moving  off the diagonal: True
# --8<-- [end:paths]


# --8<-- [start:one_step_back]
def one_step_back(dh, dc, i, f, g, o, c_before, c):
    """dL/da of the four blocks, and what reaches c_{t-1}.

    dh is dL/dh_t, whole; dc, what reaches c_t from step t + 1.
    """
    shown = c.tanh()
    do = dh * shown
    dc = dc + dh * o * (1 - shown**2)  # (1)!
    di, df, dg = dc * g, dc * c_before, dc * i
    da = torch.cat(
        [
            di * i * (1 - i),
            df * f * (1 - f),
            dg * (1 - g**2),
            do * o * (1 - o),
        ],
        dim=-1,
    )
    return da, dc * f  # (2)!


# --8<-- [end:one_step_back]


# --8<-- [start:backward]
def forward(x, W_x, W_h, b):
    """Gates and cells of every step, from h_0 = c_0 = 0."""
    h = c = torch.zeros(x.shape[1], W_h.shape[1], dtype=x.dtype)
    hs, steps = [h], []
    for x_t in x:
        before = c
        a = x_t @ W_x.T + h @ W_h.T + b
        i, f, g, o = a.chunk(4, dim=-1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * before + i * g
        h = o * c.tanh()
        hs.append(h)
        steps.append((i, f, g, o, before, c))
    return torch.stack(hs), steps


def backward(x, hs, steps, dout, W_h):
    """dL/dW_x, dL/dW_h and dL/db, from dL/dh_t of each output."""
    dh = dc = torch.zeros_like(hs[0])
    das = []
    for t in range(len(x), 0, -1):
        dh = dout[t - 1] + dh
        da, dc = one_step_back(dh, dc, *steps[t - 1])
        dh = da @ W_h  # (1)!
        das.append(da)
    da = torch.stack(das[::-1])  # (T, N, 4H)
    dW_x = torch.einsum("tnk,tnd->kd", da, x)
    dW_h = torch.einsum("tnk,tnj->kj", da, hs[:-1])
    return dW_x, dW_h, da.sum((0, 1))


# --8<-- [end:backward]

# --8<-- [start:backward_check]
layer = LSTM(D, H, dtype=torch.float64)
W_x, W_h = layer.weight_ih_l0, layer.weight_hh_l0
x = torch.randn(T, N, D, dtype=torch.float64)
dout = torch.randn(T, N, H, dtype=torch.float64)
out, _ = layer(x)
out.backward(dout)

with torch.no_grad():
    hs, steps = forward(x, W_x, W_h, layer.bias_ih_l0 + layer.bias_hh_l0)
    ours = backward(x, hs, steps, dout, W_h)
for found, theirs in zip(ours, (W_x, W_h, layer.bias_ih_l0), strict=True):
    print(torch.allclose(found, theirs.grad))
# > True
# > True
# > True
# --8<-- [end:backward_check]

# --8<-- [start:forget_bias]
layer = torch.nn.LSTM(D, H)
for value in (0.0, 1.0, 2.0):
    set_forget_bias(layer, value)
    total = (layer.bias_ih_l0 + layer.bias_hh_l0)[H : 2 * H]
    f = total.sigmoid().mean().item()
    print(f"b_f={value:.0f}  f={f:.2f}  f^10={f**10:.3f}  f^50={f**50:.0e}")
# > b_f=0  f=0.50  f^10=0.001  f^50=9e-16
# > b_f=1  f=0.73  f^10=0.044  f^50=2e-07
# > b_f=2  f=0.88  f^10=0.281  f^50=2e-03
# --8<-- [end:forget_bias]

# --8<-- [start:latch]
latch = LSTMCell(3, 1)  # x_t = (value, write, read)
with torch.no_grad():
    for parameter in latch.parameters():
        parameter.zero_()
    i, f, g, o = latch.weight_ih.chunk(4)
    i[0, 1], f[0, 1], g[0, 0], o[0, 2] = 20.0, -20.0, 2.0, 20.0
    latch.bias_ih.copy_(torch.tensor([-10.0, 10.0, 0.0, -10.0]))

x = torch.zeros(12, 3)
x[:, 0] = torch.linspace(-1, 1, 12)  # values come along at every step
x[2, 1] = 1.0  # write at t = 3
x[9:, 2] = 1.0  # read from t = 10 on
state = None
for t, x_t in enumerate(x, start=1):
    h, c = state = latch(x_t, state)
    if t in (2, 3, 9, 10):
        print(f"t={t:2}  c={c.item():+.2f}  h={h.item():+.2f}")
# > t= 2  c=-0.00  h=-0.00
# > t= 3  c=-0.85  h=-0.00
# > t= 9  c=-0.85  h=-0.00
# > t=10  c=-0.85  h=-0.69
# --8<-- [end:latch]

# --8<-- [start:train]
from rnncourse import device
from rnncourse.data import adding
from rnncourse.training import Network, fit

torch.manual_seed(0)
here = device()
layer = torch.nn.LSTM(2, 16)
set_forget_bias(layer, 1.0)
network = Network(layer, 1, last=True).to(here)
optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
drawn = (adding(10, 64) for _ in range(500))
batches = ((x.to(here), y.to(here)) for x, y in drawn)
loss = torch.nn.functional.mse_loss
steps = list(fit(network, batches, loss, optimizer, clip=1.0))
late = sum(step.loss for step in steps[-50:]) / 50
print(f"below a tenth of 1/6: {late < 1 / 60}")
# > below a tenth of 1/6: True
# --8<-- [end:train]
