"""Claims of the chapter on vanishing and exploding gradients."""

import math

import torch

from rnncourse import gradients
from rnncourse.claims import Claim
from rnncourse.experiments import gradients as measured
from rnncourse.experiments import training


def powers_of_two() -> Claim:
    """The lecture's chain: an input times 2, four times, is times 16."""
    found = measured.powers()
    return Claim(
        value=found["lecture"],
        bound=16.0,
        relation="==",
        es="Multiplicar cuatro veces por 2 es multiplicar por {value:.0f}; "
        "por un medio, por {small:.4f}. Con treinta pasos, por {double:.1e} "
        "y por {half:.1e}.",
        en="Multiplying four times by 2 is multiplying by {value:.0f}; by one "
        "half, by {small:.4f}. With thirty steps, by {double:.1e} and by "
        "{half:.1e}.",
        numbers={name: found[name] for name in ("small", "double", "half")},
    )


def never_above_the_bound() -> Claim:
    """No Jacobian over k steps exceeds (sigma_1 gamma)^k."""
    found = measured.bounds()
    return Claim(
        value=found["ratio"],
        bound=1 + 1e-9,
        relation="<=",
        es="En una red tanh de {H:d} unidades, "
        "$\\lVert\\partial h_T/\\partial h_t\\rVert$ no pasa de "
        "$(\\sigma_1\\gamma)^{T-t}$ en ninguno de los {lags:d} retardos: la "
        "mayor razón es {value:.3f}. Con $\\sigma_1 = 0{,}9$ baja a "
        "{vanished:.1e} en 50 pasos.",
        en="In a tanh network of {H:d} units, "
        "$\\lVert\\partial h_T/\\partial h_t\\rVert$ does not exceed "
        "$(\\sigma_1\\gamma)^{T-t}$ at any of the {lags:d} lags: the largest "
        "ratio is {value:.3f}. With $\\sigma_1 = 0.9$ it falls to "
        "{vanished:.1e} in 50 steps.",
        numbers={
            "H": measured.UNITS,
            "lags": len(found["lags"]),
            "vanished": float(found["last"][0]),
        },
    )


def recent_terms_stay() -> Claim:
    """With sigma_1 gamma < 1 the long lags vanish; dL/dW_hh does not."""
    found = measured.recent()
    return Claim(
        value=float(found["terms"][40]),
        bound=1e-3,
        relation="<=",
        es="Con $\\sigma_1\\gamma = 0{,}9$ se desvanecen los términos lejanos, "
        "no el gradiente: la parte de $\\partial\\mathcal L/\\partial "
        "W_{hh}$ con retardo 40 es {value:.1e} del total, y los cinco primeros "
        "retardos juntos, {first:.2f}.",
        en="With $\\sigma_1\\gamma = 0.9$ the distant terms vanish, not the "
        "gradient: the part of $\\partial\\mathcal L/\\partial W_{hh}$ with "
        "lag 40 is {value:.1e} of the whole, and the first five lags together "
        "{first:.2f}.",
        numbers={"first": found["first_five"]},
    )


def above_one_need_not_explode() -> Claim:
    """sigma_1 gamma = 1.2 allows 9100 and gives less than 1."""
    found = measured.bounds()
    return Claim(
        value=float(found["last"][2]),
        bound=1.0,
        relation="<=",
        es="$\\sigma_1\\gamma > 1$ hace falta para explotar y no alcanza: con "
        "$\\sigma_1 = 1{,}2$ la cota a 50 pasos es {limit:,d} y la norma "
        "medida, {value:.2f}, porque tanh frena.",
        en="$\\sigma_1\\gamma > 1$ is needed to explode and is not enough: "
        "with $\\sigma_1 = 1.2$ the bound at 50 steps is {limit:,d} and the "
        "measured norm {value:.2f}, because tanh slows it down.",
        numbers={"limit": float(found["bounds"][2, -1])},
    )


def powers_follow_the_radius() -> Claim:
    """W^k -> 0 iff rho < 1, whatever the singular values."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        W = torch.randn(6, 6, dtype=torch.float64)
    W = W / gradients.spectral_radius(W)
    ends = [
        gradients.spectral_norm(torch.linalg.matrix_power(scale * W, 400))
        for scale in (0.9, 1.1)
    ]
    return Claim(
        value=ends[0],
        bound=1e-9,
        relation="<=",
        es="Con activación identidad decide el radio espectral: con "
        "$\\rho = 0{,}9$ y $\\sigma_1 = {norm:.2f}$, "
        "$\\lVert W^{400}\\rVert$ es {value:.1e}; con $\\rho = 1{,}1$, "
        "{grown:.1e}.",
        en="With the identity activation the spectral radius decides: with "
        "$\\rho = 0.9$ and $\\sigma_1 = {norm:.2f}$, $\\lVert W^{400}\\rVert$ "
        "is {value:.1e}; with $\\rho = 1.1$, {grown:.1e}.",
        numbers={
            "norm": 0.9 * gradients.spectral_norm(W),
            "grown": ends[1],
        },
    )


def _matrix(a: int, b: int, c: int, d: int) -> str:
    """A 2 x 2 matrix for the middle of a line."""
    rows = f"{a} & {b} \\\\ {c} & {d}"
    return f"\\bigl(\\begin{{smallmatrix}} {rows} \\end{{smallmatrix}}\\bigr)"


NILPOTENT, CANCELLING = _matrix(0, 2, 0, 0), _matrix(2, -2, 2, -2)


def norm_two_dies_at_once() -> Claim:
    """[[0, 2], [0, 0]]: sigma_1 = 2 and nothing left after two steps."""
    found = measured.counterexamples()
    return Claim(
        value=float(found["after_1"][2]),
        bound=0.0,
        relation="==",
        es=f"Un valor singular mayor que 1 no basta: $W = {NILPOTENT}$ tiene "
        "$\\sigma_1 = {norm:.0f}$, y la norma de $W^2$ es {value:.0f}.",
        en=f"A singular value above 1 is not enough: $W = {NILPOTENT}$ has "
        "$\\sigma_1 = {norm:.0f}$, and the norm of $W^2$ is {value:.0f}.",
        numbers={"norm": found["norm_1"]},
    )


def radius_zero_explodes() -> Claim:
    """Spectral radius 0, and a 30-step Jacobian of norm 1.5e9 through tanh."""
    found = measured.counterexamples()
    return Claim(
        value=found["explosion"],
        bound=1e9,
        relation=">=",
        es=f"Un radio espectral 0 tampoco protege: $W = {CANCELLING}$ tiene "
        "$W^2 = 0$, y con tanh, donde la segunda unidad se satura "
        "($1 - h^2 = {slope:.1e}$), el jacobiano de 30 pasos tiene norma "
        "{value:.1e}: cada paso multiplica por {factor:.4f}.",
        en="A spectral radius of 0 does not protect either: "
        f"$W = {CANCELLING}$ has $W^2 = 0$, and with tanh, where the second "
        "unit saturates ($1 - h^2 = {slope:.1e}$), the 30-step Jacobian has "
        "norm {value:.1e}: each step multiplies by {factor:.4f}.",
        numbers={
            "slope": float(found["slopes"][1]),
            "factor": found["factor"],
        },
    )


def explosion_is_unstable() -> Claim:
    """From 1e-6 away the state leaves the fixed point, and it vanishes."""
    apart, c = 1e-6, math.tanh(5.0)
    W = 2 * torch.tensor([[1.0, -1.0], [1.0, -1.0]], dtype=torch.float64)
    b = torch.tensor([2 * c, 5 + 2 * c], dtype=torch.float64)
    start = torch.tensor([apart, c], dtype=torch.float64)
    h = gradients.states(b.expand(30, 2), W, start)
    return Claim(
        value=gradients.spectral_norm(gradients.jacobians(h, W)[0]),
        bound=0.1,
        relation="<=",
        es="El punto fijo de ese ejemplo, de radio 0, es inestable: desde "
        "{apart:.0e} más allá en la primera unidad, a los 30 pasos esa unidad "
        "está en {first:.2f} en vez de 0, y la norma del jacobiano es "
        "{value:.2f}.",
        en="The fixed point of that example, with radius 0, is unstable: from "
        "{apart:.0e} away in the first unit, after 30 steps that unit is at "
        "{first:.2f} instead of 0, and the norm of the Jacobian is "
        "{value:.2f}.",
        numbers={"apart": apart, "first": float(h[-1][0])},
    )


def starts_differ() -> Claim:
    """Orthogonal and identity keep more of the gradient than torch's start."""
    found = measured.through_time()
    last = found["last"]
    return Claim(
        value=float(last[0, 2] / last[0, 1]),
        bound=1e6,
        relation=">=",
        es="A 50 pasos, con tanh, de un gradiente de norma 1 quedan "
        "{torch:.1e} con los pesos iniciales de PyTorch y {orthogonal:.1e} "
        "con $W_{hh}$ ortogonal: {value:.1e} veces más. Con la logística, "
        "cuya pendiente no pasa de 1/4, ningún comienzo lo salva: "
        "{logistic:.1e}.",
        en="At 50 steps, with tanh, of a gradient of norm 1 there remain "
        "{torch:.1e} with PyTorch's initial weights and {orthogonal:.1e} with "
        "$W_{hh}$ orthogonal: {value:.1e} times as much. With the logistic, "
        "whose slope does not exceed 1/4, no start saves it: {logistic:.1e}.",
        numbers={
            "torch": float(last[0, 1]),
            "orthogonal": float(last[0, 2]),
            "logistic": float(last[1].max()),
        },
    )


def deep_networks_too() -> Claim:
    """In 20 logistic layers the first gets almost nothing; in 3, enough."""
    found = measured.depth()
    return Claim(
        value=found["ratio"],
        bound=1e10,
        relation=">=",
        es="No hace falta recurrencia: en una red común de {layers:d} capas "
        "logísticas el gradiente de la última capa es {value:.1e} veces el de "
        "la primera; con 3 capas, {shallow:.0f} veces.",
        en="It takes no recurrence: in an ordinary network of {layers:d} "
        "logistic layers the gradient of the last layer is {value:.1e} times "
        "that of the first; with 3 layers, {shallow:.0f} times.",
        numbers={
            "layers": found["layers"],
            "shallow": found["shallow_ratio"],
        },
    )


def clipping_keeps_the_direction() -> Claim:
    """By the global norm the cosine is 1; per tensor and by value it is not."""
    found = measured.clipping()
    by_norm, by_tensor, by_value = found["cosine"]
    return Claim(
        value=abs(1 - by_norm),
        bound=1e-12,
        relation="<=",
        es="Recortar por la norma global conserva la dirección: el coseno "
        "difiere de 1 en {value:.1e}. Recortar cada tensor por su cuenta lo "
        "deja en {tensor:.2f}, y cada número, en {each:.2f}. La norma era "
        "{whole:,d} y queda en {limit:.0f}.",
        en="Clipping by the global norm keeps the direction: the cosine "
        "differs from 1 by {value:.1e}. Clipping each tensor on its own "
        "leaves it at {tensor:.2f}, and each number, at {each:.2f}. The norm "
        "was {whole:,d} and becomes {limit:.0f}.",
        numbers={
            "tensor": by_tensor,
            "each": by_value,
            "whole": found["whole"],
            "limit": found["limit"],
        },
    )


def thrown_off_the_cliff() -> Claim:
    """One step beyond the edge throws descent out; clipped, it stays."""
    found = measured.cliff()
    return Claim(
        value=found["thrown_loss"] / found["held_loss"],
        bound=10.0,
        relation=">=",
        es="En el paso {after:d} el descenso pisa el acantilado: un gradiente "
        "de norma {largest:.1f} lo tira a {jump:.1f} de distancia y la "
        "pérdida se queda en {thrown:.3f}. Recortado a {limit:.1f}, se queda "
        "en el valle y llega a {held:.4f}.",
        en="At step {after:d} descent hits the cliff: a gradient of norm "
        "{largest:.1f} throws it {jump:.1f} away and the loss stays at "
        "{thrown:.3f}. Clipped at {limit:.1f}, it stays in the valley and "
        "gets to {held:.4f}.",
        numbers={
            "after": found["after"],
            "largest": found["largest"],
            "jump": found["jump"],
            "thrown": found["thrown_loss"],
            "held": found["held_loss"],
            "limit": found["limit"],
        },
    )


def long_sums_are_not_learnt() -> Claim:
    """Adding problem: the simple network stays at 1/6, the LSTM does not."""
    found = training.adding()
    best = float(found["best"][0, -1])
    return Claim(
        value=best / found["constant"],
        bound=0.9,
        relation=">=",
        es="Sumar dos números marcados en {T:d} pasos: tras {steps:d} pasos de "
        "entrenamiento la mejor de {seeds:d} RNN simples tiene un error de "
        "{best:.3f}, {value:.2f} veces el de responder siempre 1 "
        "({constant:.3f}); la peor de {seeds:d} LSTM, {lstm:.4f}. Con "
        "{short:d} pasos la RNN simple aprende: {easy:.3f}.",
        en="Adding two numbers marked among {T:d} steps: after {steps:d} "
        "training steps the best of {seeds:d} simple RNNs has an error of "
        "{best:.3f}, {value:.2f} times that of always answering 1 "
        "({constant:.3f}); the worst of {seeds:d} LSTMs, {lstm:.4f}. With "
        "{short:d} steps the simple RNN learns: {easy:.3f}.",
        numbers={
            "T": found["lengths"][-1],
            "steps": found["training_steps"],
            "seeds": found["seeds"],
            "best": best,
            "constant": found["constant"],
            "lstm": float(found["worst"][1, -1]),
            "short": found["lengths"][0],
            "easy": float(found["worst"][0, 0]),
        },
    )


def the_lstm_finds_the_way_out() -> Claim:
    """Trained to add, the LSTM feels lag 25 about as it feels lag 0."""
    found = training.reach()
    simple, gated = (float(share) for share in found["half"])
    return Claim(
        value=gated,
        bound=0.5,
        relation=">=",
        es="Después de entrenar, la respuesta de la LSTM siente la entrada de "
        "25 pasos antes {value:.2f} veces lo que siente la última; la de la "
        "RNN simple, {simple:.1e} veces. Al empezar ninguna de las dos la "
        "sentía: {begun:.1e} la LSTM y {simple_begun:.1e} la RNN simple.",
        en="After training, the LSTM's answer feels the input of 25 steps "
        "before {value:.2f} times as much as the last one; that of the simple "
        "RNN, {simple:.1e} times. At first neither felt it: "
        "{begun:.1e} the LSTM and {simple_begun:.1e} the simple RNN.",
        numbers={
            "simple": simple,
            "begun": float(found["begun"][1, 25] / found["begun"][1, 0]),
            "simple_begun": float(found["begun"][0, 25] / found["begun"][0, 0]),
        },
    )
