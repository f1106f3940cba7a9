# The chapter "gradients": what many factors make of a gradient.
# --8<-- [start:powers]
for w in (2.0, 1.0, 0.5):
    x = 1.0
    for _ in range(4):
        x = w * x  # (1)!
    print(f"w={w}  4 steps: {x:g}  30 steps: {w**30:.1e}")
# > w=2.0  4 steps: 16  30 steps: 1.1e+09
# > w=1.0  4 steps: 1  30 steps: 1.0e+00
# > w=0.5  4 steps: 0.0625  30 steps: 9.3e-10
# --8<-- [end:powers]

# --8<-- [start:jacobian]
import torch
from rnncourse import gradients

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

T, H = 30, 16
W = 0.9 * gradients.initial("orthogonal", H)  # sigma_1 = 0.9
u = torch.randn(T, H)  # W_xh x_t + b_h
h = gradients.states(u, W, torch.zeros(H), "tanh")
J = gradients.jacobians(h, W, "tanh")  # (1)!
for k in (1, 10, 30):
    norm = gradients.spectral_norm(J[T - k])
    print(f"lag {k:2}  norm {norm:.1e}  bound {0.9**k:.1e}")
# > lag  1  norm 9.0e-01  bound 9.0e-01
# > lag 10  norm 1.0e-02  bound 3.5e-01
# > lag 30  norm 2.1e-07  bound 4.2e-02
# --8<-- [end:jacobian]

# --8<-- [start:autograd]
h_0 = torch.zeros(H)
theirs = torch.autograd.functional.jacobian(
    lambda start: gradients.states(u, W, start)[-1], h_0
)
print(torch.allclose(J[0], theirs))
# > True
# --8<-- [end:autograd]

# --8<-- [start:measures]
for rows in ([[0.0, 2.0], [0.0, 0.0]], [[2.0, -2.0], [2.0, -2.0]]):
    W = torch.tensor(rows)
    norm, radius = gradients.spectral_norm(W), gradients.spectral_radius(W)
    square = gradients.spectral_norm(W @ W)
    print(f"sigma_1 {norm:.1f}  rho {radius:.1f}  |W^2| {square:.1f}")
# > sigma_1 2.0  rho 0.0  |W^2| 0.0
# > sigma_1 4.0  rho 0.0  |W^2| 0.0
# --8<-- [end:measures]

# --8<-- [start:explodes]
c = torch.tanh(torch.tensor(5.0))
b = torch.stack([2 * c, 5 + 2 * c])
h_0 = torch.stack([torch.tensor(0.0), c])
h = gradients.states(b.expand(30, 2), W, h_0)  # (1)!
J = gradients.jacobians(h, W)
print(f"h_30 = h_0: {torch.allclose(h[30], h_0)}")
print(f"1 - h^2: {1 - h_0[0] ** 2:.4f} {1 - h_0[1] ** 2:.4f}")
print(f"norm over 30 steps: {gradients.spectral_norm(J[0]):.1e}")
# > h_30 = h_0: True
# > 1 - h^2: 1.0000 0.0002
# > norm over 30 steps: 1.5e+09
# --8<-- [end:explodes]

# --8<-- [start:latch]
w, start = 2.0, torch.ones(1000)
for _ in range(100):
    start = torch.tanh(w * start)  # to the fixed point
slope = w * (1 - start[0] ** 2)
print(f"h* {start[0]:.4f}  slope {slope:.3f}  after 20 steps {slope**20:.0e}")

firm = loose = start
for noise in 0.1 * torch.randn(200, 1000):  # (1)!
    firm = torch.tanh(w * firm + noise)
    loose = loose + noise
for name, h in (("2, with tanh", firm), ("1, without", loose)):
    print(f"w = {name}: {(h > 0).sum()} of 1000 signs kept")
# > h* 0.9575  slope 0.166  after 20 steps 3e-16
# > w = 2, with tanh: 1000 of 1000 signs kept
# > w = 1, without: 750 of 1000 signs kept
# --8<-- [end:latch]

# --8<-- [start:starts]
u = 0.3 * torch.randn(50, 32)
for start in ("small", "torch", "orthogonal", "identity"):
    W = gradients.initial(start, 32)
    left = []
    for name in ("tanh", "logistic", "relu"):
        h = gradients.states(u, W, torch.zeros(32), name)
        J = gradients.jacobians(h, W, name)
        left.append(f"{name} {gradients.spectral_norm(J[0]):.0e}")
    print(f"{start:10}  {'  '.join(left)}")
# > small       tanh 1e-61  logistic 2e-90  relu 8e-69
# > torch       tanh 2e-13  logistic 4e-42  relu 6e-19
# > orthogonal  tanh 7e-04  logistic 3e-32  relu 1e-04
# > identity    tanh 2e-03  logistic 1e-32  relu 1e+00
# --8<-- [end:starts]

# --8<-- [start:clipping]
g = [torch.tensor([30.0, 40.0]), torch.tensor([2.0])]
for clip in (
    gradients.clip_by_norm,
    gradients.clip_per_tensor,
    gradients.clip_by_value,
):
    clipped = clip(g, 1.0)
    shown = [round(x, 2) for x in torch.cat(clipped).tolist()]
    print(f"{clip.__name__:15}  {shown}  {gradients.cosine(g, clipped):.2f}")
# > clip_by_norm     [0.6, 0.8, 0.04]  1.00
# > clip_per_tensor  [0.6, 0.8, 1.0]  0.73
# > clip_by_value    [1.0, 1.0, 1.0]  0.83
# --8<-- [end:clipping]

# --8<-- [start:cliff]
for w in (4.2, 4.3, 4.33, 4.4):
    loss, dw, db = gradients.cliff(w, -2.2)
    print(f"w={w:.2f}  loss {loss:.3f}  dL/dw {dw:+.2f}")
# > w=4.20  loss 0.236  dL/dw -0.12
# > w=4.30  loss 0.223  dL/dw -0.19
# > w=4.33  loss 0.084  dL/dw -24.36
# > w=4.40  loss 0.003  dL/dw +0.08
# --8<-- [end:cliff]

# --8<-- [start:descent]
for limit in (None, 0.1):
    points = gradients.descend(4.3, -1.6, rate=1.0, steps=100, limit=limit)
    last = [loss for _, _, loss in points[-20:]]
    print(f"clipped at {limit}: loss {sum(last) / 20:.3f}")
# > clipped at None: loss 0.090
# > clipped at 0.1: loss 0.002
# --8<-- [end:descent]

# --8<-- [start:training]
from rnncourse import device
from rnncourse.data import adding
from rnncourse.training import Network, fit

torch.set_default_dtype(torch.float32)
torch.manual_seed(0)

here = device()
network = Network(torch.nn.RNN(2, 32), 1, last=True).to(here)
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
drawn = (adding(50, 64) for _ in range(300))
batches = ((x.to(here), y.to(here)) for x, y in drawn)
loss = torch.nn.functional.mse_loss
steps = list(fit(network, batches, loss, optimizer, clip=1.0))  # (1)!
late = [step.loss for step in steps[-100:]]
print(f"after {len(steps)} steps {sum(late) / 100:.2f}, always 1: {1 / 6:.2f}")
# > after 300 steps 0.17, always 1: 0.17
# --8<-- [end:training]
