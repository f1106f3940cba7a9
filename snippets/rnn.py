# The chapter "rnn", from one number carried by hand to a real series.
# --8<-- [start:by_hand]
import math

W_xh, W_hh, W_hq = 0.5, 0.8, 2.0
h = 0.0  # h_0
for t, x_t in enumerate([1.0, 0.0, -1.0], start=1):
    h = math.tanh(W_xh * x_t + W_hh * h)  # (1)!
    y_hat = W_hq * h
    print(f"t={t}  x={x_t:+.0f}  h={h:+.4f}  y_hat={y_hat:+.4f}")
# > t=1  x=+1  h=+0.4621  y_hat=+0.9242
# > t=2  x=+0  h=+0.3537  y_hat=+0.7074
# > t=3  x=-1  h=-0.2137  y_hat=-0.4274
# --8<-- [end:by_hand]

# --8<-- [start:cell]
import torch
from rnncourse import RNNCell, unroll

torch.manual_seed(0)

cell = RNNCell(input_size=1, hidden_size=1, bias=False)
with torch.no_grad():
    cell.weight_ih.fill_(W_xh)
    cell.weight_hh.fill_(W_hh)

x = torch.tensor([[1.0], [0.0], [-1.0]])  # (T, D) = (3, 1)
states, last = unroll(cell, x)
print([round(value, 4) for value in states.flatten().tolist()])
# > [0.4621, 0.3537, -0.2137]
# --8<-- [end:cell]

# --8<-- [start:shapes]
T, N, D, H = 5, 3, 2, 4
cell = RNNCell(D, H)
states, last = unroll(cell, torch.randn(T, N, D))
print("states", tuple(states.shape), "last", tuple(last.shape))
print(torch.equal(states[-1], last))  # (1)!
for name, parameter in cell.named_parameters():
    print(f"{name:9} {tuple(parameter.shape)}")
# > states (5, 3, 4) last (3, 4)
# > True
# > weight_ih (4, 2)
# > weight_hh (4, 4)
# > bias_ih   (4,)
# > bias_hh   (4,)
# --8<-- [end:shapes]

# --8<-- [start:lengths]
count = sum(parameter.numel() for parameter in cell.parameters())
for length in (1, 30, 300):
    states, last = unroll(cell, torch.randn(length, N, D))
    print(f"T={length}: {count} parameters, h_T {tuple(last.shape)}")
# > T=1: 32 parameters, h_T (3, 4)
# > T=30: 32 parameters, h_T (3, 4)
# > T=300: 32 parameters, h_T (3, 4)
# --8<-- [end:lengths]

# --8<-- [start:torch]
layer = torch.nn.RNN(D, H)
names = {f"{name}_l0": value for name, value in cell.state_dict().items()}
layer.load_state_dict(names)

x = torch.randn(T, N, D)
states, last = unroll(cell, x)
theirs, their_last = layer(x)
print(torch.allclose(states, theirs, atol=1e-6))
# > True
# --8<-- [end:torch]

# --8<-- [start:modes]
readout = torch.nn.Linear(H, 1)  # W_hq and b_q, Q = 1
states, last = unroll(cell, x)
print("many to many", tuple(readout(states).shape))
print("many to one ", tuple(readout(last).shape))

x_t, h, written = torch.randn(N, D), None, []
for _ in range(6):
    h = cell(x_t, h)
    written.append(readout(h))
    x_t = torch.zeros(N, D)  # (1)!
print("one to many ", tuple(torch.stack(written).shape))
# > many to many (5, 3, 1)
# > many to one  (3, 1)
# > one to many  (6, 3, 1)
# --8<-- [end:modes]

# --8<-- [start:carry]
x = torch.randn(10, N, D)
whole, _ = unroll(cell, x)

first, h = unroll(cell, x[:4])
second, _ = unroll(cell, x[4:], h)  # (1)!
print(torch.allclose(torch.cat([first, second]), whole, atol=1e-6))

anew, _ = unroll(cell, x[4:])
print(torch.allclose(torch.cat([first, anew]), whole, atol=1e-6))
# > True
# > False
# --8<-- [end:carry]

# --8<-- [start:market]
from rnncourse.data import log_returns, stock_prices

week = stock_prices("AAPL", "2013-01-18", "2013-01-28")
percent = 100 * log_returns(week.values)
h = 0.0
for day, x_t in zip(week.dates[1:], percent, strict=True):
    h = math.tanh(W_xh * x_t + W_hh * h)
    print(f"{day}  {x_t:+6.2f} %  h={h:+.4f}")
# > 2013-01-22   +0.95 %  h=+0.4420
# > 2013-01-23   +1.81 %  h=+0.8511
# > 2013-01-24  -13.19 %  h=-1.0000
# > 2013-01-25   -2.39 %  h=-0.9635
# > 2013-01-28   +2.24 %  h=+0.3342
# --8<-- [end:market]
