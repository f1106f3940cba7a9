import ast
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rnncourse import store

PACKAGE = {
    "__init__.py": "",
    "base.py": "def base():\n    return 1\n",
    "claims/__init__.py": "",
    "claims/a.py": "from rnncourse.base import base\n",
    "claims/b.py": "import math\n",
}


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path):
    for name, text in PACKAGE.items():
        path = tmp_path / "rnncourse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def change(project, name, text):
    path = project / "rnncourse" / name
    before = path.stat().st_mtime_ns
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def prints(project):
    return [
        store.fingerprint(f"rnncourse.claims.{name}", project) for name in "ab"
    ]


def test_a_changed_import_changes_the_key_of_what_imports_it(project):
    a, b = prints(project)
    change(project, "base.py", "def base():\n    return 2\n")
    assert prints(project)[0] != a
    assert prints(project)[1] == b


def test_comments_docstrings_and_spaces_change_nothing(project):
    before = prints(project)
    change(
        project,
        "base.py",
        '"""Title."""\n\n\n'
        'def base():\n    """Words."""\n    return 1  # one\n',
    )
    assert prints(project) == before


def test_threads_parse_at_once_while_garbage_is_collected():
    """Python 3.11 alone says "AST constructor recursion depth mismatch"."""
    text = Path(store.__file__).read_text("utf-8")
    expected = ast.dump(store.tree(text))

    def collecting(phase, info):
        sum(range(1000))  # Python code, in which another thread may come

    gc.callbacks.append(collecting)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = [*pool.map(store.tree, [text] * 100)]
    finally:
        gc.callbacks.remove(collecting)
    assert {ast.dump(one) for one in trees} == {expected}
    assert gc.isenabled()


def test_a_module_that_is_not_there_is_an_error(project):
    with pytest.raises(store.StoreError, match="expected a module"):
        store.fingerprint("rnncourse.claims.c", project)


def test_the_key_depends_on_the_arguments():
    one, two = (store.entry("rnncourse.words.number", n) for n in (1, 2))
    assert one != two


def test_what_was_computed_is_not_computed_again():
    calls = []

    def compute():
        calls.append(1)
        return {"x": 1.5, "values": np.arange(3.0)}

    for _ in range(3):
        kept = store.ask("rnncourse.words.number", compute)
        assert kept["x"] == 1.5
        np.testing.assert_array_equal(kept["values"], np.arange(3.0))
    assert len(calls) == 1


def test_a_damaged_entry_is_named():
    path = store.entry("rnncourse.words.number")
    store.write(path, {"x": 1})
    path.write_text(path.read_text("utf-8").replace("1}", "2}"), "utf-8")
    with pytest.raises(store.StoreError, match=f"{path.name}: damaged entry"):
        store.read(path)


def test_an_interrupted_write_leaves_nothing(monkeypatch):
    path = store.entry("rnncourse.words.number")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write(path, {"x": 1})
    assert list(path.parent.iterdir()) == []


def test_a_kept_function_is_called_once():
    calls = []

    def slow(n: int) -> dict[str, int]:
        calls.append(n)
        return {"n": n}

    slow.__module__ = "rnncourse.words"
    kept = store.kept(slow)
    assert [kept(1), kept(1), kept(2)] == [{"n": 1}, {"n": 1}, {"n": 2}]
    assert calls == [1, 2]


@pytest.mark.parametrize("said", ["torch", None])
def test_what_is_kept_runs_on_one_engine_whatever_the_environment_says(
    said, monkeypatch
):
    if said:
        monkeypatch.setenv("RNNCOURSE_ENGINE", said)
    else:
        monkeypatch.delenv("RNNCOURSE_ENGINE", raising=False)

    def engine(fails):
        if fails:
            raise ArithmeticError
        return os.environ["RNNCOURSE_ENGINE"]

    engine.__module__ = "rnncourse.words"
    kept = store.kept(engine)
    assert kept(False) == store.ENGINE
    with pytest.raises(ArithmeticError):
        kept(True)
    assert os.environ.get("RNNCOURSE_ENGINE") == said


def test_an_entry_that_another_process_reads_stays(monkeypatch):
    path = store.entry("rnncourse.words.number")
    store.write(path, 1)

    def protected(*_):
        raise PermissionError("another process has it open")

    monkeypatch.setattr(os, "replace", protected)
    store.write(path, 2)
    assert store.read(path) == 1
    path.unlink()
    with pytest.raises(PermissionError, match="has it open"):
        store.write(path, 2)
    assert list(path.parent.iterdir()) == []


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(TypeError, match="got object"):
        store.write(store.entry("rnncourse.words.number"), object())


def test_the_folder_is_named_by_the_environment(tmp_path):
    assert store.folder() == tmp_path / "cache" / "store"


def test_beside_a_checkout_the_folder_is_its_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("RNNCOURSE_CACHE")
    monkeypatch.setattr(store, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    assert store.folder() == tmp_path / ".cache" / "store"


def test_an_installed_package_keeps_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("RNNCOURSE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store, "ROOT", tmp_path)
    assert store.folder() == tmp_path / "rnncourse" / "store"


def test_a_module_of_its_own_that_is_not_there_is_an_error(project):
    with pytest.raises(store.StoreError, match=r"a module of rnncourse, got"):
        store.fingerprint("rnncourse.no", project)


def test_while_no_source_changes_each_is_read_once(project):
    with store.steady():
        before = store.fingerprint("rnncourse.claims.a", project)
        (project / "rnncourse/base.py").write_text(
            "def base():\n    return 9\n"
        )
        assert store.fingerprint("rnncourse.claims.a", project) == before
    assert store.fingerprint("rnncourse.claims.a", project) != before


def test_a_number_of_numpy_is_kept_as_a_number():
    found = store.ask("rnncourse.words.number", lambda: {"n": np.float32(0.5)})
    assert found == {"n": 0.5}
