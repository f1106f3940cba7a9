"""The writes of a build, one by one: to stop it there, or to refuse them.

Python tells an audit hook of each file that is about to be opened, moved or
removed. That holds within this process, and in what it forks.
"""

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

Write = Callable[[str, str], None]  # what happens, and to which path

_CHANGES = {
    "os.rename": 1,  # the argument that names what changes
    "os.mkdir": 0,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.chmod": 0,
    "os.link": 1,
    "os.symlink": 1,
}
_act: Write | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _act is None:
        return
    if event == "open":
        flags = arguments[2]
        assert isinstance(flags, int)
        if not flags & (os.O_WRONLY | os.O_RDWR):
            return
        place = arguments[0]
    elif event in _CHANGES:
        place = arguments[_CHANGES[event]]
    else:
        return
    if isinstance(place, str | bytes | os.PathLike):
        _act(event, os.fsdecode(place))


sys.addaudithook(_hook)


@contextmanager
def watched(act: Write, *folders: Path) -> Iterator[None]:
    """Before each change below the folders, and only there, `act` is called."""
    global _act
    below = tuple(f"{folder}{os.sep}" for folder in folders)

    def here(event: str, place: str) -> None:
        if place.startswith(below):
            act(event, place)

    _act = here
    try:
        yield
    finally:
        _act = None


def pauses(
    build: Callable[[], bool], *folders: Path
) -> Iterator[tuple[str, str]]:
    """Start it in a process of its own, which waits before each change.

    Yields what is about to happen, and to which path; then the build goes on.
    """
    ours, theirs = Pipe()

    def wait(event: str, place: str) -> None:
        if event != "os.mkdir":
            theirs.send((event, place))
            theirs.recv()

    def run() -> bool:
        ours.close()
        with watched(wait, *folders):
            return build()

    number = apart(run)
    theirs.close()
    while True:
        try:
            change = ours.recv()
        except EOFError:  # it has ended
            break
        yield change
        ours.send("go on")
    assert status(number) == 0


@contextmanager
def ended(event: str, place: str, *folders: Path) -> Iterator[None]:
    """The folders as a sudden death before that change leaves them.

    They are copies, with the file of the change half written; afterwards the
    folders of the build that waits are back.
    """
    held = [folder.rename(f"{folder}.held") for folder in folders]
    for kept, folder in zip(held, folders, strict=True):
        shutil.copytree(kept, folder, symlinks=True)
    if event == "open":
        Path(place).write_text("half")
    yield
    for kept, folder in zip(held, folders, strict=True):
        shutil.rmtree(folder)
        kept.rename(folder)


def refuse(code: int, *, when: Callable[[str], bool]) -> Write:
    """Refuses to write what `when` holds for, as a disk does, and later all."""
    refusing = False

    def act(event: str, place: str) -> None:
        nonlocal refusing
        if event in ("os.remove", "os.rmdir"):
            return
        refusing = refusing or when(place)
        if refusing:
            raise OSError(code, os.strerror(code), place)

    return act


def apart(act: Callable[[], bool]) -> int:
    """Start it in a process of its own, a copy of this one; give its number."""
    number = os.fork()
    if number:
        return number
    status = 1
    try:
        status = 0 if act() else 1
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def status(number: int) -> int:
    """Of such a process, when it has ended: 0 if what it did went well."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
