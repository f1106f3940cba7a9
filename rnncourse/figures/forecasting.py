"""Figures of the chapter on forecasting."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rnncourse.experiments import forecasting as measured
from rnncourse.figures.style import (
    Drawing,
    canvas,
    numbered,
    palette,
    stage,
    tint,
)
from rnncourse.forecasting import KINDS
from rnncourse.words import Say


def _series_names(say: Say) -> dict[str, str]:
    return {
        "market": say(es="mercado", en="market"),
        "temperature": say(es="temperatura", en="temperature"),
        "population": say(es="población", en="population"),
        "walk": say(es="caminata aleatoria", en="random walk"),
        "vowel": say(es="vocal", en="vowel"),
    }


def _model_names(say: Say) -> dict[str, str]:
    return {
        "persistence": say(es="persistencia", en="persistence"),
        "drift": say(es="deriva", en="drift"),
        "seasonal": say(es="estacional", en="seasonal"),
        "linear": say(es="lineal", en="linear"),
        "RNN": "RNN",
        "LSTM": "LSTM",
        "GRU": "GRU",
    }


def _between(say: Say, values: Any) -> str:
    low, high = (say.number(float(f(values)), ".2f") for f in (np.min, np.max))
    return say(es=f"entre {low} y {high}", en=f"between {low} and {high}")


# A window, and the parts of a series -----------------------------------------


def timeline(say: Say) -> Drawing:
    """What is read, what is said, and the three parts."""
    figure, axes = stage(5.6, 2.6)
    first, second, third, fourth = palette().series
    x = np.linspace(0.3, 5.3, 51)
    t = np.arange(51)
    y = 1.9 + 0.22 * np.sin(t / 3.1) + 0.12 * np.sin(t / 1.3 + 1)
    axes.plot(x, y, ".-", color=palette().faint, lw=1, ms=4)
    read, said = slice(11, 21), slice(21, 28)
    for part, colour, text in (
        (read, second, say(es="se lee: $K$", en="read: $K$")),
        (said, first, say(es="se dice: $Q$", en="said: $Q$")),
    ):
        low, high = x[part][0] - 0.05, x[part][-1] + 0.05
        axes.axvspan(low, high, 0.55, 0.88, color=tint(colour, 0.2), lw=0)
        axes.plot(x[part], y[part], ".-", color=colour, lw=1.8, ms=7)
        axes.text(low, 2.36, text, fontsize=12, color=colour)
    axes.text(x[20], 1.2, "$t$", ha="center", fontsize=13)
    axes.plot([x[20]] * 2, [1.36, 1.46], color=palette().ink, lw=1.2, ls="-")
    a, b = x[30] - 0.05, x[40] - 0.05
    for low, high, colour, text in (
        (0.25, a, second, say(es="entrenamiento", en="training")),
        (a, b, third, say(es="validación", en="validation")),
        (b, 5.35, fourth, say(es="prueba", en="test")),
    ):
        axes.fill_between([low, high], 0.62, 1.0, color=tint(colour, 0.3), lw=0)
        axes.text(
            (low + high) / 2, 0.81, text, ha="center", va="center", fontsize=11
        )
    for place in (a, b):
        axes.plot([place] * 2, [0.55, 2.3], color=palette().ink, lw=1, ls=":")
    axes.text(
        5.35, 0.3, say(es="tiempo →", en="time →"), ha="right", fontsize=11
    )
    return Drawing(
        figure,
        say(
            es="Una serie con una ventana marcada: K valores que se leen hasta "
            "el instante t y, a continuación, Q valores que se dicen. Debajo, "
            "una barra dividida en orden de tiempo en entrenamiento, "
            "validación y prueba.",
            en="A series with a window marked: K values that are read up to "
            "time t and, right after them, Q values that are said. Below, a "
            "bar divided in order of time into training, validation and test.",
        ),
        say(
            es="Una ventana: $K$ valores hasta hoy, $Q$ por venir. Pertenece a "
            "la parte que contiene todo su futuro; su pasado puede empezar "
            "antes.",
            en="A window: $K$ values up to today, $Q$ to come. It belongs to "
            "the part that holds all of its future; its past may begin "
            "earlier.",
        ),
    )


def series(say: Say) -> Drawing:
    """The five series, and where they are cut."""
    found = measured.series()
    names = _series_names(say)
    units = {
        "market": say(es="dólares", en="dollars"),
        "temperature": "°C",
        "population": say(es="millones", en="millions"),
        "walk": "",
        "vowel": "",
    }
    figure, panels = canvas(5.6, 7.4, nrows=5)
    for axes, (name, each) in zip(panels, found.items(), strict=True):
        values = each["values"] / (1e6 if name == "population" else 1)
        begin = 3136 if name == "vowel" else 0
        end = begin + 200 if name == "vowel" else len(values)
        t = np.arange(begin, end)
        if name == "population":
            t = 1950 + 5 * t
            axes.set_yscale("log")
            axes.set_yticks([20, 50, 100, 200], ["20", "50", "100", "200"])
            axes.minorticks_off()
        if name == "market":
            axes.set_yscale("log")
            axes.set_yticks([1, 10, 100], ["1", "10", "100"])
            axes.minorticks_off()
        axes.plot(t, values[begin:end], linewidth=1)
        if name != "vowel":
            for cut in each["cuts"]:
                place = 1950 + 5 * (cut - 0.5) if name == "population" else cut
                axes.axvline(place, color=palette().faint, lw=1, ls=":")
        axes.set_title(names[name])
        axes.set_ylabel(units[name])
        if name == "vowel":
            axes.set_yticks([-3, 0, 3])
    for place, who in zip(
        panels[2].lines[:3],
        ("Argentina", say(es="Japón", en="Japan"), "Nigeria"),
        strict=True,
    ):
        panels[2].annotate(
            who,
            (2020, place.get_ydata()[-1]),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=12,
        )
    panels[2].set_xlim(1948, 2033)
    panels[0].set_xlabel(say(es="días", en="days"), labelpad=0)
    panels[1].set_xlabel(say(es="horas", en="hours"), labelpad=0)
    panels[3].set_xlabel(say(es="pasos", en="steps"), labelpad=0)
    panels[4].set_xlabel(
        say(es="muestras, de 8000 por segundo", en="samples, 8000 a second"),
        labelpad=0,
    )
    return Drawing(
        figure,
        say(
            es="Cinco series: el precio de Apple, que sube mucho al final; la "
            "temperatura del mar, que sube de mayo a agosto con ondas "
            "diarias; la población de tres países; una caminata aleatoria y "
            "unas vibraciones casi periódicas de una vocal.",
            en="Five series: Apple's price, which rises much towards the end; "
            "the sea's temperature, which rises from May to August with daily "
            "waves; the population of three countries; a random walk; and the "
            "nearly periodic vibrations of a vowel.",
        ),
        say(
            es="Las cinco series. Las líneas de puntos separan entrenamiento, "
            "validación y prueba. De la vocal se muestran 25 milésimas de "
            "segundo, del comienzo de la prueba.",
            en="The five series. Dotted lines separate training, validation "
            "and test. Of the vowel, 25 thousandths of a second are shown, "
            "from the beginning of its test.",
        ),
    )


# Ways of deceiving oneself ---------------------------------------------------


def leak(say: Say) -> Drawing:
    """Skill of each walk, measured on shuffled windows and in time."""
    found = measured.leak()
    figure, axes = canvas(5.6, 3.0)
    share = (np.arange(found["walks"]) + 0.5) / found["walks"]
    for key, text in (
        ("shuffled", say(es="ventanas sorteadas", en="windows drawn")),
        ("in_time", say(es="en orden de tiempo", en="in order of time")),
    ):
        skills = np.sort(found[f"{key}_by_walk"])
        axes.plot(share, skills, label=text)
    axes.axhline(0, color=palette().faint, lw=1, ls="-")
    axes.set_ylim(-1.5, 0.6)
    axes.set_xlabel(
        say(es="caminatas, de peor a mejor", en="walks, from worst to best")
    )
    axes.set_ylabel(say(es="habilidad", en="skill"))
    numbered(axes.xaxis, say, ".1f")
    numbered(axes.yaxis, say, ".1f")
    axes.legend(loc="lower right")
    above, below = (
        say.number(100 * float(share.mean()), ".0f")
        for share in (
            found["shuffled_by_walk"] > 0,
            found["in_time_by_walk"] < 0,
        )
    )
    mean = say.number(found["in_time"], ".2f")
    return Drawing(
        figure,
        say(
            es="Dos curvas crecientes: la habilidad medida en ventanas "
            f"sorteadas es positiva en el {above} % de las caminatas; la "
            f"medida en orden de tiempo es negativa en el {below} %, y su "
            f"media es {mean}.",
            en="Two rising curves: the skill measured on windows drawn at "
            f"random is positive in {above} % of the walks; that measured in "
            f"order of time is negative in {below} %, and its mean is {mean}.",
        ),
        say(
            es="El mismo modelo lineal en las mismas caminatas aleatorias, que "
            "nadie puede pronosticar. Lo que cambia es cómo se eligió la "
            "prueba.",
            en="The same linear model on the same random walks, which nobody "
            "can forecast. What changes is how the test was chosen.",
        ),
    )


def one_step(say: Say) -> Drawing:
    """The price and yesterday's; the change and what persistence says."""
    found = measured.one_step()
    figure, (above, below) = canvas(5.6, 4.4, nrows=2, sharex=True)
    t = np.arange(len(found["price"]))
    real = say(es="lo que ocurrió", en="what came")
    said = say(es="persistencia", en="persistence")
    above.plot(t, found["price"], label=real)
    above.plot(t, found["said"], label=said)
    above.set_ylabel(say(es="precio (dólares)", en="price (dollars)"))
    above.legend()
    below.plot(t, found["price"] - found["said"], label=real)
    below.plot(t, 0 * t, label=said)
    below.set_ylabel(say(es="cambio (dólares)", en="change (dollars)"))
    below.set_xlabel(say(es="días de la prueba", en="days of the test"))
    above.set_yticks([30, 35, 40])
    below.set_yticks([-1, 0, 1])
    for axes in (above, below):
        numbered(axes.yaxis, say, ".0f")
    return Drawing(
        figure,
        say(
            es="Arriba, el precio y el del día anterior: dos curvas casi "
            "iguales, corridas un día. Abajo, el cambio de cada día, que sube "
            "y baja, contra una recta en cero.",
            en="Above, the price and that of the day before: two curves that "
            "look alike, a day apart. Below, the change of each day, up and "
            "down, against a straight line at zero.",
        ),
        say(
            es="La misma información, dos veces. Arriba el pronóstico parece "
            "excelente; abajo se ve que no dice nada.",
            en="The same information, twice. Above, the forecast looks "
            "excellent; below, it is seen to say nothing.",
        ),
    )


# Results ---------------------------------------------------------------------

SERIES = ("market", "temperature", "population", "walk", "vowel")
LIMITS = {
    "market": (-0.35, 0.25),
    "temperature": (-0.4, 0.35),
    "population": (-0.1, 1.05),
    "walk": (-0.04, 0.04),
    "vowel": (-0.1, 1.15),
}
TICKS = {"market": 0.2, "temperature": 0.2, "walk": 0.02}


def skills(say: Say) -> Drawing:
    """Of each forecaster on each series, with seeds and margin."""
    figure, panels = canvas(5.6, 8.2, nrows=5, sharex=True)
    names = list(_model_names(say))[1:]
    first, second, *_ = palette().series
    by_name: dict[str, dict[str, float]] = {}
    for axes, key in zip(panels, SERIES, strict=True):
        found: Any = getattr(measured, key)()
        by_name[key] = {name: found["by_name"][name] for name in names
                        if name in found["models"]}  # fmt: skip
        axes.axhline(0, color=palette().faint, lw=1, ls="-")
        for model, skill, margin in zip(
            found["models"], found["skill"], found["margin"], strict=True
        ):
            if model == "persistence":
                continue
            place, net = names.index(model), model in KINDS
            axes.errorbar(
                place, skill, margin, fmt="s" if net else "o", ms=6,
                color=second if net else first, capsize=4, lw=1.5, ls="none",
            )  # fmt: skip
            if net:
                seeds = found["skills"][list(KINDS).index(model)]
                axes.plot(
                    np.full(len(seeds), place + 0.22), seeds, "x",
                    color=second, ms=5, mew=1.2,
                )  # fmt: skip
        axes.set_title(_series_names(say)[key])
        axes.set_ylabel(say(es="habilidad", en="skill"))
        axes.set_ylim(*LIMITS[key])
        step = TICKS.get(key)
        axes.set_yticks([-step, 0, step] if step else [0, 0.5, 1])
        numbered(axes.yaxis, say, ".2f" if key == "walk" else ".1f")
    labels = [_model_names(say)[name] for name in names]
    panels[-1].set_xticks(range(len(names)), labels, fontsize=11.5)
    panels[-1].set_xlim(-0.5, len(names) - 0.4)
    market, population, vowel = (
        _between(say, list(by_name[key].values())[key == "vowel" :])
        for key in ("market", "population", "vowel")
    )
    walk = say.number(max(map(abs, by_name["walk"].values())), ".3f")
    sea = by_name["temperature"]
    fitted = _between(say, [sea[name] for name in ("linear", *KINDS)])
    drift, seasonal, sound = (
        say.number(value, ".2f")
        for value in (sea["drift"], sea["seasonal"], by_name["vowel"]["drift"])
    )
    return Drawing(
        figure,
        say(
            es="Cinco paneles con la habilidad de seis pronosticadores. "
            f"Mercado: todos {market}, dentro del margen. Temperatura: lineal "
            f"y redes {fitted}, la deriva en {drift} y el estacional en "
            f"{seasonal}. Población: todos {population}. Caminata: el más "
            f"lejano de cero, a {walk}. Vocal: todos {vowel}, salvo la deriva, "
            f"en {sound}.",
            en="Five panels with the skill of six forecasters. Market: all "
            f"{market}, within the margin. Temperature: linear and networks "
            f"{fitted}, the drift at {drift} and the seasonal at {seasonal}. "
            f"Population: all {population}. Walk: the furthest from zero, at "
            f"{walk}. Vowel: all {vowel}, except the drift, at {sound}.",
        ),
        say(
            es="Habilidad contra la persistencia en la prueba; barras: dos "
            "errores estándar por el tamaño de la prueba. Círculos: sin red. "
            "Cuadrados: media de cinco semillas, y a su derecha cada una.",
            en="Skill against persistence on the test; bars: two standard "
            "errors, for the size of the test. Circles: no network. Squares: "
            "mean of five seeds, and to its right each of them.",
        ),
    )


def errors(say: Say) -> Drawing:
    """The error over the horizon, against that of persistence."""
    figure, panels = canvas(5.6, 5.6, nrows=3, ncols=2)
    names = _model_names(say)
    first, second, third, fourth = palette().series
    looks = {
        "drift": (fourth, ":"),
        "seasonal": (palette().faint, "-"),
        "linear": (first, "-"),
        "LSTM": (second, "--"),
        "GRU": (third, "-."),
    }
    flat = list(panels.flat)
    drawn: dict[str, dict[str, Any]] = {}
    for axes, key in zip(flat, SERIES, strict=False):
        found: Any = getattr(measured, key)()
        steps = np.arange(1, found["horizon"] + 1)
        axes.axhline(1, color=palette().faint, lw=1, ls="-")
        rows = dict(zip(found["models"], found["ratio"], strict=True))
        drawn[key] = {model: rows[model] for model in looks if model in rows}
        for model, row in drawn[key].items():
            colour, dash = looks[model]
            axes.plot(steps, row, color=colour, ls=dash, lw=1.6)
        axes.set_title(_series_names(say)[key])
        axes.set_ylim(
            *{"market": (0.9, 1.1), "walk": (0.9, 1.1), "temperature":
              (0.7, 1.5)}.get(key, (0, 1.2))
        )  # fmt: skip
        if key == "population":
            axes.set_xticks(steps)
        numbered(axes.yaxis, say, ".1f")
    _legend(flat[-1], looks, names)
    for axes in (flat[3], flat[4]):
        axes.set_xlabel(say(es="horizonte (pasos)", en="steps ahead"))
    figure.supylabel(
        say(
            es="error, en veces el de la persistencia",
            en="error, as a multiple of persistence's",
        ),
        fontsize=12,
    )
    near = _between(say, [*drawn["market"].values(), *drawn["walk"].values()])
    sea = np.array([drawn["temperature"][m] for m in ("linear", "LSTM", "GRU")])
    least = [say.number(float(value), ".2f") for value in sea.min(1)]
    passed = int((sea > 1).any(0).argmax()) + 1
    hours, end = sea.shape[1], _between(say, sea[:, -1])
    drift = drawn["vowel"].pop("drift")
    people, vowel, still = (
        say.number(float(np.max(rows)), ".2f")
        for rows in (
            list(drawn["population"].values()),
            list(drawn["vowel"].values()),
            drift,
        )
    )
    return Drawing(
        figure,
        say(
            es="Cinco paneles del error según el horizonte, en pasos, en veces "
            "el de la persistencia. En el mercado y en la caminata todo queda "
            f"{near}. En la temperatura, el modelo lineal baja a {least[0]}, "
            f"la LSTM a {least[1]} y la GRU a {least[2]}; el primero pasa de 1 "
            f"a las {passed} horas, y a las {hours} están {end}. En la "
            f"población el mayor es {people}; en la vocal, {vowel}, salvo la "
            f"deriva, que queda en {still}.",
            en="Five panels of the error against steps ahead, as a multiple of "
            f"persistence's. On the market and the walk all stays {near}. On "
            f"the temperature, the linear model falls to {least[0]}, the LSTM "
            f"to {least[1]} and the GRU to {least[2]}; the first of them "
            f"passes 1 at {passed} hours, and at {hours} they are {end}. On "
            f"population the largest is {people}; on the vowel, {vowel}, "
            f"except the drift, which stays at {still}.",
        ),
        say(
            es="Raíz del error cuadrático medio de cada paso, dividida "
            "por la de la persistencia: debajo de 1 se le gana. La RNN, "
            "parecida a las otras redes, no se dibuja.",
            en="Root mean squared error by step ahead, over that of "
            "persistence: below 1, it is beaten. The RNN, much like the other "
            "networks, is not drawn.",
        ),
    )


def _legend(axes: Axes, looks: dict[str, Any], names: dict[str, str]) -> None:
    for model, (colour, dash) in looks.items():
        axes.plot([], [], color=colour, ls=dash, label=names[model])
    axes.legend(loc="center")
    axes.set_axis_off()


def horizons(say: Say) -> Drawing:
    """At once, or step by step."""
    found = measured.horizons()
    figure, axes = canvas(5.6, 3.2)
    first, second, *_ = palette().series
    direct = say(es="de una vez", en="at once")
    step = say(es="paso a paso", en="step by step")
    for row, colour, name in (
        (0, first, say(es="lineal", en="linear")),
        (1, second, "GRU"),
    ):
        for key, dash, how in (
            ("direct", "-", direct),
            ("recursive", ":", step),
        ):
            axes.plot(
                found["steps"], found[key][row], color=colour, ls=dash,
                lw=2.4 if dash == ":" else 1.6, label=f"{name}, {how}",
            )  # fmt: skip
    axes.axhline(1, color=palette().faint, lw=1, ls="-")
    axes.set_xlabel(say(es="horizonte (horas)", en="hours ahead"))
    axes.set_ylabel(say(es="error relativo", en="relative error"))
    axes.set_xticks([1, 6, 12, 18, 24])
    numbered(axes.yaxis, say, ".1f")
    axes.legend(fontsize=11.5)
    both = np.array([found["direct"], found["recursive"]])
    linear = say.number(float(np.abs(both[0, 0] - both[1, 0]).max()), ".3f")
    begin, end = (
        [say.number(float(value), ".2f") for value in both[:, 1, place]]
        for place in (0, -1)
    )
    return Drawing(
        figure,
        say(
            es="Cuatro curvas del error según el horizonte, en horas. Las dos "
            f"del modelo lineal se apartan {linear} como mucho. La GRU de una "
            f"vez va de {begin[0]} a {end[0]}; paso a paso, de {begin[1]} a "
            f"{end[1]}.",
            en="Four curves of the error against hours ahead. The two of the "
            f"linear model are at most {linear} apart. The GRU at once goes "
            f"from {begin[0]} to {end[0]}; step by step, from {begin[1]} to "
            f"{end[1]}.",
        ),
        say(
            es="Temperatura: raíz del error cuadrático medio, en veces la de "
            "la persistencia. El modelo lineal es casi el mismo de las dos "
            "maneras; la red, no.",
            en="Temperature: root mean squared error, as a multiple of "
            "persistence's. The linear model is nearly the same both ways; the "
            "network is not.",
        ),
    )


def intervals(say: Say) -> Drawing:
    """A band of residuals, and the spread of five seeds."""
    found = measured.temperature()
    k, Q = 2, found["horizon"]
    origin = int(found["origins"][k])
    truth, h = found["cut"][:, 0], np.arange(1, Q + 1)
    past = np.arange(-30, 1)
    figure, panels = canvas(5.6, 3.4, ncols=2, sharey=True)
    first, second, *_ = palette().series
    said = found["said"][found["models"].index("linear"), 0, k]
    low, high = found["band"]
    panels[0].fill_between(
        h, said + low, said + high, color=tint(first, 0.25), lw=0
    )
    panels[0].plot(h, said, color=first, ls="-", label=say(
        es="lineal y banda", en="linear and band"))  # fmt: skip
    panels[1].plot(h, found["said_seeds"][0, k], color=second, ls="-", lw=1)
    panels[1].lines[0].set_label(say(es="cinco LSTM", en="five LSTMs"))
    for axes in panels:
        axes.plot(past, truth[origin - 30 : origin + 1], color=palette().ink,
                  lw=1.3, ls="-")  # fmt: skip
        axes.plot(h, truth[origin + 1 : origin + 1 + Q], ".", ms=4,
                  color=palette().ink,
                  label=say(es="lo que ocurrió", en="what came"))  # fmt: skip
        axes.axvline(0, color=palette().faint, lw=1, ls=":")
        axes.set_xlabel(say(es="horas", en="hours"))
        axes.set_xticks([-24, 0, 24])
        axes.legend(loc="lower left", fontsize=11.5)
        numbered(axes.xaxis, say, ".0f")
        numbered(axes.yaxis, say, ".1f")
    panels[0].set_ylabel(say(es="temperatura (°C)", en="temperature (°C)"))
    bottom, top = panels[0].get_ylim()
    panels[0].set_ylim(bottom - 0.35 * (top - bottom), top)
    came, five = truth[origin + 1 : origin + 1 + Q], found["said_seeds"][0, k]
    wide, narrow = (
        int(((low <= came) & (came <= high)).sum())
        for low, high in ((said + low, said + high), (five.min(1), five.max(1)))
    )
    return Drawing(
        figure,
        say(
            es=f"Dos paneles con las últimas 30 horas de temperatura y las {Q} "
            "siguientes. A la izquierda, el pronóstico lineal dentro de una "
            f"banda que contiene {wide} de las {Q}; a la derecha, cinco "
            f"curvas de LSTM, entre las cuales quedan {narrow}.",
            en="Two panels with the last 30 hours of temperature and the "
            f"{Q} that followed. On the left, the linear forecast within a "
            f"band that contains {wide} of the {Q}; on the right, five LSTM "
            f"curves, between which {narrow} of them lie.",
        ),
        say(
            es="Que cinco redes coincidan no dice cuán cerca estará el futuro. "
            "La banda, hecha con los residuos de la validación, sí lo intenta.",
            en="That five networks agree does not say how near the future will "
            "be. The band, made of validation residuals, does try.",
        ),
    )
