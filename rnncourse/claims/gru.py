"""Claims of the chapter on the gated recurrent unit."""

import torch
from torch import Tensor, nn

from rnncourse.claims import Claim, largest, most
from rnncourse.engines import bptt
from rnncourse.experiments import gru as measured
from rnncourse.experiments import training
from rnncourse.gru import GRUCell
from rnncourse.layers import GRU
from rnncourse.lstm import LSTMCell
from rnncourse.rnn import unroll

T, N, D, H = 12, 3, 2, 5
EPSILON = 1e-12  # float64: rounding of a few hundred sums
FLOAT = torch.float64


def _drawn() -> tuple[Tensor, Tensor, Tensor]:
    """Inputs x and h_0, which ask for gradients, and the weights of a loss."""
    x = torch.randn(T, N, D, dtype=FLOAT, requires_grad=True)
    h_0 = torch.randn(N, H, dtype=FLOAT, requires_grad=True)
    return x, h_0, torch.randn(T + 1, N, H, dtype=FLOAT)


def _all(
    out: Tensor, last: Tensor, weights: Tensor, inputs: list[Tensor]
) -> list[Tensor]:
    """The outputs, the last state, and the gradient of every input."""
    loss = (out * weights[:-1]).sum() + (last * weights[-1]).sum()
    return [out, last, *torch.autograd.grad(loss, inputs)]


def same_gru_as_torch() -> Claim:
    """The cell unrolled and our layer: torch.nn.GRU's, and its gradients."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = GRUCell(D, H, dtype=FLOAT)
        x, h_0, weights = _drawn()
        layers = GRU(D, H, dtype=FLOAT), nn.GRU(D, H, dtype=FLOAT)
    state = {f"{name}_l0": value for name, value in cell.state_dict().items()}
    found = []
    for layer in layers:
        layer.load_state_dict(state)
        out, last = layer(x, h_0[None])
        inputs = [*layer.parameters(), x, h_0]
        found.append(_all(out, last[0], weights, inputs))
    ours, theirs = found
    inputs = [*cell.parameters(), x, h_0]
    unrolled = _all(*unroll(cell, x, h_0), weights, inputs)
    return Claim(
        value=most(largest(mine, theirs) for mine in (ours, unrolled)),
        bound=EPSILON,
        relation="<=",
        es="Con el reinicio después, nuestra celda desplegada y nuestra capa "
        "`rnncourse.GRU` dan los mismos estados que `torch.nn.GRU` y los "
        "mismos gradientes respecto de cada parámetro, de la entrada y de "
        "$h_0$: la mayor de {compared:,d} diferencias es {value:.1e}.",
        en="With the reset after, our cell, unrolled, and our layer "
        "`rnncourse.GRU` give the same states as `torch.nn.GRU` and the same "
        "gradients for every parameter, for the input and for $h_0$: the "
        "largest of {compared:,d} differences is {value:.1e}.",
        numbers={"compared": 2 * sum(one.numel() for one in theirs)},
    )


def hand_is_autograd() -> Claim:
    """The derivation: autograd through the cells, and central differences."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = GRUCell(D, H, dtype=FLOAT)
        x, h_0, weights = _drawn()
    given = [*cell.parameters(), x, h_0]

    def loss(*changed: Tensor) -> Tensor:
        W_x, W_h, b_x, b_h, x, h_0 = changed
        out, (last,) = bptt.run("gru", x, (h_0,), W_x, W_h, b_x, b_h)
        return (out * weights[:-1]).sum() + (last * weights[-1]).sum()

    out, (last,) = bptt.run("gru", x, (h_0,), *cell.parameters())
    hand = _all(out, last, weights, given)
    auto = _all(*unroll(cell, x, h_0), weights, given)
    e, gaps = 1e-5, []
    with torch.no_grad():
        for i, gradient in enumerate(hand[2:]):
            moved = [one.detach().clone() for one in given]
            entries = moved[i].view(-1)
            for j in range(len(entries)):
                entries[j] += e
                above = loss(*moved)
                entries[j] -= 2 * e
                slope = (above - loss(*moved)) / (2 * e)
                entries[j] += e
                gaps.append(abs(float(slope - gradient.reshape(-1)[j])))
    return Claim(
        value=largest(hand, auto),
        bound=EPSILON,
        relation="<=",
        es="El gradiente deducido a mano es el de la diferenciación "
        "automática: la mayor de {compared:,d} diferencias es {value:.1e}. De "
        "las diferencias centrales se aparta en {central:.1e}, que es el error "
        "de ellas.",
        en="The gradient derived by hand is that of automatic differentiation: "
        "the largest of {compared:,d} differences is {value:.1e}. From central "
        "differences it is {central:.1e} away, which is their own error.",
        numbers={
            "compared": sum(one.numel() for one in hand),
            "central": most(gaps),
        },
    )


def resets_agree() -> Claim:
    """With b_hh = 0: all r equal, H = 1, W_hh diagonal, h = 0; or r = 1."""
    found = measured.variants()
    without, open_ = found["without"], found["with_bias"][-1]
    return Claim(
        value=most([*without[1:], open_]),
        bound=EPSILON,
        relation="<=",
        es="Con $b_{hh} = 0$ el reinicio antes y el reinicio después dan el "
        "mismo candidato si todas las $r$ son iguales, si $H = 1$, si $W_{hh}$ "
        "es diagonal o si $h_{t-1} = 0$; con cualquier $b_{hh}$, si $r = 1$. "
        "La mayor diferencia es {value:.1e}. Con $b_{hh} = 0$ y otros pesos "
        "llega a {general:.2f}.",
        en="With $b_{hh} = 0$ the reset before and the reset after give the "
        "same candidate if all the $r$ are equal, if $H = 1$, if $W_{hh}$ is "
        "diagonal or if $h_{t-1} = 0$; with any $b_{hh}$, if $r = 1$. The "
        "largest difference is {value:.1e}. With $b_{hh} = 0$ and other "
        "weights it reaches {general:.2f}.",
        numbers={"general": float(without[0])},
    )


def difference_of_the_resets() -> Claim:
    """sum_j W_ij (r_j - r_i) h_j + (1 - r_i) b_i: if and only if."""
    return Claim(
        value=measured.variants()["formula"],
        bound=EPSILON,
        relation="<=",
        es="Las preactivaciones de las dos variantes difieren en "
        "$\\sum_j (W_{hh})_{ij}\\,(r_j - r_i)\\,h_j + (1 - r_i)\\,b_{hh,i}$: "
        "coinciden si y solo si eso es cero. El mayor error de la fórmula es "
        "{value:.1e}.",
        en="The pre-activations of the two variants differ by "
        "$\\sum_j (W_{hh})_{ij}\\,(r_j - r_i)\\,h_j + (1 - r_i)\\,b_{hh,i}$: "
        "they agree if and only if that is zero. The largest error of the "
        "formula is {value:.1e}.",
    )


def a_bias_separates_them() -> Claim:
    """With b_hh: apart in general, even for H = 1."""
    biased = dict(
        zip(measured.KINDS, measured.variants()["with_bias"], strict=True)
    )
    return Claim(
        value=float(biased["single"]),
        bound=1e-2,
        relation=">=",
        es="Con $b_{hh}$ distinto de cero no coinciden en general, ni siquiera "
        "con una sola unidad: con $H = 1$ los candidatos se apartan hasta "
        "{value:.2f}.",
        en="With a $b_{hh}$ that is not zero they do not agree in general, not "
        "even with a single unit: with $H = 1$ the candidates are up to "
        "{value:.2f} apart.",
    )


def open_reset_is_a_simple_network() -> Claim:
    """R = 1 gives the simple network only if Z = 0 too."""
    found = measured.cases()
    return Claim(
        value=found["open_to_rnn"],
        bound=EPSILON,
        relation="<=",
        es="Con $r = 1$ **y** $z = 0$ la GRU es la red simple de los mismos "
        "pesos: la mayor diferencia es {value:.1e}. Con $r = 1$ y $z = 1/2$ "
        "no lo es: {alone:.2f}.",
        en="With $r = 1$ **and** $z = 0$ the GRU is the simple network of the "
        "same weights: the largest difference is {value:.1e}. With $r = 1$ and "
        "$z = 1/2$ it is not: {alone:.2f}.",
        numbers={"alone": found["open_alone"]},
    )


def shut_reset_alone_forgets_nothing() -> Claim:
    """R = 0 takes the past from the candidate; Z and the gates carry it."""
    found = measured.cases()
    return Claim(
        value=found["reach_gates"],
        bound=1e-6,
        relation=">=",
        es="Con $r = 0$ y $z = 0$ el estado es el de una red común y la "
        "primera entrada no llega al paso {T:d}: ni la diferencia ni "
        "$\\partial h_{{T:d}}/\\partial x_1$ pasan de {closed:.1e}. Con "
        "solo $r = 0$, y $z$ libre, sí llega: {value:.1e}.",
        en="With $r = 0$ and $z = 0$ the state is that of an ordinary network "
        "and the first input does not reach step {T:d}: neither the difference "
        "nor $\\partial h_{{T:d}}/\\partial x_1$ exceeds {closed:.1e}. With "
        "$r = 0$ alone, and $z$ free, it does: {value:.1e}.",
        numbers={
            "closed": max(found["reset_to_ordinary"], found["reach_closed"]),
            "T": found["T"],
        },
    )


def open_update_takes_the_candidate() -> Claim:
    """Z = 0: the new state is the candidate."""
    return Claim(
        value=measured.cases()["open_update"],
        bound=EPSILON,
        relation="<=",
        es="Con $z = 0$ el estado nuevo es el candidato: la mayor diferencia "
        "es {value:.1e}.",
        en="With $z = 0$ the new state is the candidate: the largest "
        "difference is {value:.1e}.",
    )


def shut_update_keeps_the_state() -> Claim:
    """Z = 1: after 100 steps the state is the first."""
    return Claim(
        value=measured.cases()["shut_update"],
        bound=0,
        relation="==",
        es="Con $z = 1$ el estado no cambia: después de 100 pasos de entradas "
        "al azar, $h_{100}$ y $h_0$ difieren en {value:.0f}.",
        en="With $z = 1$ the state does not change: after 100 steps of random "
        "inputs, $h_{100}$ and $h_0$ differ by {value:.0f}.",
    )


def memory_is_a_power_of_z() -> Claim:
    """With r = 0 and silence, h_t = z^(t-1) h_1."""
    found = measured.memory()
    return Claim(
        value=found["error"] / 100,
        bound=EPSILON,
        relation="<=",
        es="Con $z$ constante, $r = 0$ y entradas nulas, lo que queda de $h_1$ "
        "es $z^{t-1}$: el mayor error en {T:d} pasos es {value:.1e}. La mitad "
        "se pierde en {short:.1f} pasos con $z = 0{,}8$ y en {long:.0f} con "
        "$z = 0{,}99$.",
        en="With a constant $z$, $r = 0$ and inputs of zero, what is left of "
        "$h_1$ is $z^{t-1}$: the largest error in {T:d} steps is {value:.1e}. "
        "Half is lost in {short:.1f} steps with $z = 0.8$ and in {long:.0f} "
        "with $z = 0.99$.",
        numbers={
            "T": found["T"],
            "short": float(found["half"][1]),
            "long": float(found["half"][3]),
        },
    )


def derivative_has_four_parts() -> Claim:
    """diag(z) and what goes through n, r and z add up to dh_t/dh_{t-1}."""
    found = measured.direct()
    return Claim(
        value=found["error"],
        bound=EPSILON,
        relation="<=",
        es="El camino directo $\\diag(z_t)$ y los tres que pasan por el "
        "candidato y las compuertas suman $\\partial h_t/\\partial h_{t-1}$: "
        "el mayor error es {value:.1e}. Que el directo se achique no acota al "
        "total: con $b_z = 4$ y pesos recurrentes cuatro veces mayores, a "
        "{T:d} pasos el directo vale {path:.2f} y el total {total:.2f}.",
        en="The direct path $\\diag(z_t)$ and the three that go through the "
        "candidate and the gates add up to $\\partial h_t/\\partial h_{t-1}$: "
        "the largest error is {value:.1e}. That the direct path shrinks sets "
        "no bound on the whole: with $b_z = 4$ and recurrent weights four "
        "times as large, over {T:d} steps the direct path is {path:.2f} and "
        "the whole {total:.2f}.",
        numbers={
            "T": found["T"],
            "path": found["grown_path"],
            "total": found["grown"],
        },
    )


def one_unit_can_explode() -> Claim:
    """One unit, W_hh = 4: each step multiplies by 1.5 where h = 0."""
    steps, found = 60, []
    with torch.random.fork_rng():
        cell = GRUCell(1, 1, dtype=FLOAT)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_hh[2] = 4.0
    x = torch.zeros(steps, 1, 1, dtype=FLOAT)
    for start in (0.0, 0.5):
        h_0 = torch.full((1, 1), start, dtype=FLOAT, requires_grad=True)
        _, h = unroll(cell, x, h_0)
        found.append(float(torch.autograd.grad(h.sum(), h_0)[0]))
    return Claim(
        value=found[0],
        bound=1e10,
        relation=">=",
        es="En una GRU de una unidad sin entradas, con $W_{hh} = 4$ en el "
        "candidato y ceros en lo demás, "
        "$\\partial h_{{steps:d}}/\\partial h_0$ es {value:.1e} en $h_0 = 0$, "
        "donde el camino directo deja {path:.1e}; en $h_0 = 0{,}5$ es "
        "{faded:.1e}.",
        en="In a GRU of one unit without inputs, with $W_{hh} = 4$ in the "
        "candidate and zeros elsewhere, "
        "$\\partial h_{{steps:d}}/\\partial h_0$ is {value:.1e} at $h_0 = 0$, "
        "where the direct path leaves {path:.1e}; at $h_0 = 0.5$ it is "
        "{faded:.1e}.",
        numbers={"steps": steps, "path": 0.5**steps, "faded": found[1]},
    )


def an_open_gate_is_what_reaches_far() -> Claim:
    """By lag: new networks of all kinds alike, open gates much farther."""
    found = measured.lags()
    reach = [int(lag) for lag in found["reach"]]
    return Claim(
        value=min(reach[3:]) / max(reach[:3]),
        bound=2,
        relation=">=",
        es="En redes nuevas de {H:d} unidades, la parte del gradiente de $W_h$ "
        "que se debe a cada retardo baja de un centésimo del total en el "
        "retardo {rnn:d} en la RNN, {lstm:d} en la LSTM y {gru:d} en la GRU; "
        "con un sesgo de 2 en la compuerta de olvido, en el {lstm_2:d}, y con "
        "2 en la de actualización, en el {gru_2:d}: {value:.1f} veces más "
        "lejos, o más.",
        en="In new networks of {H:d} units, the part of the gradient of $W_h$ "
        "owed to each lag falls below a hundredth of the whole at lag {rnn:d} "
        "in the RNN, {lstm:d} in the LSTM and {gru:d} in the GRU; with a bias "
        "of 2 in the forget gate, at {lstm_2:d}, and with 2 in the update "
        "gate, at {gru_2:d}: {value:.1f} times as far, or more.",
        numbers={
            "H": found["H"],
            "rnn": reach[0],
            "lstm": reach[1],
            "gru": reach[2],
            "lstm_2": reach[3],
            "gru_2": reach[4],
        },
    )


def adds_over_longer_sequences() -> Claim:
    """Adding: the GRU at twice the length of the LSTM, and more."""
    found = training.race()
    rnn, lstm, gru = (int(T) for T in found["longest"])
    return Claim(
        value=gru / lstm,
        bound=2,
        relation=">=",
        es="Problema de la suma con {shortest:d} a {most:d} pasos de tiempo, "
        "{seeds:d} semillas y a lo sumo {steps:d} pasos de entrenamiento: la "
        "RNN lo resuelve con todas las semillas hasta {rnn:d} pasos de tiempo, "
        "la LSTM hasta {lstm:d} y la GRU hasta {gru:d}, {value:.0f} veces los "
        "de la LSTM o más.",
        en="Adding problem with {shortest:d} to {most:d} time steps, {seeds:d} "
        "seeds and at most {steps:d} steps of training: the RNN solves it with "
        "every seed up to {rnn:d} time steps, the LSTM up to {lstm:d} and the "
        "GRU up to {gru:d}, {value:.0f} times those of the LSTM or more.",
        numbers={
            "shortest": found["lengths"][0],
            "most": found["lengths"][-1],
            "seeds": found["seeds"],
            "steps": found["training_steps"],
            "rnn": rnn,
            "lstm": lstm,
            "gru": gru,
        },
    )


def negated_z_is_one_minus_z() -> Claim:
    """Negating W_xz, W_hz and b_z turns one convention into the other."""
    gaps = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for reset_after in (True, False):
            cell = GRUCell(D, H, dtype=FLOAT, reset_after=reset_after)
            x = torch.randn(T, N, D, dtype=FLOAT)
            h_0 = torch.randn(N, H, dtype=FLOAT)
            with torch.no_grad():
                ours = unroll(cell, x, h_0)[0]
                for parameter in cell.parameters():
                    parameter[H : 2 * H] *= -1
                h, theirs = h_0, []
                for x_t in x:  # z on the candidate, as in Chung et al.
                    found = measured.steps(cell, x_t[None], h)
                    z, n = found["z"][0], found["n"][0]
                    h = (1 - z) * h + z * n
                    theirs.append(h)
            gaps.append(largest([ours], [torch.stack(theirs)]))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Una red que multiplica al candidato por $z$ da los mismos estados "
        "que la nuestra si se cambia el signo de $W_{xz}$, $W_{hz}$ y $b_z$, "
        "con las dos variantes del reinicio: la mayor diferencia es "
        "{value:.1e}.",
        en="A network that multiplies the candidate by $z$ gives the same "
        "states as ours once the sign of $W_{xz}$, $W_{hz}$ and $b_z$ is "
        "changed, with both variants of the reset: the largest difference is "
        "{value:.1e}.",
    )


def three_quarters_of_an_lstm() -> Claim:
    """Of its parameters, for equal D, H and number of biases."""
    counts, ratios = [], []
    with torch.random.fork_rng():
        for features, hidden in ((1, 1), (2, 4), (7, 30)):
            for bias in (False, True):
                gru, lstm = (
                    sum(one.numel() for one in cell.parameters())
                    for cell in (
                        GRUCell(features, hidden, bias),
                        LSTMCell(features, hidden, bias),
                    )
                )
                ratios.append(gru / lstm)
                counts.append((gru, lstm))
    return Claim(
        value=max(ratios, key=lambda ratio: abs(ratio - 0.75)),
        bound=0.75,
        relation="==",
        es="Con los mismos $D$ y $H$ y los mismos sesgos, la GRU tiene "
        "exactamente tres cuartos de los parámetros de la LSTM: por ejemplo, "
        "{gru:,d} y {lstm:,d} con $D = 7$ y $H = 30$.",
        en="With the same $D$ and $H$ and the same biases, the GRU has exactly "
        "three quarters of the LSTM's parameters: for example, {gru:,d} and "
        "{lstm:,d} with $D = 7$ and $H = 30$.",
        numbers={"gru": counts[-1][0], "lstm": counts[-1][1]},
    )
