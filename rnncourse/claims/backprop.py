"""Claims of the chapter on backpropagation."""

from rnncourse.backprop import Data, Weights, forward, gradient
from rnncourse.claims import Claim, most
from rnncourse.experiments import backprop as measured


def published_numbers() -> Claim:
    """The way forward and two gradients, against the published digits."""
    found = measured.factors()
    published = {
        "L": (0.298371109, 5e-10),
        "out_h1": (0.593269992, 5e-10),
        "out_o1": (0.751365070, 5e-10),
        "dw5": (0.0821670406, 5e-11),
        "dw1": (0.000438567734, 5e-13),
    }
    worst = most(
        abs(found[name] - value) / half
        for name, (value, half) in published.items()
    )
    return Claim(
        value=worst,
        bound=1.0,
        relation="<=",
        es="Con los números de Mazur, $\\mathcal L = {L:.9f}$, "
        "$\\partial\\mathcal L/\\partial w_5 = {dw5:.10f}$ y "
        "$\\partial\\mathcal L/\\partial w_1 = {dw1:.12f}$: las cifras "
        "publicadas, hasta el redondeo de la última ({value:.2f} de media "
        "unidad).",
        en="With Mazur's numbers, $\\mathcal L = {L:.9f}$, "
        "$\\partial\\mathcal L/\\partial w_5 = {dw5:.10f}$ and "
        "$\\partial\\mathcal L/\\partial w_1 = {dw1:.12f}$: the published "
        "digits, up to the rounding of the last ({value:.2f} of half a unit).",
        numbers={name: found[name] for name in ("L", "dw5", "dw1")},
    )


def by_hand_is_autograd() -> Claim:
    """The ten gradients, factor by factor, are those of autograd."""
    found = measured.factors()
    return Claim(
        value=found["difference"],
        bound=1e-12,
        relation="<=",
        es="Los {count:d} gradientes, factor por factor, son los de la "
        "diferenciación automática: la mayor diferencia es {value:.1e}.",
        en="The {count:d} gradients, factor by factor, are those of automatic "
        "differentiation: the largest difference is {value:.1e}.",
        numbers={"count": len(Weights._fields)},
    )


def by_hand_is_differences() -> Claim:
    """The ten gradients are central differences of the loss."""
    w, data, step = Weights(), Data(), 1e-5
    gaps = []
    for name, slope in gradient(w, data)._asdict().items():
        ends = [
            forward(
                w._replace(**{name: getattr(w, name) + sign * step}), data
            ).L
            for sign in (1, -1)
        ]
        gaps.append(abs((ends[0] - ends[1]) / (2 * step) - slope))
    return Claim(
        value=most(gaps),
        bound=1e-8,
        relation="<=",
        es="Mover cada peso $\\pm 10^{-5}$ y ver cuánto cambia la pérdida da "
        "los mismos {count:d} gradientes: difieren a lo sumo en {value:.1e}.",
        en="Moving each weight by $\\pm 10^{-5}$ and seeing how much the loss "
        "changes gives the same {count:d} gradients: they differ by at most "
        "{value:.1e}.",
        numbers={"count": len(Weights._fields)},
    )


def missing_factors() -> Claim:
    """Adding dE_k/dout_k alone gives a dL/dw1 that is 14 times too large."""
    found = measured.factors()
    return Claim(
        value=found["times"],
        bound=14.0,
        relation=">=",
        es="Sumar solo $\\partial E_k/\\partial \\mathrm{out}_k$, sin los "
        "factores que faltan hasta $h_1$, da "
        "$\\partial\\mathcal L/\\partial w_1 = {slip:.5f}$ en lugar de "
        "{dw1:.6f}: {value:.1f} veces el valor correcto.",
        en="Adding only $\\partial E_k/\\partial \\mathrm{out}_k$, without "
        "the factors that are missing on the way to $h_1$, gives "
        "$\\partial\\mathcal L/\\partial w_1 = {slip:.5f}$ in place of "
        "{dw1:.6f}: {value:.1f} times the right value.",
        numbers={"slip": found["slip"], "dw1": found["dw1"]},
    )


def descent_lowers_the_loss() -> Claim:
    """One step lowers the loss, ten thousand make it small."""
    found = measured.descent()
    last = float(found["last"][1])
    return Claim(
        value=last,
        bound=1e-4,
        relation="<=",
        es="Con tasa de aprendizaje 0,5 un paso baja la pérdida de "
        "{start:.4f} a {first:.4f}; diez mil pasos, a {value:.1e}. Con tasa "
        "200 sube a {lost:.2f} y ahí se queda.",
        en="With learning rate 0.5 one step lowers the loss from {start:.4f} "
        "to {first:.4f}; ten thousand steps, to {value:.1e}. With rate 200 it "
        "rises to {lost:.2f} and stays there.",
        numbers={
            "start": found["start"],
            "first": float(found["first"][1]),
            "lost": float(found["last"][3]),
        },
    )
