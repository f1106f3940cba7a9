"""Exercises in a notebook: how far one has come, in a line."""

import linecache
import traceback
from collections.abc import Callable


def tried(check: Callable[[], object]) -> str:
    """Whether the check of an exercise passes; if not, what of it fails.

    Args:
        check: a function `check_<exercise>` that asserts.
    """
    exercise = check.__name__.removeprefix("check_")
    try:
        check()
    except (AssertionError, NotImplementedError) as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [_statement(f) for f in frames if f.name == check.__name__]
        said = f" ({error})" if str(error) else ""
        return f"✗ {exercise}: {own[-1]}{said}"
    return f"✓ {exercise}"


def _statement(frame: traceback.FrameSummary) -> str:
    """What stands at a frame's place, in one line."""
    first = frame.lineno or 1
    lines = linecache.getlines(frame.filename)
    whole = lines[first - 1 : frame.end_lineno or first]
    return " ".join(line.strip() for line in whole)
