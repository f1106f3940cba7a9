"""A recurrent language model: embeddings, a recurrent layer, a tied readout.

    x_t = E^T e_w                       row w of E, of token w = w_t
    h_t = layer(x_t, h_{t-1})           RNN, LSTM or GRU
    yhat_t = E (W_he h_t + b_e) + b     a logit per token of the vocabulary

The readout scores a token by its own embedding: the two share their weights.

Source: Mikolov et al. (2010), Interspeech; tied: Press and Wolf (2017), EACL.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import check_choice, check_size
from rnncourse.layers import GRU, LSTM, RNN, Layer
from rnncourse.training import Step, fit

KINDS: dict[str, type[Layer]] = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


class LanguageModel(nn.Module):
    """What comes next, after each token of a text.

    Args:
        kind: "rnn", "gru" or "lstm".
        V: how many tokens the vocabulary has.
        E: size of an embedding.
        H: hidden units.
        tied: whether the readout scores with the embeddings.
        dropout: the probability of a zero in the states; half of it, in the
            embeddings.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        kind: str,
        V: int,
        E: int,
        H: int,
        tied: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_choice("kind", kind, tuple(KINDS))
        check_size("V", V, least=2)
        check_size("E", E)
        self.kind = kind
        self.embedding = nn.Embedding(V, E)
        nn.init.normal_(self.embedding.weight, std=0.25)
        self.layer = KINDS[kind](E, H)
        self.entry, self.dropout = nn.Dropout(dropout / 2), nn.Dropout(dropout)
        self.project = nn.Linear(H, E)
        self.readout = nn.Linear(E, V)
        nn.init.zeros_(self.readout.bias)
        if tied:
            self.readout.weight = self.embedding.weight

    # --8<-- [start:forward]
    def forward(self, w: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits (T, N, V) of what follows each token (T, N), and the state."""
        return self.read(self.embedding(w), state)

    def read(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """The same from embeddings (T, N, E)."""
        states, state = self.layer(self.entry(x), state)
        e = self.project(self.dropout(states))  # (T, N, E)
        return self.readout(e), state

    # --8<-- [end:forward]

    def log_probabilities(self, text: list[int]) -> Tensor:
        """Ln P of every token of a text and of its end, each after the rest."""
        whole = torch.tensor([1, *text, 1], device=self.embedding.weight.device)
        with torch.no_grad():
            logits, _ = self(whole[:-1, None])
        logs = logits[:, 0].log_softmax(-1)
        return logs.gather(1, whole[1:, None])[:, 0]


# --8<-- [start:rows]
def rows(text: Sequence[int], N: int) -> tuple[Tensor, Tensor]:
    """A text cut in N rows side by side, and what follows each token.

    Returns:
        Both (T, N); the last tokens, fewer than N, are left out.

    Raises:
        ValueError: if N is no positive int, or the text has no N + 1 tokens.
    """
    check_size("N", N)
    T = (len(text) - 1) // N
    if T < 1:
        raise ValueError(
            f"expected a text of at least {N + 1} tokens, got {len(text)}"
        )
    cut = torch.tensor(text[: T * N + 1])
    x, y = (part.reshape(N, T).T.contiguous() for part in (cut[:-1], cut[1:]))
    return x, y


# --8<-- [end:rows]


def learn(
    model: LanguageModel,
    epochs: Sequence[Sequence[Sequence[int]]],
    *,
    rate: float = 1e-2,
    N: int = 16,
    truncation: int = 35,
    generator: torch.Generator | None = None,
) -> Iterator[Step]:
    """Train on texts in a new order each epoch; the rate falls to nothing.

    Args:
        model: is left ready to be used.
        epochs: the texts of each, lists of numbers; `[texts] * 20` to read the
            same texts twenty times.
        rate: of Adam, at the beginning.
        N: rows read side by side.
        truncation: steps through which the gradient goes back.
        generator: of the order.

    Yields:
        A `Step` after each step of the optimiser.

    Raises:
        ValueError: if an epoch has fewer than N + 1 tokens.
    """
    batches, device = [], model.embedding.weight.device
    for texts in epochs:
        order = torch.randperm(len(texts), generator=generator).tolist()
        text = [1, *(w for k in order for w in (*texts[k], 1))]
        x, y = rows(text, N)
        batches.append((x.to(device), y.to(device)))
    total = sum(math.ceil(len(x) / truncation) for x, _ in batches)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    model.train()
    for step in fit(
        model, batches, cross_entropy, optimizer, clip=1.0,
        truncation=truncation,
    ):  # fmt: skip
        schedule.step()
        yield step
    model.eval()


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Mean of -ln P of the tokens y (T, N), in nats."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())


def perplexity(logs: Any) -> float:
    """Exp of the mean of -ln P."""
    return math.exp(-float(logs.mean()))


def bits(logs: Any) -> float:
    """The mean of -log2 P of a token."""
    return -float(logs.mean()) / math.log(2)
