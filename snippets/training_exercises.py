# Exercises of the chapter "training": starter, solution and check of each.
# --8<-- [start:imports]
import copy

import torch
from rnncourse import LSTM
from rnncourse.training import Network, clip_gradients, detached
# --8<-- [end:imports]


# --8<-- [start:one_step_starter]
def one_step(network, optimizer, loss, x, y):
    """One step of the optimiser, and the loss before it: find the error."""
    output, _ = network(x)
    value = loss(output, y)
    value.backward()
    optimizer.step()
    return value.item()


# --8<-- [end:one_step_starter]


# --8<-- [start:one_step_solution]
def one_step(network, optimizer, loss, x, y):
    """One step of the optimiser, and the loss before it."""
    output, _ = network(x)
    value = loss(output, y)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()


# --8<-- [end:one_step_solution]


def check_one_step() -> None:
    from rnncourse.training import fit

    torch.manual_seed(0)
    ours = Network(torch.nn.RNN(2, 4), 1)
    theirs = copy.deepcopy(ours)
    mse = torch.nn.functional.mse_loss
    batches = [(torch.randn(5, 3, 2), torch.randn(5, 3, 1)) for _ in range(4)]
    one = torch.optim.SGD(ours.parameters(), lr=0.1)
    other = torch.optim.SGD(theirs.parameters(), lr=0.1)
    found = [one_step(ours, one, mse, x, y) for x, y in batches]
    assert found == [step.loss for step in fit(theirs, batches, mse, other)]


# --8<-- [start:clipped_step_starter]
def clipped_step(network, optimizer, value, limit):
    """Descend, the gradient clipped at a norm: find the error."""
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return clip_gradients(network.parameters(), limit)


# --8<-- [end:clipped_step_starter]


# --8<-- [start:clipped_step_solution]
def clipped_step(network, optimizer, value, limit):
    """Descend, the gradient clipped at a norm."""
    optimizer.zero_grad()
    value.backward()
    norm = clip_gradients(network.parameters(), limit)
    optimizer.step()
    return norm


# --8<-- [end:clipped_step_solution]


def check_clipped_step() -> None:
    torch.manual_seed(0)
    network = Network(torch.nn.RNN(2, 4), 1)
    before = copy.deepcopy(network)
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    value = 100 * network(torch.randn(5, 3, 2))[0].square().sum()
    assert clipped_step(network, optimizer, value, 0.01) > 0.01
    pairs = zip(network.parameters(), before.parameters(), strict=True)
    moved = torch.cat([(new - old).flatten() for new, old in pairs])
    assert abs(moved.norm().item() - 0.01) < 1e-5


# --8<-- [start:in_pieces_starter]
def in_pieces(network, optimizer, loss, x, y, size):
    """Train on pieces of one long sequence: what is missing?"""
    losses = []
    for x_k, y_k in zip(x.split(size), y.split(size), strict=True):
        output, _ = network(x_k)
        value = loss(output, y_k)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# --8<-- [end:in_pieces_starter]


# --8<-- [start:in_pieces_solution]
def in_pieces(network, optimizer, loss, x, y, size):
    """Train on pieces of one long sequence; the state goes on."""
    losses, state = [], None
    for x_k, y_k in zip(x.split(size), y.split(size), strict=True):
        output, state = network(x_k, detached(state))
        value = loss(output, y_k)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# --8<-- [end:in_pieces_solution]


def check_in_pieces() -> None:
    from rnncourse.training import fit

    torch.manual_seed(0)
    ours = Network(LSTM(2, 4), 1)
    theirs = copy.deepcopy(ours)
    mse = torch.nn.functional.mse_loss
    x, y = torch.randn(20, 3, 2), torch.randn(20, 3, 1)
    one = torch.optim.SGD(ours.parameters(), lr=0.1)
    other = torch.optim.SGD(theirs.parameters(), lr=0.1)
    found = in_pieces(ours, one, mse, x, y, 6)
    steps = fit(theirs, [(x, y)], mse, other, truncation=6)
    assert found == [step.loss for step in steps]


# --8<-- [start:best_of_starter]
def best_of(network, steps, validate):
    """Train, then go back to the best weights: find the error."""
    lowest, weights = float("inf"), None
    for _ in steps:
        value = validate()
        if value < lowest:
            lowest, weights = value, network.state_dict()
    network.load_state_dict(weights)
    return lowest


# --8<-- [end:best_of_starter]


# --8<-- [start:best_of_solution]
def best_of(network, steps, validate):
    """Train, then go back to the best weights."""
    lowest, weights = float("inf"), None
    for _ in steps:
        value = validate()
        if value < lowest:
            lowest, weights = value, copy.deepcopy(network.state_dict())
    network.load_state_dict(weights)
    return lowest


# --8<-- [end:best_of_solution]


def check_best_of() -> None:
    network = torch.nn.Linear(1, 1, bias=False)

    def steps():
        for weight in (3.0, 1.0, 2.0, 4.0):
            with torch.no_grad():
                network.weight.fill_(weight)
            yield weight

    lowest = best_of(network, steps(), lambda: network.weight.item() ** 2)
    assert lowest == 1.0
    assert network.weight.item() == 1.0


# --8<-- [start:mean_loss_starter]
def mean_loss(network, batches, loss):
    """The mean loss over all the sequences: find the error."""
    values = [loss(network(x)[0], y).item() for x, y in batches]
    return sum(values) / len(values)


# --8<-- [end:mean_loss_starter]


# --8<-- [start:mean_loss_solution]
@torch.no_grad()
def mean_loss(network, batches, loss):
    """The mean loss over all the sequences."""
    total = count = 0
    for x, y in batches:
        total += loss(network(x)[0], y).item() * y.numel()
        count += y.numel()
    return total / count


# --8<-- [end:mean_loss_solution]


def check_mean_loss() -> None:
    torch.manual_seed(0)
    network = Network(torch.nn.RNN(2, 4), 1)
    mse = torch.nn.functional.mse_loss
    x, y = torch.randn(5, 9, 2), torch.randn(5, 9, 1)
    parts = zip(x.split(4, dim=1), y.split(4, dim=1), strict=True)  # 4, 4, 1
    whole = mse(network(x)[0], y).item()
    assert abs(mean_loss(network, parts, mse) - whole) < 1e-6


# --8<-- [start:going_on_starter]
def save(network, optimizer):
    """All that is needed to go on: what is missing?"""
    return {"network": copy.deepcopy(network.state_dict())}


def going_on(network, optimizer, kept):
    network.load_state_dict(kept["network"])


# --8<-- [end:going_on_starter]


# --8<-- [start:going_on_solution]
def save(network, optimizer):
    """All that is needed to go on."""
    return {
        "network": copy.deepcopy(network.state_dict()),
        "optimizer": copy.deepcopy(optimizer.state_dict()),
    }


def going_on(network, optimizer, kept):
    network.load_state_dict(kept["network"])
    optimizer.load_state_dict(kept["optimizer"])


# --8<-- [end:going_on_solution]


def check_going_on() -> None:
    from rnncourse.training import fit

    torch.manual_seed(0)
    mse = torch.nn.functional.mse_loss
    batches = [(torch.randn(5, 3, 2), torch.randn(5, 3, 1)) for _ in range(8)]
    network = Network(torch.nn.RNN(2, 4), 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    list(fit(network, batches[:4], mse, optimizer))
    kept = save(network, optimizer)
    expected = [s.loss for s in fit(network, batches[4:], mse, optimizer)]
    network = Network(torch.nn.RNN(2, 4), 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    going_on(network, optimizer, kept)
    found = [s.loss for s in fit(network, batches[4:], mse, optimizer)]
    assert found == expected


# --8<-- [start:whole_gradient_starter]
def whole_gradient(gradients, sizes):
    """The gradient of the whole batch, from those of its parts.

    gradients: of the mean loss of each part. sizes: sequences in each.
    """
    return sum(gradients) / len(gradients)


# --8<-- [end:whole_gradient_starter]


# --8<-- [start:whole_gradient_solution]
def whole_gradient(gradients, sizes):
    """The gradient of the whole batch, from those of its parts.

    gradients: of the mean loss of each part. sizes: sequences in each.
    """
    pairs = zip(gradients, sizes, strict=True)
    return sum(N * g for g, N in pairs) / sum(sizes)


# --8<-- [end:whole_gradient_solution]


def check_whole_gradient() -> None:
    torch.manual_seed(0)
    w = torch.randn(3, dtype=torch.float64, requires_grad=True)
    x, y = torch.randn(7, 3, dtype=torch.float64), torch.randn(7).double()

    def gradient(part):
        loss = (x[part] @ w - y[part]).square().mean()
        return torch.autograd.grad(loss, w)[0]

    parts = [gradient(slice(0, 4)), gradient(slice(4, 7))]
    assert torch.allclose(whole_gradient(parts, [4, 3]), gradient(slice(7)))


# --8<-- [start:descend_starter]
def descend(w, slopes, rate):
    """Descend in bfloat16: why does the weight not move?"""
    w = w.bfloat16()
    for slope in slopes:
        w = w - rate * slope.bfloat16()
    return w


# --8<-- [end:descend_starter]


# --8<-- [start:descend_solution]
def descend(w, slopes, rate):
    """Descend with slopes in bfloat16; the weight is kept in float32."""
    for slope in slopes:
        w = w - rate * slope.bfloat16().float()
    return w.bfloat16()


# --8<-- [end:descend_solution]


def check_descend() -> None:
    slopes = torch.ones(1000)
    w = descend(torch.tensor(1.0), slopes, 1e-3)
    assert w.dtype == torch.bfloat16
    assert abs(w.item()) < 1e-3
