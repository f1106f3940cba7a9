"""Figures of the chapter on what came after."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from rnncourse.experiments import beyond as measured
from rnncourse.figures.style import (
    Drawing,
    Point,
    arrow,
    canvas,
    node,
    numbered,
    palette,
    stage,
)
from rnncourse.words import Say

# Diagrams --------------------------------------------------------------------

PITCH, DOT = 0.52, 0.13  # inches between two steps; radius of a node


def _row(axes: Axes, y: float, steps: int, colour: str, box: bool) -> None:
    for t in range(steps):
        node(axes, (_x(t), y), "", colour, size=DOT, box=box)


def _x(t: int) -> float:
    return 2.8 + PITCH * (t - 3.5)  # of eight


def _links(axes: Axes, pairs: list[tuple[Point, Point]], lit: bool) -> None:
    colour = palette().ink if lit else palette().faint
    for start, end in pairs:
        arrow(
            axes, start, end, colour, gap=DOT + 0.03,
            linewidth=2.2 if lit else 0.9, zorder=2.5 if lit else 1.5,
        )  # fmt: skip


def paths(say: Say) -> Drawing:
    """The way from the first input to the last output, in three networks."""
    figure, axes = stage(5.6, 5.3)
    state, entry = palette().series[:2]
    titles = (
        say(es="recurrente: 7 saltos", en="recurrent: 7 hops"),
        say(es="convolución en el tiempo: 3", en="temporal convolution: 3"),
        say(es="atención: 1", en="attention: 1"),
    )
    for y, title in zip((5.08, 3.62, 1.42), titles, strict=True):
        axes.text(_x(0) - DOT, y, title, va="center", fontsize=13)
    # recurrent
    low, high = 4.0, 4.65
    _row(axes, low, 8, entry, True)
    _row(axes, high, 8, state, False)
    _links(axes, [((_x(t), low), (_x(t), high)) for t in range(1, 8)], False)
    steps = [((_x(t), high), (_x(t + 1), high)) for t in range(7)]
    _links(axes, [((_x(0), low), (_x(0), high)), *steps], True)
    # convolution: kernel 2, dilations 1, 2, 4
    rows = [1.8, 2.3, 2.8, 3.3]
    _row(axes, rows[0], 8, entry, True)
    for y in rows[1:]:
        _row(axes, y, 8, state, False)
    for k, (below, above) in enumerate(itertools.pairwise(rows)):
        reach = 2**k
        every = [
            ((_x(t - back), below), (_x(t), above))
            for t in range(8)
            for back in (0, reach)
            if t >= back
        ]
        there = 2 ** (k + 1) - 1  # 1, 3, 7
        on = ((_x(there - reach), below), (_x(there), above))
        _links(axes, [pair for pair in every if pair != on], False)
        _links(axes, [on], True)
    # attention
    low, high = 0.35, 1.05
    _row(axes, low, 8, entry, True)
    node(axes, (_x(7), high), "", state, size=DOT)
    every = [((_x(t), low), (_x(7), high)) for t in range(1, 8)]
    _links(axes, every, False)
    _links(axes, [((_x(0), low), (_x(7), high))], True)
    for y in (4.0, 1.8, 0.35):
        axes.text(
            _x(0) - 0.28, y, "$x_1$", ha="right", va="center", color=entry
        )
    return Drawing(
        figure,
        say(
            es="Tres redes que leen ocho entradas, con el camino de la primera "
            "a la última salida marcado: en la recurrente pasa por siete "
            "saltos entre estados, en la convolución por tres capas y en la "
            "atención por una sola flecha.",
            en="Three networks that read eight inputs, with the path from the "
            "first to the last output marked: in the recurrent one it takes "
            "seven hops between states, in the convolution three layers, and "
            "in attention a single arrow.",
        ),
        say(
            es="De $x_1$ a la última salida. Lo que la red recurrente lleva "
            "paso a paso, la convolución lo alcanza por capas y la atención, "
            "de una vez.",
            en="From $x_1$ to the last output. What a recurrent network "
            "carries step by step, a convolution reaches layer by layer, and "
            "attention at once.",
        ),
    )


def receptive_field(say: Say) -> Drawing:
    """What one output sees: kernel 2, dilations 1, 2, 4 and 8."""
    figure, axes = stage(5.6, 3.75)
    state, entry, out, _ = palette().series
    steps, pitch = 16, 0.32
    x = [0.62 + pitch * t for t in range(steps)]
    rows = [0.55 + 0.66 * k for k in range(5)]
    used = {steps - 1}
    seen = [used]
    for k in (3, 2, 1, 0):
        used = {t - back for t in used for back in (0, 2**k)}
        seen.insert(0, used)
    for k, y in enumerate(rows):
        for t in range(steps):
            colour = (entry, state, state, state, out)[k]
            on = t in seen[k]
            node(
                axes, (x[t], y), "", colour if on else palette().faint,
                size=0.09, box=k == 0, fill=0.3 if on else 0.0,
            )  # fmt: skip
            if k and on:
                for back in (0, 2 ** (k - 1)):
                    arrow(
                        axes, (x[t - back], rows[k - 1]), (x[t], y),
                        palette().ink, gap=0.12, linewidth=1.1,
                    )  # fmt: skip
        if k:
            axes.text(
                0.36, y, f"${2 ** (k - 1)}$", ha="center", va="center",
                color=palette().ink,
            )  # fmt: skip
    axes.text(
        0.1, rows[4] + 0.34, say(es="dilatación", en="dilation"), fontsize=12
    )
    axes.text(x[0], 0.2, "$x_1$", ha="center", va="center")
    axes.text(x[-1], 0.2, "$x_{16}$", ha="center", va="center")
    return Drawing(
        figure,
        say(
            es="Cuatro capas de convolución sobre dieciséis entradas, con "
            "dilataciones 1, 2, 4 y 8. De la última salida parten dos flechas "
            "hacia atrás, luego cuatro, ocho y dieciséis: llega a las "
            "dieciséis entradas.",
            en="Four layers of convolution over sixteen inputs, with dilations "
            "1, 2, 4 and 8. From the last output two arrows go back, then "
            "four, eight and sixteen: it reaches all sixteen inputs.",
        ),
        say(
            es="El campo receptivo de una salida con $k = 2$: cada capa lo "
            "duplica. Lo que está una posición más atrás no existe para ella.",
            en="The receptive field of one output with $k = 2$: each layer "
            "doubles it. What lies one position further back does not exist "
            "for it.",
        ),
    )


def scan_tree(say: Say) -> Drawing:
    """Hillis and Steele's scan of eight steps: three levels."""
    figure, axes = stage(5.6, 4.0)
    state, entry, out, _ = palette().series
    x = [0.4 + 0.685 * t for t in range(8)]
    rows = [0.4, 1.45, 2.5, 3.55]
    size = 0.26
    for level, y in enumerate(rows):
        for t in range(8):
            begin = max(1, t + 2 - 2**level)
            text = f"{begin}" if begin == t + 1 else f"{begin}–{t + 1}"
            done = begin == 1
            node(
                axes, (x[t], y), text, out if done else entry, size=size,
                box=not done, fontsize=12,
            )  # fmt: skip
            if level == 0:
                continue
            reach = 2 ** (level - 1)
            below, last = rows[level - 1], t >= reach
            colour = palette().ink if last else palette().faint
            arrow(axes, (x[t], below), (x[t], y), colour, gap=size)
            if last:
                start = x[t - reach], below
                arrow(axes, start, (x[t], y), state, gap=size + 0.02)
    return Drawing(
        figure,
        say(
            es="Cuatro filas de ocho nodos. Abajo, los pasos 1 a 8. En cada "
            "nivel, cada nodo se combina con el que está 1, luego 2, luego 4 "
            "lugares a la izquierda; en la fila de arriba todos llegan desde "
            "el paso 1.",
            en="Four rows of eight nodes. At the bottom, steps 1 to 8. At each "
            "level every node is combined with the one 1, then 2, then 4 "
            "places to its left; in the top row all of them reach back to step "
            "1.",
        ),
        say(
            es="El barrido de ocho pasos en tres niveles. En cada nodo, los "
            "pasos que ya reúne; los redondos empiezan en el paso 1 y están "
            "terminados. Todo un nivel se calcula a la vez.",
            en="The scan of eight steps in three levels. In each node, the "
            "steps it already gathers; the round ones begin at step 1 and are "
            "done. A whole level is computed at once.",
        ),
    )


# What was measured -----------------------------------------------------------


def bottleneck(say: Say) -> Drawing:
    """Accuracy over the length, without and with attention."""
    found = measured.transcription()
    figure, axes = canvas(5.6, 3.3)
    axes.axvspan(
        found["longest"] + 0.5, 25, color=palette().faint, alpha=0.16, lw=0
    )
    names = (
        say(es="un solo vector", en="a single vector"),
        say(es="atención", en="attention"),
    )
    for k, (name, mark) in enumerate(zip(names, "os", strict=True)):
        colour, style = palette().series[k], ("--", "-")[k]
        axes.plot(
            found["lengths"], found["mean"][k], color=colour, ls=style,
            marker=mark, ms=5, label=name,
        )  # fmt: skip
        for row in found["accuracy"][k]:
            axes.plot(found["lengths"], row, color=colour, ls=style, lw=0.6)
    axes.axhline(1 / found["symbols"], color=palette().faint, lw=0.8, ls="-")
    axes.text(
        2, 1 / found["symbols"] + 0.02, say(es="azar", en="chance"),
        fontsize=11,
    )  # fmt: skip
    axes.text(
        20.75, 0.96, say(es="más largas que\nlas entrenadas",
        en="longer than\ntrained"), fontsize=11, ha="center", va="center",
    )  # fmt: skip
    axes.set(xlim=(1.5, 25), ylim=(0, 1.05), xticks=range(4, 25, 4))
    numbered(axes.yaxis, say, "g")
    axes.set_xlabel(say(es="longitud $T$", en="length $T$"))
    axes.set_title(say(es="símbolos correctos", en="symbols right"))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.13), fontsize=12)
    at = [say.number(float(v), ".2f") for v in found["at_16"]]
    last = [say.number(float(v), ".2f") for v in found["mean"][:, -1]]
    longest = found["lengths"][-1]
    return Drawing(
        figure,
        say(
            es="Fracción de símbolos correctos según la longitud. Con un solo "
            f"vector es {at[0]} con 16 símbolos y {last[0]} con {longest}; "
            f"con atención, {at[1]} y {last[1]}.",
            en="Share of symbols right over the length. With a single vector "
            f"it is {at[0]} with 16 symbols and {last[0]} with {longest}; with "
            f"attention, {at[1]} and {last[1]}.",
        ),
        say(
            es="Escribir de nuevo lo leído: dos semillas por red (líneas "
            "finas) y su media.",
            en="Writing again what was read: two seeds a network (thin lines) "
            "and their mean.",
        ),
    )


def attention_map(say: Say) -> Drawing:
    """The weights of a trained network, for one fresh sequence."""
    found = measured.transcription()
    figure, axes = canvas(5.6, 5.0)
    colours = LinearSegmentedColormap.from_list(
        "weights", [palette().paper, palette().series[0]]
    )
    shown = axes.imshow(found["alpha"], cmap=colours, vmin=0, vmax=1)
    letters = "ABCDEFGH"
    axes.set_xticks(range(12), [letters[int(k)] for k in found["read"]])
    axes.set_yticks(range(12), [letters[int(k)] for k in found["written"]])
    axes.tick_params(length=0)
    axes.set_xlabel(say(es="lo leído, $t$", en="read, $t$"))
    axes.set_ylabel(say(es="lo escrito, $k$", en="written, $k$"))
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.02)
    bar.set_ticks([0, 0.5, 1])
    numbered(bar.ax.yaxis, say, "g")
    bar.ax.set_title(r"$\alpha_{kt}$", loc="center")
    bar.outline.set_edgecolor(palette().faint)
    mean = say.number(found["diagonal"], ".2f")
    same = found["alpha"].diagonal()
    low, high = (say.number(float(v), ".2f") for v in (same.min(), same.max()))
    return Drawing(
        figure,
        say(
            es="Matriz de doce por doce con los pesos de la atención: al "
            f"escribir cada símbolo, entre {low} y {high} del peso cae en el "
            "leído en la misma posición, de modo que se ve una diagonal "
            "oscura.",
            en="A matrix of twelve by twelve with the weights of attention: "
            f"as each symbol is written, between {low} and {high} of the "
            "weight falls on the one read at the same position, so that a dark "
            "diagonal is seen.",
        ),
        say(
            es="Dónde mira la red al escribir cada símbolo. Nadie le dijo que "
            f"el $k$-ésimo se lee en $t = k$; en promedio pone allí {mean} del "
            "peso.",
            en="Where the network looks as it writes each symbol. Nobody told "
            f"it that the $k$-th is to be read at $t = k$; on average it puts "
            f"{mean} of the weight there.",
        ),
    )


def precision(say: Say) -> Drawing:
    """Relative errors in single precision, over the steps."""
    found = measured.precision()
    figure, axes = canvas(5.6, 3.4)
    names = (
        say(es="lazo", en="loop"),
        say(es="barrido", en="scan"),
        say(es="forma cerrada", en="closed form"),
        say(es="en logaritmos", en="in logarithms"),
    )
    for k in (3, 1, 0, 2):
        axes.semilogy(
            found["t"], np.maximum(found["errors"][k], 1e-9), label=names[k],
            color=palette().series[k], ls=("-", "--", "-", "-.")[k],
            lw=3 if k == 2 else 1.4,
        )  # fmt: skip
    lost = found["lost"]
    axes.plot([lost - 1], [found["errors"][2, lost - 2]], "X", ms=9,
              color=palette().series[2])  # fmt: skip
    axes.set(xlim=(0, 1000), ylim=(3e-8, 1e-3))
    axes.minorticks_off()
    axes.set_xlabel(say(es="pasos $t$", en="steps $t$"))
    axes.set_title(say(es="mayor error relativo", en="largest relative error"))
    axes.legend(loc="upper right", fontsize=11.5, ncols=2)
    last = [say.number(float(v), ".0e") for v in found["last"]]
    return Drawing(
        figure,
        say(
            es="Error relativo según los pasos, en escala logarítmica. El lazo "
            f"y el barrido quedan en {last[0]} y {last[1]}; la forma cerrada "
            f"se pierde en el paso {lost}; en logaritmos el error crece hasta "
            f"{last[2]}.",
            en="Relative error over the steps, on a logarithmic scale. The "
            f"loop and the scan stay at {last[0]} and {last[1]}; the closed "
            f"form is lost at step {lost}; in logarithms the error grows to "
            f"{last[2]}.",
        ),
        say(
            es="Cuatro maneras de hacer la misma cuenta, en precisión simple. "
            "La cruz marca el último paso en que la forma cerrada da un "
            "número.",
            en="Four ways to do the same sum, in single precision. The cross "
            "marks the last step at which the closed form gives a number.",
        ),
    )


def hold(say: Say) -> Drawing:
    """A held input, the continuous state and the samples of the recurrence."""
    found = measured.hold()
    figure, axes = canvas(5.6, 3.1)
    ends = found["at"]
    axes.stairs(
        found["held"], ends, baseline=None, color=palette().series[1], lw=1.4,
        label=say(es="entrada, quieta en cada paso", en="input, held a step"),
    )  # fmt: skip
    axes.plot(
        found["times"], found["path"], color=palette().series[0], ls="-",
        label=say(es="el sistema continuo", en="the continuous system"),
    )  # fmt: skip
    axes.plot(
        ends, found["sampled"], "o", color=palette().series[2], ms=7,
        label=say(es="la recurrencia", en="the recurrence"),
    )  # fmt: skip
    axes.axhline(0, color=palette().faint, lw=0.6, ls="-", zorder=0)
    axes.set(xlim=(0, 4.05), ylim=(-0.6, 1.9))
    axes.set_yticks([0, 1])
    numbered(axes.xaxis, say, "g")
    axes.set_xlabel(say(es="tiempo", en="time"))
    axes.set_title(say(es="entrada y estado", en="input and state"))
    axes.legend(loc="upper right", fontsize=12)
    return Drawing(
        figure,
        say(
            es="Una entrada en escalones, la curva del sistema continuo, que "
            "tiende hacia cada escalón y decae, y los puntos de la recurrencia "
            "al final de cada paso, todos sobre la curva.",
            en="An input in steps, the curve of the continuous system, which "
            "leans towards each step and decays, and the points of the "
            "recurrence at the end of each step, all of them on the curve.",
        ),
        say(
            es="Mientras la entrada esté quieta durante cada paso, la "
            "recurrencia no aproxima al sistema continuo: pasa por él.",
            en="As long as the input is held during each step, the recurrence "
            "does not approximate the continuous system: it goes through it.",
        ),
    )


def recall(say: Say) -> Drawing:
    """The error of a matrix memory over the number of pairs in it."""
    found = measured.recall()
    figure, axes = canvas(5.6, 3.1)
    size = found["size"]
    axes.plot(
        found["pairs"], found["random"], "o", ms=3.5, color=palette().series[0],
        label=say(es="claves al azar", en="random keys"),
    )  # fmt: skip
    axes.plot(
        found["pairs"], found["expected"], color=palette().ink, ls="-", lw=1,
        label=f"$(n - 1) / {size}$",
    )  # fmt: skip
    axes.plot(
        found["pairs"][:size], found["orthonormal"], "s", ms=3.5,
        color=palette().series[1],
        label=say(es="claves ortonormales", en="orthonormal keys"),
    )  # fmt: skip
    axes.set(xlim=(0, 65), ylim=(-0.08, 2.1), xticks=range(0, 65, 16))
    numbered(axes.yaxis, say, "g")
    axes.set_xlabel(say(es="pares guardados $n$", en="pairs stored $n$"))
    axes.set_title(
        say(es="error cuadrático relativo", en="relative squared error")
    )
    axes.legend(loc="upper left", fontsize=12)
    at = say.number(float(found["at"][1]), ".2f")
    return Drawing(
        figure,
        say(
            es="Error al leer una memoria de matriz de 32 por 32 según los "
            "pares guardados: con claves al azar crece en línea recta, "
            f"{at} con 32 pares; con claves ortonormales es cero hasta 32, y "
            "no puede haber más.",
            en="Error in reading a matrix memory of 32 by 32 over the pairs "
            f"stored: with random keys it grows in a straight line, {at} with "
            "32 pairs; with orthonormal keys it is zero up to 32, and there "
            "cannot be more.",
        ),
        say(
            es="Lo que devuelve la memoria de matriz. Cada clave ajena que no "
            "es perpendicular a la pedida aporta su parte de error.",
            en="What a matrix memory gives back. Each other key that is not "
            "perpendicular to the one asked for adds its share of error.",
        ),
    )


def copying(say: Say) -> Drawing:
    """The copy task: loss over training, and the line of no memory."""
    found = measured.copying()
    figure, axes = canvas(5.6, 3.9)
    one, two, three, four = palette().series
    colours = (one, two, three, four, palette().faint, palette().ink)
    styles = ("--", "-.", ":", "-", "--", "-")
    names = [kind.replace("TCN", "TCN,") for kind in found["kinds"]]
    for k, name in enumerate(names):
        look = {"color": colours[k], "ls": styles[k]}
        axes.plot(
            found["steps"], found["losses"][k].mean(0), label=name, **look
        )
        for row in found["losses"][k]:
            axes.plot(found["steps"], row, lw=0.5, **look)
    axes.axhline(found["memoryless"], color=palette().faint, lw=1, ls="-")
    axes.text(
        found["steps"][-1], found["memoryless"] + 0.012,
        say(es="sin memoria", en="no memory"), fontsize=11, ha="right",
    )  # fmt: skip
    axes.set(xlim=(0, found["steps"][-1]), ylim=(0, 0.8))
    numbered(axes.yaxis, say, "g")
    axes.set_xlabel(say(es="pasos de entrenamiento", en="training steps"))
    axes.set_title(say(es="pérdida, nats por paso", en="loss, nats a step"))
    figure.legend(loc="outside lower center", ncols=3, fontsize=11.5)
    mean = [say.number(float(v), ".2f") for v in found["mean"]]
    return Drawing(
        figure,
        say(
            es="Pérdida de seis redes en la copia según los pasos de "
            "entrenamiento. La red simple y la convolución de ventana 8 quedan "
            "en la línea de quien no tiene memoria; bajan la LSTM, la GRU y, "
            "más, la minGRU; la convolución de ventana 16 llega a cero. "
            f"Aciertan {mean[0]}, {mean[4]}, {mean[1]}, {mean[2]}, {mean[3]} y "
            f"{mean[5]} de los símbolos.",
            en="Loss of six networks at copying over the steps of training. "
            "The simple network and the convolution with a window of 8 stay on "
            "the line of a network without memory; the LSTM, the GRU and, "
            "more, the minGRU go down; the convolution with a window of 16 "
            "reaches zero. "
            f"They get {mean[0]}, {mean[4]}, {mean[1]}, {mean[2]}, {mean[3]} "
            f"and {mean[5]} of the symbols right.",
        ),
        say(
            es="La copia de 5 símbolos después de 10 pasos: dos semillas por "
            "red (líneas finas) y su media. El número junto a TCN es su campo "
            "receptivo.",
            en="Copying 5 symbols after 10 steps: two seeds a network (thin "
            "lines) and their mean. The number beside TCN is its receptive "
            "field.",
        ),
    )
