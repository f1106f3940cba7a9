"""Figures of the chapter on deep networks."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import FancyBboxPatch

from rnncourse.experiments import deep as measured
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

STYLES = ("-", "--", "-.", ":")
MARKS = "os^D"

# The stack -------------------------------------------------------------------


def _frame(
    axes: Axes, low: Point, high: Point, colour: str, style: str = "-"
) -> None:
    """A rounded rectangle around nodes, by two of its corners."""
    axes.add_patch(
        FancyBboxPatch(
            low, high[0] - low[0], high[1] - low[1],
            "round,pad=0,rounding_size=0.2", edgecolor=colour,
            facecolor="none", linewidth=1.8, linestyle=style, zorder=5,
        )
    )  # fmt: skip


def stack(say: Say) -> Drawing:
    """Three layers over four steps, with one way of the gradient."""
    figure, axes = stage(5.6, 4.75)
    state, entry, output, way = palette().series
    faint = tint(palette().faint, 0.75)
    xs, ys = (1.05, 2.3, 3.55, 4.8), (0.4, 1.4, 2.4, 3.4, 4.35)
    turns = [(3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (0, 2), (0, 1), (0, 0)]
    taken = {frozenset(leg) for leg in pairwise(turns)}
    for i, x in enumerate(xs):
        node(axes, (x, ys[0]), f"$x_{i + 1}$", entry, box=True, size=0.27)
        node(
            axes, (x, ys[4]), rf"$\hat y_{i + 1}$", output, box=True, size=0.27
        )
        for l in (1, 2, 3):
            node(
                axes, (x, ys[l]), f"$h_{i + 1}^{{({l})}}$", state, size=0.33,
                fontsize=12,
            )  # fmt: skip
    up = [((i, j), (i, j + 1)) for i in range(4) for j in range(4)]
    on = [((i, j), (i + 1, j)) for i in range(3) for j in (1, 2, 3)]
    for start, end in up + on:
        if frozenset((start, end)) in taken:
            continue
        (i, j), (k, m) = start, end
        arrow(axes, (xs[i], ys[j]), (xs[k], ys[m]), faint, gap=0.35)
    for (i, j), (k, m) in pairwise(turns):
        arrow(
            axes, (xs[i], ys[j]), (xs[k], ys[m]), way, gap=0.33,
            linewidth=2.8, zorder=6,
        )  # fmt: skip
    for l in (1, 2, 3):
        axes.text(0.05, ys[l], f"$l = {l}$", fontsize=12, va="center")
    return Drawing(
        figure,
        say(
            es="Cuadrícula de tres capas por cuatro pasos. Cada estado recibe "
            "una flecha del paso anterior de su capa y otra de la capa de "
            "abajo en el mismo paso. Un camino resaltado va de la última "
            "salida a la primera entrada, bajando y retrocediendo por turnos.",
            en="Grid of three layers by four steps. Each state receives an "
            "arrow from the step before in its layer and another from the "
            "layer below at the same step. One highlighted way goes from the "
            "last output to the first input, by turns down and back.",
        ),
        say(
            es="Una red de tres capas desplegada en el tiempo y en "
            "profundidad. Resaltado, uno de los caminos por los que el "
            "gradiente de $\\hat y_4$ llega a $x_1$: cada tramo baja una capa "
            "o retrocede un paso.",
            en="A network of three layers unrolled in time and in depth. "
            "Highlighted, one of the ways along which the gradient of "
            "$\\hat y_4$ reaches $x_1$: each leg goes down one layer or back "
            "one step.",
        ),
    )


def paths(say: Say) -> Drawing:
    """What reaches each input, by lag, for one to four layers."""
    found = measured.paths()
    figure, axes = canvas(5.6, 3.3)
    for j, L in enumerate(found["layers"]):
        axes.plot(
            found["lags"], found["share"][j], ls=STYLES[j], marker=MARKS[j],
            markevery=5, ms=4, label=f"$L = {L}$",
        )  # fmt: skip
    axes.set(xlim=(0, 40), ylim=(0, 0.21))
    axes.set_yticks([0, 0.1, 0.2])
    numbered(axes.yaxis, say, ".1f")
    axes.set_xlabel(say(es="retardo $k$", en="lag $k$"))
    axes.set_title(
        say(
            es="parte de la derivada que va a cada entrada",
            en="share of the derivative that goes to each input",
        )
    )
    axes.legend(loc="upper right", fontsize=12)
    peaks = ", ".join(str(peak) for peak in found["peak"])
    return Drawing(
        figure,
        say(
            es="Cuatro curvas según el retardo, para una, dos, tres y cuatro "
            f"capas. El máximo está en los retardos {peaks}, y desde dos "
            "capas lo comparte el retardo siguiente: cuantas más capas, más "
            "lejos y más repartido.",
            en="Four curves over the lag, for one, two, three and four layers. "
            f"The maximum is at lags {peaks}, and from two layers on the lag "
            "after shares it: the more layers, the further back and the more "
            "spread out.",
        ),
        say(
            es=f"Unidades lineales con $w = {say.tex(found['w'], 'g')}$: la "
            "derivada de la última salida respecto de la entrada de hace $k$ "
            "pasos, en proporción a la suma de todas.",
            en=f"Linear units with $w = {say.tex(found['w'], 'g')}$: the "
            "derivative of the last output with respect to the input of $k$ "
            "steps before, in proportion to the sum of them all.",
        ),
    )


# Depth, measured -------------------------------------------------------------


def depth(say: Say) -> Drawing:
    """The error by number of layers, where depth helps and where not."""
    helped, not_helped = measured.depth(), measured.sums()
    figure, panels = canvas(5.6, 3.5, ncols=2)
    titles = (
        say(es="imitar una red de 3 capas", en="imitating 3 layers"),
        say(es="sumar dos números", en="adding two numbers"),
    )
    for axes, found, title, colour in zip(
        panels, (helped, not_helped), titles, palette().series, strict=False
    ):
        layers = found["layers"]
        axes.plot(layers, found["mean"], color=colour, ls="-", lw=1.4)
        for seed in range(found["seeds"]):
            axes.plot(
                layers, found["error"][:, seed], color=colour, ls="",
                marker=MARKS[seed], ms=6, alpha=0.8,
            )  # fmt: skip
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.set_xticks(layers)
        axes.set_xlim(0.7, 4.3)
        axes.set_title(title)
        axes.set_xlabel(say(es="capas $L$", en="layers $L$"))
    panels[0].set_ylim(0.02, 0.4)
    panels[0].set_yticks([0.03, 0.1, 0.3])
    panels[1].set_ylim(0.004, 1.6)
    panels[1].set_yticks([0.01, 0.1, 1])
    for axes in panels:
        numbered(axes.yaxis, say, "g")
    ends = [say.number(helped["mean"][j], ".2f") for j in (0, 2, 3)]
    worst = say.number(not_helped["worst"][3], ".2f")
    return Drawing(
        figure,
        say(
            es="Dos gráficas del error según el número de capas, con los "
            "mismos parámetros. A la izquierda baja de "
            f"{ends[0]} con una capa a {ends[1]} con tres y {ends[2]} con "
            "cuatro. A la derecha no baja, y con cuatro capas la peor de las "
            f"tres semillas se queda en {worst}.",
            en="Two plots of the error over the number of layers, with the "
            f"same parameters. On the left it falls from {ends[0]} with one "
            f"layer to {ends[1]} with three and {ends[2]} with four. On the "
            "right it does not fall, and with four layers the worst of the "
            f"three seeds stays at {worst}.",
        ),
        say(
            es="Error con secuencias nuevas, tres semillas y su media; 1 es el "
            "de responder siempre la media. Todas las redes tienen casi los "
            "mismos parámetros: con más capas, cada una es más angosta.",
            en="Error on fresh sequences, three seeds and their mean; 1 is "
            "that of always answering the mean. All the networks have almost "
            "the same parameters: with more layers, each is narrower.",
        ),
    )


def _variants(say: Say) -> list[str]:
    return [
        say(es="simple", en="plain"),
        say(es="normalización", en="norm"),
        say(es="residual", en="residual"),
        say(es="las dos", en="both"),
    ]


def norms(say: Say) -> Drawing:
    """What is left of a gradient on its way down twelve layers."""
    found = measured.norms()
    figure, panels = canvas(5.6, 4.0, ncols=3, sharey=True)
    for i, (axes, kind) in enumerate(zip(panels, found["kinds"], strict=True)):
        for j, name in enumerate(_variants(say)):
            axes.semilogy(
                found["down"], found["left"][i, j], ls=STYLES[j],
                marker=MARKS[j], markevery=3, ms=4, label=name,
            )  # fmt: skip
        axes.set_title(kind)
        axes.set(xlim=(0, 11), ylim=(1e-7, 20))
        axes.set_xticks([0, 5, 10])
        axes.minorticks_off()
        axes.set_yticks([1e-6, 1e-4, 1e-2, 1])
    panels[1].set_xlabel(say(es="capas hacia abajo", en="layers down"))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=4, fontsize=11,
        columnspacing=1.0, handlelength=2.2,
    )  # fmt: skip
    ends = [say.number(value, ".0e") for value in found["last"][:, 0]]
    others = found["last"][:, 1:]
    low, high = (say.number(x, ".1f") for x in (others.min(), others.max()))
    return Drawing(
        figure,
        say(
            es="Tres gráficas de la norma del gradiente según las capas que "
            "bajó, en escala logarítmica. En la pila simple queda, once capas "
            f"más abajo, {ends[0]} en la RNN, {ends[1]} en la GRU y {ends[2]} "
            "en la LSTM. Con conexiones residuales, con normalización o con "
            f"las dos no se desvanece: queda entre {low} y {high} veces la de "
            "arriba.",
            en="Three plots of the gradient's norm over the layers it has gone "
            "down, on a logarithmic scale. In the plain stack there remain, "
            f"eleven layers below, {ends[0]} in the RNN, {ends[1]} in the GRU "
            f"and {ends[2]} in the LSTM. With residual connections, with "
            "normalisation or with both it does not vanish: there remain "
            f"between {low} and {high} times that at the top.",
        ),
        say(
            es="Norma de $\\partial\\mathcal L/\\partial s^{(l)}$ relativa a "
            "la de la capa más alta, antes de entrenar, en pilas de 12 capas "
            "de 32 unidades: medianas de 7 redes.",
            en="Norm of $\\partial\\mathcal L/\\partial s^{(l)}$ relative to "
            "that of the top layer, before training, in stacks of 12 layers of "
            "32 units: medians of 7 networks.",
        ),
    )


def tall(say: Say) -> Drawing:
    """Training eight layers, stacked in four ways."""
    found = measured.tall()
    figure, axes = canvas(5.6, 4.0)
    for j, name in enumerate(_variants(say)):
        for seed in range(found["seeds"]):
            axes.semilogy(
                found["steps"], found["losses"][j, seed],
                color=palette().series[j], ls=STYLES[j], marker=MARKS[j],
                markevery=3, ms=4, label=name if seed == 0 else None,
            )  # fmt: skip
    axes.minorticks_off()
    axes.set(xlim=(10, 100), ylim=(0.02, 1.6))
    axes.set_yticks([0.03, 0.1, 0.3, 1])
    numbered(axes.yaxis, say, "g")
    axes.set_xlabel(say(es="paso de entrenamiento", en="training step"))
    axes.set_title(say(es="pérdida", en="loss"))
    figure.legend(loc="outside lower center", ncols=2, fontsize=12)
    plain = say.number(found["best"][0], ".2f")
    norm = [say.number(found[key][1], ".2f") for key in ("best", "worst")]
    good = say.number(max(found["worst"][2:]), ".2f")
    return Drawing(
        figure,
        say(
            es="Pérdida de pilas de ocho capas de LSTM durante cien pasos, dos "
            f"semillas cada una. La mejor de las simples termina en {plain}; "
            f"las normalizadas, en {norm[0]} y {norm[1]}; la peor de las "
            f"residuales, con normalización o sin ella, en {good}.",
            en="Loss of stacks of eight LSTM layers over a hundred steps, two "
            f"seeds each. The better of the plain ones ends at {plain}; the "
            f"normalised ones, at {norm[0]} and {norm[1]}; the worst of the "
            f"residual ones, with or without normalisation, at {good}.",
        ),
        say(
            es="Ocho capas de LSTM apiladas de cuatro maneras, dos semillas. "
            "Con 1 no se aprendió nada.",
            en="Eight LSTM layers stacked in four ways, two seeds. At 1 "
            "nothing has been learnt.",
        ),
    )


def masks(say: Say) -> Drawing:
    """Dropout masks, new at each step and locked; what a memory keeps."""
    found = measured.dropout()
    figure, panels = canvas(5.6, 4.4, nrows=2, ncols=2, height_ratios=[1, 1.15])
    grid = panels[1, 0].get_gridspec()
    for axes in panels[1]:
        axes.remove()
    curve = figure.add_subplot(grid[1, :])
    titles = (
        say(es="otra máscara en cada paso", en="a new mask at each step"),
        say(es="la misma en todos", en="the same at all of them"),
    )
    state = palette().series[0]
    for axes, name, title in zip(
        panels[0], ("fresh", "locked"), titles, strict=True
    ):
        dropped = 1 - found[name]
        axes.pcolormesh(
            dropped, cmap=ListedColormap([tint(state, 0.15), state]),
            edgecolors="face", linewidth=0.3,
        )  # fmt: skip
        axes.set_title(title)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(say(es="pasos", en="steps"))
    panels[0, 0].set_ylabel(say(es="unidades", en="units"))
    for name, label, k in (
        ("kept_fresh", titles[0], 0),
        ("kept_locked", titles[1], 1),
    ):
        curve.plot(
            found["steps"], found[name], color=palette().series[k],
            ls=STYLES[k], marker=MARKS[k], markevery=2, ms=4, label=label,
        )  # fmt: skip
    curve.set(xlim=(0, 20), ylim=(0, 1.05))
    curve.set_yticks([0, 0.5, 1])
    numbered(curve.yaxis, say, "g")
    curve.set_xticks([0, 5, 10, 15, 20])
    curve.set_xlabel(say(es="pasos por la máscara", en="steps through it"))
    curve.set_title(say(es="unidades que recuerdan", en="units that remember"))
    curve.legend(loc="upper right", bbox_to_anchor=(1, 0.75), fontsize=12)
    fresh, locked = (
        say.number(found[name][-1], ".2f")
        for name in ("kept_fresh", "kept_locked")
    )
    return Drawing(
        figure,
        say(
            es="Arriba, dos mapas de unidades por pasos: con una máscara nueva "
            "en cada paso los ceros están dispersos; con la misma en todos "
            "forman franjas. Abajo, la parte de las unidades que recuerda "
            f"después de veinte pasos: {fresh} en el primer caso y {locked} en "
            "el segundo.",
            en="At the top, two maps of units by steps: with a new mask at "
            "each step the zeros are scattered; with the same at all of them "
            "they form stripes. Below, the share of the units that remember "
            f"after twenty steps: {fresh} in the first case and {locked} in "
            "the second.",
        ),
        say(
            es="Descarte con probabilidad "
            f"{say.number(found['p'], 'g')}; oscuro, lo descartado. Si la "
            "máscara se aplicara de un paso al siguiente, una que cambia "
            "borraría todo en pocos pasos.",
            en=f"Dropout with probability {say.number(found['p'], 'g')}; dark, "
            "what is dropped. Were the mask put between one step and the next, "
            "one that changes would erase everything in a few steps.",
        ),
    )


# Directions and outputs ------------------------------------------------------


def bidirectional(say: Say) -> Drawing:
    """Two chains over one sequence, one forward and one back."""
    figure, axes = stage(5.6, 3.85)
    state, entry, output, back = palette().series
    xs, low, first, second, top = (1.35, 2.6, 3.85, 5.1), 0.4, 1.4, 2.4, 3.42
    for x, t in zip(xs, "1234", strict=True):
        arrow(axes, (x, low), (x, first), entry, gap=0.34)
        arrow(
            axes, (x, low), (x, second), entry, gap=0.34,
            bend="arc3,rad=0.42",
        )  # fmt: skip
        arrow(axes, (x, second), (x, top), back, gap=0.36)
        arrow(
            axes, (x, first), (x, top), state, gap=0.36,
            bend="arc3,rad=-0.42",
        )  # fmt: skip
        node(axes, (x, low), f"$x_{t}$", entry, box=True, size=0.27)
        node(
            axes, (x, first), rf"$\overrightarrow{{h}}_{t}$", state,
            size=0.31, fontsize=12,
        )  # fmt: skip
        node(
            axes, (x, second), rf"$\overleftarrow{{h}}_{t}$", back, size=0.31,
            fontsize=12,
        )  # fmt: skip
        node(axes, (x, top), f"$h_{t}$", output, box=True, size=0.27)
    for before, after in pairwise(xs):
        arrow(axes, (before, first), (after, first), state, gap=0.35)
        arrow(axes, (after, second), (before, second), back, gap=0.35)
    for y, words, colour in (
        (first, say(es="ida", en="forward"), state),
        (second, say(es="vuelta", en="backward"), back),
    ):
        axes.text(
            0.05, y, words, fontsize=12, va="center", style="italic",
            color=colour,
        )  # fmt: skip
    return Drawing(
        figure,
        say(
            es="Dos cadenas de estados sobre las mismas cuatro entradas: una "
            "avanza del paso 1 al 4 y la otra vuelve del 4 al 1. En cada paso "
            "la salida junta los dos estados.",
            en="Two chains of states over the same four inputs: one goes from "
            "step 1 to 4 and the other back from 4 to 1. At each step the "
            "output joins the two states.",
        ),
        say(
            es="Una capa bidireccional son dos capas que no se hablan: una lee "
            "hacia adelante y la otra hacia atrás. Cada salida junta los dos "
            "estados.",
            en="A bidirectional layer is two layers that do not talk to each "
            "other: one reads forwards and the other backwards. Each output "
            "joins the two states.",
        ),
    )


def outputs(say: Say) -> Drawing:
    """Where `output` and `h_n` lie in a stack, and with two directions."""
    figure, axes = stage(5.6, 5.3)
    state, entry, output, back = palette().series
    xs = (0.95, 1.85, 2.75, 3.65, 4.55)
    rows = (2.95, 3.75, 4.55)
    for l, y in enumerate(rows, start=1):
        for x in xs:
            node(axes, (x, y), "", state, size=0.22)
        for before, after in pairwise(xs):
            arrow(axes, (before, y), (after, y), state, gap=0.25)
        axes.text(0.05, y, f"$l = {l}$", fontsize=12, va="center")
    for x in xs:
        for low, high in pairwise(rows):
            arrow(axes, (x, low), (x, high), state, gap=0.25)
    _frame(axes, (0.6, 4.22), (4.9, 4.88), output)
    _frame(axes, (4.2, 2.6), (4.84, 4.96), entry, "--")
    axes.text(2.3, 5.02, "output", family="monospace", fontsize=12,
              color=output)  # fmt: skip
    axes.text(4.98, 3.3, "h_n", family="monospace", fontsize=12, color=entry)
    for y, colour, words, name in (
        (1.55, state, say(es="ida", en="fwd"), ""),
        (0.75, back, say(es="vuelta", en="bwd"), ""),
    ):
        for x in xs:
            node(axes, (x, y), name, colour, size=0.22)
        for before, after in pairwise(xs):
            ends = (before, after) if colour == state else (after, before)
            arrow(axes, (ends[0], y), (ends[1], y), colour, gap=0.25)
        axes.text(0.05, y, words, fontsize=10.5, va="center", style="italic")
    _frame(axes, (0.58, 0.38), (4.92, 1.92), output)
    _frame(axes, (4.25, 1.25), (4.85, 1.85), entry, "--")
    _frame(axes, (0.65, 0.45), (1.25, 1.05), entry, "--")
    axes.text(2.3, 2.02, "output", family="monospace", fontsize=12,
              color=output)  # fmt: skip
    for x, y in ((4.98, 1.55), (0.72, 0.12)):
        axes.text(x, y, "h_n", family="monospace", fontsize=12, color=entry,
                  va="center")  # fmt: skip
    axes.text(4.12, 0.12, "output[-1]", family="monospace", fontsize=11,
              va="center")  # fmt: skip
    axes.plot([4.2, 4.9], [0.3, 0.3], color=palette().ink, lw=1.6, ls="-")
    return Drawing(
        figure,
        say(
            es="Arriba, tres capas por cinco pasos: la salida es la fila de la "
            "capa más alta y h_n, la columna del último paso. Abajo, una capa "
            "bidireccional: la salida son las dos filas; h_n, el último estado "
            "de la ida, a la derecha, y el último de la vuelta, a la "
            "izquierda.",
            en="At the top, three layers by five steps: the output is the row "
            "of the top layer and h_n the column of the last step. Below, a "
            "bidirectional layer: the output is both rows; h_n, the last state "
            "forwards, on the right, and the last backwards, on the left.",
        ),
        say(
            es="Qué devuelve una capa de PyTorch. `output`, línea llena: la "
            "capa más alta, todos los pasos. `h_n`, trazos: todas las capas, "
            "el último paso **que leyó cada una**. En la vuelta, ese es el "
            "paso 1.",
            en="What a PyTorch layer returns. `output`, solid line: the top "
            "layer, all steps. `h_n`, dashed: all layers, the last step "
            "**that each has read**. Backwards, that is step 1.",
        ),
    )


# Lengths and pieces ----------------------------------------------------------


def padding(say: Say) -> Drawing:
    """Three sequences padded, and the same packed."""
    figure, axes = stage(5.6, 4.0)
    faint = palette().faint
    colours, lengths = palette().series[:3], (6, 4, 2)
    letters = "abc"
    for n, (colour, length) in enumerate(zip(colours, lengths, strict=True)):
        y = 3.25 - 0.48 * n
        for t in range(6):
            x = 0.75 + 0.5 * t
            real = t < length
            text = f"{letters[n]}{t + 1}" if real else "0"
            node(
                axes, (x, y), text, colour if real else tint(faint, 0.6),
                box=True, size=0.22, fill=0.16 if real else 0, fontsize=11,
            )  # fmt: skip
            if not real:
                axes.texts[-1].set_color(faint)
    axes.text(0.5, 3.62, say(es="con relleno", en="padded"), fontsize=12.5,
              style="italic")  # fmt: skip
    axes.text(3.85, 2.78, say(es="$T \\times N = 18$\ncasillas", en="$T \\times N = 18$\nplaces"), fontsize=12, va="center")  # fmt: skip  # noqa: E501
    axes.text(0.5, 1.72, say(es="empaquetadas", en="packed"), fontsize=12.5,
              style="italic")  # fmt: skip
    x = 0.42
    for t in range(6):
        alive = sum(t < length for length in lengths)
        start = x
        for n in range(alive):
            node(
                axes, (x, 1.3), f"{letters[n]}{t + 1}", colours[n], box=True,
                size=0.19, fontsize=9.5,
            )  # fmt: skip
            x += 0.395
        middle = (start + x - 0.395) / 2
        axes.plot(
            [start - 0.15, x - 0.395 + 0.15], [0.98, 0.98],
            color=palette().ink, lw=1.4, ls="-",
        )  # fmt: skip
        axes.text(middle, 0.72, str(alive), ha="center", fontsize=13)
        x += 0.06
    axes.text(
        0.3, 0.3,
        say(
            es="batch_sizes: cuántas siguen vivas en cada paso",
            en="batch_sizes: how many are alive at each step",
        ),
        fontsize=12,
    )  # fmt: skip
    return Drawing(
        figure,
        say(
            es="Arriba, tres secuencias de 6, 4 y 2 pasos como filas de seis "
            "casillas, las que faltan con ceros. Abajo, las mismas doce "
            "entradas en una tira, ordenadas por paso: tres del paso 1, tres "
            "del 2, dos del 3, dos del 4, una del 5 y una del 6.",
            en="At the top, three sequences of 6, 4 and 2 steps as rows of six "
            "places, those missing filled with zeros. Below, the same twelve "
            "inputs in one strip, ordered by step: three of step 1, three of "
            "2, two of 3, two of 4, one of 5 and one of 6.",
        ),
        say(
            es="Un lote con relleno calcula también los ceros. Empaquetado "
            "guarda solo las entradas reales, paso por paso, y cuántas "
            "secuencias siguen vivas en cada uno.",
            en="A padded batch computes the zeros as well. A packed one keeps "
            "the real inputs alone, step by step, and how many sequences are "
            "alive at each.",
        ),
    )


def rows(say: Say) -> Drawing:
    """A series as rows of a batch, cut in pieces whose state is handed on."""
    figure, axes = stage(5.6, 3.9)
    state, entry, output, _ = palette().series
    colours = (state, entry, output)
    for k in range(12):
        x = 0.35 + 0.445 * k
        node(
            axes, (x, 3.25), str(k + 1), colours[k // 4], box=True, size=0.21,
            fontsize=11,
        )  # fmt: skip
    axes.text(0.14, 3.6, say(es="la serie", en="the series"), fontsize=12.5,
              style="italic")  # fmt: skip
    axes.text(0.14, 2.62, say(es="en 3 filas", en="as 3 rows"),
              fontsize=12.5, style="italic")  # fmt: skip
    for n in range(3):
        y = 2.2 - 0.6 * n
        for t in range(4):
            x = 1.2 + 0.62 * t + (0.9 if t >= 2 else 0.0)
            node(
                axes, (x, y), str(4 * n + t + 1), colours[n], box=True,
                size=0.22, fontsize=12,
            )  # fmt: skip
        arrow(axes, (1.95, y), (3.2, y), palette().ink, gap=0.13)
    for low, high, words in (
        (0.9, 2.12, say(es="lote 1", en="batch 1")),
        (3.04, 4.26, say(es="lote 2", en="batch 2")),
    ):
        _frame(axes, (low, 0.68), (high, 2.52), palette().faint, "--")
        axes.text((low + high) / 2, 0.45, words, ha="center", fontsize=12)
    axes.text(2.58, 0.12, say(es="se pasa el estado", en="the state is handed on"), ha="center", fontsize=12)  # fmt: skip  # noqa: E501
    return Drawing(
        figure,
        say(
            es="Una serie de doce valores, y debajo la misma en tres filas de "
            "cuatro: 1 a 4, 5 a 8 y 9 a 12. Un primer lote tiene las dos "
            "primeras columnas y el segundo las otras dos; una flecha en cada "
            "fila lleva el estado del primero al segundo.",
            en="A series of twelve values, and below it the same in three rows "
            "of four: 1 to 4, 5 to 8 and 9 to 12. A first batch has the first "
            "two columns and the second the other two; an arrow in each row "
            "takes the state from the first to the second.",
        ),
        say(
            es="Cada fila del lote es un tramo de la serie, y cada lote "
            "continúa las filas del anterior: el estado de una fila le sirve "
            "al lote siguiente, en la misma fila.",
            en="Each row of the batch is a stretch of the series, and each "
            "batch goes on with the rows of the one before: the state of a row "
            "is of use to the next batch, in the same row.",
        ),
    )
