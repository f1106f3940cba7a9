"""Claims of the chapter on the simple recurrent network."""

import torch
from torch import nn

from rnncourse.claims import Claim, largest, most
from rnncourse.rnn import RNNCell, unroll

T, N, D, H = 12, 3, 2, 5
EPSILON = 1e-12  # float64: rounding of a few hundred sums


def _pair(nonlinearity: str) -> tuple[RNNCell, nn.RNN]:
    cell = RNNCell(D, H, nonlinearity=nonlinearity, dtype=torch.float64)
    layer = nn.RNN(D, H, nonlinearity=nonlinearity, dtype=torch.float64)
    state = {f"{name}_l0": value for name, value in cell.state_dict().items()}
    layer.load_state_dict(state)
    return cell, layer


def same_as_torch() -> Claim:
    """States, and gradients of every parameter, of x and of h_0: as torch's."""
    gaps, compared = [], 0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for nonlinearity in ("tanh", "relu"):
            cell, layer = _pair(nonlinearity)
            x = torch.randn(T, N, D, dtype=torch.float64, requires_grad=True)
            h_0 = torch.randn(N, H, dtype=torch.float64, requires_grad=True)
            weights = torch.randn(T, N, H, dtype=torch.float64)
            ours, last = unroll(cell, x, h_0)
            theirs, their_last = layer(x, h_0[None])
            mine = torch.autograd.grad(
                (ours * weights).sum(), [*cell.parameters(), x, h_0]
            )
            its = torch.autograd.grad(
                (theirs * weights).sum(), [*layer.parameters(), x, h_0]
            )
            values = [ours, last, *mine], [theirs, their_last[0], *its]
            gaps.append(largest(*values))
            compared += sum(value.numel() for value in values[0])
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Nuestra celda, desplegada, da los mismos estados que "
        "`torch.nn.RNN` y los mismos gradientes respecto de cada parámetro, "
        "de la entrada y de $h_0$, con tanh y con ReLU: la mayor de "
        "{compared:,d} diferencias es {value:.1e}.",
        en="Our cell, unrolled, gives the same states as `torch.nn.RNN` and "
        "the same gradients for every parameter, for the input and for $h_0$, "
        "with tanh and with ReLU: the largest of {compared:,d} differences is "
        "{value:.1e}.",
        numbers={"compared": compared},
    )


def first_reaches_last() -> Claim:
    """Another x_1 changes h_T; without the loop it does not."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = RNNCell(D, H, dtype=torch.float64)
        x = torch.randn(T, N, D, dtype=torch.float64)
    other = x.clone()
    other[0] += 1.0
    moved = []
    with torch.no_grad():
        for _ in range(2):
            ends = [unroll(cell, sequence)[1] for sequence in (x, other)]
            moved.append(float((ends[1] - ends[0]).abs().max()))
            cell.weight_hh.zero_()
    return Claim(
        value=moved[0],
        bound=1e-6,
        relation=">=",
        es="La primera entrada llega al último estado: al sumar 1 a $x_1$, "
        "$h_{{T:d}}$ cambia en {value:.1e}. Con $W_{hh} = 0$, sin el lazo, "
        "cambia exactamente {without:d}.",
        en="The first input reaches the last state: adding 1 to $x_1$ changes "
        "$h_{{T:d}}$ by {value:.1e}. With $W_{hh} = 0$, without the loop, it "
        "changes by exactly {without:d}.",
        numbers={"T": T, "without": moved[1]},
    )


def same_parameters_at_any_length() -> Claim:
    """The parameters that a sequence trains are as many for each T."""
    lengths = (1, 10, 1000)
    counts = set()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = RNNCell(D, H)
        for length in lengths:
            h = unroll(cell, torch.randn(length, D))[1]
            found = torch.autograd.grad(h.sum(), list(cell.parameters()))
            counts.add(sum(gradient.numel() for gradient in found))
    return Claim(
        value=len(counts),
        bound=1,
        relation="==",
        es="El número de parámetros no depende de la longitud: con {short:d}, "
        "{middle:d} y {long:d} pasos, los mismos {count:d}. Una capa común "
        "que leyera los {long:d} pasos de una vez tendría {window:,d}.",
        en="The number of parameters does not depend on the length: with "
        "{short:d}, {middle:d} and {long:d} steps, the same {count:d}. An "
        "ordinary layer that read the {long:d} steps at once would have "
        "{window:,d}.",
        numbers={
            "short": lengths[0],
            "middle": lengths[1],
            "long": lengths[2],
            "count": max(counts),
            "window": lengths[2] * D * H + H,
        },
    )


def carried_state() -> Claim:
    """Two halves with the state carried are the whole; begun anew, not."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell = RNNCell(D, H, dtype=torch.float64)
        x = torch.randn(T, N, D, dtype=torch.float64)
    with torch.no_grad():
        whole, _ = unroll(cell, x)
        first, state = unroll(cell, x[: T // 2])
        second, _ = unroll(cell, x[T // 2 :], state)
        anew, _ = unroll(cell, x[T // 2 :])
    return Claim(
        value=largest([torch.cat([first, second])], [whole]),
        bound=EPSILON,
        relation="<=",
        es="Leer una secuencia en dos partes, llevando el estado de una a la "
        "otra, da los mismos estados que leerla entera. Si en la segunda parte "
        "el estado empieza otra vez en cero, difieren hasta en {anew:.2f}.",
        en="Reading a sequence in two parts, carrying the state from one to "
        "the other, gives the same states as reading it whole. If the second "
        "part begins with a zero state again, they differ by up to "
        "{anew:.2f}.",
        numbers={"anew": float((anew - whole[T // 2 :]).abs().max())},
    )
