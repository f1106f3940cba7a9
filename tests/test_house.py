"""The house has floors: a module imports only from the floors below its own."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"words", "store", "references", "checks", "devices", "packing", "tried"},
    {"rnn", "backprop", "sequences", "data", "corpus", "checkpoints"}
    | {"recorded"},
    {"bptt", "gradients", "lstm", "gru"},
    {"engines"},
    {"layers", "training"},
    {"deep", "text", "forecasting", "beyond"},
    {"experiments"},
    {"play"},
    {"figures", "claims", "commands"},
    {"evidence", "lab", "__main__"},
]
FLOOR = {name: level for level, names in enumerate(FLOORS) for name in names}
FILES = sorted((ROOT / "rnncourse").rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT / "rnncourse").with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "rnncourse":
                names |= {alias.name for alias in node.names}
            elif node.module.startswith("rnncourse."):
                names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("rnncourse.")
            }
    return names - {room(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports_go_down(path):
    if room(path) != "__init__":
        for name in imported(path):
            assert FLOOR[name] < FLOOR[room(path)], f"{room(path)} -> {name}"


def outside(path: Path) -> set[str]:
    """What a file imports when it is imported, not when it is called."""
    tops = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            tops.add(node.module.split(".")[0])
    return tops


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_package_imports_neither_pages_nor_extras(path):
    forbidden = {"docs", "hooks", "snippets", "tests", "mkdocs"}
    if room(path) not in ("figures", "play"):
        forbidden |= {"matplotlib", "bokeh_sampledata", "safetensors", "tqdm"}
    assert not outside(path) & forbidden


def tracked() -> list[Path]:
    command = ["git", "ls-files", "-z"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    return [path for name in names if (path := ROOT / name).is_file()]


def test_no_file_names_the_host_of_a_registry():
    hosts = ["pypi" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
    hosts += ["pythonhosted" + ".org", "download.pytorch" + ".org"]
    paths = tracked()
    assert Path(__file__) in paths
    for path in paths:
        text = path.read_text("utf-8", errors="replace")
        assert [host for host in hosts if host in text] == [], path


def test_what_the_browser_waits_for_is_a_function():
    """The page's policy lets an expression be read once, not asked again."""
    for path in sorted((ROOT / "tests" / "browser").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="wait_for_function"),
                    args=[ast.Constant(value=asked), *_],
                ):
                    assert asked.startswith("()"), f"{path.name}: {asked}"
