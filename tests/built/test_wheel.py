"""A reader installs the published wheel and pastes what a page shows.

Runs in `.venv-wheel`, where no checkout was ever installed: the wheel is
unpacked into a folder of its own, which comes first, and the listings of each
page are pasted, in order, into a fresh interpreter.
"""

import os
import subprocess
from pathlib import Path

import nbformat
import pytest
from hooks import chapters, execution
from pages import ROOT, STEMS, difference, pasted, promised

PYTHON = (
    ROOT
    / ".venv-wheel"
    / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
)

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


@pytest.mark.parametrize("stem", [s for s in STEMS if pasted(s)])
def test_the_listings_of_a_page_run_pasted_one_after_the_other(
    stem, installed, tmp_path
):
    code = pasted(stem)
    printed = run(code, installed, tmp_path)
    assert difference(promised(code), printed) is None


EVERY = os.environ.get("RNNCOURSE_EVERY")


@pytest.mark.parametrize(
    "stem", [s for s in chapters.stems(ROOT) if EVERY or s in ("rnn", "deep")]
)
def test_the_notebook_of_a_chapter_runs_with_the_wheel_alone(
    stem, installed, tmp_path
):
    path = ROOT / "site" / stem / f"{stem}.ipynb"
    cells = execution.run_by(nbformat.read(path, as_version=4))
    code = "\n".join(cell.source for cell in cells)
    lines = run(code, installed, tmp_path)
    shown = [line for line in lines if not line.startswith(("✓ ", "✗ "))]
    assert difference(promised(pasted(stem)), shown) is None
    assert sum(line.startswith("✓ ") for line in lines) >= 5


def test_the_environment_holds_the_wheel_and_no_checkout(installed, tmp_path):
    code = "import rnncourse; print(rnncourse.__file__)"
    (place,) = run(code, installed, tmp_path)
    assert Path(place).is_relative_to(installed)
