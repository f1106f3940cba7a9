"""Figures of the chapter on vanishing and exploding gradients."""

import numpy as np
from matplotlib.axes import Axes

from rnncourse.experiments import gradients as measured
from rnncourse.experiments import training
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

DASHES = ("-", "--", "-.", ":")


def _level(axes: Axes, y: float) -> None:
    axes.axhline(y, color=palette().faint, lw=0.8, ls="-", zorder=0)


def chain(say: Say) -> Drawing:
    """An input that goes through four factors: twice, and half, each time."""
    figure, axes = stage(5.6, 2.35)
    state, entry, _, _ = palette().series
    for y, w, values in (
        (1.7, "2", (1, 2, 4, 8, 16)),
        (0.6, say.tex(0.5, ".1f"), (1, 0.5, 0.25, 0.125, 0.0625)),
    ):
        for k, value in enumerate(values):
            x = 0.42 + 1.18 * k
            digits = "g" if value >= 1 else f".{len(f'{value:g}') - 2}f"
            node(
                axes,
                (x, y),
                f"${say.tex(value, digits)}$",
                entry if k == 0 else state,
                box=k == 0,
                size=0.34,
                fontsize=12,
            )
            if k:
                arrow(axes, (x - 1.18, y), (x, y), state, gap=0.39)
                axes.text(
                    x - 0.59, y + 0.12, rf"$\times {w}$", ha="center",
                    fontsize=12.5, color=state,
                )  # fmt: skip
    return Drawing(
        figure,
        say(
            es="Dos cadenas de cuatro pasos que empiezan en 1. Con factor 2: "
            "1, 2, 4, 8, 16. Con factor 0,5: 1; 0,5; 0,25; 0,125; 0,0625.",
            en="Two chains of four steps that begin at 1. With factor 2: 1, 2, "
            "4, 8, 16. With factor 0.5: 1, 0.5, 0.25, 0.125, 0.0625.",
        ),
        say(
            es="La entrada por el peso, tantas veces como pasos: "
            "$w^4$ es 16 con $w = 2$ y 1/16 con $w = 1/2$. La derivada de la "
            "salida respecto de la entrada es el mismo número, porque la "
            "cadena es lineal.",
            en="The input times the weight, as many times as there are steps: "
            "$w^4$ is 16 with $w = 2$ and 1/16 with $w = 1/2$. The derivative "
            "of the output with respect to the input is the same number, "
            "because the chain is linear.",
        ),
    )


def powers(say: Say) -> Drawing:
    """w^k for several weights."""
    found = measured.powers()
    figure, axes = canvas(5.6, 3.4)
    k = np.arange(31)
    styles = ("-.", "--", "-", "--", "-")
    colours = (*palette().series, palette().ink)
    for i, w in enumerate(found["weights"]):
        row = found["values"][i]
        axes.semilogy(k, row, ls=styles[i], color=colours[i])
        axes.text(
            30.6, row[-1] * (3, 0.08, 0.5, 3, 1)[i],
            f"$w = {say.tex(w, 'g')}$",
            fontsize=12.5, color=colours[i], va="center",
        )  # fmt: skip
    axes.minorticks_off()
    axes.set(xlim=(0, 38), ylim=(1e-10, 1e10))
    axes.set_xticks([0, 10, 20, 30])
    axes.set_yticks([1e-8, 1e-4, 1, 1e4, 1e8])
    axes.set_xlabel(say(es="pasos $k$", en="steps $k$"))
    axes.set_title("$w^k$")
    values = [say.number(found[name], ".0e") for name in ("half", "double")]
    return Drawing(
        figure,
        say(
            es="Potencias de cinco pesos hasta el paso 30, en escala "
            f"logarítmica: con 0,5 bajan a {values[0]}, con 2 suben a "
            f"{values[1]}; con 0,9 y 1,1 se apartan despacio de 1.",
            en="Powers of five weights up to step 30, on a logarithmic scale: "
            f"with 0.5 they fall to {values[0]}, with 2 they rise to "
            f"{values[1]}; with 0.9 and 1.1 they leave 1 slowly.",
        ),
        say(
            es="Un mismo factor repetido: solo $w = 1$ no se desvanece ni "
            "explota. Crece o decrece en progresión geométrica, una recta en "
            "escala logarítmica.",
            en="The same factor repeated: only $w = 1$ neither vanishes nor "
            "explodes. It grows or falls geometrically, a straight line on a "
            "logarithmic scale.",
        ),
    )


def bounds(say: Say) -> Drawing:
    """Norm of the Jacobian by lag, and its bound."""
    found = measured.bounds()
    figure, axes = canvas(5.6, 3.6)
    for i, scale in enumerate(found["scales"]):
        colour = palette().series[i]
        axes.semilogy(
            found["lags"], found["norms"][i], color=colour, ls="-",
            label=rf"$\sigma_1 = {say.tex(scale, '.1f')}$",
        )  # fmt: skip
        axes.semilogy(
            found["lags"], found["bounds"][i], color=colour, ls="--", lw=1.2
        )
    axes.minorticks_off()
    axes.set(xlim=(0, 50), ylim=(1e-6, 1e5))
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1, 1e2, 1e4])
    axes.set_xlabel(say(es="retardo $T - t$", en="lag $T - t$"))
    axes.set_title(r"$\Vert\partial h_T/\partial h_t\Vert$")
    axes.legend(loc="lower left", fontsize=12, borderpad=0)
    last = [say.number(float(v), ".1e") for v in found["last"]]
    return Drawing(
        figure,
        say(
            es="Norma del jacobiano según el retardo, con tanh y tres valores "
            "singulares, cada una bajo su cota en trazos. A 50 pasos quedan "
            f"{last[0]} con 0,9; {last[1]} con 1; {last[2]} con 1,2, cuya cota "
            "sube a casi diez mil.",
            en="Norm of the Jacobian over the lag, with tanh and three "
            "singular values, each under its dashed bound. At 50 steps there "
            f"remain {last[0]} with 0.9, {last[1]} with 1 and {last[2]} with "
            "1.2, whose bound rises to almost ten thousand.",
        ),
        say(
            es="Norma del jacobiano (línea llena) y su cota "
            "$(\\sigma_1\\gamma)^{T-t}$ (trazos), con $W_{hh}$ ortogonal por "
            "$\\sigma_1$. Bajo 1 la cota obliga a desvanecerse; sobre 1 "
            "permite explotar, y tanh puede impedirlo.",
            en="Norm of the Jacobian (solid) and its bound "
            "$(\\sigma_1\\gamma)^{T-t}$ (dashed), with $W_{hh}$ orthogonal "
            "times $\\sigma_1$. Under 1 the bound forces it to vanish; above 1 "
            "it allows it to explode, and tanh may prevent it.",
        ),
    )


def recent(say: Say) -> Drawing:
    """The parts of dL/dW_hh by lag: only the distant ones vanish."""
    found = measured.recent()
    figure, axes = canvas(5.6, 3.2)
    terms = found["terms"][:-1]
    lags = np.arange(len(terms))
    axes.semilogy(lags, terms, marker="o", ms=4, lw=1.2)
    _level(axes, 1.0)
    axes.minorticks_off()
    axes.set(xlim=(-1, 50), ylim=(1e-9, 5))
    axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    axes.set_xlabel(say(es="retardo $k$", en="lag $k$"))
    axes.set_title(
        say(
            es=r"parte de $\partial\mathcal{L}/\partial W_{hh}$, por retardo",
            en=r"part of $\partial\mathcal{L}/\partial W_{hh}$, by lag",
        )
    )
    value = say.number(float(found["terms"][40]), ".0e")
    return Drawing(
        figure,
        say(
            es="Norma de cada parte del gradiente según su retardo, en escala "
            "logarítmica y relativa al total: cerca de 1 con retardo 0, cae "
            f"en línea casi recta hasta {value} con retardo 40.",
            en="Norm of each part of the gradient over its lag, on a "
            "logarithmic scale and relative to the whole: near 1 at lag 0, it "
            f"falls along an almost straight line to {value} at lag 40.",
        ),
        say(
            es="Lo que cada retardo aporta a $\\partial\\mathcal L/\\partial "
            "W_{hh}$, en norma y relativo al total (línea gris), con "
            "$\\sigma_1\\gamma = 0{,}9$. El total es normal; lo que falta es "
            "el pasado lejano.",
            en="What each lag contributes to $\\partial\\mathcal L/\\partial "
            "W_{hh}$, in norm and relative to the whole (grey line), with "
            "$\\sigma_1\\gamma = 0.9$. The whole is of ordinary size; what is "
            "missing is the distant past.",
        ),
    )


def counterexamples(say: Say) -> Drawing:
    """A norm of 2 that dies at once; a radius of 0 that explodes."""
    found = measured.counterexamples()
    figure, axes = canvas(5.6, 3.4)
    first, second = palette().series[:2]
    lags = np.arange(31)
    axes.semilogy(lags, found["after_2"], color=second, ls="-")
    axes.semilogy(
        [0, 1], found["after_1"][:2], color=first, ls="--", marker="o"
    )
    axes.annotate(
        "", (2, 1e-3), (1, 2.0), color=first,
        arrowprops={"arrowstyle": "-|>", "color": first, "ls": "--", "lw": 1.8},
    )  # fmt: skip
    axes.text(
        3, 2e-3,
        say(
            es=r"$\sigma_1 = 2$, $\rho = 0$, lineal:" + "\n0 desde el paso 2",
            en=r"$\sigma_1 = 2$, $\rho = 0$, linear:" + "\n0 from step 2 on",
        ),
        fontsize=12, va="bottom", color=first,
    )  # fmt: skip
    axes.text(
        12, 1.5e8,
        say(
            es=r"$\sigma_1 = 4$, $\rho = 0$," + "\ntanh, saturada",
            en=r"$\sigma_1 = 4$, $\rho = 0$," + "\ntanh, saturated",
        ),
        fontsize=12, va="center", ha="center", color=second,
    )  # fmt: skip
    axes.minorticks_off()
    axes.set(xlim=(-0.5, 30.5), ylim=(1e-3, 2e10))
    axes.set_yticks([1, 1e3, 1e6, 1e9])
    axes.set_xticks([0, 5, 10, 15, 20, 25, 30])
    axes.set_xlabel(say(es="retardo $T - t$", en="lag $T - t$"))
    axes.set_title(r"$\Vert\partial h_T/\partial h_t\Vert$")
    value = say.number(found["explosion"], ".1e")
    return Drawing(
        figure,
        say(
            es="Norma del jacobiano de dos redes según el retardo. La primera "
            "vale 1, 2 y después 0. La segunda crece sin parar, casi el doble "
            f"por paso, hasta {value} a los 30.",
            en="Norm of the Jacobian of two networks over the lag. The first "
            "is 1, 2 and then 0. The second grows all the way, almost doubling "
            f"at each step, to {value} at 30.",
        ),
        say(
            es="Ni el mayor valor singular ni el radio espectral deciden por "
            "sí solos: $\\sigma_1 = 2$ y el gradiente muere en dos pasos; "
            "$\\rho = 0$ y el gradiente explota, porque tanh saturada cambia "
            "los factores.",
            en="Neither the largest singular value nor the spectral radius "
            "decides on its own: $\\sigma_1 = 2$ and the gradient dies in two "
            "steps; $\\rho = 0$ and the gradient explodes, because a saturated "
            "tanh changes the factors.",
        ),
    )


def starts(say: Say) -> Drawing:
    """What is left of the gradient, by activation and initial weights."""
    found = measured.through_time()
    figure, panels = canvas(5.6, 6.6, nrows=3, sharex=True, sharey=True)
    titles = ("tanh", say(es="logística", en="logistic"), "ReLU")
    names = (
        say(es="pequeña", en="small"),
        "PyTorch",
        say(es="ortogonal", en="orthogonal"),
        say(es="identidad", en="identity"),
    )
    for axes, title, rows in zip(panels, titles, found["norms"], strict=True):
        for name, row in zip(names, rows, strict=True):
            axes.semilogy(found["lags"], np.maximum(row, 1e-99), label=name)
        axes.set_title(title)
        axes.minorticks_off()
        axes.set(xlim=(0, 50), ylim=(1e-15, 30))
        axes.set_yticks([1e-15, 1e-10, 1e-5, 1])
    panels[1].legend(loc="upper right", fontsize=12, borderpad=0)
    panels[2].set_xlabel(say(es="retardo $T - t$", en="lag $T - t$"))
    last = [say.number(float(found["last"][0, i]), ".0e") for i in (1, 2)]
    return Drawing(
        figure,
        say(
            es="Tres gráficas, una por función de activación: lo que queda de "
            "un gradiente de norma 1 según el retardo. Con tanh, a 50 pasos "
            f"quedan {last[0]} con los pesos de PyTorch y {last[1]} con los "
            "ortogonales. Con la logística todos caen en picada. Con ReLU los "
            "pesos identidad pierden mucho menos que los otros.",
            en="Three plots, one per activation: what is left of a gradient of "
            "norm 1 over the lag. With tanh, at 50 steps there remain "
            f"{last[0]} with PyTorch's weights and {last[1]} with orthogonal "
            "ones. With the logistic all plunge. With ReLU the identity loses "
            "far less than the others.",
        ),
        say(
            es="Norma de lo que llega a $h_t$ de un gradiente de norma 1 en "
            "$h_T$, mediana de 21 redes de 32 unidades, según cómo empieza "
            "$W_{hh}$.",
            en="Norm of what reaches $h_t$ of a gradient of norm 1 at $h_T$, "
            "median of 21 networks of 32 units, by how $W_{hh}$ begins.",
        ),
    )


def depth(say: Say) -> Drawing:
    """Gradient norm of each layer of a deep and of a shallow network."""
    found = measured.depth()
    figure, axes = canvas(5.6, 3.2)
    layers = np.arange(1, found["layers"] + 1)
    axes.semilogy(
        layers, found["deep"], marker="o", ms=4,
        label=say(es="20 capas", en="20 layers"),
    )  # fmt: skip
    axes.semilogy(
        layers[:3], found["shallow"], marker="s", ms=5,
        label=say(es="3 capas", en="3 layers"),
    )  # fmt: skip
    axes.minorticks_off()
    axes.set(xlim=(0.5, 20.5), ylim=(1e-19, 1))
    axes.set_yticks([1e-18, 1e-12, 1e-6, 1])
    axes.set_xticks([1, 5, 10, 15, 20])
    axes.set_xlabel(
        say(
            es="capa (1, la más cercana a la entrada)",
            en="layer (1, the nearest the input)",
        )
    )
    axes.set_title(r"$\Vert\partial\mathcal{L}/\partial W\Vert$")
    axes.legend(loc="lower right", fontsize=12)
    ratio = say.number(found["ratio"], ".0e")
    return Drawing(
        figure,
        say(
            es="Norma del gradiente de cada capa, en escala logarítmica. En la "
            f"red de 20 capas la última recibe {ratio} veces más que la "
            "primera; en la de 3, unas decenas de veces.",
            en="Norm of the gradient of each layer, on a logarithmic scale. In "
            f"the network of 20 layers the last gets {ratio} times as much as "
            "the first; in that of 3, some tens of times.",
        ),
        say(
            es="Redes comunes de unidades logísticas: con pocas capas el "
            "gradiente llega; con muchas, las capas cercanas a la entrada casi "
            "no reciben nada.",
            en="Ordinary networks of logistic units: with few layers the "
            "gradient arrives; with many, the layers nearest the input get "
            "almost nothing.",
        ),
    )


def cliff(say: Say) -> Drawing:
    """The loss over w and b, and two descents; below, from nearer."""
    found = measured.cliff()
    figure, panels = canvas(5.6, 7.6, nrows=2)
    level = palette().series[0]
    edges = [0, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5]
    shades = [tint(level, amount) for amount in np.linspace(0.05, 0.6, 6)]
    thrown, held = found["thrown"], found["held"]
    first, second = palette().series[1], palette().ink
    surfaces = (("w", "b", "loss"), ("near_w", "near_b", "near_loss"))
    for axes, (w, b, loss) in zip(panels, surfaces, strict=True):
        axes.contourf(
            found[w], found[b], found[loss], levels=edges, colors=shades
        )
        axes.plot(
            thrown[:, 0], thrown[:, 1], color=first, ls="--", marker="o",
            ms=4, lw=1.6, label=say(es="sin recortar", en="not clipped"),
        )  # fmt: skip
        axes.plot(
            held[:, 0], held[:, 1], color=second, ls="-", marker=".", ms=3,
            lw=0.7, label=say(es="recortado", en="clipped"),
        )  # fmt: skip
        axes.plot(*found["start"], color=second, marker="s", ms=7, ls="")
        axes.set_ylabel("$b$")
        numbered(axes.xaxis, say, "g")
        numbered(axes.yaxis, say, "g")
    wide, near = panels
    wide.set(xlim=(3.2, 6.5), ylim=(-2.7, 2.4))
    wide.set_xticks([4, 5, 6])
    wide.set_yticks([-2, -1, 0, 1, 2])
    wide.legend(loc="upper left", fontsize=12)
    near.set(xlim=(3.6, 4.4), ylim=(-2.1, -1.5))
    near.set_xticks([3.6, 3.8, 4, 4.2, 4.4])
    near.set_yticks([-2, -1.8, -1.6])
    near.set_xlabel("$w$")
    near.set_title(say(es="el valle, de cerca", en="the valley, from nearer"))
    near.annotate(
        say(es="inicio", en="start"), found["start"], (4.32, -1.58),
        fontsize=12, ha="center", va="bottom",
    )  # fmt: skip
    jump = say.number(found["jump"], ".1f")
    return Drawing(
        figure,
        say(
            es="Dos mapas de la pérdida según w y b, de lejos y de cerca: un "
            "valle junto a una pared. El descenso sin recortar baja al valle, "
            f"pisa la pared y sale despedido a {jump} de distancia; el "
            "recortado sigue a lo largo del valle.",
            en="Two maps of the loss over w and b, from afar and near: a "
            "valley beside a wall. The descent that is not clipped goes down "
            f"to the valley, treads on the wall and is thrown {jump} away; the "
            "clipped one goes on along the valley.",
        ),
        say(
            es="El acantilado de una sola unidad recurrente, 50 pasos: a más "
            "color, más pérdida. El mismo inicio y la misma tasa, con y sin "
            "recorte del gradiente a norma 0,1. El recortado rebota de un lado "
            "al otro del valle mientras avanza por él.",
            en="The cliff of a single recurrent unit, 50 steps: the more "
            "colour, the more loss. The same start and the same rate, with and "
            "without clipping the gradient at norm 0.1. The clipped one "
            "bounces from side to side of the valley as it goes along.",
        ),
    )


def edge(say: Say) -> Drawing:
    """A cut through the cliff: the loss, and the norm of its gradient."""
    found = measured.cliff()
    figure, panels = canvas(5.6, 4.2, nrows=2, sharex=True)
    w = found["slice_w"]
    keep = slice(None, None, 4)
    panels[0].plot(w[keep], found["slice_loss"][keep])
    panels[0].set_title(say(es="pérdida", en="loss"))
    panels[1].semilogy(
        w, found["slice_norm"], color=palette().series[1], lw=1.4
    )
    panels[1].set_title(say(es="norma del gradiente", en="gradient norm"))
    panels[1].minorticks_off()
    panels[1].set_yticks([1e-2, 1, 1e2])
    panels[1].set_xlabel("$w$")
    for axes in panels:
        axes.set_xlim(3, 6)
    numbered(panels[0].yaxis, say, ".1f")
    numbered(panels[1].xaxis, say, "g")
    panels[0].set_yticks([0, 0.1, 0.2, 0.3])
    top = say.number(found["slice_top"], ".0f")
    return Drawing(
        figure,
        say(
            es="Dos gráficas según w. La pérdida baja despacio, cae de golpe y "
            "vuelve a subir sobre una llanura. La norma del gradiente tiene en "
            f"ese punto un pico de {top} y fuera de él no llega a 1.",
            en="Two plots over w. The loss falls slowly, drops at once and "
            "rises again to a plain. There the norm of the gradient has a peak "
            f"of {top}, and elsewhere it stays below 1.",
        ),
        say(
            es="Un corte del acantilado, $b = -2{,}2$. En la pared la "
            "pendiente es enorme: un paso proporcional al gradiente salta "
            "lejos.",
            en="A cut through the cliff, $b = -2.2$. At the wall the slope is "
            "huge: a step in proportion to the gradient jumps far away.",
        ),
    )


def adding(say: Say) -> Drawing:
    """The adding problem: simple network and LSTM, at two lengths."""
    found = training.adding()
    figure, panels = canvas(5.6, 5.4, nrows=2, sharex=True, sharey=True)
    lengths = found["lengths"]
    for axes, j in zip(panels, (0, 2), strict=True):
        for i, kind in enumerate(found["kinds"]):
            for seed in range(found["seeds"]):
                axes.semilogy(
                    found["steps"], found["losses"][i, j, seed],
                    color=palette().series[i], ls=DASHES[i], lw=1.4,
                    label=kind if seed == 0 else None,
                )  # fmt: skip
        _level(axes, found["constant"])
        axes.set_title(
            say(
                es=f"$T = {lengths[j]}$ pasos: error cuadrático",
                en=f"$T = {lengths[j]}$ steps: squared error",
            )
        )
        axes.minorticks_off()
        axes.set(xlim=(0, 800), ylim=(1e-4, 1))
        axes.set_yticks([1e-4, 1e-3, 1e-2, 1e-1, 1])
    panels[0].legend(loc="lower left", fontsize=12)
    panels[1].set_xlabel(say(es="paso de entrenamiento", en="training step"))
    return Drawing(
        figure,
        say(
            es="Error del problema de la suma durante 800 pasos, tres "
            "semillas. Con 10 pasos de tiempo la RNN y la LSTM bajan. Con 50, "
            "las tres LSTM bajan y las tres RNN se quedan en la línea de un "
            "sexto, la de responder siempre 1.",
            en="Error of the adding problem over 800 steps, three seeds. With "
            "10 time steps the RNN and the LSTM fall. With 50, the three LSTMs "
            "fall and the three RNNs stay on the line of one sixth, that of "
            "always answering 1.",
        ),
        say(
            es="Una dependencia corta y una larga. La línea gris es 1/6, el "
            "error de quien responde siempre 1. Tres semillas de cada red.",
            en="A short dependence and a long one. The grey line is 1/6, the "
            "error of whoever always answers 1. Three seeds of each network.",
        ),
    )


def reach(say: Say) -> Drawing:
    """What the answer feels of each input, before and after training."""
    found = training.reach()
    figure, axes = canvas(5.6, 3.8)
    lags = found["lags"]
    words = {
        "begun": say(es="al empezar", en="at first"),
        "trained": say(es="entrenada", en="trained"),
    }
    for i, kind in enumerate(found["kinds"]):
        for name, style in (("begun", ":"), ("trained", DASHES[i])):
            axes.semilogy(
                lags, found[name][i], color=palette().series[i], ls=style,
                label=f"{kind}, {words[name]}",
            )  # fmt: skip
    axes.minorticks_off()
    axes.set(xlim=(0, 49), ylim=(1e-15, 1e3))
    axes.set_yticks([1e-15, 1e-10, 1e-5, 1])
    axes.set_xlabel(say(es="retardo $T - t$", en="lag $T - t$"))
    axes.set_title(r"$\Vert\partial \hat y_T/\partial x_t\Vert$")
    axes.legend(loc="lower left", fontsize=12, borderpad=0)
    half = [say.number(float(share), ".1e") for share in found["half"]]
    return Drawing(
        figure,
        say(
            es="Cuánto depende la respuesta de cada entrada, según el retardo. "
            "Al empezar, la RNN y la LSTM caen en línea recta a menos de "
            "10⁻¹⁰. Entrenadas con 50 pasos, la RNN sigue cayendo "
            f"({half[0]} a mitad de camino) y la LSTM queda plana.",
            en="How much the answer depends on each input, over the lag. At "
            "first the RNN and the LSTM fall along a line to under 10⁻¹⁰. "
            "Trained with 50 steps, the RNN still falls "
            f"({half[0]} half way) and the LSTM is flat.",
        ),
        say(
            es="Por qué la RNN no aprende: lo que pasó veinte pasos antes "
            "apenas mueve la respuesta, y el gradiente que debería "
            "remediarlo es igual de chico. La LSTM empieza más ciega todavía y "
            "encuentra la salida. Problema de la suma, $T = 50$.",
            en="Why the RNN does not learn: what happened twenty steps before "
            "hardly moves the answer, and the gradient that should mend it is "
            "as small. The LSTM begins even blinder and finds the way out. "
            "Adding problem, $T = 50$.",
        ),
    )
