"""What a widget says in words, and works out in formulas, is what Python gets.

Each state has the numbers of its sentence and of its formulas, all of them and
in their order, and between them the words that depend on the numbers.
"""

import math
import re

import pytest
from playing import both_languages
from states import NUMBERS, written

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

Number = tuple[float, str]
Words = dict[str, str]
Parts = list[Number | Words]


def words(es: str, en: str) -> Words:
    return {"es": es, "en": en}


def of_gates(_: str) -> Parts:
    x, h, c, b_i, b_f, b_o, b_c = -1.5, 0.5, 1.2, -2.0, 3.0, 1.0, 0.5
    steps = gates.run(x, h, c, b_i, b_f, b_o, b_c, True, 20)
    now, last = steps[0], steps[-1]
    i, f, o, g = (now[gate] for gate in "ifog")
    shown = [now["written"], now["h"], 20, last["c"], last["h"]]
    formulas = [b_f, f, x, b_i, i, x, b_o, o]
    formulas += [0.5, 0.8, 0.5, x, 0.8, h, b_c, g]
    formulas += [f, c, i, g, now["c"], o, now["c"], now["h"]]
    return [
        (100 * f, ".0f"),
        *((v, "d" if v == 20 else ".2f") for v in [*shown, *formulas]),
    ]


def left(h: list[float]) -> Parts:
    if abs(h[-1]) >= abs(h[1]):
        return [words("No se pierde", "It is not lost")]
    if pulse.half(h) < 0:
        return [(30, "d"), words("más de la mitad", "more than half")]
    return [words("se pierde en", "is lost in"), (pulse.half(h), "d")]


def of_pulse(start: float, r: float, z: float, b: float, variant: str):
    def parts(_: str) -> Parts:
        after, before = (
            pulse.run(start, r, z, b, one, 30) for one in ("after", "before")
        )
        h = after if variant == "after" else before
        apart = max(abs(v - w) for v, w in zip(after, before, strict=True))
        made = pulse.candidate(0.0, h[1], r, b, variant)
        inside = [r, 0.8] if variant == "after" else [0.8, r]
        return [
            *((v, ".2f") for v in (r, z, h[1])),
            (30, "d"),
            (h[30], "short"),
            *left(h),
            *(
                [words("se apartan", "differ"), (apart, "short")]
                if apart
                else [words("coinciden", "agree")]
            ),
            *((v, ".2f") for v in (*inside, h[1], b, made)),
            (1, "d"),
            *((v, ".2f") for v in (z, h[1], 1 - z, made, h[2])),
        ]

    return parts


def of_vanish(*state, fate: Words, lost: Words | None = None):
    *given, steps = state

    def longest(J) -> float:
        return max(math.hypot(*value) for value in vanish.eigenvalues(J))

    def parts(_: str) -> Parts:
        J, W = vanish.jacobian(*given), vanish.matrix(*given[:4])
        norms = vanish.norms(J, steps)
        radii = [longest(J)] if J == W else [longest(W), longest(J)]
        found: Parts = [(v, ".2f") for v in (*radii, vanish.norm(J))]
        found += [(steps, "d"), (norms[-1], "short"), fate]
        return found + ([lost, (vanish.lost(norms), "d")] if lost else [])

    return parts


def of_forecast(_: str) -> Parts:
    data, q = export.series("temperature"), 15
    truth = forecast.came(data, 7)
    away = [
        forecast.error(forecast.said(data, model, "fed", 7), truth, q)
        for model in ("LSTM", "persistence")
    ]
    skill = forecast.skill(data, "LSTM", "fed", 7, q)
    return [
        (q, "d"),
        *((v, ".3f") for v in (*away, skill, data["skill"]["LSTM"])),
    ]


def of_terms(term: int):
    def parts(_: str) -> Parts:
        state = ("xh", 4, -0.7, 1.3, 0.9, "tanh")
        rows, exact = terms.terms(*state), terms.gradient(*state)
        row = rows[term - 1]
        done = term == len(rows)
        return [
            *((v, "d") for v in (term, len(rows), row["j"], row["t"])),
            *((row[key], ".4f") for key in ("value", "sum")),
            *([] if done else [(exact, ".4f")]),
            *((v, ".4f") for v in [*row["factors"], row["value"]]),
            *((v, ".4f") for v in (row["sum"], exact)),
        ]

    return parts


def of_factors(step: int):
    def parts(_: str) -> Parts:
        data = [0.5, 0.8, 0.01, 0.99]
        paths = factors.paths(3, list(backprop.Weights()), data)
        every = [factor["value"] for path in paths for factor in path]
        totals = [factors.product(path) for path in paths]
        said: Parts = [(step, "d"), (10, "d"), (every[step - 1], ".4f")]
        if step < 10:
            chips = [(v, ".4f") for v in every[:step]]
            return [*said, (10 - step, "d"), *chips]
        for path, total in zip(paths, totals, strict=True):
            said += [(factor["value"], ".4f") for factor in path]
            said += [(total, ".6f")]
        gradient = (sum(totals), ".6f")
        added = [(totals[0], ".6f"), (abs(totals[1]), ".6f"), gradient]
        return [*said[:3], gradient, *said[3:], *added]

    return parts


def of_cliff(w: float, b: float, rate: float, limit: float, steps: int):
    def outside(point) -> bool:
        return not (3 <= point[0] <= 6.6 and -2.8 <= point[1] <= 2.5)

    def parts(_: str) -> Parts:
        free = cliff.descend(w, b, rate, steps, None)
        held = cliff.descend(w, b, rate, steps, limit)
        left = [k for k, point in enumerate(free) if outside(point)][:1]
        clipped = sum(point[3] > limit for point in held[:-1])
        return [
            (steps, "d"),
            (free[-1][2], "short"),
            *((k, "d") for k in left),
            (limit, ".2f"),
            (held[-1][2], "short"),
            (clipped, "d"),
            (max(point[3] for point in free[:-1]), "short"),
        ]

    return parts


def of_order(_: str) -> Parts:
    chosen = [3, 1, 4, 0, 2]
    last, first = order.states(chosen)[-1], order.states([0, 1, 2, 3, 4])[-1]
    values = [*order.bag(chosen), *last, math.dist(last, first)]
    return [(v, ".3f") for v in values]


def of_scan(_: str) -> Parts:
    joins = scan.joins(11)
    return [(v, "d") for v in (11, 10, sum(joins), len(joins), 4, 11)]


def of_stack(_: str) -> Parts:
    total = stack.total("GRU", 12, 20, 3, 2, 2)
    turns = stack.waits(5, 3, 2)
    return [
        *((v, ",d") for v in (3, total, 40, 6, 20, turns)),
        *((v, "d") for v in (40, 5, 40, 6, 20)),
    ]


def of_unroll(_: str) -> Parts:
    counts = unroll.recurrent(3, 5, 2), unroll.window(3, 5, 2, 9)
    return [(v, "d") for v in (9, *counts)]


def of_keyboard(language: str) -> Parts:
    net, counts = export.network(language, "lstm"), export.words(language)
    forms = counts["forms"]
    read = keyboard.encode(keyboard.words("la red"), forms)
    both = keyboard.run(net, read)["p"], keyboard.bigram(counts, read[-1])

    def share(p: float) -> Number:
        return 100 * max(p, 1e-3), ".1f" if p < 0.0995 else ".0f"

    found: Parts = []
    for p in both:
        for one in keyboard.suggestions(p, forms, 3, ""):
            found += [words(one["word"], one["word"]), share(one["p"])]
    shares = net["tracked"]["right"], net["agreement"], counts["agreement"]
    found += [share(v / 100) for v in (*shares, counts["coverage"])]
    return found + [(one["perplexity"], ".1f") for one in (net, counts)]


GOES = words("se desvanece", "it vanishes")
GROWS = words("puede explotar", "it can explode")
STATES = [
    ("gates", "", of_gates),
    ("pulse", "", of_pulse(0.2, 0.4, 0.7, 0.5, "after")),
    ("pulse", ";variant=before", of_pulse(0.2, 0.4, 0.7, 0.5, "before")),
    ("vanish", "", of_vanish(1.2, 60.0, 1.5, 20.0, "tanh", 0.5, 1.0, 12,
                             fate=GOES)),
    ("forecast", "", of_forecast),
    ("terms", "", of_terms(1)),
    ("terms", ";term=10", of_terms(10)),
    ("factors", "", of_factors(1)),
    ("factors", ";step=10", of_factors(10)),
    ("cliff", "", of_cliff(4.5, -1.2, 0.5, 0.2, 8)),
    ("order", "", of_order),
    ("scan", "", of_scan),
    ("stack", "", of_stack),
    ("unroll", "", of_unroll),
    ("keyboard", "", of_keyboard),
]  # fmt: skip
OTHERS = [
    ("pulse", "", of_pulse(0.0, 1.0, 0.8, 0.0, "after")),
    ("pulse", "z=1;start=0.5", of_pulse(0.5, 1.0, 1.0, 0.0, "after")),
    ("cliff", "", of_cliff(4.3, -1.6, 1.0, 0.1, 100)),
    ("vanish", "rho=0.1;theta=0;steps=100",
     of_vanish(0.1, 0.0, 0.0, 0.0, "identity", 0.0, 0.0, 100, fate=GOES,
               lost=words("ya es cero en el paso", "it is zero by step"))),
    ("vanish", "rho=2;theta=0;shear=-4;axes=45;activation=tanh;a_2=6;steps=100",
     of_vanish(2.0, 0.0, -4.0, 45.0, "tanh", 0.0, 6.0, 100, fate=GROWS,
               lost=words("desborda en el paso", "it overflows at step"))),
]  # fmt: skip
ALL = [(name, NUMBERS[name][0] + more, of) for name, more, of in STATES]
ALL += OTHERS

NUMBER = re.compile(
    r"(?<!\w)−?\d+(?:[.,\u202f]\d+)*(?:\u00a0×\u00a010[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
)

# Without what is lowered or raised: h_2 has no number.
TOLD = """widget => [...widget.querySelectorAll(
    '.play-says, .play-formulas li, .play-total, .play-product b')]
  .map(node => {
    const told = node.cloneNode(true)
    told.querySelectorAll('sub, sup').forEach(mark => mark.remove())
    return told.textContent
  }).join('\\n')"""


def test_every_widget_has_its_sentence_compared():
    assert {name for name, _, _ in STATES} == set(NUMBERS)


@pytest.mark.parametrize(
    ("name", "state", "of"), ALL, ids=[f"{one[0]}: {one[1]}" for one in ALL]
)
@both_languages
def test_what_a_widget_says_is_what_python_gets(
    opened, language, name, state, of
):
    told = opened(name, language, state).evaluate(TOLD)
    parts = [
        part[language] if isinstance(part, dict) else written(*part, language)
        for part in of(language)
    ]
    assert re.search(".*?".join(map(re.escape, parts)), told, re.S), parts
    numbers = [part for part in parts if NUMBER.fullmatch(part)]
    assert NUMBER.findall(told) == numbers
