"""The command line: `python -m rnncourse`, or `rnncourse` once installed."""

import argparse
import importlib
import io
import json
import math
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch

from rnncourse import commands

Row = dict[str, Any]
FAULTS = (ValueError, OSError, ImportError, RuntimeError, FloatingPointError)
REFUSED, INTERRUPTED = 2, 130  # exit codes


def found() -> dict[str, ModuleType]:
    """The modules of `rnncourse.commands` by their names."""
    return {
        module.name: importlib.import_module(
            f"{commands.__name__}.{module.name}"
        )
        for module in pkgutil.iter_modules(commands.__path__)
    }


def parser_of(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    """What is understood, and `--help` of it all."""
    parser = argparse.ArgumentParser(
        prog="rnncourse",
        description="Train and use recurrent networks from the command line.",
        epilog="Each command has its own help: rnncourse train --help",
    )
    kinds = parser.add_subparsers(
        dest="command", required=True, metavar="command"
    )
    for name, module in modules.items():
        text = module.__doc__ or ""
        one = kinds.add_parser(
            name,
            help=text.partition("\n")[0],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(one)
        one.add_argument(
            "--json", action="store_true", help="print JSON, not a table"
        )
    return parser


def table(rows: Sequence[Row]) -> str:
    """The rows under their names, aligned: words left, numbers right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    columns = []
    for name, cells in zip(names, zip(*lines, strict=True), strict=True):
        words = any(isinstance(row.get(name), str) for row in rows)
        align, width = "<" if words else ">", max(map(len, cells))
        columns.append([f"{cell:{align}{width}}" for cell in cells])
    lined = zip(*columns, strict=True)
    return "\n".join("  ".join(line).rstrip() for line in lined)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """A nan or an infinity is null: JSON has no word for it."""
    lost = isinstance(value, float) and not math.isfinite(value)
    return None if lost else value


def tell(line: str) -> None:
    """Say something on stderr: stdout is for the result alone."""
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0, 2 if something was refused, 130 after Ctrl-C.
    """
    modules = found()
    args = parser_of(modules).parse_args(argv)
    try:
        rows = modules[args.command].run(args, tell)
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except FAULTS as fault:
        tell(f"rnncourse {args.command}: error: {fault}")
        return REFUSED
    if args.json:
        plain = [{k: _plain(v) for k, v in row.items()} for row in rows]
        print(json.dumps(plain, indent=2, ensure_ascii=False))
    elif rows:
        print(table(rows))
    return 0


def start() -> None:
    """The process of a command: one thread, unless OMP_NUM_THREADS says more.

    In networks as small as these, threads wait for one another. A letter that
    the terminal's encoding lacks is written as its number.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
    sys.exit(main())


if __name__ == "__main__":
    start()
