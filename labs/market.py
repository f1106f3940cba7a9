# ---
# jupyter:
#   chapter: rnn
# ---

# %% [markdown] tags=["es"]
# # El mercado { #market }
#
# Una red de un solo estado recorre trece años de precios de Apple; medimos qué
# recuerda y por cuánto tiempo.
#
# Es el ejemplo del capítulo [La red recurrente simple](../rnn.md#market),
# ahora sobre la serie entera y con lugar para probar. Los pesos se eligen a
# mano, para ver qué hace cada uno; solo la última sección, la del pronóstico,
# mira redes entrenadas.

# %% [markdown] tags=["en"]
# # The market { #market }
#
# A network with a single state reads thirteen years of Apple's prices; we
# measure what it remembers, and for how long.
#
# It is the example of the chapter
# [The simple recurrent network](../rnn.md#market), now along the whole series
# and with room to try things. The weights are chosen by hand, to see what each
# does; only the last section, on forecasting, looks at trained networks.

# %%
import numpy as np
import torch

from rnncourse import RNNCell, lab, unroll
from rnncourse.data import log_returns, stock_prices
from rnncourse.experiments import forecasting as measured

# %% [markdown] tags=["es"]
# ## La serie { #series }
#
# El precio de cierre, ajustado por divisiones y dividendos, y el retorno
# logarítmico de cada día, en tanto por ciento.

# %% [markdown] tags=["en"]
# ## The series { #series }
#
# The closing price, adjusted for splits and dividends, and each day's log
# return, in per cent.

# %%
prices = stock_prices("AAPL")
x = 100 * log_returns(prices.values)
days = prices.dates[1:]
print(f"{days[0]} ... {days[-1]}: T = {len(x)}")
licence = lab.say(es="de dominio público", en=prices.licence)
print(f"{prices.source}, {licence}, {prices.unit}")

# %%
figure, axes = lab.canvas()
axes.plot(days, x, linewidth=0.7)
axes.set_ylabel(lab.say(es="retorno (%)", en="return (%)"))
axes.locator_params(axis="y", nbins=4)
lab.show(
    figure,
    lab.say(
        es="Retornos diarios: agitados al comienzo y en 2008.",
        en="Daily returns: restless at the beginning and in 2008.",
    ),
)

# %% [markdown] tags=["es"]
# ## Leer la serie { #reading }
#
# La misma celda del capítulo, $h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1})$, con
# los dos pesos que se le den. La función devuelve un estado por día.

# %% [markdown] tags=["en"]
# ## Reading the series { #reading }
#
# The cell of the chapter, $h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1})$, with the
# two weights we give it. The function returns one state per day.


# %%
def read(W_xh, W_hh, h_0=0.0):
    """h_1, ..., h_T along the returns: (T,)."""
    cell = RNNCell(1, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.fill_(W_xh)
        cell.weight_hh.fill_(W_hh)
        start = torch.full((1,), h_0, dtype=torch.float64)
        states, _ = unroll(cell, torch.from_numpy(x)[:, None], start)
    return states[:, 0].numpy()


# %%
autumn = (days >= np.datetime64("2008-09-01")) & (
    days <= np.datetime64("2008-12-31")
)
figure, axes = lab.canvas()
for W_hh in (0.0, 0.8):
    axes.plot(days[autumn], read(0.1, W_hh)[autumn], label=f"$W_{{hh}}={W_hh}$")
axes.set_ylabel(lab.say(es="estado $h_t$", en="state $h_t$"))
axes.locator_params(axis="y", nbins=4)
axes.set_xticks(
    [np.datetime64(f"2008-{month}-01") for month in ("09", "10", "11", "12")],
    lab.say(es="sep oct nov dic", en="Sep Oct Nov Dec").split(),
)
axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
lab.show(
    figure,
    lab.say(
        es="Sin lazo, saltos; con lazo, ondas más amplias y lentas.",
        en="Without the loop, jumps; with it, wider and slower waves.",
    ),
)

# %% [markdown] tags=["es"]
# Con $W_{xh}$ chico la tangente trabaja casi siempre en su parte recta, y el
# estado se parece a una suma de los últimos días, cada uno con un peso que es
# $W_{hh}$ veces el del día siguiente.

# %% [markdown] tags=["en"]
# With a small $W_{xh}$, $\tanh$ mostly works on its straight part, and the
# state resembles a sum of the latest days, each with a weight $W_{hh}$ times
# that of the day after it.

# %% [markdown] tags=["es"]
# ## Qué recuerda { #memory }
#
# La correlación del estado con el retorno de hoy, con el de hace uno, cinco y
# veinte días, y con el de **mañana**. Las primeras columnas dicen qué
# recuerda; la última, si serviría para pronosticar. Entre series sin relación,
# una correlación cae casi siempre dentro del margen que se imprime debajo.

# %% [markdown] tags=["en"]
# ## What it remembers { #memory }
#
# The correlation of the state with today's return, with those of one, five and
# twenty days ago, and with **tomorrow's**. The first columns say what it
# remembers; the last, whether it would be of use in forecasting. Between
# unrelated series a correlation almost always falls within the margin printed
# below them.


# %%
def correlation(h, lag):
    """Of h_t with x_{t-lag}, over all t; a negative lag looks ahead."""
    if lag < 0:
        return np.corrcoef(h[:lag], x[-lag:])[0, 1]
    return np.corrcoef(h[lag:], x[: len(x) - lag])[0, 1]


lags = (0, 1, 5, 20, -1)
print(
    " W_hh" + "".join(f"{f'x_t{-lag:+d}' if lag else 'x_t':>8}" for lag in lags)
)
ahead = []
for W_hh in (0.0, 0.5, 0.8, 0.95):
    h = read(0.1, W_hh)
    row = [correlation(h, lag) for lag in lags]
    print(f"{W_hh:5.2f}" + "".join(f"{value:8.2f}" for value in row))
    ahead.append(row[-1])
print(f"+- {2 / np.sqrt(len(x)):.3f}")
print(f"r² <= {100 * max(np.square(ahead)):.2f} %")

# %% [markdown] tags=["es"]
# Un lazo más fuerte recuerda más lejos y, a cambio, mira menos el día de hoy:
# con un solo número, el estado reparte siempre la misma memoria. La última
# columna es chica con cualquier lazo. Donde pasa apenas del margen conviene
# desconfiar: el margen supone días parecidos entre sí, y los de la bolsa no lo
# son. Y el cuadrado de una correlación es la parte de la varianza que explica:
# para mañana, a lo sumo lo que dice el último renglón.

# %% [markdown] tags=["en"]
# A stronger loop remembers further back and, in exchange, looks less at today:
# with a single number, the state always shares out the same memory. The last
# column is small whatever the loop. Where it barely passes the margin, distrust
# it: the margin assumes that days are alike, and those of the market are not.
# And the square of a correlation is the share of the variance that it explains:
# for tomorrow, at most what the last line says.

# %% [markdown] tags=["es"]
# ## Cuándo olvida { #forgetting }
#
# Leemos la serie dos veces, desde $h_0 = 0$ y desde $h_0 = 1$, y miramos
# cuánto difieren los dos estados. En una red lineal la diferencia se
# multiplicaría por $W_{hh}$ cada día; aquí, además, por $1 - h_t^2$, que es
# chico los días de grandes movimientos. Con $W_{xh} = 0{,}5$ hay muchos de
# esos días y con $0{,}1$, pocos.

# %% [markdown] tags=["en"]
# ## When it forgets { #forgetting }
#
# We read the series twice, from $h_0 = 0$ and from $h_0 = 1$, and look at how
# much the two states differ. In a linear network the difference would be
# multiplied by $W_{hh}$ every day; here, also by $1 - h_t^2$, which is small
# on days of large moves. With $W_{xh} = 0.5$ there are many such days, with
# $0.1$ few.

# %%
figure, axes = lab.canvas()
t = np.arange(1, 31)
for W_xh in (0.1, 0.5):
    gap = np.abs(read(W_xh, 0.8) - read(W_xh, 0.8, h_0=1.0))[: len(t)]
    axes.semilogy(t, gap, label=f"$W_{{xh}}={W_xh}$")
axes.semilogy(t, 0.8**t, label="$0.8^t$")
axes.set_ylim(1e-12, 2)
axes.minorticks_off()
axes.set_xlabel(lab.say(es="días $t$", en="days $t$"))
axes.set_ylabel(lab.say(es="diferencia de estados", en="gap between states"))
axes.legend()
lab.show(
    figure,
    lab.say(
        es="La diferencia cae más rápido que 0,8 a la t: con 0,5, mucho más.",
        en="The gap falls faster than 0.8 to the t: with 0.5, much faster.",
    ),
)

# %% [markdown] tags=["es"]
# ## Pronosticar el precio { #forecasting }
#
# ¿Sirven redes entrenadas? El capítulo [Pronosticar](../forecasting.md#market)
# las midió: leen 30 días del precio de Apple y dicen los 20 que siguen, de 2010
# a 2013, con lo aprendido hasta 2007. La habilidad compara su error con el de
# la **persistencia**, que repite el último precio: 0 es no ser mejor. El margen
# dice cuánto puede deberse a la suerte de esos años. Son siempre las medidas de
# Apple, aunque arriba se haya elegido otra acción.

# %% [markdown] tags=["en"]
# ## Forecasting the price { #forecasting }
#
# Are trained networks of use? The chapter
# [Forecasting](../forecasting.md#market) measured them: they read 30 days of
# Apple's price and forecast the 20 that follow, from 2010 to 2013, with what
# was learnt up to 2007. Skill compares their error with that of
# **persistence**, which repeats the last price: 0 is no better. The margin says
# how much may be due to the luck of those years. These are always Apple's
# results, even if another stock was chosen above.

# %%
found = measured.market()
called = {
    "persistence": lab.say(es="persistencia", en="persistence"),
    "drift": lab.say(es="deriva", en="drift"),
    "linear": lab.say(es="lineal", en="linear"),
}
print(f"{'':12}" + lab.say(es=" habilidad  margen", en="     skill  margin"))
for name, value, margin in zip(
    found["models"], found["skill"], found["margin"], strict=True
):
    print(f"{called.get(name, name):12}{value:10.3f}{margin:8.3f}")

# %%
figure, axes = lab.canvas()
steps = np.arange(1, found["horizon"] + 1)
for name in ("drift", "LSTM", "GRU"):
    ratio = found["ratio"][found["models"].index(name)]
    axes.plot(steps, ratio, label=called.get(name, name))
axes.axhline(1, color="#8a8f9c", linewidth=1, linestyle="-")
axes.set_ylim(0.9, 1.1)
axes.locator_params(axis="y", nbins=4)
axes.set_xticks([1, 5, 10, 15, 20])
axes.set_xlabel(lab.say(es="horizonte (días)", en="days ahead"))
axes.set_ylabel(lab.say(es="error relativo", en="relative error"))
axes.legend()
lab.show(
    figure,
    lab.say(
        es="Los errores, divididos por el de la persistencia: todos junto a 1.",
        en="The errors, divided by that of persistence: all of them near 1.",
    ),
)

# %% [markdown] tags=["es"]
# Ninguna habilidad pasa de su margen. Las redes que quedan del lado bueno
# aprendieron lo mismo que la deriva: que esta acción había subido. Con otra
# acción, ese aprendizaje podría costar caro.

# %% [markdown] tags=["en"]
# No skill exceeds its margin. The networks on the good side have learnt what
# the drift had: that this stock had risen. With another stock that lesson could
# be costly.

# %% [markdown] tags=["es"]
# ## Para seguir { #next }
#
# - Cambiar `"AAPL"` por `"IBM"` o `"MSFT"`, que llegan hasta las mismas
#   fechas.
# - Buscar el $W_{hh}$ con que el estado recuerda mejor el retorno de hace
#   cinco días. ¿Por qué no es 1?
# - Dar al lazo un peso negativo, $-0{,}8$. ¿Qué recuerda ahora el estado?

# %% [markdown] tags=["en"]
# ## To go on { #next }
#
# - Replace `"AAPL"` by `"IBM"` or `"MSFT"`, which cover the same dates.
# - Look for the $W_{hh}$ with which the state best remembers the return of
#   five days ago. Why is it not 1?
# - Give the loop a negative weight, $-0.8$. What does the state remember now?
