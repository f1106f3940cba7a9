"""Every built page is HTML as the standard has it, says the Nu Html Checker.

It runs in Java, over the whole site at once. Its warnings of the content
security policy are not errors and not ours: of files, it does not know which
address is 'self'. `tests/browser/test_policy.py` tries the policy itself.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "site"
JAR = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
FAULTY = """<!doctype html>
<html lang="en">
<head><title>A fault</title></head>
<body><p><div>No division stands in a paragraph.</div></p></body>
</html>
"""

pytestmark = [
    pytest.mark.skipif(
        shutil.which("java") is None, reason="there is no Java to run vnu"
    ),
    pytest.mark.skipif(
        not JAR.exists(), reason="no node_modules: run `make setup`"
    ),
]


def errors(site: Path) -> list[str]:
    """What the checker says of the pages of a folder, as `page:line: what`."""
    run = ["java", "-Xss8m", "-XX:+UseSerialGC", "-jar", str(JAR)]
    run += ["--errors-only", "--skip-non-html", "--format", "json", "--stdout"]
    done = subprocess.run(
        [*run, str(site)], capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout)["messages"]
    assert (done.returncode == 0) == (not found), done.stderr[-2000:]
    return [
        f"{one['url'].partition(site.as_posix())[2]}:{one.get('lastLine')}: "
        f"{one['message']} {one.get('extract', '')!r}"
        for one in found
    ]


def test_the_checker_notices_a_fault(tmp_path):
    (tmp_path / "faulty.html").write_text(FAULTY)
    (found,) = errors(tmp_path)
    assert found.startswith("/faulty.html:4: No “p” element in scope")


def test_no_page_has_an_error(good):
    assert errors(good / "site") == []


@pytest.mark.skipif(
    not COURSE.exists(), reason="the course is not built: make build"
)
def test_no_page_of_the_course_has_an_error():
    found = errors(COURSE)
    assert found == [], "\n".join(found[:20])
