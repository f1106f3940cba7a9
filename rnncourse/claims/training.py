"""Claims of the chapter on training."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

from rnncourse.checkpoints import load_tree, save_tree
from rnncourse.claims import Claim, largest
from rnncourse.data import adding
from rnncourse.experiments import training as measured
from rnncourse.layers import LSTM
from rnncourse.training import Network, Place, fit

FLOAT = torch.float64


def pieces_give_the_whole_output() -> Claim:
    """Pieces with the carried state give the outputs of one pass."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(LSTM(3, 8), 2).double()
        x = torch.randn(40, 4, 3, dtype=FLOAT)
    whole, _ = network(x)
    state, pieces = None, []
    for piece in torch.split(x, 7):
        output, state = network(piece, state)
        pieces.append(output)
    return Claim(
        value=largest([torch.cat(pieces)], [whole]),
        bound=1e-14,
        relation="<=",
        es="Una secuencia de 40 pasos leída en tramos de 7, llevando el "
        "estado de uno al siguiente, da las salidas de una sola pasada, con "
        "una diferencia de {bound:.0e} a lo sumo.",
        en="A sequence of 40 steps read in pieces of 7, the state carried from "
        "one to the next, gives the outputs of a single pass, with a "
        "difference of {bound:.0e} at most.",
    )


def zero_states_have_a_floor() -> Claim:
    """Without the carried state the least loss is k/p ln 2; with it, less."""
    found = measured.carry()
    anew, carried, _ = found["last"]
    return Claim(
        value=anew,
        bound=found["floor"],
        relation=">=",
        es="Al repetir el bit de 4 pasos antes en tramos de 8, si cada tramo "
        "comienza con el estado en cero la pérdida no baja de "
        "$(4/8)\\ln 2 = {bound:.4f}$: queda en {value:.4f}. Con el estado que "
        "se lleva, en {carried:.4f}.",
        en="Repeating the bit of 4 steps before in pieces of 8, if each piece "
        "begins with a zero state the loss does not fall below "
        "$(4/8)\\ln 2 = {bound:.4f}$: it stays at {value:.4f}. With the state "
        "carried, at {carried:.4f}.",
        numbers={"carried": carried},
    )


def the_gradient_does_not_cross_the_cut() -> Claim:
    """At a lag longer than the piece nothing is learnt, carried or not."""
    found = measured.carry()
    return Claim(
        value=found["last"][2] / found["chance"],
        bound=0.99,
        relation=">=",
        es="Con un retardo de 12 pasos y tramos de 8 el estado llega, pero el "
        "gradiente no: tras {pieces:,d} tramos la pérdida es {value:.3f} "
        "veces la de adivinar.",
        en="At a lag of 12 steps with pieces of 8 the state arrives but the "
        "gradient does not: after {pieces:,d} pieces the loss is {value:.3f} "
        "times that of guessing.",
        numbers={"pieces": found["pieces"]},
    )


def the_best_weights_are_not_the_last() -> Claim:
    """Early stopping lowers the test error, for every seed."""
    found = measured.stopping()
    return Claim(
        value=found["worst_gain"],
        bound=1.2,
        relation=">=",
        es="Con {sequences:d} secuencias y ruido en los datos, seguir hasta el "
        "paso 500 deja un error de prueba de {last:.3f}; detenerse a tiempo y "
        "volver a los mejores pesos, de {kept:.3f}. En la peor de las 3 "
        "semillas el cociente es {value:.2f}.",
        en="With {sequences:d} sequences and noise in the data, going on to "
        "step 500 leaves a test error of {last:.3f}; stopping in time and "
        "going back to the best weights, of {kept:.3f}. In the worst of the 3 "
        "seeds the ratio is {value:.2f}.",
        numbers={
            "sequences": found["sequences"],
            "last": found["last_mean"],
            "kept": found["kept_mean"],
        },
    )


def resumed_is_as_uninterrupted() -> Claim:
    """Weights after 30 steps in a row, and after 17, a file and 13 more."""

    def begin() -> tuple[Network, torch.optim.Optimizer, torch.Generator]:
        torch.manual_seed(0)
        network = Network(LSTM(2, 16), 1, last=True)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
        return network, optimizer, torch.Generator().manual_seed(0)

    def train(
        network: Network,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        place: Place,
        count: int,
    ) -> None:
        batches = (adding(10, 64, generator) for _ in range(count))
        loss = nn.functional.mse_loss
        for _ in fit(network, batches, loss, optimizer, place=place):
            pass

    with torch.random.fork_rng(), TemporaryDirectory() as folder:
        whole, optimizer, generator = begin()
        train(whole, optimizer, generator, Place(), 30)
        first, optimizer, generator = begin()
        place = Place()
        train(first, optimizer, generator, place, 17)
        tree = {
            "network": first.state_dict(),
            "optimizer": optimizer.state_dict(),
            "generator": generator.get_state(),
            "place": vars(place),
        }
        save_tree(Path(folder, "run"), tree, {"kind": "LSTM"})
        kept = load_tree(Path(folder, "run"), {"kind": "LSTM"})
        second, optimizer, generator = begin()
        second.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        generator.set_state(kept["generator"])
        train(second, optimizer, generator, Place(**kept["place"]), 13)
    ours, theirs = list(second.parameters()), list(whole.parameters())
    return Claim(
        value=largest(ours, theirs),
        bound=0.0,
        relation="==",
        es="Un entrenamiento interrumpido en el paso 17 y continuado desde su "
        "archivo llega en el paso 30 a los mismos {weights:,d} pesos que uno "
        "sin interrumpir, bit por bit: la mayor diferencia es {value:.0f}.",
        en="A training run interrupted at step 17 and resumed from its file "
        "has at step 30 the same {weights:,d} weights as an uninterrupted one, "
        "bit for bit: the largest difference is {value:.0f}.",
        numbers={"weights": sum(p.numel() for p in ours)},
    )


def adam_is_its_formula() -> Claim:
    """Fifty steps of the page's equation, and of torch.optim.Adam."""
    rate, beta_1, beta_2, epsilon = 0.05, 0.9, 0.999, 1e-8
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ours, scales = torch.randn(2, 20, dtype=FLOAT)
    theirs = nn.Parameter(ours.clone())
    optimizer = torch.optim.Adam(
        [theirs], lr=rate, betas=(beta_1, beta_2), eps=epsilon
    )
    m, v = torch.zeros_like(ours), torch.zeros_like(ours)
    for n in range(1, 51):
        g = scales * ours.sin()
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        m_hat, v_hat = m / (1 - beta_1**n), v / (1 - beta_2**n)
        ours = ours - rate * m_hat / (v_hat.sqrt() + epsilon)
        theirs.grad = scales * theirs.detach().sin()
        optimizer.step()
    return Claim(
        value=largest([ours], [theirs]),
        bound=1e-12,
        relation="<=",
        es="Después de {steps:d} pasos, la ecuación de Adam y "
        "`torch.optim.Adam` difieren en {value:.1e}.",
        en="After {steps:d} steps, the equation of Adam and `torch.optim.Adam` "
        "differ by {value:.1e}.",
        numbers={"steps": n},
    )


def shards_average_to_the_whole() -> Claim:
    """The mean of the gradients of equal parts is that of the batch."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(LSTM(2, 16), 1, last=True).double()
        x, y = (one.double() for one in adding(10, 64))
    parameters = list(network.parameters())

    def gradient(part: slice) -> list[torch.Tensor]:
        loss = nn.functional.mse_loss(network(x[:, part])[0], y[part])
        return list(torch.autograd.grad(loss, parameters))

    parts = [gradient(slice(rank, None, 4)) for rank in range(4)]
    mean = [sum(one) / 4 for one in zip(*parts, strict=True)]
    return Claim(
        value=largest(mean, gradient(slice(None))),
        bound=1e-14,
        relation="<=",
        es="El promedio de los gradientes de cuatro partes iguales de un lote "
        "es el gradiente del lote: la mayor diferencia es {value:.1e}.",
        en="The mean of the gradients of four equal parts of a batch is the "
        "gradient of the batch: the largest difference is {value:.1e}.",
    )


def bfloat16_learns_as_well() -> Claim:
    """Error on fresh sequences after training with half the bits."""
    found = measured.precision()
    return Claim(
        value=found["worst"],
        bound=1 / 60,
        relation="<=",
        es="Con los productos en bfloat16 la LSTM aprende a sumar: error medio "
        "{rough:.4f} en secuencias nuevas, contra {exact:.4f} en float32; el "
        "peor de todos es {value:.4f}, menos de un décimo de 1/6.",
        en="With its products in bfloat16 the LSTM learns to add: mean error "
        "{rough:.4f} on fresh sequences, against {exact:.4f} in float32; the "
        "worst of all is {value:.4f}, under a tenth of 1/6.",
        numbers={"exact": found["mean"][0], "rough": found["mean"][1]},
    )
