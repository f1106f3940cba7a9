"""Claims of the chapter on the LSTM."""

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.claims import Claim, largest, most
from rnncourse.engines import lstm as engine
from rnncourse.engines.time import Sums
from rnncourse.experiments import lstm as measured
from rnncourse.experiments import training
from rnncourse.experiments.lstm import gated
from rnncourse.layers import LSTM
from rnncourse.lstm import LSTMCell, set_forget_bias
from rnncourse.rnn import unroll

T, N, D, H = 12, 3, 2, 5
FLOAT = torch.float64
EPSILON = 1e-12  # float64: rounding of a few hundred sums


def _inputs() -> list[Tensor]:
    """x, h_0 and c_0, which ask for their gradients."""
    shapes = ((T, N, D), (N, H), (N, H))
    found = [torch.randn(*shape, dtype=FLOAT) for shape in shapes]
    return [one.requires_grad_() for one in found]


def _gradients(out: Tensor, h: Tensor, c: Tensor, asked: Any) -> list[Tensor]:
    """Of a fixed weighting of all states, of h_T and of c_T."""
    weight = torch.linspace(-1, 1, out.numel(), dtype=FLOAT).view_as(out)
    loss = (out * weight).sum() + (h * h).sum() + (c * c).sum()
    return list(torch.autograd.grad(loss, asked))


def lstm_as_torch() -> Claim:
    """States and every gradient: cell unrolled, our layer, torch.nn.LSTM."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = LSTMCell(D, H, dtype=FLOAT)
        x, h_0, c_0 = _inputs()
    state = {f"{name}_l0": value for name, value in cell.state_dict().items()}
    out, (h, c) = unroll(cell, x, (h_0, c_0))
    inputs = [x, h_0, c_0]
    ours = [out, h, c]
    ours += _gradients(out, h, c, [*cell.parameters(), *inputs])
    worst = []
    for layer in (
        LSTM(D, H, dtype=FLOAT, engine="bptt"),
        nn.LSTM(D, H, dtype=FLOAT),
    ):
        layer.load_state_dict(state)
        out, (h, c) = layer(x, (h_0[None], c_0[None]))
        theirs = [out, h[0], c[0]]
        theirs += _gradients(out, h, c, [*layer.parameters(), *inputs])
        worst.append((theirs, largest(ours, theirs)))
    (layers, first), (torchs, second) = worst
    return Claim(
        value=most([first, second, largest(layers, torchs)]),
        bound=EPSILON,
        relation="<=",
        es="Nuestra celda desplegada, nuestra capa `rnncourse.LSTM` y "
        "`torch.nn.LSTM` dan los mismos estados $h_t$, $h_T$, $c_T$ y los "
        "mismos gradientes respecto de todos los parámetros, de la entrada, de "
        "$h_0$ y de $c_0$: la mayor de {compared:,d} diferencias es "
        "{value:.1e}.",
        en="Our cell unrolled, our layer `rnncourse.LSTM` and `torch.nn.LSTM` "
        "give the same states $h_t$, $h_T$, $c_T$ and the same gradients for "
        "every parameter, for the input, for $h_0$ and for $c_0$: the largest "
        "of {compared:,d} differences is {value:.1e}.",
        numbers={"compared": 3 * sum(value.numel() for value in ours)},
    )


def lstm_backward_by_hand() -> Claim:
    """The engine's formulas give autograd's gradients."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = LSTMCell(D, H, dtype=FLOAT)
        x, h_0, c_0 = _inputs()
        dout = torch.randn(T, N, H, dtype=FLOAT)
        dh, dc = (torch.randn(N, H, dtype=FLOAT) for _ in range(2))
    out, last = unroll(cell, x, (h_0, c_0))
    theirs = torch.autograd.grad(
        (out, *last), [*cell.parameters(), x, h_0, c_0], (dout, dh, dc)
    )
    with torch.inference_mode():
        W_x, W_h = cell.weight_ih, cell.weight_hh
        b = cell.bias_ih + cell.bias_hh  # type: ignore[operator]
        states, gates = engine.forward(x, h_0, c_0, W_x, W_h, b)
        sums = Sums(x, states.rows[1], W_x, ask_x=True)
        first = engine.backward(sums, dout, dh, dc, gates, W_h)
    ours = [sums.W_x, sums.W_h, sums.b_x, sums.b_h, sums.x, *first]
    return Claim(
        value=largest(ours, theirs),
        bound=EPSILON,
        relation="<=",
        es="Las fórmulas de la retropropagación, tal como las calcula el "
        "motor, dan los {count:d} números que da la diferenciación automática "
        "de la celda desplegada: la mayor diferencia es {value:.1e}.",
        en="The formulas of the backward pass, as the engine computes them, "
        "give the {count:d} numbers that automatic differentiation of the "
        "unrolled cell gives: the largest difference is {value:.1e}.",
        numbers={"count": sum(value.numel() for value in ours)},
    )


def kept_for_a_hundred_steps() -> Claim:
    """F -> 1 and i -> 0, by biases of 50 and -50: c_100 = c_0."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        c_0 = torch.randn(N, H, dtype=FLOAT)
        x = torch.randn(100, N, D, dtype=FLOAT)
        zero = torch.zeros_like(c_0)
        _, (_, c) = unroll(gated(D, H, i=-50, f=50), x, (zero, c_0))
        _, (_, half) = unroll(gated(D, H, i=-50, f=0), x, (zero, c_0))
    return Claim(
        value=float((c - c_0).abs().max()),
        bound=EPSILON,
        relation="<=",
        es="Con $f \\to 1$ e $i \\to 0$ (sesgos 50 y −50) la celda guarda su "
        "contenido 100 pasos, lea lo que lea: $c_{100} = c_0$, salvo el "
        "redondeo. Con $f = 1/2$ queda {left:.1e} de lo que había.",
        en="With $f \\to 1$ and $i \\to 0$ (biases 50 and −50) the cell keeps "
        "its content for 100 steps, whatever it reads: $c_{100} = c_0$, up to "
        "rounding. With $f = 1/2$, {left:.1e} of it is left.",
        numbers={"left": float(half.norm() / c_0.norm())},
    )


def _one_step() -> tuple[LSTMCell, Tensor, Tensor, Tensor]:
    """A cell, x_t, h_{t-1} and c_{t-1}."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = LSTMCell(D, H, dtype=FLOAT)
        x, h, c = (torch.randn(n, dtype=FLOAT) for n in (D, H, H))
    return cell, x, h, c


def direct_path_is_the_forget_gate() -> Claim:
    """dc_t/dc_{t-1} = diag(f_t) with h_{t-1} held fixed."""
    cell, x, h, c = _one_step()
    f = measured.trace(cell, x[None], (h, c))["f"][0]
    path = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        lambda before: cell(x, (h, before))[1], c
    )
    return Claim(
        value=largest([path], [torch.diag(f)]),
        bound=EPSILON,
        relation="<=",
        es="Con $h_{t-1}$ quieto, $\\partial c_t/\\partial c_{t-1} = "
        "\\operatorname{diag}(f_t)$: los {count:d} números del jacobiano que "
        "calcula autograd son los de la matriz diagonal, salvo el redondeo.",
        en="With $h_{t-1}$ held fixed, $\\partial c_t/\\partial c_{t-1} = "
        "\\operatorname{diag}(f_t)$: the {count:d} numbers of the Jacobian "
        "that autograd computes are those of the diagonal matrix, up to "
        "rounding.",
        numbers={"count": path.numel()},
    )


def total_derivative_is_not_diagonal() -> Claim:
    """When h_{t-1} = o (.) tanh(c_{t-1}) moves too, all components mix."""
    cell, x, _, c = _one_step()
    o = torch.full_like(c, 0.5)
    total = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        lambda before: cell(x, (o * before.tanh(), before))[1], c
    )
    beside = total - torch.diag(total.diagonal())
    return Claim(
        value=float(beside.abs().max()),
        bound=1e-2,
        relation=">=",
        es="La derivada total no es diagonal: cuando $h_{t-1} = o_{t-1} "
        "\\odot \\tanh(c_{t-1})$ se mueve con la celda, el mayor de los "
        "números fuera de la diagonal es {value:.2f}.",
        en="The total derivative is not diagonal: when $h_{t-1} = o_{t-1} "
        "\\odot \\tanh(c_{t-1})$ moves along with the cell, the largest number "
        "off the diagonal is {value:.2f}.",
    )


def total_derivative_can_explode() -> Claim:
    """F < 1 makes the direct path fade; through h the gradient still grows."""
    found = measured.explosion()
    return Claim(
        value=found["last"][1],
        bound=1e10,
        relation=">=",
        es="La derivada total todavía puede explotar: en una LSTM de una "
        "unidad con $f = {f:.2f}$ y $W_{hc} = 4$, a {lag:d} pasos el camino "
        "directo deja {direct:.1e} y la derivada total vale {value:.1e}, pues "
        "cada paso multiplica por {factor:.2f}. Lejos de $c = 0$, donde tanh "
        "se satura, baja a {moved:.1e}.",
        en="The total derivative can still explode: in an LSTM of one unit "
        "with $f = {f:.2f}$ and $W_{hc} = 4$, at {lag:d} steps the direct path "
        "leaves {direct:.1e} and the total derivative is {value:.1e}, since "
        "each step multiplies by {factor:.2f}. Away from $c = 0$, where tanh "
        "saturates, it falls to {moved:.1e}.",
        numbers={
            "f": found["f"],
            "lag": measured.LAG,
            "direct": found["last"][0],
            "moved": found["last"][2],
            "factor": found["factor"],
        },
    )


def the_bias_opens_the_path() -> Claim:
    """At lag 50: simple network, LSTM with forget bias 0, and with 2."""
    found = measured.through_time()
    zero, one, two = (float(v) for v in found["direct_last"])
    return Claim(
        value=two / zero,
        bound=1e9,
        relation=">=",
        es="Antes de entrenar, de un gradiente de norma 1 quedan a {lag:d} "
        "pasos, por el camino directo, {zero:.1e} con sesgo de olvido 0, "
        "{one:.1e} con 1 y {two:.1e} con 2; en la red simple, {simple:.1e}. "
        "La forma de la celda no alcanza: la compuerta debe estar abierta.",
        en="Before training, of a gradient of norm 1 there remain at {lag:d} "
        "steps, along the direct path, {zero:.1e} with a forget bias of 0, "
        "{one:.1e} with 1 and {two:.1e} with 2; in the simple network, "
        "{simple:.1e}. The shape of the cell is not enough: the gate has to be "
        "open.",
        numbers={
            "lag": measured.LAG,
            "zero": zero,
            "one": one,
            "two": two,
            "simple": found["simple_last"],
        },
    )


def hidden_state_is_bounded() -> Claim:
    """|h_t| < 1 even when the cell has gone far beyond."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        cell = gated(D, H, i=50, f=50, o=2)
        cell.bias_ih[2 * H : 3 * H] = 50.0  # type: ignore[index]
        x = torch.randn(30, N, D, dtype=FLOAT)
        out, (_, c) = unroll(cell, x)
    return Claim(
        value=float(out.abs().max()),
        bound=1.0,
        relation="<=",
        es="El estado oculto queda entre −1 y 1 y la celda no: con $f = i = "
        "\\tilde c = 1$, después de {steps:d} pasos $c$ vale {cell:.0f} y el "
        "mayor $|h|$ de todos es {value:.2f}.",
        en="The hidden state stays between −1 and 1 and the cell does not: "
        "with $f = i = \\tilde c = 1$, after {steps:d} steps $c$ is {cell:.0f} "
        "and the largest $|h|$ of all is {value:.2f}.",
        numbers={"steps": len(x), "cell": float(c.max())},
    )


def shown_when_the_gate_opens() -> Claim:
    """Until o_t opens nobody sees the cell; then h_t = tanh(c_t)."""
    found = measured.opening()
    return Claim(
        value=found["before"],
        bound=1e-4,
        relation="<=",
        es="Mientras $o_t$ está cerca de 0 nadie ve la celda: hasta el paso "
        "{before:d}, $|h_t|$ no pasa de {value:.1e}. En el paso {read:d}, "
        "$o_t$ pasa a 1 y $h_t = {after:.3f}$, que es $\\tanh(c_t)$ y no $c_t "
        "= {cell:.3f}$.",
        en="While $o_t$ is near 0 the cell cannot be seen: up to step "
        "{before:d}, $|h_t|$ does not exceed {value:.1e}. At step {read:d}, "
        "$o_t$ turns 1 and $h_t = {after:.3f}$, which is $\\tanh(c_t)$ and not "
        "$c_t = {cell:.3f}$.",
        numbers={
            "before": found["read"] - 1,
            "read": found["read"],
            "after": found["after"],
            "cell": found["cell"],
        },
    )


def four_times_the_parameters() -> Claim:
    """4 (HD + H^2 + H), with one bias per gate; torch keeps two."""
    sizes = ((1, 1), (2, 4), (7, 5), (28, 128))
    gaps, counts = [], []
    for d, h in sizes:
        layer = nn.LSTM(d, h, device="meta")
        counts.append(sum(p.numel() for p in layer.parameters()))
        gaps.append(abs(counts[-1] - 4 * h - 4 * (h * d + h * h + h)))
    d, h = sizes[-1]
    return Claim(
        value=max(gaps),
        bound=0,
        relation="==",
        es="Los parámetros son $4(HD + H^2 + H)$, cuatro veces los de la red "
        "simple: {one:,d} con $D = {D:d}$ y $H = {H:d}$. `torch.nn.LSTM` "
        "cuenta $4H$ más, {two:,d}, por su segundo sesgo.",
        en="The parameters are $4(HD + H^2 + H)$, four times those of the "
        "simple network: {one:,d} with $D = {D:d}$ and $H = {H:d}$. "
        "`torch.nn.LSTM` counts $4H$ more, {two:,d}, for its second bias.",
        numbers={
            "one": 4 * (h * d + h * h + h),
            "two": counts[-1],
            "D": d,
            "H": h,
        },
    )


def forget_bias_is_set_once() -> Claim:
    """The two biases of torch sum to the value asked for."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.LSTM(D, H, num_layers=2)
    set_forget_bias(layer, 1.0)
    with torch.no_grad():
        sums = [
            layer.get_parameter(f"bias_ih_l{k}")
            + layer.get_parameter(f"bias_hh_l{k}")
            for k in range(2)
        ]
    gates = torch.cat([total[H : 2 * H] for total in sums])
    return Claim(
        value=float((gates - 1).abs().max()),
        bound=0.0,
        relation="==",
        es="PyTorch suma dos sesgos. Después de `set_forget_bias(capa, 1.0)`, "
        "en cada una de las {count:d} unidades de dos capas la suma vale 1, "
        "con diferencia {value:.0f}, y $f = {gate:.2f}$ ante una entrada y un "
        "estado nulos; puestos los dos en 1, sería {twice:.2f}.",
        en="PyTorch adds two biases. After `set_forget_bias(layer, 1.0)`, in "
        "each of the {count:d} units of two layers the sum is 1, with a "
        "difference of {value:.0f}, and $f = {gate:.2f}$ for a zero input and "
        "state; had both been set to 1, it would be {twice:.2f}.",
        numbers={
            "count": len(gates),
            "gate": float(torch.tensor(1.0).sigmoid()),
            "twice": float(torch.tensor(2.0).sigmoid()),
        },
    )


def the_bias_decides_who_learns() -> Claim:
    """Agreement in English: none with 0, all with 2, all else alike."""
    found = measured.learning()
    return Claim(
        value=float(found["worst"][2] - found["best"][0]),
        bound=0.3,
        relation=">=",
        es="Concordancia en inglés, oraciones de {words:d} palabras, LSTM de "
        "{units:d} unidades, {steps:d} pasos de {batch:d} oraciones, {seeds:d} "
        "semillas: con sesgo de olvido 0 la mejor acierta el número del verbo "
        "en {zero:.2f} de {fresh:,d} oraciones nuevas, lo que el azar; con 2, "
        "la peor acierta en {two:.2f}.",
        en="Agreement in English, sentences of {words:d} words, LSTMs of "
        "{units:d} units, {steps:d} steps of {batch:d} sentences, {seeds:d} "
        "seeds: with a forget bias of 0 the best gets the verb's number right "
        "in {zero:.2f} of {fresh:,d} fresh sentences, as chance does; with 2, "
        "the worst does in {two:.2f} of them.",
        numbers={
            "words": found["words"],
            "units": found["units"],
            "steps": found["training_steps"],
            "batch": found["batch"],
            "seeds": found["seeds"],
            "fresh": found["fresh"],
            "zero": float(found["best"][0]),
            "two": float(found["worst"][2]),
        },
    )


def the_gate_learns_when_to_write() -> Claim:
    """Trained to add, one unit opens its input gate at the marks."""
    found = measured.summing()
    return Claim(
        value=found["marked"] / found["other"],
        bound=3.0,
        relation=">=",
        es="Entrenada para sumar, una unidad aprendió cuándo escribir: en "
        "{count:,d} secuencias nuevas su compuerta de entrada vale en promedio "
        "{marked:.2f} en los pasos marcados y {other:.2f} en los demás; la de "
        "olvido, {kept:.2f}.",
        en="Trained to add, one unit has learnt when to write: in {count:,d} "
        "fresh sequences its input gate averages {marked:.2f} at marked steps "
        "and {other:.2f} at the others; its forget gate, {kept:.2f}.",
        numbers={
            "count": measured.FRESH,
            "marked": found["marked"],
            "other": found["other"],
            "kept": found["kept"],
        },
    )


def a_real_series_teaches_the_gates() -> Claim:
    """IBM's daily moves since 2008: the network, an average, yesterday."""
    found = measured.market()
    return Claim(
        value=found["worst"],
        bound=0.9,
        relation="<=",
        es="Pronosticar cuánto variará mañana el precio de IBM, en {count:,d} "
        "días desde 2008: el error cuadrático de la peor de {seeds:d} LSTM de "
        "{units:d} unidades, ajustadas con lo anterior, es {value:.3f} veces "
        "el de decir siempre la media. El de una media exponencial es "
        "{average:.3f}, casi el mismo; el de repetir lo de ayer, {same:.2f}. "
        "Una de las celdas tiene con esa media una correlación de "
        "{follows:.2f}.",
        en="Forecasting how much the price of IBM will move tomorrow, on "
        "{count:,d} days since 2008: the squared error of the worst of "
        "{seeds:d} LSTMs of {units:d} units, fitted to what came before, is "
        "{value:.3f} times that of always saying the mean. That of an "
        "exponential average is {average:.3f}, almost the same; that of "
        "repeating yesterday's, {same:.2f}. One of the cells has a correlation "
        "of {follows:.2f} with that average.",
        numbers={
            "count": found["count"],
            "seeds": found["seeds"],
            "units": found["units"],
            "average": found["average"],
            "same": found["same"],
            "follows": found["follows"],
        },
    )


def adds_where_the_simple_network_cannot() -> Claim:
    """Adding: the LSTM at 10, 25 and 50 steps; the simple network at 10."""
    found = training.adding()
    return Claim(
        value=float(found["worst"][1].max() / found["constant"]),
        bound=0.2,
        relation="<=",
        es="Problema de la suma con {a:d}, {b:d} y {c:d} pasos, {units:d} "
        "unidades, {steps:d} pasos de Adam con {batch:d} secuencias, "
        "{seeds:d} semillas por longitud: la peor de las LSTM tiene un error "
        "{value:.3f} veces el de responder siempre 1 ({constant:.3f}). De las "
        "redes simples bajan de un quinto de ese error {short:d} de {seeds:d} "
        "con {a:d} pasos, {middle:d} con {b:d} y {long:d} con {c:d}.",
        en="Adding problem with {a:d}, {b:d} and {c:d} steps, {units:d} units, "
        "{steps:d} steps of Adam with {batch:d} sequences, {seeds:d} seeds a "
        "length: the worst of the LSTMs has an error {value:.3f} times that of "
        "always answering 1 ({constant:.3f}). Of the simple networks, "
        "{short:d} of {seeds:d} get below a fifth of that error with {a:d} "
        "steps, {middle:d} with {b:d} and {long:d} with {c:d}.",
        numbers={
            "a": found["lengths"][0],
            "b": found["lengths"][1],
            "c": found["lengths"][2],
            "units": found["units"],
            "steps": found["training_steps"],
            "batch": found["batch"],
            "seeds": found["seeds"],
            "constant": found["constant"],
            "short": int(found["solved"][0][0]),
            "middle": int(found["solved"][0][1]),
            "long": int(found["solved"][0][2]),
        },
    )
