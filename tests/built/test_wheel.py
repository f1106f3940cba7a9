"""A reader installs the published wheel and pastes what a page shows.

Runs in `.venv-wheel`, where no checkout was ever installed: the wheel is
unpacked into a folder of its own, which comes first, and the listings of each
page are pasted, in order, into a fresh interpreter.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from pages import ROOT, SNIPPETS, STEMS, difference, promised, read, sections

PYTHON = (
    ROOT
    / ".venv-wheel"
    / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
)
INCLUDE = re.compile(r'--8<-- "snippets/([\w-]+)\.py:([\w-]+)"')

pytestmark = pytest.mark.skipif(
    not PYTHON.exists() or not (ROOT / "site").exists(),
    reason="needs the built site and a clean environment: make wheel",
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    (wheel,) = (ROOT / "site" / "assets").glob("rnncourse-*.whl")
    folder = tmp_path_factory.mktemp("installed")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--no-index", "--target", folder, wheel]
    subprocess.run([str(part) for part in command], check=True)
    return folder


def run(code: str, installed: Path, tmp_path: Path) -> list[str]:
    done = subprocess.run(
        [str(PYTHON), "-W", "error", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def listings(stem: str) -> str:
    """What a reader of the page can copy, in order."""
    by_name = {path.stem: path for path in SNIPPETS}
    return "\n".join(
        sections(by_name[name])[section]
        for name, section in INCLUDE.findall(read("en", stem))
        if not name.endswith("_exercises")
    )


@pytest.mark.parametrize("stem", [s for s in STEMS if listings(s)])
def test_the_listings_of_a_page_run_pasted_one_after_the_other(
    stem, installed, tmp_path
):
    code = listings(stem)
    printed = run(code, installed, tmp_path)
    assert difference(promised(code), printed) is None


def test_the_environment_holds_the_wheel_and_no_checkout(installed, tmp_path):
    code = "import rnncourse; print(rnncourse.__file__)"
    (place,) = run(code, installed, tmp_path)
    assert Path(place).is_relative_to(installed)
