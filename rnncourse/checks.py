"""What users hand in, refused early: "expected ..., got ..., the way out"."""

from typing import Any

import torch
from torch import Tensor


def check_size(name: str, value: Any, least: int = 1) -> None:
    """Raises: ValueError unless value is an int, and at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        kind = "a positive int" if least == 1 else f"an int >= {least}"
        raise ValueError(f"expected {name} to be {kind}, got {value!r}")


def check_sizes(least: int = 1, **sizes: Any) -> None:
    """`check_size` of each, by its name."""
    for name, value in sizes.items():
        check_size(name, value, least)


def check_flag(name: str, value: Any) -> None:
    """Raises: ValueError unless value is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"expected {name} to be True or False, got {value!r}")


def check_fraction(name: str, value: Any) -> None:
    """Raises: ValueError unless value is a number in [0, 1]."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ValueError(
            f"expected {name} to be a number in [0, 1], got {value!r}"
        )


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raises: ValueError unless value is one of the choices."""
    if value not in choices:
        *most, last = [repr(choice) for choice in choices]
        listed = f"{', '.join(most)} or {last}"
        raise ValueError(f"expected {name} to be {listed}, got {value!r}")


def check_tensor(name: str, value: Any, weight: Tensor) -> None:
    """The value can meet the weight in a product.

    Raises:
        TypeError: if it is no tensor.
        ValueError: if its dtype (but under autocast) or device is another.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"expected {name} to be a tensor, got {type(value).__name__}"
        )
    if value.device != weight.device:
        raise ValueError(
            f"expected {name} on {weight.device}, as the weights, got "
            f"{value.device}; move it: {name}.to({str(weight.device)!r})"
        )
    if value.dtype != weight.dtype and not (
        value.is_floating_point() and in_autocast(weight.device.type)
    ):
        raise ValueError(
            f"expected {name} of {weight.dtype}, as the weights, got "
            f"{value.dtype}; convert it: {name}.to({weight.dtype})"
        )


def in_autocast(device: str) -> bool:
    """Whether operations on this type of device choose their own type."""
    known = torch.amp.is_autocast_available(device)
    return known and torch.is_autocast_enabled(device)


def check_shape(
    name: str, value: Tensor, *shapes: tuple[int | str, ...]
) -> None:
    """A letter in a shape stands for any length.

    Raises:
        ValueError: if the value has none of these shapes.
    """
    got = tuple(value.shape)
    for shape in shapes:
        if len(shape) == len(got) and all(
            isinstance(a, str) or a == b
            for a, b in zip(shape, got, strict=True)
        ):
            return
    listed = " or ".join(shown(shape) for shape in shapes)
    raise ValueError(f"expected {name} of shape {listed}, got {got}")


def check_pair(state: Any) -> tuple[Any, Any]:
    """An LSTM's state.

    Raises:
        TypeError: unless it is a tuple of two, or a list.
    """
    if not isinstance(state, tuple | list):
        got = type(state).__name__
    elif len(state) != 2:
        got = f"a {type(state).__name__} of {len(state)}"
    else:
        h, c = state
        return h, c
    raise TypeError(f"expected the state to be a tuple (h, c), got {got}")


def shown(shape: tuple[int | str, ...]) -> str:
    """(T, N, 3) for ("T", "N", 3)."""
    comma = "," if len(shape) == 1 else ""
    return f"({', '.join(map(str, shape))}{comma})"
