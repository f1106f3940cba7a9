# The chapter "beyond": attention, windows, scans, state spaces, matrices.
# --8<-- [start:translate]
import torch
from rnncourse.beyond import EncoderDecoder

torch.manual_seed(0)

x = torch.randint(8, (12, 1))  # (T, N): twelve symbols, one sequence
for attention in (False, True):
    network = EncoderDecoder(8, 32, attention)
    scores, alpha = network(x, x)  # (1)!
    sums = None if alpha is None else alpha.sum(-1).mean().item()
    print(f"scores {tuple(scores.shape)}  weights add up to {sums}")
# > scores (12, 1, 8)  weights add up to None
# > scores (12, 1, 8)  weights add up to 1.0
# --8<-- [end:translate]

# --8<-- [start:attend_check]
from rnncourse.beyond import attend, attend_back

K, T, N, H = 3, 5, 2, 4
s, h, W = (
    torch.randn(*shape, dtype=torch.float64, requires_grad=True)
    for shape in ((K, N, H), (T, N, H), (H, H))
)
mean, alpha = attend(s, h, W)
g = torch.randn_like(mean)
mean.backward(g)
for ours, of in zip(attend_back(g, s, h, W), (s, h, W), strict=True):
    print(torch.allclose(ours, of.grad))
# > True
# > True
# > True
# --8<-- [end:attend_check]

# --8<-- [start:field]
from rnncourse.beyond import TCN, receptive_field

for kernel, layers in ((2, 3), (2, 4), (3, 4)):
    network = TCN(1, 16, kernel, layers).double()
    x = torch.randn(40, 1, 1, dtype=torch.float64, requires_grad=True)
    out, _ = network(x)
    out[-1].sum().backward()
    seen = int((x.grad != 0).sum())
    said = receptive_field(kernel, [2**layer for layer in range(layers)])
    print(f"k={kernel}  L={layers}  seen {seen}  formula {said}")
# > k=2  L=3  seen 8  formula 8
# > k=2  L=4  seen 16  formula 16
# > k=3  L=4  seen 31  formula 31
# --8<-- [end:field]

# --8<-- [start:by_hand]
from rnncourse.beyond import combine, loop, scan

f = torch.tensor([0.5, 0.5, 0.2, 0.5], dtype=torch.float64)
w = torch.tensor([1.0, 0.0, 1.0, 2.0], dtype=torch.float64)
print("loop ", loop(f, w).tolist())

first, second, third, fourth = zip(f, w, strict=True)
left, right = combine(first, second), combine(third, fourth)
for name, step in (("1-2", left), ("3-4", right)):
    print(f"steps {name}: h -> {step[0]:.2f} h + {step[1]:.2f}")
print("h_4  ", combine(left, right)[1].item())  # (1)!
print("scan ", scan(f, w).tolist())
# > loop  [1.0, 0.5, 1.1, 2.55]
# > steps 1-2: h -> 0.25 h + 0.50
# > steps 3-4: h -> 0.10 h + 2.50
# > h_4   2.55
# > scan  [1.0, 0.5, 1.1, 2.55]
# --8<-- [end:by_hand]

# --8<-- [start:counts]
from rnncourse.beyond import efficient_scan


def count(method, T):
    sizes = []

    def counted(first, then):
        sizes.append(len(first[0]))  # (1)!
        return combine(first, then)

    method(torch.ones(T), torch.ones(T), counted)
    return len(sizes), sum(sizes)


for method in (scan, efficient_scan):
    levels, combinations = count(method, 8)
    print(f"{method.__name__}: levels {levels}, combinations {combinations}")
# > scan: levels 3, combinations 17
# > efficient_scan: levels 5, combinations 11
# --8<-- [end:counts]

# --8<-- [start:logarithms]
from rnncourse.beyond import closed_form, log_scan

f, w = torch.full((500,), 0.5), torch.ones(500)
for name, h in (
    ("loop", loop(f, w)),
    ("closed form", closed_form(f, w)),
    ("logarithms", log_scan(f.log(), w.log()).exp()),
):
    print(f"{name:11}  h_100 = {h[99]:.3f}  h_500 = {h[499]:.3f}")
# > loop         h_100 = 2.000  h_500 = 2.000
# > closed form  h_100 = 2.000  h_500 = nan
# > logarithms   h_100 = 2.000  h_500 = 2.000
# --8<-- [end:logarithms]

# --8<-- [start:backward]
f, w, u = torch.rand(3, 50, dtype=torch.float64)
f, w = f.requires_grad_(), w.requires_grad_()
h = loop(f, w)
h.backward(u)  # u_t is dL/dh_t of the output at step t

with torch.no_grad():
    zero = torch.zeros(1, dtype=torch.float64)
    f_next = torch.cat([f[1:], zero])
    dh = scan(f_next.flip(0), u.flip(0)).flip(0)  # (1)!
    df = dh * torch.cat([zero, h[:-1]])
print(torch.allclose(dh, w.grad), torch.allclose(df, f.grad))
# > True True
# --8<-- [end:backward]

# --8<-- [start:newton]
from rnncourse import unroll

T, H = 200, 4
W_hh = torch.randn(H, H, dtype=torch.float64) / H**0.5
u = torch.randn(T, H, dtype=torch.float64)  # W_xh x_t + b_h
zero = torch.zeros(1, H, dtype=torch.float64)
exact, _ = unroll(lambda u_t, h: torch.tanh(u_t + h @ W_hh.T), u, zero[0])


def combine_matrices(first, then):
    (f, w), (f_then, w_then) = first, then
    return f_then @ f, f_then @ w + w_then


h = torch.zeros(T, H, dtype=torch.float64)  # the guess
for n in range(1, 6):
    before = torch.cat([zero, h[:-1]])
    there = torch.tanh(u + before @ W_hh.T)
    J = (1 - there**2).diag_embed() @ W_hh
    w = there[:, :, None] - J @ before[:, :, None]
    h = scan(J, w, combine_matrices)[:, :, 0]
    print(f"round {n}: {(h - exact).abs().max():.0e}")
# > round 1: 2e+00
# > round 2: 3e-01
# > round 3: 1e-02
# > round 4: 1e-04
# > round 5: 3e-09
# --8<-- [end:newton]

# --8<-- [start:minimal]
from rnncourse.beyond import MinGRU, MinLSTM

D, H = 4, 6
x = torch.randn(20, 3, D)
for layer in (MinGRU(D, H), MinLSTM(D, H), torch.nn.GRU(D, H)):
    count = sum(parameter.numel() for parameter in layer.parameters())
    print(f"{type(layer).__name__:7}  parameters {count}")
for layer in (MinGRU(D, H), MinLSTM(D, H)):
    together, _ = layer(x)
    one_by_one, _ = unroll(layer.step, x)
    print(torch.allclose(together, one_by_one, atol=1e-6))
# > MinGRU   parameters 60
# > MinLSTM  parameters 90
# > GRU      parameters 216
# > True
# > True
# --8<-- [end:minimal]

# --8<-- [start:states]
from rnncourse.beyond import (
    as_convolution,
    as_recurrence,
    impulse_response,
    zero_order_hold,
)

T, N, D, H, Q = 100, 3, 2, 8, 5
a, B, C = -torch.rand(H), torch.randn(H, D), torch.randn(Q, H)
f, G = zero_order_hold(a, B, delta=0.1)
x = torch.randn(T, N, D)
K = impulse_response(f, G, C, T)
same = torch.allclose(
    as_recurrence(x, f, G, C), as_convolution(x, K), atol=1e-4
)
print("K", tuple(K.shape), " same outputs:", same)
# > K (100, 5, 2)  same outputs: True
# --8<-- [end:states]

# --8<-- [start:stable]
from rnncourse.beyond import exponential_memory, stable_memory

a_i = torch.tensor([0.0, 100.0, 99.0])  # the input gate's pre-activations
log_f = torch.zeros(3)  # nothing is forgotten
g = torch.tensor([1.0, 2.0, 3.0])
for memory in (exponential_memory, stable_memory):
    shown = "  ".join(f"{h:.3f}" for h in memory(a_i, log_f, g).tolist())
    print(f"{memory.__name__:18}  {shown}")
# > exponential_memory  1.000  nan  nan
# > stable_memory       1.000  2.000  2.269
# --8<-- [end:stable]

# --8<-- [start:matrix]
keys, values = torch.eye(4)[:3], torch.randn(3, 4)
C = torch.zeros(4, 4)
for k, v in zip(keys, values, strict=True):
    C = C + torch.outer(v, k)  # (1)!
for k, v in zip(keys, values, strict=True):
    print(torch.allclose(C @ k, v))
# > True
# > True
# > True
# --8<-- [end:matrix]

# --8<-- [start:copy]
import math

from rnncourse.data import copy
from rnncourse.training import Network, fit

torch.manual_seed(0)


def batches(steps):
    for _ in range(steps):
        x, y = copy(10, 32, symbols=8, length=5)
        yield torch.nn.functional.one_hot(x, 10).float(), y


def loss(y_hat, y):
    return torch.nn.functional.cross_entropy(y_hat.flatten(0, 1), y.flatten())


memoryless = 5 * math.log(8) / 20
for layers in (3, 4):
    network = Network(TCN(10, 32, 2, layers), 10)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    *_, last = fit(network, batches(400), loss, optimizer, clip=1.0)
    field = network.layer.receptive_field
    print(f"field {field:2}: it remembers: {last.loss < memoryless / 2}")
# > field  8: it remembers: False
# > field 16: it remembers: True
# --8<-- [end:copy]
