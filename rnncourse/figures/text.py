"""Figures of the chapter on text."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from rnncourse.experiments import text as measured
from rnncourse.experiments.languages import LETTERS
from rnncourse.figures.style import (
    Drawing,
    arrow,
    canvas,
    node,
    palette,
    stage,
    tint,
)
from rnncourse.words import LANGUAGES, Say


def _box(
    axes: Axes, x: float, y: float, width: float, text: str, colour: str,
    fill: float = 0.14, size: float = 12,
) -> None:  # fmt: skip
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2 + 0.05, y - 0.14),
            width - 0.1,
            0.28,
            "round,pad=0.03,rounding_size=0.06",
            facecolor=tint(colour, fill),
            edgecolor=colour,
            linewidth=1.3,
        )
    )
    axes.text(x, y, text, fontsize=size, ha="center", va="center_baseline")


def model(say: Say) -> Drawing:
    """Words in, embeddings, states, and a probability for each next word."""
    figure, axes = stage(5.6, 3.5)
    state, entry, output = palette().series[:3]
    read = say(es="la red lee una", en="the network reads a").split()
    told = [*read[1:], say(es="palabra", en="word")]
    xs = [0.95 + 1.22 * t for t in range(len(read))]
    for t, x in enumerate(xs):
        _box(axes, x, 0.35, 1.12, read[t], palette().ink, fill=0.04)
        node(axes, (x, 1.1), f"$x_{t + 1}$", entry, box=True, size=0.24)
        node(axes, (x, 1.95), f"$h_{t + 1}$", state, size=0.27)
        _box(axes, x, 2.8, 1.12, told[t], output)
        arrow(axes, (x, 0.5), (x, 0.85), gap=0.03)
        arrow(axes, (x, 1.1), (x, 1.95), gap=0.3)
        arrow(axes, (x, 2.2), (x, 2.65), gap=0.04)
        if t:
            arrow(axes, (xs[t - 1], 1.95), (x, 1.95), state, gap=0.3)
    arrow(axes, (0.2, 1.95), (xs[0] - 0.28, 1.95), state, gap=0.02)
    axes.text(
        0.05, 3.2, say(es="lo que debería venir", en="what should come"),
        fontsize=12, color=output,
    )  # fmt: skip
    axes.text(
        0.05, 1.42, r"$E^\top$", fontsize=14, color=entry,
    )  # fmt: skip
    axes.text(0.05, 2.3, "$E$", fontsize=14, color=output)
    return Drawing(
        figure,
        say(
            es="Cuatro palabras entran en una red recurrente; cada una se "
            "convierte en un vector, pasa al estado, y el estado propone la "
            "palabra siguiente, que es la que entra después.",
            en="Four words enter a recurrent network; each turns into a "
            "vector and goes into the state, and the state proposes the next "
            "word, which is the one that enters afterwards.",
        ),
        say(
            es="El objetivo es la misma frase, corrida un lugar. La matriz de "
            "vectores $E$ sirve dos veces: para leer y para puntuar.",
            en="The target is the same sentence, moved one place. The matrix "
            "of vectors $E$ serves twice: to read and to score.",
        ),
    )


def perplexities(say: Say) -> Drawing:
    """Held-out perplexity of each model, both languages."""
    found = measured.table()
    names = [
        say(es="bigrama", en="bigram"),
        say(es="trigrama", en="trigram"),
        "RNN",
        "GRU",
        "LSTM",
        say(es="GRU y trigrama", en="GRU and trigram"),
    ]
    figure, axes = canvas(5.6, 3.0)
    marks, lists = ("o", "s"), []
    for i in range(len(LANGUAGES)):
        middle = [*found["perplexity"][i, 2:], found["mixed"][i, 1]]
        lists.append(", ".join(say.number(value, ".0f") for value in middle))
        y = np.arange(len(names)) + 0.16 * (2 * i - 1)
        colour = palette().series[i]
        axes.plot(
            middle, y, marks[i], color=colour, markersize=7,
            label=say(
                es=("español", "inglés")[i], en=("Spanish", "English")[i]
            ),
        )  # fmt: skip
        for value, place in zip(middle, y, strict=True):
            axes.annotate(
                say.number(value, ".0f"), (value, place), (8, -4),
                textcoords="offset points", fontsize=11,
            )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(
        say(es="perplejidad en datos apartados", en="held-out perplexity")
    )
    axes.margins(x=0.12)
    axes.legend(loc="upper left")
    return Drawing(
        figure,
        say(
            es="Perplejidad del bigrama, el trigrama, la RNN, la GRU, la LSTM "
            "y la mezcla de GRU y trigrama, la más baja. En español: "
            f"{lists[0]}. En inglés: {lists[1]}.",
            en="Perplexity of the bigram, the trigram, the RNN, the GRU, the "
            "LSTM and the mixture of GRU and trigram, the lowest. In Spanish: "
            f"{lists[0]}. In English: {lists[1]}.",
        ),
        say(
            es="Menos es mejor. Con tan poco texto un trigrama queda cerca de "
            "las redes, y juntos ganan los dos.",
            en="Less is better. With so little text a trigram comes close to "
            "the networks, and together both gain.",
        ),
    )


def suggestions(say: Say) -> Drawing:
    """What the network suggests after each word of a phrase."""
    found = measured.suggesting()[say.language]
    read, offered = found["read"], found["offered"]
    figure, axes = stage(5.6, 3.55)
    state, entry, output = palette().series[:3]
    axes.text(
        0.9, 3.3, say(es="leído", en="read"), fontsize=12, ha="right",
        color=entry,
    )  # fmt: skip
    axes.text(
        1.2, 3.3, say(es="sugerencias y su probabilidad, %",
                      en="suggestions and their probability, %"),
        fontsize=12, color=output,
    )  # fmt: skip
    for t, words in enumerate(offered):
        y = 3.0 - 0.34 * t
        if t:
            axes.text(
                0.9, y, read[t - 1], fontsize=12, ha="right",
                va="center_baseline",
            )  # fmt: skip
        came = read[t] if t < len(read) else ""
        for k, word in enumerate(words):
            chance = say.number(100 * found["chance"][t, k], ".0f")
            hit = word == came
            _box(
                axes, 1.85 + 1.42 * k, y, 1.38, f"{word} {chance}",
                output if hit else palette().faint, 0.45 if hit else 0.06,
                size=11,
            )  # fmt: skip
        if t:
            arrow(axes, (0.93, y), (1.18, y), state, gap=0.02)
    return Drawing(
        figure,
        say(
            es=f"Las tres sugerencias de la red después de cada palabra de "
            f"«{' '.join(read)}»; resaltada, la que vino.",
            en=f"The network's three suggestions after each word of "
            f"“{' '.join(read)}”; highlighted, the one that came.",
        ),
        say(
            es="El estado se lleva de una palabra a la otra: cada línea cuesta "
            "un solo paso. Resaltadas, las sugerencias que acertaron.",
            en="The state is carried from one word to the next: each line "
            "costs a single step. Highlighted, the suggestions that were "
            "right.",
        ),
    )


def causes(say: Say) -> Drawing:
    """Which word moves the verb, and which its number."""
    found = measured.causes()[say.language]
    words, why = found["words"], 100 * found["why"]
    figure, axes = canvas(5.6, 3.2)
    places = np.arange(len(words))
    labels = (
        say(es=f"por qué «{found['verb']}»", en=f"why “{found['verb']}”"),
        say(
            es=f"por qué «{found['verb']}» y no «{found['other']}»",
            en=f"why “{found['verb']}” and not “{found['other']}”",
        ),
    )
    for k, hatch in enumerate(("", "///")):
        colour = palette().series[k]
        axes.bar(
            places + 0.4 * k - 0.2, why[k], 0.38, label=labels[k],
            facecolor=tint(colour, 0.5), edgecolor=colour, hatch=hatch,
        )  # fmt: skip
    axes.set_xticks(places, words, rotation=30, ha="right")
    axes.set_ylabel(
        say(es="parte del gradiente (%)", en="share of gradient (%)")
    )
    axes.legend(loc="upper center", fontsize=11)
    axes.set_ylim(0, 1.35 * why.max())
    return Drawing(
        figure,
        say(
            es="Barras por palabra: en que venga ese verbo pesan más las "
            "últimas palabras; en que venga en ese número gana peso el sujeto.",
            en="Bars by word: in this verb's coming the last words weigh "
            "most; in its coming in this number the subject gains weight.",
        ),
        say(
            es="Dos preguntas y dos respuestas: qué palabras mueven la "
            "probabilidad del verbo, y cuáles la elección de su número.",
            en="Two questions and two answers: which words move the "
            "probability of the verb, and which the choice of its number.",
        ),
    )


def samples(say: Say) -> Drawing:
    """Texts drawn at several temperatures."""
    found = measured.samples()[say.language]
    blocks = [
        (f"$\\tau = {say.tex(t, '.1f')}$", text)
        for t, text in zip(measured.TEMPERATURES, found["words"], strict=True)
    ]
    blocks.append((say(es="letras", en="letters"), found["letters"]))
    lines = [textwrap.wrap(text, 52) for _, text in blocks]
    height = 0.25 * sum(map(len, lines)) + 0.16 * len(lines) + 0.15
    figure, axes = stage(5.6, height)
    y = height - 0.2
    for (name, _), wrapped in zip(blocks, lines, strict=True):
        axes.text(
            0.72, y, name, fontsize=12, ha="right", va="center_baseline",
            color=palette().series[0],
        )  # fmt: skip
        for line in wrapped:
            axes.text(
                0.86, y, line.replace("$", r"\$"), fontsize=11.5,
                va="center_baseline",
            )  # fmt: skip
            y -= 0.25
        y -= 0.16
    return Drawing(
        figure,
        say(
            es="Textos escritos por las redes: a temperatura baja repiten "
            "frases del curso, a temperatura alta pierden el hilo.",
            en="Texts written by the networks: at a low temperature they "
            "repeat phrases of the course, at a high one they lose the thread.",
        ),
        say(
            es="Sorteos de la red de palabras a cuatro temperaturas y, abajo, "
            "de la red de caracteres, a $\\tau = 0{,}5$.",
            en="Draws of the network of words at four temperatures and, below, "
            "of the network of characters, at $\\tau = 0.5$.",
        ),
    )


def letters(say: Say) -> Drawing:
    """Bits per character against how many characters are seen."""
    found = measured.letters()
    figure, axes = canvas(5.6, 3.0)
    for i, name in enumerate(
        say(es="español inglés", en="Spanish English").split()
    ):
        colour, marker = palette().series[i], "os"[i]
        axes.plot(
            LETTERS, found["grams"][i], marker=marker, color=colour, label=name
        )
        axes.axhline(
            found["bits"][i], color=colour, linestyle=("--", ":")[i],
            label=f"GRU, {name}", linewidth=1.4,
        )  # fmt: skip
    axes.set_xlabel(say(es="$n$ del $n$-grama", en="$n$ of the $n$-gram"))
    axes.set_ylabel(say(es="bits por carácter", en="bits per character"))
    axes.set_ylim(1, 4.6)
    axes.set_yticks(range(1, 5))
    axes.legend(loc="upper right", fontsize=11)
    begin, end, network = (
        [say.number(float(value), ".2f") for value in values]
        for values in (
            found["grams"][:, 0],
            found["grams"][:, -1],
            found["bits"],
        )
    )
    return Drawing(
        figure,
        say(
            es="Los bits por carácter según el largo del n-grama: en español "
            f"van de {begin[0]} a {end[0]}, y la red recurrente alcanza "
            f"{network[0]}; en inglés, de {begin[1]} a {end[1]}, y la red, "
            f"{network[1]}.",
            en="Bits per character over the length of the n-gram: in Spanish "
            f"they go from {begin[0]} to {end[0]}, and the recurrent network "
            f"reaches {network[0]}; in English, from {begin[1]} to {end[1]}, "
            f"and the network {network[1]}.",
        ),
        say(
            es="Cada carácter más de contexto ayuda, hasta que los contextos "
            "largos ya no se repiten.",
            en="Each further character of context helps, until long contexts "
            "no longer repeat.",
        ),
    )
