"""Figures of the chapter on training."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from rnncourse.experiments import training as measured
from rnncourse.figures.style import (
    Drawing,
    Point,
    arrow,
    canvas,
    numbered,
    palette,
    stage,
    tint,
)
from rnncourse.words import Say


def _box(
    axes: Axes, centre: Point, words: str, colour: str, width: float = 1.62
) -> None:
    """Words in a rounded box, 0.6 inches high."""
    corner = (centre[0] - width / 2 + 0.08, centre[1] - 0.22)
    axes.add_patch(
        FancyBboxPatch(
            corner,
            width - 0.16,
            0.44,
            "round,pad=0.08,rounding_size=0.1",
            facecolor=tint(colour, 0.14),
            edgecolor=colour,
            linewidth=1.6,
            zorder=3,
        )
    )
    axes.text(
        *centre, words, ha="center", va="center", fontsize=12, zorder=4,
        linespacing=1.35,
    )  # fmt: skip


def loop(say: Say) -> Drawing:
    """One turn of the loop: six actions, and the state that may be carried."""
    figure, axes = stage(5.6, 3.05)
    data, forth, back, change = palette().series
    xs, up, down = (0.86, 2.8, 4.74), 2.0, 0.6
    places = [*((x, up) for x in xs), *((x, down) for x in reversed(xs))]
    words = [
        say(es="1  lote\n$x, y$", en="1  batch\n$x, y$"),
        say(es="2  hacia adelante\n$\\hat y, h_T$",
            en="2  forward\n$\\hat y, h_T$"),
        say(es="3  pérdida\n$\\mathcal{L}$", en="3  loss\n$\\mathcal{L}$"),
        say(es="4  hacia atrás\n$g = \\nabla\\mathcal{L}$",
            en="4  backward\n$g = \\nabla\\mathcal{L}$"),
        say(es="5  recorte\n$\\Vert g\\Vert \\leq c$",
            en="5  clipping\n$\\Vert g\\Vert \\leq c$"),
        say(es="6  paso\n$\\theta \\leftarrow \\theta - \\eta\\, g$",
            en="6  step\n$\\theta \\leftarrow \\theta - \\eta\\, g$"),
    ]  # fmt: skip
    colours = [data, forth, forth, back, back, change]
    for place, text, colour in zip(places, words, colours, strict=True):
        _box(axes, place, text, colour)
    gaps = [0.83, 0.83, 0.33, 0.83, 0.83, 0.33]
    following = [*places[1:], places[0]]
    for start, end, gap in zip(places, following, gaps, strict=True):
        arrow(axes, start, end, gap=gap)
    x, y = places[1]
    arrow(
        axes, (x + 0.45, y + 0.3), (x - 0.45, y + 0.3), forth,
        gap=0.06, bend="arc3,rad=0.9", linestyle="--",
    )  # fmt: skip
    axes.text(
        x, y + 0.87, say(es="estado", en="state"), ha="center", va="center",
        fontsize=12, color=forth,
    )  # fmt: skip
    return Drawing(
        figure,
        say(
            es="Seis cajas en círculo: lote, hacia adelante, pérdida, hacia "
            "atrás, recorte, paso, y otra vez lote. Una flecha de trazos lleva "
            "el estado de una pasada hacia adelante a la siguiente.",
            en="Six boxes in a circle: batch, forward, loss, backward, "
            "clipping, step, and batch again. A dashed arrow takes the state "
            "from one forward pass to the next.",
        ),
        say(
            es="Una vuelta del lazo. Lo de trazos, llevar el estado a la "
            "vuelta siguiente, es lo único propio de las redes recurrentes.",
            en="One turn of the loop. What is dashed, carrying the state to "
            "the next turn, is all that belongs to recurrent networks alone.",
        ),
    )


def carry(say: Say) -> Drawing:
    """Losses with the state carried, begun anew, and at too long a lag."""
    found = measured.carry()
    figure, axes = canvas(5.6, 3.5)
    names = [
        say(es="retardo 4, desde cero", en="lag 4, from zero"),
        say(es="retardo 4, estado llevado", en="lag 4, state carried"),
        say(es="retardo 12, estado llevado", en="lag 12, state carried"),
    ]
    colours = [palette().series[i] for i in (1, 0, 3)]
    styles = ["-", "-", (0, (4, 1.5))]
    for i, (name, colour) in enumerate(zip(names, colours, strict=True)):
        for seed, losses in enumerate(found["losses"][i]):
            axes.plot(
                found["steps"], losses, color=colour, ls=styles[i], lw=1.5,
                label=name if seed == 0 else None,
            )  # fmt: skip
    axes.axhline(found["floor"], color=palette().ink, lw=0.9, ls=":")
    axes.text(
        found["pieces"] / 60, found["floor"] - 0.02, "½ ln 2", va="top",
        fontsize=13,
    )  # fmt: skip
    axes.set(xlim=(0, found["pieces"]), ylim=(0, 0.82))
    axes.set_xlabel(say(es="tramos leídos", en="pieces read"))
    axes.set_ylabel(say(es="pérdida (nats)", en="loss (nats)"))
    numbered(axes.yaxis, say, ".1f")
    numbered(axes.xaxis, say, ",d")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.03), fontsize=11.5)
    last = [say.number(float(value), ".3f") for value in found["last"]]
    return Drawing(
        figure,
        say(
            es="Pérdida según los tramos leídos, tres semillas por curva. Con "
            f"el estado llevado y retardo 4 baja a {last[1]}; desde cero se "
            f"detiene en {last[0]}, sobre la línea de puntos; con retardo 12 "
            f"no se mueve de {last[2]}.",
            en="Loss over the pieces read, three seeds a curve. With the state "
            f"carried and lag 4 it falls to {last[1]}; from zero it stops at "
            f"{last[0]}, on the dotted line; at lag 12 it does not move from "
            f"{last[2]}.",
        ),
        say(
            es="Repetir el bit de unos pasos antes, leyendo en tramos de 8. "
            "Empezar cada tramo en cero cuesta la mitad de las respuestas; y "
            "llevar el estado no alcanza si el retardo no cabe en un tramo.",
            en="Repeating a bit of some steps before, reading in pieces of 8. "
            "Beginning each piece at zero costs half of the answers; and "
            "carrying the state is not enough if the lag does not fit in a "
            "piece.",
        ),
    )


def stopping(say: Say) -> Drawing:
    """Training and validation loss of one seed, with the step that is kept."""
    found = measured.stopping()
    best, stopped = int(found["best"][0]), int(found["stopped"][0])
    figure, axes = canvas(5.6, 3.4)
    one, other = palette().series[0], palette().series[1]
    steps = found["steps"]
    axes.plot(
        steps, found["train"][0], color=one, ls="--",
        label=say(es="entrenamiento", en="training"),
    )  # fmt: skip
    axes.plot(
        steps, found["validation"][0], color=other,
        label=say(es="validación", en="validation"),
    )  # fmt: skip
    low = float(found["validation"][0][np.searchsorted(steps, best)])
    axes.plot([best], [low], "o", color=other, ms=8)
    axes.annotate(
        say(es=f"paso {best}:\nse guarda", en=f"step {best}:\nkept"),
        (best, low), (best - 25, low - 0.085), fontsize=12, ha="center",
    )  # fmt: skip
    axes.axvline(stopped, color=palette().ink, lw=1.0, ls=":")
    axes.text(
        stopped + 6, 0.315,
        say(es=f"paso {stopped}: se detiene", en=f"step {stopped}: stop"),
        fontsize=12, va="center",
    )  # fmt: skip
    axes.axhline(found["noise"], color=palette().faint, lw=0.9, ls="-")
    axes.text(
        500, found["noise"] - 0.006, say(es="ruido", en="noise"), ha="right",
        va="top", fontsize=11.5, color=palette().faint,
    )  # fmt: skip
    axes.set(xlim=(0, 500), ylim=(0, 0.34))
    axes.set_xlabel(say(es="pasos", en="steps"))
    axes.set_ylabel(say(es="error cuadrático medio", en="mean squared error"))
    numbered(axes.yaxis, say, ".1f")
    axes.set_yticks([0, 0.1, 0.2, 0.3])
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.41), fontsize=12)
    least = say.number(float(found["train"][0][-1]), ".4f")
    kept, last = (
        say.number(value, ".2f")
        for value in (low, float(found["validation"][0][-1]))
    )
    return Drawing(
        figure,
        say(
            es=f"El error de entrenamiento termina en {least}; el de "
            f"validación es {kept} en el paso {best}, el que se guarda, y "
            f"termina en {last}. Una línea vertical marca el paso {stopped}, "
            "donde el entrenamiento se detiene.",
            en=f"The training error ends at {least}; the validation error is "
            f"{kept} at step {best}, the one kept, and ends at {last}. A "
            f"vertical line marks step {stopped}, where the training stops.",
        ),
        say(
            es="Cien secuencias con ruido. Por debajo de la línea del ruido ya "
            "no se aprende la tarea: se memorizan los datos.",
            en="A hundred sequences with noise. Below the line of the noise it "
            "is no longer the task that is learnt: the data are memorised.",
        ),
    )


def formats(say: Say) -> Drawing:
    """The bits of three types of number."""
    found = measured.formats()
    figure, axes = stage(5.6, 2.35)
    parts = [
        ("sign", 1, palette().ink),
        ("exponent", 0, palette().series[1]),
        ("mantissa", 0, palette().series[0]),
    ]
    unit, left = 0.131, 1.28
    for row, name in enumerate(found["names"]):
        y, x = 1.52 - 0.6 * row, left
        axes.text(0.08, y + 0.17, name, va="center", fontsize=13)
        for part, fixed, colour in parts:
            bits = fixed or found[part][row]
            for _ in range(bits):
                axes.add_patch(
                    Rectangle(
                        (x, y), unit - 0.018, 0.34, facecolor=tint(colour, 0.3),
                        edgecolor=colour, linewidth=0.9,
                    )
                )  # fmt: skip
                x += unit
            if bits > 1:
                axes.text(
                    x - unit * bits / 2, y + 0.17, str(bits), ha="center",
                    va="center", fontsize=13,
                    bbox={"facecolor": tint(colour, 0.3), "lw": 0, "pad": 1.5},
                )  # fmt: skip
    heads = [
        (left - 0.12, say(es="signo", en="sign"), palette().ink),
        (left + 5 * unit, say(es="exponente", en="exponent"),
         palette().series[1]),
        (left + 19 * unit, say(es="mantisa", en="mantissa"),
         palette().series[0]),
    ]  # fmt: skip
    for x, word, colour in heads:
        axes.text(
            x, 2.1, word, ha="center", va="center", fontsize=12, color=colour
        )
    return Drawing(
        figure,
        say(
            es="Bits de tres tipos. float32: 1 de signo, 8 de exponente, 23 de "
            "mantisa; float16: 1, 5 y 10; bfloat16: 1, 8 y 7.",
            en="Bits of three types. float32: 1 of sign, 8 of exponent, 23 of "
            "mantissa; float16: 1, 5 and 10; bfloat16: 1, 8 and 7.",
        ),
        say(
            es="bfloat16 es un float32 al que se le cortó la mantisa: llega "
            "tan lejos y distingue menos.",
            en="bfloat16 is a float32 whose mantissa was cut: it reaches as "
            "far and tells less apart.",
        ),
    )


def processes(say: Say) -> Drawing:
    """Two processes: the same weights, half a batch each, one gradient."""
    figure, axes = stage(5.6, 3.7)
    data, own, mean, weights = palette().series
    columns, rows = (1.2, 4.4), (2.8, 1.72)
    for rank, x in enumerate(columns):
        axes.text(
            x, 3.48, say(es=f"proceso {rank}", en=f"process {rank}"),
            ha="center", va="center", fontsize=13,
        )  # fmt: skip
        side = 1 if rank else -1
        words = say(
            es="sus secuencias,\nlos mismos pesos $\\theta$",
            en="its sequences,\nthe same weights $\\theta$",
        )
        slope = f"$g_{rank} = \\nabla\\mathcal{{L}}_{rank}$"
        change = "$\\theta \\leftarrow \\theta - \\eta\\, g$"
        _box(axes, (x, rows[0]), words, data, 2.0)
        _box(axes, (x, rows[1]), slope, own, 1.4)
        _box(axes, (x, 0.42), change, weights, 1.4)
        arrow(axes, (x, rows[0]), (x, rows[1]), gap=0.32)
        inner, outer = 2.8 + 0.55 * side, x - 0.3 * side
        arrow(axes, (outer, 1.42), (inner, 1.2), mean, gap=0.02)
        arrow(axes, (inner, 0.94), (outer, 0.72), mean, gap=0.02)
    _box(axes, (2.8, 1.07), "$g = \\frac{g_0 + g_1}{2}$", mean, 1.1)
    return Drawing(
        figure,
        say(
            es="Dos columnas, proceso 0 y proceso 1. Cada uno tiene los mismos "
            "pesos y sus propias secuencias, y calcula su gradiente. Los dos "
            "gradientes van al centro, donde se promedian; el promedio vuelve "
            "a los dos, que dan el mismo paso.",
            en="Two columns, process 0 and process 1. Each has the same "
            "weights and its own sequences, and computes its gradient. Both "
            "gradients go to the centre, where they are averaged; the mean "
            "goes back to both, which take the same step.",
        ),
        say(
            es="Lo único que viaja es el gradiente. Como parten de los mismos "
            "pesos y dan el mismo paso, los pesos siguen siendo los mismos.",
            en="Only the gradient travels. Since they begin with the same "
            "weights and take the same step, the weights stay the same.",
        ),
    )
