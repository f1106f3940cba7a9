"""What a refused call says."""

from collections.abc import Callable

import pytest


def refused(
    call: Callable[[], object], kind: type[Exception], message: str
) -> None:
    """The call raises this very type, with this whole message."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert str(caught.value) == message
