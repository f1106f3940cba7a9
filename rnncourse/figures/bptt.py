"""Figures of the chapter on backpropagation through time."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rnncourse.experiments import bptt as measured
from rnncourse.experiments.rnn import W_HH, W_HQ
from rnncourse.figures.style import (
    Drawing,
    arrow,
    canvas,
    node,
    numbered,
    palette,
    stage,
    tint,
)
from rnncourse.words import Say

MIDDLE, HIGH = 2.05, 3.1  # of states and outputs, inches
COLUMNS = (0.45, 1.8, 3.2, 4.6)  # of steps 0 to 3


def _graph(axes: Axes) -> None:
    """The unrolled scalar network, faint, without the arrows of `path`."""
    faint = palette().faint
    look: dict[str, Any] = {"colour": faint, "gap": 0.34, "alpha": 0.7}
    small: dict[str, Any] = {"fill": 0, "box": True, "size": 0.27}
    for t, x in enumerate(COLUMNS):
        node(axes, (x, MIDDLE), f"$h_{t}$", faint, fill=0)
        if t == 0:
            continue
        node(axes, (x, HIGH), rf"$\hat y_{t}$", faint, **small)
        if t < 3:
            arrow(axes, (x, MIDDLE), (x, HIGH), **look)
        if t == 1:
            arrow(axes, (COLUMNS[0], MIDDLE), (x, MIDDLE), **look)


def path(say: Say) -> Drawing:
    """One term of dL/dW_hh: from the loss of step 3 to the link into step 2."""
    found = measured.scalar()
    figure, axes = stage(5.6, 3.75)
    state, entry, output, lit = palette().series
    _graph(axes)
    h1, h2, h3 = COLUMNS[1:]
    node(axes, (h3, HIGH), r"$\hat y_3$", output, box=True, size=0.27)
    node(axes, (h3, MIDDLE), "$h_3$", state)
    node(axes, (h2, MIDDLE), "$h_2$", state)
    node(axes, (h1, MIDDLE), "$h_1$", entry)
    look: dict[str, Any] = {"linewidth": 3.0, "zorder": 5}
    arrow(axes, (h3, HIGH), (h3, MIDDLE), lit, gap=0.34, **look)
    arrow(axes, (h3, MIDDLE), (h2, MIDDLE), lit, gap=0.34, **look)
    arrow(axes, (h2, MIDDLE), (h1, MIDDLE), lit, gap=0.34, ls=":", **look)
    slope = found["slope"]
    factors = [
        (found["dy"][3], ".4f"),
        (W_HQ, ".0f"),
        (slope[3], ".3f"),
        (W_HH, ".1f"),
        (slope[2], ".3f"),
        (found["h"][1], ".3f"),
    ]
    shown = [say.tex(value, digits) for value, digits in factors]
    below = MIDDLE - 0.52
    for x, y, text, where in (
        (h3, HIGH + 0.4, f"${shown[0]}$", "center"),
        (h3 + 0.12, (HIGH + MIDDLE) / 2, rf"$\times {shown[1]}$", "left"),
        (h3, below, rf"$\times {shown[2]}$", "center"),
        ((h2 + h3) / 2, MIDDLE + 0.2, rf"$\times {shown[3]}$", "center"),
        (h2, below, rf"$\times {shown[4]}$", "center"),
        (h1, below, rf"$\times {shown[5]}$", "center"),
    ):
        axes.text(x, y, text, ha=where, va="center", fontsize=13)
    for x, y, text, where in (
        (h3 - 0.12, (HIGH + MIDDLE) / 2, "$W_{hq}$", "right"),
        (h3, below - 0.3, "$1 - h_3^2$", "center"),
        ((h2 + h3) / 2, MIDDLE - 0.2, "$W_{hh}$", "center"),
        (h2, below - 0.3, "$1 - h_2^2$", "center"),
        ((h1 + h2) / 2, MIDDLE - 0.2, "$W_{hh}$", "center"),
        (h1, below - 0.3, "$h_1$", "center"),
    ):
        axes.text(x, y, text, ha=where, va="center", fontsize=12)
    product = r" \times ".join(shown)
    total = say.tex(found["recurrent"][2, 3], ".4f")
    axes.text(2.8, 0.5, f"${product}$", ha="center", va="center", fontsize=12.5)
    axes.text(2.8, 0.18, f"$= {total}$", ha="center", va="center", fontsize=14)
    value = say.number(found["recurrent"][2, 3], ".4f")
    return Drawing(
        figure,
        say(
            es="La red escalar desplegada en tres pasos, en gris. Encendido, "
            "el camino de vuelta de la salida 3 al estado 3, al estado 2 y al "
            "uso del peso recurrente entre los estados 1 y 2, con un factor "
            f"en cada tramo; el producto es {value}.",
            en="The scalar network unrolled over three steps, in grey. Lit, "
            "the path back from output 3 to state 3, to state 2 and to the use "
            "of the recurrent weight between states 1 and 2, with a factor on "
            f"each stretch; the product is {value}.",
        ),
        say(
            es="Un término de $\\partial\\mathcal L/\\partial W_{hh}$: la "
            "pérdida del paso 3, a través de $h_3$ y $h_2$, llega al uso de "
            "$W_{hh}$ en el paso 2 ($t = 2$, $j = 3$). Cada tramo multiplica.",
            en="One term of $\\partial\\mathcal L/\\partial W_{hh}$: the loss "
            "of step 3, through $h_3$ and $h_2$, reaches the use of $W_{hh}$ "
            "at step 2 ($t = 2$, $j = 3$). Each stretch multiplies.",
        ),
    )


def terms(say: Say) -> Drawing:
    """The six terms (t, j), and how they add up."""
    found = measured.scalar()
    figure, axes = stage(5.6, 3.5)
    ink, faint = palette().ink, palette().faint
    recurrent = found["recurrent"]
    left, top, wide, high = 1.45, 2.55, 1.05, 0.55
    largest = float(np.abs(recurrent).max())
    for j in (1, 2, 3):
        y = top - (j - 1) * high
        axes.text(
            left - 0.1, y, f"$j = {j}$", ha="right", va="center", fontsize=13
        )
        for t in range(1, j + 1):
            x = left + (t - 1) * wide
            value = float(recurrent[t, j])
            _cell(axes, x + wide / 2, y, abs(value) / largest)
            text = say.tex(value, ".4f" if value else ".0f")
            axes.text(
                x + wide / 2, y, f"${text}$", ha="center", va="center",
                fontsize=12.5, color=ink,
            )  # fmt: skip
        row = float(recurrent[:, j].sum())
        text = say.tex(row, ".4f" if row else ".0f")
        axes.text(5.45, y, f"${text}$", ha="right", va="center", fontsize=12.5)
    for t in (1, 2, 3):
        x = left + (t - 0.5) * wide
        axes.text(x, top + 0.42, f"$t = {t}$", ha="center", fontsize=13)
    axes.text(
        5.45, top + 0.42, say(es="suma", en="sum"), ha="right", fontsize=12
    )
    axes.text(
        left - 0.1, 3.25,
        say(es="uso de $W_{hh}$ en el paso", en="use of $W_{hh}$ at step"),
        ha="left", fontsize=12, color=ink,
    )  # fmt: skip
    axes.text(
        0.05, top - high, say(es="pérdida\ndel paso", en="loss\nof step"),
        ha="left", va="center", fontsize=12, color=ink,
    )  # fmt: skip
    axes.plot([4.55, 5.5], [1.08, 1.08], color=faint, lw=1, ls="-")
    total = say.tex(found["by_hand"], ".4f")
    axes.text(
        5.45, 0.82,
        rf"$\partial\mathcal{{L}}/\partial W_{{hh}} = {total}$",
        ha="right", va="center", fontsize=14,
    )  # fmt: skip
    axes.text(
        5.45, 0.3,
        say(
            es="$t = 1$ no aporta: $h_0 = 0$",
            en="$t = 1$ adds nothing: $h_0 = 0$",
        ),
        ha="right", va="center", fontsize=12,
    )  # fmt: skip
    values = "; ".join(
        say.number(float(recurrent[t, j]), ".4f")
        for t, j in ((2, 2), (2, 3), (3, 3))
    )
    return Drawing(
        figure,
        say(
            es="Tabla triangular de los seis términos: fila, el paso j de la "
            "pérdida; columna, el paso t en que se usa el peso. La columna 1 "
            f"es cero; los demás son {values}.",
            en="Triangular table of the six terms: row, the step j of the "
            "loss; column, the step t at which the weight is used. Column 1 "
            f"is zero; the others are {values}.",
        ),
        say(
            es="Todos los términos de $\\partial\\mathcal L/\\partial W_{hh}$ "
            "en la red de tres pasos. La diagonal es lo que cada pérdida dice "
            "de su propio paso; hacia la izquierda, lo que dice del pasado.",
            en="All the terms of $\\partial\\mathcal L/\\partial W_{hh}$ in "
            "the three-step network. The diagonal is what each loss says of "
            "its own step; to the left, what it says of the past.",
        ),
    )


def _cell(axes: Axes, x: float, y: float, share: float) -> None:
    """A box centred there, as tinted as its share of the largest."""
    look: dict[str, Any] = {
        "edgecolor": palette().faint,
        "linewidth": 0.8,
        "zorder": 1,
    }
    colour = tint(palette().series[3], 0.45 * share)
    corner = (x - 0.49, y - 0.25)
    axes.add_patch(Rectangle(corner, 0.98, 0.5, facecolor=colour, **look))


def _networks(say: Say) -> tuple[str, str, str]:
    return (
        say(es="inicial de PyTorch", en="PyTorch's initial"),
        say(es="ortogonal", en="orthogonal"),
        say(es="entrenada", en="trained"),
    )


def truncation(say: Say) -> Drawing:
    """Cosine and norm of the truncated gradient over the window."""
    found = measured.truncation()
    figure, panels = canvas(5.6, 5.2, nrows=2, sharex=True)
    k, needed = found["k"], found["delay"] + 1
    for i, name in enumerate(_networks(say)):
        panels[0].plot(k, found["window_cosine"][i], label=name)
        panels[1].plot(k, found["window_norm"][i], label=name)
    panels[0].set_title(
        say(
            es="coseno con el gradiente completo",
            en="cosine with the whole gradient",
        )
    )
    panels[1].set_title(say(es="norma relativa", en="relative norm"))
    panels[1].set_xlabel(say(es="pasos hacia atrás $k$", en="steps back $k$"))
    panels[0].legend(loc="lower right", fontsize=12)
    for axes in panels:
        axes.axhline(1, color=palette().faint, lw=0.8, ls="-", zorder=0)
        axes.axvline(needed, color=palette().faint, lw=0.9, ls="--", zorder=0)
        axes.set(ylim=(0, 1.1), xlim=(0, 31))
        numbered(axes.yaxis, say, ".1f")
        numbered(axes.xaxis, say, "d")
    panels[1].set_xticks([1, 5, needed, 15, 20, 25, 30])
    cosine = [
        say.number(float(found["window_cosine"][i][3]), ".2f") for i in range(3)
    ]
    least, norm = (
        say.number(float(found[key][:, needed - 1].min()), ".2f")
        for key in ("window_cosine", "window_norm")
    )
    return Drawing(
        figure,
        say(
            es="Dos gráficas según los pasos hacia atrás, de 1 a 30, para tres "
            "redes. El coseno con 4 pasos es "
            f"{cosine[0]} en la red recién iniciada, {cosine[1]} en la "
            f"ortogonal y {cosine[2]} en la entrenada; con {needed}, el menor "
            f"de los tres es {least}. La menor norma relativa con {needed} "
            f"pasos es {norm}.",
            en="Two plots over the steps back, from 1 to 30, for three "
            f"networks. The cosine with 4 steps is {cosine[0]} in the network "
            f"just initialised, {cosine[1]} in the orthogonal one and "
            f"{cosine[2]} in the trained one; with {needed}, the least of the "
            f"three is {least}. The least relative norm with {needed} steps is "
            f"{norm}.",
        ),
        say(
            es=f"Gradiente truncado contra completo, $T = {found['T']}$. La "
            f"tarea es repetir la entrada de {found['delay']} pasos antes: con "
            f"$k < {needed}$ (a la izquierda de la línea de trazos) falta el "
            "término que se la enseña a $W_{xh}$.",
            en=f"Truncated against whole gradient, $T = {found['T']}$. The "
            f"task is to repeat the input of {found['delay']} steps before: "
            f"with $k < {needed}$ (left of the dashed line) the term that "
            "teaches it to $W_{xh}$ is missing.",
        ),
    )


def lags(say: Say) -> Drawing:
    """Norm of the part of dL/dW_hh with each lag."""
    found = measured.truncation()
    figure, axes = canvas(5.6, 3.4)
    lag = found["k"] - 1
    for i, name in enumerate(_networks(say)):
        axes.semilogy(lag, found["lag_norm"][i], label=name)
    axes.axvline(
        found["delay"], color=palette().faint, lw=0.9, ls="--", zorder=0
    )
    axes.set(xlim=(0, 40), ylim=(1e-6, 1e2))
    axes.minorticks_off()
    axes.set_xlabel(say(es="retardo $j - t$ (pasos)", en="lag $j - t$ (steps)"))
    axes.set_title(say(es="norma relativa", en="relative norm"))
    axes.set_xticks([0, 8, 16, 24, 32, 40])
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1])
    axes.legend(loc="upper right", fontsize=12, borderpad=0)
    return Drawing(
        figure,
        say(
            es="Norma de los términos de cada retardo, en escala logarítmica. "
            "En las tres redes se mantiene hasta el retardo 7 u 8 y después "
            "cae en línea recta: rápido en la recién iniciada, más despacio en "
            "la entrenada y en la ortogonal.",
            en="Norm of the terms of each lag, on a logarithmic scale. In the "
            "three networks it holds until lag 7 or 8 and then falls along a "
            "straight line: fast in the one just initialised, more slowly in "
            "the trained and in the orthogonal one.",
        ),
        say(
            es="Los términos de $\\partial\\mathcal L/\\partial W_{hh}$ "
            "agrupados por retardo, en proporción a la norma del total. A esta "
            "tarea le bastan los retardos hasta 7; desde la línea de trazos "
            "los términos ya no hacen falta, y se apagan.",
            en="The terms of $\\partial\\mathcal L/\\partial W_{hh}$ gathered "
            "by lag, relative to the norm of the whole. For this task the lags "
            "up to 7 are enough; from the dashed line on the terms are not "
            "needed any more, and die out.",
        ),
    )


def learning(say: Say) -> Drawing:
    """Loss while training on recall, for several lengths of the pieces."""
    found = measured.learning()
    figure, axes = canvas(5.6, 3.4)
    steps = 10 * np.arange(1, found["losses"].shape[1] + 1)
    for k, row in zip(found["k"], found["losses"], strict=True):
        axes.semilogy(steps, row, label=f"$k = {k}$")
    axes.axhline(
        found["constant"], color=palette().faint, lw=0.9, ls="-", zorder=0
    )
    axes.text(
        400, 0.52, say(es="siempre cero", en="always zero"),
        ha="right", va="bottom", fontsize=12,
    )  # fmt: skip
    axes.set(xlim=(0, 405), ylim=(1e-4, 1.3))
    axes.minorticks_off()
    axes.set_yticks([1e-4, 1e-3, 1e-2, 1e-1, 1])
    axes.set_xticks([0, 100, 200, 300, 400])
    axes.set_xlabel(say(es="paso de entrenamiento", en="training step"))
    axes.set_title(say(es="pérdida", en="loss"))
    axes.legend(
        loc="lower left", ncols=2, fontsize=12, columnspacing=1, borderpad=0
    )
    least = [
        say.number(float(value), ".2f" if value > 0.01 else ".0e")
        for value in found["least"]
    ]
    final = [say.number(float(value), ".2f") for value in found["final"][:2]]
    constant = say.number(found["constant"], ".2f")
    return Drawing(
        figure,
        say(
            es="Pérdida durante 400 pasos de entrenamiento, en escala "
            "logarítmica. Con tramos de 12 y de 60 pasos baja hasta "
            f"{least[2]} y {least[3]}. Con tramos de 2 y de 4 baja hasta "
            f"{least[0]} y {least[1]}, pero termina en {final[0]} y "
            f"{final[1]}; responder siempre cero cuesta {constant}.",
            en="Loss over 400 training steps, on a logarithmic scale. With "
            f"pieces of 12 and of 60 steps it falls to {least[2]} and "
            f"{least[3]}. With pieces of 2 and of 4 it falls to {least[0]} and "
            f"{least[1]}, but ends at {final[0]} and {final[1]}; always "
            f"answering zero costs {constant}.",
        ),
        say(
            es="Aprender a repetir la entrada de 8 pasos antes con el "
            "gradiente truncado en tramos de $k$ pasos. Con $k = 2$ y "
            "$k = 4$ la red empieza bien, gracias a lo que sus pesos "
            "iniciales ya recuerdan, y el gradiente equivocado la desarma.",
            en="Learning to repeat the input of 8 steps before, with the "
            "gradient truncated in pieces of $k$ steps. With $k = 2$ and "
            "$k = 4$ the network begins well, thanks to what its first "
            "weights already remember, and the wrong gradient takes it apart.",
        ),
    )


def spread(say: Say) -> Drawing:
    """The randomised estimator: its mean and its spread, for each p."""
    found = measured.randomised()
    figure, axes = canvas(5.6, 3.6)
    right, wrong = palette().series[:2]
    p = np.array(found["p"])
    low, q1, _, q3, high = found["quantiles"]
    axes.fill_between(p, low, high, color=right, alpha=0.16, lw=0)
    axes.fill_between(p, q1, q3, color=right, alpha=0.28, lw=0)
    axes.plot(
        p, found["mean"], color=right, marker="o",
        label=say(es="media, factor $1/p$", en="mean, factor $1/p$"),
    )  # fmt: skip
    axes.plot(
        p, found["plain_mean"], color=wrong, ls="--", marker="s",
        label=say(es="media, sin dividir", en="mean, not divided"),
    )  # fmt: skip
    axes.axhline(1, color=palette().faint, lw=0.9, ls="-", zorder=0)
    axes.set(ylim=(0, 2.8), xlim=(0.49, 0.96))
    axes.set_xticks(p)
    numbered(axes.xaxis, say, ".2g")
    numbered(axes.yaxis, say, ".1f")
    axes.set_yticks([0, 0.5, 1, 1.5, 2, 2.5])
    axes.set_xlabel(
        say(
            es="probabilidad $p$ de dejar pasar",
            en="probability $p$ of letting through",
        )
    )
    axes.set_title(
        say(
            es="estimación (gradiente completo = 1)",
            en="estimate (whole gradient = 1)",
        )
    )
    axes.legend(loc="upper right", fontsize=12)
    spreads, means, biased = (
        [say.number(float(value), ".2f") for value in ends]
        for ends in (
            found["spread"][[0, -1]],
            (found["mean"].min(), found["mean"].max()),
            found["plain_mean"][[0, -1]],
        )
    )
    ends = [say.number(found["p"][i], ".2g") for i in (0, -1)]
    count = say.number(found["count"], ",d")
    return Drawing(
        figure,
        say(
            es=f"Según la probabilidad de dejar pasar, de {ends[0]} a "
            f"{ends[1]}: la media del estimador con factor 1/p está entre "
            f"{means[0]} y {means[1]}, con una banda que se angosta "
            f"(desviación estándar de {spreads[0]} a {spreads[1]}); sin "
            f"dividir, la media crece de {biased[0]} a {biased[1]}.",
            en=f"Over the probability of letting through, from {ends[0]} to "
            f"{ends[1]}: the mean of the estimator with factor 1/p is between "
            f"{means[0]} and {means[1]}, with a band that narrows (standard "
            f"deviation from {spreads[0]} to {spreads[1]}); not divided, the "
            f"mean grows from {biased[0]} to {biased[1]}.",
        ),
        say(
            es=f"Truncamiento al azar, {count} sorteos por punto. Bandas: la "
            "mitad y el 90 % de las estimaciones. Dividir por $p$ quita el "
            "sesgo y cuesta dispersión.",
            en=f"Randomised truncation, {count} draws a point. Bands: half and "
            "90 % of the estimates. Dividing by $p$ removes the bias and "
            "costs spread.",
        ),
    )
