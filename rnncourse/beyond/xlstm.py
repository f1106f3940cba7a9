"""xLSTM: exponential gates with a stabiliser, and a memory that is a matrix.

    sLSTM   c_t = f_t c_{t-1} + i_t g_t,   n_t = f_t n_{t-1} + i_t
            h_t = o_t c_t / n_t,           i_t = exp(a^i_t)
            m_t = max(log f_t + m_{t-1}, a^i_t)
            i'_t = exp(a^i_t - m_t),  f'_t = exp(log f_t + m_{t-1} - m_t)

    mLSTM   C_t = f_t C_{t-1} + i_t v_t k_t^T,  n_t = f_t n_{t-1} + i_t k_t
            h_t = o_t (.) C_t q_t / max(|n_t^T q_t|, 1)

Source: Beck et al. (2024), NeurIPS, arXiv:2405.04517.
"""

import torch
from torch import Tensor

from rnncourse.beyond.scan import loop, recurrence


def exponential_memory(a_i: Tensor, log_f: Tensor, g: Tensor) -> Tensor:
    """c_t / n_t as written: a_i, log_f and g, (T, ...), to (T, ...)."""
    i, f = a_i.exp(), log_f.exp()
    return loop(f, i * g) / loop(f, i)


# --8<-- [start:stable]
def stabilised(a_i: Tensor, log_f: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """i', f' and m, (T, ...) each: gates of at most 1."""
    m_before = torch.full_like(a_i[0], -torch.inf)
    gates = []
    for a, kept in zip(a_i, log_f, strict=True):
        m = torch.maximum(kept + m_before, a)
        gates.append(((a - m).exp(), (kept + m_before - m).exp(), m))
        m_before = m
    i, f, m = (torch.stack(part) for part in zip(*gates, strict=True))
    return i, f, m


def stable_memory(a_i: Tensor, log_f: Tensor, g: Tensor) -> Tensor:
    """The same c_t / n_t, whatever the size of a_i."""
    i, f, _ = stabilised(a_i, log_f)
    return loop(f, i * g) / loop(f, i)


# --8<-- [end:stable]


# --8<-- [start:matrix]
def matrix_memory(
    q: Tensor, k: Tensor, v: Tensor, a_i: Tensor, log_f: Tensor
) -> Tensor:
    """C_t q_t / max(|n_t^T q_t|, 1), without the output gate.

    q and k (T, N, H), v (T, N, P), a_i and log_f (T, N): to (T, N, P).
    """
    i, f, m = stabilised(a_i, log_f)
    i, f = i[..., None], f[..., None]
    C = recurrence(f[..., None], (i * v)[..., None] * k[..., None, :])
    n = recurrence(f, i * k)  # C (T, N, P, H), n (T, N, H)
    read = torch.einsum("tnph,tnh->tnp", C, q)
    weight = torch.einsum("tnh,tnh->tn", n, q).abs()
    return read / torch.maximum(weight, (-m).exp())[..., None]


# --8<-- [end:matrix]
