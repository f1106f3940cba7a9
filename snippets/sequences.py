# The chapter "sequences": what order, length and memory do.
# --8<-- [start:rows]
import torch
from torch import nn

torch.manual_seed(0)

network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
table = torch.randn(5, 3)  # five examples, three features
order = torch.tensor([4, 2, 0, 3, 1])
print(torch.allclose(network(table[order]), network(table)[order]))
print(torch.allclose(network(table[:1]), network(table)[:1]))  # (1)!
# > True
# > True
# --8<-- [end:rows]

# --8<-- [start:one_size]
try:
    network(torch.randn(1, 4))
except RuntimeError as error:
    print(str(error)[:30])
# > mat1 and mat2 shapes cannot be
# --8<-- [end:one_size]

# --8<-- [start:images]
convolution = nn.Conv2d(3, 6, kernel_size=5)  # 3 colours in, 6 maps out
for height, width in ((32, 32), (20, 48)):
    images = torch.randn(7, 3, height, width)  # a batch of 7: 4th order
    print(images.dim(), tuple(convolution(images).shape))

head = nn.Linear(6 * 28 * 28, 10)  # a weight for each place of the map
for height, width in ((32, 32), (20, 48)):
    maps = convolution(torch.randn(7, 3, height, width))
    fits = maps[0].numel() == head.in_features
    print(height, width, fits, tuple(maps.mean((2, 3)).shape))  # (1)!
# > 4 (7, 6, 28, 28)
# > 4 (7, 6, 16, 44)
# > 32 32 True (7, 6)
# > 20 48 False (7, 6)
# --8<-- [end:images]

# --8<-- [start:bigram]
from rnncourse.data import agreement
from rnncourse.sequences import ngram

generator = torch.Generator().manual_seed(0)
sentences = agreement(2000, "es", generator=generator)
print(" ".join(sentences[0].words))

next_words = ngram([sentence.words for sentence in sentences], 2)
corre, corren = (next_words["plaza",][verb] for verb in ("corre", "corren"))
print(abs(corre / (corre + corren) - 0.5) < 0.15)
# > el caballo que oí ayer en los puertos salta
# > True
# --8<-- [end:bigram]


# --8<-- [start:state]
def read(digits):
    number, total = 0, 0
    for digit in digits:
        number = 10 * number + digit  # (1)!
        total = total + digit
    return number, total


for digits in ([4, 0, 7], [7, 0, 4], [4, 0, 7, 1, 9]):
    print(digits, *read(digits))
# > [4, 0, 7] 407 11
# > [7, 0, 4] 704 11
# > [4, 0, 7, 1, 9] 40719 21
# --8<-- [end:state]

# --8<-- [start:readers]
from rnncourse.sequences import Bag, Convolution, Recurrent, Window

torch.manual_seed(0)
T, D, H, Q = 12, 1, 16, 1
readers = {
    "window": Window(D, H, Q, steps=T),
    "bag": Bag(D, H, Q),
    "convolution": Convolution(D, H, Q, steps=T),
    "mean": Convolution(D, H, Q),  # a mean instead of the dense head
    "recurrent": Recurrent(D, H, Q),
}
x = torch.randn(T, 1, D)  # (T, N, D): one sequence
shuffled = x[torch.randperm(T)]
for name, reader in readers.items():
    same = torch.allclose(reader(x), reader(shuffled), atol=1e-5)
    print(f"{name:12} {same}")
# > window       False
# > bag          True
# > convolution  False
# > mean         False
# > recurrent    False
# --8<-- [end:readers]

# --8<-- [start:lengths]
from rnncourse.sequences import accepted

for name, reader in readers.items():
    lengths = accepted(reader, range(1, 41), features=D)
    print(f"{name:12} {lengths[0]} to {lengths[-1]}")
# > window       12 to 12
# > bag          1 to 40
# > convolution  12 to 12
# > mean         3 to 40
# > recurrent    1 to 40
# --8<-- [end:lengths]

# --8<-- [start:shift]
convolution = readers["convolution"]
x = torch.randn(40, 1, D)  # longer than the head takes
later = convolution.map(x[5:])
print(torch.allclose(later, convolution.map(x)[5:], atol=1e-6))
# > True
# --8<-- [end:shift]

# --8<-- [start:memory]
from rnncourse import RNNCell

torch.manual_seed(0)
cell, x_t, h = RNNCell(3, 8), torch.randn(3), torch.zeros(8)
weights = cell.weight_hh.clone()
h_1 = cell(x_t, h)
h_2 = cell(x_t, h_1)  # the same input once more
print(torch.allclose(h_1, h_2), torch.equal(weights, cell.weight_hh))
print(torch.equal(network(x_t), network(x_t)))
# > False True
# > True
# --8<-- [end:memory]

# --8<-- [start:train]
from rnncourse import device
from rnncourse.data import encoded, vocabulary
from rnncourse.training import Network, fit

torch.manual_seed(0)
here = device()  # (1)!
short = agreement(1000, "es", clauses=0, generator=generator)
train, held_out = sentences[:1000], sentences[1000:]
words = vocabulary(train + short)
V = len(words)


def one_hot(numbers):  # (2)!
    return nn.functional.one_hot(numbers, V).float()  # (T, N, V)


def batches(steps):
    for step in range(steps):
        source = (short, train)[step % 2]  # two lengths, in turn
        chosen = torch.randint(len(source), (50,)).tolist()
        e = encoded([source[i] for i in chosen], words)
        yield one_hot(e[:-1]).to(here), e[1:].to(here)  # (3)!


def loss(logits, y):  # (4)!
    return nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())


network = Network(nn.RNN(V, 32), V).to(here)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)  # (5)!
for _ in fit(network, batches(400), loss, optimizer, clip=1.0):  # (6)!
    pass
# --8<-- [end:train]

# --8<-- [start:agree]
seen = {sentence.words[:-1] for sentence in train}
new = [s for s in held_out if s.words[:-1] not in seen]
e = encoded(new, words)
with torch.no_grad():
    logits = network(one_hot(e[:-1]).to(here))[0][-1].cpu()  # (N, V)
right = torch.tensor([words.index(s.words[-1]) for s in new])
wrong = torch.tensor([words.index(s.wrong) for s in new])
n = torch.arange(len(new))
share = (logits[n, right] > logits[n, wrong]).float().mean().item()
print(share > 0.95)
# > True
# --8<-- [end:agree]
