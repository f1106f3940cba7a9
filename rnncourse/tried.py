"""Exercises in a notebook: how far one has come, in a line."""

import traceback
from collections.abc import Callable


def tried(check: Callable[[], object]) -> str:
    """Whether the check of an exercise passes; if not, the line that fails.

    Args:
        check: a function `check_<exercise>` that asserts.
    """
    exercise = check.__name__.removeprefix("check_")
    try:
        check()
    except (AssertionError, NotImplementedError) as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f.line for f in frames if f.name == check.__name__]
        return f"✗ {exercise}: {own[-1]}"
    return f"✓ {exercise}"
