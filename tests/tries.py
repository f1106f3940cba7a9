"""Checks of exercises, as in a notebook: pytest rewrites no assert here."""


def check_sum() -> None:
    assert 1 + 1 == 2


def check_wrong() -> None:
    assert 1 + 1 == 3


# fmt: off
def check_long() -> None:
    assert sum(
        [1, 1]
    ) == 3, [1, 1]
# fmt: on


def check_unwritten() -> None:
    raise NotImplementedError


def check_broken() -> None:
    raise TypeError("expected two arguments, got one")
