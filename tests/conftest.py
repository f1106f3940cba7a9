"""What every test starts from."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

settings.register_profile(
    "house", database=None, deadline=None, derandomize=True
)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, seed 0, our own engine; the default type as it was after."""
    monkeypatch.setenv("RNNCOURSE_ENGINE", "bptt")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    kept = torch.get_default_dtype()
    yield
    torch.set_default_dtype(kept)
