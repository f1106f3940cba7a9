"""A model on disk: whole or absent, and read without running anything.

A checkpoint is a safetensors file: named tensors, and what they are about, in
words. Unlike a pickle it holds no code. It is written beside its place and then
moved, so that a fault on the way leaves what was there before.

A model is its tensors: `save` and `load`. A training is a tree of them, the
`state_dict()` of each of its parts: `save_tree` and `load_tree`.

Source: the safetensors format, https://huggingface.co/docs/safetensors.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rnncourse.store import replace

TREE = "rnncourse.tree"  # the key, in a file, of what holds the tensors
Plain = bool | int | float | str | None


def save(
    path: Path | str, tensors: dict[str, Tensor], about: dict[str, str]
) -> None:
    """Write tensors of any shapes, and what they are about, to one file.

    Raises:
        ValueError: if a tensor is sparse.
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

    for name, tensor in tensors.items():
        if tensor.layout != torch.strided:
            raise ValueError(
                f"expected {name!r} to be dense, got {tensor.layout}; make it "
                "so: .to_dense()"
            )
    path = Path(path)
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
    path: Path | str, about: dict[str, str] | None = None
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

    path = Path(path)
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


def save_tree(
    path: Path | str, tree: dict[str, Any], about: dict[str, str]
) -> None:
    """Write dicts, lists and tuples of tensors, numbers, words and None.

    Raises:
        TypeError: if there is anything else in the tree, also as a key.
        OSError: if it cannot be written; the file is as it was before.
        ModuleNotFoundError: if `safetensors` is not installed.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "training.safetensors")
    >>> tree = {"rates": (0.1, 0.2), "state": {0: torch.ones(2), 1: None}}
    >>> save_tree(path, tree, {"kind": "GRU"})
    >>> load_tree(path, {"kind": "GRU"})
    {'rates': (0.1, 0.2), 'state': {0: tensor([1., 1.]), 1: None}}
    """
    tensors: dict[str, Tensor] = {}
    bare = _bare(tree, "", tensors)
    save(path, tensors, about | {TREE: json.dumps(bare)})


def load_tree(
    path: Path | str, about: dict[str, str] | None = None
) -> dict[str, Any]:
    """What `save_tree` wrote, its tensors on the CPU.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no whole checkpoint of a training, or one of
            another model.
        ModuleNotFoundError: if `safetensors` is not installed.
    """
    tensors, found = load(path, about)
    try:
        return _clothed(json.loads(found[TREE]), tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"expected {path} to hold a training, as save_tree writes it, got "
            "other tensors; load reads them"
        ) from error


def _bare(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """The tree as JSON; its tensors are put aside under their names."""
    if isinstance(value, Tensor):
        while name in tensors:
            name += "'"
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, dict) and all(isinstance(k, Plain) for k in value):
        parts = [
            (k, _bare(v, f"{name}/{k}", tensors)) for k, v in value.items()
        ]
        return {"dict": parts}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_bare(v, name, tensors) for v in value]}
    if isinstance(value, Plain):
        return value
    got = type(value).__name__
    if isinstance(value, dict):
        others = [k for k in value if not isinstance(k, Plain)]
        got = f"the key {others[0]!r}"
    raise TypeError(
        "expected tensors, numbers, words, None, and dicts, lists and tuples "
        f"of them, got {got} at {name!r}; keep its state_dict()"
    )


def _clothed(bare: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(bare, dict):
        return bare
    ((kind, parts),) = bare.items()
    if kind == "tensor":
        return tensors[parts]
    if kind == "dict":
        return {key: _clothed(part, tensors) for key, part in parts}
    values = [_clothed(part, tensors) for part in parts]
    return values if kind == "list" else tuple(values)


def _installed() -> None:
    if importlib.util.find_spec("safetensors") is None:
        raise ModuleNotFoundError(
            "expected the package safetensors, which reads and writes "
            'checkpoints: pip install "rnncourse[training]"'
        )
