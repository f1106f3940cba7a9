"""What every test starts from, and what is recorded of a run."""

import ipaddress
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import Phase, settings

settings.register_profile(
    "house", database=None, deadline=None, derandomize=True, max_examples=200
)
settings.register_profile(  # for `make mutants`: a failure is all it needs
    "mutants",
    settings.get_profile("house"),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("house")

BEGAN = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", help="the part of quality.json to write")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes, and begins first")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[BEGAN] = time.monotonic()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
    exitstatus: int,
    config: pytest.Config,
) -> None:
    """With `--record`, of a run without failures what passed, and skipped."""
    part = config.getoption("--record")
    worker = hasattr(config, "workerinput")  # knows its own share only
    if not part or exitstatus or worker:
        return
    # last: a wheel under test is not the checkout
    sys.path.append(str(config.rootpath))
    from benchmarks import quality

    passed, skipped = (
        Counter(
            report.nodeid.partition("::")[0].rpartition("/")[2][:-3]
            for report in terminalreporter.stats.get(outcome, [])
        )
        for outcome in ("passed", "skipped")
    )
    quality.record(
        part,
        {
            "passed": passed.total(),
            "skipped": skipped.total(),
            "minutes": round((time.monotonic() - config.stash[BEGAN]) / 60, 1),
            "files": dict(sorted(passed.items())),
        },
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long begins; and shared experiments are of one process."""
    from rnncourse.evidence import Job  # not before its types are checked

    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        if item.path.stem in ("test_claims", "test_figures"):
            job = Job("claims", item.name.partition("[")[2])
            item.add_marker(pytest.mark.xdist_group(f"evidence: {job.group}"))


def _here(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return not name or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _guarded(ask: Callable[..., Any], whom: Callable[..., Any]) -> Any:
    def asked(*given: Any, **more: Any) -> Any:
        if not _here(host := whom(*given, **more)):
            pytest.fail(f"expected a test that asks nobody, it asked {host}")
        return ask(*given, **more)

    return asked


@pytest.fixture(autouse=True, scope="session")
def alone() -> Iterator[None]:
    """A test that asks another machine for something fails."""

    def called(_: socket.socket, to: Any) -> Any:
        return to[0] if isinstance(to, tuple) else None  # or a path: Unix

    def sought(host: Any, *_: Any, **__: Any) -> Any:
        return host

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            socket, "getaddrinfo", _guarded(socket.getaddrinfo, sought)
        )
        for name in ("connect", "connect_ex"):
            ask = getattr(socket.socket, name)
            patch.setattr(socket.socket, name, _guarded(ask, called))
        yield


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, seed 0, our own engine; the default type as it was after."""
    monkeypatch.setenv("RNNCOURSE_ENGINE", "bptt")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    kept = torch.get_default_dtype()
    yield
    torch.set_default_dtype(kept)
