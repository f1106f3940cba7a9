"""Notebooks executed once for their content.

The outputs are kept under what they depend on: the code, all it imports from
the package, and the versions. Changed words or comments run nothing.
"""

import ast
import asyncio
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

from hooks.environment import allowed
from rnncourse import store

TIMEOUT = 300  # seconds that one cell may take
WORKERS = 2  # kernels at a time
SKIPPED = "skip-execution"  # the tag of a cell that is only for the reader


class ExecutionError(RuntimeError):
    """A notebook that does not run; says which one, where and why."""


@dataclass(frozen=True)
class Asked:
    """A notebook to execute, and its names: of what is kept, in messages."""

    made: Any
    name: str
    where: str


def notebook(cells: list[Any]) -> Any:
    """A notebook of cells, with names that depend on their places alone."""
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "language": "python", "display_name": "Python"}
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = kernel
    made.metadata["language_info"] = {"name": "python"}
    return made


def run_by(made: Any) -> list[Any]:
    """The cells of a notebook that are executed."""
    return [
        cell
        for cell in made.cells
        if cell.cell_type == "code"
        and SKIPPED not in cell.metadata.get("tags", [])
    ]


def entry(name: str, made: Any, root: Path) -> Path:
    """Where the outputs of a notebook are kept."""
    code = [cell.source for cell in run_by(made)]
    content = json.dumps(
        [
            [ast.dump(store.tree(source)) for source in code],
            store.fingerprint_of("\n".join(code), root),
        ]
    )
    key = hashlib.sha256(content.encode()).hexdigest()[:24]
    return store.folder().parent / "labs" / f"{name}-{key}.json"


def outputs(
    asked: Sequence[Asked], root: Path, log: Callable[[str], None]
) -> list[list[Any]]:
    """What each executed cell of each notebook shows, kept or computed now.

    WORKERS kernels at a time. Only kernels: all that parses code is done in
    this thread, since Python 3.11 fails when two threads parse at once.

    Args:
        asked: the notebooks.
        root: of the project.
        log: told what is computed.

    Raises:
        ExecutionError: if a cell fails, takes too long or ends its kernel.
        StoreError: if what was kept is damaged.
    """
    kept = [entry(one.name, one.made, root) for one in asked]

    def computed(one: Asked, path: Path) -> None:
        log(f"notebooks: {one.where}")
        store.write(path, _run(one.made, one.where, root))

    pool = ThreadPoolExecutor(WORKERS)
    try:
        waiting = [
            pool.submit(computed, one, path)
            for one, path in zip(asked, kept, strict=True)
            if not path.exists()
        ]
        for future in waiting:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)
    return [store.read(path) for path in kept]


def show(made: Any, shown: list[Any]) -> None:
    """Put the outputs in their cells."""
    for number, (cell, found) in enumerate(
        zip(run_by(made), shown, strict=True), start=1
    ):
        cell["execution_count"] = number
        cell["outputs"] = [nbformat.from_dict(output) for output in found]


def _run(made: Any, where: str, root: Path) -> list[Any]:
    copy = nbformat.reads(nbformat.writes(made), as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        manager = AsyncKernelManager(
            kernel_name="python3",
            transport="tcp" if os.name == "nt" else "ipc",
            connection_file=str(Path(folder) / "kernel.json"),
        )
        client = NotebookClient(
            copy,
            km=manager,
            timeout=TIMEOUT,
            coalesce_streams=True,
            skip_cells_with_tag=SKIPPED,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(root)}},
        )
        env = allowed(IPYTHONDIR=folder, OMP_NUM_THREADS="1")
        _finish(client, where, env)
    return [
        [_plain(output) for output in cell.outputs] for cell in run_by(copy)
    ]


def _finish(client: NotebookClient, where: str, env: dict[str, str]) -> None:
    try:
        asyncio.run(client.async_execute(cleanup_kc=True, env=env))
    except CellTimeoutError as error:
        raise ExecutionError(
            f"{where}: a cell takes more than {TIMEOUT} s"
        ) from error
    except DeadKernelError as error:
        raise ExecutionError(f"{where}: a cell ended the kernel") from error
    except CellExecutionError as error:
        text = re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip()
        raise ExecutionError(f"{where}: a cell failed:\n{text}") from error


def _plain(output: Any) -> Any:
    shown = json.loads(json.dumps(output))
    shown.pop("execution_count", None)
    if shown["output_type"] == "execute_result":
        shown |= {"output_type": "display_data"}
    return shown
