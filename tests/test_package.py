"""What is released: the same twice, whole, and of the versions that it says."""

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import package
import pytest
from hooks import listings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pages import STEMS, read

ROOT = package.ROOT
SOURCES = ("rnncourse", "README.md", "LICENSE", "LICENSE-text")
LEFT_OUT = re.compile("pip$|setuptools$|nvidia|cuda|triton")  # of constraints


def build(root: Path, folder: Path, *targets: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(
        [*command, *targets],
        cwd=root,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the sdist."""
    return build(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory) -> Path:
    """The sources of the sdist."""
    (path,) = built.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(path) as sdist:
        sdist.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder: Path) -> set[str]:
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        return set(wheel.namelist())


def about(folder: Path):
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        (name,) = (n for n in wheel.namelist() if n.endswith("/METADATA"))
        return Parser().parsestr(wheel.read(name).decode())


def test_the_same_commit_gives_the_same_wheel_and_sdist(built, tmp_path):
    copy = tmp_path / "elsewhere"
    for name in ("pyproject.toml", *SOURCES):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, copy / name)
        else:
            copy.mkdir(exist_ok=True)
            shutil.copyfile(path, copy / name)  # other times, other rights
    shutil.copy(ROOT / ".gitignore", copy)
    again = build(copy, tmp_path / "built")
    assert content(again) == content(built)


def test_the_sdist_is_enough_to_build_the_wheel(built, unpacked, tmp_path):
    again = content(build(unpacked, tmp_path / "built", "-t", "wheel"))
    ((name, wheel),) = again.items()
    assert wheel == content(built)[name]


def test_the_wheel_holds_the_package_and_nothing_else(built):
    held = {name for name in names(built) if ".dist-info/" not in name}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "rnncourse").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == there
    assert "rnncourse/py.typed" in held
    assert {f"rnncourse/corpus/{name}.txt" for name in ("es", "en")} <= held


def test_the_wheel_says_its_licences_and_extras(built):
    said = about(built)
    assert said["License-Expression"] == "MIT AND CC-BY-4.0"
    assert set(said.get_all("License-File")) == {"LICENSE", "LICENSE-text"}
    for name in said.get_all("License-File"):
        assert any(n.endswith(f"/licenses/{name}") for n in names(built))
    extras = set(said.get_all("Provides-Extra"))
    assert extras >= {"data", "distributed", "figures", "market", "site"}
    assert set(package.EXTRAS) <= extras


def test_one_version_is_said_everywhere():
    version = package.project()["version"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall("^version: (.*)$", citation, re.M) == [version]


def test_a_tag_is_that_of_the_version():
    package.check_tag({}, "1.2.3")
    branch = {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "v9"}
    package.check_tag(branch, "1.2.3")
    tag = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2.3"}
    package.check_tag(tag, "1.2.3")
    with pytest.raises(ValueError, match=r"expected the tag v1.2.4, got v1.2"):
        package.check_tag(tag, "1.2.4")


def test_the_oldest_version_is_the_lowest_allowed():
    lines = ["numpy>=2,<3", "lightning-fabric>=2.5", "a.b>=0.3.2,!=0.3.3"]
    lowest = ["numpy==2", "lightning-fabric==2.5", "a.b==0.3.2"]
    assert package.oldest(lines) == lowest
    with pytest.raises(ValueError, match="expected name>=version, got 'numpy'"):
        package.oldest(["numpy"])


def test_each_kind_has_its_own_versions():
    pins = {kind: package.constraints(kind) for kind in package.FOLDERS}
    tools = pins["newest"]
    assert {line.split("==")[0] for line in tools} == set(package.TOOLS)
    assert pins["oldest"] == tools + package.oldest(package.required())
    assert set(tools) < set(pins["tested"])


def test_all_that_the_package_needs_is_installed_but_itself():
    needed = {Requirement(line).name for line in package.required()}
    assert needed >= {"torch", "numpy", "matplotlib", "safetensors", "tqdm"}
    assert "rnncourse" not in needed


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("import math\nfrom rnncourse import LSTM", True),
        ("import torch\nimport refusals\nimport rnncourse", True),
        ("import torch", False),  # nothing of the package
        ("import yaml\nimport rnncourse", False),
        ("import helper\nimport rnncourse", False),
        ("from rnncourse.claims import Claim", False),
        ("import rnncourse\ndef test():\n    from hooks import labs", False),
    ],
)
def test_a_test_of_the_package_asks_for_nothing_else(code, taken, tmp_path):
    (tmp_path / "helper.py").write_text("import mkdocs")
    (tmp_path / "refusals.py").write_text("import pytest")
    path = tmp_path / "test_it.py"
    path.write_text(code)
    assert package.chosen(tmp_path) == ([path] if taken else [])


def test_each_layer_is_tested_with_the_package():
    stems = {path.stem.removeprefix("test_") for path in package.chosen()}
    assert stems >= {"rnn", "lstm", "gru", "layers", "engines", "training"}
    assert stems >= {"text", "forecasting", "data", "checkpoints", "main"}
    assert not stems & {"site", "docs", "play", "claims", "figures", "labs"}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): version for name, version in pairs}


def reached() -> dict[str, list[Requirement]]:
    """All that `rnncourse[dev]` needs here, by name, as each asks for it."""
    found: dict[str, list[Requirement]] = {}
    waiting = [Requirement("rnncourse[dev]")]
    known = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        extras = frozenset(asked.extras)
        found.setdefault(name, []).append(asked)
        if (name, extras) in known:
            continue
        known.add((name, extras))
        for line in importlib.metadata.requires(name) or []:
            need = Requirement(line)
            wanted = [{"extra": extra} for extra in extras or {""}]
            if need.marker is None or any(map(need.marker.evaluate, wanted)):
                waiting.append(need)
    return {name: asked for name, asked in found.items() if name != "rnncourse"}


def test_constraints_hold_all_that_the_course_needs_and_agree_with_it():
    pins = pinned()
    for name, asked in reached().items():
        if not LEFT_OUT.match(name):
            assert name in pins, f"{name}: run `make constraints`"
            for need in asked:
                assert need.specifier.contains(pins[name]), (
                    f"{need}: {pins[name]}"
                )


def brought(extras: set[str]) -> set[str]:
    """The modules that the package comes with, by pyproject.toml."""
    about = package.project()
    lines = list(about["dependencies"])
    for extra in extras:
        lines += about["optional-dependencies"][extra]
    found = {"rnncourse", "triton"}  # which torch brings, on Linux
    for need in map(Requirement, lines):
        own = need.name == about["name"]
        found |= brought(need.extras) if own else {need.name.replace("-", "_")}
    return found


@pytest.mark.parametrize("stem", STEMS)
def test_the_install_line_of_a_page_brings_what_its_listings_import(stem):
    page = read("es", stem)
    line = listings.install_line(page, ROOT, "https://a.org/", Path("a.whl"))
    shown = {path for path, _ in listings.included(page)}
    asked = {
        name.partition(".")[0]
        for path in shown
        if path.endswith(".py")
        for name in package.imported(ROOT / path)
    }
    extras = Requirement(shlex.split(line)[-1]).extras
    assert asked - sys.stdlib_module_names <= brought(extras)


def test_every_requirement_has_its_least_and_its_first_unknown_version():
    project = package.project()
    lines = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        lines += extra
    for need in map(Requirement, lines):
        if need.name != project["name"]:
            bounds = {bound.operator for bound in need.specifier}
            assert bounds == {">=", "<"}, need
