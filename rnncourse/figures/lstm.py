"""Figures of the chapter on the LSTM."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from rnncourse.experiments import lstm as measured
from rnncourse.figures.style import (
    Drawing,
    Point,
    arrow,
    canvas,
    node,
    numbered,
    palette,
    stage,
    tint,
)
from rnncourse.words import Say

# The cell: one drawing, whose parts are lit one by one -----------------------

TOP, MIDDLE, GATES, BUS = 3.5, 2.6, 1.7, 0.92  # inches
AT: dict[str, Point] = {
    "c before": (0.32, TOP),
    "c": (5.26, TOP),
    "keep": (1.3, TOP),
    "add": (2.95, TOP),
    "write": (2.95, MIDDLE),
    "squash": (4.42, MIDDLE),
    "show": (4.42, GATES),
    "f": (1.3, GATES),
    "i": (2.12, GATES),
    "g": (2.95, GATES),
    "o": (3.72, GATES),
    "h before": (0.32, BUS),
    "x": (0.8, 0.3),
    "h": (5.26, GATES),
}
SMALL, LARGE = 0.17, 0.27
WHOLE = frozenset({"read", "carry", "after", "forget", "write", "show"})


class _Cell:
    """The drawing; what belongs to a part that is not lit is faint."""

    def __init__(self, lit: frozenset[str], one: bool = False) -> None:
        self.figure, self.axes = stage(5.6, 3.95)
        self.lit, self.one = lit, one
        self.state, self.entry, self.out, self.gate = palette().series

    def colour(self, part: str, colour: str) -> str:
        return colour if part in self.lit else palette().faint

    def node(
        self, part: str, name: str, text: str, colour: str, **look: Any
    ) -> None:
        lit = part in self.lit
        node(
            self.axes, AT[name], text, self.colour(part, colour),
            fill=0.16 if lit else 0.0, **look,
        )  # fmt: skip
        if not lit:
            self.axes.texts[-1].set_color(palette().faint)

    def operator(self, part: str, name: str, text: str) -> None:
        look: dict[str, Any] = {"size": SMALL, "fontsize": 13}
        if text == "tanh":
            look = {"size": 0.24, "fontsize": 11.5}
        self.node(part, name, text, palette().ink, **look)

    def line(
        self, part: str, colour: str, *points: Point, head: bool = True
    ) -> None:
        """Straight pieces between points, with a head on the last."""
        shade = self.colour(part, colour)
        width = 1.5 if part in self.lit else 0.9
        if part in self.lit and colour == self.state:
            width = 2.2
        zorder = 2.0 if part in self.lit else 1.0
        if len(points) > 2 or not head:
            last = len(points) - 1 if head else len(points)
            x, y = zip(*points[:last], strict=True)
            self.axes.plot(
                x, y, color=shade, lw=width, ls="-", zorder=zorder,
                solid_capstyle="round",
            )  # fmt: skip
        if head:
            arrow(
                self.axes, points[-2], points[-1], shade, gap=0.0,
                linewidth=width, zorder=zorder,
            )  # fmt: skip

    def between(self, part: str, colour: str, start: str, end: str) -> None:
        """An arrow from edge to edge of two parts in one row or column."""
        (x, y), (u, v) = AT[start], AT[end]
        gap, far = self.radius(start), self.radius(end)
        dx, dy = np.sign(u - x), np.sign(v - y)
        self.line(
            part, colour, (x + gap * dx, y + gap * dy),
            (u - far * dx, v - far * dy),
        )  # fmt: skip

    @staticmethod
    def radius(name: str) -> float:
        if name == "squash":
            return 0.25
        return 0.18 if name in ("keep", "add", "write", "show") else 0.28

    def draw(self) -> None:
        state, ink = self.state, palette().ink
        self.carry(state)
        self.gates(ink)
        show = AT["show"]
        split = (AT["squash"][0], TOP)
        self.line("show", state, split, (split[0], MIDDLE + 0.25))
        self.between("show", state, "squash", "show")
        self.between("show", self.gate, "o", "show")
        self.between("show", state, "show", "h")
        self.operator("show", "squash", "tanh")
        self.operator("show", "show", "×")
        self.node("show", "h", "$h_t$", state, size=LARGE, fontsize=14)
        assert show[1] == AT["h"][1]

    def carry(self, state: str) -> None:
        if self.one:
            self.between("carry", state, "c before", "add")
            self.axes.text(
                AT["keep"][0], TOP + 0.1, r"$\times\,1$", ha="center",
                fontsize=14, color=self.colour("carry", state),
            )  # fmt: skip
        else:
            self.between("carry", state, "c before", "keep")
            self.between("carry", state, "keep", "add")
            self.operator("forget", "keep", "×")
        self.between("after", state, "add", "c")
        self.operator("write", "add", "+")
        for part, name, text in (
            ("carry", "c before", "$c_{t-1}$"),
            ("after", "c", "$c_t$"),
        ):
            self.node(
                part, name, text, state, size=LARGE,
                fontsize=12 if name == "c before" else 14,
            )  # fmt: skip

    def gates(self, ink: str) -> None:
        self.line("read", self.entry, (0.8, 0.55), (0.8, BUS), head=False)
        self.line("read", ink, (0.6, BUS), (AT["o"][0], BUS), head=False)
        look: dict[str, Any] = {"size": LARGE, "box": True, "fontsize": 15}
        boxes = [("i", "write"), ("g", "write"), ("o", "show")]
        boxes += [] if self.one else [("f", "forget")]
        texts = {"g": r"$\tilde c_t$"}
        for name, part in boxes:
            x, y = AT[name]
            colour = self.out if name == "g" else self.gate
            self.line(part, ink, (x, BUS), (x, y - 0.28))
            text = texts.get(name, f"${name}_t$")
            self.node(part, name, text, colour, **look)
            self.axes.text(
                x + 0.07, y - 0.43, "tanh" if name == "g" else r"$\sigma$",
                fontsize=12 if name == "g" else 14, va="center",
                color=self.colour(part, colour),
            )  # fmt: skip
        if not self.one:
            self.between("forget", self.gate, "f", "keep")
        x, y = AT["i"]
        self.line(
            "write", self.gate, (x, y + 0.28), (x, MIDDLE),
            (AT["write"][0] - 0.18, MIDDLE),
        )  # fmt: skip
        self.axes.plot(
            [x, x + 0.1], [MIDDLE, MIDDLE], ls="-",
            lw=1.5 if "write" in self.lit else 0.9,
            color=self.colour("write", self.gate),
            zorder=2.0 if "write" in self.lit else 1.0,
        )  # fmt: skip
        self.between("write", self.out, "g", "write")
        self.between("write", self.out, "write", "add")
        self.operator("write", "write", "×")
        self.node(
            "read", "h before", "$h_{t-1}$", self.state, size=LARGE, fontsize=12
        )
        self.node(
            "read", "x", "$x_t$", self.entry, size=0.25, box=True, fontsize=14
        )


def _cell(*lit: str, one: bool = False) -> Any:
    cell = _Cell(frozenset(lit) or WHOLE, one)
    cell.draw()
    return cell.figure


def carousel(say: Say) -> Drawing:
    """The cell of 1997: a loop of weight 1, no forget gate."""
    return Drawing(
        _cell("carry", "after", "write", one=True),
        say(
            es="Esquema de la celda de 1997 con el camino de arriba encendido: "
            "c de t menos 1 llega multiplicada por 1, se le suma el valor "
            "nuevo dosificado por la compuerta de entrada y sale c de t. No "
            "hay compuerta de olvido.",
            en="Diagram of the cell of 1997 with the path at the top lit: c at "
            "t minus 1 arrives multiplied by 1, the new value metered by the "
            "input gate is added, and c at t comes out. There is no forget "
            "gate.",
        ),
        say(
            es="El carrusel de error constante, 1997: lo guardado vuelve "
            "multiplicado por 1 y lo nuevo se suma.",
            en="The constant error carousel, 1997: what is kept comes back "
            "multiplied by 1, and what is new is added.",
        ),
    )


def forget(say: Say) -> Drawing:
    """The forget gate, lit."""
    return Drawing(
        _cell("read", "carry", "after", "forget"),
        say(
            es="El mismo esquema con la compuerta de olvido encendida: f de t, "
            "calculada de x de t y h de t menos 1, multiplica a c de t menos 1 "
            "en el camino de arriba.",
            en="The same diagram with the forget gate lit: f at t, computed "
            "from x at t and h at t minus 1, multiplies c at t minus 1 on the "
            "path at the top.",
        ),
        say(
            es="La compuerta de olvido, 2000: el peso 1 del lazo se vuelve "
            "$f_t$, un número por componente, distinto en cada paso.",
            en="The forget gate, 2000: the weight 1 of the loop becomes $f_t$, "
            "one number per component, another at each step.",
        ),
    )


def write(say: Say) -> Drawing:
    """The input node and the input gate, lit."""
    return Drawing(
        _cell("read", "write"),
        say(
            es="El mismo esquema con el nodo de entrada y la compuerta de "
            "entrada encendidos: i de t multiplica al valor nuevo, y el "
            "producto llega a la suma del camino de arriba.",
            en="The same diagram with the input node and the input gate lit: i "
            "at t multiplies the new value, and the product arrives at the sum "
            "on the path at the top.",
        ),
        say(
            es="El nodo de entrada propone qué escribir, $\\tilde c_t$; la "
            "compuerta de entrada decide cuánto, $i_t$.",
            en="The input node proposes what to write, $\\tilde c_t$; the "
            "input gate decides how much, $i_t$.",
        ),
    )


def update(say: Say) -> Drawing:
    """The cell's update, lit."""
    return Drawing(
        _cell("carry", "after", "forget", "write"),
        say(
            es="El mismo esquema con la actualización de la celda encendida: "
            "lo conservado, f por c de t menos 1, más lo escrito, i por el "
            "valor nuevo, da c de t.",
            en="The same diagram with the update of the cell lit: what is "
            "kept, f times c at t minus 1, plus what is written, i times the "
            "new value, makes c at t.",
        ),
        say(
            es="La actualización: un producto conserva, otro escribe, y se "
            "suman.",
            en="The update: one product keeps, another writes, and they are "
            "added.",
        ),
    )


def show(say: Say) -> Drawing:
    """The output gate and the hidden state, lit."""
    return Drawing(
        _cell("read", "after", "show"),
        say(
            es="El mismo esquema con la salida encendida: c de t pasa por tanh "
            "y se multiplica por la compuerta de salida; el resultado es h de "
            "t.",
            en="The same diagram with the output lit: c at t goes through tanh "
            "and is multiplied by the output gate; the result is h at t.",
        ),
        say(
            es="La compuerta de salida decide cuánto de la celda ve el resto "
            "de la red, $h_t$.",
            en="The output gate decides how much of the cell the rest of the "
            "network sees, $h_t$.",
        ),
    )


def cell(say: Say) -> Drawing:
    """The whole cell."""
    return Drawing(
        _cell(),
        say(
            es="Esquema de la celda LSTM. Arriba, el camino de la celda: c de "
            "t menos 1 por la compuerta de olvido, más la compuerta de entrada "
            "por el nodo de entrada, da c de t. Abajo, x de t y h de t menos 1 "
            "alimentan las tres compuertas y el nodo. A la derecha, tanh de c "
            "de t por la compuerta de salida da h de t.",
            en="Diagram of the LSTM cell. At the top, the path of the cell: c "
            "at t minus 1 times the forget gate, plus the input gate times the "
            "input node, makes c at t. At the bottom, x at t and h at t minus "
            "1 feed the three gates and the node. On the right, tanh of c at t "
            "times the output gate makes h at t.",
        ),
        say(
            es="La celda completa. Cuadrados: las tres compuertas ($\\sigma$) "
            "y el nodo de entrada (tanh), cada uno con sus pesos. Círculos "
            "chicos: operaciones componente a componente, sin pesos.",
            en="The whole cell. Squares: the three gates ($\\sigma$) and the "
            "input node (tanh), each with weights of its own. Small circles: "
            "operations component by component, without weights.",
        ),
    )


# Memory and gradients --------------------------------------------------------


def memory(say: Say) -> Drawing:
    """f^t for several constant forget gates."""
    found = measured.memory()
    figure, axes = canvas(5.6, 3.2)
    for gate, row in zip(found["gates"], found["kept"], strict=True):
        axes.plot(found["t"], row, label=f"$f = {say.tex(gate, 'g')}$")
    axes.axhline(0.5, 0, 0.71, color=palette().faint, lw=0.8, ls="-", zorder=0)
    axes.set(xlim=(0, 100), ylim=(-0.02, 1.06))
    axes.set_yticks([0, 0.5, 1])
    numbered(axes.yaxis, say, "g")
    axes.set_xlabel(say(es="pasos $t$", en="steps $t$"))
    axes.set_title(say(es="lo que queda, $f^t$", en="what is left, $f^t$"))
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.97), fontsize=12)
    half = [say.number(value, ".0f") for value in found["half"]]
    return Drawing(
        figure,
        say(
            es="Lo que queda de la celda según los pasos para cuatro "
            f"compuertas constantes: con 0,5 la mitad en {half[0]} paso, con "
            f"0,9 en {half[1]}, con 0,99 en {half[2]}; con 1 queda todo.",
            en="What is left of the cell over the steps for four constant "
            f"gates: with 0.5 half in {half[0]} step, with 0.9 in {half[1]}, "
            f"with 0.99 in {half[2]}; with 1 all of it.",
        ),
        say(
            es="Lo que queda de $c_0$ después de $t$ pasos si la compuerta de "
            "olvido vale siempre $f$ y no se escribe nada.",
            en="What is left of $c_0$ after $t$ steps if the forget gate is "
            "always $f$ and nothing is written.",
        ),
    )


def through_time(say: Say) -> Drawing:
    """The direct path and the whole, beside the simple network."""
    found = measured.through_time()
    figure, panels = canvas(5.6, 5.8, nrows=2, sharex=True, sharey=True)
    titles = (
        say(
            es="camino directo: producto de los $f_t$",
            en="direct path: the product of the $f_t$",
        ),
        say(es="derivada total", en="total derivative"),
    )
    names = [rf"LSTM, $b_f = {bias:.0f}$" for bias in found["biases"]]
    order = (1, 2, 3)
    styles = ("--", "-.", ":")
    for axes, title, key in zip(
        panels, titles, ("direct", "total"), strict=True
    ):
        axes.semilogy(
            found["lags"], found["simple"], color=palette().series[0], ls="-",
            label=say(es="red simple", en="simple network"),
        )  # fmt: skip
        for row, name, k, style in zip(
            found[key], names, order, styles, strict=True
        ):
            axes.semilogy(
                found["lags"], row, color=palette().series[k], ls=style,
                label=name,
            )  # fmt: skip
        axes.set_title(title)
        axes.minorticks_off()
        axes.set(xlim=(0, 50), ylim=(1e-15, 10))
        axes.set_yticks([1e-15, 1e-10, 1e-5, 1])
    panels[0].legend(loc="lower left", fontsize=12, borderpad=0)
    panels[1].set_xlabel(say(es="retardo $T - t$", en="lag $T - t$"))
    parts = (*found["direct_last"], found["simple_last"])
    last = [say.number(float(value), ".0e") for value in parts]
    return Drawing(
        figure,
        say(
            es="Dos gráficas de lo que queda de un gradiente según el retardo, "
            "en escala logarítmica. Por el camino directo, a 50 pasos quedan "
            f"{last[0]} con sesgo de olvido 0, {last[1]} con 1 y {last[2]} con "
            f"2; en la red simple {last[3]}. La derivada total queda siempre "
            "por encima del camino directo.",
            en="Two plots of what is left of a gradient over the lag, on a "
            "logarithmic scale. Along the direct path, at 50 steps there "
            f"remain {last[0]} with a forget bias of 0, {last[1]} with 1 and "
            f"{last[2]} with 2; in the simple network {last[3]}. The total "
            "derivative is always above the direct path.",
        ),
        say(
            es="Lo que llega a $c_t$ de un gradiente de norma 1 en $c_T$ (en "
            "la red simple, de $h_T$ a $h_t$), sin entrenar: medianas de 21 "
            "redes de 32 unidades.",
            en="What reaches $c_t$ of a gradient of norm 1 at $c_T$ (in the "
            "simple network, $h_t$ from $h_T$), untrained: medians of 21 "
            "networks of 32 units.",
        ),
    )


def explosion(say: Say) -> Drawing:
    """The direct path fades and the total derivative explodes."""
    found = measured.explosion()
    figure, axes = canvas(5.6, 3.3)
    for key, name in (
        ("direct", say(es="camino directo, $f^k$", en="direct path, $f^k$")),
        ("total", say(es="total, $c_0 = 0$", en="total, $c_0 = 0$")),
        ("moved", f"total, $c_0 = {say.tex(0.5, 'g')}$"),
    ):
        axes.semilogy(found["lags"], found[key], label=name)
    axes.minorticks_off()
    axes.set(xlim=(0, 50), ylim=(1e-4, 1e15))
    axes.set_yticks([1, 1e5, 1e10, 1e15])
    axes.set_xlabel(say(es="pasos $k$", en="steps $k$"))
    axes.set_title(r"$\partial c_k/\partial c_0$")
    axes.legend(loc="upper left", fontsize=12)
    last = [say.number(value, ".0e") for value in found["last"]]
    return Drawing(
        figure,
        say(
            es="Tres curvas en escala logarítmica. A los 50 pasos el camino "
            f"directo vale {last[0]}; la derivada total, {last[1]} si la celda "
            f"empieza en cero y {last[2]} si empieza en un medio.",
            en="Three curves on a logarithmic scale. At 50 steps the direct "
            f"path is {last[0]}; the total derivative, {last[1]} if the cell "
            f"begins at zero and {last[2]} if it begins at one half.",
        ),
        say(
            es="Una unidad con $f < 1$ y $W_{hc} = 4$: lo que vuelve por "
            "$h_{t-1}$ hace explotar la derivada total. Lejos de cero tanh se "
            "satura y la frena.",
            en="One unit with $f < 1$ and $W_{hc} = 4$: what comes back "
            "through $h_{t-1}$ makes the total derivative explode. Away from "
            "zero tanh saturates and holds it.",
        ),
    )


def pulse(say: Say) -> Drawing:
    """What is left of a pulse, for three forget biases."""
    found = measured.pulse()
    figure, axes = canvas(5.6, 3.3)
    for j, bias in enumerate(found["biases"]):
        colour = palette().series[j]
        axes.semilogy(
            found["t"], found["left"][j], color=colour, ls="-",
            marker="os^"[j], ms=4, lw=1.4, label=f"$b_f = {bias:.0f}$",
        )  # fmt: skip
        axes.semilogy(
            found["t"], found["constant"][j], color=colour, ls=":", lw=1.4
        )
    axes.minorticks_off()
    axes.set(xlim=(0.5, 30.5), ylim=(1e-9, 3))
    axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    axes.set_xticks([1, 10, 20, 30])
    axes.set_xlabel(say(es="paso $t$", en="step $t$"))
    axes.set_title(
        say(
            es="lo que queda de un pulso en el paso 1",
            en="what is left of a pulse at step 1",
        )
    )
    axes.legend(loc="lower left", fontsize=12, borderpad=0)
    left = [say.number(float(value), ".0e") for value in found["left"][:, -1]]
    return Drawing(
        figure,
        say(
            es="Lo que queda en la celda de una entrada del paso 1, en escala "
            f"logarítmica, hasta el paso 30: {left[0]} con sesgo de olvido 0, "
            f"{left[1]} con 1 y {left[2]} con 2. Las líneas punteadas, las "
            "potencias de la compuerta constante, quedan por debajo.",
            en="What is left in the cell of an input at step 1, on a "
            f"logarithmic scale, up to step 30: {left[0]} with a forget bias "
            f"of 0, {left[1]} with 1 and {left[2]} with 2. The dotted lines, "
            "powers of the constant gate, lie below.",
        ),
        say(
            es="Diferencia entre las celdas de dos lecturas que solo difieren "
            "en $x_1$, relativa a la del paso 1: mediana de 21 LSTM sin "
            "entrenar. Punteada, $\\sigma(b_f)^{t-1}$.",
            en="Difference between the cells of two readings that differ in "
            "$x_1$ only, relative to that of step 1: median of 21 untrained "
            "LSTMs. Dotted, $\\sigma(b_f)^{t-1}$.",
        ),
    )


def learning(say: Say) -> Drawing:
    """The verb's loss with three forget biases."""
    found = measured.learning()
    figure, axes = canvas(5.6, 3.4)
    styles = ("-", "--", "-.")
    for j, bias in enumerate(found["biases"]):
        for seed in range(found["seeds"]):
            axes.plot(
                found["steps"], found["losses"][j, seed],
                color=palette().series[j], ls=styles[j], lw=1.5,
                label=f"$b_f = {bias:.0f}$" if seed == 0 else None,
            )  # fmt: skip
    for level in (found["blind"], found["sees"]):
        axes.axhline(level, color=palette().faint, lw=0.8, ls="-", zorder=0)
    axes.text(398, found["sees"] - 0.02, r"$\ln 4$", ha="right", va="top")
    axes.text(398, found["blind"] + 0.03, r"$\ln 8$", ha="right", va="bottom")
    axes.set(xlim=(0, 400), ylim=(1.25, 2.6))
    axes.set_yticks([1.5, 2, 2.5])
    numbered(axes.yaxis, say, ".1f")
    axes.set_xlabel(say(es="paso de entrenamiento", en="training step"))
    axes.set_title(say(es="pérdida del verbo", en="loss of the verb"))
    axes.legend(loc="upper right", fontsize=12, bbox_to_anchor=(0.85, 1))
    middle = (found["blind"] + found["sees"]) / 2
    fell = (found["losses"][..., -1] < middle).sum(1)
    of = found["seeds"]
    return Drawing(
        figure,
        say(
            es=f"Pérdida de {of * len(fell)} redes durante 400 pasos, {of} por "
            "sesgo de olvido. Bajan del logaritmo de 8 hacia el de 4 "
            f"{fell[0]} de las que tienen sesgo 0, {fell[1]} de las de sesgo 1 "
            f"y {fell[2]} de las de sesgo 2.",
            en=f"Loss of {of * len(fell)} networks over 400 steps, {of} for "
            "each forget bias. From the logarithm of 8 towards that of 4 fall "
            f"{fell[0]} of those with bias 0, {fell[1]} of those with bias 1 "
            f"and {fell[2]} of those with bias 2.",
        ),
        say(
            es="Elegir el verbo que concuerda con un sujeto lejano, tres "
            "semillas por sesgo. Quien no sabe el número no baja de $\\ln 8$; "
            "quien lo sabe llega a $\\ln 4$, pues el verbo es uno de cuatro al "
            "azar.",
            en="Choosing the verb that agrees with a distant subject, three "
            "seeds a bias. Whoever does not know the number stays at $\\ln 8$; "
            "whoever does gets to $\\ln 4$, since the verb is one of four at "
            "random.",
        ),
    )


# Gates at work ---------------------------------------------------------------


def _stems(axes: Axes, t: NDArray[Any], y: NDArray[Any], colour: str) -> None:
    axes.vlines(t, 0, y, color=colour, lw=1.6)
    axes.plot(t, y, color=colour, ls="", marker="o", ms=4)


def opening(say: Say) -> Drawing:
    """A value written, kept hidden, and shown when o_t opens."""
    found = measured.opening()
    figure, panels = canvas(
        5.6, 5.6, nrows=4, sharex=True, height_ratios=[1, 1, 1, 1]
    )
    t, series = found["t"], palette().series
    _stems(panels[0], t, found["x"], series[1])
    panels[0].set_title(say(es="entrada", en="input"))
    panels[1].step(
        t, found["i"], where="mid", color=series[3], ls="-", label="$i_t$"
    )
    panels[1].step(
        t, found["o"], where="mid", color=series[2], ls="--", label="$o_t$"
    )
    panels[1].set_title(
        say(
            es="compuertas: entrada $i_t$ (llena), salida $o_t$ (trazos)",
            en="gates: input $i_t$ (solid), output $o_t$ (dashed)",
        )
    )
    _stems(panels[2], t, found["c"], series[0])
    panels[2].set_title(say(es="celda $c_t$", en="cell $c_t$"))
    _stems(panels[3], t, found["h"], series[2])
    panels[3].set_title(
        say(es="lo que la red ve: $h_t$", en="what the network sees: $h_t$")
    )
    for axes in panels:
        for mark in (found["write"], found["read"]):
            axes.axvline(mark, color=palette().faint, lw=0.9, ls="--", zorder=0)
        axes.axhline(0, color=palette().faint, lw=0.8, ls="-", zorder=0)
        axes.set_ylim(-1.1, 1.1)
        axes.set_yticks([-1, 0, 1])
    for axes in panels[1:]:
        axes.set_ylim(-0.1, 1.1)
        axes.set_yticks([0, 1])
    panels[0].set_xlim(0.3, len(t) + 0.7)
    panels[3].set_xticks([1, found["write"], 10, found["read"], len(t)])
    panels[3].set_xlabel(say(es="paso $t$", en="step $t$"))
    value = say.number(found["cell"], ".2f")
    shown = say.number(found["after"], ".2f")
    return Drawing(
        figure,
        say(
            es="Cuatro gráficas por paso. La compuerta de entrada se abre solo "
            f"en el paso 4; la celda pasa a {value} y se queda ahí mientras la "
            "entrada cambia. La de salida se abre en el paso 18 y recién "
            f"entonces h pasa de 0 a {shown}.",
            en="Four plots by step. The input gate opens at step 4 only; the "
            f"cell goes to {value} and stays there while the input changes. "
            "The output gate opens at step 18, and only then does h go from 0 "
            f"to {shown}.",
        ),
        say(
            es="Una celda con pesos puestos a mano: escribe en el paso 4, "
            "guarda sin mostrar y muestra desde el 18, cuando $o_t$ pasa de 0 "
            "a 1.",
            en="A cell with weights set by hand: it writes at step 4, keeps "
            "without showing, and shows from step 18, when $o_t$ goes from 0 "
            "to 1.",
        ),
    )


def _shades(colour: str) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list(
        "gate", [tint(colour, 0.0), tint(colour, 0.95)]
    )


def _signed() -> LinearSegmentedColormap:
    low, high = palette().series[1], palette().series[0]
    return LinearSegmentedColormap.from_list(
        "signed", [low, tint(low, 0.0), high]
    )


def _heat(
    axes: Axes, values: NDArray[Any], title: str, limit: float = 0
) -> None:
    """Rows of units, columns of steps; signed where there is a limit."""
    colours = _signed() if limit else _shades(palette().series[0])
    axes.pcolormesh(
        values, cmap=colours, vmin=-limit, vmax=limit or 1, edgecolors="face",
        linewidth=0.4,
    )  # fmt: skip
    axes.set_ylim(len(values), 0)
    axes.set_title(title)
    axes.set_yticks([])
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(True)
    axes.tick_params(length=0)


def gates(say: Say) -> Drawing:
    """Gates and cell of a trained LSTM along a sentence."""
    found = measured.sentence()[say.language]
    words = found["words"][:-1]
    figure, panels = canvas(
        5.6, 5.4, nrows=2, ncols=2, sharex=True, sharey=True
    )
    apart = np.abs(found["c"][-1, 0] - found["c"][-1, 1])
    order = np.argsort(-apart)
    limit = float(np.ceil(np.abs(found["c"][:, 0]).max()))
    titles = {
        "f": say(es="olvido $f_t$", en="forget $f_t$"),
        "i": say(es="entrada $i_t$", en="input $i_t$"),
        "o": say(es="salida $o_t$", en="output $o_t$"),
        "c": say(
            es=rf"celda $c_t$, $-{say.tex(limit, 'd')}$ a "
            rf"${say.tex(limit, 'd')}$",
            en=rf"cell $c_t$, $-{say.tex(limit, 'd')}$ to "
            rf"${say.tex(limit, 'd')}$",
        ),
    }
    for axes, name in zip(panels.flat, "fioc", strict=True):
        values = found[name][:, 0].T[order]
        _heat(axes, values, titles[name], limit if name == "c" else 0)
    for axes in panels[1]:
        axes.set_xticks(
            np.arange(len(words)) + 0.5, words, rotation=60, ha="right",
            rotation_mode="anchor", fontsize=11,
        )  # fmt: skip
    for axes in panels[:, 0]:
        axes.set_ylabel(say(es="unidades", en="units"))
    text = " ".join(words)
    return Drawing(
        figure,
        say(
            es=f"Cuatro mapas de calor, dieciséis unidades por las palabras "
            f"«{text}». La compuerta de olvido está casi toda llena desde el "
            "sustantivo; las de entrada y salida varían de una unidad a otra; "
            "las celdas crecen palabra a palabra, unas positivas y otras "
            "negativas.",
            en=f"Four heat maps, sixteen units by the words “{text}”. The "
            "forget gate is almost full from the noun on; the input and output "
            "gates vary from unit to unit; the cells grow word by word, some "
            "positive and some negative.",
        ),
        say(
            es="Compuertas y celda de la red que aprendió la concordancia. Más "
            "color, más cerca de 1; en la celda, azul positivo y naranja "
            "negativo. La primera fila es la unidad que mejor distingue el "
            "número.",
            en="Gates and cell of the network that learnt the agreement. The "
            "more colour, the nearer 1; in the cell, blue is positive and "
            "orange negative. The first row is the unit that tells the number "
            "best.",
        ),
    )


def number(say: Say) -> Drawing:
    """The unit that carries the number, in singular and in plural."""
    found = measured.sentence()[say.language]
    words = found["words"]
    figure, axes = canvas(5.6, 3.5)
    apart = np.abs(found["c"][-1, 0] - found["c"][-1, 1])
    unit = int(apart.argmax())
    places = np.arange(len(words) - 1)
    subject = (" ".join(words[:2]), " ".join(found["other"]))
    for k, (text, mark) in enumerate(zip(subject, "os", strict=True)):
        axes.plot(
            places, found["c"][:, k, unit], marker=mark, ms=6, label=f"{text}…",
            color=palette().series[k], ls=("-", "--")[k],
        )  # fmt: skip
    axes.axhline(0, color=palette().faint, lw=0.8, ls="-", zorder=0)
    labels = [
        *(f"{a}\n{b}" for a, b in zip(words[:2], found["other"], strict=True)),
        *words[2:-1],
    ]
    axes.set_xticks(
        places, labels, rotation=45, ha="right", rotation_mode="anchor",
        fontsize=11,
    )  # fmt: skip
    numbered(axes.yaxis, say, "d")
    axes.set_yticks([-5, 0, 5])
    axes.set_title(
        say(es="celda $c_t$ de una unidad", en="cell $c_t$ of one unit")
    )
    axes.legend(fontsize=12, loc="upper left", borderpad=0)
    last = [say.number(float(v), ".1f") for v in found["c"][-1, :, unit]]
    return Drawing(
        figure,
        say(
            es="La celda de una unidad palabra por palabra en dos oraciones "
            "que solo difieren en el sujeto. Las curvas se separan en el "
            f"sujeto y llegan al verbo con {last[0]} en plural y {last[1]} en "
            "singular.",
            en="The cell of one unit word by word in two sentences that differ "
            "in the subject only. The curves part at the subject and reach the "
            f"verb with {last[0]} in the plural and {last[1]} in the singular.",
        ),
        say(
            es="La memoria del número: dos oraciones que difieren en el sujeto "
            "y una unidad que las distingue hasta el verbo.",
            en="The memory of the number: two sentences that differ in the "
            "subject, and a unit that tells them apart up to the verb.",
        ),
    )


def summing(say: Say) -> Drawing:
    """A trained unit that writes at the marks and keeps elsewhere."""
    found = measured.summing()
    unit = found["unit"]
    figure, panels = canvas(5.6, 5.2, nrows=3, sharex=True)
    t, series = np.arange(1, found["T"] + 1), palette().series
    marked = found["marks"] > 0
    panels[0].bar(t, found["values"], color=tint(series[1], 0.35), width=0.7)
    panels[0].bar(
        t[marked], found["values"][marked], color=series[1], width=0.7
    )
    panels[0].set_title(
        say(
            es="entrada; en color pleno, los dos números marcados",
            en="input; in full colour, the two marked numbers",
        )
    )
    for name, colour, style, mark in (
        ("f", series[0], "--", "s"),
        ("i", series[3], "-", "o"),
    ):
        panels[1].plot(
            t, found[name][:, unit], color=colour, ls=style, marker=mark, ms=4
        )
    panels[1].set_title(
        say(
            es="compuertas: olvido $f_t$ (trazos), entrada $i_t$ (llena)",
            en="gates: forget $f_t$ (dashed), input $i_t$ (solid)",
        )
    )
    _stems(panels[2], t, found["c"][:, unit], series[0])
    panels[2].set_title(say(es="celda $c_t$", en="cell $c_t$"))
    panels[2].set_xticks([1, 5, 10, 15, 20])
    panels[2].set_xlabel(say(es="paso $t$", en="step $t$"))
    for axes in panels[:2]:
        axes.set_ylim(0, 1.08)
        axes.set_yticks([0, 1])
    panels[2].axhline(0, color=palette().faint, lw=0.8, ls="-", zorder=0)
    numbered(panels[2].yaxis, say, ".1f")
    for axes in panels:
        for mark in t[marked]:
            axes.axvline(mark, color=palette().faint, lw=0.9, ls="--", zorder=0)
    places = ", ".join(str(mark) for mark in t[marked])
    words = (
        say.number(found["answer"], ".2f"),
        say.number(found["target"], ".2f"),
    )
    return Drawing(
        figure,
        say(
            es="Tres gráficas por paso. Hay dos números marcados, en los "
            f"pasos {places}. La compuerta de entrada de la unidad sube solo "
            "en ellos, la de olvido está cerca de 1, y la celda salta en cada "
            f"marca. La red responde {words[0]} y la suma es {words[1]}.",
            en=f"Three plots by step. Two numbers are marked, at steps "
            f"{places}. The unit's input gate rises at those only, its forget "
            "gate is near 1, and the cell jumps at each mark. The network "
            f"answers {words[0]} and the sum is {words[1]}.",
        ),
        say(
            es="Una unidad de una LSTM entrenada para sumar los números "
            "marcados: nadie le dijo cuándo abrir la compuerta de entrada.",
            en="One unit of an LSTM trained to add the marked numbers: nobody "
            "told it when to open its input gate.",
        ),
    )


MONTHS = {
    "es": ("ene", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def market(say: Say) -> Drawing:
    """Gates and cell of a trained LSTM along the crisis of 2008."""
    found = measured.market()
    figure, panels = canvas(
        5.6, 6.6, nrows=4, sharex=True, height_ratios=[1.5, 1, 1, 1]
    )
    days, series = found["days"], palette().series
    x = np.arange(len(days)) + 0.5
    panels[0].bar(x, found["moves"], color=tint(series[1], 0.55), width=0.9)
    panels[0].plot(x, found["forecast"], color=series[0], ls="-", lw=2.0)
    panels[0].set_title(
        say(
            es="variación del día, en %; línea, el pronóstico",
            en="move of the day, in %; line, the forecast",
        )
    )
    panels[0].set_yticks([0, 5, 10])
    order = np.argsort(-np.ptp(found["f"], axis=0))
    limit = float(np.ceil(np.abs(found["c"]).max()))
    titles = {
        "f": say(es="olvido $f_t$", en="forget $f_t$"),
        "i": say(es="entrada $i_t$", en="input $i_t$"),
        "c": say(
            es=rf"celda $c_t$, $-{say.tex(limit, 'd')}$ a "
            rf"${say.tex(limit, 'd')}$",
            en=rf"cell $c_t$, $-{say.tex(limit, 'd')}$ to "
            rf"${say.tex(limit, 'd')}$",
        ),
    }
    for axes, name in zip(panels[1:], "fic", strict=True):
        values = found[name].T[order]
        _heat(axes, values, titles[name], limit if name == "c" else 0)
        axes.set_ylabel(say(es="unidades", en="units"))
    first = [
        k for k, day in enumerate(days) if k == 0 or day[:7] != days[k - 1][:7]
    ]
    names = MONTHS[say.language]
    labels = [names[max(int(days[k][5:7]) - 6, 1) - 1] for k in first]
    panels[3].set_xticks([k + 0.5 for k in first], labels)
    panels[3].set_xlim(0, len(days))
    forgets = [say.number(value, ".2f") for value in found["forgets"]]
    most = say.number(float(found["moves"].max()), ".0f")
    return Drawing(
        figure,
        say(
            es="Variaciones diarias de IBM de agosto de 2008 a enero de 2009, "
            f"chicas en agosto y después de hasta {most} por ciento, con un "
            "pronóstico que sube en octubre y baja despacio. Debajo, tres "
            "mapas de calor de ocho unidades por día: olvido, entrada y "
            "celda. En octubre varias celdas crecen; la compuerta "
            f"de olvido de una unidad pasa de {forgets[0]} en días tranquilos "
            f"a {forgets[1]} en los violentos.",
            en="Daily moves of IBM from August 2008 to January 2009, small "
            f"in August and then up to {most} per cent, with a forecast that "
            "rises in October and falls slowly. Below, "
            "three heat maps of eight units by day: forget, input and cell. In "
            "October several cells grow; the forget gate of one unit goes from "
            f"{forgets[0]} on calm days to {forgets[1]} on violent ones.",
        ),
        say(
            es="Una LSTM lee cuánto varió cada día el precio de IBM, hacia "
            "arriba o hacia abajo, y dice cuánto variará el siguiente. Se "
            "entrenó con lo anterior a 2008. En los mapas, lo mismo que en la "
            "figura de la oración.",
            en="An LSTM reads how much the price of IBM moved each day, up or "
            "down, and says how much it will move the next. It was trained on "
            "what came before 2008. The maps are as in the figure of the "
            "sentence.",
        ),
    )
