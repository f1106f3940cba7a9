"""What a run of mutmut found: mutants per function, and who survived.

    python tests/survivors.py        after `mutmut run`

A survivor is a change to the source that no test noticed. `survivors.toml`
says of each why that cannot be seen; what is not there fails, and so does what
is there and was noticed after all.
"""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
SURVIVORS = ROOT / "tests" / "survivors.toml"
LEAST = 0.95  # of the mutants, killed
ALIVE = {"survived", "no tests"}
UNDECIDED = {"not checked", "check was interrupted by user", "skipped"}


def sources(root: Path = ROOT) -> list[Path]:
    """The files that are mutated."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["mutmut"]["only_mutate"]
    return sorted(path for glob in patterns for path in root.glob(glob))


def functions(path: Path, root: Path = ROOT) -> dict[str, str]:
    """The source of each function, by module.function or module.Class.method.

    But those that only raise: a subclass has to write them.
    """
    parts = path.relative_to(root).with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    text, found = path.read_text("utf-8"), {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}.{node.name}")
            elif isinstance(node, ast.FunctionDef):
                says = node.body[bool(ast.get_docstring(node)) :]
                if not all(isinstance(one, ast.Raise) for one in says):
                    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
                    found[f"{prefix}.{node.name}"] = "\n".join(lines)

    visit(ast.parse(text).body, module)
    return found


def function_of(mutant: str) -> str:
    """rnncourse.rnn.xǁCellǁstart__mutmut_3 is of rnncourse.rnn.Cell.start."""
    module, _, name = mutant.partition("__mutmut_")[0].rpartition(".")
    name = name.removeprefix("x").replace("ǁ", ".").lstrip(".")
    return f"{module}.{name if '.' in name else name.removeprefix('_')}"


def outcomes(results: str) -> dict[str, str]:
    """What became of each mutant, from `mutmut results --all true`."""
    lines = [line.strip().rpartition(": ") for line in results.splitlines()]
    return {mutant: outcome for mutant, _, outcome in lines if mutant}


def change_of(diff: str) -> str:
    """The lines that went -> the lines that came, spaces aside."""
    lines = [
        line for line in diff.splitlines() if line[:3] not in ("---", "+++")
    ]
    sides = [
        " ".join(
            word
            for line in lines
            if line[0] == sign
            for word in line[1:].split()
        )
        for sign in "-+"
    ]
    return " -> ".join(sides)


def explained(path: Path = SURVIVORS) -> dict[str, str]:
    """Why, by "function: change" of a survivor, or function never mutated."""
    said = tomllib.loads(path.read_text("utf-8"))
    return said["unmutated"] | {
        mutant: group["why"]
        for group in said["survivors"]
        for mutant in group["mutants"]
    }


def table(names: Iterable[str], found: dict[str, str]) -> list[str]:
    """One line a function: its mutants, and how many of them are alive."""
    every = Counter(map(function_of, found))
    alive = Counter(function_of(one) for one in found if found[one] in ALIVE)
    return [
        f"{every[name]:5} mutants {alive[name]:3} alive  {name}"
        for name in sorted({*names, *every})
    ]


def problems(
    names: Iterable[str],
    found: dict[str, str],
    show: Callable[[str], str],
    reasons: dict[str, str],
) -> list[str]:
    """What is wrong with a run; nothing if it passes.

    Args:
        names: the functions that have to be mutated.
        found: what became of each mutant.
        show: the diff of a mutant.
        reasons: as `explained` gives them.
    """
    none = set(names) - set(map(function_of, found))
    said = [
        f"no mutants of {name}: mutmut skips decorated functions"
        for name in sorted(none - reasons.keys())
    ]
    said += [
        f"{mutant} was not decided ({outcome}): go on with `mutmut run`"
        for mutant, outcome in found.items()
        if outcome in UNDECIDED
    ]
    alive = [mutant for mutant in found if found[mutant] in ALIVE]
    share = 1 - len(alive) / max(1, len(found))
    if share < LEAST:
        said.append(f"expected {LEAST:.0%} killed, got {share:.1%}")
    changes = {
        f"{function_of(one)}: {change_of(show(one))}": one for one in alive
    }
    said += [
        f"survived without a reason: {change} ({changes[change]})"
        for change in changes.keys() - reasons.keys()
    ]
    said += [
        f"explained, yet not among the survivors: {change}"
        for change in reasons.keys() - changes.keys() - none
    ]
    return said


def figures(found: dict[str, str]) -> dict[str, float]:
    """What is recorded of a run."""
    alive = sum(outcome in ALIVE for outcome in found.values())
    return {
        "mutants": len(found),
        "killed": len(found) - alive,
        "killed_percent": round(100 * (1 - alive / max(1, len(found))), 1),
        "explained": alive,
    }


def main() -> None:
    """Print the table and record it, or exit with what is wrong."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    from benchmarks import quality

    run = [Path(sys.executable).with_name("mutmut"), "results", "--all", "true"]
    found = outcomes(subprocess.check_output(run, cwd=ROOT, text=True))
    names = [name for path in sources() for name in functions(path)]
    print(*table(names, found), sep="\n")
    print(*sorted(Counter(found.values()).items()))
    wrong = problems(names, found, get_diff_for_mutant, explained())
    if wrong:
        sys.exit("\n".join(wrong))
    quality.record("mutants", figures(found))


if __name__ == "__main__":
    main()
