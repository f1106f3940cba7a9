"""The time line of recurrent networks, from the bibliography's own years."""

from rnncourse.figures.style import Drawing, palette, stage
from rnncourse.references import BY_KEY
from rnncourse.words import Say

GAP = 0.44  # inches between two entries


def timeline(say: Say) -> Drawing:
    """What came when: one line per milestone."""
    events = [
        ("rumelhart1986", say(es="retropropagación", en="backpropagation")),
        ("williams1989", say(es="RTRL: gradiente en línea", en="RTRL")),
        ("elman1990", say(es="red recurrente simple", en="simple RNN")),
        ("werbos1990", say(es="BPTT, explicada", en="BPTT, explained")),
        (
            "hochreiter1991",
            say(es="el gradiente se desvanece", en="the gradient vanishes"),
        ),
        ("hochreiter1997", say(es="LSTM", en="LSTM")),
        ("schuster1997", say(es="redes bidireccionales", en="bidirectional")),
        ("gers2000", say(es="compuerta de olvido", en="forget gate")),
        ("graves2013", say(es="voz: LSTM profundas", en="speech: deep LSTMs")),
        ("pascanu2013", say(es="recorte del gradiente", en="clipping")),
        ("cho2014", say(es="GRU", en="GRU")),
        ("vaswani2017", say(es="transformador", en="transformer")),
        ("beck2024", "xLSTM"),
        ("feng2024", "minGRU, minLSTM"),
    ]
    height = GAP * len(events) + 0.3
    figure, axes = stage(5.6, height)
    line, ink, faint = palette().series[0], palette().ink, palette().faint
    top = height - 0.36
    axes.plot([1.0, 1.0], [top - GAP * (len(events) - 1), top], color=faint,
              lw=1.2, ls="-", zorder=1)  # fmt: skip
    last = 0
    for row, (key, words) in enumerate(events):
        reference, y = BY_KEY[key], top - GAP * row
        new = reference.year != last
        last = reference.year
        axes.plot([1.0], [y], "o", color=line, ms=7, zorder=2)
        if new:
            axes.text(0.82, y, str(reference.year), ha="right", va="center",
                      color=ink, fontsize=12.5)  # fmt: skip
        axes.text(1.22, y, words, va="center", color=ink, fontsize=12.5)
        who = reference.authors[0].split(". ")[-1]
        if len(reference.authors) > 2:
            who += " et al."
        elif len(reference.authors) == 2:
            who += f", {reference.authors[1].split('. ')[-1]}"
        axes.text(5.55, y, who, va="center", ha="right", color=ink,
                  fontsize=11)  # fmt: skip
    listed = "; ".join(f"{BY_KEY[k].year}, {words}" for k, words in events)
    return Drawing(
        figure,
        say(es=f"Línea de tiempo: {listed}.", en=f"Time line: {listed}."),
        say(
            es="Casi cuarenta años en catorce puntos. Las distancias no están "
            "a escala: cinco de los catorce caben entre 1986 y 1991.",
            en="Almost forty years in fourteen points. The distances are not "
            "to scale: five of the fourteen fall between 1986 and 1991.",
        ),
    )
