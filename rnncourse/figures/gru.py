"""Figures of the chapter on the gated recurrent unit."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from rnncourse.experiments import gru as measured
from rnncourse.experiments import training
from rnncourse.figures.style import (
    Drawing,
    Point,
    canvas,
    node,
    numbered,
    palette,
    stage,
)
from rnncourse.words import Say

DASHES = ("-", "--", "-.", ":")
TOP, MIDDLE, GATES = 3.5, 2.45, 1.4  # of the states, the products, the gates


def _way(
    axes: Axes,
    points: Sequence[Point],
    colour: str,
    *,
    over: bool = False,
) -> None:
    """A line through the points, with an arrowhead at its end.

    Args:
        axes: of a `stage`.
        points: where it bends, in inches.
        colour: of the line.
        over: whether it passes over other lines, with a gap around it.
    """
    codes = [Path.MOVETO] + [Path.LINETO] * (len(points) - 1)
    path, style = Path(list(points), codes), "-|>,head_length=5,head_width=2.6"
    if over:
        axes.plot(
            *zip(*points, strict=True), color=palette().paper, lw=6, ls="-",
            zorder=2, solid_capstyle="butt",
        )  # fmt: skip
    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle=style, color=colour,
            linewidth=1.5, zorder=2.1 if over else 1.5, shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip


def _operation(axes: Axes, centre: Point, sign: str, colour: str) -> None:
    node(axes, centre, sign, colour, size=0.17, fontsize=14)


def _dot(axes: Axes, centre: Point, colour: str) -> None:
    axes.plot(*centre, "o", color=colour, ms=4.5, zorder=3)


def cell(say: Say) -> Drawing:
    """The whole cell: two gates, a candidate, and the mixture."""
    figure, axes = stage(5.6, 4.15)
    state, entry, candidate, gate = palette().series
    r, n, z, last = 1.45, 2.45, 3.45, 4.35
    _way(axes, [(0.6, TOP), (z - 0.18, TOP)], state)
    _way(axes, [(z + 0.17, TOP), (last - 0.18, TOP)], state)
    _way(axes, [(last + 0.17, TOP), (4.92, TOP)], state)
    _way(axes, [(0.4, TOP - 0.28), (0.4, 0.85), (z - 0.13, 0.85),
                (z - 0.13, GATES - 0.27)], state)  # fmt: skip
    _way(axes, [(r - 0.13, 0.85), (r - 0.13, GATES - 0.27)], state)
    _way(axes, [(0.4, MIDDLE), (r - 0.18, MIDDLE)], state)
    _way(axes, [(0.68, 0.4), (z + 0.13, 0.4), (z + 0.13, GATES - 0.27)], entry)
    _way(axes, [(r + 0.13, 0.4), (r + 0.13, GATES - 0.27)], entry, over=True)
    _way(axes, [(n, 0.4), (n, MIDDLE - 0.28)], entry, over=True)
    _way(axes, [(r, GATES + 0.26), (r, MIDDLE - 0.18)], gate)
    _way(axes, [(r + 0.17, MIDDLE), (n - 0.28, MIDDLE)], state)
    _way(axes, [(n + 0.26, MIDDLE), (last - 0.18, MIDDLE)], candidate)
    _way(axes, [(z, GATES + 0.26), (z, TOP - 0.18)], gate, over=True)
    _way(axes, [(z + 0.26, GATES), (last - 0.27, GATES)], gate)
    _way(axes, [(last, GATES + 0.26), (last, MIDDLE - 0.18)], gate)
    _way(axes, [(last, MIDDLE + 0.17), (last, TOP - 0.18)], candidate)
    for point in ((0.4, MIDDLE), (r - 0.13, 0.85)):
        _dot(axes, point, state)
    for point in ((r + 0.13, 0.4), (n, 0.4)):
        _dot(axes, point, entry)
    node(axes, (0.4, 0.4), "$x_t$", entry, box=True, size=0.26)
    node(axes, (0.36, TOP), "$h_{t-1}$", state, size=0.33, fontsize=13)
    node(axes, (5.22, TOP), "$h_t$", state, size=0.3)
    node(axes, (r, GATES), r"$\sigma$", gate, box=True, size=0.25)
    node(axes, (z, GATES), r"$\sigma$", gate, box=True, size=0.25)
    node(axes, (n, MIDDLE), "tanh", candidate, box=True, size=0.26,
         fontsize=12)  # fmt: skip
    node(axes, (last, GATES), "$1-$", gate, box=True, size=0.25, fontsize=12)
    for centre, sign in (((r, MIDDLE), "×"), ((z, TOP), "×"), ((last, MIDDLE), "×"), ((last, TOP), "+")):  # fmt: skip  # noqa: E501
        _operation(axes, centre, sign, palette().ink)
    for x, y, text in (
        (r - 0.28, 1.92, "$r_t$"),
        (z - 0.28, 1.92, "$z_t$"),
        (last + 0.42, 1.92, "$1-z_t$"),
        (2.92, MIDDLE + 0.18, r"$\tilde h_t$"),
    ):
        axes.text(x, y, text, fontsize=13, ha="center", va="center")
    for x, y, text in (
        (r + 0.12, 3.0, say(es="reinicio", en="reset")),
        (2.15, 3.86, say(es="lo que se conserva", en="what is kept")),
        (4.93, 2.95, say(es="lo que\nse renueva", en="what is\nrenewed")),
    ):
        axes.text(
            x, y, text, fontsize=12, ha="center", va="center",
            color=palette().ink, style="italic",
        )  # fmt: skip
    return Drawing(
        figure,
        say(
            es="Esquema de la celda. Arriba, una línea lleva h anterior, "
            "multiplicada por z, hasta una suma y de allí a h. Debajo, h "
            "anterior se multiplica por r, entra con x en una tanh y da el "
            "candidato, que multiplicado por 1 menos z llega a la misma suma. "
            "Dos logísticas, que leen x y h anterior, dan r y z.",
            en="Diagram of the cell. At the top a line takes the previous h, "
            "times z, to a sum and from there to h. Below, the previous h "
            "times r goes with x into a tanh and gives the candidate, which "
            "times 1 minus z arrives at the same sum. Two logistic units, "
            "which read x and the previous h, give r and z.",
        ),
        say(
            es="La celda de la GRU, con el reinicio antes del producto. Cada "
            "caja tiene sus pesos, salvo la que resta de 1; × multiplica "
            "componente a componente.",
            en="The cell of the GRU, with the reset before the product. Each "
            "box has its own weights, except the one that subtracts from 1; "
            "× multiplies element by element.",
        ),
    )


def resets(say: Say) -> Drawing:
    """The way from h_{t-1} to the candidate: the reset before, and after."""
    figure, axes = stage(5.6, 4.1)
    state, entry, candidate, gate = palette().series
    rows = (
        (2.95, say(es="antes", en="before"), True),
        (0.95, say(es="después", en="after"), False),
    )
    for y, words, before in rows:
        first, second = (1.5, 2.55) if before else (2.7, 1.6)
        box = 0.31 if before else 0.45  # half of it, with some room
        gaps = (0.25, box) if before else (box, 0.25)
        left, right = sorted((first, second))
        axes.text(0.06, y + 0.88, words, fontsize=13, style="italic")
        for start, end, a, b in (
            (0.42, left, 0.33, gaps[0]),
            (left, right, *gaps),
            (right, 3.55, gaps[1], 0.2),
            (3.55, 4.35, 0.17, 0.3),
            (4.35, 5.2, 0.3, 0.34),
        ):
            colour = candidate if start == 4.35 else state
            _way(axes, [(start + a, y), (end - b, y)], colour)
        _way(axes, [(first, y + 0.62), (first, y + 0.25)], gate)
        _way(axes, [(3.55, y - 0.42), (3.55, y - 0.18)], entry)
        axes.text(first + 0.1, y + 0.62, "$r_t$", fontsize=13, va="center")
        inflow = "$W_{xh}x_t + b_h$" if before else "$W_{xh}x_t + b_{xh}$"
        axes.text(3.55, y - 0.58, inflow, fontsize=12.5, ha="center",
                  va="center")  # fmt: skip
        node(axes, (0.4, y), "$h_{t-1}$", state, size=0.33, fontsize=13)
        node(axes, (first, y), "×", gate, size=0.22, fill=0.45, fontsize=16)
        _wide(axes, (second, y), "$W_{hh}$" if before else "$W_{hh}, b_{hh}$")
        node(axes, (3.55, y), "+", palette().ink, size=0.17)
        node(axes, (4.35, y), "tanh", candidate, box=True, size=0.27,
             fontsize=12)  # fmt: skip
        node(axes, (5.22, y), r"$\tilde h_t$", candidate, size=0.3)
    axes.axhline(2.06, color=palette().faint, lw=0.8, ls="-")
    return Drawing(
        figure,
        say(
            es="Dos caminos de h anterior al candidato. Antes: primero se "
            "multiplica por r, luego por W, se suma la entrada y se aplica "
            "tanh. Después: primero por W, se suma su sesgo, luego se "
            "multiplica por r, se suma la entrada y se aplica tanh.",
            en="Two ways from the previous h to the candidate. Before: first "
            "times r, then times W, the input is added and tanh applied. "
            "After: first times W and its bias added, then times r, the input "
            "is added and tanh applied.",
        ),
        say(
            es="Las dos variantes difieren en un solo lugar, el que está "
            "marcado: dónde multiplica $r_t$.",
            en="The two variants differ in a single place, the one that is "
            "lit: where $r_t$ multiplies.",
        ),
    )


def _wide(axes: Axes, centre: Point, text: str) -> None:
    """A box for a product, as wide as its text."""
    x, y = centre
    colour = palette().series[0]
    axes.text(
        x, y, text, ha="center", va="center", fontsize=13, zorder=4,
        bbox={
            "boxstyle": "round,pad=0.42", "facecolor": palette().paper,
            "edgecolor": colour, "linewidth": 1.6,
        },
    )  # fmt: skip


def cases(say: Say) -> Drawing:
    """The four cases, on the scalar cell: constant gates, the same inputs."""
    found = measured.cases()
    figure, panels = canvas(5.6, 4.9, nrows=2, ncols=2, sharex=True,
                            sharey=True)  # fmt: skip
    state, entry = palette().series[:2]
    kept = measured.CASES["mixed"][1]
    far, start = say.tex(kept, "g"), found["states"][0, 0]
    titles = (
        "$r = 1,\\ z = 0$: " + say(es="red simple", en="simple network"),
        "$r = 0,\\ z = 0$: " + say(es="sin pasado", en="no past"),
        "$z = 1$: " + say(es="no cambia", en="does not change"),
        f"$r = 0,\\ z = {far}$: " + say(es="aún recuerda", en="remembers"),
    )
    t = np.arange(len(found["x"]) + 1)
    for axes, title, h in zip(
        panels.flat, titles, found["states"], strict=True
    ):
        axes.axhline(0, color=palette().faint, lw=0.8, ls="-", zorder=0)
        axes.bar(
            t[1:], found["x"], width=0.55, color=entry, alpha=0.45,
            label=say(es="entrada $x_t$", en="input $x_t$"),
        )  # fmt: skip
        axes.plot(
            t, h, "o-", color=state, ms=4.5, lw=1.8,
            label=say(es="estado $h_t$", en="state $h_t$"),
        )  # fmt: skip
        axes.set_title(title, fontsize=12)
        axes.set_yticks([-1, 0, 1])
        axes.set_xticks([0, 4, 8, 12])
        numbered(axes.yaxis, say, "d")
    for axes in panels[1]:
        axes.set_xlabel(say(es="paso $t$", en="step $t$"))
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    h_0, z = say.number(start, "g"), say.number(kept, "g")
    return Drawing(
        figure,
        say(
            es="Cuatro gráficas del estado con las mismas entradas, desde "
            f"{h_0}. Con r 1 y z 0 el estado responde y decae de a poco. Con r "
            "0 y z 0 solo es distinto de cero cuando hay entrada. Con z 1 se "
            f"queda en {h_0}. Con r 0 y z {z} decae lentamente y cambia menos "
            "con cada entrada.",
            en=f"Four plots of the state for the same inputs, from {h_0}. With "
            "r 1 and z 0 the state responds and decays little by little. With "
            "r 0 and z 0 it is not zero only where there is an input. With z 1 "
            f"it stays at {h_0}. With r 0 and z {z} it decays slowly and "
            "changes less with each input.",
        ),
        say(
            es="Los casos, en la celda escalar con las compuertas fijas y "
            f"$h_0 = {say.tex(start, 'g')}$. El último muestra que $r = 0$ no "
            "basta para borrar el pasado.",
            en="The cases, on the scalar cell with its gates fixed and "
            f"$h_0 = {say.tex(start, 'g')}$. The last one shows that $r = 0$ "
            "is not enough to erase the past.",
        ),
    )


def memory(say: Say) -> Drawing:
    """What is left of a pulse, by z."""
    found = measured.memory()
    figure, axes = canvas(5.6, 3.3)
    t = np.arange(1, found["T"] + 1)
    places = ((4.2, 12), (11.5, 12), (25, 33), (20, 88))
    for value, left, colour, dash, place in zip(
        found["z"], found["left"], palette().series, DASHES, places,
        strict=True,
    ):  # fmt: skip
        axes.semilogx(t, left, color=colour, ls=dash, lw=2)
        digits = ".1f" if value in (0.5, 0.8) else ".2f"
        axes.text(
            *place, f"$z = {say.tex(float(value), digits)}$", color=colour,
            fontsize=12, ha="left", va="bottom",
        )  # fmt: skip
    axes.axhline(50, color=palette().faint, lw=0.8, ls="-", zorder=0)
    axes.set_ylim(0, 103)
    axes.set_xlim(1, found["T"])
    axes.set_xlabel(say(es="paso $t$", en="step $t$"))
    axes.set_title(
        say(es="lo que queda de $h_1$ (%)", en="what is left of $h_1$ (%)")
    )
    axes.set_xticks([1, 2, 5, 10, 20, 50])
    axes.minorticks_off()
    numbered(axes.xaxis, say, "d")
    numbered(axes.yaxis, say, "d")
    half = [say.number(float(value), ".0f") for value in found["half"]]
    z = [say.number(float(value), "g") for value in found["z"]]
    return Drawing(
        figure,
        say(
            es="Cuatro curvas que decaen de 100 por ciento en sesenta pasos. "
            f"Con z {z[0]} la mitad se pierde en {half[0]} paso; con {z[1]}, "
            f"en {half[1]}; con {z[2]}, en {half[2]}; con {z[3]}, en "
            f"{half[3]}.",
            en="Four curves that decay from 100 per cent over sixty steps. "
            f"With z {z[0]} half is lost in {half[0]} step; with {z[1]}, in "
            f"{half[1]}; with {z[2]}, in {half[2]}; with {z[3]}, in "
            f"{half[3]}.",
        ),
        say(
            es="La memoria según $z$: un dato en el paso 1, silencio después, "
            "$r = 0$. La línea horizontal marca la mitad; los pasos están en "
            "escala logarítmica.",
            en="The memory by $z$: one input at step 1, silence after it, "
            "$r = 0$. The horizontal line marks one half; the steps are on a "
            "logarithmic scale.",
        ),
    )


def paths(say: Say) -> Drawing:
    """The norm of dh_T/dh_{T-k} beside that of the direct path alone."""
    found = measured.direct()
    figure, axes = canvas(5.6, 3.5)
    k = np.arange(found["T"] + 1)
    places = ((37, 4e-7), (46, 4.5e-2), (46, 1.05))
    for bias, total, path, colour, place in zip(
        found["biases"], found["total"], found["path"], palette().series,
        places, strict=False,
    ):  # fmt: skip
        axes.semilogy(k, total, color=colour, ls="-", lw=2)
        axes.semilogy(k, path, color=colour, ls="--", lw=1.6)
        axes.text(
            *place, f"$b_z = {bias:.0f}$", color=colour, fontsize=12.5,
            va="bottom",
        )  # fmt: skip
    ink = palette().ink
    axes.plot([], [], color=ink, ls="-", label=say(es="total", en="whole"))
    axes.plot(
        [], [], color=ink, ls="--",
        label=say(es="solo el camino directo", en="the direct path alone"),
    )  # fmt: skip
    axes.legend(loc="lower left", fontsize=12)
    axes.set_ylim(1e-11, 10)
    axes.set_yticks([1e-9, 1e-6, 1e-3, 1])
    axes.minorticks_off()
    axes.set_xlabel(say(es="retardo $k$", en="lag $k$"))
    axes.set_title(
        say(
            es="norma de $\\partial h_T/\\partial h_{T-k}$",
            en="norm of $\\partial h_T/\\partial h_{T-k}$",
        )
    )
    ends, alone = (
        [
            say.number(float(row[-1]), ".0e" if row[-1] < 1e-4 else ".3f")
            for row in found[key]
        ]
        for key in ("total", "path")
    )
    return Drawing(
        figure,
        say(
            es="Norma del jacobiano según el retardo, en escala logarítmica, "
            "para tres sesgos de la compuerta de actualización. A sesenta "
            f"pasos vale {ends[0]} con sesgo 0; {ends[1]} con 2; {ends[2]} con "
            f"4. El camino directo, por sí mismo: {alone[0]}; {alone[1]}; "
            f"{alone[2]}.",
            en="Norm of the Jacobian by lag, on a logarithmic scale, for three "
            "biases of the update gate. Over sixty steps it is "
            f"{ends[0]} with bias 0, {ends[1]} with 2 and {ends[2]} with 4. "
            f"The direct path alone: {alone[0]}, {alone[1]} and {alone[2]}.",
        ),
        say(
            es="Cuánto gradiente atraviesa $k$ pasos en una GRU sin entrenar, "
            f"de {found['H']} unidades, según el sesgo $b_z$.",
            en="How much gradient gets through $k$ steps in an untrained GRU "
            f"of {found['H']} units, by the bias $b_z$.",
        ),
    )


def lags(say: Say) -> Drawing:
    """Parts of dL/dW_h by lag: three new networks, and two held open."""
    found = measured.lags()
    figure, axes = canvas(5.6, 3.8)
    colours = dict(zip(("RNN", "LSTM", "GRU"), palette().series, strict=False))
    for kind, bias, terms in zip(
        found["kinds"], found["biases"], found["terms"], strict=True
    ):
        axes.semilogy(
            terms[:-1], color=colours[kind], ls="--" if bias else "-",
            lw=2 if kind == "RNN" else 1.6,
            label=kind + (f", $b = {bias:.0f}$" if bias else ""),
        )  # fmt: skip
    axes.axhline(0.01, color=palette().faint, lw=0.8, ls="-", zorder=0)
    axes.minorticks_off()
    axes.set(xlim=(0, found["T"] - 2), ylim=(1e-12, 2))
    axes.set_yticks([1e-12, 1e-8, 1e-4, 1e-2, 1])
    axes.set_xlabel(say(es="retardo $k$", en="lag $k$"))
    axes.set_title(
        say(
            es="parte de $\\mathrm{d}L/\\mathrm{d}W_h$ con retardo $k$",
            en="part of $\\mathrm{d}L/\\mathrm{d}W_h$ with lag $k$",
        )
    )
    axes.legend(loc="lower left", fontsize=12, borderpad=0)
    rnn, *others = (say.number(int(k), "d") for k in found["reach"])
    return Drawing(
        figure,
        say(
            es="Norma de cada parte del gradiente según el retardo, en escala "
            "logarítmica. En redes nuevas las tres curvas caen juntas: bajan "
            f"de un centésimo en los retardos {rnn} (RNN), {others[0]} (LSTM) "
            f"y {others[1]} (GRU). Con la compuerta abierta, las de LSTM y GRU "
            f"caen más despacio: en {others[2]} y {others[3]}.",
            en="Norm of each part of the gradient by lag, on a logarithmic "
            "scale. In new networks the three curves fall together, below a "
            f"hundredth at lags {rnn} (RNN), {others[0]} (LSTM) and "
            f"{others[1]} (GRU). With the gate open, those of the LSTM and the "
            f"GRU fall more slowly: at {others[2]} and {others[3]}.",
        ),
        say(
            es="Lo que el gradiente de los pesos recurrentes debe a cada "
            "retardo, relativo al total, en redes sin entrenar de "
            f"{found['H']} unidades; $b$ es el sesgo de la compuerta de olvido "
            "o el de $z$, y la línea horizontal, un centésimo.",
            en="What the gradient of the recurrent weights owes to each lag, "
            "relative to the whole, in untrained networks of "
            f"{found['H']} units; $b$ is the bias of the forget gate or of "
            "$z$, and the horizontal line is one hundredth.",
        ),
    )


def race(say: Say) -> Drawing:
    """Steps of training until the adding problem is solved, by its length."""
    found = training.race()
    figure, axes = canvas(5.6, 3.5)
    T, names = np.array(found["lengths"]), found["kinds"]
    for i, kind in enumerate(names):
        axes.plot(
            T, found["after"][i].mean(-1), color=palette().series[i],
            ls=DASHES[i], lw=1.6, label=kind,
        )  # fmt: skip
        for after in found["after"][i].T:
            axes.plot(
                T, after, color=palette().series[i], ls="", marker="o", ms=4
            )
    axes.set_xscale("log")
    axes.set(xlim=(9, 225), ylim=(0, found["training_steps"]))
    axes.set_xticks(T, [str(one) for one in T])
    axes.minorticks_off()
    axes.set_xlabel(say(es="pasos de tiempo $T$", en="time steps $T$"))
    axes.set_title(say(es="pasos de entrenamiento", en="steps of training"))
    axes.legend(loc="upper right", fontsize=12)
    longest = dict(zip(names, map(str, found["longest"]), strict=True))
    most = say.number(found["training_steps"], "d")
    return Drawing(
        figure,
        say(
            es="Pasos de entrenamiento hasta resolver el problema de la suma, "
            f"de {most} como máximo, según los pasos de tiempo. La RNN llega a "
            f"{longest['RNN']} pasos de tiempo; la LSTM, a {longest['LSTM']}, "
            f"y cada vez le cuesta más; la GRU, a {longest['GRU']}, y le "
            "cuesta poco más.",
            en="Steps of training until the adding problem is solved, of at "
            f"most {most}, by the time steps. The RNN gets to "
            f"{longest['RNN']} time steps; the LSTM to {longest['LSTM']}, at a "
            f"growing cost; the GRU to {longest['GRU']}, at little more.",
        ),
        say(
            es="Cuánto hay que entrenar para que el error baje de un quinto de "
            "1/6. Un punto por semilla; donde una red no tiene ninguno, no lo "
            "logró.",
            en="How long it takes for the error to fall below a fifth of 1/6. "
            "One dot a seed; where a network has none, it did not manage.",
        ),
    )
