"""Train a recurrent network on a generated task.

adding: add the two marked numbers of a sequence.
copy: repeat ten symbols after a pause.
agreement: say the verb of a sentence, in the number of its subject.

Each row of the result has the loss of that step, the loss on held-out
sequences, and `memoryless`, the least of a network that knows the task and has
kept nothing of the sequence but, in the copy task, when to answer.
With --checkpoint the training is kept at each row; with --resume it goes on
from there, to the same numbers as if nothing had happened.
"""

import argparse
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.checkpoints import load_tree, save_tree
from rnncourse.commands import check_seed
from rnncourse.data import adding, agreement, copy, encoded, vocabulary
from rnncourse.devices import device
from rnncourse.layers import GRU, LSTM, RNN
from rnncourse.lstm import set_forget_bias
from rnncourse.training import Mixed, Network, Place, evaluate, fit, progress

KINDS: dict[str, Callable[..., nn.Module]] = {
    "RNN": RNN,
    "GRU": GRU,
    "LSTM": LSTM,
}
HELD_OUT, HELD_OUT_SEED = 500, 2**31  # sequences
LENGTHS = {"adding": 25, "copy": 5, "agreement": 1}
SHORTEST = {"adding": 2, "copy": 1, "agreement": 0}
MODEL = (
    "task", "kind", "hidden_size", "layers", "length", "language",
    "batch_size", "rate", "clip", "bfloat16", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What is learnt: sequences, their sizes, and the loss.

    Attributes:
        draw: x, (T, N, D), and y of N sequences from a generator.
        sizes: D and Q.
        last: whether only the last step has an output.
        loss: of output and target.
        memoryless: the least loss of who kept nothing of the sequence.
    """

    draw: Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
    sizes: tuple[int, int]
    last: bool
    loss: Callable[[Tensor, Tensor], Tensor]
    memoryless: float


def _adding(T: int, language: str) -> Task:
    loss = nn.functional.mse_loss
    return Task(lambda N, g: adding(T, N, g), (2, 1), True, loss, 1 / 6)


def _copy(T: int, language: str, symbols: int = 8, length: int = 10) -> Task:
    size = symbols + 2

    def draw(N: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = copy(T, N, generator, symbols, length)
        return nn.functional.one_hot(x, size).float(), y

    least = length * math.log(symbols) / (T + 2 * length)
    return Task(draw, (size, size), False, _cross_entropy, least)


def _agreement(clauses: int, language: str) -> Task:
    every = agreement(1000, language, clauses, torch.Generator().manual_seed(0))
    words = vocabulary(every)
    verbs = {word for s in every for word in (s.words[-1], s.wrong)}

    def draw(N: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        e = encoded(agreement(N, language, clauses, generator), words)
        return nn.functional.one_hot(e[:-1], len(words)).float(), e[-1]

    sizes, least = (len(words), len(words)), math.log(len(verbs))
    return Task(draw, sizes, True, _cross_entropy, least)


def _cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits.flatten(0, -2), y.flatten())


TASKS = {"adding": _adding, "copy": _copy, "agreement": _agreement}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `train` takes."""
    add = parser.add_argument
    add("task", choices=TASKS)
    add("--kind", choices=KINDS, default="LSTM", help="of layer: LSTM")
    add("--hidden-size", type=int, default=32, metavar="H", help="32")
    add("--layers", type=int, default=1, metavar="L", help="1")
    add(
        "--length",
        type=int,
        metavar="T",
        help="adding: steps, 25; copy: the pause, 5; agreement: clauses, 1",
    )
    add(
        "--language",
        choices=["es", "en"],
        default="es",
        help="of the sentences: es",
    )
    add("--batch-size", type=int, default=64, metavar="N", help="64")
    add("--steps", type=int, default=1000, help="of the optimiser: 1000")
    add("--rate", type=float, default=0.01, help="of learning: 0.01")
    add("--clip", type=float, default=1.0, help="norm of the gradient: 1.0")
    add("--seed", type=int, default=0, help="0")
    add(
        "--bfloat16",
        action="store_true",
        help="matrix products in half the bits, for recent GPUs",
    )
    add("--every", type=int, default=100, help="steps from row to row: 100")
    add("--checkpoint", type=Path, metavar="FILE", help="keep the training")
    add("--resume", action="store_true", help="go on from the checkpoint")


def run(
    args: argparse.Namespace, tell: Callable[[str], None]
) -> list[dict[str, Any]]:
    """A row for each `every` steps, and for the last.

    Raises:
        ValueError: on what does not make a training.
        FileNotFoundError: if there is no checkpoint to resume.
        OSError: if the checkpoint cannot be written.
    """
    if args.length is None:
        args.length = LENGTHS[args.task]
    _checked(args)
    with torch.random.fork_rng():
        torch.manual_seed(args.seed)
        training = _Training(args)
    if args.resume:
        training.load()
        tell(f"resumed after step {training.place.number}")
    if training.place.number >= args.steps:
        raise ValueError(
            f"expected more than {training.place.number} steps, which the "
            f"checkpoint has, got {args.steps}: raise --steps"
        )
    try:
        return list(training.rows())
    except KeyboardInterrupt:
        if args.checkpoint and args.checkpoint.exists():
            tell(f"{args.checkpoint} is whole; go on from it with --resume")
        raise


def _checked(args: argparse.Namespace) -> None:
    sizes = ("hidden_size", "layers", "batch_size", "steps", "every")
    for name, least in (
        *((name, 1) for name in sizes),
        ("length", SHORTEST[args.task]),
    ):
        if getattr(args, name) < least:
            raise ValueError(
                f"expected --{name.replace('_', '-')} to be at least {least}, "
                f"got {getattr(args, name)}"
            )
    if not 0 < args.rate < math.inf:
        raise ValueError(
            f"expected --rate above 0, a finite one, got {args.rate}"
        )
    if not args.clip > 0:
        raise ValueError(f"expected --clip above 0, got {args.clip}")
    check_seed(args.seed)
    if args.resume and not args.checkpoint:
        raise ValueError("expected --checkpoint with --resume, got none")
    if args.checkpoint and args.checkpoint.exists() and not args.resume:
        raise ValueError(
            f"expected no file at {args.checkpoint} yet, got one: go on from "
            "it with --resume, or choose another"
        )
    if args.checkpoint:
        folder = next(filter(Path.exists, args.checkpoint.parents), Path())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise ValueError(
                f"expected to write --checkpoint {args.checkpoint}, got a "
                f"folder {folder} that lets nobody; choose another"
            )


class _Training:
    """A network, what it learns, and how far it is."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.here = args, device()
        self.about = {name: str(getattr(args, name)) for name in MODEL}
        self.task = TASKS[args.task](args.length, args.language)
        inputs, outputs = self.task.sizes
        layer = KINDS[args.kind](inputs, args.hidden_size, args.layers)
        if isinstance(layer, LSTM):
            set_forget_bias(layer, 1.0)
        self.network = Network(layer, outputs, self.task.last).to(self.here)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=args.rate
        )
        self.generator = torch.Generator().manual_seed(args.seed)
        self.place = Place()

    def load(self) -> None:
        tree = load_tree(self.args.checkpoint, self.about)
        self.network.load_state_dict(tree["network"])
        self.optimizer.load_state_dict(tree["optimizer"])
        self.generator.set_state(tree["generator"])
        self.place = Place(tree["number"])

    def save(self) -> None:
        tree = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "number": self.place.number,
        }
        save_tree(self.args.checkpoint, tree, self.about)

    def drawn(
        self, N: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        x, y = self.task.draw(N, generator)
        return x.to(self.here), y.to(self.here)

    def rows(self) -> Iterator[dict[str, Any]]:
        args, task = self.args, self.task
        other = torch.Generator().manual_seed(HELD_OUT_SEED)
        held_out = [self.drawn(HELD_OUT, other)]
        left = range(self.place.number, args.steps)
        steps = fit(
            Mixed(self.network) if args.bfloat16 else self.network,
            (self.drawn(args.batch_size, self.generator) for _ in left),
            task.loss,
            self.optimizer,
            clip=args.clip,
            place=self.place,
        )
        for step in progress(steps, args.steps):
            if step.number % args.every and step.number < args.steps:
                continue
            if args.checkpoint:
                self.save()
            yield {
                "step": step.number,
                "loss": step.loss,
                "held_out": evaluate(self.network, held_out, task.loss),
                "memoryless": task.memoryless,
            }
