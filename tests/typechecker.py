"""The type checker of the tests: beartype, an int being a float (PEP 484).

What users call checks its own arguments: there the tests must see the message
that users see, not beartype's.
"""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

PUBLIC = {
    "__init__",
    "forward",
    "pack",
    "set_forget_bias",
    "skill",
    "squared_errors",
    "unroll",
}
typed = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, checked unless it checks for itself."""
    return function if function.__name__ in PUBLIC else typed(function)
