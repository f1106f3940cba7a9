"""Four readers of a sequence, and what each asks of it; n-grams.

With x_1, ..., x_T in R^D and phi = tanh:

    window       yhat = W_hq phi(W_xh (x_1; ...; x_T) + b_h) + b_q
    bag          yhat = W_hq (sum over t of phi(W_xh x_t + b_h)) + b_q
    convolution  c_t = phi(sum over k of W_k x_{t+k} + b),  k = 0, ..., K-1
                 yhat = W_cq (c_1; ...; c_{T-K+1}) + b_q
    recurrent    h_t = phi(W_xh x_t + W_hh h_{t-1} + b_h)
                 yhat = W_hq h_T + b_q

The window and the head of the convolution have a weight for each place, hence
one T; the bag and the recurrent network take any.

Source: bags, Zaheer et al. (2017), "Deep sets", NIPS; convolutions, LeCun et
al. (1989), Neural Computation 1(4); the recurrent network, Elman (1990),
Cognitive Science 14(2).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from rnncourse.checks import check_size, check_sizes

Counts = Mapping[tuple[str, ...], Counter[str]]


def _check(x: Tensor, features: int, steps: int | None, least: int = 1) -> None:
    wanted = f"{steps} steps" if steps else f"at least {least} step(s)"
    if x.dim() != 3 or x.shape[-1] != features:
        raise ValueError(
            f"expected x of shape (T, N, {features}), got {tuple(x.shape)}"
        )
    if len(x) < least or (steps is not None and len(x) != steps):
        raise ValueError(f"expected {wanted}, got {len(x)}")


class Window(nn.Module):
    """An ordinary network with one hidden layer on exactly T steps.

    Args:
        features: D.
        hidden: H.
        outputs: Q.
        steps: T.

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(
        self, features: int, hidden: int, outputs: int, steps: int
    ) -> None:
        super().__init__()
        check_sizes(features=features, hidden=hidden, outputs=outputs)
        check_size("steps", steps)
        self.features, self.steps = features, steps
        self.hidden = nn.Linear(steps * features, hidden)
        self.readout = nn.Linear(hidden, outputs)

    # --8<-- [start:window]
    def forward(self, x: Tensor) -> Tensor:
        """(T, N, D) to (N, Q); ValueError on another T or D."""
        _check(x, self.features, self.steps)
        row = x.transpose(0, 1).flatten(1)  # (N, T D): one vector an example
        return self.readout(self.hidden(row).tanh())

    # --8<-- [end:window]


class Bag(nn.Module):
    """The sum of what each step says by itself: any T >= 1, and no order.

    Args:
        features: D.
        hidden: H.
        outputs: Q.

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(self, features: int, hidden: int, outputs: int) -> None:
        super().__init__()
        check_sizes(features=features, hidden=hidden, outputs=outputs)
        self.features = features
        self.hidden = nn.Linear(features, hidden)
        self.readout = nn.Linear(hidden, outputs)

    # --8<-- [start:bag]
    def forward(self, x: Tensor) -> Tensor:
        """(T, N, D) to (N, Q); ValueError on another D or no step."""
        _check(x, self.features, None)
        return self.readout(self.hidden(x).tanh().sum(0))

    # --8<-- [end:bag]


class Convolution(nn.Module):
    """A convolution along time, and a head that has a weight for each place.

    Args:
        features: D.
        hidden: H, the channels of the feature map.
        outputs: Q.
        steps: T, which the head fixes; None for a head that reads the mean
            over the places and takes any T >= `kernel`.
        kernel: K, the steps that one feature sees.

    Raises:
        ValueError: if a size is not a positive integer, or T < K.
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        outputs: int,
        steps: int | None = None,
        kernel: int = 3,
    ) -> None:
        super().__init__()
        check_sizes(features=features, hidden=hidden, outputs=outputs)
        check_sizes(kernel=kernel, steps=kernel if steps is None else steps)
        if steps is not None and steps < kernel:
            raise ValueError(
                f"expected at least {kernel} steps, got steps={steps}"
            )
        self.features, self.steps, self.kernel = features, steps, kernel
        self.convolution = nn.Conv1d(features, hidden, kernel)
        places = 1 if steps is None else steps - kernel + 1
        self.readout = nn.Linear(places * hidden, outputs)

    # --8<-- [start:convolution]
    def map(self, x: Tensor) -> Tensor:
        """The features c_1, ..., c_{T-K+1}, (T-K+1, N, H), for any T >= K."""
        _check(x, self.features, None, self.kernel)
        along = self.convolution(x.permute(1, 2, 0))  # (N, H, T-K+1)
        return along.permute(2, 0, 1).tanh()

    def forward(self, x: Tensor) -> Tensor:
        """(T, N, D) to (N, Q); ValueError on a T that the head cannot take."""
        _check(x, self.features, self.steps, self.kernel)
        c = self.map(x)
        if self.steps is None:
            return self.readout(c.mean(0))
        return self.readout(c.transpose(0, 1).flatten(1))

    # --8<-- [end:convolution]


class Recurrent(nn.Module):
    """A simple recurrent network that answers after the last step: any T >= 1.

    Args:
        features: D.
        hidden: H.
        outputs: Q.

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(self, features: int, hidden: int, outputs: int) -> None:
        super().__init__()
        check_sizes(features=features, hidden=hidden, outputs=outputs)
        self.features = features
        self.layer = nn.RNN(features, hidden)
        self.readout = nn.Linear(hidden, outputs)

    # --8<-- [start:recurrent]
    def forward(self, x: Tensor) -> Tensor:
        """(T, N, D) to (N, Q); ValueError on another D or no step."""
        _check(x, self.features, None)
        _, state = self.layer(x)
        return self.readout(state[-1])

    # --8<-- [end:recurrent]


def accepted(
    reader: nn.Module, lengths: Iterable[int], features: int
) -> list[int]:
    """Which of the lengths T a reader takes, by trying each."""
    taken = []
    for length in lengths:
        try:
            reader(torch.zeros(length, 1, features))
        except ValueError:
            continue
        taken.append(length)
    return taken


def ngram(sentences: Iterable[Sequence[str]], n: int) -> Counts:
    """How often each word came after each n - 1 words.

    Raises:
        ValueError: if n < 2.
    """
    if n < 2:
        raise ValueError(f"expected n of at least 2, got {n}")
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for words in sentences:
        for end in range(n - 1, len(words)):
            context = tuple(words[end - n + 1 : end])
            counts.setdefault(context, Counter())[words[end]] += 1
    return counts


def prefers(
    counts: Counts, words: Sequence[str], right: str, wrong: str
) -> float:
    """1 if `right` came oftener after the last words, 0 if less, 1/2 if even.

    Args:
        counts: of an n-gram.
        words: all that precedes; the last n - 1 count.
        right: a word.
        wrong: another.

    Raises:
        ValueError: if fewer than n - 1 words precede.
    """
    size = len(next(iter(counts)))
    if len(words) < size:
        raise ValueError(f"expected at least {size} words, got {len(words)}")
    after = counts.get(tuple(words[len(words) - size :]), Counter())
    if after[right] == after[wrong]:
        return 0.5
    return float(after[right] > after[wrong])
