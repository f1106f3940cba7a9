"""Tables of what `benchmarks` recorded: `[[table name]]`, one function each.

A function takes what reads a file of results (None if there is no such) and the
language, and gives Markdown. What was not measured is not a row; where there is
nothing at all, the table is a sentence that says so.
"""

from collections.abc import Callable, Iterable, Sequence
from statistics import geometric_mean
from typing import Any

from rnncourse.recorded import KINDS, RUNGS
from rnncourse.words import Say

FIXED, JOINED = "\N{NO-BREAK SPACE}", "\N{EN DASH}\N{WORD JOINER}"
Read = Callable[[str], dict[str, Any] | None]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; the first column is words, the others numbers."""
    bars = ["---", *["--:"] * (len(head) - 1)]
    lines = [head, bars, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def absent(say: Say) -> str:
    """Instead of a table that nobody measured."""
    return say(
        es="*Todavía no se midió en esta versión.*",
        en="*Not measured yet in this version.*",
    )


def contender(name: str, say: Say) -> str:
    """Who was measured, by the name that the results use."""
    known = {
        "bptt": say(es="a mano, `bptt`", en="by hand, `bptt`"),
        "native": say(es="compilado, `native`", en="compiled, `native`"),
        "default": say(es="lo que elige la regla", en="what the rule chooses"),
        "loop": say(
            es="un producto por compuerta y paso, con autograd",
            en="a product per gate and step, by autograd",
        ),
        "compiled": say(
            es="eso mismo con `torch.compile`, en formas cortas",
            en="the same with `torch.compile`, in short shapes",
        ),
        "again": say(es="`torch.nn` otra vez", en="`torch.nn` again"),
    }
    return known.get(name, f"`{name}`")


def briefly(name: str, say: Say) -> str:
    """The same at the head of a column."""
    known = {
        "loop": say(es="paso 0", en="step 0"),
        "again": say(es="ruido", en="noise"),
        "torch": "`torch.nn`",
        "jax": "JAX",
        "keras": "Keras",
    }
    return known.get(name, f"`{name}`")


def layers(mode: str, read: Read, say: Say, name: str = "layers-cpu") -> str:
    """Geometric means over shapes, with the worst and the best."""
    found = read(name)
    if not found:
        return absent(say)
    parts = {
        kind: found["summary"].get(f"{kind}_{mode}".lower(), {})
        for kind in KINDS
    }
    order = ("native", "bptt", "default", "loop", "compiled", "again")

    def cell(part: dict[str, Any]) -> str:
        if not part:
            return "—"
        return spread(part["geomean"], part["least"], part["most"], say)

    rows = [
        [contender(name, say), *(cell(p.get(name, {})) for p in parts.values())]
        for name in order
        if any(name in p for p in parts.values())
    ]
    return table([" ", *KINDS], rows)


def training(read: Read, say: Say) -> str:
    """Forward and backward."""
    return layers("train", read, say)


def amd(read: Read, say: Say) -> str:
    """Forward and backward, on a processor of AMD's."""
    return layers("train", read, say, "layers-cpu-amd")


def inference(read: Read, say: Say) -> str:
    """Without gradients."""
    return layers("infer", read, say)


def packed(read: Read, say: Say) -> str:
    """Training, with sequences of several lengths."""
    return layers("packed", read, say)


def short(value: float, say: Say) -> str:
    """Two digits or more."""
    return say.number(value, ".0f" if value >= 10 else ".1f")


def memory(read: Read, say: Say) -> str:
    """The highest memory of training, as a share of torch.nn's."""
    found = read("layers-cpu")
    if not found:
        return absent(say)
    lines = [line for line in found["shapes"] if line["mode"] == "train"]

    def cell(kind: str, name: str) -> str:
        shares = [
            line["peak_bytes"][name] / line["peak_bytes"]["torch"]
            for line in lines
            if line["kind"] == kind
        ]
        return spread(geometric_mean(shares), min(shares), max(shares), say)

    names = present(lines[0]["peak_bytes"], ("native", "bptt"))
    rows = [
        [contender(name, say), *(cell(kind, name) for kind in KINDS)]
        for name in names
    ]
    return table([" ", *KINDS], rows)


def rung(name: str, say: Say) -> str:
    """A step of the story."""
    return {
        "loop": say(
            es="un producto por compuerta y paso",
            en="a product per gate and step",
        ),
        "fused": say(es="las compuertas, juntas", en="the gates, together"),
        "hoisted": say(
            es="la entrada, fuera del lazo", en="the input, out of the loop"
        ),
        "by_hand": say(es="el gradiente, a mano", en="the gradient, by hand"),
        "summed": say(
            es="la suma sobre el tiempo, un solo producto",
            en="the sum over time, one product",
        ),
        "in_bulk": say(
            es="las derivadas, por tramos", en="derivatives by chunks"
        ),
        "in_place": say(
            es="sin memoria nueva en cada paso", en="no new memory in a step"
        ),
        "bptt": say(
            es="la memoria, de una llamada a otra: el motor `bptt`",
            en="memory kept from call to call: the engine `bptt`",
        ),
        "native": say(
            es="el lazo, compilado: el motor `native`",
            en="the loop, compiled: the engine `native`",
        ),
    }[name]


def story(read: Read, say: Say) -> str:
    """What each idea gained over the one before, and an LSTM's calls a step."""
    found = read("story-cpu")
    if not found:
        return absent(say)
    lines = found["shapes"]

    def gain(kind: str, name: str) -> str:
        gains = [
            line["gain"][name]
            for line in lines
            if line["kind"] == kind and name in line["gain"]
        ]
        return say.number(geometric_mean(gains), ".2f") if gains else "—"

    longest = max(lines, key=lambda line: (line["kind"] == "LSTM", line["T"]))
    rows = [
        [
            f"{number} · {rung(name, say)}",
            *(gain(kind, name) for kind in KINDS),
            short(longest["operations"][name] / longest["T"], say),
        ]
        for number, name in enumerate(
            name for name in RUNGS if name in longest["ratio"]
        )
    ]
    calls = say(es="llamadas", en="calls")
    return table([say(es="paso", en="step"), *KINDS, calls], rows)


def by_shape(
    lines: list[dict[str, Any]],
    names: Sequence[str],
    cell: Callable[[dict[str, Any], str], str],
    say: Say,
) -> str:
    """A row for each kind and shape, a column for each name."""
    head = [briefly(name, say) for name in names]
    sizes = ("N", "T", "H")
    rows = [
        [
            line["kind"],
            *(str(line[size]) for size in sizes),
            *(cell(line, name) for name in names),
        ]
        for line in sorted(lines, key=lambda line: KINDS.index(line["kind"]))
    ]
    return table([" ", *(f"${size}$" for size in sizes), *head], rows)


def present(known: Iterable[str], order: Sequence[str]) -> list[str]:
    """Those of the order that are known."""
    return [name for name in order if name in known]


def rates(read: Read, say: Say) -> str:
    """The rate of the matrix products over that of one large product."""
    found = read("story-cpu")
    if not found:
        return absent(say)
    lines = found["shapes"]
    names = present(lines[0]["fraction"], ("loop", "torch", "bptt", "native"))

    def cell(line: dict[str, Any], name: str) -> str:
        return say.number(100 * line["fraction"][name], ".0f") + FIXED + "%"

    return by_shape(lines, names, cell, say)


def others(read: Read, say: Say) -> str:
    """torch.nn's time over that of other libraries, and of ours."""
    found = read("others-cpu")
    if not found:
        return absent(say)
    lines = found["shapes"]
    order = ("keras", "jax", "bptt", "native", "again")
    names = present(lines[0]["ratio"], order)

    def cell(line: dict[str, Any], name: str) -> str:
        return say.number(line["ratio"][name], ".2f")

    return by_shape(lines, names, cell, say)


OF_GPU = {"tanh": "RNN", "gru": "GRU", "lstm": "LSTM"}  # kinds by their names
TYPES = {
    "default": "`float32`",
    "bf16": "`bfloat16`",
    "ieee": "`float32`, IEEE",
    "tf32": "`float32`, TF32",
}


def gpu(read: Read, say: Say) -> str:
    """Each contender against torch.nn, by mode, type of number and steps.

    The noise, torch.nn against itself, is that of them all.
    """
    found = read("layers-gpu")
    if not found:
        return ""  # `gpu_shapes` says so
    modes = {
        "train": say(es="entrenar", en="training"),
        "infer": say(es="usar", en="in use"),
    }
    groups: dict[tuple[str, str], dict[str, list[float]]] = {}
    for line in found["shapes"]:
        T = f"$T = {line['T']}$"
        part = f"{modes[line['mode']]}, {TYPES[line['precision']]}, {T}: "
        ratios = {
            "triton": line["ratio"].get("triton"),
            "triton_graph": in_graphs(line["ratio"], "triton"),
            "bptt": line["ratio"].get("bptt"),
            "bptt_graph": in_graphs(line["ratio"], "bptt"),
            "loop": line["ratio"].get("loop"),
            "again": line["ratio"]["again"],
        }
        for name, ratio in ratios.items():
            if ratio is not None:
                where = "" if name == "again" else part
                kinds = groups.setdefault((where, name), {})
                kinds.setdefault(OF_GPU[line["kind"]], []).append(ratio)
    rows = [
        [
            part + of_gpu(name, say),
            *(
                spread(
                    geometric_mean(kinds[kind]),
                    min(kinds[kind]),
                    max(kinds[kind]),
                    say,
                )
                if kind in kinds
                else "—"
                for kind in KINDS
            ),
        ]
        for (part, name), kinds in sorted(
            groups.items(), key=lambda group: group[0][1] == "again"
        )
    ]
    return table([" ", *KINDS], rows)


def of_gpu(name: str, say: Say) -> str:
    """A contender on a GPU."""
    engine, _, graph = name.partition("_")
    return briefly(engine, say) + say(
        es=", en grafos" if graph else "", en=", in graphs" if graph else ""
    )


def in_graphs(ratio: dict[str, float], engine: str) -> float | None:
    """torch.nn's time over the engine's, both as CUDA graphs, if known."""
    ours, theirs = ratio.get(f"{engine}_graph"), ratio.get("torch_graph")
    return ours / theirs if ours and theirs else None


def gpu_shapes(read: Read, say: Say) -> str:
    """Our kernels against cuDNN, training: by units and batch."""
    return by_batch(read, say, lambda ratio: ratio.get("triton"))


def gpu_graphs(read: Read, say: Say) -> str:
    """The same, each as a CUDA graph: without the time of the launches."""
    if not read("layers-gpu"):
        return ""  # `gpu_shapes` says so
    return by_batch(read, say, lambda ratio: in_graphs(ratio, "triton"))


def by_batch(
    read: Read, say: Say, chosen: Callable[[dict[str, float]], float | None]
) -> str:
    """Training on a GPU, of the longest sequences that were measured."""
    found = read("layers-gpu")
    lines = [
        line
        for line in (found["shapes"] if found else ())
        if (line["mode"], line["precision"]) == ("train", "default")
        and chosen(line["ratio"]) is not None
    ]
    if not lines:
        return absent(say)
    T = max(line["T"] for line in lines)
    ratios = {
        (OF_GPU[line["kind"]], line["H"], line["N"]): chosen(line["ratio"])
        for line in lines
        if line["T"] == T
    }
    sizes = sorted({H for _, H, _ in ratios})
    batches = sorted({N for *_, N in ratios})

    def cell(ratio: float | None) -> str:
        return "—" if ratio is None else say.number(ratio, ".2f")

    rows = [
        [kind, str(H), *(cell(ratios.get((kind, H, N))) for N in batches)]
        for kind in KINDS
        for H in sizes
        if any((kind, H, N) in ratios for N in batches)
    ]
    first, *others = (f"{N}" for N in batches)
    return table([f"$T$: {T}", "$H$", f"$N$: {first}", *others], rows)


def spread(mean: float, least: float, most: float, say: Say) -> str:
    """A mean with its worst and best, in brackets."""
    a, b, c = (say.number(value, ".2f") for value in (mean, least, most))
    return f"{a} ({b}{JOINED}{c})"


def building(read: Read, say: Say) -> str:
    """How long builds and edits took, and may take."""
    found = read("build")
    if not found:
        return absent(say)
    once, twice = found["pages"]
    named = {
        "nothing": say(es="de cero", en="from nothing"),
        "results": say(
            es="en eso, los experimentos, las comprobaciones y las figuras",
            en="of that, experiments, checks and figures",
        ),
        "longest": say(
            es="el que más tarda, con lo que necesita",
            en="the longest of these, with what it needs",
        ),
        "store": say(
            es="con los experimentos ya hechos",
            en="with the experiments done before",
        ),
        "warm": say(es="otra vez, sin cambios", en="again, without changes"),
        "twice_store": say(
            es=f"{twice} páginas en lugar de {once}, con los experimentos",
            en=f"{twice} pages instead of {once}, with the experiments",
        ),
        "twice_warm": say(
            es="esas otra vez, sin cambios", en="those again, without changes"
        ),
        "page": say(
            es="de editar una página a verla, en `make serve`",
            en="from an edited page to seeing it, in `make serve`",
        ),
        "figure": say(
            es="de editar una figura a verla",
            en="from an edited figure to seeing it",
        ),
    }
    limits = found["most"]
    rows = [
        [
            words,
            short(found["seconds"][name], say),
            str(limits[name]) if name in limits else "—",
        ]
        for name, words in named.items()
        if name in found["seconds"]
    ]
    most = say(es="como mucho", en="at most")
    return table([" ", say(es="segundos", en="seconds"), most], rows)


def machines(read: Read, say: Say) -> str:
    """What each file was measured on, and with what: a list."""
    items = []
    for name in (
        *("layers-cpu", "layers-cpu-amd", "story-cpu", "bptt-cpu"),
        *("others-cpu", "layers-gpu", "layers-gpu-h100", "flashrnn-gpu"),
        "build",
    ):
        found = read(name)
        if found:
            device = found.get("device") or found["machine"]["processor"]
            versions = ", ".join(
                f"{library} {version}"
                for library, version in found["versions"].items()
            )
            commit = found.get("commit")
            made = (
                f"{found['date']}, commit `{commit}`"
                if commit
                else found["date"]
            )
            items.append(f"- `{name}`, {made}: {device}; {versions}.")
    return "\n".join(items)


TABLES: dict[str, Callable[[Read, Say], str]] = {
    function.__name__: function
    for function in (
        *(training, inference, packed, amd, memory, story),
        *(rates, others, gpu, gpu_shapes, gpu_graphs, building, machines),
    )
}
