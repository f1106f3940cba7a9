"""Encoder and decoder, and the attention that spares them the bottleneck.

    e_kt = s_k^T W_hs h_t / sqrt(H)           how well step t answers step k
    alpha_k = softmax(e_k)
    hbar_k = sum_t alpha_kt h_t               the mean that the decoder reads

Source: encoder-decoder, Cho et al. (2014), EMNLP, and Sutskever, Vinyals and Le
(2014), arXiv:1409.3215; attention, Bahdanau, Cho and Bengio (2015),
arXiv:1409.0473, in the product form of Luong, Pham and Manning (2015),
arXiv:1508.04025.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checks import check_size
from rnncourse.layers import GRU


# --8<-- [start:attend]
def attend(s: Tensor, h: Tensor, W: Tensor) -> tuple[Tensor, Tensor]:
    """The means hbar_k and their weights alpha_kt.

    Args:
        s: the states that ask, (K, N, H).
        h: the states that answer, (T, N, H).
        W: W_hs, (H, H).

    Returns:
        hbar, (K, N, H), and alpha, (N, K, T), which sums to 1 over t.
    """
    e = torch.einsum("kni,ij,tnj->nkt", s, W, h) / s.shape[-1] ** 0.5
    alpha = e.softmax(-1)
    return torch.einsum("nkt,tnj->knj", alpha, h), alpha


# --8<-- [end:attend]


# --8<-- [start:attend_back]
def attend_back(
    g: Tensor, s: Tensor, h: Tensor, W: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """dL/ds, dL/dh and dL/dW from g = dL/dhbar, (K, N, H)."""
    mean, alpha = attend(s, h, W)
    apart = h[None] - mean[:, None]  # h_t - hbar_k, (K, T, N, H)
    de = alpha * torch.einsum("knj,ktnj->nkt", g, apart) / s.shape[-1] ** 0.5
    ds = torch.einsum("nkt,ij,tnj->kni", de, W, h)
    dh = torch.einsum("nkt,knj->tnj", alpha, g)
    dh = dh + torch.einsum("nkt,kni,ij->tnj", de, s, W)
    dW = torch.einsum("nkt,kni,tnj->ij", de, s, h)
    return ds, dh, dW


# --8<-- [end:attend_back]


class EncoderDecoder(nn.Module):
    """A GRU that reads a sequence, and another that writes one from it.

    With attention each output also reads a mean of all the encoder's states;
    without it, all that reaches the decoder is the encoder's last state.

    Args:
        symbols: V; the inputs are 0, ..., V - 1.
        hidden_size: H, of both networks.
        attention: whether the decoder attends.
        layer: makes a layer from (D, H).

    Raises:
        ValueError: if a size is not a positive integer.
    """

    def __init__(
        self,
        symbols: int,
        hidden_size: int,
        attention: bool,
        layer: Callable[[int, int], nn.Module] = GRU,
    ) -> None:
        super().__init__()
        check_size("symbols", symbols)
        check_size("hidden_size", hidden_size)
        H = hidden_size
        self.symbols, self.attention = symbols, attention
        self.embedding = nn.Embedding(symbols + 1, H)  # V: nothing written yet
        self.encoder, self.decoder = layer(H, H), layer(H, H)
        self.readout = nn.Linear(2 * H if attention else H, symbols)
        if attention:
            self.weight_hs = nn.Parameter(torch.empty(H, H))
            nn.init.xavier_uniform_(self.weight_hs)

    # --8<-- [start:translate]
    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
        """Scores of each y_k, (K, N, V), given y_1, ..., y_{k-1}.

        x (T, N) is what is read, y (K, N) what is to be written, integers;
        also the weights alpha (N, K, T), None without attention.
        """
        h, last = self.encoder(self.embedding(x))
        s, _ = self.decoder(self.embedding(self.begun(y)), last)
        if not self.attention:
            return self.readout(s), None
        mean, alpha = attend(s, h, self.weight_hs)
        return self.readout(torch.cat([s, mean], dim=-1)), alpha

    # --8<-- [end:translate]

    def begun(self, y: Tensor) -> Tensor:
        """What the decoder has before each y_k: nothing, y_1, y_2, ..."""
        return torch.cat([torch.full_like(y[:1], self.symbols), y[:-1]])

    @torch.no_grad()
    def write(self, x: Tensor, steps: int) -> Tensor:
        """The likeliest symbol at each step, each fed back: (steps, N)."""
        h, state = self.encoder(self.embedding(x))
        symbol: Any = torch.full_like(x[:1], self.symbols)
        written = []
        for _ in range(steps):
            s, state = self.decoder(self.embedding(symbol), state)
            if self.attention:
                mean, _ = attend(s, h, self.weight_hs)
                s = torch.cat([s, mean], dim=-1)
            symbol = self.readout(s).argmax(-1)
            written.append(symbol[0])
        return torch.stack(written)
