"""Figures of the chapter on backpropagation."""

from collections.abc import Iterable

from matplotlib.axes import Axes

from rnncourse.experiments import backprop as measured
from rnncourse.figures.style import (
    Drawing,
    arrow,
    canvas,
    node,
    numbered,
    palette,
    stage,
)
from rnncourse.words import Say

UP, DOWN = 3.0, 1.45  # of the first and the second unit of each layer, inches
PLACES = {
    "i1": (0.4, UP),
    "i2": (0.4, DOWN),
    "h1": (2.15, UP),
    "h2": (2.15, DOWN),
    "o1": (3.9, UP),
    "o2": (3.9, DOWN),
    "L": (5.2, (UP + DOWN) / 2),
}
EDGES = {
    "w1": ("i1", "h1"),
    "w2": ("i2", "h1"),
    "w3": ("i1", "h2"),
    "w4": ("i2", "h2"),
    "w5": ("h1", "o1"),
    "w6": ("h2", "o1"),
    "w7": ("h1", "o2"),
    "w8": ("h2", "o2"),
    "E1": ("o1", "L"),
    "E2": ("o2", "L"),
}
# Where along its edge a weight's name stands, and how far beside it, inches
BESIDE = {
    "w1": (0.5, 0.0, 0.16),
    "w2": (0.24, -0.17, 0.06),
    "w3": (0.24, -0.17, -0.06),
    "w4": (0.5, 0.0, -0.17),
    "w5": (0.5, 0.0, 0.16),
    "w6": (0.24, -0.17, 0.06),
    "w7": (0.24, -0.17, -0.06),
    "w8": (0.5, 0.0, -0.17),
}
SYMBOLS = {
    "i1": "$i_1$",
    "i2": "$i_2$",
    "h1": "$h_1$",
    "h2": "$h_2$",
    "o1": "$o_1$",
    "o2": "$o_2$",
    "L": r"$\mathcal{L}$",
}


def _colour(name: str) -> str:
    state, entry, output, _ = palette().series
    return {"i": entry, "h": state, "o": output, "L": palette().ink}[name[0]]


def _graph(
    axes: Axes, edges: Iterable[str], nodes: Iterable[str], names: bool = True
) -> None:
    """The network, faint except for those nodes, without those edges."""
    faint, lit = palette().faint, set(nodes)
    for name, place in PLACES.items():
        shown = name in lit
        node(
            axes,
            place,
            SYMBOLS[name],
            _colour(name) if shown else faint,
            fill=0.14 if shown else 0,
            box=name[0] in "iL",
            size=0.27,
            fontsize=13,
        )
    for name, (start, end) in EDGES.items():
        if name in edges:
            continue
        arrow(
            axes, PLACES[start], PLACES[end], faint, gap=0.31, alpha=0.75,
            linewidth=1.2,
        )  # fmt: skip
    if names:
        for name in BESIDE:
            _weight(axes, name, faint)


def _weight(axes: Axes, name: str, colour: str) -> None:
    share, right, up = BESIDE[name]
    (x, y), (x_end, y_end) = (PLACES[end] for end in EDGES[name])
    axes.text(
        x + share * (x_end - x) + right,
        y + share * (y_end - y) + up,
        f"$w_{name[1]}$",
        ha="center",
        va="center",
        fontsize=12.5,
        color=colour,
    )


def _back(axes: Axes, edge: str) -> None:
    """The edge lit, from its end to its start."""
    start, end = EDGES[edge]
    arrow(
        axes, PLACES[end], PLACES[start], palette().series[3], gap=0.31,
        linewidth=3.0, zorder=5,
    )  # fmt: skip


def _last(axes: Axes, edge: str) -> None:
    """The level edge of the weight itself: dashed, with a whole head."""
    start, end = EDGES[edge]
    (x, y), (x_end, _) = PLACES[start], PLACES[end]
    colour, gap, head = palette().series[3], 0.31, 0.14
    axes.plot(
        [x_end - gap, x + gap + head],
        [y, y],
        color=colour,
        linewidth=3.0,
        linestyle=(0, (1.6, 1.2)),
        zorder=5,
    )
    arrow(
        axes, (x + 2 * gap + head, y), (x, y), colour, gap=gap,
        linewidth=3.0, zorder=5,
    )  # fmt: skip


def network(say: Say) -> Drawing:
    """The network with its numbers, forward."""
    found = measured.factors()
    figure, axes = stage(5.6, 4.0)
    _graph(axes, (), PLACES, names=False)
    for name in BESIDE:
        _weight(axes, name, palette().ink)
    for name, (x, y) in PLACES.items():
        above = y > 2.5
        key = {"i": name, "h": f"out_{name}", "o": f"out_{name}", "L": "L"}
        digits = ".2f" if name[0] == "i" else ".3f"
        text = f"${say.tex(found[key[name[0]]], digits)}$"
        axes.text(
            x, y + (0.44 if above else -0.46), text, ha="center", va="center",
            fontsize=13,
        )  # fmt: skip
    for x, words in (
        (0.45, say(es="entradas", en="inputs")),
        (2.15, say(es="ocultas", en="hidden")),
        (3.9, say(es="salidas", en="outputs")),
    ):
        axes.text(x, 3.8, words, ha="center", va="center", fontsize=12)
    biases = [say.tex(found[name], ".2f") for name in ("b1", "b2")]
    weights = [say.tex(found[f"w{k}"], ".2f") for k in range(1, 9)]
    separated = (r";\; " if say.language == "es" else r",\; ").join(weights)
    for y, text in (
        (0.58, rf"$w_1, \dots, w_8 = {separated}$"),
        (0.22, rf"$b_1 = {biases[0]} \qquad b_2 = {biases[1]}$"),
    ):
        axes.text(2.8, y, text, ha="center", va="center", fontsize=12.5)
    values = {
        name: say.number(found[name], ".3f")
        for name in ("out_h1", "out_h2", "out_o1", "out_o2", "L")
    }
    targets = [say.number(found[f"target_o{k}"], ".2f") for k in (1, 2)]
    return Drawing(
        figure,
        say(
            es="Red de dos entradas, dos unidades ocultas y dos salidas, todas "
            "unidas entre capas por los pesos w1 a w8. Las ocultas valen "
            f"{values['out_h1']} y {values['out_h2']}, las salidas "
            f"{values['out_o1']} y {values['out_o2']}, la pérdida "
            f"{values['L']}.",
            en="Network of two inputs, two hidden units and two outputs, all "
            "joined between layers by the weights w1 to w8. The hidden units "
            f"give {values['out_h1']} and {values['out_h2']}, the outputs "
            f"{values['out_o1']} and {values['out_o2']}, the loss "
            f"{values['L']}.",
        ),
        say(
            es="La red, con lo que sale de cada unidad. Un sesgo por capa, "
            f"$b_1$ y $b_2$; los objetivos son {targets[0]} y {targets[1]}.",
            en="The network, with what comes out of each unit. One bias per "
            f"layer, $b_1$ and $b_2$; the targets are {targets[0]} and "
            f"{targets[1]}.",
        ),
    )


def path_w5(say: Say) -> Drawing:
    """From the loss to w5: one path, three factors."""
    found = measured.factors()
    figure, axes = stage(5.6, 3.7)
    _graph(axes, ("E1", "w5"), ("L", "o1", "h1"))
    _back(axes, "E1")
    _last(axes, "w5")
    _weight(axes, "w5", palette().series[3])
    shown = [say.tex(value, ".3f") for value in found["factors_w5"]]
    axes.text(4.85, 2.85, f"${shown[0]}$", ha="left", va="center", fontsize=13)
    axes.text(
        3.9, UP + 0.44, rf"$\times {shown[1]}$", ha="center", va="center",
        fontsize=13,
    )  # fmt: skip
    axes.text(
        2.15, UP + 0.44, rf"$\times {shown[2]}$", ha="center", va="center",
        fontsize=13,
    )  # fmt: skip
    total = say.tex(found["dw5"], ".4f")
    body = r" \times ".join(shown)
    _formula(
        axes,
        rf"$\partial\mathcal{{L}}/\partial w_5 = {body} = {total}$",
        0.45,
    )
    value = say.number(found["dw5"], ".4f")
    return Drawing(
        figure,
        say(
            es="La red en gris. Encendido, el camino de vuelta de la pérdida a "
            "la salida 1 y al peso w5, con sus tres factores; el producto es "
            f"{value}.",
            en="The network in grey. Lit, the path back from the loss to "
            "output 1 and to the weight w5, with its three factors; the "
            f"product is {value}.",
        ),
        say(
            es="De la pérdida a $w_5$ hay un solo camino. Los factores: "
            "$\\partial\\mathcal L/\\partial \\mathrm{out}_{o1}$, "
            "$\\partial \\mathrm{out}_{o1}/\\partial \\mathrm{in}_{o1}$ y "
            "$\\partial \\mathrm{in}_{o1}/\\partial w_5 = "
            "\\mathrm{out}_{h1}$. La flecha de trazos es la del propio peso.",
            en="From the loss to $w_5$ there is a single path. The factors: "
            "$\\partial\\mathcal L/\\partial \\mathrm{out}_{o1}$, "
            "$\\partial \\mathrm{out}_{o1}/\\partial \\mathrm{in}_{o1}$ and "
            "$\\partial \\mathrm{in}_{o1}/\\partial w_5 = "
            "\\mathrm{out}_{h1}$. The dashed arrow is that of the weight "
            "itself.",
        ),
    )


def _formula(axes: Axes, text: str, y: float) -> None:
    axes.text(2.8, y, text, ha="center", va="center", fontsize=14)


def path_w1(say: Say) -> Drawing:
    """From the loss to w1: two paths that meet in h1."""
    found = measured.factors()
    figure, axes = stage(5.6, 3.7)
    lit = ("E1", "E2", "w5", "w7", "w1")
    _graph(axes, lit, ("L", "o1", "o2", "h1", "i1"))
    for edge in ("E1", "E2", "w5", "w7"):
        _back(axes, edge)
    _last(axes, "w1")
    for name in ("w1", "w5", "w7"):
        _weight(axes, name, palette().series[3])
    first, second, after = (
        [
            say.tex(value, digits)
            for value, digits in zip(found[key], formats, strict=True)
        ]
        for key, formats in (
            ("through_o1", (".3f", ".3f", ".2f")),
            ("through_o2", (".3f", ".3f", ".2f")),
            ("after", (".3f", ".2f")),
        )
    )
    for x, y, text, where in (
        (4.85, 2.85, first[0], "left"),
        (4.85, 1.6, second[0], "left"),
        (3.9, UP + 0.44, rf"\times {first[1]}", "center"),
        (3.9, DOWN - 0.44, rf"\times {second[1]}", "center"),
        (2.15, UP + 0.44, rf"\times {after[0]}", "center"),
        (0.45, UP + 0.44, rf"\times {after[1]}", "center"),
        (3.05, UP - 0.2, rf"\times {first[2]}", "center"),
        (3.16, DOWN + 0.28, rf"\times {second[2]}", "center"),
    ):
        axes.text(x, y, f"${text}$", ha=where, va="center", fontsize=13)
    via = [say.tex(found[key], ".4f") for key in ("via_o1", "via_o2")]
    joined = say.tex(found["d_out_h1"], ".4f")
    _formula(
        axes,
        rf"$\partial\mathcal{{L}}/\partial\mathrm{{out}}_{{h1}}"
        rf" = {via[0]} {via[1]} = {joined}$",
        0.62,
    )
    total = say.tex(found["dw1"], ".6f")
    _formula(
        axes,
        rf"$\partial\mathcal{{L}}/\partial w_1 = "
        rf"{joined} \times {after[0]} \times {after[1]} = {total}$",
        0.2,
    )
    value = say.number(found["dw1"], ".6f")
    return Drawing(
        figure,
        say(
            es="La red en gris. Encendidos, dos caminos de vuelta, uno por "
            "cada salida, que se juntan en la unidad oculta 1 y siguen hasta "
            f"el peso w1, con sus factores; el resultado es {value}.",
            en="The network in grey. Lit, two paths back, one through each "
            "output, which meet in hidden unit 1 and go on to the weight w1, "
            f"with their factors; the result is {value}.",
        ),
        say(
            es="A $w_1$ se llega por dos caminos: sus productos se suman en "
            "$h_1$. Cada uno lleva también $w_5$ o $w_7$.",
            en="Two paths lead to $w_1$: their products are added in $h_1$. "
            "Each also carries $w_5$ or $w_7$.",
        ),
    )


def descent(say: Say) -> Drawing:
    """The loss along descent for four learning rates."""
    found = measured.descent()
    figure, axes = canvas(5.6, 3.6)
    for rate, losses in zip(found["rates"], found["losses"], strict=True):
        text = say.tex(rate, "g")
        axes.loglog(found["steps"], losses, label=rf"$\eta = {text}$")
    axes.axhline(
        found["start"], color=palette().faint, lw=0.8, ls="-", zorder=0
    )
    axes.set(xlim=(1, 10_000), ylim=(1e-7, 3))
    axes.minorticks_off()
    axes.set_xticks([1, 10, 100, 1000, 10_000])
    numbered(axes.xaxis, say, ",d")
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1])
    axes.set_xlabel(say(es="pasos de descenso", en="steps of descent"))
    axes.set_title(say(es="pérdida", en="loss"))
    axes.legend(loc="lower left", fontsize=12)
    rates = [say.number(rate, "g") for rate in found["rates"]]
    last = [say.number(float(loss), ".1e") for loss in found["last"]]
    return Drawing(
        figure,
        say(
            es="Pérdida según los pasos de descenso, en escalas logarítmicas. "
            f"Al cabo de diez mil: {last[0]} con tasa {rates[0]}; {last[1]} "
            f"con {rates[1]}; {last[2]} con {rates[2]}. Con tasa {rates[3]} "
            "sube en el primer paso y no vuelve a moverse.",
            en="Loss over the steps of descent, on logarithmic scales. After "
            f"ten thousand: {last[0]} with rate {rates[0]}; {last[1]} with "
            f"{rates[1]}; {last[2]} with {rates[2]}. With rate {rates[3]} it "
            "rises at the first step and does not move again.",
        ),
        say(
            es="La misma red, el mismo gradiente y cuatro tasas de aprendizaje "
            "$\\eta$. Más grande es más rápido, hasta que un paso satura las "
            "unidades y el gradiente se apaga: $\\eta = 200$. La línea fina es "
            "la pérdida inicial.",
            en="The same network, the same gradient and four learning rates "
            "$\\eta$. Larger is faster, until one step saturates the units "
            "and the gradient dies: $\\eta = 200$. The thin line is the loss "
            "at the start.",
        ),
    )
