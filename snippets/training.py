# The chapter "training": the loop, line by line, and what is put around it.
# --8<-- [start:loop]
import torch
from rnncourse import LSTM, device
from rnncourse.data import adding
from rnncourse.training import Network, clip_gradients

torch.manual_seed(0)
here = device()  # (1)!
network = Network(LSTM(2, 16), 1, last=True).to(here)
optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
loss = torch.nn.functional.mse_loss

for number in range(1, 301):
    x, y = adding(10, 64)  # (2)!
    y_hat, state = network(x.to(here))
    value = loss(y_hat, y.to(here))
    optimizer.zero_grad()  # (3)!
    value.backward()
    clip_gradients(network.parameters(), 1.0)  # (4)!
    optimizer.step()
    if number % 100 == 0:
        print(f"step {number}  learnt: {value.item() < 1 / 60}")
# > step 100  learnt: False
# > step 200  learnt: True
# > step 300  learnt: True
# --8<-- [end:loop]

# --8<-- [start:fit]
from rnncourse.training import fit


def begin(seed):
    torch.manual_seed(seed)
    network = Network(LSTM(2, 16), 1, last=True).to(here)
    return network, torch.optim.Adam(network.parameters(), lr=0.02)


def batches(count, generator=None):
    for _ in range(count):
        x, y = adding(10, 64, generator)
        yield x.to(here), y.to(here)


network, optimizer = begin(seed=0)
for step in fit(network, batches(300), loss, optimizer, clip=1.0):
    if step.number % 100 == 0:
        print(f"step {step.number}  learnt: {step.loss < 1 / 60}")
print("the same loss:", step.loss == value.item())
# > step 100  learnt: False
# > step 200  learnt: True
# > step 300  learnt: True
# > the same loss: True
# --8<-- [end:fit]


# --8<-- [start:carry]
def echo(T, N, lag):
    """Bits, (T, N, 1), and at each step the bit of `lag` steps before."""
    bits = torch.randint(2, (lag + T, N, 1)).float()
    return bits[lag:], bits[:T]


bits = torch.nn.functional.binary_cross_entropy_with_logits
for name in ("carried", "zero"):
    torch.manual_seed(0)
    network = Network(LSTM(1, 24), 1).to(here)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    x, y = (long.to(here) for long in echo(8 * 300, 32, lag=4))
    if name == "carried":
        steps = fit(network, [(x, y)], bits, optimizer, truncation=8)
    else:
        pieces = zip(x.split(8), y.split(8), strict=True)  # (1)!
        steps = fit(network, pieces, bits, optimizer)
    *_, last = steps
    print(f"{name:7}  {last.number} steps  solved: {last.loss < 0.1}")
# > carried  300 steps  solved: True
# > zero     300 steps  solved: False
# --8<-- [end:carry]

# --8<-- [start:stopping]
from rnncourse.training import EarlyStopping, evaluate, progress


def noisy(N):
    """N sums, each read with an error of 0.3."""
    x, y = adding(10, N)
    return x.to(here), (y + 0.3 * torch.randn(N, 1)).to(here)


network, optimizer = begin(seed=0)
train, held_out = noisy(100), [noisy(300)]
stopping = EarlyStopping(
    network, lambda: evaluate(network, held_out, loss), every=10, patience=10
)
epochs = (train for _ in range(600))  # (1)!
steps = stopping(fit(network, epochs, loss, optimizer, clip=1.0))
*_, last = progress(steps, total=600)  # (2)!
print("stopped early:", last.number < 600)
print("100 steps after the best:", last.number - stopping.number == 100)
print("best weights:", evaluate(network, held_out, loss) == stopping.best)
# > stopped early: True
# > 100 steps after the best: True
# > best weights: True
# --8<-- [end:stopping]

# --8<-- [start:checkpoint]
import tempfile
from pathlib import Path

from rnncourse.checkpoints import load_tree, save_tree
from rnncourse.training import Place

about = {"kind": "LSTM", "hidden_size": "16"}


def train_on(network, optimizer, generator, place, count):
    found = batches(count, generator)
    steps = fit(network, found, loss, optimizer, clip=1.0, place=place)
    return [step.loss for step in steps]


whole = train_on(*begin(seed=1), torch.Generator().manual_seed(1), None, 40)

network, optimizer = begin(seed=1)
generator, place = torch.Generator().manual_seed(1), Place()
first = train_on(network, optimizer, generator, place, 25)  # (1)!
run = {
    "network": network.state_dict(),
    "optimizer": optimizer.state_dict(),
    "generator": generator.get_state(),
    "place": vars(place),
}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "run.safetensors")
    save_tree(path, run, about)
    kept = load_tree(path, about)  # (2)!

network, optimizer = begin(seed=2)  # (3)!
network.load_state_dict(kept["network"])
optimizer.load_state_dict(kept["optimizer"])
generator = torch.Generator()
generator.set_state(kept["generator"])
place = Place(**kept["place"])
rest = train_on(network, optimizer, generator, place, 15)
print(f"{len(whole)} losses, all the same:", first + rest == whole)
# > 40 losses, all the same: True
# --8<-- [end:checkpoint]

# --8<-- [start:mixed]
from rnncourse.training import Mixed

network, optimizer = begin(seed=0)
steps = list(fit(Mixed(network), batches(300), loss, optimizer, clip=1.0))
late = sum(step.loss for step in steps[-50:]) / 50
print("weights:", network.readout.weight.dtype)
print(f"below a tenth of 1/6: {late < 1 / 60}")
# > weights: torch.float32
# > below a tenth of 1/6: True
# --8<-- [end:mixed]
