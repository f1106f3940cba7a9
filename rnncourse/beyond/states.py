"""State spaces: a linear system in continuous time, sampled.

    dh/ds = a (.) h + B x,   yhat = C h               a diagonal, s the time
    h_t = f (.) h_{t-1} + G x_t                       x held for a step delta
    f = exp(delta a),   G = (exp(delta a) - 1) / a (.) B
    yhat_t = sum_{j >= 0} K_j x_{t-j},   K_j = C diag(f^j) G

Source: Gu, Goel and Re (2022), arXiv:2111.00396; with steps that depend on the
input, Gu and Dao (2023), arXiv:2312.00752.
"""

import torch
from torch import Tensor

from rnncourse.beyond.scan import recurrence


# --8<-- [start:hold]
def zero_order_hold(
    a: Tensor, B: Tensor, delta: float
) -> tuple[Tensor, Tensor]:
    """One step: f (H,) and G (H, D), from a (H,), non-zero, and B (H, D)."""
    grown = torch.expm1(delta * a)  # e^(delta a) - 1, without cancellation
    return grown + 1, (grown / a)[:, None] * B


# --8<-- [end:hold]


# --8<-- [start:two_forms]
def as_recurrence(x: Tensor, f: Tensor, G: Tensor, C: Tensor) -> Tensor:
    """From x (T, N, D) to yhat (T, N, Q), through the states."""
    return recurrence(f, x @ G.T) @ C.T


def impulse_response(f: Tensor, G: Tensor, C: Tensor, T: int) -> Tensor:
    """K_0, ..., K_{T-1}: (T, Q, D)."""
    powers = f ** torch.arange(T, device=f.device)[:, None]  # (T, H)
    return torch.einsum("qh,th,hd->tqd", C, powers, G)


def as_convolution(x: Tensor, K: Tensor) -> Tensor:
    """From x (T, N, D) to yhat (T, N, Q), by a Fourier transform."""
    T = len(x)
    size = 2 * T  # zeros behind, so that the end does not meet the beginning
    X, F = torch.fft.rfft(x, size, dim=0), torch.fft.rfft(K, size, dim=0)
    y = torch.fft.irfft(torch.einsum("wqd,wnd->wnq", F, X), size, dim=0)
    return y[:T]


# --8<-- [end:two_forms]
