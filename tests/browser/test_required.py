"""What a machine lacks is said, and only `.ci/run` installs it."""

import shutil
import subprocess

import pytest
from conftest import ROOT, look_for_a_browser
from hooks import book

BARE = {"bash", "dirname"}


@pytest.mark.parametrize(
    ("required", "outcome"),
    [("", pytest.skip.Exception), ("1", book.BookError)],
)
def test_without_a_browser_its_tests_are_skipped_or_fail(
    monkeypatch, tmp_path, required, outcome
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("REQUIRE_BROWSER", required)
    with pytest.raises(outcome, match="`apt install chromium`"):
        look_for_a_browser()


@pytest.mark.parametrize(
    ("there", "installed"),
    [
        ([], ["chromium", "gcc", "libc6-dev"]),
        (["chromium"], ["gcc", "libc6-dev"]),
        (["cc"], ["chromium"]),
        (["google-chrome", "clang"], []),
    ],
)
def test_ci_installs_what_is_missing_and_requires_a_browser(
    tmp_path, there, installed
):
    for name in BARE:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    for name in ("apt-get", "make", *there):
        program = tmp_path / name
        told = f'echo {name} "$@" "$REQUIRE_BROWSER" >> {tmp_path}/told'
        program.write_text(f"#!{shutil.which('sh')}\n{told}\n")
        program.chmod(0o755)
    subprocess.run(
        [ROOT / ".ci" / "run"],
        env={"PATH": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    *before, last = (tmp_path / "told").read_text().splitlines()
    assert last == "make check 1"
    assert [line.partition(" -y ")[2] for line in before] == (
        ["", f"install {' '.join(installed)} "] if installed else []
    )


def test_nothing_else_installs_system_packages():
    assert "apt-get" not in (ROOT / "Makefile").read_text("utf-8")
