"""The widgets as they begin: what shows without JavaScript, and on paper."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rnncourse import backprop
from rnncourse.experiments.text import PROMPTS, TWINS
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
from rnncourse.play import cliff as _cliff
from rnncourse.play import export as _export
from rnncourse.play import factors as _factors
from rnncourse.play import forecast as _forecast
from rnncourse.play import gates as _gates
from rnncourse.play import keyboard as _keyboard
from rnncourse.play import order as _order
from rnncourse.play import pulse as _pulse
from rnncourse.play import scan as _scan
from rnncourse.play import stack as _stack
from rnncourse.play import terms as _terms
from rnncourse.play import unroll as _unroll
from rnncourse.play import vanish as _vanish
from rnncourse.words import Say


def _zero(axes: Axes) -> None:
    axes.axhline(0, color=palette().faint, lw=0.9, ls="--", zorder=0)


def gates(say: Say) -> Drawing:
    """Twenty steps of a cell that read one pulse."""
    steps = _gates.run(1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, False, 20)
    figure, axes = canvas(5.6, 2.9)
    t = range(21)
    for name, colour, style, word in (
        ("c", 0, "-", say(es="celda $c_t$", en="cell $c_t$")),
        ("h", 2, "--", say(es="lo que se ve, $h_t$", en="what is seen, $h_t$")),
    ):
        values = [0.0, *(step[name] for step in steps)]
        axes.plot(t, values, color=palette().series[colour], ls=style,
                  marker="o", ms=4, label=word)  # fmt: skip
    _zero(axes)
    axes.set(xlim=(0, 20.3), ylim=(-0.05, 1.05))
    axes.set_xticks(range(0, 21, 5))
    axes.set_xlabel(say(es="paso $t$", en="step $t$"))
    axes.set_yticks([0, 0.5, 1])
    numbered(axes.yaxis, say, ".1f")
    axes.legend()
    first, last = (say.number(steps[k]["c"], ".3f") for k in (0, 19))
    return Drawing(
        figure,
        say(
            es=f"La celda pasa a {first} con el pulso del paso 1 y sigue "
            f"subiendo sola hasta {last} en el paso 20; lo que se ve va por "
            "debajo.",
            en=f"The cell goes to {first} with the pulse of step 1 and keeps "
            f"rising by itself to {last} at step 20; what is seen stays below "
            "it.",
        ),
        say(
            es="La celda de los tres pasos a mano lee un 1 y después nada: lo "
            "que vuelve por $h$ la alimenta. En la página interactiva se "
            "mueven los cuatro sesgos.",
            en="The cell of the three steps by hand reads a 1 and then "
            "nothing: what comes back through $h$ feeds it. On the interactive "
            "page the four biases can be moved.",
        ),
    )


def vanish(say: Say) -> Drawing:
    """Norms of the powers of three Jacobians."""
    figure, axes = canvas(5.6, 3.2)
    k = np.arange(41)
    ends = []
    for colour, (rho, style) in enumerate(((0.9, "-"), (1, "--"), (1.1, "-."))):
        J = _vanish.jacobian(rho, 30.0, 0.0, 0.0, "identity", 0.0, 0.0)
        norms = _vanish.norms(J, 40)
        ends.append(say.number(norms[-1], ".3f"))
        axes.plot(k, norms, color=palette().series[colour], ls=style,
                  label=rf"$\rho = {say.tex(rho, '.1f')}$")  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlabel(say(es="pasos hacia atrás $k$", en="steps back $k$"))
    axes.set_title(say(es="norma de $J^k$", en="norm of $J^k$"))
    axes.legend(loc="upper left")
    return Drawing(
        figure,
        say(
            es="Tres curvas en escala logarítmica: a los 40 pasos la norma es "
            f"{ends[0]}, {ends[1]} y {ends[2]}.",
            en="Three curves on a logarithmic scale: after 40 steps the norm "
            f"is {ends[0]}, {ends[1]} and {ends[2]}.",
        ),
        say(
            es="Norma de las potencias de un giro de 30° por $\\rho$. En la "
            "página interactiva se eligen la matriz y la activación.",
            en="Norm of the powers of a turn of 30° times $\\rho$. On the "
            "interactive page one chooses the matrix and the activation.",
        ),
    )


def _signed(say: Say, value: float) -> str:
    return say.number(value, ".3f")


def terms(say: Say) -> Drawing:
    """The terms of dL/dW_hh for three steps, in their places."""
    rows = _terms.terms("hh", 3, 0.5, 0.8, 2.0, "tanh")
    figure, axes = stage(5.6, 2.5)
    colour = palette().series[1]
    for row in rows:
        x, y = 1.0 + 1.4 * (row["j"] - 1), 1.6 - 0.55 * (row["t"] - 1)
        axes.add_patch(
            _box(x, y, 1.3, 0.46, colour, 0.25 if row["value"] else 0.06)
        )
        axes.text(x + 0.65, y + 0.23, _signed(say, row["value"]),
                  ha="center", va="center_baseline")  # fmt: skip
    for k in (1, 2, 3):
        axes.text(1.65 + 1.4 * (k - 1), 2.2, f"$j = {k}$", ha="center")
        axes.text(0.85, 1.77 - 0.55 * (k - 1), f"$t = {k}$", ha="right")
    total = say.number(rows[-1]["sum"], ".4f")
    axes.text(1.0, 0.12, say(es=f"suma: {total}", en=f"sum: {total}"))
    return Drawing(
        figure,
        say(
            es="Seis términos, uno por cada pérdida j y cada uso t hasta j. "
            f"Suman {total}.",
            en="Six terms, one for each loss j and each use t up to j. They "
            f"add up to {total}.",
        ),
        say(
            es="Los términos de $\\partial L/\\partial W_{hh}$ en la red de "
            "tres pasos. En la página interactiva se enciende el camino de "
            "cada uno.",
            en="The terms of $\\partial L/\\partial W_{hh}$ in the network of "
            "three steps. On the interactive page the path of each lights up.",
        ),
    )


def _box(
    x: float, y: float, width: float, height: float, colour: str, fill: float
) -> Rectangle:
    return Rectangle(
        (x, y), width, height, edgecolor=colour, facecolor=tint(colour, fill)
    )


def pulse(say: Say) -> Drawing:
    """Thirty steps after a pulse, for three update gates."""
    figure, axes = canvas(5.6, 3.0)
    left = []
    for colour, (z, style) in enumerate(
        ((0.0, "-"), (0.8, "--"), (0.95, "-."))
    ):
        h = _pulse.run(0.0, 1.0, z, 0.0, "after", 30)
        left.append(say.number(h[-1] / h[1], ".2f"))
        axes.plot(range(1, 31), np.array(h[1:]) / h[1], ls=style,
                  color=palette().series[colour],
                  label=f"$z = {say.tex(z, '.2f')}$")  # fmt: skip
    _zero(axes)
    axes.set(xlim=(1, 30), ylim=(-0.02, 1.3))
    axes.set_yticks([0, 0.5, 1])
    axes.set_xlabel(say(es="paso $t$", en="step $t$"))
    axes.set_title("$h_t / h_1$")
    numbered(axes.yaxis, say, ".1f")
    axes.legend(loc="upper right", ncols=3)
    return Drawing(
        figure,
        say(
            es="Lo que queda de un pulso a los 30 pasos: "
            f"{'; '.join(left)} de lo que dejó, con z igual a 0; 0,8 y 0,95.",
            en="What is left of a pulse after 30 steps: "
            f"{', '.join(left)} of what it left, with z equal to 0, 0.8 and "
            "0.95.",
        ),
        say(
            es="Un pulso en el paso 1, con $r = 1$ y tres valores de $z$. En "
            "la página interactiva se mueven las dos compuertas.",
            en="A pulse at step 1, with $r = 1$ and three values of $z$. On "
            "the interactive page both gates can be moved.",
        ),
    )


def factors(say: Say) -> Drawing:
    """The three factors of dL/dw5."""
    path = _factors.paths(5, list(backprop.Weights()), list(backprop.Data()))[0]
    figure, axes = stage(5.6, 1.5)
    names = [
        r"$\partial L/\partial out_{o1}$",
        r"$\partial out_{o1}/\partial in_{o1}$",
        r"$\partial in_{o1}/\partial w_5$",
        r"$\partial L/\partial w_5$",
    ]
    values = [*(one["value"] for one in path), _factors.product(path)]
    for k, (name, value) in enumerate(zip(names, values, strict=True)):
        x = 0.1 + 1.38 * k
        colour = palette().series[1 if k == 3 else 0]
        axes.add_patch(_box(x, 0.25, 1.14, 1.0, colour, 0.1))
        axes.text(x + 0.57, 0.88, name, ha="center", fontsize=13)
        axes.text(x + 0.57, 0.45, say.number(value, ".4f"), ha="center")
        if k:
            axes.text(x - 0.12, 0.68, "=" if k == 3 else "×", ha="center")
    shown = [say.number(value, ".4f") for value in values]
    return Drawing(
        figure,
        say(
            es=f"Tres factores, {'; '.join(shown[:3])}, y su producto, "
            f"{shown[3]}.",
            en=f"Three factors, {', '.join(shown[:3])}, and their product, "
            f"{shown[3]}.",
        ),
        say(
            es="La derivada respecto de $w_5$, factor por factor. En la página "
            "interactiva se recorre cualquiera de los ocho pesos.",
            en="The derivative with respect to $w_5$, factor by factor. On the "
            "interactive page any of the eight weights can be followed.",
        ),
    )


def unroll(say: Say) -> Drawing:
    """The chain of three steps, one colour a matrix."""
    figure, axes = stage(5.6, 2.9)
    blue, orange, green = palette().series[:3]
    h = _unroll.states(3)
    for k in range(4):
        x = 0.6 + 1.4 * k
        node(axes, (x, 1.45), f"$h_{k}$", blue)
        if k == 0:
            continue
        node(axes, (x, 0.4), f"$x_{k}$", orange, box=True)
        node(axes, (x, 2.5), rf"$\hat y_{k}$", green, box=True)
        arrow(axes, (x - 1.4, 1.45), (x, 1.45), blue)
        arrow(axes, (x, 0.4), (x, 1.45), orange)
        arrow(axes, (x, 1.45), (x, 2.5), green)
        axes.text(x - 0.7, 1.55, "$W_{hh}$", color=blue, ha="center")
        axes.text(x + 0.07, 0.9, "$W_{xh}$", color=orange)
        axes.text(x + 0.07, 1.92, "$W_{hq}$", color=green)
    count = _unroll.recurrent(1, 4, 1)
    last = say.number(h[-1], ".3f")
    return Drawing(
        figure,
        say(
            es="La red desplegada en tres pasos. En todos se repiten las "
            f"mismas tres matrices; el último estado vale {last}.",
            en="The network unrolled over three steps. The same three matrices "
            f"are repeated at each; the last state is {last}.",
        ),
        say(
            es="Un color por matriz. Con 4 unidades, una entrada y una salida "
            f"son {count} parámetros, con cualquier longitud.",
            en="One colour a matrix. With 4 units, one input and one output "
            f"they are {count} parameters, at any length.",
        ),
    )


def order(say: Say) -> Drawing:
    """The states of two readings of the same five words."""
    figure, axes = canvas(5.6, 3.4)
    words = say(es="Ana vino pero no Luis", en="Ana came but not Luis").split()
    for k, (places, style) in enumerate(
        (([0, 1, 2, 3, 4], "-"), ([4, 1, 2, 3, 0], "--"))
    ):
        h = np.array(_order.states(places))
        text = " ".join(words[place] for place in places)
        axes.plot(h[:, 0], h[:, 1], color=palette().series[k], ls=style,
                  marker="o", ms=4, label=text)  # fmt: skip
        axes.plot(*h[-1], color=palette().series[k], marker="o", ms=9)
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.55))
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    numbered(axes.xaxis, say, "d")
    numbered(axes.yaxis, say, "d")
    axes.set_xlabel("$h_{t,1}$")
    axes.set_ylabel("$h_{t,2}$")
    axes.legend(loc="upper left", fontsize=11)
    apart = math.dist(
        _order.states([0, 1, 2, 3, 4])[-1], _order.states([4, 1, 2, 3, 0])[-1]
    )
    far = say.number(apart, ".2f")
    return Drawing(
        figure,
        say(
            es="Dos recorridos del estado, uno por cada orden de las mismas "
            f"cinco palabras; terminan a {far} uno del otro.",
            en="Two paths of the state, one for each order of the same five "
            f"words; they end {far} apart.",
        ),
        say(
            es="Las mismas palabras en dos órdenes dejan dos estados. En la "
            "página interactiva se ordenan como se quiera.",
            en="The same words in two orders leave two states. On the "
            "interactive page they can be put in any order.",
        ),
    )


def cliff(say: Say) -> Drawing:
    """The losses of descent with and without clipping."""
    figure, axes = canvas(5.6, 3.0)
    last = []
    for colour, style, limit, word in (
        (1, "--", None, say(es="sin recorte", en="not clipped")),
        (2, "-", 0.1, say(es="con recorte", en="clipped")),
    ):
        points = _cliff.descend(4.3, -1.6, 1.0, 100, limit)
        losses = [point[2] for point in points]
        last.append(say.number(losses[-1], ".3f"))
        axes.plot(losses, color=palette().series[colour], ls=style, label=word)
    axes.set_xlabel(say(es="paso", en="step"))
    axes.set_title(say(es="pérdida", en="loss"))
    axes.set_xlim(0, 100)
    axes.set_yticks([0, 0.05, 0.1])
    numbered(axes.yaxis, say, ".2f")
    axes.legend()
    return Drawing(
        figure,
        say(
            es="La pérdida a lo largo de 100 pasos: sin recorte termina en "
            f"{last[0]}; con recorte, en {last[1]}.",
            en="The loss along 100 steps: without clipping it ends at "
            f"{last[0]}; with clipping, at {last[1]}.",
        ),
        say(
            es="Los dos descensos, con tasa 1 y umbral "
            f"${say.tex(0.1, '.1f')}$. En la página interactiva se eligen la "
            "tasa, el umbral y el comienzo.",
            en="Both descents, with rate 1 and threshold "
            f"${say.tex(0.1, '.1f')}$. On the interactive page one chooses the "
            "rate, the threshold and the start.",
        ),
    )


def scan(say: Say) -> Drawing:
    """Eight steps joined in three levels."""
    n, joins = 8, _scan.joins(8)
    figure, axes = stage(5.6, 3.0)
    blue, orange = palette().series[:2]
    for k in range(len(joins) + 1):
        y = 2.6 - 0.75 * k
        word = say(es="nivel", en="level")
        axes.text(0.1, y, f"{word} {k}", va="center_baseline")
        for t in range(n):
            x = 1.2 + 0.58 * t
            ready = 2**k > t
            node(axes, (x, y), "", blue, size=0.12, fill=0.9 if ready else 0.12)
            if k == 0:
                continue
            above = y + 0.75
            axes.plot([x, x], [above, y], color=palette().faint, ls="-", lw=1)
            reach = 2 ** (k - 1)
            if t >= reach:
                axes.plot([x - 0.58 * reach, x], [above, y], color=orange,
                          ls="-", lw=1.2)  # fmt: skip
    return Drawing(
        figure,
        say(
            es=f"Ocho pasos y {len(joins)} niveles. En cada nivel cada paso se "
            "une con otro que está al doble de distancia que en el nivel "
            "anterior; los llenos ya abarcan desde el primero.",
            en=f"Eight steps and {len(joins)} levels. At each level each step "
            "joins another twice as far away; the full ones reach back to the "
            "first.",
        ),
        say(
            es=f"Un lazo de 8 pasos en {len(joins)} niveles y {sum(joins)} "
            "combinaciones. En la página interactiva se elige la longitud.",
            en=f"A loop of 8 steps in {len(joins)} levels and {sum(joins)} "
            "combinations. On the interactive page the length can be chosen.",
        ),
    )


def stack(say: Say) -> Drawing:
    """Two layers over five steps, with the turn of each cell."""
    figure, axes = stage(5.6, 2.7)
    blue, orange = palette().series[:2]
    for t in range(1, 6):
        x = 0.5 + 0.95 * t
        node(axes, (x, 0.4), f"$x_{t}$", orange, box=True, size=0.25)
        for layer in (1, 2):
            y = 0.4 + 0.95 * layer
            turn = _stack.waits(t, layer, 1)
            node(axes, (x, y), str(turn), blue, size=0.26)
            arrow(axes, (x, y - 0.95), (x, y), orange, gap=0.3)
            if t > 1:
                arrow(axes, (x - 0.95, y), (x, y), blue, gap=0.3)
    for layer in (1, 2):
        word = say(es="capa", en="layer")
        axes.text(0.1, 0.4 + 0.95 * layer, f"{word} {layer}",
                  va="center_baseline")  # fmt: skip
    total = say.number(_stack.total("LSTM", 8, 16, 2, 1, 2), ",d")
    return Drawing(
        figure,
        say(
            es="Dos capas sobre cinco pasos. Cada celda lleva el turno en que "
            "puede calcularse, de 1 a 6.",
            en="Two layers over five steps. Each cell carries the turn at "
            "which it can be computed, from 1 to 6.",
        ),
        say(
            es=f"Dos capas LSTM de 16 unidades con 8 entradas: {total} "
            "parámetros. En la página interactiva se arma la pila.",
            en=f"Two LSTM layers of 16 units with 8 inputs: {total} "
            "parameters. On the interactive page the stack can be built.",
        ),
    )


def keyboard(say: Say) -> Drawing:
    """The unit that tells the number, along two sentences."""
    language = say.language
    net, counts = _export.network(language, "gru"), _export.words(language)
    forms, unit = counts["forms"], net["tracked"]["unit"]
    figure, axes = canvas(5.6, 3.6)
    offered = []
    prompts = (PROMPTS[language], TWINS[language])
    for colour, (prompt, style) in enumerate(
        zip(prompts, ("-", "--"), strict=True)
    ):
        tokens = _keyboard.words(prompt)
        found = _keyboard.run(net, _keyboard.encode(tokens, forms))
        values = [state[unit] for state in found["states"][1:]]
        axes.plot(values, color=palette().series[colour], ls=style, marker="o",
                  ms=4, label=f"{tokens[0]} {tokens[1]}…")  # fmt: skip
        best = _keyboard.suggestions(found["p"], forms, 3, "")
        offered.append(", ".join(one["word"] for one in best))
    tokens = _keyboard.words(prompts[0])
    shown = [*(f"{a}\n{b}" for a, b in zip(
        tokens[:2], _keyboard.words(prompts[1])[:2], strict=True,
    )), *tokens[2:]]  # fmt: skip
    axes.set_xticks(range(len(shown)), shown, rotation=45, ha="right")
    _zero(axes)
    axes.set(ylim=(-1.1, 1.1))
    axes.set_yticks([-1, 0, 1])
    numbered(axes.yaxis, say, "d")
    axes.set_title(say(es=f"$h_t$, número {unit + 1}",
                       en=f"$h_t$, number {unit + 1}"))  # fmt: skip
    axes.legend(loc="best")
    return Drawing(
        figure,
        say(
            es="Un número del estado a lo largo de dos frases: desde el "
            "sustantivo las dos curvas quedan separadas hasta el final. Tras "
            f"la primera la red propone {offered[0]}; tras la "
            f"segunda, {offered[1]}.",
            en="One number of the state along two sentences: from the noun on "
            "the two curves stay apart to the end. After the first the network "
            f"suggests {offered[0]}; after the second, {offered[1]}.",
        ),
        say(
            es="El número del estado de la GRU que mejor dice si el sujeto es "
            "plural. En la página interactiva se escribe y se ve qué propone.",
            en="The number of the GRU's state that tells best whether the "
            "subject is plural. On the interactive page one types and sees "
            "what it suggests.",
        ),
    )


def forecast(say: Say) -> Drawing:
    """Twenty days of a price from one cut, a GRU and persistence."""
    data, k = _export.series("market"), 12
    at, K, Q = data["origins"][k], data["K"], data["Q"]
    figure, axes = canvas(5.6, 3.2)
    past, came = data["cut"][at + 1 - K : at + 1], _forecast.came(data, k)
    axes.plot(range(1 - K, Q + 1), [*past, *came],
              label=say(es="lo que vino", en="what came"))  # fmt: skip
    for colour, (model, style, word) in enumerate(
        (
            ("persistence", "--", say(es="persistencia", en="persistence")),
            ("GRU", ":", "GRU"),
        ),
        start=1,
    ):
        values = [past[-1], *_forecast.said(data, model, "once", k)]
        axes.plot(range(Q + 1), values, color=palette().series[colour],
                  ls=style, label=word)  # fmt: skip
    axes.set_xlabel(say(es="días desde el corte", en="days from the cut"))
    axes.set_title(say(es="dólares", en="dollars"))
    numbered(axes.yaxis, say, "d")
    axes.legend(loc="best")
    skill = say.number(_forecast.skill(data, "GRU", "once", k, Q), ".2f")
    return Drawing(
        figure,
        say(
            es="El precio de Apple, lo que la GRU dijo de los veinte días "
            "siguientes al corte y la persistencia, que es una recta. En ese "
            f"tramo la habilidad de la GRU es {skill}.",
            en="The price of Apple, what the GRU said of the twenty days after "
            "the cut, and persistence, which is a straight line. On that "
            f"stretch the skill of the GRU is {skill}.",
        ),
        say(
            es="Un corte de la prueba. En la página interactiva se eligen la "
            "serie, el modelo, el horizonte y el corte.",
            en="One cut of the test. On the interactive page one chooses the "
            "series, the model, the horizon and the cut.",
        ),
    )
