# The loop of the chapter "training" in several processes, under torchrun.
# --8<-- [start:processes]
import os

import torch
from lightning_fabric import Fabric
from rnncourse import LSTM
from rnncourse.data import adding
from rnncourse.training import Network, evaluate, fit

here = int(os.environ.get("LOCAL_WORLD_SIZE", 1))  # (1)!
world = int(os.environ.get("WORLD_SIZE", 1))
fabric = Fabric(devices=here, num_nodes=world // here)
fabric.launch()  # (2)!

torch.manual_seed(0)
network = Network(LSTM(2, 16), 1, last=True)
optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
network, optimizer = fabric.setup(network, optimizer)  # (3)!

generator = torch.Generator().manual_seed(0)


def batches(steps):
    for _ in range(steps):
        x, y = adding(10, 64, generator)  # the same in every process
        mine = slice(fabric.global_rank, None, world)  # (4)!
        yield x[:, mine].to(fabric.device), y[mine].to(fabric.device)


loss = torch.nn.functional.mse_loss
for step in fit(network, batches(200), loss, optimizer, clip=1.0):  # (5)!
    if step.number % 100 == 0:
        mean = fabric.all_reduce(torch.tensor(step.loss, device=fabric.device))
        fabric.print(f"step {step.number}  loss {mean.item():.2f}")

x, y = adding(10, 1000, generator)  # (6)!
test = [(x.to(fabric.device), y.to(fabric.device))]
fabric.print(f"test  loss {evaluate(network, test, loss):.2f}")
# > step 100  loss 0.11
# > step 200  loss 0.00
# > test  loss 0.00
# --8<-- [end:processes]
