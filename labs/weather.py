# ---
# jupyter:
#   chapter: forecasting
# ---

# %% [markdown] tags=["es"]
# # El clima { #weather }
#
# Un año de temperatura del mar, medida cada media hora en una boya: qué se
# puede pronosticar a un día, y en qué estación del año.
#
# Acompaña al capítulo [Pronosticar](../forecasting.md#temperature), con la
# serie entera y lugar para cambiarlo todo.

# %% [markdown] tags=["en"]
# # The weather { #weather }
#
# A year of sea temperature, measured every half hour at a buoy: what can be
# forecast a day ahead, and in which season of the year.
#
# It goes with the chapter [Forecasting](../forecasting.md#temperature), with
# the whole series and room to change everything.

# %%
import numpy as np
import torch

from rnncourse import GRU, lab
from rnncourse.data import sea_temperature
from rnncourse.experiments import forecasting as measured
from rnncourse.forecasting import (
    Linear,
    Scaling,
    learn,
    persistence,
    seasonal_naive,
    skill,
    squared_errors,
    windows,
)
from rnncourse.training import Network

# %% [markdown] tags=["es"]
# ## La serie { #series }
#
# La boya B01 está en el golfo de Maine, en el Atlántico norte. Promediamos las
# lecturas de cada hora; donde falta alguna, se repite la anterior.

# %% [markdown] tags=["en"]
# ## The series { #series }
#
# Buoy B01 lies in the Gulf of Maine, in the North Atlantic. We average the
# readings of each hour; where one is missing, the one before is repeated.

# %%
sea = sea_temperature(60)
print(f"{sea.dates[0]} ... {sea.dates[-1]}: T = {len(sea)}")
licence = lab.say(es="de uso y redistribución libres", en=sea.licence)
print(f"{sea.source}, {licence}, {sea.unit}")

# %%
figure, axes = lab.canvas()
axes.plot(sea.dates, sea.values, linewidth=0.7)
axes.set_ylabel(lab.say(es="temperatura (°C)", en="temperature (°C)"))
axes.set_xticks(
    [
        np.datetime64(day)
        for day in ("2016-03", "2016-07", "2016-11", "2017-03")
    ],
    lab.say(
        es="mar 2016,jul,nov,mar 2017", en="Mar 2016,Jul,Nov,Mar 2017"
    ).split(","),
)
lab.show(
    figure,
    lab.say(
        es="La temperatura sube hasta agosto y baja hasta marzo.",
        en="The temperature rises until August and falls until March.",
    ),
)

# %% [markdown] tags=["es"]
# ## El día, en verano y en invierno { #day }
#
# Lo que cada hora se aparta de la media de su día. En verano el sol calienta
# una capa delgada de agua; en invierno el viento la mezcla y el día casi no se
# nota.

# %% [markdown] tags=["en"]
# ## The day, in summer and in winter { #day }
#
# How far each hour is from the mean of its day. In summer the sun warms a thin
# layer of water; in winter the wind mixes it, and the day hardly shows.


# %%
def between(first, last):
    """The hourly values of whole days, (days, 24)."""
    keep = (sea.dates >= np.datetime64(first)) & (
        sea.dates < np.datetime64(last)
    )
    return sea.values[keep].reshape(-1, 24)


def wave(days):
    """How far each hour is from the mean of its day, on average: (24,)."""
    return (days - days.mean(1, keepdims=True)).mean(0)


summer = between("2016-06-01", "2016-09-01")
winter = between("2016-12-01", "2017-03-01")
figure, axes = lab.canvas()
for days, name in (
    (summer, lab.say(es="verano", en="summer")),
    (winter, lab.say(es="invierno", en="winter")),
):
    axes.plot(np.arange(24), wave(days), label=name)
    print(f"{name}: {np.ptp(wave(days)):.2f} °C")
peak = wave(summer).argmax()
axes.set_xlabel(lab.say(es="hora universal (UTC)", en="universal time (UTC)"))
axes.set_ylabel("°C")
axes.legend()
lab.show(
    figure,
    lab.say(
        es=f"Verano: una onda con máximo a las {peak} h; invierno: casi no.",
        en=f"Summer: a wave that peaks at {peak} h; winter: hardly any.",
    ),
)

# %% [markdown] tags=["es"]
# ## Las referencias, hora por hora { #baselines }
#
# El error de repetir el último valor y el de repetir el de ayer, según el
# horizonte, en horas. A las 24 horas son el mismo pronóstico.

# %% [markdown] tags=["en"]
# ## The baselines, hour by hour { #baselines }
#
# The error of repeating the last value and that of repeating yesterday's, by
# hours ahead. At 24 hours they are the same forecast.

# %%
hours = np.arange(1, 25)
figure, axes = lab.canvas()
for days, season in (
    (summer, lab.say(es="verano", en="summer")),
    (winter, lab.say(es="invierno", en="winter")),
):
    past, future = windows(torch.as_tensor(days.ravel()), 48, 24)
    for said, name in (
        (persistence(past, 24), lab.say(es="persistencia", en="persistence")),
        (seasonal_naive(past, 24, 24), lab.say(es="ayer", en="yesterday")),
    ):
        error = squared_errors(said, future).mean(0).sqrt()
        axes.plot(hours, error, label=f"{name}, {season}")
axes.set_xlabel(lab.say(es="horizonte (horas)", en="hours ahead"))
axes.set_ylabel(lab.say(es="error (°C)", en="error (°C)"))
axes.set_ylim(0, 2)
axes.legend(ncols=2, fontsize=9)
lab.show(
    figure,
    lab.say(
        es="La persistencia gana cerca; el de ayer la alcanza a las 24 horas.",
        en="Persistence wins near; yesterday's reaches it at 24 hours.",
    ),
)

# %% [markdown] tags=["es"]
# ## Entrenar { #train }
#
# Aprendemos de mayo a julio, elegimos con agosto y medimos en septiembre: un
# modelo lineal y tres GRU chicas, en pocos segundos.

# %% [markdown] tags=["en"]
# ## Training { #train }
#
# We learn from May to July, choose with August and measure on September: a
# linear model and three small GRUs, in a few seconds.

# %%
x = torch.as_tensor(between("2016-05-01", "2016-10-01").ravel())
a, b = 24 * (31 + 30 + 31), 24 * (31 + 30 + 31 + 31)
horizon = 24
train, validation, test = (
    windows(x, 48, horizon, end=a),
    windows(x, 48, horizon, a, b),
    windows(x, 48, horizon, b),
)
scaling = Scaling.fit(x[:a])
linear = Linear.fit(train, scaling, penalty=1000.0)

torch.manual_seed(0)
networks = [Network(GRU(1, 16), horizon, last=True) for _ in range(3)]
gru = learn(networks, train, validation, scaling, steps=150)
still = persistence(test.past, horizon)
for name, said in (
    (lab.say(es="lineal", en="linear"), linear(test.past)),
    ("GRU", gru(test.past)),
):
    found = skill(said, still, test.future).reshape(-1)
    print(f"{name:7}" + "".join(f"{value:7.2f}" for value in found.tolist()))

# %%
origin = 200
figure, axes = lab.canvas()
hours = np.arange(1, horizon + 1)
axes.plot(np.arange(-47, 1), test.past[origin], label=None)
axes.plot(hours, test.future[origin], "o", markersize=3)
axes.plot(hours, linear(test.past)[origin], "-")
axes.plot(hours, gru(test.past)[:, origin].T, "-", linewidth=1, color="#a3477f")
for line, name in zip(
    axes.lines[1:4],
    (
        lab.say(es="lo que ocurrió", en="what came"),
        lab.say(es="lineal", en="linear"),
        "GRU",
    ),
    strict=True,
):
    line.set_label(name)
axes.set_xlabel(lab.say(es="horas", en="hours"))
axes.set_ylabel("°C")
axes.legend(loc="upper left")
lab.show(
    figure,
    lab.say(
        es="Dos días leídos, el siguiente pronosticado por cuatro modelos.",
        en="Two days read, the next one forecast by four models.",
    ),
)

# %% [markdown] tags=["es"]
# ## Cinco semillas, y el invierno { #winter }
#
# Lo que midió el capítulo con más tiempo, en sus propios meses de prueba, con
# el margen; y la habilidad de los mismos modelos en el invierno siguiente, que
# no habían visto.

# %% [markdown] tags=["en"]
# ## Five seeds, and the winter { #winter }
#
# What the chapter measured with more time, on its own months of test, with the
# margin; and the skill of the same models in the winter that followed, which
# they had not seen.

# %%
found = measured.temperature()
called = {
    "persistence": lab.say(es="persistencia", en="persistence"),
    "drift": lab.say(es="deriva", en="drift"),
    "seasonal": lab.say(es="estacional", en="seasonal"),
    "linear": lab.say(es="lineal", en="linear"),
}
rows = zip(
    found["models"],
    found["skill"],
    found["margin"],
    found["winter"],
    strict=True,
)
print(
    f"{'':12}"
    + lab.say(es="  prueba  margen invierno", en="    test  margin  winter")
)
for name, value, margin, cold in rows:
    print(f"{called.get(name, name):12}{value:8.2f}{margin:8.2f}{cold:8.2f}")

# %% [markdown] tags=["es"]
# Lo que se aprendió del verano no sirve en invierno: allí todos pierden contra
# repetir el último valor. No es sobreajuste, porque la prueba era buena: el mar
# cambió de régimen.

# %% [markdown] tags=["en"]
# What was learnt in summer is of no use in winter: there all of the models lose
# to repeating the last value. It is not overfitting, for the test was good: the
# sea has changed its regime.

# %% [markdown] tags=["es"]
# ## Para seguir { #next }
#
# - Entrenar con un año entero, si se consigue otro año de datos de la boya.
# - Pronosticar a 6 horas: `horizon = 6`. ¿Quién gana entonces?

# %% [markdown] tags=["en"]
# ## To go on { #next }
#
# - Train on a whole year, if another year of the buoy's data can be had.
# - Forecast 6 hours ahead: `horizon = 6`. Which model wins then?
