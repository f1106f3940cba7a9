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
    factors = (2.0, 0.5)
    for y, w in zip((1.7, 0.6), factors, strict=True):
        for k in range(5):
            x = 0.42 + 1.18 * k
            node(
                axes,
                (x, y),
                f"${say.tex(w**k, 'g')}$",
                entry if k == 0 else state,
                box=k == 0,
                size=0.34,
                fontsize=12,
            )
            if k:
                arrow(axes, (x - 1.18, y), (x, y), state, gap=0.39)
                axes.text(
                    x - 0.59, y + 0.12, rf"$\times {say.tex(w, 'g')}$",
                    ha="center", fontsize=12.5, color=state,
                )  # fmt: skip
    double, half = (
        "; ".join(say.number(w**k, "g") for k in range(5)) for w in factors
    )
    small = say.number(factors[1], "g")
    return Drawing(
        figure,
        say(
            es="Dos cadenas de cuatro pasos que empiezan en 1. Con factor 2: "
            f"{double}. Con factor {small}: {half}.",
            en="Two chains of four steps that begin at 1. With factor 2: "
            f"{double}. With factor {small}: {half}.",
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
    w = [say.number(weight, "g") for weight in found["weights"]]
    ends = [
        say.number(float(value), ".0e" if abs(np.log(value)) > 9 else ".2g")
        for value in found["values"][:, -1]
    ]
    return Drawing(
        figure,
        say(
            es="Potencias de cinco pesos hasta el paso 30, en escala "
            f"logarítmica: con {w[0]} bajan a {ends[0]} y con {w[1]}, a "
            f"{ends[1]}; con {w[3]} suben a {ends[3]} y con {w[4]}, a "
            f"{ends[4]}; con {w[2]} no se mueven.",
            en="Powers of five weights up to step 30, on a logarithmic scale: "
            f"with {w[0]} they fall to {ends[0]} and with {w[1]} to {ends[1]}; "
            f"with {w[3]} they rise to {ends[3]} and with {w[4]} to {ends[4]}; "
            f"with {w[2]} they do not move.",
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
    s = [say.number(scale, "g") for scale in found["scales"]]
    last = [say.number(float(v), ".1e") for v in found["last"]]
    limit = say.number(float(found["bounds"][2, -1]), ",d")
    return Drawing(
        figure,
        say(
            es="Norma del jacobiano según el retardo, con tanh y tres valores "
            "singulares, cada una bajo su cota en trazos. A 50 pasos quedan "
            f"{last[0]} con {s[0]}; {last[1]} con {s[1]}; {last[2]} con "
            f"{s[2]}, cuya cota sube a {limit}.",
            en="Norm of the Jacobian over the lag, with tanh and three "
            "singular values, each under its dashed bound. At 50 steps there "
            f"remain {last[0]} with {s[0]}, {last[1]} with {s[1]} and "
            f"{last[2]} with {s[2]}, whose bound rises to {limit}.",
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
    first = say.number(float(terms[0]), ".2f")
    value = say.number(float(terms[40]), ".0e")
    return Drawing(
        figure,
        say(
            es="Norma de cada parte del gradiente según su retardo, en escala "
            f"logarítmica y relativa al total: de {first} con retardo 0 cae, "
            f"en línea casi recta, hasta {value} con retardo 40.",
            en="Norm of each part of the gradient over its lag, on a "
            "logarithmic scale and relative to the whole: from "
            f"{first} at lag 0 it falls, along an almost straight line, to "
            f"{value} at lag 40.",
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
    short = [say.number(float(norm), "g") for norm in found["after_1"]]
    factor = say.number(found["factor"], ".4f")
    value = say.number(found["explosion"], ".1e")
    return Drawing(
        figure,
        say(
            es="Norma del jacobiano de dos redes según el retardo. La primera "
            f"vale {short[0]}, {short[1]} y después {short[2]}. La segunda "
            f"crece, al final por {factor} en cada paso, hasta {value} a los "
            "30.",
            en="Norm of the Jacobian of two networks over the lag. The first "
            f"is {short[0]}, {short[1]} and then {short[2]}. The second grows, "
            f"by {factor} a step at the end, to {value} at 30.",
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
    logistic = say.number(float(found["last"][1].max()), ".0e")
    relu = say.number(float(found["last"][2, 3]), ".2f")
    second = say.number(float(found["last"][2, :3].max()), ".0e")
    return Drawing(
        figure,
        say(
            es="Tres gráficas, una por función de activación: lo que queda de "
            "un gradiente de norma 1 según el retardo. Con tanh, a 50 pasos "
            f"quedan {last[0]} con los pesos de PyTorch y {last[1]} con los "
            f"ortogonales. Con la logística, {logistic} en el mejor caso. Con "
            f"ReLU quedan {relu} con los pesos identidad y, en el mejor de los "
            f"otros casos, {second}.",
            en="Three plots, one per activation: what is left of a gradient of "
            "norm 1 over the lag. With tanh, at 50 steps there remain "
            f"{last[0]} with PyTorch's weights and {last[1]} with orthogonal "
            f"ones. With the logistic, {logistic} at best. With ReLU there "
            f"remain {relu} with the identity and, in the best of the other "
            f"cases, {second}.",
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
    shallow = say.number(found["shallow_ratio"], ".0f")
    return Drawing(
        figure,
        say(
            es="Norma del gradiente de cada capa, en escala logarítmica. En la "
            f"red de 20 capas la última recibe {ratio} veces más que la "
            f"primera; en la de 3, {shallow} veces.",
            en="Norm of the gradient of each layer, on a logarithmic scale. In "
            f"the network of 20 layers the last gets {ratio} times as much as "
            f"the first; in that of 3, {shallow} times.",
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
    limit = say.number(found["limit"], "g")
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
            f"recorte del gradiente a norma {limit}. El recortado rebota de un "
            "lado al otro del valle mientras avanza por él.",
            en="The cliff of a single recurrent unit, 50 steps: the more "
            "colour, the more loss. The same start and the same rate, with and "
            f"without clipping the gradient at norm {limit}. The clipped one "
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
    steep = w[found["slice_norm"] > 1]
    begin, end = (say.number(float(x), "g") for x in steep[[0, -1]])
    height = say.tex(found["slice_b"], "g")
    return Drawing(
        figure,
        say(
            es="Dos gráficas según w. La pérdida baja despacio, cae de golpe y "
            "vuelve a subir sobre una llanura. La norma del gradiente tiene en "
            f"ese punto un pico de {top}; antes de w {begin} y después de w "
            f"{end} no llega a 1.",
            en="Two plots over w. The loss falls slowly, drops at once and "
            "rises again to a plain. There the norm of the gradient has a peak "
            f"of {top}; before w {begin} and after w {end} it stays below 1.",
        ),
        say(
            es=f"Un corte del acantilado, $b = {height}$. En la pared la "
            "pendiente es enorme: un paso proporcional al gradiente salta "
            "lejos.",
            en=f"A cut through the cliff, $b = {height}$. At the wall the "
            "slope is huge: a step in proportion to the gradient jumps far "
            "away.",
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
    last = found["losses"][..., -1]
    rnn, lstm = (
        [say.number(float(value), ".4f") for value in (easy, hard)]
        for easy, hard in (
            (last[0, 0].max(), last[0, 2].min()),
            (last[1, 0].max(), last[1, 2].max()),
        )
    )
    constant = say.number(found["constant"], ".4f")
    return Drawing(
        figure,
        say(
            es="Error del problema de la suma durante 800 pasos, tres "
            f"semillas. Con {lengths[0]} pasos de tiempo la peor RNN termina "
            f"en {rnn[0]} y la peor LSTM en {lstm[0]}. Con {lengths[2]}, la "
            f"peor LSTM en {lstm[1]} y la mejor RNN en {rnn[1]}; responder "
            f"siempre 1 cuesta {constant}.",
            en="Error of the adding problem over 800 steps, three seeds. With "
            f"{lengths[0]} time steps the worst RNN ends at {rnn[0]} and the "
            f"worst LSTM at {lstm[0]}. With {lengths[2]}, the worst LSTM at "
            f"{lstm[1]} and the best RNN at {rnn[1]}; always answering 1 costs "
            f"{constant}.",
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
    half = say.number(float(found["half"][0]), ".1e")
    begun = [say.number(float(row[-1]), ".0e") for row in found["begun"]]
    gated = found["trained"][1]
    low, high = (say.number(float(f(gated)), ".2f") for f in (np.min, np.max))
    return Drawing(
        figure,
        say(
            es="Cuánto depende la respuesta de cada entrada, según el retardo. "
            f"Al empezar, la RNN cae en línea recta hasta {begun[0]} y la LSTM "
            f"hasta {begun[1]}. Entrenadas con {found['T']} pasos, la RNN "
            f"sigue cayendo (a mitad de camino, a {half} de lo del comienzo) y "
            f"la LSTM queda entre {low} y {high}.",
            en="How much the answer depends on each input, over the lag. At "
            f"first the RNN falls along a line to {begun[0]} and the LSTM to "
            f"{begun[1]}. Trained with {found['T']} steps, the RNN still falls "
            f"(half way, to {half} of what it was) and the LSTM stays between "
            f"{low} and {high}.",
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
