"""The released package, installed alone, under its own tests.

    python tests/package.py tested|oldest|newest [what pytest understands]
    python tests/package.py chosen

`tested` has the versions of constraints.txt, `oldest` the lowest that
pyproject.toml allows, and `newest` whatever pip finds; `chosen` names the files
of those tests. Needs neither make, nor Node, nor a browser, and nothing but a
Python: so that it runs anywhere.

The wheel and the sdist are left in dist/package; the wheel is what is tested.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist" / "package"
FOLDERS = {
    "tested": ROOT / ".venv-wheel",
    "oldest": ROOT / ".venv-oldest",
    "newest": ROOT / ".venv-newest",
}
EXTRAS = ("data", "distributed", "figures", "training")
TOOLS = ("beartype", "hatchling", "hypothesis")
TOOLS += ("pytest", "pytest-randomly", "pytest-xdist")
WITHIN = sys.stdlib_module_names | {"hypothesis", "pytest"}
BEYOND = {"claims", "evidence", "figures", "lab", "play"}  # tested elsewhere


def project(root: Path = ROOT) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]


def required(root: Path = ROOT) -> list[str]:
    """What the package and its extras need, themselves left out."""
    about = project(root)
    lines = list(about["dependencies"])
    for extra in EXTRAS:
        lines += about["optional-dependencies"][extra]
    return [line for line in lines if not line.startswith(about["name"])]


def oldest(requirements: Sequence[str]) -> list[str]:
    """The lowest version that each allows.

    Raises:
        ValueError: if one has no lowest version.
    """
    lowest = []
    for line in requirements:
        found = re.match(r"([\w.-]+)>=([\w.]+)", line)
        if not found:
            raise ValueError(f"expected name>=version, got {line!r}")
        lowest.append(f"{found[1]}=={found[2]}")
    return lowest


def constraints(kind: str, root: Path = ROOT) -> list[str]:
    """The versions of that kind; the tools of the tests are the same in all."""
    tested = (root / "constraints.txt").read_text("utf-8").splitlines()
    if kind == "tested":
        return tested
    tools = [line for line in tested if line.split("==")[0] in TOOLS]
    return tools + (oldest(required(root)) if kind == "oldest" else [])


def imported(path: Path) -> set[str]:
    """What a file imports, at its top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def strangers(path: Path) -> set[str]:
    """What a test and its helpers import and the package does not need."""
    needed = {re.split("[>[]", line)[0] for line in required()}
    known = WITHIN | {name.replace("-", "_") for name in needed} | {"rnncourse"}
    found = set()
    for name in imported(path):
        top, *rest = name.split(".")
        helper = path.with_name(f"{top}.py")
        if helper.exists():
            found |= strangers(helper)
        elif top not in known or (top == "rnncourse" and BEYOND & set(rest)):
            found.add(name)
    return found


def chosen(folder: Path = ROOT / "tests") -> list[Path]:
    """The tests of the package that ask for nothing of the site."""
    return [
        path
        for path in sorted(folder.glob("test_*.py"))
        if any(name.startswith("rnncourse") for name in imported(path))
        and not strangers(path)
    ]


def check_tag(environment: Mapping[str, str], version: str) -> None:
    """A workflow that runs for a tag runs for that of the version.

    Raises:
        ValueError: if it runs for another.
    """
    tag = environment.get("GITHUB_REF_NAME")
    if environment.get("GITHUB_REF_TYPE") == "tag" and tag != f"v{version}":
        raise ValueError(
            f"expected the tag v{version}, got {tag}: correct the version in "
            "pyproject.toml, or the tag"
        )


def run(*command: object, environment: Mapping[str, str] = os.environ) -> None:
    words = list(map(str, command))
    done = subprocess.run(words, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def python(folder: Path) -> Path:
    """The Python of a virtual environment, on any system."""
    windows = folder / "Scripts" / "python.exe"
    return windows if os.name == "nt" else folder / "bin" / "python"


def install(kind: str) -> Path:
    """An environment with what the package needs, made anew if that changed."""
    folder = FOLDERS[kind]
    lines = [*required(), *TOOLS]
    said = "\n".join([*lines, "", *constraints(kind), ""])
    stamp = folder / "constraints.txt"
    if kind == "newest" or not stamp.exists() or stamp.read_text() != said:
        venv.create(folder, clear=True, with_pip=True, symlinks=os.name != "nt")
        versions = folder / "versions.txt"
        versions.write_text("\n".join(constraints(kind)))
        pip = (python(folder), "-m", "pip", "install", "--quiet")
        run(*pip, "--no-compile", "--constraint", versions, *lines)
        stamp.write_text(said)
    return python(folder)


def build(interpreter: Path) -> Path:
    """The wheel; it and the sdist are alone in dist/package."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(interpreter, "-m", "hatchling", "build", "-d", DIST)
    (wheel,) = DIST.glob("*.whl")
    return wheel


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=[*FOLDERS, "chosen"])
    known, others = parser.parse_known_args(arguments)
    if known.kind == "chosen":
        return print(*chosen(), sep="\n")
    check_tag(os.environ, project()["version"])
    interpreter = install(known.kind)
    wheel = build(interpreter)
    pip = (interpreter, "-m", "pip", "install", "--quiet", "--no-deps")
    run(*pip, "--no-index", "--force-reinstall", wheel)
    # -P and PYTHONSAFEPATH: the checkout beside the tests is not the package.
    environment = os.environ | {
        "PYTHONSAFEPATH": "1",
        "RNNCOURSE_UNDER_TEST": str(FOLDERS[known.kind]),
    }
    environment.pop("PYTHONPATH", None)
    run(
        *(interpreter, "-P", "-m", "pytest", "-o", "pythonpath=tests"),
        *("--numprocesses", "2"),
        *chosen(),
        *others,
        environment=environment,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
