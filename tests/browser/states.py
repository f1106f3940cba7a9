"""The states in which widgets are looked at, and what Python gets in them."""

from rnncourse import backprop
from rnncourse.play import (
    cliff,
    export,
    factors,
    forecast,
    gates,
    keyboard,
    order,
    pulse,
    scan,
    stack,
    terms,
    unroll,
    vanish,
)
from rnncourse.words import number


def rows_of_gates() -> list[list[tuple[float, str]]]:
    steps = gates.run(-1.5, 0.5, 1.2, -2.0, 3.0, 1.0, 0.5, True, 20)
    return [[(step[key], ".3f") for key in "ifogch"] for step in steps]


def rows_of_vanish() -> list[list[tuple[float, str]]]:
    J = vanish.jacobian(1.2, 60.0, 1.5, 20.0, "tanh", 0.5, 1.0)
    return [[(value, "short")] for value in vanish.norms(J, 12)]


def rows_of_terms() -> list[list[tuple[float, str]]]:
    found = terms.terms("xh", 4, -0.7, 1.3, 0.9, "tanh")
    return [[(row["value"], ".4f"), (row["sum"], ".4f")] for row in found]


def rows_of_pulse() -> list[list[tuple[float, str]]]:
    both = [
        pulse.run(0.2, 0.4, 0.7, 0.5, variant, 30)
        for variant in ("before", "after")
    ]
    return [[(a, ".4f"), (b, ".4f")] for a, b in zip(*both, strict=True)]


def rows_of_factors() -> list[list[tuple[float, str]]]:
    data = [0.5, 0.8, 0.01, 0.99]
    paths = factors.paths(3, list(backprop.Weights()), data)
    return [[(factor["value"], ".6f")] for path in paths for factor in path]


def rows_of_unroll() -> list[list[tuple[float, str]]]:
    count = unroll.recurrent(3, 5, 2)
    return [[(h, ".4f"), (count, "d")] for h in unroll.states(9)]


def rows_of_order() -> list[list[tuple[float, str]]]:
    return [[(v, ".3f") for v in h] for h in order.states([3, 1, 4, 0, 2])]


def rows_of_cliff() -> list[list[tuple[float, str]]]:
    free = cliff.descend(4.5, -1.2, 0.5, 8, None)
    held = cliff.descend(4.5, -1.2, 0.5, 8, 0.2)
    return [
        [(a[2], ".3f"), (a[3], "short"), (b[2], ".3f"), (b[3], "short")]
        for a, b in zip(free, held, strict=True)
    ]


def rows_of_scan() -> list[list[tuple[float, str]]]:
    last = scan.levels(11)[-1]
    return [
        [(h, ".4f"), (pair[1], ".4f")]
        for h, pair in zip(scan.loop(11), last, strict=True)
    ]


def rows_of_stack() -> list[list[tuple[float, str]]]:
    found = stack.layers("GRU", 12, 20, 3, 2, 2)
    keys = ("reads", "gives", "parameters")
    return [[(layer[key], ",d") for key in keys] for layer in found]


def rows_of_keyboard(language: str) -> list[list[tuple[float, str]]]:
    net, counts = export.network(language, "lstm"), export.words(language)
    forms = counts["forms"]
    read = keyboard.encode(keyboard.words("la red"), forms)
    p = keyboard.run(net, read)["p"]
    other = keyboard.bigram(counts, read[-1])
    best = keyboard.suggestions(p, forms, 10, "")
    places = [forms.index(one["word"]) for one in best]
    return [[(p[k], "short"), (other[k], "short")] for k in places]


def rows_of_forecast() -> list[list[tuple[float, str]]]:
    data = export.series("temperature")
    lines = [
        forecast.came(data, 7),
        forecast.said(data, "LSTM", "fed", 7),
        forecast.said(data, "persistence", "fed", 7),
    ]
    rows = zip(*lines, strict=True)
    return [[(value, ".3f") for value in row] for row in rows][:15]


# the state that an address gives, and the last columns of the table then
NUMBERS = {
    "gates": (
        "x=-1.5;h=0.5;c=1.2;b_i=-2;b_f=3;b_o=1;b_c=0.5;input=held",
        rows_of_gates,
    ),
    "vanish": (
        "rho=1.2;theta=60;shear=1.5;axes=20;activation=tanh;a_1=0.5;a_2=1;"
        "steps=12",
        rows_of_vanish,
    ),
    "terms": ("weight=xh;T=4;W_xh=-0.7;W_hh=1.3;W_hq=0.9", rows_of_terms),
    "pulse": ("r=0.4;z=0.7;b=0.5;start=0.2", rows_of_pulse),
    "factors": ("weight=3;i1=0.5;i2=0.8", rows_of_factors),
    "unroll": ("T=9;D=3;H=5;Q=2", rows_of_unroll),
    "order": ("order=31402", rows_of_order),
    "cliff": ("w=4.5;b=-1.2;rate=0.5;limit=0.2;steps=8", rows_of_cliff),
    "scan": ("n=11;level=4", rows_of_scan),
    "stack": ("kind=GRU;ways=2;depth=3;D=12;H=20", rows_of_stack),
    "keyboard": ("on=1;kind=lstm;text=la%20red%20", rows_of_keyboard),
    "forecast": (
        "series=temperature;model=LSTM;how=fed;horizon=15;cut=7",
        rows_of_forecast,
    ),
}


def short(value: float, language: str) -> str:
    if value == int(value) and abs(value) < 1e6:
        return number(value, ",d", language)
    digits = ".3f" if 1e-2 <= abs(value) < 1e5 else ".1e"
    return number(value, digits, language)


def written(value: float, digits: str, language: str) -> str:
    if digits == "short":
        return short(value, language)
    return number(value, digits, language)
