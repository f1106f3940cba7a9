"""Figures, claims and values for whoever shows them, through one store.

`python -m rnncourse.evidence` reads jobs from standard input, each a line of
JSON, and computes those that the store lacks. It writes a line when it has done
one: how long that took, or why it failed. The result is read from the store.
"""

import ast
import importlib
import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, cast

from rnncourse import recorded, store
from rnncourse.words import Language

Kind = Literal["figures", "claims", "experiments"]
MEASURED = "performance"  # the figures that show what was recorded
# Chapters, and the widgets, that use the experiments of another.
SHARING = {
    "gradients": "training",
    "gru": "training",
    "lstm": "training",
    "play": "text",
}


@dataclass(frozen=True)
class Job:
    """One result: a figure in a language and a scheme, a claim, or values.

    `name` is `<stem>.<function>`.
    """

    kind: Kind
    name: str
    language: str = ""
    scheme: str = ""

    @property
    def group(self) -> str:
        """Of those that share experiments: one process computes them."""
        chapter = self.name.partition(".")[0]
        return SHARING.get(chapter, chapter)

    @property
    def function(self) -> str:
        """The full name of the function."""
        return f"{store.PACKAGE}.{self.kind}.{self.name}"

    def arguments(self, root: Path = store.ROOT) -> list[Any]:
        """What the store's key holds besides the name."""
        if self.kind == "figures":
            shown = self.name.startswith(f"{MEASURED}.")
            files = [recorded.digest(root)] if shown else []
            return [self.language, self.scheme, *files]
        return [[], {}] if self.kind == "experiments" else []

    def entry(self, root: Path = store.ROOT) -> Path:
        """Where the result is kept."""
        return store.entry(self.function, *self.arguments(root), root=root)


def names(kind: Kind, root: Path = store.ROOT) -> list[str]:
    """Every `<stem>.<function>` of that kind, in the order of the code."""
    found = []
    folder = root / store.PACKAGE / kind
    for path in sorted(folder.glob("*.py")):
        if path.stem in ("__init__", "style"):
            continue
        found += [f"{path.stem}.{n}" for n in _public(path.read_text("utf-8"))]
    return found


@lru_cache(maxsize=128)
def _public(code: str) -> tuple[str, ...]:
    return tuple(
        node.name
        for node in store.tree(code).body
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
    )


def compute(job: Job) -> Any:
    """The result of a job, from the store or computed now.

    Raises:
        ValueError: if a claim does not hold or a figure lacks its words.
    """
    module, _, name = job.function.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    if job.kind == "experiments":
        return function()
    fresh = partial(_claim if job.kind == "claims" else _figure, job, function)
    return store.ask(job.function, fresh, *job.arguments())


def _claim(job: Job, function: Callable[[], Any]) -> dict[str, Any]:
    return function().record(job.name)


def _figure(job: Job, function: Callable[..., Any]) -> dict[str, Any]:
    from rnncourse.figures.style import Scheme, render

    return render(
        function, cast(Language, job.language), cast(Scheme, job.scheme)
    )


def main() -> None:
    """Compute the jobs of standard input, one a line, until it ends."""
    import torch

    torch.set_num_threads(1)
    for line in sys.stdin:
        job, began = Job(**json.loads(line)), time.perf_counter()
        report: dict[str, Any] = {"done": asdict(job)}
        try:
            compute(job)
        except Exception as error:
            text = "".join(traceback.format_exception(error)[-3:])
            report["reason"] = f"{type(error).__name__}: {error}"
            report["trace"] = text
            if isinstance(error, OSError):
                place = str(error.filename or "")
                report["file"] = [error.errno, error.strerror, place]
        report["seconds"] = time.perf_counter() - began
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
