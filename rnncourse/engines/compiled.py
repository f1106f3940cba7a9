"""The C source of the engine native: compiled on first use, then kept.

The system's compiler makes a library for one type of numbers and this very
processor. Its file lies in the user's cache, in a folder that nobody else may
write, under the digest of all it depends on; and it names the digest of its own
content, so that a damaged one is noticed, removed and made anew. It is written
beside its place and then moved there: two processes may build at once.
"""

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import torch

from rnncourse import store

SOURCE = Path(__file__).with_name("native.c")
COMPILERS = ("cc", "gcc", "clang")
FLAGS = "-std=gnu11 -O3 -fno-math-errno -fno-trapping-math -fPIC -shared"
HERE = "-march=native -mtune=generic"  # its tuning may halve the vectors
MORE = (f"{HERE} -fopenmp", f"{HERE} -fopenmp-simd", "")
TYPES = {torch.float32: "", torch.float64: "-DDOUBLE"}
LONG, INT, POINTER = ctypes.c_long, ctypes.c_int, ctypes.c_void_p
SECONDS = 120  # for a compiler; it takes one or two


class CompilerError(RuntimeError):
    """There is no library; the message says why."""


def load(dtype: torch.dtype) -> ctypes.CDLL:
    """The library for numbers of this type.

    Raises:
        CompilerError: if there is none and none can be made.
    """
    if sys.platform == "win32":
        raise CompilerError("it is not built on Windows")
    command = compiler()
    name = f"native-{key(command, TYPES[dtype])}"
    try:
        place = folder()
        for file in place.glob(f"{name}-*.so"):
            if digest(file.read_bytes()) == file.stem.rpartition("-")[2]:
                return ctypes.CDLL(str(file))
            file.unlink(missing_ok=True)
        return ctypes.CDLL(str(build(command, TYPES[dtype], place, name)))
    except (OSError, RuntimeError) as error:  # no file there, or no home
        raise CompilerError(f"{error}") from error


def compiler() -> list[str]:
    """The compiler's command: what CC says, else the first that is found.

    Raises:
        CompilerError: if it is not found.
    """
    try:
        named = shlex.split(os.environ.get("CC", ""))
    except ValueError as error:
        raise CompilerError(f"CC cannot be read: {error}") from error
    if named:
        if shutil.which(named[0]) is None:
            raise CompilerError(f"CC names {named[0]!r}, which was not found")
        return named
    for name in COMPILERS:
        found = shutil.which(name)
        if found:
            return [found]
    raise CompilerError(
        f"no C compiler was found, neither in CC nor as {', '.join(COMPILERS)}"
    )


def key(command: list[str], of_type: str) -> str:
    """A digest of all that a library depends on."""
    said = call([*command, "--version"])
    depends = [SOURCE.read_text("utf-8"), *command, said.stdout, FLAGS, *MORE]
    return digest("\n".join([*depends, of_type, processor()]).encode())


def processor() -> str:
    """The CPU and what it can do, as the system names them."""
    about = Path("/proc/cpuinfo")
    if not about.exists():
        return platform.machine() + platform.processor()
    lines = about.read_text("utf-8", errors="replace").splitlines()
    asked = ("vendor_id", "model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({one for one in lines if one.startswith(asked)}))


@lru_cache
def of_amd() -> bool:
    """Whether this processor is one of AMD's."""
    return "AuthenticAMD" in processor()


def digest(content: bytes) -> str:
    """Of a file, to be part of a name."""
    return hashlib.sha256(content).hexdigest()[:24]


def folder() -> Path:
    """Where libraries lie, beside what `rnncourse.store` keeps.

    Raises:
        CompilerError: if others may write there.
    """
    place = store.folder().parent / "native"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = place.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise CompilerError(f"others may write into {place}")
    return place


def build(command: list[str], of_type: str, place: Path, name: str) -> Path:
    """Compile, with all that this compiler knows how to do.

    Raises:
        CompilerError: if it fails.
    """
    with tempfile.TemporaryDirectory(prefix=".building-", dir=place) as made:
        file = Path(made) / "native.so"
        for more in MORE:
            options = f"{FLAGS} {more} {of_type}".split()
            said = call([*command, *options, str(SOURCE), "-o", str(file)])
            if said.returncode == 0:
                final = place / f"{name}-{digest(file.read_bytes())}.so"
                os.replace(file, final)
                return final
    message = " ".join((said.stderr or said.stdout).split())
    raise CompilerError(f"{command[0]} failed: {message[:200]}")


def call(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a compiler and hear what it says.

    Raises:
        CompilerError: if it cannot run, or does not end.
    """
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompilerError(f"{command[0]} did not run: {error}") from error
