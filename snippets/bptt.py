# The chapter "bptt": back through three steps by hand, then by formula.
# --8<-- [start:by_hand]
import math

W_xh, W_hh, W_hq = 0.5, 0.8, 2.0
x, y = [1.0, 0.0, -1.0], [1.0, 1.0, 0.0]
T = len(x)

h = [0.0]  # h[t] is h_t
for t in range(1, T + 1):
    h.append(math.tanh(W_xh * x[t - 1] + W_hh * h[t - 1]))
dy = [(W_hq * h[t] - y[t - 1]) / T for t in range(1, T + 1)]

dW_hh = da = 0.0
for t in range(T, 0, -1):
    dh = W_hq * dy[t - 1] + W_hh * da  # (1)!
    da = (1 - h[t] ** 2) * dh
    dW_hh += da * h[t - 1]  # (2)!
    print(f"t={t}  dh={dh:+.4f}  da={da:+.4f}  dW_hh={dW_hh:+.4f}")
# > t=3  dh=-0.2849  da=-0.2719  dW_hh=-0.0962
# > t=2  dh=-0.4126  da=-0.3609  dW_hh=-0.2630
# > t=1  dh=-0.3393  da=-0.2668  dW_hh=-0.2630
# --8<-- [end:by_hand]

# --8<-- [start:autograd]
import torch

w = torch.tensor(W_hh, dtype=torch.float64, requires_grad=True)
state, loss = torch.zeros((), dtype=torch.float64), 0.0
for x_t, y_t in zip(x, y, strict=True):
    state = torch.tanh(W_xh * x_t + w * state)
    loss = loss + (W_hq * state - y_t) ** 2 / 2 / T
loss.backward()
print(f"by hand {dW_hh:.10f}")
print(f"autograd {w.grad.item():.10f}")
# > by hand -0.2629684024
# > autograd -0.2629684024
# --8<-- [end:autograd]

# --8<-- [start:terms]
total = 0.0
for j in range(1, T + 1):  # the loss of step j
    sent = W_hq * dy[j - 1]
    for t in range(j, 0, -1):  # the use of W_hh at step t
        sent *= 1 - h[t] ** 2
        term = sent * h[t - 1]
        total += term
        print(f"t={t} j={j}  {term + 0.0:+.6f}  sum {total + 0.0:+.6f}")
        sent *= W_hh
# > t=1 j=1  +0.000000  sum +0.000000
# > t=2 j=2  -0.078852  sum -0.078852
# > t=1 j=2  +0.000000  sum -0.078852
# > t=3 j=3  -0.096176  sum -0.175028
# > t=2 j=3  -0.087941  sum -0.262968
# > t=1 j=3  +0.000000  sum -0.262968
# --8<-- [end:terms]

# --8<-- [start:linear]
from rnncourse import bptt

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

T, D, H, Q = 6, 2, 4, 3
x, y = torch.randn(T, D), torch.randn(T, Q)
W_xh, W_hh, W_hq = torch.randn(H, D), torch.randn(H, H) / 2, torch.randn(Q, H)

h, y_hat = bptt.linear_forward(x, W_xh, W_hh, W_hq)
dy = bptt.output_gradients(y_hat, y)
dh = bptt.state_gradients(dy, W_hh, W_hq)
by_hand = [
    bptt.input_weight_gradient(dh, x),
    bptt.recurrent_weight_gradient(dh, h),
    bptt.output_weight_gradient(dy, h),
]

weights = [W.clone().requires_grad_() for W in (W_xh, W_hh, W_hq)]
bptt.loss(bptt.linear_forward(x, *weights)[1], y).backward()
names = "W_xh", "W_hh", "W_hq"
for name, ours, W in zip(names, by_hand, weights, strict=True):
    print(name, tuple(ours.shape), torch.allclose(ours, W.grad))
# > W_xh (4, 2) True
# > W_hh (4, 4) True
# > W_hq (3, 4) True
# --8<-- [end:linear]

# --8<-- [start:closed_form]
closed = bptt.state_gradients_closed(dy, W_hh, W_hq)
print(torch.allclose(dh, closed))
print(torch.allclose(dh[-1], bptt.last_state_gradient(dy, W_hq)))
# > True
# > True
# --8<-- [end:closed_form]

# --8<-- [start:differences]
step = 1e-6
bumped = torch.zeros(H, H)
bumped[1, 2] = step
ends = [
    bptt.loss(bptt.linear_forward(x, W_xh, W, W_hq)[1], y)
    for W in (W_hh + bumped, W_hh - bumped)
]
slope = (ends[0] - ends[1]) / (2 * step)
print(f"{abs(slope - by_hand[1][1, 2]) < 1e-8}")
# > True
# --8<-- [end:differences]

# --8<-- [start:batch]
N = 5
w = bptt.Weights(W_xh, W_hh, torch.randn(H), W_hq, torch.randn(Q))
x, h_0, y = torch.randn(T, N, D), torch.randn(N, H), torch.randn(T, N, Q)

h, y_hat = bptt.forward(w, x, h_0)
dy = bptt.output_gradients(y_hat, y)
found = bptt.backward(w, x, dy, h)

inputs = [value.clone().requires_grad_() for value in (*w, x, h_0)]
_, again = bptt.forward(bptt.Weights(*inputs[:5]), *inputs[5:])
bptt.loss(again, y).backward()
names = (*w._fields, "x", "h_0")
by_hand = *found.weights, found.x, found.h_0
for name, ours, leaf in zip(names, by_hand, inputs, strict=True):
    print(f"{name:4} {torch.allclose(ours, leaf.grad)}")
# > W_xh True
# > W_hh True
# > b_h  True
# > W_hq True
# > b_q  True
# > x    True
# > h_0  True
# --8<-- [end:batch]

# --8<-- [start:product]
da, _ = bptt.preactivation_gradients(w, dy, h)
print(da.flatten(0, 1).T.shape, h[:-1].flatten(0, 1).shape)
one = bptt.sum_over_time(da, h[:-1])
print(torch.allclose(one, bptt.loop_over_time(da, h[:-1])))
# > torch.Size([4, 30]) torch.Size([30, 4])
# > True
# --8<-- [end:product]

# --8<-- [start:truncated]
T, N, H, delay = 40, 16, 20, 8
w = bptt.Weights(
    W_xh=0.1 * torch.randn(H, 1),
    W_hh=torch.nn.init.orthogonal_(torch.empty(H, H)),
    b_h=torch.zeros(H),
    W_hq=torch.randn(1, H),
    b_q=torch.zeros(1),
)
x = torch.randn(T, N, 1)
y = torch.cat([torch.zeros(delay, N, 1), x[:-delay]])  # (1)!
h, y_hat = bptt.forward(w, x)
dy = bptt.output_gradients(y_hat, y)
whole = bptt.backward(w, x, dy, h).weights


def cosine(u, v):
    return (u * v).sum() / (u.norm() * v.norm())


for k in (1, 4, 7, 8, 9, 20, 40):
    da = bptt.windowed(w, dy, h, k)
    xh = cosine(bptt.sum_over_time(da, x), whole.W_xh)
    hh = cosine(bptt.sum_over_time(da, h[:-1]), whole.W_hh)
    print(f"k={k:2}  cosine: W_xh {xh:.2f}, W_hh {hh:.2f}")
# > k= 1  cosine: W_xh 0.64, W_hh 0.45
# > k= 4  cosine: W_xh 0.72, W_hh 0.77
# > k= 7  cosine: W_xh 0.76, W_hh 0.95
# > k= 8  cosine: W_xh 0.84, W_hh 0.98
# > k= 9  cosine: W_xh 0.99, W_hh 0.99
# > k=20  cosine: W_xh 1.00, W_hh 1.00
# > k=40  cosine: W_xh 1.00, W_hh 1.00
# --8<-- [end:truncated]

# --8<-- [start:detached]
k = 10
links = bptt.regular_links(T, k)
by_links = bptt.backward(w, x, dy, h, links).weights.W_hh

leaf = w.W_hh.clone().requires_grad_()
state, outputs = None, []
for piece in x.split(k):
    states, y_hat = bptt.forward(w._replace(W_hh=leaf), piece, state)
    outputs.append(y_hat)
    state = states[-1].detach()  # (1)!
bptt.loss(torch.cat(outputs), y).backward()
print(torch.allclose(by_links, leaf.grad))
# > True
# --8<-- [end:detached]

# --8<-- [start:randomised]
draws, p = 5000, 0.8
x, h, dy = x[:, :1], h[:, :1], dy[:, :1]
whole = bptt.backward(w, x, dy, h).weights.W_hh
links = bptt.random_links(T, p, draws=draws)
copies = dy.expand(-1, draws, -1), h.expand(-1, draws, -1)
for name, s in (("divided by p", links), ("not divided ", p * links)):
    da, _ = bptt.preactivation_gradients(w, *copies, s)
    each = torch.einsum("tni,tj->nij", da, h[:-1, 0])
    along = (each * whole).sum((1, 2)) / whole.square().sum()
    print(f"{name}  mean {along.mean():.2f}  spread {along.std():.2f}")
torch.set_default_dtype(torch.float32)  # as it was
# > divided by p  mean 1.01  spread 0.48
# > not divided   mean 0.59  spread 0.12
# --8<-- [end:randomised]
