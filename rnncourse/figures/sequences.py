"""Figures of the chapter on sequences."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from rnncourse.experiments.sequences import SENTENCE
from rnncourse.experiments.sequences import agreement as measured_agreement
from rnncourse.experiments.sequences import order as measured_order
from rnncourse.experiments.sequences import series as four_series
from rnncourse.experiments.sequences import sizes as measured_sizes
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
from rnncourse.words import LANGUAGES, Say


def _cell(axes: Axes, x: float, y: float, colour: str, fill: float) -> None:
    axes.add_patch(
        Rectangle(
            (x, y),
            0.5,
            0.34,
            facecolor=tint(colour, fill),
            edgecolor=colour,
            linewidth=1.2,
        )
    )


def rows(say: Say) -> Drawing:
    """What one example is, in a table and in sequences."""
    figure, axes = stage(5.6, 3.5)
    state, entry = palette().series[:2]
    ink, faint = palette().ink, palette().faint
    axes.text(0.1, 3.28, say(es="una tabla", en="a table"), fontsize=13)
    for i in range(5):
        for j in range(4):
            chosen = i == 2
            _cell(
                axes,
                0.1 + 0.5 * j,
                2.52 - 0.34 * i,
                entry if chosen else faint,
                0.4 if chosen else 0.08,
            )
    axes.text(
        1.1,
        2.98,
        say(es="columnas: características", en="columns: features"),
        fontsize=11.5,
        ha="center",
        color=ink,
    )
    axes.annotate(
        say(es="una fila, un ejemplo", en="one row, one example"),
        (0.4, 1.85),
        (0.1, 0.82),
        fontsize=12,
        color=ink,
        arrowprops={"arrowstyle": "-|>", "color": ink, "shrinkB": 3},
    )
    axes.text(
        0.1,
        0.52,
        say(es="todas miden lo mismo;", en="all of one size;"),
        fontsize=12,
    )
    axes.text(
        0.1,
        0.26,
        say(es="su orden no importa", en="any order will do"),
        fontsize=12,
    )
    left = 2.65
    axes.text(left, 3.28, say(es="secuencias", en="sequences"), fontsize=13)
    lines = [
        say(es="el gato duerme", en="the cat sleeps").split(),
        say(es="los gatos que vi", en="the cats I saw").split(),
        [say(es="corre", en="run")],
    ]
    for i, words in enumerate(lines):
        y, x = 2.72 - 0.62 * i, left
        for t, word in enumerate(words):
            width = 0.16 + 0.098 * max(len(word), 2)
            chosen = i == 1
            colour = entry if chosen else faint
            axes.add_patch(
                FancyBboxPatch(
                    (x + 0.03, y - 0.14),
                    width - 0.06,
                    0.28,
                    "round,pad=0.03,rounding_size=0.06",
                    facecolor=tint(colour, 0.4 if chosen else 0.08),
                    edgecolor=colour,
                    linewidth=1.2,
                )
            )
            axes.text(
                x + width / 2,
                y,
                word,
                fontsize=12,
                ha="center",
                va="center_baseline",
            )
            x += width
            if t < len(words) - 1:
                arrow(axes, (x, y), (x + 0.2, y), state, gap=0.02)
                x += 0.2
    axes.annotate(
        say(es="una secuencia, un ejemplo", en="one sequence, one example"),
        (left + 0.4, 1.92),
        (left, 0.82),
        fontsize=12,
        color=ink,
        arrowprops={"arrowstyle": "-|>", "color": ink, "shrinkB": 3},
    )
    axes.text(
        left,
        0.52,
        say(es="cada una mide lo que mide;", en="each has its own length;"),
        fontsize=12,
    )
    axes.text(
        left,
        0.26,
        say(es="adentro, el orden importa", en="inside it, order matters"),
        fontsize=12,
    )
    return Drawing(
        figure,
        say(
            es="A la izquierda, una tabla de cinco filas y cuatro columnas, "
            "con una fila marcada: una fila es un ejemplo. A la derecha, tres "
            "oraciones de tres, cuatro y una palabra, unidas por flechas, con "
            "una marcada: una secuencia entera es un ejemplo.",
            en="On the left, a table of five rows and four columns, with one "
            "row marked: one row is one example. On the right, three sentences "
            "of three, four and one words, joined by arrows, with one marked: "
            "a whole sequence is one example.",
        ),
        say(
            es="Qué es un ejemplo. En una tabla, una fila; se pueden barajar "
            "las filas y nada cambia. En datos secuenciales, una secuencia "
            "entera, y dentro de ella cada elemento tiene un lugar.",
            en="What an example is. In a table, one row; the rows can be "
            "shuffled and nothing changes. In sequential data, one whole "
            "sequence, and inside it each item has its place.",
        ),
    )


def series(say: Say) -> Drawing:
    """A price, the sea, a population and a vowel."""
    found = four_series()
    figure, panels = canvas(5.6, 4.7, nrows=2, ncols=2)
    titles = [
        say(es="un precio (USD)", en="a price (USD)"),
        say(es="el mar (°C)", en="the sea (°C)"),
        say(es="población (miles de mill.)", en="population (billions)"),
        say(es="una vocal (sintetizada)", en="a vowel (synthesised)"),
    ]
    price, sea, people, voice = panels.flat
    blue, known = palette().series[0], found["known"]
    days = np.array(found["price_days"], dtype="datetime64[D]")
    price.semilogy(days, found["price"], lw=1.1, color=blue)
    price.minorticks_off()
    price.set_yticks([1, 10, 100])
    numbered(price.yaxis, say, "d")
    years = ("2000", "2006", "2012")
    price.set_xticks([np.datetime64(f"{y}-01-01") for y in years], years)
    days = np.array(found["sea_days"], dtype="datetime64[D]")
    sea.plot(days, found["sea"], lw=1.4, color=blue)
    months = ("2016-03", "2016-09", "2017-03")
    names = say(es="mar sep mar", en="Mar Sep Mar").split()
    sea.set_xticks(
        [np.datetime64(f"{m}-01") for m in months],
        [f"{n}\n{m[:4]}" for n, m in zip(names, months, strict=True)],
    )
    years, counts = found["years"], found["people"]
    people.plot(years[:known], counts[:known], "o-", ms=3, color=blue)
    people.plot(years[known - 1 :], counts[known - 1 :], color=blue, ls=":")
    people.set_xticks([1950, 2000, 2050, 2100])
    people.set_ylim(0, 11.5)
    voice.plot(found["time"], found["voice"], lw=1.1, color=blue)
    voice.set_xlabel(say(es="milisegundos", en="milliseconds"))
    voice.set_yticks([])
    lengths = [say.number(n, ",d") for n in found["lengths"]]
    words = say(es="pasos", en="steps")
    for axes, title, length in zip(panels.flat, titles, lengths, strict=True):
        axes.set_title(f"{title}\n{length} {words}")
        axes.grid(alpha=0.25, lw=0.6, ls="-")
    return Drawing(
        figure,
        say(
            es="Cuatro gráficas en el tiempo: el precio de Apple de 2000 a "
            "2013, que sube con sobresaltos; la temperatura del mar en 2016 y "
            "2017, que sube en verano y baja en invierno; la población mundial "
            "de 1950 a 2100; y tres o cuatro períodos de una vocal.",
            en="Four plots in time: Apple's price from 2000 to 2013, which "
            "rises in fits and starts; the temperature of the sea in 2016 and "
            "2017, which rises in summer and falls in winter; the world's "
            "population from 1950 to 2100; and a few periods of a vowel.",
        ),
        say(
            es="Cuatro sistemas que cambian en el tiempo, con cuatro "
            "longitudes. El precio de Apple (Quandl WIKI Prices, dominio "
            "público); la media diaria de la temperatura del mar en una boya "
            "(NERACOOS B01); la población mundial, con proyecciones en línea "
            "de puntos (Naciones Unidas, *World Population Prospects 2024*, "
            "CC BY 3.0 IGO); una vocal sintetizada por código.",
            en="Four systems that change in time, of four lengths. Apple's "
            "price (Quandl WIKI Prices, public domain); the daily mean of the "
            "temperature of the sea at a buoy (NERACOOS B01); the world's "
            "population, projections dotted (United Nations, *World Population "
            "Prospects 2024*, CC BY 3.0 IGO); a vowel synthesised by code.",
        ),
    )


def order(say: Say) -> Drawing:
    """The same twelve numbers three times, and what each reader says."""
    found = measured_order()
    state, entry, output = palette().series[:3]
    ink, faint = palette().ink, palette().faint
    figure, axes = stage(5.6, 4.65)
    heads = [
        (0, say(es="ventana", en="window")),
        (2, say(es="convol.", en="convol.")),
        (4, say(es="RNN", en="RNN")),
        (1, say(es="bolsa", en="bag")),
    ]
    places = [2.98, 3.74, 4.42, 5.16]
    for x, (_, words) in zip(places, heads, strict=True):
        axes.text(x, 4.36, words, ha="center", fontsize=12)
    axes.add_patch(
        FancyBboxPatch(
            (4.88, 0.3),
            0.56,
            3.92,
            "round,pad=0.04,rounding_size=0.08",
            facecolor=tint(output, 0.14),
            edgecolor=output,
            linewidth=1.2,
        )
    )
    letters = say(es="MAMJJASONDEF", en="MAMJJASONDJF")
    kinds = [
        (say(es="en orden", en="in order"), np.arange(12)),
        (say(es="mezclados", en="shuffled"), found["shuffled"]),
        (
            say(es="como bolsa: por valor", en="as a bag: by value"),
            found["sorted"],
        ),
    ]
    for row, (words, months) in enumerate(kinds):
        base = 3.14 - 1.4 * row
        axes.text(0.1, base + 0.92, words, fontsize=12)
        for i, month in enumerate(months):
            x, height = 0.1 + 0.205 * i, found["sea"][month] / 19.2 * 0.8
            axes.add_patch(
                Rectangle(
                    (x, base),
                    0.165,
                    height,
                    facecolor=tint(entry, 0.55),
                    edgecolor=entry,
                    linewidth=0.9,
                )
            )
            axes.text(
                x + 0.08,
                base - 0.19,
                letters[month],
                ha="center",
                fontsize=10.5,
                color=ink,
            )
        axes.plot([0.06, 2.58], [base, base], color=faint, lw=0.9, ls="-")
        for x, (reader, _) in zip(places, heads, strict=True):
            value = found["answers"][reader, row]
            same = reader == 1
            axes.text(
                x,
                base + 0.36,
                say.number(value, ".2f"),
                ha="center",
                va="center",
                fontsize=12.5,
                color=output if same else state if row == 0 else ink,
                weight="bold" if same else "normal",
            )
    return Drawing(
        figure,
        say(
            es="Las temperaturas de doce meses, como barras: en orden, una "
            "colina; mezcladas; y ordenadas por valor. Al lado, lo que "
            "responden cuatro lectores: los números de la ventana, la "
            "convolución y la RNN cambian de una fila a otra; el de la bolsa "
            f"es {say.number(found['answers'][1, 0], '.2f')} las tres veces.",
            en="The temperatures of twelve months, as bars: in order, a hill; "
            "shuffled; and sorted by value. Beside them, what four readers "
            "answer: the numbers of the window, the convolution and the "
            "RNN change from row to row; that of the bag is "
            f"{say.number(found['answers'][1, 0], '.2f')} all three times.",
        ),
        say(
            es="Los mismos doce números, tres veces, y lo que responden cuatro "
            "redes sin entrenar. La temperatura media del mar, mes a mes, "
            "desde marzo de 2016 (boya NERACOOS B01). Solo la bolsa dice "
            "siempre lo mismo.",
            en="The same twelve numbers, three times, and what four untrained "
            "networks answer. The mean temperature of the sea, month by month, "
            "from March 2016 (buoy NERACOOS B01). Only the bag always says the "
            "same.",
        ),
    )


def sizes(say: Say) -> Drawing:
    """Which lengths each reader takes."""
    found = measured_sizes()
    figure, axes = stage(5.6, 2.75)
    output = palette().series[2]
    faint = palette().faint
    names = [
        say(es="ventana (densa)", en="window (dense)"),
        say(es="convolución, densa", en="convolution, dense"),
        say(es="convolución, media", en="convolution, mean"),
        say(es="bolsa", en="bag"),
        say(es="recurrente", en="recurrent"),
    ]
    left, gap = 1.98, 0.0865
    for row, (name, i) in enumerate(zip(names, (0, 2, 3, 1, 4), strict=True)):
        y = 2.42 - 0.42 * row
        axes.text(0.06, y, name, va="center", fontsize=12)
        for T in range(1, found["longest"] + 1):
            taken = found["least"][i] <= T <= found["most"][i]
            side = 0.034 if taken else 0.012
            axes.add_patch(
                Rectangle(
                    (left + gap * T - side, y - (0.11 if taken else side)),
                    2 * side,
                    0.22 if taken else 2 * side,
                    facecolor=output if taken else faint,
                    edgecolor="none",
                )
            )
    for T in (1, 12, 20, 30, 40):
        axes.text(left + gap * T, 0.34, str(T), ha="center", fontsize=11.5)
    axes.text(
        left + gap * 20,
        0.08,
        say(es="longitud $T$", en="length $T$"),
        ha="center",
        fontsize=12,
    )
    return Drawing(
        figure,
        say(
            es="Cinco filas de cuarenta lugares, uno por longitud. La red "
            "densa y la convolución con cabezal denso tienen una sola marca, "
            "en doce; la convolución con media, de tres en adelante; la bolsa "
            "y la red recurrente, todas.",
            en="Five rows of forty places, one for each length. The dense "
            "network and the convolution with a dense head have a single mark, "
            "at twelve; the convolution with a mean, from three on; the bag "
            "and the recurrent network, all.",
        ),
        say(
            es="Qué longitudes acepta cada red, probándolas de 1 a 40. Las "
            "dos primeras se construyeron para 12 pasos; la convolución mira "
            "de a 3.",
            en="Which lengths each network takes, by trying from 1 to 40. The "
            "first two were built for 12 steps; the convolution looks at 3 at "
            "a time.",
        ),
    )


def agreement(say: Say) -> Drawing:
    """The sentence, what each model sees of it, and how often it is right."""
    found = measured_agreement()
    place = LANGUAGES.index(say.language)
    text, _, size = SENTENCE[say.language]
    words = text.split()
    state, entry, output = palette().series[:3]
    ink, faint = palette().ink, palette().faint
    gap = 0.335
    height = gap * (len(words) + 1) + 0.86
    figure, axes = stage(5.6, height)
    rows_at = [height - 0.25 - gap * i for i in range(len(words))]
    asked = rows_at[-1] - gap
    for i, (word, y) in enumerate(zip(words, rows_at, strict=True)):
        axes.text(
            1.22,
            y,
            word,
            ha="right",
            va="center_baseline",
            fontsize=12.5,
            weight="bold" if i < size else "normal",
            color=entry if i < size else ink,
        )
    axes.text(
        0.05,
        asked - 0.02,
        say(es="¿corre o corren?", en="runs or run?"),
        va="center_baseline",
        fontsize=12.5,
        color=output,
    )
    axes.plot([0.05, 5.55], [asked + gap / 2] * 2, color=faint, lw=0.8, ls="-")
    grams = found["grams"][place]
    reach = found["reach"][place]
    models: list[tuple[str, int, float]] = [
        (say(es="bi-\ngrama", en="bi-\ngram"), 1, grams[0]),
        (say(es="tri-\ngrama", en="tri-\ngram"), 2, grams[1]),
        (f"{reach}-\n{say(es='grama', en='gram')}", reach - 1, grams[2]),
        (say(es="bolsa", en="bag"), len(words), min(found["bag"][place])),
        ("RNN", len(words), found["worst"][place, 0]),
    ]
    farthest = found["distance"][place].max()
    for column, (name, seen, score) in enumerate(models):
        x = 1.72 + 0.84 * column
        known = score > 90
        colour = state if known else palette().series[3]
        axes.text(
            x,
            asked - 0.3,
            name,
            ha="center",
            va="center",
            fontsize=11.5,
            linespacing=0.95,
        )
        axes.text(
            x,
            0.13,
            say.number(score, ".0f") + " %",
            ha="center",
            fontsize=12.5,
            color=colour,
            weight="bold" if known else "normal",
        )
        shown = rows_at[-seen:]
        for i, y in enumerate(rows_at):
            if y not in shown:
                axes.plot([x], [y], ".", color=faint, ms=3)
            elif name == "RNN":
                share = float(found["distance"][place][i] / farthest)
                node(axes, (x, y), "", state, size=0.125, fill=share)
                if i:
                    arrow(axes, (x, rows_at[i - 1]), (x, y), state, gap=0.135)
            else:
                _seen(axes, x, y, colour)
    return Drawing(
        figure,
        _agreement_alt(say, text, models),
        say(
            es="Qué palabras ve cada modelo antes de elegir el verbo, y cuánto "
            "acierta con cláusulas que no vio al entrenarse (en las redes, la "
            "peor de tres semillas). En la RNN, cada círculo es más intenso "
            "cuanto más distintos son sus estados al leer «los gatos…» y «el "
            "gato…»: el número del sujeto sigue ahí.",
            en="Which words each model sees before it chooses the verb, and "
            "how often it is right on clauses it did not see in training (for "
            "the networks, the worst of three seeds). In the RNN, a circle is "
            "stronger the more its states differ when it reads “the cats...” "
            "and “the cat...”: the number of the subject is still there.",
        ),
    )


def _seen(axes: Axes, x: float, y: float, colour: str) -> None:
    axes.add_patch(
        Rectangle(
            (x - 0.11, y - 0.11),
            0.22,
            0.22,
            edgecolor=colour,
            facecolor=tint(colour, 0.35),
            linewidth=1.2,
        )
    )


def _agreement_alt(say: Say, text: str, models: Any) -> str:
    scores = ", ".join(
        f"{name.replace('-' + chr(10), '').replace(chr(10), '')} "
        f"{say.number(score, '.0f')} %"
        for name, _, score in models
    )
    return say(
        es=f"La oración «{text}» escrita hacia abajo, una palabra por renglón, "
        "con la pregunta ¿corre o corren? al final. Al lado, una columna por "
        "modelo marca las palabras que ve: el bigrama solo la última, el "
        "trigrama dos, la bolsa y la RNN todas. Aciertos: " + scores + ".",
        en=f"The sentence “{text}” written downwards, one word a line, with "
        "the question runs or run? at the end. Beside it, a column for each "
        "model marks the words it sees: the bigram only the last, the trigram "
        "two, the bag and the RNN all. Accuracy: " + scores + ".",
    )
