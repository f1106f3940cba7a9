"""The commands of `python -m rnncourse`, one module each.

A module `rnncourse/commands/<name>.py` is the command `<name>`. The first line
of its docstring is its help, `arguments(parser)` adds what it takes, and
`run(args, tell)` returns the rows of its result; what it has to say on the way
it hands to `tell`, line by line.
"""

import hashlib
from collections.abc import Callable

import torch
from torch import Tensor

from rnncourse import checkpoints, store

Tell = Callable[[str], None]


def kept(
    what: str,
    about: dict[str, str],
    code: str,
    train: Callable[[], dict[str, Tensor]],
    tell: Tell,
) -> dict[str, Tensor]:
    """What was trained once, read from the cache or trained now and kept there.

    Args:
        what: is trained, for the message.
        about: all that the result depends on, besides the code.
        code: the module that trains; another code is another training.
        train: gives the tensors; its draws leave the caller's seed alone.
        tell: what is said on the way.

    Raises:
        ModuleNotFoundError: if `safetensors` is not installed.
    """
    about = about | {"code": store.fingerprint(code)}
    key = hashlib.sha256(str(sorted(about.items())).encode()).hexdigest()
    folder = store.folder().parent / "networks"
    path = folder / f"{about['model']}-{key[:16]}.safetensors"
    try:
        return checkpoints.load(path, about)[0]
    except FileNotFoundError:
        tell(f"training {what}, once; kept in {folder}")
    except ValueError as fault:
        tell(f"training {what} again: {fault}")
    with torch.random.fork_rng():
        tensors = train()
    try:
        checkpoints.save(path, tensors, about)
    except OSError as fault:
        tell(f"not kept: {fault}")
    return tensors


def check_seed(seed: int) -> None:
    """Raises: ValueError unless torch can be seeded with it."""
    if not 0 <= seed < 2**63:
        raise ValueError(f"expected --seed in 0..2**63 - 1, got {seed}")
