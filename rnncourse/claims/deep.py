"""Claims of the chapter on deep networks."""

import tempfile
from math import comb
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_packed_sequence

from rnncourse.claims import Claim, largest, most
from rnncourse.deep import LockedDropout, Stack, last_outputs, real_steps, rows
from rnncourse.experiments import deep as measured
from rnncourse.experiments.deep import FLOAT, KINDS, VARIANTS
from rnncourse.layers import LSTM
from rnncourse.packing import pack
from rnncourse.rnn import RNNCell, unroll

T, N, D, H, L = 9, 3, 2, 4, 3
EPSILON = 1e-12  # float64: rounding of a few hundred sums
LENGTHS = (9, 6, 2)


def _flat(found: Any) -> list[Tensor]:
    """The output and the last state or states."""
    out, state = found
    return [out, *(state if isinstance(state, tuple) else (state,))]


def _gradients(outputs: list[Tensor], asked: list[Tensor]) -> list[Tensor]:
    """Of a fixed weighting of all the outputs."""
    loss = sum(
        (one * torch.linspace(-1, 1, one.numel(), dtype=FLOAT).view_as(one))
        .sum()
        for one in outputs
    )  # fmt: skip
    return list(torch.autograd.grad(loss, asked))  # type: ignore[arg-type]


def _input() -> Tensor:
    return torch.randn(T, N, D, dtype=FLOAT).requires_grad_()


def deep_as_torch() -> Claim:
    """3 layers x 2 directions: outputs, states and every gradient."""
    gaps, compared = [], 0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, kind in KINDS.items():
            theirs = getattr(nn, name)(D, H, L, bidirectional=True, dtype=FLOAT)
            ours = kind(D, H, L, bidirectional=True, dtype=FLOAT, engine="bptt")
            ours.load_state_dict(theirs.state_dict())
            x, found = _input(), []
            for layer in (ours, theirs):
                outputs = _flat(layer(x))
                asked = [x, *layer.parameters()]
                found.append([*outputs, *_gradients(outputs, asked)])
            gaps.append(largest(*found))
            compared += sum(one.numel() for one in found[0])
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Con tres capas y dos direcciones, nuestras RNN, GRU y LSTM dan lo "
        "mismo que las de `torch.nn`: salidas, últimos estados y todos los "
        "gradientes. La mayor de {compared:,d} diferencias es {value:.1e}.",
        en="With three layers and two directions, our RNN, GRU and LSTM give "
        "what those of `torch.nn` give: outputs, last states and every "
        "gradient. The largest of {compared:,d} differences is {value:.1e}.",
        numbers={"compared": compared},
    )


def a_stack_is_a_layer_on_a_layer() -> Claim:
    """Cells unrolled one on another = torch.nn.RNN(num_layers=3)."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        theirs = nn.RNN(D, H, L, dtype=FLOAT)
        x = torch.randn(T, N, D, dtype=FLOAT)
        h = x
        for l in range(L):
            cell = RNNCell(D if l == 0 else H, H, dtype=FLOAT)
            for name, weight in cell.named_parameters():
                weight.copy_(theirs.get_parameter(f"{name}_l{l}"))
            h, _ = unroll(cell, h)
        out, _ = theirs(x)
    return Claim(
        value=largest([h], [out]),
        bound=EPSILON,
        relation="<=",
        es="Tres celdas desplegadas una sobre otra son `torch.nn.RNN` con "
        "`num_layers=3`: la mayor diferencia es {value:.1e}.",
        en="Three cells unrolled one on another are `torch.nn.RNN` with "
        "`num_layers=3`: the largest difference is {value:.1e}.",
    )


def three_paths_by_hand() -> Claim:
    """Of two layers and three steps: the products, summed, are autograd's."""
    found = measured.scalar()
    return Claim(
        value=abs(found["total"] - found["autograd"]),
        bound=EPSILON,
        relation="<=",
        es="En el ejemplo de dos capas y tres pasos, los tres caminos de "
        "$h_3^{(2)}$ a $x_1$ suman {total:.4f}, que es la derivada de la "
        "diferenciación automática, con una diferencia de {value:.1e}.",
        en="In the example of two layers and three steps, the three paths from "
        "$h_3^{(2)}$ to $x_1$ add up to {total:.4f}, which is the derivative "
        "of automatic differentiation, with a difference of {value:.1e}.",
        numbers={"total": found["total"]},
    )


def the_paths_add_up() -> Claim:
    """C(k + L - 1, L - 1) w^k u^L = autograd, for one linear unit a layer."""
    w, u, steps = 0.8, 0.7, 21
    gaps = []
    for layers in (1, 2, 3, 5):
        found = measured.slopes(layers, w, u, steps).flip(0)
        closed = torch.tensor(
            [
                comb(k + layers - 1, layers - 1) * w**k * u**layers
                for k in range(steps)
            ],
            dtype=FLOAT,
        )
        gaps.append(largest([found], [closed]))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Con unidades lineales, lo que llega a la entrada de hace $k$ pasos "
        "es la cantidad de caminos por lo que deja cada uno, "
        "$\\binom{k+L-1}{L-1}\\, w^k u^L$: con 1, 2, 3 y 5 capas y hasta 20 "
        "pasos, la diferencia con la diferenciación automática es {value:.1e}.",
        en="With linear units, what reaches the input of $k$ steps before is "
        "the number of ways times what each leaves, $\\binom{k+L-1}{L-1}\\, "
        "w^k u^L$: with 1, 2, 3 and 5 layers and up to 20 steps, the "
        "difference with automatic differentiation is {value:.1e}.",
    )


def parameters_of_a_stack() -> Claim:
    """Blocks of (H D + H^2 + 2 H) and, from layer 2, (d H^2 + ...)."""
    gaps = [
        abs(
            measured.count(name, D, H, layers, d)
            - sum(
                p.numel()
                for p in getattr(nn, name)(
                    D, H, layers, bidirectional=d == 2, device="meta"
                ).parameters()
            )
        )
        for name in KINDS
        for D, H in ((1, 1), (2, 5), (32, 64))
        for layers in (1, 2, 4)
        for d in (1, 2)
    ]
    return Claim(
        value=max(gaps),
        bound=0,
        relation="==",
        es="La cuenta de parámetros da lo que tienen las capas de `torch.nn` "
        "en {count:d} casos: tres tipos, tres tamaños, 1, 2 y 4 capas, en una "
        "dirección y en dos.",
        en="The count of parameters gives what the layers of `torch.nn` have "
        "in {count:d} cases: three kinds, three sizes, 1, 2 and 4 layers, in "
        "one direction and in two.",
        numbers={"count": len(gaps)},
    )


def depth_helps_where_the_task_is_deep() -> Claim:
    """Imitating 3 layers, at equal parameters: 1 layer against 3."""
    found = measured.depth()
    one, three = (float(found["mean"][j]) for j in (0, 2))
    return Claim(
        value=one / three,
        bound=1.5,
        relation=">=",
        es="Imitar a una red simple de 3 capas, con a lo sumo {budget:,d} "
        "parámetros y {seeds:d} semillas: el error medio es {one:.3f} con una "
        "capa de {wide:d} unidades y {three:.3f} con tres de {narrow:d}, "
        "{value:.1f} veces menos.",
        en="Imitating a simple network of 3 layers, with at most {budget:,d} "
        "parameters and {seeds:d} seeds: the mean error is {one:.3f} with one "
        "layer of {wide:d} units and {three:.3f} with three of {narrow:d}, "
        "{value:.1f} times less.",
        numbers={
            "budget": found["budget"],
            "seeds": found["seeds"],
            "one": one,
            "three": three,
            "wide": found["units"][0],
            "narrow": found["units"][2],
        },
    )


def depth_is_no_remedy() -> Claim:
    """Adding, at equal parameters: the worst of 4 layers against 1."""
    found = measured.sums()
    one, four = (float(found["worst"][j]) for j in (0, 3))
    return Claim(
        value=four / one,
        bound=1.5,
        relation=">=",
        es="En el problema de la suma la profundidad no ayuda: con los mismos "
        "parámetros, la peor de {seeds:d} GRU de una capa tiene {one:.3f} del "
        "error de responder siempre 1, y la peor de cuatro capas, {four:.3f}.",
        en="On the adding problem depth does not help: with the same "
        "parameters, the worst of {seeds:d} GRUs of one layer has {one:.3f} of "
        "the error of always answering 1, and the worst of four layers, "
        "{four:.3f}.",
        numbers={"seeds": found["seeds"], "one": one, "four": four},
    )


def a_plain_stack_is_torchs() -> Claim:
    """Stack with nothing added = torch.nn's layers."""
    gaps = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, kind in KINDS.items():
            theirs = getattr(nn, name)(D, H, L, dtype=FLOAT)
            stack = Stack(kind, D, H, L).double()
            for l, layer in enumerate(stack.layers):
                layer.load_state_dict(
                    {
                        key.replace(f"_l{l}", "_l0"): value
                        for key, value in theirs.state_dict().items()
                        if key.endswith(f"_l{l}")
                    }
                )
            x, found = _input(), []
            for one in (stack, theirs):
                outputs = _flat(one(x))
                found.append([*outputs, *_gradients(outputs, [x])])
            gaps.append(largest(*found))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Sin conexiones residuales, normalización ni descarte, `Stack` es "
        "la pila de `torch.nn`, en RNN, GRU y LSTM: la mayor diferencia es "
        "{value:.1e}.",
        en="With neither residual connections nor normalisation nor dropout, "
        "`Stack` is the stack of `torch.nn`, for RNN, GRU and LSTM: the "
        "largest difference is {value:.1e}.",
    )


def residuals_carry_the_gradient_down() -> Claim:
    """Twelve layers of LSTM: plain and residual."""
    found = measured.norms()
    kind = found["kinds"].index("LSTM")
    plain, residual = (
        float(found["last"][kind, found["variants"].index(name)])
        for name in ("plain", "residual")
    )
    return Claim(
        value=residual / plain,
        bound=1e4,
        relation=">=",
        es="Antes de entrenar, {down:d} capas más abajo queda del gradiente "
        "{plain:.1e} en una pila simple de LSTM y {residual:.2f} con "
        "conexiones residuales (medianas de {nets:d} redes). Cada capa simple "
        "deja, en media geométrica, {factor:.2f}.",
        en="Before training, {down:d} layers below there remains of the "
        "gradient {plain:.1e} in a plain stack of LSTMs and {residual:.2f} "
        "with residual connections (medians of {nets:d} networks). Each plain "
        "layer leaves, in geometric mean, {factor:.2f}.",
        numbers={
            "down": found["layers"] - 1,
            "plain": plain,
            "residual": residual,
            "nets": found["nets"],
            "factor": float(found["factor"][kind]),
        },
    )


def residual_stacks_learn() -> Claim:
    """Eight layers of LSTM, one hundred steps: plain against residual."""
    found = measured.tall()
    plain = float(found["best"][list(VARIANTS).index("plain")])
    residual = float(found["worst"][list(VARIANTS).index("residual")])
    return Claim(
        value=plain / residual,
        bound=5.0,
        relation=">=",
        es="Ocho capas de LSTM, {steps:d} pasos de entrenamiento, {seeds:d} "
        "semillas: la mejor pila simple termina con una pérdida de {plain:.2f} "
        "(1 es no aprender nada) y la peor residual, con {residual:.3f}.",
        en="Eight layers of LSTM, {steps:d} training steps, {seeds:d} seeds: "
        "the best plain stack ends with a loss of {plain:.2f} (1 is to learn "
        "nothing) and the worst residual one with {residual:.3f}.",
        numbers={
            "steps": found["training_steps"],
            "seeds": found["seeds"],
            "plain": plain,
            "residual": residual,
        },
    )


def a_changing_mask_erases() -> Claim:
    """Through k masks a memory keeps (1 - p)^k, or 1 - p when locked."""
    found = measured.dropout()
    fresh = float(found["kept_fresh"][10])
    locked = float(found["kept_locked"][10])
    law = float(found["law"][10])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        masks = LockedDropout(0.5)(torch.ones(30, 2, 40))
    alike = float((masks - masks[:1]).abs().max())
    return Claim(
        value=most(
            [abs(fresh - law), abs(locked - (1 - found["p"])), alike]
        ),
        bound=0.02,
        relation="<=",
        es="Después de 10 pasos por una máscara que descarta {p:.1f} de las "
        "unidades, la proporción de las que recuerdan es {fresh:.3f} si la "
        "máscara cambia en cada paso, que es $(1-p)^{10}$ = {law:.3f} salvo "
        "el azar, y {locked:.3f} si es siempre la misma.",
        en="After 10 steps through a mask that drops {p:.1f} of the units, "
        "{fresh:.3f} of them remember if the mask changes at each step, which "
        "is $(1-p)^{10}$ = {law:.3f} up to chance, and {locked:.3f} if it is "
        "always the same.",
        numbers={
            "p": found["p"], "fresh": fresh, "locked": locked, "law": law
        },
    )  # fmt: skip


def both_directions_see_the_future() -> Claim:
    """Coins: a bidirectional network "forecasts" them, until it is used."""
    found = measured.future()
    one, both, _ = (float(value) for value in found["accuracy"][2])
    return Claim(
        value=both - found["deployed"],
        bound=0.4,
        relation=">=",
        es="La moneda siguiente no se puede predecir. Una GRU en una dirección "
        "acierta {one:.3f}; una bidireccional, {both:.3f}, porque la ve. "
        "Puesta a predecir de verdad, con la secuencia cortada en el presente, "
        "acierta {deployed:.3f}.",
        en="The next coin cannot be predicted. A GRU in one direction is right "
        "{one:.3f} of the time; a bidirectional one, {both:.3f}, because it "
        "sees it. Made to predict in earnest, with the sequence cut at the "
        "present, it is right {deployed:.3f} of the time.",
        numbers={"one": one, "both": both, "deployed": found["deployed"]},
    )


def directions_meet_in_the_next_layer() -> Claim:
    """Whether the neighbours differ: one bidirectional layer, and two."""
    found = measured.future()
    _, one, two = (float(value) for value in found["accuracy"][1])
    return Claim(
        value=two - one,
        bound=0.4,
        relation=">=",
        es="Decir si la moneda anterior y la siguiente son distintas: una capa "
        "bidireccional con salida lineal acierta {one:.3f}, lo que el azar, "
        "porque sus dos mitades no se hablan; con dos capas acierta {two:.3f}.",
        en="Saying whether the coin before and the one after differ: one "
        "bidirectional layer with a linear readout is right {one:.3f} of the "
        "time, as chance is, because its two halves do not talk to each other; "
        "with two layers, {two:.3f} of the time.",
        numbers={"one": one, "two": two},
    )


def packed_is_unpadded() -> Claim:
    """Packed = each sequence alone; the padding is exactly 0."""
    gaps, paddings = [], []
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        for kind in KINDS.values():
            layer = kind(D, H, L, bidirectional=True, dtype=FLOAT)
            x = torch.randn(T, N, D, dtype=FLOAT)
            packed, state = layer(pack(x, LENGTHS))
            out, _ = pad_packed_sequence(packed)
            _, *last = _flat((out, state))
            rest = out[~real_steps(LENGTHS, T)]
            paddings.append(float(rest.abs().max()))
            for n, length in enumerate(LENGTHS):
                alone = _flat(layer(x[:length, [n]]))
                mine = [out[:length, [n]], *(h[:, [n]] for h in last)]
                gaps.append(largest(mine, alone))
    worst, padding = most(gaps), most(paddings)
    return Claim(
        value=most([worst, padding and 1.0]),
        bound=EPSILON,
        relation="<=",
        es="Un lote empaquetado da, para cada secuencia, lo que da la "
        "secuencia sola: en RNN, GRU y LSTM de tres capas y dos direcciones la "
        "mayor diferencia es {worst:.1e}. En el relleno de la salida hay ceros "
        "exactos: {padding:.0f}.",
        en="A packed batch gives, for each sequence, what the sequence gives "
        "alone: in RNNs, GRUs and LSTMs of three layers and two directions the "
        "largest difference is {worst:.1e}. The padding of the output holds "
        "exact zeros: {padding:.0f}.",
        numbers={"worst": worst, "padding": padding},
    )


def padding_spoils_the_states() -> Claim:
    """Without packing: the last state forwards, and the one backwards."""
    found = measured.padding()
    forward, backward = (
        float(found[name][1:].min()) for name in ("forward", "backward")
    )
    return Claim(
        value=min(forward, backward),
        bound=0.05,
        relation=">=",
        es="Sin empaquetar, en una GRU bidireccional sin entrenar, el estado "
        "tomado en el último paso del lote difiere del verdadero en al menos "
        "{forward:.2f} de su norma en la ida; el de la vuelta, que empezó por "
        "el relleno, en al menos {backward:.2f} en el último dato real.",
        en="Without packing, in an untrained bidirectional GRU, the state "
        "taken at the last step of the batch differs from the true one by at "
        "least {forward:.2f} of its norm forwards; the one backwards, which "
        "began in the padding, by at least {backward:.2f} at the last real "
        "input.",
        numbers={"forward": forward, "backward": backward},
    )


def masking_is_packing() -> Claim:
    """Keeping the state in padding = reading it at each own last step."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        cell = RNNCell(D, H, dtype=FLOAT)
        x = torch.randn(T, N, D, dtype=FLOAT)
        h = torch.zeros(N, H, dtype=FLOAT)
        for x_t, real in zip(x, real_steps(LENGTHS, T), strict=True):
            h = torch.where(real[:, None], cell(x_t, h), h)
        out, _ = unroll(cell, x)
        layer = KINDS["RNN"](D, H, dtype=FLOAT)
        layer.load_state_dict(
            {f"{key}_l0": value for key, value in cell.state_dict().items()}
        )
        _, packed = layer(pack(x, LENGTHS))
    return Claim(
        value=largest([h, h], [last_outputs(out, LENGTHS), packed[0]]),
        bound=EPSILON,
        relation="<=",
        es="En una dirección hay tres maneras de obtener el último estado "
        "verdadero, y dan lo mismo: enmascarar, empaquetar y leer cada "
        "secuencia en su último paso. La mayor diferencia es {value:.1e}.",
        en="In one direction there are three ways to the true last state, and "
        "they give the same: masking, packing, and reading each sequence at "
        "its own last step. The largest difference is {value:.1e}.",
    )


def neighbours_do_not_touch() -> Claim:
    """Of a batch: a changed sequence changes no other, and gets no gradient."""
    gaps = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for kind in KINDS.values():
            layer = kind(D, H, L, bidirectional=True, dtype=FLOAT)
            x = _input()
            out, _ = layer(x)
            (slope,) = torch.autograd.grad(out[:, 0].sum(), x)
            other = x.detach().clone()
            other[:, 1:] = torch.randn(T, N - 1, D, dtype=FLOAT)
            gaps.append(float(slope[:, 1:].abs().max()))
            gaps.append(largest([out[:, 0]], [layer(other)[0][:, 0]]))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Las secuencias de un lote no se tocan: al cambiar las demás, la "
        "salida de una no cambia, y su gradiente respecto de ellas es cero. Se "
        "midió en RNN, GRU y LSTM de tres capas y dos direcciones.",
        en="The sequences of a batch do not touch: when the others change, the "
        "output of one does not, and its gradient with respect to them is "
        "zero. Measured in RNNs, GRUs and LSTMs of three layers and two "
        "directions.",
    )


def pieces_are_one_pass() -> Claim:
    """A carried state: the pieces of a row give what the row gives."""
    gaps = []
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        x = rows(torch.randn(240, D, dtype=FLOAT), 4)
        for kind in KINDS.values():
            layer = kind(D, H, L, dtype=FLOAT)
            state, outs = None, []
            for piece in torch.split(x, 7):
                out, state = layer(piece, state)
                outs.append(out)
            gaps.append(largest([torch.cat(outs)], [layer(x)[0]]))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Leer una fila por tramos, pasando el estado, es leerla entera, "
        "en RNN, GRU y LSTM de tres capas.",
        en="Reading a row in pieces, handing on the state, is reading it "
        "whole, in RNNs, GRUs and LSTMs of three layers.",
    )


def order_matters_when_the_state_is_carried() -> Claim:
    """A sign to remember for 20 steps, in pieces of 10."""
    found = measured.carried()
    carried, anew, shuffled = (float(value) for value in found["accuracy"])
    return Claim(
        value=carried - max(anew, shuffled),
        bound=0.1,
        relation=">=",
        es="Recordar el último signo, que llega cada {every:d} pasos en "
        "promedio, leyendo de a {piece:d}: acierta {carried:.3f} la red "
        "entrenada pasando el estado, {anew:.3f} la que empieza de cero en "
        "cada tramo y {shuffled:.3f} la que pasa el estado entre tramos "
        "desordenados.",
        en="Remembering the last sign, which comes every {every:d} steps on "
        "average, reading {piece:d} at a time: the network trained handing "
        "on the state is right {carried:.3f} of the time, the one that begins "
        "at zero in each piece, {anew:.3f}, and the one that hands it on "
        "between pieces out of order, {shuffled:.3f}.",
        numbers={
            "every": found["every"],
            "piece": found["piece"],
            "carried": carried,
            "anew": anew,
            "shuffled": shuffled,
        },
    )


def loaded_is_saved() -> Claim:
    """state_dict through torch.save and safetensors: the same bits."""
    from safetensors.torch import load_file, save_file

    differences = 0
    with torch.random.fork_rng(), tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        layer = LSTM(D, H, L, bidirectional=True)
        x = torch.randn(T, N, D)
        paths = [Path(folder) / name for name in ("a.pt", "a.safetensors")]
        torch.save(layer.state_dict(), paths[0])
        save_file(layer.state_dict(), paths[1])
        states = [
            torch.load(paths[0], weights_only=True),
            load_file(paths[1]),
        ]
        with torch.no_grad():
            out, _ = layer(x)
            for state in states:
                again = LSTM(D, H, L, bidirectional=True)
                again.load_state_dict(state)
                differences += int((again(x)[0] != out).sum())
    return Claim(
        value=differences,
        bound=0,
        relation="==",
        es="Guardar los pesos y cargarlos en una red nueva no cambia ni un bit "
        "de la salida, ni con `torch.save` y `weights_only=True` ni con "
        "safetensors: {value:d} diferencias en {count:d} números.",
        en="Saving the weights and loading them into a new network changes not "
        "one bit of the output, whether with `torch.save` and "
        "`weights_only=True` or with safetensors: {value:d} differences in "
        "{count:d} numbers.",
        numbers={"count": 2 * out.numel()},
    )
