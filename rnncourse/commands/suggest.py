"""Suggest the next word of a text, or write on.

A network is trained once, from the text of the course, which can take a minute
or more, and is kept in the cache. What has been written decides what is
suggested, not only the last word: try it with a text in the singular and in the
plural.
"""

import argparse
import math
from typing import Any

import torch
from torch import Tensor

from rnncourse.commands import Tell, check_seed, kept
from rnncourse.corpus import DIGESTS
from rnncourse.experiments.languages import Reading, made, restored
from rnncourse.text import Predictor, Vocabulary, joined, words


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `suggest` takes."""
    parser.add_argument("text", help='what is already written, "the network"')
    parser.add_argument(
        "--language", choices=sorted(DIGESTS), default="es", help="default: es"
    )
    parser.add_argument(
        "--count", type=int, default=5, help="how many words; default: 5"
    )
    parser.add_argument(
        "--start", default="", help="letters that the word begins with"
    )
    parser.add_argument(
        "--write",
        type=int,
        metavar="N",
        help="write up to N words and signs more, to the end of the paragraph",
    )
    parser.add_argument(
        "--temperature", type=float, default=0.7, help="default: 0.7"
    )
    parser.add_argument(
        "--top-k", type=int, help="draw from so many; default: all"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of what is drawn; default: 0"
    )


def run(args: argparse.Namespace, tell: Tell) -> list[dict[str, Any]]:
    """A row for each suggestion, or one with the text written on.

    Raises:
        ValueError: if a number is out of range.
        ModuleNotFoundError: if an extra is not installed.
    """
    vocabulary = Reading(args.language).vocabulary
    _checked(args, len(vocabulary))
    predictor = predictor_of(args.language, vocabulary, tell)
    predictor.read(args.text)
    unknown, total = predictor.unknown, len(words(args.text))
    if unknown:
        tell(
            f"{len(unknown)} of {total} unknown in {args.language!r}: "
            f"{', '.join(dict.fromkeys(unknown))}"
        )
    if args.write is None:
        return [
            {"word": word, "probability": p}
            for word, p in predictor.suggest(args.count, args.start)
        ]
    generator = torch.Generator().manual_seed(args.seed)
    drawn = predictor.write(args.write, args.temperature, args.top_k, generator)
    return [{"text": joined([*words(args.text), *drawn])}]


def _checked(args: argparse.Namespace, V: int) -> None:
    for name, most in (("count", V), ("write", math.inf), ("top_k", V - 1)):
        given = getattr(args, name)
        if given is not None and not 1 <= given <= most:
            least = "of at least 1" if most == math.inf else f"in 1..{most}"
            option = name.replace("_", "-")
            raise ValueError(f"expected --{option} {least}, got {given}")
    if not 0 < args.temperature < math.inf:
        raise ValueError(
            "expected --temperature above 0, a finite one, got "
            f"{args.temperature}"
        )
    check_seed(args.seed)


def predictor_of(
    language: str, vocabulary: Vocabulary, tell: Tell
) -> Predictor:
    """The network of a language, kept or trained now."""

    def train() -> dict[str, Tensor]:
        model, _ = made(language, "gru", 0)
        return {name: p.detach() for name, p in model.named_parameters()}

    weights = kept(
        f"on the text of the course in {language!r}",
        {"model": "gru", "text": DIGESTS[language]},
        "rnncourse.experiments.languages",
        train,
        tell,
    )
    arrays = {name: tensor.numpy() for name, tensor in weights.items()}
    data = {"kind": "gru", "forms": vocabulary.forms[2:], "weights": arrays}
    return Predictor(*restored(data))
