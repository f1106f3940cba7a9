"""Figures of the page on speed, from what `benchmarks` recorded."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from rnncourse.figures.style import Drawing, canvas, numbered, palette
from rnncourse.recorded import KINDS, RUNGS, results
from rnncourse.words import Say

MARKS = ("o", "s", "D", "^")
DASHES = ("-", "--", "-.", ":")
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
ENGINES = ("bptt", "native", "loop")
LADDERS = ((1, 64, 64), (32, 128, 128))  # N, T, H


def _recorded(name: str) -> dict[str, Any]:
    found = results(name)
    if found is None:
        raise ValueError(
            f"expected benchmarks/results/{name}.json, got no such file: "
            "`make bench RECORD=1` writes it"
        )
    return found


def _ratios(axes: Axes, say: Say, values: list[float]) -> None:
    """A logarithmic axis of ratios to torch.nn, whose own is a line at 1."""
    low, high = min(*values, 1), max(*values, 1)
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks([tick for tick in TICKS if low / 1.6 < tick < high * 1.6])
    axes.set_ylim(low / 1.35, high * 1.35)
    numbered(axes.yaxis, say, "g")
    axes.axhline(1, color=palette().ink, lw=0.9, ls="-", zorder=0)


def shapes(say: Say) -> Drawing:
    """Training: torch.nn's time over ours, shape by shape."""
    lines = [
        line
        for line in _recorded("layers-cpu")["shapes"]
        if line["mode"] == "train"
    ]
    groups = sorted({(line["H"], line["T"]) for line in lines})
    batches = sorted({line["N"] for line in lines})
    drawn = [name for name in ENGINES if all(name in x["ratio"] for x in lines)]
    figure, panels = canvas(5.6, 7.2, nrows=3, sharex=True)
    for axes, kind in zip(panels, KINDS, strict=True):
        mine = {
            (line["H"], line["T"], line["N"]): line["ratio"]
            for line in lines
            if line["kind"] == kind
        }
        for k, name in enumerate(drawn):
            for g, (H, T) in enumerate(groups):
                found = [
                    (g + 0.19 * (j - (len(batches) - 1) / 2), mine[H, T, N])
                    for j, N in enumerate(batches)
                    if (H, T, N) in mine
                ]
                axes.plot(
                    [x for x, _ in found], [ratio[name] for _, ratio in found],
                    color=palette().series[k], ls=DASHES[k], lw=1.2,
                    marker=MARKS[k], ms=4.5, label=None if g else name,
                )  # fmt: skip
        every = [ratio[name] for ratio in mine.values() for name in drawn]
        _ratios(axes, say, every)
        axes.set_title(kind)
        axes.tick_params(axis="x", length=0)
        for g in range(1, len(groups)):
            axes.axvline(g - 0.5, color=palette().faint, lw=0.4, ls="-")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, ncols=len(drawn), fontsize=11,
        loc="outside upper right",
    )  # fmt: skip
    panels[-1].set_xticks(
        range(len(groups)), [f"{H}\n{T}" for H, T in groups], fontsize=11
    )
    panels[-1].set_xlabel(
        say(
            es="unidades $H$ y, debajo, pasos $T$",
            en="units $H$ and, below, steps $T$",
        )
    )
    most = {
        kind: max(x["ratio"]["bptt"] for x in lines if x["kind"] == kind)
        for kind in KINDS
    }
    words = [f"{kind} {say.number(most[kind], '.1f')}" for kind in KINDS]
    engines = ", ".join(drawn)
    return Drawing(
        figure,
        say(
            es="Tres gráficas, una por clase de capa: cuántas veces más rápida "
            f"que torch.nn entrena cada una de estas: {engines}; en "
            f"{len(groups)} grupos de formas y lotes de {batches[0]} a "
            f"{batches[-1]} secuencias. Lo más que gana bptt: "
            f"{'; '.join(words)}.",
            en="Three plots, one for each kind of layer: how many times as "
            f"fast as torch.nn each of these trains: {engines}; in "
            f"{len(groups)} groups of shapes, with batches of {batches[0]} to "
            f"{batches[-1]} sequences. The most that bptt gains: "
            f"{'; '.join(words)}.",
        ),
        say(
            es="Entrenar: tiempo de `torch.nn` dividido por el de cada una, "
            "forma por forma; arriba de la línea, más rápida. En cada grupo, "
            f"de izquierda a derecha, lotes de "
            f"{_list(batches, say)} secuencias.",
            en="Training: the time of `torch.nn` over that of each, shape by "
            "shape; above the line, faster. In each group, from left to "
            f"right, batches of {_list(batches, say)} sequences.",
        ),
    )


def _list(values: list[int], say: Say) -> str:
    words = [str(value) for value in values]
    return ", ".join(words[:-1]) + say(es=" y ", en=" and ") + words[-1]


def ladder(say: Say) -> Drawing:
    """One idea after another: torch.nn's time over the step's."""
    lines = {
        (line["kind"], line["N"], line["T"], line["H"]): line["ratio"]
        for line in _recorded("story-cpu")["shapes"]
    }
    rungs = [r for r in RUNGS if any(r in ratio for ratio in lines.values())]
    figure, panels = canvas(5.6, 6.4, nrows=2, sharex=True)
    for axes, shape in zip(panels, LADDERS, strict=True):
        every = []
        for k, kind in enumerate(KINDS):
            ratio = lines[kind, *shape]
            at = [j for j, rung in enumerate(rungs) if rung in ratio]
            values = [ratio[rungs[j]] for j in at]
            every += values
            axes.plot(
                at, values, color=palette().series[k], ls=DASHES[k],
                marker=MARKS[k], ms=5, label=kind,
            )  # fmt: skip
        _ratios(axes, say, every)
        N, T, H = shape
        axes.set_title(f"$N = {N}$, $T = {T}$, $H = {H}$")
    panels[0].legend(ncols=3, fontsize=11, loc="upper left")
    panels[1].set_xticks(range(len(rungs)))
    panels[1].set_xlabel(say(es="paso de la tabla", en="step of the table"))
    first, last = rungs[0], rungs[-1]
    told = [
        f"{kind} {say.number(lines[kind, *LADDERS[0]][first], '.2f')} → "
        f"{say.number(lines[kind, *LADDERS[0]][last], '.2f')}"
        for kind in KINDS
    ]
    return Drawing(
        figure,
        say(
            es="Dos gráficas, de un lote de una secuencia y de uno de 32: "
            "cuántas veces más rápida que torch.nn es la capa en cada paso de "
            "la tabla. Las tres curvas suben de un paso al otro casi siempre. "
            f"Del primero al último, con una secuencia: {'; '.join(told)}.",
            en="Two plots, of a batch of one sequence and of one of 32: how "
            "many times as fast as torch.nn the layer is at each step of the "
            "table. The three curves rise from one step to the next nearly "
            f"always. From first to last, with one sequence: "
            f"{'; '.join(told)}.",
        ),
        say(
            es="La misma capa, un paso de la tabla tras otro: tiempo de "
            "`torch.nn` dividido por el suyo, al entrenar. Arriba de la "
            "línea, más rápida que `torch.nn`.",
            en="The same layer, one step of the table after another: the time "
            "of `torch.nn` over its own, training. Above the line, faster "
            "than `torch.nn`.",
        ),
    )


def model(say: Say) -> Drawing:
    """What calls and products foretell, and what was measured."""
    found = _recorded("story-cpu")
    figure, axes = canvas(5.6, 4.6)
    every: list[float] = []
    for k, kind in enumerate(KINDS):
        for ours in (True, False):
            pairs = [
                (_foretold(line, name, found["call_us"]), line["ms"][name])
                for line in found["shapes"]
                for name in line["ms"]
                if line["kind"] == kind
                and name not in ("again", "native")
                and (name != "torch") == ours
            ]
            every += [value for pair in pairs for value in pair]
            colour = palette().series[k]
            axes.plot(
                [x for x, _ in pairs], [y for _, y in pairs], ls="",
                marker=MARKS[k], ms=6, color=colour, mew=1.4,
                mfc=colour if ours else "none",
                label=kind if ours else f"{kind}, torch.nn",
            )  # fmt: skip
    ends = [min(every) / 1.5, max(every) * 1.5]
    axes.plot(ends, ends, color=palette().ink, lw=0.9, ls="-", zorder=0)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        numbered(axis, say, "g")
    axes.set_xlabel(
        say(
            es=r"previsto, $n\tau + F/R$, ms",
            en=r"foretold, $n\tau + F/R$, ms",
        )
    )
    axes.set_title(say(es="medido, ms", en="measured, ms"))
    axes.legend(fontsize=11, loc="lower right")
    points = len(every) // 2
    return Drawing(
        figure,
        say(
            es=f"{points} puntos, uno por versión y forma: el tiempo previsto "
            "en horizontal y el medido en vertical, en escalas logarítmicas. "
            "Casi todos están cerca de la diagonal; los de la LSTM de torch.nn "
            "con una secuencia, muy por encima.",
            en=f"{points} points, one for each version and shape: the foretold "
            "time across and the measured one up, on logarithmic scales. "
            "Nearly all are close to the diagonal; those of torch.nn's LSTM "
            "with one sequence, far above it.",
        ),
        say(
            es=r"Lo que anuncian $n$ llamadas de costo $\tau$ y $F$ cuentas al "
            "ritmo $R$, contra lo medido; la línea es la igualdad. Huecos, "
            "los puntos de `torch.nn`.",
            en=r"What $n$ calls at a cost of $\tau$ and $F$ operations at the "
            "rate $R$ foretell, against what was measured; the line is "
            "equality. Hollow, the points of `torch.nn`.",
        ),
    )


def _foretold(line: dict[str, Any], name: str, call_us: float) -> float:
    """Milliseconds, by calls and products alone."""
    return line["operations"][name] * call_us / 1e3 + line["product_ms"]
