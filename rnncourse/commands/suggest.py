"""Suggest the next word of a text, or write on.

A network is trained once, from the text of the course, in less than a minute;
it is kept in the user's cache folder. What has been written decides what is
suggested, not only the last word: try it with a text in the singular and in
the plural.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from rnncourse.checkpoints import load, save
from rnncourse.corpus import DIGESTS
from rnncourse.experiments.languages import made, plain, restored
from rnncourse.text import Predictor, joined, words

Tell = Callable[[str], None]


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
        "--write", type=int, metavar="N", help="write N words and signs more"
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
        ValueError: if a number is out of range, or what is kept is no model.
    """
    predictor = predictor_of(args.language, tell)
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
    if args.write < 1:
        raise ValueError(f"expected --write of at least 1, got {args.write}")
    generator = torch.Generator().manual_seed(args.seed)
    drawn = predictor.write(args.write, args.temperature, args.top_k, generator)
    return [{"text": joined([*words(args.text), *drawn])}]


def predictor_of(language: str, tell: Tell) -> Predictor:
    """The kept network of a language, trained and kept if there is none.

    Raises:
        ValueError: if the file is no model of this text; it names the file.
    """
    path = kept_at(language)
    about = {"model": "gru", "corpus": DIGESTS[language]}
    if path.exists():
        weights, found = load(path, about)
    else:
        tell(f"training on the text of the course in {language!r} ...")
        with torch.random.fork_rng():
            model, reading = made(language, "gru", 0)
        weights = {k: p.detach() for k, p in model.named_parameters()}
        forms = plain(model, reading.vocabulary)["forms"]
        found = {**about, "forms": json.dumps(forms, ensure_ascii=False)}
        try:
            save(path, weights, found)
            tell(f"kept in {path}")
        except OSError as error:
            tell(f"not kept: {error}")
    data = {"kind": "gru", "forms": json.loads(found["forms"])}
    arrays = {name: tensor.numpy() for name, tensor in weights.items()}
    return Predictor(*restored(data | {"weights": arrays}))


def kept_at(language: str) -> Path:
    """The file of a language's network, of this text and no other."""
    from platformdirs import user_cache_path

    name = f"suggest-{language}-{DIGESTS[language]}.safetensors"
    return user_cache_path("rnncourse") / name
