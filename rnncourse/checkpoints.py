"""A model on disk: whole or absent, and read without running anything.

A checkpoint is a safetensors file: named tensors, and what they are about, in
words. Unlike a pickle it holds no code. It is written beside its place and then
moved, so that a fault on the way leaves what was there before.

Source: the safetensors format, https://huggingface.co/docs/safetensors.
"""

import importlib.util
from pathlib import Path

import torch
from torch import Tensor

from rnncourse.store import replace


def save(path: Path, tensors: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write tensors of any shapes, and what they are about, to one file.

    Raises:
        OSError: if it cannot be written; the file is as it was before.
        ModuleNotFoundError: if `safetensors` is not installed.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "small.safetensors")
    >>> save(path, {"w": torch.ones(2)}, {"kind": "LSTM"})
    >>> load(path, {"kind": "LSTM"})
    ({'w': tensor([1., 1.])}, {'kind': 'LSTM'})
    """
    _installed()
    import safetensors.torch

    whole = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    content = safetensors.torch.save(whole, about)
    try:
        replace(path, content)
    except OSError as error:
        raise type(error)(
            error.errno,
            f"expected to write the checkpoint {path}, got "
            f"{error.strerror!r}; free some space or choose another folder "
            "(the file is as it was before)",
        ) from error


def load(
    path: Path, about: dict[str, str] | None = None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a checkpoint, on the CPU, and what they are about.

    Args:
        path: of the file.
        about: what it must be about: each of these keys has this value.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no whole checkpoint, or one of another model.
        ModuleNotFoundError: if `safetensors` is not installed.
    """
    _installed()
    import safetensors

    if not path.exists():
        raise FileNotFoundError(
            f"expected a checkpoint at {path}, got no file: save one there "
            "first, or correct the path"
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            found = dict(file.metadata() or {})
            names = file.keys()
            tensors = {name: file.get_tensor(name).clone() for name in names}
    except (safetensors.SafetensorError, OSError) as error:
        raise ValueError(
            f"expected {path} to be a safetensors file, as save writes it, got "
            f"one that is cut short or of another kind ({error}); a pickle is "
            "never opened, since it can run code: write the checkpoint again"
        ) from error
    for key, value in (about or {}).items():
        if found.get(key) != value:
            raise ValueError(
                f"expected a checkpoint with {key} {value!r}, got "
                f"{found.get(key)!r} in {path}: it is of another model; choose "
                "another file, or make the model that it is of"
            )
    return tensors, found


def _installed() -> None:
    if importlib.util.find_spec("safetensors") is None:
        raise ModuleNotFoundError(
            "expected the package safetensors, which reads and writes "
            'checkpoints: pip install "rnncourse[training]"'
        )
