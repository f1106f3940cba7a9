"""Claims of the chapter on backpropagation through time."""

from collections.abc import Callable

import torch
from torch import Tensor

from rnncourse import bptt
from rnncourse.bptt import Weights
from rnncourse.claims import Claim, largest, most
from rnncourse.experiments import bptt as measured

T, N, D, H, Q = 12, 3, 2, 5, 4
EPSILON = 1e-12  # float64: rounding of a few hundred sums


def _random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def _differences(
    function: Callable[[list[Tensor]], Tensor], values: list[Tensor]
) -> list[Tensor]:
    """Central differences with respect to every entry of every value."""
    step, found = 1e-5, []
    for i, value in enumerate(values):
        slope = torch.zeros_like(value)
        for entry in range(value.numel()):
            ends = []
            for sign in (1, -1):
                moved = [v.clone() for v in values]
                moved[i].view(-1)[entry] += sign * step
                ends.append(float(function(moved)))
            slope.view(-1)[entry] = (ends[0] - ends[1]) / (2 * step)
        found.append(slope)
    return found


def _three_ways(
    loss: Callable[[list[Tensor]], Tensor],
    values: list[Tensor],
    by_hand: list[Tensor],
) -> tuple[float, float, int]:
    """By hand against autograd, against differences; numbers compared."""
    leaves = [value.clone().requires_grad_() for value in values]
    autograd = list(torch.autograd.grad(loss(leaves), leaves))
    return (
        largest(by_hand, autograd),
        largest(by_hand, _differences(loss, values)),
        sum(value.numel() for value in values),
    )


def linear_by_hand() -> Claim:
    """The lecture's three gradients: by hand = autograd = differences."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y = _random(T, D), _random(T, Q)
        values = [_random(H, D), _random(H, H) / H, _random(Q, H)]

    def loss(given: list[Tensor]) -> Tensor:
        return bptt.loss(bptt.linear_forward(x, *given)[1], y)

    h, y_hat = bptt.linear_forward(x, *values)
    dy = bptt.output_gradients(y_hat, y)
    dh = bptt.state_gradients(dy, *values[1:])
    by_hand = [
        bptt.input_weight_gradient(dh, x),
        bptt.recurrent_weight_gradient(dh, h),
        bptt.output_weight_gradient(dy, h),
    ]
    worst, differences, count = _three_ways(loss, values, by_hand)
    return Claim(
        value=worst,
        bound=EPSILON,
        relation="<=",
        es="Con activación identidad y sin sesgos, las fórmulas dan los mismos "
        "gradientes de $W_{xh}$, $W_{hh}$ y $W_{hq}$ que la diferenciación "
        "automática: la mayor de {count:d} diferencias es {value:.1e}. De las "
        "diferencias centrales se apartan en {differences:.1e}, lo que estas "
        "pueden dar.",
        en="With the identity activation and no biases, the formulas give the "
        "same gradients of $W_{xh}$, $W_{hh}$ and $W_{hq}$ as automatic "
        "differentiation: the largest of {count:d} differences is "
        "{value:.1e}. They are {differences:.1e} away from central "
        "differences, which is as close as these come.",
        numbers={"count": count, "differences": differences},
    )


def tanh_by_hand() -> Claim:
    """With tanh, biases, h_0 and a mini-batch: the same three agree."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        shapes = ((H, D), (H, H), (H,), (Q, H), (Q,), (T, N, D), (N, H))
        values = [_random(*shape) / len(shape) for shape in shapes]
        y = _random(T, N, Q)

    def loss(given: list[Tensor]) -> Tensor:
        _, y_hat = bptt.forward(Weights(*given[:5]), *given[5:])
        return bptt.loss(y_hat, y)

    w, x, h_0 = Weights(*values[:5]), *values[5:]
    h, y_hat = bptt.forward(w, x, h_0)
    found = bptt.backward(w, x, bptt.output_gradients(y_hat, y), h)
    by_hand = [*found.weights, found.x, found.h_0]
    worst, differences, count = _three_ways(loss, values, by_hand)
    return Claim(
        value=worst,
        bound=EPSILON,
        relation="<=",
        es="Con tanh, sesgos, $h_0$ y un minilote, los gradientes de cada "
        "parámetro, de la entrada y de $h_0$ son los de la diferenciación "
        "automática: la mayor de {count:d} diferencias es {value:.1e} (con "
        "diferencias centrales, {differences:.1e}).",
        en="With tanh, biases, $h_0$ and a mini-batch, the gradients of each "
        "parameter, of the input and of $h_0$ are those of automatic "
        "differentiation: the largest of {count:d} differences is {value:.1e} "
        "(with central differences, {differences:.1e}).",
        numbers={"count": count, "differences": differences},
    )


def recursion_is_closed_form() -> Claim:
    """The recursion for dL/dh_t and the sum of powers give the same."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dy, W_hq = _random(T, Q), _random(Q, H)
        W_hh = _random(H, H) / H**0.5
    ours = bptt.state_gradients(dy, W_hh, W_hq)
    closed = bptt.state_gradients_closed(dy, W_hh, W_hq)
    return Claim(
        value=largest([ours], [closed]),
        bound=EPSILON,
        relation="<=",
        es="La recursión y la forma cerrada dan los mismos "
        "$\\partial\\mathcal L/\\partial h_t$ en los {T:d} pasos: difieren en "
        "{value:.1e}. La recursión hace {recursion:d} productos por $W_{hh}^"
        "\\top$; la forma cerrada, término a término, {closed:d}.",
        en="The recursion and the closed form give the same "
        "$\\partial\\mathcal L/\\partial h_t$ at the {T:d} steps: they differ "
        "by {value:.1e}. The recursion takes {recursion:d} products by "
        "$W_{hh}^\\top$; the closed form, term by term, {closed:d}.",
        numbers={
            "T": T,
            "recursion": T - 1,
            "closed": sum(j - t for j in range(T) for t in range(j)),
        },
    )


def one_product() -> Claim:
    """The sum over time as one matrix product is the loop."""
    steps, batch, units = 100, 8, 32
    with torch.random.fork_rng():
        torch.manual_seed(0)
        da, h = _random(steps, batch, units), _random(steps, batch, units)
    loop = bptt.loop_over_time(da, h)
    gap = largest([bptt.sum_over_time(da, h)], [loop])
    return Claim(
        value=gap / float(loop.abs().max()),
        bound=EPSILON,
        relation="<=",
        es="La suma de {steps:d} productos, uno por paso, y un solo producto "
        "de $({H:d} \\times {rows:d})$ por $({rows:d} \\times {H:d})$ dan el "
        "mismo $\\partial\\mathcal L/\\partial W_{hh}$: difieren, en "
        "proporción, en {value:.1e}.",
        en="The sum of {steps:d} products, one per step, and a single product "
        "of $({H:d} \\times {rows:d})$ by $({rows:d} \\times {H:d})$ give the "
        "same $\\partial\\mathcal L/\\partial W_{hh}$: relatively, they "
        "differ by {value:.1e}.",
        numbers={"steps": steps, "rows": steps * batch, "H": units},
    )


def terms_add_up() -> Claim:
    """The terms (t, j) of the scalar network add up to autograd's gradient."""
    found = measured.scalar()
    total = float(found["recurrent"].sum())
    return Claim(
        value=abs(total - found["autograd"]),
        bound=1e-15,
        relation="<=",
        es="En la red escalar de tres pasos, los seis términos suman "
        "$\\partial\\mathcal L/\\partial W_{hh} = {total:.6f}$; la "
        "diferenciación automática da lo mismo, con una diferencia de "
        "{value:.1e}.",
        en="In the scalar network of three steps the six terms add up to "
        "$\\partial\\mathcal L/\\partial W_{hh} = {total:.6f}$; automatic "
        "differentiation gives the same, with a difference of {value:.1e}.",
        numbers={"total": total},
    )


def truncation_turns_the_gradient() -> Claim:
    """Cosine of truncated and whole gradient, W_hh orthogonal."""
    found = measured.truncation()
    cosine = found["window_cosine"][1]
    return Claim(
        value=float(cosine[3]),
        bound=0.9,
        relation="<=",
        es="El gradiente truncado apunta a otro lado: con $W_{hh}$ ortogonal "
        "y $T = {T:d}$, si cada pérdida retrocede 4 pasos, su coseno con el "
        "gradiente completo es {value:.2f} y su norma, {norm:.2f} de la "
        "completa; el coseno supera 0,99 desde {enough:d} pasos. Con los "
        "pesos iniciales de PyTorch, que olvidan antes, es {default:.2f} con "
        "4 pasos.",
        en="The truncated gradient points elsewhere: with $W_{hh}$ orthogonal "
        "and $T = {T:d}$, if each loss goes back 4 steps, its cosine with the "
        "whole gradient is {value:.2f} and its norm {norm:.2f} of the whole; "
        "the cosine exceeds 0.99 from {enough:d} steps on. With PyTorch's "
        "initial weights, which forget sooner, it is {default:.2f} with 4 "
        "steps.",
        numbers={
            "T": found["T"],
            "norm": float(found["window_norm"][1][3]),
            "enough": int(found["enough"][1]),
            "default": float(found["window_cosine"][0][3]),
        },
    )


def whole_when_long_enough() -> Claim:
    """Truncated at k = T: the whole gradient, in windows and in pieces."""
    found = measured.truncation()
    gaps = [
        abs(float(found[f"{kind}_{part}"][i][-1]) - 1)
        for kind in ("window", "piece")
        for part in ("cosine", "norm")
        for i in range(3)
    ]
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Truncado en $k = T$, el gradiente es el completo: coseno y norma "
        "relativa difieren de 1 en {value:.1e}.",
        en="Truncated at $k = T$ the gradient is the whole one: cosine and "
        "relative norm differ from 1 by {value:.1e}.",
    )


def short_pieces_do_not_learn() -> Claim:
    """Recall of 8 steps ago: learnt with pieces of 12, not with 4."""
    found = measured.learning()
    short, long = float(found["final"][1]), float(found["final"][2])
    return Claim(
        value=short / long,
        bound=30.0,
        relation=">=",
        es="Repetir lo que entró {delay:d} pasos antes: con tramos de 12 "
        "pasos la pérdida baja a {long:.1e}; con tramos de 4 termina en "
        "{short:.3f}, cerca de la de responder siempre cero "
        "({constant:.3f}), {value:.0f} veces más.",
        en="Repeating what came in {delay:d} steps before: with pieces of 12 "
        "steps the loss falls to {long:.1e}; with pieces of 4 it ends at "
        "{short:.3f}, close to that of always answering zero "
        "({constant:.3f}), {value:.0f} times as much.",
        numbers={
            "delay": found["delay"],
            "short": short,
            "long": long,
            "constant": found["constant"],
        },
    )


def randomised_is_unbiased() -> Claim:
    """The mean of the randomised estimator is the gradient, within 4 errors."""
    found = measured.randomised()
    i = found["p"].index(0.8)
    return Claim(
        value=abs(float(found["mean"][i]) - 1) / float(found["error"][i]),
        bound=4.0,
        relation="<=",
        es="El truncamiento al azar no tiene sesgo: con $p = 0{,}8$, la media "
        "de {count:,d} estimaciones es {mean:.4f} del gradiente completo, a "
        "{value:.1f} errores estándar de 1. Una sola estimación tiene una "
        "desviación estándar de {spread:.2f}; con $p = 0{,}5$, de {wide:.2f}.",
        en="Randomised truncation has no bias: with $p = 0.8$ the mean of "
        "{count:,d} estimates is {mean:.4f} of the whole gradient, {value:.1f} "
        "standard errors from 1. A single estimate has a standard deviation "
        "of {spread:.2f}; with $p = 0.5$, of {wide:.2f}.",
        numbers={
            "count": found["count"],
            "mean": float(found["mean"][i]),
            "spread": float(found["spread"][i]),
            "wide": float(found["spread"][0]),
        },
    )


def biased_without_dividing() -> Claim:
    """Kept factors that are not divided by p give too small a gradient."""
    found = measured.randomised()
    i = found["p"].index(0.8)
    mean, error = found["plain_mean"][i], found["plain_error"][i]
    return Claim(
        value=(1 - float(mean)) / float(error),
        bound=100.0,
        relation=">=",
        es="Sin dividir por $p$ el estimador tiene sesgo: con $p = 0{,}8$ su "
        "media es {mean:.3f} del gradiente completo, a {value:.0f} errores "
        "estándar de 1.",
        en="Without dividing by $p$ the estimator is biased: with $p = 0.8$ "
        "its mean is {mean:.3f} of the whole gradient, {value:.0f} standard "
        "errors from 1.",
        numbers={"mean": float(mean)},
    )


def cost_is_linear() -> Claim:
    """Multiplications and kept states grow as T; back costs twice forward."""
    found = measured.cost()
    return Claim(
        value=float(found["ratio"][-1]),
        bound=2.0,
        relation="==",
        es="Contadas, no medidas: las multiplicaciones de ida y las de vuelta "
        "crecen en proporción a $T$, y la vuelta hace {value:.0f} veces las "
        "de la ida, de $T = {short:d}$ a $T = {long:d}$. Los números que hay "
        "que guardar también crecen: de {few:,d} a {many:,d}.",
        en="Counted, not timed: the multiplications forward and backward grow "
        "in proportion to $T$, and the backward pass takes {value:.0f} times "
        "those of the forward pass, from $T = {short:d}$ to $T = {long:d}$. "
        "The numbers to keep grow too: from {few:,d} to {many:,d}.",
        numbers={
            "short": found["T"][0],
            "long": found["T"][-1],
            "few": int(found["kept"][0]),
            "many": int(found["kept"][-1]),
        },
    )
