# The chapter "backprop": ten parameters, every factor by its name.
# --8<-- [start:forward]
import math


def sigma(z):
    return 1 / (1 + math.exp(-z))


i1, i2 = 0.05, 0.10
target_o1, target_o2 = 0.01, 0.99
w1, w2, w3, w4 = 0.15, 0.20, 0.25, 0.30
w5, w6, w7, w8 = 0.40, 0.45, 0.50, 0.55
b1, b2 = 0.35, 0.60

out_h1 = sigma(w1 * i1 + w2 * i2 + b1)
out_h2 = sigma(w3 * i1 + w4 * i2 + b1)
out_o1 = sigma(w5 * out_h1 + w6 * out_h2 + b2)
out_o2 = sigma(w7 * out_h1 + w8 * out_h2 + b2)
L = (target_o1 - out_o1) ** 2 / 2 + (target_o2 - out_o2) ** 2 / 2
print(f"hidden  {out_h1:.9f} {out_h2:.9f}")
print(f"outputs {out_o1:.9f} {out_o2:.9f}")
print(f"loss    {L:.9f}")
# > hidden  0.593269992 0.596884378
# > outputs 0.751365070 0.772928465
# > loss    0.298371109
# --8<-- [end:forward]

# --8<-- [start:w5]
dL_dout_o1 = -(target_o1 - out_o1)
dout_o1_din_o1 = out_o1 * (1 - out_o1)
din_o1_dw5 = out_h1
dL_dw5 = dL_dout_o1 * dout_o1_din_o1 * din_o1_dw5
print(f"{dL_dout_o1:.6f} x {dout_o1_din_o1:.6f} x {din_o1_dw5:.6f}")
print(f"dL/dw5 = {dL_dw5:.10f}")
# > 0.741365 x 0.186816 x 0.593270
# > dL/dw5 = 0.0821670406
# --8<-- [end:w5]

# --8<-- [start:w1]
dL_dout_o2 = -(target_o2 - out_o2)
dout_o2_din_o2 = out_o2 * (1 - out_o2)
via_o1 = dL_dout_o1 * dout_o1_din_o1 * w5
via_o2 = dL_dout_o2 * dout_o2_din_o2 * w7
dL_dout_h1 = via_o1 + via_o2  # (1)!
dout_h1_din_h1 = out_h1 * (1 - out_h1)
din_h1_dw1 = i1
dL_dw1 = dL_dout_h1 * dout_h1_din_h1 * din_h1_dw1
print(f"dL/dout_h1 = {via_o1:.6f} + ({via_o2:.6f}) = {dL_dout_h1:.6f}")
print(f"dL/dw1 = {dL_dw1:.12f}")
# > dL/dout_h1 = 0.055399 + (-0.019049) = 0.036350
# > dL/dw1 = 0.000438567734
# --8<-- [end:w1]

# --8<-- [start:factors]
from rnncourse import backprop

w, data = backprop.Weights(), backprop.Data()
for factor in backprop.factors_w5(w, data):
    print(f"{factor.symbol:14}  {factor.formula:21}  {factor.value:.9f}")
# > dL/dout_o1      -(target_o1 - out_o1)  0.741365070
# > dout_o1/din_o1  out_o1 (1 - out_o1)    0.186815602
# > din_o1/dw5      out_h1                 0.593269992
# --8<-- [end:factors]

# --8<-- [start:autograd]
import torch

leaf = torch.tensor(w, dtype=torch.float64, requires_grad=True)
x, target = torch.tensor(data, dtype=torch.float64).split(2)
hidden = torch.sigmoid(leaf[:4].view(2, 2) @ x + leaf[8])
out = torch.sigmoid(leaf[4:8].view(2, 2) @ hidden + leaf[9])
loss = ((target - out) ** 2).sum() / 2
loss.backward()
ours = backprop.gradient(w, data)
for name, by_hand, its in zip(w._fields, ours, leaf.grad, strict=True):
    print(f"{name}  {by_hand:+.9f}  {abs(by_hand - its) < 1e-12}")
# > w1  +0.000438568  True
# > w2  +0.000877135  True
# > w3  +0.000497713  True
# > w4  +0.000995425  True
# > w5  +0.082167041  True
# > w6  +0.082667628  True
# > w7  -0.022602540  True
# > w8  -0.022740242  True
# > b1  +0.018725609  True
# > b2  +0.100400325  True
# --8<-- [end:autograd]

# --8<-- [start:differences]
step = 1e-5
more = backprop.forward(w._replace(w5=w.w5 + step), data).L
less = backprop.forward(w._replace(w5=w.w5 - step), data).L
print(f"{(more - less) / (2 * step):.8f}")
# > 0.08216704
# --8<-- [end:differences]

# --8<-- [start:layers]
b_h, b_q = leaf.detach()[8].expand(2), leaf.detach()[9].expand(2)
W_xh, W_hq = leaf.detach()[:4].view(2, 2), leaf.detach()[4:8].view(2, 2)
dW_xh, db_h, dW_hq, db_q = backprop.by_layers(x, target, W_xh, b_h, W_hq, b_q)
print(torch.allclose(dW_xh.flatten(), leaf.grad[:4]))
print(torch.allclose(dW_hq.flatten(), leaf.grad[4:8]))
print(torch.allclose(db_h.sum(), leaf.grad[8]))  # (1)!
# > True
# > True
# > True
# --8<-- [end:layers]

# --8<-- [start:one_step]
after = backprop.descend(w, data, rate=0.5)
print(f"w5   {w.w5:.6f} -> {after.w5:.6f}")
print(f"w1   {w.w1:.6f} -> {after.w1:.6f}")
print(f"loss {L:.6f} -> {backprop.forward(after, data).L:.6f}")
# > w5   0.400000 -> 0.358916
# > w1   0.150000 -> 0.149781
# > loss 0.298371 -> 0.285751
# --8<-- [end:one_step]

# --8<-- [start:descent]
for rate in (0.05, 0.5, 5.0, 200.0):
    now = w
    for _ in range(1000):
        now = backprop.descend(now, data, rate)
    print(f"rate {rate:6}  loss {backprop.forward(now, data).L:.1e}")
# > rate   0.05  loss 1.0e-02
# > rate    0.5  loss 3.5e-04
# > rate    5.0  loss 4.3e-06
# > rate  200.0  loss 4.9e-01
# --8<-- [end:descent]
