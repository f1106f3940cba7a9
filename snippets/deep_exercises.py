# Exercises of the chapter "deep": a starter, a solution and a check of each.
# --8<-- [start:imports]
import torch
from rnncourse.deep import real_steps
# --8<-- [end:imports]


# --8<-- [start:summary_starter]
def summary(out):
    """What a bidirectional layer knows of the whole: find the error.

    out: (T, N, 2 H). Returns the last state of each direction, (N, 2 H).
    """
    return out[-1]


# --8<-- [end:summary_starter]


# --8<-- [start:summary_solution]
def summary(out):
    """What a bidirectional layer knows of the whole sequence.

    out: (T, N, 2 H). Returns the last state of each direction, (N, 2 H).
    """
    onward, back = out.chunk(2, dim=-1)
    return torch.cat([onward[-1], back[0]], dim=-1)


# --8<-- [end:summary_solution]


def check_summary() -> None:
    torch.manual_seed(0)
    layer = torch.nn.GRU(2, 3, bidirectional=True)
    out, h_n = layer(torch.randn(5, 4, 2))
    assert torch.equal(summary(out), torch.cat([h_n[0], h_n[1]], dim=-1))


# --8<-- [start:count_parameters_starter]
def count_parameters(D, H, L):
    """Of L bidirectional layers of an LSTM, two biases: find the error."""
    total = 0
    for layer in range(L):
        read = D if layer == 0 else H
        total += 2 * 4 * (H * read + H * H + 2 * H)
    return total


# --8<-- [end:count_parameters_starter]


# --8<-- [start:count_parameters_solution]
def count_parameters(D, H, L):
    """Of L bidirectional layers of an LSTM, with two biases a block."""
    total = 0
    for layer in range(L):
        read = D if layer == 0 else 2 * H  # both halves of the layer below
        total += 2 * 4 * (H * read + H * H + 2 * H)
    return total


# --8<-- [end:count_parameters_solution]


def check_count_parameters() -> None:
    for D, H, L in ((1, 1, 1), (3, 2, 2), (5, 7, 4)):
        layer = torch.nn.LSTM(D, H, L, bidirectional=True)
        total = sum(weight.numel() for weight in layer.parameters())
        assert count_parameters(D, H, L) == total


# --8<-- [start:mean_loss_starter]
def mean_loss(losses, lengths):
    """The mean of the losses (T, N) of real steps: find the error.

    What the padding costs may be anything, nan too.
    """
    mask = real_steps(lengths, len(losses))
    return (losses * mask).mean()


# --8<-- [end:mean_loss_starter]


# --8<-- [start:mean_loss_solution]
def mean_loss(losses, lengths):
    """The mean of the losses (T, N) of real steps."""
    mask = real_steps(lengths, len(losses))
    return losses[mask].mean()


# --8<-- [end:mean_loss_solution]


def check_mean_loss() -> None:
    torch.manual_seed(0)
    losses, lengths = torch.rand(6, 3), [6, 3, 1]
    real = [losses[:n, k] for k, n in enumerate(lengths)]
    for padding in (0.0, float("nan")):
        losses[3:, 1] = losses[1:, 2] = padding
        assert torch.allclose(
            mean_loss(losses, lengths), torch.cat(real).mean()
        )


# --8<-- [start:last_starter]
def last(out, lengths):
    """The output of each sequence at its own last step: find the error.

    out: (T, N, H), padded. Returns (N, H).
    """
    return out[-1]


# --8<-- [end:last_starter]


# --8<-- [start:last_solution]
def last(out, lengths):
    """The output of each sequence at its own last step.

    out: (T, N, H), padded. Returns (N, H).
    """
    steps = torch.as_tensor(lengths) - 1
    return out[steps, torch.arange(len(steps))]


# --8<-- [end:last_solution]


def check_last() -> None:
    torch.manual_seed(0)
    layer, lengths = torch.nn.GRU(2, 3), [3, 5, 1]
    x = torch.randn(5, 3, 2)
    out, _ = layer(x)
    for k, n in enumerate(lengths):
        _, alone = layer(x[:n, k])
        assert torch.allclose(last(out, lengths)[k], alone[0], atol=1e-6)


# --8<-- [start:paths_starter]
def paths(lag, layers):
    """How many ways lead from h_T^(L) to the input lag steps before.

    Each way goes back one step or down one layer at a time; the last move
    goes down from the first layer to its input. Find the error.
    """
    return 2 ** (lag + layers - 1)


# --8<-- [end:paths_starter]


# --8<-- [start:paths_solution]
def paths(lag, layers):
    """How many ways lead from h_T^(L) to the input lag steps before.

    Each way goes back one step or down one layer at a time; the last move
    goes down from the first layer to its input.
    """
    if lag == 0 or layers == 1:
        return 1  # straight down, or straight back
    return paths(lag - 1, layers) + paths(lag, layers - 1)  # its first move


# --8<-- [end:paths_solution]


def check_paths() -> None:
    for layers in (1, 2, 4):
        x = torch.zeros(7, requires_grad=True)
        h = x
        for _ in range(layers):
            h = h.cumsum(0)  # a linear layer of one unit, all weights 1
        h[-1].backward()
        for lag in range(7):
            assert paths(lag, layers) == x.grad[6 - lag]


# --8<-- [start:to_rows_starter]
def to_rows(series, N):
    """N stretches of a series, side by side, (T, N): find the error.

    Row n goes on where row n - 1 ends; what is left over is dropped.
    """
    T = len(series) // N
    return series[: T * N].reshape(T, N)


# --8<-- [end:to_rows_starter]


# --8<-- [start:to_rows_solution]
def to_rows(series, N):
    """N stretches of a series, side by side, (T, N).

    Row n goes on where row n - 1 ends; what is left over is dropped.
    """
    T = len(series) // N
    return series[: T * N].reshape(N, T).T


# --8<-- [end:to_rows_solution]


def check_to_rows() -> None:
    found = to_rows(torch.arange(11), 2)
    assert found.T.tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


# --8<-- [start:in_pieces_starter]
def in_pieces(layer, x, length):
    """The output of x (T, N, D), read in pieces: find the error.

    No gradient is to cross from a piece to the one before.
    """
    outs = []
    for piece in x.split(length):
        out, _ = layer(piece)
        outs.append(out)
    return torch.cat(outs)


# --8<-- [end:in_pieces_starter]


# --8<-- [start:in_pieces_solution]
def in_pieces(layer, x, length):
    """The output of x (T, N, D), read in pieces; the state is carried.

    No gradient crosses from a piece to the one before.
    """
    outs, state = [], None
    for piece in x.split(length):
        out, state = layer(piece, state)
        state = state.detach()
        outs.append(out)
    return torch.cat(outs)


# --8<-- [end:in_pieces_solution]


def check_in_pieces() -> None:
    torch.manual_seed(0)
    layer = torch.nn.GRU(2, 3)
    x = torch.randn(9, 4, 2, requires_grad=True)
    out = in_pieces(layer, x, 3)
    assert torch.allclose(out, layer(x)[0], atol=1e-6)
    out[-1].sum().backward()
    assert x.grad[6:].abs().min() > 0
    assert not x.grad[:6].any()


# --8<-- [start:back_down_starter]
def back_down(ds, da, W_x):
    """What reaches s^(l-1) in a residual stack of RNNs: find the error.

    s^(l) = s^(l-1) + h^(l), and layer l reads s^(l-1). ds is dL/ds^(l), da is
    dL/da^(l), with a^(l) the pre-activation.
    """
    return da @ W_x


# --8<-- [end:back_down_starter]


# --8<-- [start:back_down_solution]
def back_down(ds, da, W_x):
    """What reaches s^(l-1) in a residual stack of RNNs.

    s^(l) = s^(l-1) + h^(l), and layer l reads s^(l-1). ds is dL/ds^(l), da is
    dL/da^(l), with a^(l) the pre-activation.
    """
    return ds + da @ W_x


# --8<-- [end:back_down_solution]


def check_back_down() -> None:
    torch.manual_seed(0)
    s = torch.randn(4, 3, requires_grad=True)
    W_x, ds = torch.randn(3, 3), torch.randn(4, 3)
    h = torch.tanh(s @ W_x.T)
    (theirs,) = torch.autograd.grad(s + h, s, ds)
    da = ds * (1 - h.detach() ** 2)
    assert torch.allclose(back_down(ds, da, W_x), theirs, atol=1e-6)


# --8<-- [start:looks_ahead_starter]
def looks_ahead(network, x):
    """Does an output depend on a later input? Find what is missed.

    network: maps (T, N, D) to (T, N, Q), whatever is inside.
    """
    return getattr(network, "bidirectional", False)


# --8<-- [end:looks_ahead_starter]


# --8<-- [start:looks_ahead_solution]
def looks_ahead(network, x):
    """Does an output depend on a later input?

    network: maps (T, N, D) to (T, N, Q), whatever is inside.
    """
    out = network(x)
    for t in range(len(x) - 1):
        other = x.clone()
        other[t + 1 :] = torch.randn_like(x[t + 1 :])  # another future
        if not torch.allclose(network(other)[: t + 1], out[: t + 1], atol=1e-6):
            return True
    return False


# --8<-- [end:looks_ahead_solution]


def check_looks_ahead() -> None:
    torch.manual_seed(0)
    x = torch.randn(5, 2, 3)
    one = torch.nn.GRU(3, 4)
    both = torch.nn.GRU(3, 4, bidirectional=True)
    assert not looks_ahead(lambda x: one(x)[0], x)
    assert looks_ahead(lambda x: both(x)[0], x)
    assert looks_ahead(lambda x: one(x - x.mean(0))[0], x)  # a leak of its own
    assert looks_ahead(lambda x: both(x)[0].softmax(-1), x)  # adds up to 1
    assert looks_ahead(lambda x: (both(x)[0] > 0).double(), x)  # flat
