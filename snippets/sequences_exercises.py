# Exercises of the chapter "sequences": a starter, a solution and a check each.
# --8<-- [start:imports]
from collections import Counter

import torch
from torch import nn
# --8<-- [end:imports]


# --8<-- [start:bag_of_words_starter]
def bag_of_words(sentence, words):
    """How often each of the words is in the sentence: find the error."""
    return [int(word in sentence.split()) for word in words]


# --8<-- [end:bag_of_words_starter]


# --8<-- [start:bag_of_words_solution]
def bag_of_words(sentence, words):
    """How often each of the words is in the sentence."""
    counts = Counter(sentence.split())
    return [counts[word] for word in words]


# --8<-- [end:bag_of_words_solution]


def check_bag_of_words() -> None:
    words = ["perro", "hombre", "el", "al", "muerde"]
    one = bag_of_words("el perro muerde al perro", words)
    assert one == [2, 0, 1, 1, 1]
    said = ["el perro muerde al hombre", "al hombre muerde el perro"]
    assert bag_of_words(said[0], words) == bag_of_words(said[1], words)


# --8<-- [start:depends_starter]
def depends(network, rows, i):
    """Does the answer to row i depend on it, on earlier rows, on the order?"""
    return False, False, False  # as the slide says: find the error


# --8<-- [end:depends_starter]


# --8<-- [start:depends_solution]
def depends(network, rows, i):
    """Does the answer to row i depend on it, on earlier rows, on the order?"""

    def answer(rows, i):
        state = None
        for row in rows[: i + 1]:
            y, state = network(row[None], state)
        return y

    before = answer(rows, i)
    present, earlier = rows.clone(), rows.clone()
    present[i] += 1.0
    earlier[:i] += 1.0
    swapped = rows.clone()
    swapped[:i] = rows[:i].flip(0)
    return tuple(
        not torch.allclose(answer(other, i), before)
        for other in (present, earlier, swapped)
    )


# --8<-- [end:depends_solution]


def check_depends() -> None:
    torch.manual_seed(0)
    linear, layer = nn.Linear(3, 2), nn.RNN(3, 2)

    def ordinary(x, state):
        return linear(x), None

    rows = torch.randn(5, 3)
    assert depends(ordinary, rows, 3) == (True, False, False)
    assert depends(layer, rows, 3) == (True, True, True)


# --8<-- [start:head_weights_starter]
def head_weights(T, K, H, Q):
    """Weights of a dense head on a convolution of kernel K over T steps."""
    return Q * H * (T // K)


# --8<-- [end:head_weights_starter]


# --8<-- [start:head_weights_solution]
def head_weights(T, K, H, Q):
    """Weights of a dense head on a convolution of kernel K over T steps."""
    return Q * H * (T - K + 1)


# --8<-- [end:head_weights_solution]


def check_head_weights() -> None:
    for T, K, H, Q in ((12, 3, 16, 1), (9, 1, 4, 2), (7, 7, 3, 5)):
        features = nn.Conv1d(2, H, K)(torch.randn(1, 2, T))
        assert head_weights(T, K, H, Q) == Q * features.numel()


# --8<-- [start:any_size_starter]
class AnySize(nn.Module):
    """Classifies images of any height and width: find what forbids it."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, kernel_size=3)
        self.head = nn.Linear(8 * 26 * 26, 10)

    def forward(self, images):
        return self.head(self.convolution(images).relu().flatten(1))


# --8<-- [end:any_size_starter]


# --8<-- [start:any_size_solution]
class AnySize(nn.Module):
    """Classifies images of any height and width: the head reads a mean."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, kernel_size=3)
        self.head = nn.Linear(8, 10)

    def forward(self, images):
        return self.head(self.convolution(images).relu().mean((2, 3)))


# --8<-- [end:any_size_solution]


def check_any_size() -> None:
    network = AnySize()
    for height, width in ((28, 28), (3, 3), (20, 48)):
        try:
            answer = network(torch.randn(2, 3, height, width))
        except RuntimeError as error:
            raise AssertionError(f"{height} x {width} refused") from error
        assert answer.shape == (2, 10)
    try:
        network(torch.randn(2, 1, 28, 28))
    except RuntimeError:
        return  # the kernels fix the channels
    raise AssertionError("one channel was accepted")


# --8<-- [start:update_starter]
def update(state, x_t):
    """The state after x_t, whose first component is the mean so far."""
    (mean,) = state if state else (0.0,)
    return ((mean + x_t) / 2,)  # find the error


# --8<-- [end:update_starter]


# --8<-- [start:update_solution]
def update(state, x_t):
    """The state after x_t, whose first component is the mean so far."""
    mean, t = state if state else (0.0, 0)
    return mean + (x_t - mean) / (t + 1), t + 1


# --8<-- [end:update_solution]


def check_update() -> None:
    for x in ([3.0], [1.0, 2.0, 6.0], [5.0, -1.0, 0.0, 4.0, 4.0]):
        state = None
        for t, x_t in enumerate(x, start=1):
            state = update(state, x_t)
            assert abs(state[0] - sum(x[:t]) / t) < 1e-12


# --8<-- [start:ragged_starter]
def last_states(layer, sequences):
    """h_T of each sequence (T, D), however long: find the error."""
    longest = max(len(x) for x in sequences)
    padded = torch.zeros(longest, len(sequences), sequences[0].shape[1])
    for n, x in enumerate(sequences):
        padded[: len(x), n] = x
    states, _ = layer(padded)
    return states[-1]


# --8<-- [end:ragged_starter]


# --8<-- [start:ragged_solution]
def last_states(layer, sequences):
    """h_T of each sequence (T, D), however long."""
    longest = max(len(x) for x in sequences)
    padded = torch.zeros(longest, len(sequences), sequences[0].shape[1])
    for n, x in enumerate(sequences):
        padded[: len(x), n] = x
    states, _ = layer(padded)
    ends = torch.tensor([len(x) for x in sequences]) - 1
    return states[ends, torch.arange(len(sequences))]


# --8<-- [end:ragged_solution]


def check_ragged() -> None:
    torch.manual_seed(0)
    layer = nn.RNN(2, 4)
    sequences = [torch.randn(length, 2) for length in (3, 7, 1)]
    alone = torch.stack([layer(x)[1][0] for x in sequences])
    assert torch.allclose(last_states(layer, sequences), alone, atol=1e-6)


# --8<-- [start:best_map_starter]
def best_map(pairs):
    """The largest accuracy of a map from a word to what follows it."""
    following = Counter(after for _, after in pairs)
    return max(following.values()) / len(pairs)


# --8<-- [end:best_map_starter]


# --8<-- [start:best_map_solution]
def best_map(pairs):
    """The largest accuracy of a map from a word to what follows it."""
    after = {}
    for word, following in pairs:
        after.setdefault(word, Counter())[following] += 1
    return sum(max(c.values()) for c in after.values()) / len(pairs)


# --8<-- [end:best_map_solution]


def check_best_map() -> None:
    pairs = [("el", "gato"), ("el", "gato"), ("el", "perro"), ("gato", "corre")]
    assert best_map(pairs) == 0.75
    both = [(w, v) for w in ("plaza", "plazas") for v in ("corre", "corren")]
    assert best_map(5 * both) == 0.5


# --8<-- [start:weights_starter]
def weights():
    """W_xh, W_hh, W_hq of a linear network: the sum, as a bag would say it."""
    return torch.ones(1, 1), torch.zeros(1, 1), torch.ones(1, 1)


# --8<-- [end:weights_starter]


# --8<-- [start:weights_solution]
def weights():
    """W_xh, W_hh, W_hq of a linear network: the sum, as a bag would say it."""
    return torch.ones(1, 1), torch.ones(1, 1), torch.ones(1, 1)


# --8<-- [end:weights_solution]


def check_weights() -> None:
    W_xh, W_hh, W_hq = weights()
    for x in ([4.0, 0.0, 7.0], [7.0, 0.0, 4.0], [4.0, 0.0, 7.0, 1.0, 9.0]):
        h = torch.zeros(1)
        for x_t in x:
            h = W_xh @ torch.tensor([x_t]) + W_hh @ h
        assert (W_hq @ h).item() == sum(x)
