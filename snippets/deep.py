# The chapter "deep", from two cells on each other to a saved network.
# --8<-- [start:by_hand]
import math

below = above = 0.0  # h_0 of each layer
for t, x_t in enumerate([1.0, 0.0, -1.0], start=1):
    below = math.tanh(0.5 * x_t + 0.8 * below)
    above = math.tanh(0.5 * below + 0.8 * above)  # (1)!
    print(f"t={t}  below={below:+.3f}  above={above:+.3f}")
# > t=1  below=+0.462  above=+0.227
# > t=2  below=+0.354  above=+0.344
# > t=3  below=-0.214  above=+0.167
# --8<-- [end:by_hand]

# --8<-- [start:stack]
import torch
from rnncourse import RNNCell, unroll

torch.manual_seed(0)

T, N, D, H, L = 6, 3, 2, 4, 3
cells = [RNNCell(D if l == 0 else H, H) for l in range(L)]

x = torch.randn(T, N, D)
h = x  # h^(0)
for cell in cells:
    h, _ = unroll(cell, h)  # h^(l) of every step, (T, N, H)

theirs = torch.nn.RNN(D, H, num_layers=L)
theirs.load_state_dict(
    {
        f"{name}_l{l}": value  # (1)!
        for l, cell in enumerate(cells)
        for name, value in cell.state_dict().items()
    }
)
out, h_n = theirs(x)
print("out", tuple(out.shape), "h_n", tuple(h_n.shape))
print(torch.allclose(out, h, atol=1e-6))
# > out (6, 3, 4) h_n (3, 3, 4)
# > True
# --8<-- [end:stack]


# --8<-- [start:count]
def count(blocks, D, H, L, d=1):
    """Parameters of L layers in d directions, with two biases a block."""
    read = [D] + [d * H] * (L - 1)  # what each layer reads
    return sum(d * blocks * (H * size + H * H + 2 * H) for size in read)


for blocks, name in ((1, "RNN"), (3, "GRU"), (4, "LSTM")):
    for d in (1, 2):
        make = getattr(torch.nn, name)
        layer = make(D, H, num_layers=L, bidirectional=d == 2)
        total = sum(weight.numel() for weight in layer.parameters())
        print(name, d, total, total == count(blocks, D, H, L, d))
# > RNN 1 112 True
# > RNN 2 288 True
# > GRU 1 336 True
# > GRU 2 864 True
# > LSTM 1 448 True
# > LSTM 2 1152 True
# --8<-- [end:count]


# --8<-- [start:backward]
def forward(x, weights):
    """h^(0), ..., h^(L), (T, N, .) each, from zero states."""
    hs = [x]
    for W_x, W_h, b in weights:
        h, states = x.new_zeros(x.shape[1], len(b)), []
        for below in hs[-1]:
            h = torch.tanh(below @ W_x.T + h @ W_h.T + b)
            states.append(h)
        hs.append(torch.stack(states))
    return hs


def backward(hs, weights, dout):
    """dL/dW_x, dL/dW_h and dL/db of each layer, from dL/dh^(L) direct."""
    above, found = dout, []  # above: what comes from the layer over this one
    for l in range(len(weights), 0, -1):
        W_x, W_h, _ = weights[l - 1]
        da, later = torch.empty_like(hs[l]), torch.zeros_like(hs[l][0])
        for t in reversed(range(len(da))):
            dh = above[t] + later  # (1)!
            da[t] = dh * (1 - hs[l][t] ** 2)
            later = da[t] @ W_h
        before = torch.cat([torch.zeros_like(da[:1]), hs[l][:-1]])
        dW_x = torch.einsum("tni,tnj->ij", da, hs[l - 1])
        dW_h = torch.einsum("tni,tnj->ij", da, before)
        found.append((dW_x, dW_h, da.sum((0, 1))))
        above = da @ W_x  # (2)!
    return found[::-1]


# --8<-- [end:backward]

# --8<-- [start:backward_check]
layer = torch.nn.RNN(D, H, num_layers=L).double()
x, dout = torch.randn(T, N, D).double(), torch.randn(T, N, H).double()
layer(x)[0].backward(dout)

with torch.no_grad():
    weights = [(W_x, W_h, b + c) for W_x, W_h, b, c in layer.all_weights]
    ours = backward(forward(x, weights), weights, dout)
for l in range(L):
    theirs = [weight.grad for weight in layer.all_weights[l][:3]]
    pairs = zip(ours[l], theirs, strict=True)
    print(l + 1, all(torch.allclose(a, b) for a, b in pairs))
# > 1 True
# > 2 True
# > 3 True
# --8<-- [end:backward_check]

# --8<-- [start:paths]
from math import comb

w, lag = 0.8, 10  # recurrent weight; the weight between layers is 1
for layers in (1, 2, 3):
    x = torch.zeros(lag + 1, requires_grad=True)
    below = list(x)
    for _ in range(layers):
        h, states = 0.0, []
        for entry in below:
            h = entry + w * h
            states.append(h)
        below = states
    below[-1].backward()
    ways = comb(lag + layers - 1, layers - 1)
    print(f"{ways:3} paths  {ways * w**lag:.3f}  {x.grad[0]:.3f}")
# >   1 paths  0.107  0.107
# >  11 paths  1.181  1.181
# >  66 paths  7.087  7.087
# --8<-- [end:paths]

# --8<-- [start:residual]
from rnncourse import LSTM
from rnncourse.deep import Stack

for residual in (False, True):
    torch.manual_seed(0)
    stack = Stack(LSTM, D, 16, num_layers=8, residual=residual)
    out, _ = stack(torch.randn(T, N, D))
    out.square().sum().backward()
    first, last = (
        stack.layers[l].weight_hh_l0.grad.norm().item() for l in (0, 7)
    )
    print(f"residual={residual!s:5}  first over last: {first / last:.0e}")
# > residual=False  first over last: 1e-05
# > residual=True   first over last: 1e+00
# --8<-- [end:residual]

# --8<-- [start:dropout]
torch.manual_seed(0)
layer = torch.nn.GRU(D, H, num_layers=2, dropout=1.0)  # (1)!
one, _ = layer(torch.randn(T, N, D))
other, _ = layer(torch.randn(T, N, D))
print("all zeros:", not one.any(), " input seen:", not torch.equal(one, other))

layer.eval()  # (2)!
one, _ = layer(torch.randn(T, N, D))
other, _ = layer(torch.randn(T, N, D))
print("in eval, input seen:", not torch.equal(one, other))
# > all zeros: False  input seen: False
# > in eval, input seen: True
# --8<-- [end:dropout]

# --8<-- [start:masks]
from rnncourse.deep import LockedDropout

ones = torch.ones(20, 1, 50)
for dropout in (torch.nn.Dropout(0.5), LockedDropout(0.5)):
    masks = dropout(ones)
    alike = bool((masks == masks[:1]).all())
    print(f"{type(dropout).__name__:13}  the same at each step: {alike}")
# > Dropout        the same at each step: False
# > LockedDropout  the same at each step: True
# --8<-- [end:masks]

# --8<-- [start:bidirectional]
both = torch.nn.GRU(D, H, bidirectional=True)
ahead, behind = torch.nn.GRU(D, H), torch.nn.GRU(D, H)
for name, weight in both.state_dict().items():
    one = behind if name.endswith("_reverse") else ahead
    one.load_state_dict({name.removesuffix("_reverse"): weight}, strict=False)

x = torch.randn(T, N, D)
out, _ = both(x)
onward, _ = ahead(x)
back, _ = behind(x.flip(0))  # (1)!
print(torch.allclose(out, torch.cat([onward, back.flip(0)], -1), atol=1e-6))
# > True
# --8<-- [end:bidirectional]

# --8<-- [start:outputs]
layer = torch.nn.GRU(D, H, num_layers=2, bidirectional=True)
out, h_n = layer(x)
print("out", tuple(out.shape), "h_n", tuple(h_n.shape))

onward, back = out.chunk(2, dim=-1)  # of the top layer, (T, N, H) each
last = h_n.view(2, 2, N, H)  # layer, direction
print("forward:  h_n is out[-1]", torch.equal(last[1, 0], onward[-1]))
print("backward: h_n is out[-1]", torch.equal(last[1, 1], back[-1]))
print("backward: h_n is out[0] ", torch.equal(last[1, 1], back[0]))
# > out (6, 3, 8) h_n (4, 3, 4)
# > forward:  h_n is out[-1] True
# > backward: h_n is out[-1] False
# > backward: h_n is out[0]  True
# --8<-- [end:outputs]

# --8<-- [start:padding]
from torch.nn.utils.rnn import pad_packed_sequence, pad_sequence

lengths = [6, 4, 2]
sequences = [torch.randn(length, D) for length in lengths]
padded = pad_sequence(sequences)  # (6, 3, D), with zeros after each end
layer = torch.nn.GRU(D, H, bidirectional=True)


def compare(h_n):
    """Whether the last states are those of each sequence alone."""
    for n, sequence in enumerate(sequences):
        _, alone = layer(sequence)  # (2, H)
        same = [torch.allclose(h_n[d, n], alone[d], atol=1e-6) for d in (0, 1)]
        print(f"{len(sequence)} steps  forward {same[0]}  backward {same[1]}")


_, h_n = layer(padded)
compare(h_n)
# > 6 steps  forward True  backward True
# > 4 steps  forward False  backward False
# > 2 steps  forward False  backward False
# --8<-- [end:padding]

# --8<-- [start:packing]
from rnncourse import pack

packed = pack(padded, lengths)
print("alive at each step:", packed.batch_sizes.tolist())
out, h_n = layer(packed)
compare(h_n)
out, _ = pad_packed_sequence(out)  # (6, 3, 2 H)
print("padding is exactly zero:", not out[4:, 1].any() and not out[2:, 2].any())
# > alive at each step: [3, 3, 2, 2, 1, 1]
# > 6 steps  forward True  backward True
# > 4 steps  forward True  backward True
# > 2 steps  forward True  backward True
# > padding is exactly zero: True
# --8<-- [end:packing]

# --8<-- [start:masking]
from rnncourse import GRUCell
from rnncourse.deep import last_outputs, masked_mean, real_steps

cell = GRUCell(D, H)
h, mask = torch.zeros(3, H), real_steps(lengths, 6)  # mask: (6, 3)
for x_t, real in zip(padded, mask, strict=True):
    h = torch.where(real[:, None], cell(x_t, h), h)  # (1)!

out, _ = unroll(cell, padded)
print(torch.allclose(h, last_outputs(out, lengths)))
# > True
# --8<-- [end:masking]

# --8<-- [start:loss]
scores, targets = torch.randn(6, 3, 5), torch.randint(5, (6, 3))
cross_entropy = torch.nn.functional.cross_entropy
each = cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="none")
each = each.view(6, 3)
right = masked_mean(each, lengths)
wrong = (each * mask).mean()  # divides by 18, and there are 12 real steps
print(f"{wrong / right:.3f}")

targets[~mask] = -100  # cross_entropy's ignore_index
print(torch.allclose(right, cross_entropy(scores.mT, targets)))  # (1)!
# > 0.667
# > True
# --8<-- [end:loss]

# --8<-- [start:rows]
from rnncourse.deep import rows

print(rows(torch.arange(12), 3).tolist())
# > [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]
# --8<-- [end:rows]

# --8<-- [start:stateful]
layer = torch.nn.GRU(1, H)
series = torch.randn(1200, 1)
x = rows(series, 4)  # (300, 4, 1)
whole, _ = layer(x)

state, outs = None, []
for piece in x.split(25):
    out, state = layer(piece, state)
    state = state.detach()  # (1)!
    outs.append(out)
print(torch.allclose(torch.cat(outs), whole, atol=1e-6))
# > True
# --8<-- [end:stateful]

# --8<-- [start:not_detached]
state = None
try:
    for piece in x.split(150):
        out, state = layer(piece, state)
        out.sum().backward()
except RuntimeError as error:
    print(str(error).split(" (")[0])
# > Trying to backward through the graph a second time
# --8<-- [end:not_detached]

# --8<-- [start:save]
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "weights.pt"
torch.save(layer.state_dict(), path)

again = torch.nn.GRU(1, H)  # (1)!
again.load_state_dict(torch.load(path, weights_only=True))
again.eval()  # (2)!
print(torch.equal(again(x)[0], layer(x)[0]))
# > True
# --8<-- [end:save]

# --8<-- [start:safetensors]
from rnncourse import GRU
from safetensors.torch import load_file, save_file

path = Path(folder.name) / "weights.safetensors"
save_file(layer.state_dict(), path)

ours = GRU(1, H)
ours.load_state_dict(load_file(path))
print(torch.allclose(ours(x)[0], layer(x)[0], atol=1e-6))
folder.cleanup()
# > True
# --8<-- [end:safetensors]


# --8<-- [start:two_biases]
def moved(layer):
    """Does the output change if b_hh goes over to b_ih?"""
    x = torch.randn(T, N, D)
    before, _ = layer(x)
    with torch.no_grad():
        layer.bias_ih_l0 += layer.bias_hh_l0
        layer.bias_hh_l0.zero_()
    return not torch.allclose(layer(x)[0], before, atol=1e-6)


for name in ("RNN", "LSTM", "GRU"):
    print(name, moved(getattr(torch.nn, name)(D, H)))
# > RNN False
# > LSTM False
# > GRU True
# --8<-- [end:two_biases]

# --8<-- [start:gate_order]
layer = torch.nn.LSTM(D, H)
x_1 = torch.randn(1, N, D)
a = x_1[0] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0
i, f, g, o = a.chunk(4, dim=-1)  # from h_0 = c_0 = 0
c = i.sigmoid() * g.tanh()
_, (h_n, c_n) = layer(x_1)
print(torch.allclose(c_n[0], c, atol=1e-6))
print(torch.allclose(h_n[0], o.sigmoid() * c.tanh(), atol=1e-6))
# > True
# > True
# --8<-- [end:gate_order]

# --8<-- [start:one_layer]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    layer = torch.nn.GRU(D, H, dropout=0.5)
print(str(caught[0].message).split(", but")[0].replace(", so", ",\nso"))
x = torch.randn(T, N, D)
print("drops:", not torch.equal(layer(x)[0], layer(x)[0]))
# > dropout option adds dropout after all but last recurrent layer,
# > so non-zero dropout expects num_layers greater than 1
# > drops: False
# --8<-- [end:one_layer]

# --8<-- [start:batch_first]
layer = torch.nn.GRU(D, H, num_layers=2, batch_first=True)
out, h_n = layer(torch.randn(N, T, D))
print("out", tuple(out.shape), "h_n", tuple(h_n.shape))
print(torch.equal(out[:, -1], h_n[-1]))
# > out (3, 6, 4) h_n (2, 3, 4)
# > True
# --8<-- [end:batch_first]

# --8<-- [start:sorted]
from torch.nn.utils.rnn import pack_padded_sequence

lengths = torch.tensor([2, 6, 4])
try:
    pack_padded_sequence(torch.randn(T, N, D), lengths)
except RuntimeError as error:
    print(str(error).split(" when")[0])
packed = pack_padded_sequence(
    torch.randn(T, N, D), lengths, enforce_sorted=False
)
print(packed.sorted_indices.tolist(), packed.unsorted_indices.tolist())
# > `lengths` array must be sorted in decreasing order
# > [1, 2, 0] [2, 0, 1]
# --8<-- [end:sorted]

# --8<-- [start:fresh_state]
layer = torch.nn.GRU(D, H)
x = torch.randn(T, N, D)
once, state = layer(x)
print("kept:", not torch.equal(layer(x)[0], once))
print("handed on:", not torch.equal(layer(x, state)[0], once))
# > kept: False
# > handed on: True
# --8<-- [end:fresh_state]

# --8<-- [start:flatten]
layer.weight_hh_l0 = torch.nn.Parameter(layer.weight_hh_l0.detach().clone())
before, _ = layer(x)
layer.flatten_parameters()
print(torch.equal(layer(x)[0], before))
# > True
# --8<-- [end:flatten]

# --8<-- [start:deterministic]
import os

os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":16:8"  # before CUDA is first used
torch.use_deterministic_algorithms(True)
device = torch.accelerator.current_accelerator() or torch.device("cpu")
runs = []
for _ in range(2):
    torch.manual_seed(0)
    layer = torch.nn.LSTM(D, H, num_layers=2, dropout=0.5).to(device)
    out, _ = layer(torch.randn(T, N, D).to(device))
    out.sum().backward()
    runs.append(layer.weight_hh_l0.grad)
print(torch.equal(*runs))
torch.use_deterministic_algorithms(False)
# > True
# --8<-- [end:deterministic]
