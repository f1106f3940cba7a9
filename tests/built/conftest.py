import os
import shutil
import warnings

import project as demo
import pytest

from rnncourse import store


def pytest_configure(config):
    config.addinivalue_line(  # of the tools that build, not of our code
        "filterwarnings", "ignore::DeprecationWarning"
    )


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """The two-page project, built."""
    os.environ["RNNCOURSE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1700000000")
    root = tmp_path_factory.mktemp("project")
    demo.write(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        built, why = demo.attempt(root)
    assert built, why
    yield root
    del os.environ["RNNCOURSE_CACHE"]


@pytest.fixture
def project(good, tmp_path, monkeypatch):
    """A copy of it, to break."""
    root = tmp_path / "project"
    shutil.copytree(good, root, symlinks=True)
    cache = tmp_path / "cache"
    shutil.copytree(store.folder().parent, cache)
    monkeypatch.setenv("RNNCOURSE_CACHE", str(cache))
    return root
