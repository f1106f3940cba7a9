"""Figures, claims and values for whoever shows them, through one store.

`python -m rnncourse.evidence` reads jobs, a JSON list, from standard input and
computes those that the store lacks, all in one process. It writes a line when
it begins a job and a line when one fails; the result is read from the store.
"""

import ast
import importlib
import json
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from rnncourse import store
from rnncourse.words import Language

Kind = Literal["figures", "claims", "experiments"]


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
    def function(self) -> str:
        """The full name of the function."""
        return f"{store.PACKAGE}.{self.kind}.{self.name}"

    def arguments(self) -> list[Any]:
        """What the store's key holds besides the name."""
        if self.kind == "figures":
            return [self.language, self.scheme]
        return [[], {}] if self.kind == "experiments" else []

    def entry(self, root: Path = store.ROOT) -> Path:
        """Where the result is kept."""
        return store.entry(self.function, *self.arguments(), root=root)


def names(kind: Kind, root: Path = store.ROOT) -> list[str]:
    """Every `<stem>.<function>` of that kind, in the order of the code."""
    found = []
    folder = root / store.PACKAGE / kind
    for path in sorted(folder.glob("*.py")):
        if path.stem in ("__init__", "style"):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name[0] != "_":
                found.append(f"{path.stem}.{node.name}")
    return found


def compute(job: Job) -> Any:
    """The result of a job, from the store or computed now.

    Raises:
        ValueError: if a claim does not hold or a figure lacks its words.
    """
    module, _, name = job.function.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    if job.kind == "experiments":
        return function()

    def fresh() -> Any:
        if job.kind == "claims":
            return function().record(job.name)
        from rnncourse.figures.style import Scheme, render

        return render(
            function, cast(Language, job.language), cast(Scheme, job.scheme)
        )

    return store.ask(job.function, fresh, *job.arguments())


def main() -> int:
    """Compute the jobs of standard input; 1 if one failed."""
    import torch

    torch.set_num_threads(1)
    failed = 0
    for given in json.load(sys.stdin):
        job = Job(**given)
        print(json.dumps({"begin": asdict(job)}), flush=True)
        try:
            compute(job)
        except Exception as error:
            failed = 1
            text = "".join(traceback.format_exception(error)[-3:])
            reason = f"{type(error).__name__}: {error}"
            report = {"failed": asdict(job), "reason": reason, "trace": text}
            print(json.dumps(report), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
