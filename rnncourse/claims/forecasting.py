"""Claims of the chapter on forecasting."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import data
from rnncourse.claims import Claim, largest, most
from rnncourse.experiments import forecasting as measured
from rnncourse.forecasting import (
    KINDS,
    Ensemble,
    Linear,
    Scaling,
    cuts,
    persistence,
    ridge,
    windows,
)
from rnncourse.training import Network, fit

FLOAT = torch.float64


def no_feature_reads_the_future() -> Claim:
    """Another future changes no input and no scale of the past."""
    x = torch.as_tensor(data.stock_prices("AAPL").values).log()
    cut, _ = cuts(len(x))
    other = x.clone()
    other[cut:] = 100.0
    inputs = [
        Scaling.fit(one[:cut], changes).read(windows(one, 30, 20, end=cut).past)
        for changes in (True, False)
        for one in (x, other)
    ]
    return Claim(
        value=largest(inputs[::2], inputs[1::2]),
        bound=0.0,
        relation="==",
        es="Lo que un modelo lee no depende del futuro: al cambiar por 100 "
        "los {changed:,d} valores que siguen al corte, las entradas de las "
        "{windows:,d} ventanas anteriores, escaladas, cambian en {value:.0f}.",
        en="What a model reads does not depend on the future: with the "
        "{changed:,d} values after the cut all set to 100, the scaled inputs "
        "of the {windows:,d} windows before it change by {value:.0f}.",
        numbers={"changed": len(x) - cut, "windows": len(inputs[0])},
    )


def whoever_moves_pays_its_square() -> Claim:
    """On a walk, the excess over persistence is the mean square move."""
    walks = data.random_walk(300, 2000, torch.Generator().manual_seed(0))
    past, future = windows(torch.as_tensor(walks), 6, 1)
    still = persistence(past, 1)
    said = still + 0.5 * (past[:, -1:] - past.mean(1, keepdim=True))
    moved = (said - still).square().mean()
    paid = ((said - future).square() - (still - future).square()).mean()
    return Claim(
        value=abs(float(paid / moved) - 1),
        bound=0.02,
        relation="<=",
        es="En {count:,d} pasos de caminata aleatoria, un pronóstico que se "
        "aparta del último valor paga {paid:.3f} más que la persistencia; el "
        "cuadrado medio de lo que se apartó es {moved:.3f}.",
        en="On {count:,d} steps of random walk, a forecast that moves away "
        "from the last value pays {paid:.3f} more than persistence; the mean "
        "square of its move is {moved:.3f}.",
        numbers={
            "count": len(past),
            "paid": float(paid),
            "moved": float(moved),
        },
    )


def nobody_beats_the_walk() -> Claim:
    """Five forecasters and their seeds, on ten walks."""
    found = measured.walk()
    best = max(float(found["skill"].max()), found["best_network"])
    return Claim(
        value=best,
        bound=0.01,
        relation="<=",
        es="Caminata aleatoria: de la deriva, el modelo lineal y {nets:d} "
        "redes, el mejor tiene una habilidad de {value:.4f} y la peor red, "
        "{worst:.4f}; el margen de la medida es ±{margin:.3f}.",
        en="Random walk: of the drift, the linear model and {nets:d} networks, "
        "the best has a skill of {value:.4f} and the worst network "
        "{worst:.4f}; the margin of the measurement is ±{margin:.3f}.",
        numbers={
            "nets": found["skills"].size,
            "worst": found["worst_network"],
            "margin": float(found["margin"].max()),
        },
    )


def hardly_anyone_beats_yesterdays_price() -> Claim:
    """No mean skill on the market exceeds its margin."""
    found = measured.market()
    over = found["skill"][1:] - found["margin"][1:]
    skills = dict(zip(found["models"], found["skill"], strict=True))
    margins = dict(zip(found["models"], found["margin"], strict=True))
    return Claim(
        value=float(over.max()),
        bound=0.0,
        relation="<=",
        es="Apple, {horizon:d} días: ninguna habilidad supera su margen. "
        "Deriva {drift:.3f} (±{m_drift:.3f}), lineal {linear:.3f} "
        "(±{m_linear:.3f}), RNN {rnn:.3f} (±{m_rnn:.3f}), LSTM {lstm:.3f} "
        "(±{m_lstm:.3f}), GRU {gru:.3f} (±{m_gru:.3f}).",
        en="Apple, {horizon:d} days: no skill exceeds its margin. Drift "
        "{drift:.3f} (±{m_drift:.3f}), linear {linear:.3f} (±{m_linear:.3f}), "
        "RNN {rnn:.3f} (±{m_rnn:.3f}), LSTM {lstm:.3f} (±{m_lstm:.3f}), GRU "
        "{gru:.3f} (±{m_gru:.3f}).",
        numbers={
            "horizon": found["horizon"],
            **{name.lower(): value for name, value in skills.items()},
            **{f"m_{n.lower()}": value for n, value in margins.items()},
        },
    )


def the_sea_is_hard_to_beat_with_a_network() -> Claim:
    """In summer no kind of network is far ahead of the ridge, on average."""
    found = measured.temperature()
    skills = found["by_name"]
    margins = dict(zip(found["models"], found["margin"], strict=True))
    return Claim(
        value=float(found["networks"].max() - skills["linear"]),
        bound=0.05,
        relation="<=",
        es="Temperatura del mar en verano, {horizon:d} horas: el lineal "
        "aventaja a la persistencia, dentro del margen ({linear:.3f} ± "
        "{margin:.3f}), y ninguna clase de red, en la media de {seeds:d} "
        "semillas, lo aventaja a él en más de 0,05: RNN {rnn:.3f}, LSTM "
        "{lstm:.3f}, GRU {gru:.3f}.",
        en="Sea temperature in summer, {horizon:d} hours: the linear model is "
        "ahead of persistence, within the margin ({linear:.3f} ± "
        "{margin:.3f}), and no kind of network, in the mean over {seeds:d} "
        "seeds, is ahead of it by more than 0.05: RNN {rnn:.3f}, LSTM "
        "{lstm:.3f}, GRU {gru:.3f}.",
        numbers={
            "horizon": found["horizon"],
            "seeds": found["seeds"],
            "margin": float(margins["linear"]),
            **{name.lower(): value for name, value in skills.items()},
        },
    )


def what_was_learnt_in_summer_fails_in_winter() -> Claim:
    """The same models, months later: each loses to persistence."""
    found = measured.temperature()
    winter = dict(zip(found["models"], found["winter"], strict=True))
    fitted = {name: float(winter[name]) for name in ("linear", *KINDS)}
    return Claim(
        value=most(fitted.values()),
        bound=0.0,
        relation="<=",
        es="Los mismos modelos, en el invierno siguiente, pierden todos contra "
        "la persistencia: lineal {linear:.2f}, RNN {rnn:.2f}, LSTM {lstm:.2f}, "
        "GRU {gru:.2f}.",
        en="The same models, in the winter that followed, all lose to "
        "persistence: linear {linear:.2f}, RNN {rnn:.2f}, LSTM {lstm:.2f}, GRU "
        "{gru:.2f}.",
        numbers={name.lower(): value for name, value in fitted.items()},
    )


def persistence_is_no_match_for_growth() -> Claim:
    """Population: the drift takes most of the error; networks the rest."""
    found = measured.population()
    skills = found["by_name"]
    return Claim(
        value=skills["drift"],
        bound=0.5,
        relation=">=",
        es="Población de {count:d} países, hasta {years:d} años: la deriva de "
        "cada uno ya alcanza {drift:.2f}; el modelo lineal, {linear:.2f}; las "
        "redes, en la media de {seeds:d} semillas, {rnn:.2f}, {lstm:.2f} y "
        "{gru:.2f}.",
        en="Population of {count:d} countries, up to {years:d} years: each "
        "one's drift already reaches {drift:.2f}; the linear model, "
        "{linear:.2f}; the networks, in the mean over {seeds:d} seeds, "
        "{rnn:.2f}, {lstm:.2f} and {gru:.2f}.",
        numbers={
            "count": found["N"],
            "years": 5 * found["horizon"],
            "seeds": found["seeds"],
            **{name.lower(): value for name, value in skills.items()},
        },
    )


def a_difference_has_a_margin_of_its_own() -> Claim:
    """Population: linear against drift, decided by countries, in pairs."""
    found = measured.population()
    drift, linear, gru = map(found["models"].index, ("drift", "linear", "GRU"))
    ahead, margins = found["ahead"], found["ahead_margin"]
    return Claim(
        value=float(ahead[linear, drift] / margins[linear, drift]),
        bound=1.0,
        relation=">=",
        es="Población, país por país: el modelo lineal aventaja a la deriva en "
        "{first:.3f} ± {m_first:.3f}, {value:.2f} veces su margen, y la GRU al "
        "lineal en {second:.3f} ± {m_second:.3f}. Las habilidades por separado "
        "tienen márgenes de ±{least:.2f} o más.",
        en="Population, country by country: the linear model is ahead of the "
        "drift by {first:.3f} ± {m_first:.3f}, {value:.2f} times its margin, "
        "and the GRU of the linear model by {second:.3f} ± {m_second:.3f}. The "
        "skills by themselves have margins of ±{least:.2f} or more.",
        numbers={
            "first": float(ahead[linear, drift]),
            "m_first": float(margins[linear, drift]),
            "second": float(ahead[gru, linear]),
            "m_second": float(margins[gru, linear]),
            "least": float(found["margin"][1:].min()),
        },
    )


def a_vowel_can_be_foretold() -> Claim:
    """Skill is possible where the mechanism goes on."""
    found = measured.vowel()
    skills = found["by_name"]
    return Claim(
        value=skills["linear"],
        bound=0.9,
        relation=">=",
        es="Una vocal, {horizon:d} muestras: estacional ingenuo "
        "{seasonal:.3f}, lineal {linear:.3f}, RNN {rnn:.3f}, LSTM {lstm:.3f}, "
        "GRU {gru:.3f}.",
        en="A vowel, {horizon:d} samples: seasonal naive {seasonal:.3f}, "
        "linear {linear:.3f}, RNN {rnn:.3f}, LSTM {lstm:.3f}, GRU {gru:.3f}.",
        numbers={
            "horizon": found["horizon"],
            **{name.lower(): value for name, value in skills.items()},
        },
    )


def a_linear_model_hears_the_formants() -> Claim:
    """Six coefficients fitted by least squares hold the three resonances."""
    sound = data.vowel(
        "a", 6000, breath=0.05, generator=torch.Generator().manual_seed(0)
    )
    x = torch.as_tensor(sound)
    model = Linear.fit(windows(x, 6, 1), Scaling.fit(x, changes=False), 0.0)
    poles = np.roots([1.0, *-model.W[:, 0].numpy()[::-1]])
    heard = np.sort(np.angle(poles[poles.imag > 0])) * 8000 / (2 * np.pi)
    true = np.array(data.FORMANTS["a"])
    return Claim(
        value=float(np.abs(heard / true - 1).max()),
        bound=0.03,
        relation="<=",
        es="Seis coeficientes ajustados a la vocal a contienen sus formantes: "
        "{a:.0f}, {b:.0f} y {c:.0f} Hz, contra {A:.0f}, {B:.0f} y {C:.0f} Hz "
        "con que se la sintetizó.",
        en="Six coefficients fitted to the vowel a hold its formants: {a:.0f}, "
        "{b:.0f} and {c:.0f} Hz, against the {A:.0f}, {B:.0f} and {C:.0f} Hz "
        "with which it was synthesised.",
        numbers=dict(zip("abcABC", [*heard, *true], strict=True)),
    )


def ridge_is_least_squares() -> Claim:
    """The closed form, against the solver of torch."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y = (
            torch.randn(200, 8, dtype=FLOAT),
            torch.randn(200, 3, dtype=FLOAT),
        )
    gaps = []
    for penalty in (0.0, 10.0):
        W, b = ridge(x, y, penalty)
        root = penalty**0.5 * torch.eye(8, dtype=FLOAT)
        X = torch.cat([x - x.mean(0), root])
        Y = torch.cat([y - y.mean(0), torch.zeros(8, 3, dtype=FLOAT)])
        solved = torch.linalg.lstsq(X, Y, driver="gelsd").solution
        gaps.append(largest([W, b], [solved, y.mean(0) - x.mean(0) @ solved]))
    return Claim(
        value=most(gaps),
        bound=1e-12,
        relation="<=",
        es="La fórmula cerrada y los mínimos cuadrados de `torch.linalg.lstsq` "
        "con $\\sqrt{\\lambda}\\,I$ como filas de más difieren en {value:.1e}.",
        en="The closed form and the least squares of `torch.linalg.lstsq` with "
        "$\\sqrt{\\lambda}\\,I$ as further rows differ by {value:.1e}.",
    )


def trained_together_as_alone() -> Claim:
    """Networks in one batch, and the same one by one."""
    S, gaps = 3, []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y = (
            torch.randn(20, 6, 8, S, dtype=FLOAT),
            torch.randn(20, S, 8, 2, dtype=FLOAT),
        )
        for layer in KINDS.values():
            alone = [
                Network(layer(1, 4), 2, last=True).double() for _ in range(S)
            ]
            together = Ensemble(copy.deepcopy(alone))
            _trained(
                together, x, y, lambda a, b: S * nn.functional.mse_loss(a, b)
            )
            for s, network in enumerate(alone):
                _trained(
                    network, x[..., s : s + 1], y[:, s], nn.functional.mse_loss
                )
                ours = list(together.network(s).parameters())
                gaps.append(largest(ours, list(network.parameters())))
    return Claim(
        value=most(gaps),
        bound=1e-8,
        relation="<=",
        es="{seeds:d} redes entrenadas juntas, como bloques de una sola, y las "
        "mismas una por una: después de {steps:d} pasos de Adam sus parámetros "
        "difieren a lo sumo en {value:.1e}.",
        en="{seeds:d} networks trained together, as blocks of a single one, "
        "and the same one by one: after {steps:d} steps of Adam their "
        "parameters differ by at most {value:.1e}.",
        numbers={"seeds": S, "steps": len(x)},
    )


def _trained(
    network: nn.Module,
    x: Tensor,
    y: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in fit(network, zip(x, y, strict=True), loss, optimizer):
        pass


def a_shuffled_test_deceives() -> Claim:
    """Random windows for the test make a walk look predictable."""
    found = measured.leak()
    return Claim(
        value=found["shuffled"],
        bound=found["shuffled_margin"],
        relation=">=",
        es="En {walks:d} caminatas aleatorias, un modelo lineal medido con "
        "ventanas sorteadas muestra una habilidad media de {value:.3f} "
        "(±{margin:.3f}), que no puede tener; medido en el orden del tiempo, "
        "{honest:.2f}.",
        en="On {walks:d} random walks, a linear model measured on windows "
        "drawn at random shows a mean skill of {value:.3f} (±{margin:.3f}), "
        "which it cannot have; measured in order of time, {honest:.2f}.",
        numbers={
            "walks": found["walks"],
            "margin": found["shuffled_margin"],
            "honest": found["in_time"],
        },
    )


def a_one_step_plot_says_nothing() -> Claim:
    """Persistence correlates with the price; a change foretold, with none."""
    found = measured.one_step()
    return Claim(
        value=found["levels"],
        bound=0.99,
        relation=">=",
        es="En {days:d} días, el precio de Apple y el del día anterior tienen "
        "una correlación de {value:.4f}; el cambio que pronostica el modelo "
        "lineal y el que ocurrió, una de {changes:.3f}.",
        en="Over {days:d} days, Apple's price and that of the day before have "
        "a correlation of {value:.4f}; the change that the linear model "
        "forecasts and the one that came, {changes:.3f}.",
        numbers={"days": found["days"], "changes": found["changes"]},
    )


def what_feeds_on_itself_drifts() -> Claim:
    """Step by step a network is worse far ahead than said at once."""
    found = measured.horizons()
    direct, recursive = found["direct"][1], found["recursive"][1]
    return Claim(
        value=float(recursive[-1] / direct[-1]),
        bound=1.05,
        relation=">=",
        es="Temperatura, GRU: a {steps:d} horas, leer los propios pronósticos "
        "da un error {value:.2f} veces el de pronosticar de una vez; a 1 hora, "
        "{first:.2f} veces.",
        en="Temperature, GRU: {steps:d} hours ahead, reading its own forecasts "
        "gives an error {value:.2f} times that of forecasting at once; 1 hour "
        "ahead, {first:.2f} times.",
        numbers={
            "steps": int(found["steps"][-1]),
            "first": float(recursive[0] / direct[0]),
        },
    )


def seeds_are_no_interval() -> Claim:
    """Between five networks the future falls far less often than promised."""
    found = measured.temperature()
    return Claim(
        value=found["covered_seeds"],
        bound=0.5,
        relation="<=",
        es="Temperatura: entre la menor y la mayor de las {seeds:d} LSTM cae "
        "{value:.2f} del futuro; dentro de la banda hecha con residuos de "
        "validación, que prometía {level:.2f}, cae {covered:.2f}.",
        en="Temperature: between the lowest and the highest of the {seeds:d} "
        "LSTMs falls {value:.2f} of the future; within the band made of "
        "validation residuals, which promised {level:.2f}, {covered:.2f}.",
        numbers={
            "seeds": found["seeds"],
            "level": found["level"],
            "covered": found["covered"],
        },
    )
