"""Figures of the home page and of the simple recurrent network."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rnncourse.data import log_returns, stock_prices
from rnncourse.experiments.rnn import W_HH, W_XH, states
from rnncourse.experiments.rnn import echo as measured_echo
from rnncourse.experiments.rnn import scalar as measured_scalar
from rnncourse.figures.style import (
    Drawing,
    arrow,
    canvas,
    loop,
    node,
    numbered,
    palette,
    stage,
)
from rnncourse.words import Say

LOW, MIDDLE, HIGH = 0.75, 1.75, 2.75  # of inputs, states and outputs, inches


def _colours() -> tuple[str, str, str]:
    """Of inputs, states and outputs; their weights wear the same."""
    state, entry, output = palette().series[:3]
    return entry, state, output


def _beside(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.text(x + 0.06, y, text, color=colour, fontsize=12, va="center")


def _above(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.text(x, y + 0.11, text, color=colour, fontsize=12, ha="center")


def _column(
    axes: Axes, x: float, texts: Sequence[str], weights: Sequence[str]
) -> None:
    """One step: input, state and output, with their weights."""
    entry, state, output = _colours()
    node(axes, (x, LOW), texts[0], entry, box=True)
    node(axes, (x, MIDDLE), texts[1], state)
    node(axes, (x, HIGH), texts[2], output, box=True)
    arrow(axes, (x, LOW), (x, MIDDLE), entry)
    arrow(axes, (x, MIDDLE), (x, HIGH), output)
    _beside(axes, x, (LOW + MIDDLE) / 2, weights[0], entry)
    _beside(axes, x, (MIDDLE + HIGH) / 2, weights[1], output)


def _link(
    axes: Axes, start: float, end: float, text: str, gap: float = 0.36
) -> None:
    state = _colours()[1]
    arrow(axes, (start, MIDDLE), (end, MIDDLE), state, gap=gap)
    _above(axes, (start + end) / 2, MIDDLE, text, state)


def unrolled(say: Say) -> Drawing:
    """The loop, and the chain it becomes when drawn along time."""
    figure, axes = stage(5.6, 3.35)
    state, ink = _colours()[1], palette().ink
    names = ("$W_{xh}$", "$W_{hq}$")
    _column(axes, 0.38, ("$x_t$", "$h_t$", r"$\hat y_t$"), names)
    loop(axes, (0.38, MIDDLE), state)
    _beside(axes, 1.1, MIDDLE, "$W_{hh}$", state)
    axes.text(1.68, MIDDLE, "=", fontsize=18, ha="center", va="center")
    node(axes, (2.03, MIDDLE), "$h_0$", state, size=0.22, fill=0, fontsize=12)
    for x, t in ((2.95, "1"), (4.0, "2"), (5.2, "T")):
        texts = (f"$x_{t}$", f"$h_{t}$", rf"$\hat y_{t}$")
        _column(axes, x, texts, names)
    _link(axes, 1.97, 2.95, "$W_{hh}$", gap=0.33)
    _link(axes, 2.95, 4.0, "$W_{hh}$", gap=0.33)
    arrow(axes, (4.0, MIDDLE), (4.78, MIDDLE), state, gap=0.33)
    axes.text(4.6, MIDDLE + 0.02, "···", fontsize=14, ha="center", va="center")
    arrow(axes, (4.42, MIDDLE), (5.2, MIDDLE), state, gap=0.33)
    for x, words in (
        (0.62, say(es="el lazo", en="the loop")),
        (3.75, say(es="desplegada en el tiempo", en="unrolled in time")),
    ):
        axes.text(x, 0.12, words, ha="center", fontsize=12, color=ink)
    return Drawing(
        figure,
        say(
            es="A la izquierda, un nodo de estado h con una flecha que vuelve "
            "sobre sí mismo, entrada x abajo y salida y arriba. A la derecha, "
            "la misma red como una cadena: h0, h1, h2, hasta hT, cada paso con "
            "su entrada y su salida y con los mismos pesos.",
            en="On the left, a state node h with an arrow back into itself, "
            "input x below and output y above. On the right, the same network "
            "as a chain: h0, h1, h2, up to hT, each step with its input and "
            "its output and with the same weights.",
        ),
        say(
            es="La misma red dibujada dos veces. El color dice qué pesos se "
            "usan: los tres colores se repiten en cada paso porque los pesos "
            "son los mismos.",
            en="The same network drawn twice. The colour says which weights "
            "are used: the three colours repeat at each step because the "
            "weights are the same.",
        ),
    )


def scalar(say: Say) -> Drawing:
    """The three steps by hand, with their numbers on the chain."""
    found = measured_scalar()
    figure, axes = stage(5.6, 3.35)
    state, faint = _colours()[1], palette().faint
    half, four_fifths, two = (
        rf"$\times\,{say.tex(weight, digits)}$"
        for weight, digits in ((W_XH, ".1f"), (W_HH, ".1f"), (2, ".0f"))
    )
    node(axes, (0.5, MIDDLE), "0", state, size=0.24, fill=0, fontsize=12)
    previous = 0.5
    for t, x in enumerate((1.75, 3.25, 4.75), start=1):
        texts = [
            say.number(found[name][t], digits)
            for name, digits in (("x", ".0f"), ("h", ".2f"), ("y_hat", ".2f"))
        ]
        _wide_column(axes, x, texts, (half, two))
        _link(axes, previous, x, four_fifths, gap=0.42)
        axes.text(x, 0.08, f"$t = {t}$", ha="center", fontsize=12, color=faint)
        previous = x
    return Drawing(
        figure,
        say(
            es="Cadena de tres pasos con números: entradas 1, 0 y −1; "
            f"estados {_list(say, found['h'])}; "
            f"salidas {_list(say, found['y_hat'])}.",
            en="Chain of three steps with numbers: inputs 1, 0 and −1; "
            f"states {_list(say, found['h'])}; "
            f"outputs {_list(say, found['y_hat'])}.",
        ),
        say(
            es="El ejemplo de tres pasos. En cada círculo, tanh de la suma de "
            "las dos flechas que llegan.",
            en="The three-step example. In each circle, tanh of the sum of the "
            "two arrows that arrive.",
        ),
    )


def _list(say: Say, values: NDArray[np.float64]) -> str:
    return "; ".join(say.number(value, ".2f") for value in values[1:])


def _wide_column(
    axes: Axes, x: float, texts: Sequence[str], weights: Sequence[str]
) -> None:
    entry, state, output = _colours()
    node(
        axes, (x, LOW - 0.05), texts[0], entry, box=True, size=0.3, fontsize=12
    )
    node(axes, (x, MIDDLE), texts[1], state, size=0.36, fontsize=12)
    node(
        axes,
        (x, HIGH + 0.1),
        texts[2],
        output,
        box=True,
        size=0.34,
        fontsize=12,
    )
    arrow(axes, (x, LOW - 0.05), (x, MIDDLE), entry, gap=0.4)
    arrow(axes, (x, MIDDLE), (x, HIGH + 0.1), output, gap=0.4)
    _beside(axes, x, (LOW + MIDDLE) / 2 - 0.05, weights[0], entry)
    _beside(axes, x, (MIDDLE + HIGH) / 2 + 0.05, weights[1], output)


def shapes(say: Say) -> Drawing:
    """Which steps have an input, and which an output."""
    figure, axes = stage(5.6, 4.5)
    entry, state, output = _colours()
    kinds = [
        (say(es="de uno a muchos", en="one to many"), "1000", "1111"),
        (say(es="de muchos a uno", en="many to one"), "1111", "0001"),
        (say(es="de muchos a muchos", en="many to many"), "1111", "1111"),
        (
            say(es="leer y después escribir", en="read, then write"),
            "1100",
            "0011",
        ),
    ]
    for i, (words, inputs, outputs) in enumerate(kinds):
        left, base = 0.4 + 2.9 * (i % 2), 2.72 if i < 2 else 0.42
        axes.text(left + 0.98, base + 1.6, words, ha="center", fontsize=12.5)
        for t in range(4):
            x = left + 0.65 * t
            y = base + 0.72
            node(axes, (x, y), "", state, size=0.17)
            if t:
                arrow(axes, (x - 0.65, y), (x, y), state, gap=0.19)
            if inputs[t] == "1":
                node(axes, (x, base), "", entry, size=0.15, box=True)
                arrow(axes, (x, base), (x, y), entry, gap=0.19)
            if outputs[t] == "1":
                node(axes, (x, base + 1.38), "", output, size=0.15, box=True)
                arrow(axes, (x, y), (x, base + 1.38), output, gap=0.19)
    return Drawing(
        figure,
        say(
            es="Cuatro cadenas de cuatro estados. De uno a muchos: entrada "
            "solo en el primero, salida en todos. De muchos a uno: entrada en "
            "todos, salida solo en el último. De muchos a muchos: entrada y "
            "salida en todos. Leer y después escribir: entrada en los dos "
            "primeros, salida en los dos últimos.",
            en="Four chains of four states. One to many: an input at the first "
            "only, an output at all. Many to one: an input at all, an output "
            "at the last only. Many to many: an input and an output at all. "
            "Read, then write: an input at the first two, an output at the "
            "last two.",
        ),
        say(
            es="La misma celda (círculos), con entradas (abajo) y salidas "
            "(arriba) en distintos pasos.",
            en="The same cell (circles), with inputs (below) and outputs "
            "(above) at different steps.",
        ),
    )


def echo(say: Say) -> Drawing:
    """How an input at step 1 fades along the states."""
    found = measured_echo()
    figure, axes = stage(5.6, 2.75)
    state, ink, faint = _colours()[1], palette().ink, palette().faint
    left, gap, rows = 1.42, 0.305, []
    for row, (weight, h) in enumerate(
        zip(found["weights"], found["states"], strict=True)
    ):
        y = 1.85 - 0.5 * row
        digits = ".2f" if weight == 0.95 else ".1f"
        shown = say.tex(weight, digits)
        axes.text(0.05, y, f"$W_{{hh}} = {shown}$", va="center", fontsize=12.5)
        axes.plot([left, left + 11 * gap], [y, y], color=faint, lw=0.8, ls="-")
        for t, value in enumerate(h):
            share = float(value / h[0])
            node(axes, (left + t * gap, y), "", state, size=0.125, fill=share)
        left_over = say.number(100 * float(h[-1] / h[0]), ".0f")
        rows.append((say.number(weight, "g"), left_over))
        axes.text(
            5.55, y, f"{left_over} %", va="center", ha="right", fontsize=12
        )
    for t in (1, 4, 8, 12):
        x = left + (t - 1) * gap
        axes.text(x, 2.2, f"$h_{{{t}}}$", ha="center", fontsize=12.5)
    axes.annotate(
        say(es="una sola entrada, aquí", en="a single input, here"),
        (left, 2.42), (left + 0.35, 2.55), fontsize=12, color=ink, va="center",
        arrowprops={"arrowstyle": "-|>", "color": ink, "shrinkA": 2},
    )  # fmt: skip
    ends = "; ".join(
        say(es=f"con {weight}, {share} %", en=f"with {weight}, {share} %")
        for weight, share in rows
    )
    return Drawing(
        figure,
        say(
            es="Cuatro filas de doce círculos: el estado después de una única "
            "entrada en el primer paso, que se apaga más despacio cuanto mayor "
            f"es el peso recurrente. En el último queda: {ends}.",
            en="Four rows of twelve circles: the state after a single input at "
            "the first step, which fades more slowly the larger the recurrent "
            f"weight. At the last there remains: {ends}.",
        ),
        say(
            es="Qué recuerda una red de un solo estado: una entrada en el paso "
            "1, silencio después, y cuánto de su huella queda en cada estado "
            "(a la derecha, en el último). Este curso trata de esa huella: "
            "cómo se forma, por qué se borra y cómo conservarla.",
            en="What a network of a single state remembers: one input at step "
            "1, silence after it, and how much of its trace is left in each "
            "state (on the right, in the last). This course is about that "
            "trace: how it is made, why it fades and how to keep it.",
        ),
    )


def prices(say: Say) -> Drawing:
    """Apple's adjusted closing price, 2000 to 2013."""
    series = stock_prices("AAPL")
    figure, axes = canvas(5.6, 3.0)
    axes.semilogy(series.dates, series.values, lw=1.3)
    first, last = np.datetime64("2013-01-02"), np.datetime64("2013-03-01")
    axes.axvspan(first, last, color=palette().series[1], alpha=0.35, lw=0)
    axes.set_yticks([1, 3, 10, 30, 100])
    axes.minorticks_off()
    numbered(axes.yaxis, say, "d")
    axes.set_ylabel(say(es="precio (USD)", en="price (USD)"))
    years = range(2000, 2014, 3)
    axes.set_xticks([np.datetime64(f"{y}-01-01") for y in years])
    axes.set_xticklabels([str(y) for y in years])
    axes.grid(axis="y", alpha=0.3, lw=0.6, ls="-")
    return Drawing(
        figure,
        say(
            es="Precio ajustado de cierre de Apple, en escala logarítmica, de "
            f"marzo de 2000 ({say.number(series.values[0], '.2f')} dólares) a "
            f"marzo de 2013 ({say.number(series.values[-1], '.2f')} dólares); "
            "una franja marca los dos últimos meses.",
            en="Apple's adjusted closing price, on a logarithmic scale, from "
            f"March 2000 ({say.number(series.values[0], '.2f')} dollars) to "
            f"March 2013 ({say.number(series.values[-1], '.2f')} dollars); a "
            "band marks the last two months.",
        ),
        say(
            es="Precio diario de cierre de Apple, ajustado por divisiones y "
            "dividendos, en escala logarítmica. La franja es el tramo de la "
            "figura siguiente. Datos: Quandl WIKI Prices (dominio público).",
            en="Apple's daily closing price, adjusted for splits and "
            "dividends, on a logarithmic scale. The band is the stretch of the "
            "next figure. Data: Quandl WIKI Prices (public domain).",
        ),
    )


def along(say: Say) -> Drawing:
    """Price, return and state, day by day, with and without memory."""
    series = stock_prices("AAPL", "2012-12-31", "2013-03-01")
    x = 100 * log_returns(series.values)
    h = states(x, W_XH, W_HH)[1:]
    alone = np.tanh(W_XH * x)
    days = np.arange(1, len(x) + 1)
    dates = series.dates[1:]
    figure, panels = canvas(
        5.6, 5.6, nrows=3, sharex=True, height_ratios=[1.2, 1, 1.5]
    )
    top, middle, bottom = panels
    state, entry, _ = palette().series[:3]
    top.plot(days, series.values[1:], color=palette().ink, lw=1.5)
    top.set_title(say(es="precio (USD)", en="price (USD)"))
    middle.bar(days, x, color=entry, width=0.7)
    middle.set_title(
        say(es="entrada $x_t$: retorno (%)", en="input $x_t$: return (%)")
    )
    bottom.plot(
        days,
        h,
        color=state,
        lw=2,
        label=say(es="con memoria", en="with memory"),
    )
    bottom.plot(
        days,
        alone,
        color=palette().series[3],
        ls=":",
        lw=1.8,
        label=say(es="sin memoria", en="without memory"),
    )
    bottom.set_title(say(es="estado $h_t$", en="state $h_t$"))
    bottom.set_ylim(-1.15, 1.15)
    bottom.legend(
        loc="upper left", bbox_to_anchor=(0.3, 1.28), ncols=2, fontsize=12,
        handlelength=1.6, columnspacing=1, borderpad=0,
    )  # fmt: skip
    shock = int(days[np.argmin(x)])
    months = say(es="ene feb mar", en="Jan Feb Mar").split()
    marks = ["2013-01-02", "2013-01-24", "2013-02-15", "2013-03-01"]
    places = [int(days[dates == np.datetime64(mark)][0]) for mark in marks]
    labels = [f"{int(m[8:])} {months[int(m[5:7]) - 1]}" for m in marks]
    bottom.set_xticks(places, labels)
    for axes in panels:
        axes.axvline(shock, color=palette().faint, lw=0.9, ls="--", zorder=0)
    for axes in (middle, bottom):
        axes.axhline(0, color=palette().faint, lw=0.8, ls="-", zorder=0)
    numbered(top.yaxis, say, "d")
    numbered(middle.yaxis, say, "d")
    numbered(bottom.yaxis, say, ".0f")
    bottom.set_yticks([-1, 0, 1])
    weight = say.tex(W_HH, "g")
    return Drawing(
        figure,
        say(
            es="Tres gráficas de enero y febrero de 2013. El precio de Apple "
            "cae el 24 de enero; el retorno de ese día es de "
            f"{say.number(float(x.min()), '.1f')} por ciento; el estado con "
            "memoria baja a casi menos uno y tarda en volver, el estado sin "
            "memoria salta de un día al otro.",
            en="Three plots of January and February 2013. Apple's price falls "
            "on 24 January; that day's return is "
            f"{say.number(float(x.min()), '.1f')} per cent; the state with "
            "memory drops to almost minus one and takes time to come back, the "
            "state without memory jumps from one day to the next.",
        ),
        say(
            es="La red escalar sobre los retornos diarios de Apple. Con "
            f"memoria, $W_{{hh}} = {weight}$: el estado junta varios días. Sin "
            "memoria, $W_{hh} = 0$: cada día empieza de nuevo.",
            en="The scalar network along Apple's daily returns. With memory, "
            f"$W_{{hh}} = {weight}$: the state gathers several days. Without "
            "memory, $W_{hh} = 0$: each day begins anew.",
        ),
    )
