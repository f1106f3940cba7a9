"""Simulated series: a walk that nobody can forecast, a vowel that one can.

    walk   x_t = x_{t-1} + e_t,                e_t independent, mean zero
    vowel  x_t = sum_k a_k x_{t-k} + e_t,      e_t pulses of the voice, breath

Source: source and filter, Fant (1960), Acoustic Theory of Speech Production;
formants, Peterson and Barney (1952), J. Acoust. Soc. Am. 24(2).
"""

import math

import numpy as np
import torch
from jaxtyping import Float64

from rnncourse.checks import check_choice, check_size

FORMANTS = {  # Hz, means of men: Peterson and Barney (1952), table II
    "a": (730.0, 1090.0, 2440.0),
    "i": (270.0, 2290.0, 3010.0),
    "u": (300.0, 870.0, 2240.0),
}
BANDWIDTHS = (60.0, 90.0, 120.0)  # Hz


def random_walk(
    T: int, N: int = 1, generator: torch.Generator | None = None
) -> Float64[np.ndarray, "T N"]:
    """N walks from 0 of independent standard normal steps: no drift.

    Raises:
        ValueError: if T or N is not a positive integer.
    """
    check_size("T", T)
    check_size("N", N)
    steps = torch.randn(T, N, generator=generator, dtype=torch.float64)
    return steps.cumsum(0).numpy()


def resonances(name: str, rate: int) -> Float64[np.ndarray, " 6"]:
    """a_1, ..., a_6 of the filter with the formants of a vowel.

    A formant of frequency F and bandwidth B is a pair of poles of modulus
    exp(-pi B / rate) and angle +-2 pi F / rate.

    Raises:
        ValueError: if there is no such vowel, or the rate is no integer above
            twice its highest formant.
    """
    check_choice("name", name, tuple(FORMANTS))
    check_size("rate", rate, int(2 * max(FORMANTS[name])) + 1)
    poly = np.ones(1)
    for F, B in zip(FORMANTS[name], BANDWIDTHS, strict=True):
        r, angle = math.exp(-math.pi * B / rate), 2 * math.pi * F / rate
        pair = np.array([1.0, -2 * r * math.cos(angle), r * r])
        poly = np.convolve(poly, pair)
    return -poly[1:]


def vowel(
    name: str,
    T: int,
    rate: int = 8000,
    pitch: float = 120.0,
    breath: float = 0.01,
    generator: torch.Generator | None = None,
) -> Float64[np.ndarray, " T"]:
    """A vowel, synthesised: pulses of the voice through three resonances.

    Each period between pulses is drawn within 2 % of the pitch's, as in a
    voice; its standard deviation is 1.

    Args:
        name: "a", "i" or "u".
        T: how many samples.
        rate: samples a second.
        pitch: pulses a second, in Hz.
        breath: standard deviation of the noise at each sample; a pulse is 1.
        generator: of the draws.

    Raises:
        ValueError: if a name, a size or a pitch is none of these.
    """
    a = resonances(name, rate)
    check_size("T", T, 2)
    if not 0 < pitch < rate / 2:
        raise ValueError(
            f"expected a pitch between 0 and {rate / 2:g} Hz, got {pitch}"
        )
    source = breath * torch.randn(T, generator=generator, dtype=torch.float64)
    at = 0.0
    while at < T:
        source[int(at)] += 1.0
        wobble = 2 * float(torch.rand((), generator=generator)) - 1
        at += rate / pitch * (1 + 0.02 * wobble)
    e = source.numpy()
    x = np.zeros(T + len(a))
    for t in range(T):
        x[t + len(a)] = a @ x[t : t + len(a)][::-1] + e[t]
    x = x[len(a) :]
    return x / x.std()
