"""Claims of the chapter on sequences."""

from itertools import permutations

import torch

from rnncourse.claims import Claim, largest, most
from rnncourse.experiments.sequences import agreement, first, order, rows
from rnncourse.experiments.sequences import sizes as measured_sizes
from rnncourse.sequences import Convolution

EPSILON = 1e-12  # float64: rounding of a few dozen sums


def rows_in_any_order() -> Claim:
    """An ordinary network answers each row as if it were alone."""
    found = rows()
    return Claim(
        value=found["moved"][0],
        bound=EPSILON,
        relation="<=",
        es="Una red común responde a cada fila de una tabla lo mismo, "
        "cualquiera que sea el orden en que se le den: entre {rows:d} filas, "
        "el mayor cambio es {value:.1e}. En una red recurrente que lleva su "
        "estado de una fila a la otra es {state:.2f}.",
        en="An ordinary network gives each row of a table the same answer, in "
        "whatever order they come: over {rows:d} rows the largest change is "
        "{value:.1e}. In a recurrent network that carries its state from one "
        "row to the next it is {state:.2f}.",
        numbers={"rows": found["rows"], "state": found["moved"][1]},
    )


def bag_keeps_its_answer() -> Claim:
    """Shuffling the steps leaves a bag unchanged, to rounding."""
    found = order()
    return Claim(
        value=float(found["most"][1]),
        bound=EPSILON,
        relation="<=",
        es="Mezclar los doce meses no cambia lo que responde la bolsa, salvo "
        "el redondeo: en {shuffles:,d} mezclas, el mayor cambio es "
        "{value:.1e}.",
        en="Shuffling the twelve months does not change what the bag answers, "
        "rounding aside: over {shuffles:,d} shuffles the largest change is "
        "{value:.1e}.",
        numbers={"shuffles": found["shuffles"]},
    )


def shuffling_moves_the_others() -> Claim:
    """Shuffling the steps moves a recurrent network, and the others."""
    found = order()
    window, _, convolution, pooled, recurrent = found["median"]
    return Claim(
        value=float(recurrent),
        bound=1e-3,
        relation=">=",
        es="La misma mezcla cambia la respuesta de una red recurrente en "
        "{value:.2f}, mediana de {shuffles:,d} mezclas; la de la red densa, "
        "en {window:.2f}; la de la convolución, en {convolution:.2f} con "
        "cabezal denso y en {pooled:.2f} con promedio.",
        en="The same shuffles change the answer of a recurrent network by "
        "{value:.2f}, the median of {shuffles:,d}; that of the dense network "
        "by {window:.2f}; that of the convolution by {convolution:.2f} with a "
        "dense head and by {pooled:.2f} with a mean.",
        numbers={
            "shuffles": found["shuffles"],
            "window": float(window),
            "convolution": float(convolution),
            "pooled": float(pooled),
        },
    )


def convolution_commutes_with_shifts() -> Claim:
    """To shift and convolve is to convolve and shift, at any length."""
    generator = torch.Generator().manual_seed(0)
    gaps = []
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        reader = Convolution(2, 8, 1, steps=12).double()
        for length in (5, 12, 40):
            x = torch.randn(
                length, 3, 2, generator=generator, dtype=torch.float64
            )
            c = reader.map(x)
            for shift in range(length - 2):
                gaps.append(largest([reader.map(x[shift:])], [c[shift:]]))
    return Claim(
        value=most(gaps),
        bound=EPSILON,
        relation="<=",
        es="Una convolución conmuta con los desplazamientos, y acepta "
        "cualquier longitud: con {short:d}, {middle:d} y {long:d} pasos, el "
        "mapa de la secuencia corrida es el mapa corrido, con una diferencia "
        "máxima de {value:.1e}.",
        en="A convolution commutes with shifts, and takes any length: with "
        "{short:d}, {middle:d} and {long:d} steps, the map of the shifted "
        "sequence is the shifted map, with a largest difference of "
        "{value:.1e}.",
        numbers={"short": 5, "middle": 12, "long": 40},
    )


def sizes() -> Claim:
    """A window, and a dense head, take one length only."""
    found = measured_sizes()
    window, bag, convolution, pooled, recurrent = found["taken"]
    return Claim(
        value=window + convolution,
        bound=2,
        relation="==",
        es="De {longest:d} longitudes probadas, la red densa y la convolución "
        "con cabezal denso aceptan {window:d} cada una, la de {steps:d} "
        "pasos; sin ese cabezal la convolución acepta {pooled:d}; la bolsa y "
        "la red recurrente, {bag:d} y {recurrent:d}.",
        en="Of {longest:d} lengths tried, the dense network and the "
        "convolution with a dense head take {window:d} each, that of "
        "{steps:d} steps; without that head the convolution takes {pooled:d}; "
        "the bag and the recurrent network, {bag:d} and {recurrent:d}.",
        numbers={
            "longest": found["longest"],
            "steps": found["steps"],
            "window": window,
            "pooled": pooled,
            "bag": bag,
            "recurrent": recurrent,
        },
    )


def bag_cannot_tell_who_came_first() -> Claim:
    """Where only the order matters, a bag guesses."""
    found = first()
    return Claim(
        value=most(abs(float(p) - 50) for p in found["accuracy"][1].flatten()),
        bound=5.0,
        relation="<=",
        es="¿Cuál de dos marcas apareció primero? La bolsa, entrenada, queda "
        "a lo sumo a {value:.1f} puntos del 50 % del azar; la red recurrente "
        "acierta el {recurrent:.1f} % en el peor caso, con la longitud del "
        "entrenamiento, {length:d}.",
        en="Which of two marks came first? The trained bag is at most "
        "{value:.1f} points away from the 50 % of chance; the recurrent "
        "network is right {recurrent:.1f} % of the time at worst, at the "
        "length it was trained with, {length:d}.",
        numbers={
            "recurrent": float(found["worst"][4, 0]),
            "length": found["length"],
        },
    )


def _best_mean(length: int, kernel: int) -> float:
    """How often one can say which mark came first from the bag of windows.

    In percent, over every pair of places. A window holds the place of each mark
    in it, -1 where it is not; whoever takes a mean knows how many windows there
    are of each kind, and can do no better than the commoner order.
    """
    orders: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for places in permutations(range(length), 2):
        windows = sorted(
            tuple(p - t if 0 <= p - t < kernel else -1 for p in places)
            for t in range(length - kernel + 1)
        )
        counts = orders.setdefault(tuple(windows), [0, 0])
        counts[places[0] < places[1]] += 1
    right = sum(max(counts) for counts in orders.values())
    return 100 * right / (length * (length - 1))


def mean_loses_the_order() -> Claim:
    """A mean over windows of 3 steps has a ceiling, lower at length 20."""
    found = first()
    length = found["length"]
    twice = _best_mean(2 * length, 3)
    return Claim(
        value=float(found["best"][3, 1]),
        bound=twice,
        relation="<=",
        es="De un promedio de ventanas de {kernel:d} pasos no se puede saber "
        "cuál de las dos marcas vino primero más que en el {once:.1f} % de los "
        "casos con longitud {length:d} y en el {twice:.1f} % con el doble, "
        "contándolos todos. La convolución entrenada acierta, con el doble, "
        "el {value:.1f} %.",
        en="From a mean over windows of {kernel:d} steps one can tell which of "
        "the two marks came first in at most {once:.1f} % of the cases at "
        "length {length:d} and {twice:.1f} % at twice that, counting them all. "
        "The trained convolution is right, at twice that, {value:.1f} % of "
        "the time.",
        numbers={
            "kernel": 3,
            "once": _best_mean(length, 3),
            "length": length,
            "twice": twice,
        },
    )


def bigram_guesses() -> Claim:
    """Across a clause, whoever sees one or two words is right by chance."""
    found = agreement()
    grams = found["grams"]
    return Claim(
        value=float(abs(grams[:, :2] - 50).max()),
        bound=5.0,
        relation="<=",
        es="Concordancia a través de una cláusula, con cláusulas que no "
        "estaban en el entrenamiento: el bigrama acierta el {es2:.1f} % en "
        "español y el {en2:.1f} % en inglés; el trigrama, el {es3:.1f} % y el "
        "{en3:.1f} %. El azar da 50 %; la mayor distancia es {value:.1f} "
        "puntos.",
        en="Agreement across a clause, with clauses that were not in the "
        "training set: the bigram is right {es2:.1f} % of the time in Spanish "
        "and {en2:.1f} % in English; the trigram, {es3:.1f} % and {en3:.1f} %. "
        "Chance gives 50 %; the largest distance is {value:.1f} points.",
        numbers={
            "es2": float(grams[0, 0]),
            "en2": float(grams[1, 0]),
            "es3": float(grams[0, 1]),
            "en3": float(grams[1, 1]),
        },
    )


def recurrent_agrees() -> Claim:
    """On the same sentences a small recurrent network is right."""
    found = agreement()
    return Claim(
        value=float(found["worst"][:, 0].min()),
        bound=99.0,
        relation=">=",
        es="En las mismas oraciones, una red recurrente simple de 32 unidades "
        "acierta el {value:.1f} % con la peor de {seeds:d} semillas en "
        "los dos idiomas, sobre {spanish:,d} oraciones en español y "
        "{english:,d} en inglés.",
        en="On the same sentences, a simple recurrent network of 32 units is "
        "right {value:.1f} % of the time with the worst of {seeds:d} seeds "
        "in the two languages, on {spanish:,d} sentences in Spanish and "
        "{english:,d} in English.",
        numbers={
            "seeds": found["seeds"],
            "spanish": found["held_out"][0][0],
            "english": found["held_out"][1][0],
        },
    )
