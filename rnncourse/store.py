"""The store: what was computed once is not computed again.

An entry is the result of one function with its arguments. Its key holds all
that the result depends on: the function, the arguments, the versions of Python
and of the libraries that the code imports, and the code itself: the module of
the function and all it imports from this package, as syntax trees without
docstrings. A changed comment changes nothing; a changed constant redraws.

An entry is written to a temporary file and then moved, so that it is whole or
absent, and carries a checksum, so that a damaged one is reported and not used.
"""

import ast
import base64
import contextlib
import functools
import gc
import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

PACKAGE = __name__.split(".")[0]
ENGINE = "bptt"  # what computes all that is kept
ROOT = Path(__file__).parent.parent


class StoreError(RuntimeError):
    """An entry of the store cannot be used; the message says which and why."""


def folder() -> Path:
    """Where entries live: `RNNCOURSE_CACHE`, else `.cache` beside the package.

    An installed package has no such place of its own and uses the user's.
    """
    named = os.environ.get("RNNCOURSE_CACHE")
    if named:
        return Path(named) / "store"
    if (ROOT / "pyproject.toml").exists():
        return ROOT / ".cache" / "store"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / PACKAGE / "store"


def source_of(module: str, root: Path = ROOT) -> Path | None:
    """The file of one of the package's modules; None if there is no such."""
    path = root.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def tree(code: str, name: str = "<unknown>") -> ast.Module:
    """A program as a syntax tree; its name is for the message of an error.

    Nobody else parses meanwhile, nor is garbage collected, which may run code:
    Python 3.11 has one count of a tree's depth for all who parse.
    """
    with _PARSING:
        collects = gc.isenabled()
        gc.disable()
        try:
            return ast.parse(code, filename=name)
        finally:
            if collects:
                gc.enable()


_PARSING = threading.RLock()


class _WithoutDocstrings(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(
                first.value, ast.Constant
            ):
                node.body = body[1:]  # type: ignore[attr-defined]
        return node


def imports(program: ast.AST) -> set[str]:
    """Every module that a tree may import, at the top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(program):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@functools.lru_cache(maxsize=512)
def _parsed(path: Path, stamp: tuple[int, int]) -> tuple[str, frozenset[str]]:
    whole = tree(path.read_text("utf-8"), str(path))
    found = frozenset(imports(whole))
    return _digest(ast.dump(_WithoutDocstrings().visit(whole))), found


def fingerprint(module: str, root: Path = ROOT) -> str:
    """A digest of a module's code, of what it imports, and of the versions.

    Raises:
        StoreError: if the package has no such module.
    """
    if _known is not None and (module, root) in _known:
        return _known[module, root]
    if source_of(module, root) is None:
        raise StoreError(f"expected a module of {PACKAGE}, got {module!r}")
    mark = _fingerprint({module}, root)
    if _known is not None:
        _known[module, root] = mark
    return mark


_known: dict[tuple[str, Path], str] | None = None


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Within it no source changes, and each module is read once."""
    global _known
    _known = {}
    try:
        yield
    finally:
        _known = None


def fingerprint_of(program: str, root: Path = ROOT) -> str:
    """The same of what a program imports, without the program's own code."""
    return _fingerprint(imports(tree(program)), root)


def _fingerprint(modules: set[str], root: Path) -> str:
    code: dict[str, str] = {}
    libraries: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        top = name.split(".")[0]
        if top != PACKAGE:
            if top not in sys.stdlib_module_names:
                libraries.add(top)
            continue
        file = source_of(name, root)
        if file is not None and name not in code:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            code[name], found = _parsed(file, stamp)
            waiting.extend(found)
    versions = {name: _version(name) for name in libraries}
    versions["python"] = ".".join(map(str, sys.version_info[:2]))
    return _digest([sorted(code.items()), sorted(versions.items())])


@functools.lru_cache(maxsize=64)
def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _digest(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def entry(name: str, *arguments: Any, root: Path = ROOT) -> Path:
    """The file that holds, or will hold, a function's result.

    Args:
        name: the function's full name, `rnncourse.claims.rnn.same_as_torch`.
        arguments: what it was called with; anything JSON can say.
        root: the folder that contains the package.
    """
    module = name.rpartition(".")[0]
    key = _digest([fingerprint(module, root), name, arguments])
    return folder() / f"{name.removeprefix(PACKAGE + '.')}-{key[:24]}.json"


def read(path: Path) -> Any:
    """The result kept in an entry.

    Raises:
        FileNotFoundError: if it has not been computed.
        StoreError: if the entry is damaged.
    """
    text = path.read_text("utf-8", errors="replace")
    checksum, _, body = text.partition("\n")
    if checksum != hashlib.sha256(body.encode()).hexdigest():
        raise StoreError(
            f"{path}: damaged entry of the store (its checksum does not "
            "match); delete the file and build again"
        )
    return json.loads(body, object_hook=_decode)


def write(path: Path, result: Any) -> None:
    """Keep a result: whole or not at all."""
    body = json.dumps(result, default=_encode, ensure_ascii=False)
    checksum = hashlib.sha256(body.encode()).hexdigest()
    try:
        replace(path, f"{checksum}\n{body}".encode())
    except PermissionError:
        if not path.exists():
            raise  # otherwise another process reads it, which Windows protects


def replace(path: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def ask(name: str, compute: Callable[[], Any], *arguments: Any) -> Any:
    """The kept result of the named function, computed now if there is none."""
    path = entry(name, *arguments)
    try:
        return read(path)
    except FileNotFoundError:
        write(path, compute())
        return read(path)


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function ask the store: the decorator of every experiment.

    The result is made of dicts with string keys, lists, numbers, strings and
    NumPy arrays; arguments are anything JSON can say. Layers run on the engine
    ENGINE, whatever the environment says: the key does not know it.
    """
    name = f"{function.__module__}.{function.__name__}"

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        def compute() -> R:
            with _environment(RNNCOURSE_ENGINE=ENGINE):
                return function(*args, **kwargs)

        given = [list(args), dict(sorted(kwargs.items()))]
        return ask(name, compute, *given)

    return asked


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _encode(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {
            "array": base64.b64encode(
                np.ascontiguousarray(value).tobytes()
            ).decode("ascii"),
            "dtype": str(value.dtype),
            "shape": list(value.shape),
        }
    raise TypeError(
        "expected numbers, strings, lists, dicts and NumPy arrays in a result "
        f"to keep, got {type(value).__name__}"
    )


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"array", "dtype", "shape"}:
        content = base64.b64decode(value["array"])
        array = np.frombuffer(content, dtype=value["dtype"])
        return array.reshape(value["shape"]).copy()
    return value
