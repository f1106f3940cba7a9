"""How far this machine is from the published figures: `make bench`.

A part of the shapes of `layers`, all of `story` and all of `bptt` are measured
here, and set beside what is published of the same shapes, line by line. A time
says how fast the machine is; a ratio, torch.nn's time over another's, should
be about the same on any. It is `as published` within TOLERANCE, or within what
torch.nn against itself strays here, if that is more.

`python -m benchmarks` compares, in less than ten minutes. With `--record` it
measures everything and writes it into results/, in fifteen.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks import bptt, layers, story
from benchmarks.about import RESULTS
from benchmarks.layers import geomean

TOLERANCE = 1.1
QUIET = 1.05  # of torch.nn's time over its own
BATCHES = {"train": (1, 32), "infer": (1, 32), "packed": (32,)}
STORY_SECONDS = 2.0  # for a kind and shape
RECORDED = ("layers", "story", "bptt")
Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One comparison: a time in ms, or a ratio of times."""

    name: str
    published: float
    here: float
    time: bool = False

    @property
    def better(self) -> float:
        """How many times as good as published."""
        quotient = self.here / self.published
        return 1 / quotient if self.time else quotient

    def verdict(self, tolerance: float) -> str:
        """In words."""
        if 1 / tolerance <= self.better <= tolerance:
            return "as published"
        words = ("faster", "slower") if self.time else ("better", "worse")
        return words[self.better < 1]


def chosen(mode: str) -> list[tuple[int, int, int]]:
    """The shapes of a mode that are measured here; none is to be compiled."""
    return [
        shape
        for shape in layers.MODES[mode]
        if shape[0] in BATCHES[mode]
        and not (mode == "train" and shape in layers.COMPILED)
    ]


def key(line: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two lines the same case."""
    names = ("kind", "mode", "N", "T", "H")
    return tuple(line.get(name) for name in names)


def matched(published: Lines, here: Lines) -> list[tuple[Any, Any]]:
    """The cases that both have."""
    known = {key(line): line for line in published}
    return [(known[key(line)], line) for line in here if key(line) in known]


def grouped(pairs: Iterable[Any]) -> dict[str, list[tuple[Any, Any]]]:
    """By kind and mode, in the order of the lines here."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    for pair in pairs:
        name = f"{pair[1]['kind']} {pair[1].get('mode', '')}".strip()
        found.setdefault(name, []).append(pair)
    return found


def both(
    name: str,
    pairs: list[tuple[Any, Any]],
    of: Callable[[dict[str, Any]], float | None],
    time: bool = False,
) -> Iterator[Row]:
    """The geometric means over the cases where both have a number, if any."""
    numbers = [(of(a), of(b)) for a, b in pairs]
    known = [(a, b) for a, b in numbers if a is not None and b is not None]
    if known:
        a, b = (geomean(list(side)) for side in zip(*known, strict=True))
        yield Row(name, a, b, time)


def of_layers(published: Lines, here: Lines) -> Iterator[Row]:
    """Torch.nn's time, then every contender's ratio."""
    for name, pairs in grouped(matched(published, here)).items():
        yield from both(
            f"{name}, torch.nn, ms", pairs, lambda line: line["torch_ms"], True
        )
        for who in dict.fromkeys(n for _, b in pairs for n in b["ratio"]):
            yield from both(
                f"{name}, {who}",
                pairs,
                lambda line, who=who: line["ratio"].get(who),
            )


def of_story(published: Lines, here: Lines) -> Iterator[Row]:
    """The gain of each step."""
    for name, pairs in grouped(matched(published, here)).items():
        for rung in pairs[0][1]["gain"]:
            yield from both(
                f"{name}, gain of {rung}",
                pairs,
                lambda line, rung=rung: line["gain"].get(rung),
            )


def of_bptt(published: dict[str, Any], here: dict[str, Any]) -> Iterator[Row]:
    """The longest sequence, and what doubling it costs."""
    for way in ("there", "back"):
        a, b = (found[f"{way}_ms"][-1] for found in (published, here))
        yield Row(f"bptt, way {way}, ms", a, b, time=True)
    name = "back_over_there"
    yield Row("bptt, back over there", published[name], here[name])


def noise(rows: Iterable[Row]) -> float:
    """The most that torch.nn against itself strays from 1 here, as a factor."""
    again = [row.here for row in rows if row.name.endswith(", again")]
    return max((max(ratio, 1 / ratio) for ratio in again), default=1.0)


def report(rows: list[Row]) -> str:
    """The table, and what it comes to."""
    tolerance = max(TOLERANCE, noise(rows))
    width = max(len(row.name) for row in rows)
    lines = [f"{'':{width}}  published      here  verdict"]
    for row in rows:
        said = row.verdict(tolerance)
        if said != "as published":
            said = f"{said}: x {row.better:.2f}"
        lines.append(
            f"{row.name:{width}}  {row.published:9.3f} {row.here:9.3f}  {said}"
        )
    times = [row.better for row in rows if row.time]
    verdicts = [row.verdict(tolerance) for row in rows if not row.time]
    counts = [verdicts.count(word) for word in ("as published", "better")]
    lines += [
        "",
        f"With torch.nn's layers and bptt, this machine is x "
        f"{geomean(times):.2f} as fast as the one that is published.",
        f"Of {len(verdicts)} ratios, {counts[0]} are as published (within x "
        f"{tolerance:.2f}), {counts[1]} better, "
        f"{len(verdicts) - sum(counts)} worse.",
    ]
    if noise(rows) > QUIET:
        lines.append(
            "Here torch.nn strays from itself: what else this machine does "
            "disturbs the measurement."
        )
    return "\n".join(lines)


def published(name: str) -> dict[str, Any]:
    """What is recorded."""
    path = RESULTS / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def compare() -> None:
    """Measure, and print the report."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = []
    for mode in layers.MODES:
        for kind in layers.KINDS:
            for shape in chosen(mode):
                found.append(layers.measure(kind, *shape, mode))
                print(layers.row(found[-1]), flush=True)
    rows = [
        *of_layers(published(layers.name())["shapes"], found),
        *of_story(published("story-cpu")["shapes"], story.lines(STORY_SECONDS)),
        *of_bptt(published("bptt-cpu"), bptt.measured()),
    ]
    print("\n" + report(rows))


def main() -> None:
    """Compare; or record, each part in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--record", action="store_true", help="write into results/"
    )
    if not parser.parse_args().record:
        return compare()
    for part in RECORDED:
        subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=True)


if __name__ == "__main__":
    main()
