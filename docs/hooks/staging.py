"""Build aside, then change places: the site is whole, or as it was."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

_MARK = ".building-"
_STALE = 3600.0  # seconds after which a dead build left what is unfinished
_DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
    *(errno.EROFS, errno.EACCES, errno.EPERM),
}


def begin(site: Path) -> Path:
    """A new folder beside the site, on the same disk; old ones are removed."""
    site.parent.mkdir(parents=True, exist_ok=True)
    _tidy(site.parent.glob(f"{site.name}{_MARK}*"))
    return Path(tempfile.mkdtemp(prefix=site.name + _MARK, dir=site.parent))


def tidy(cache: Path) -> None:
    """Remove what dead builds had half written into the cache."""
    _tidy(cache.rglob(".writing-*"))


def _tidy(unfinished: Iterable[Path]) -> None:
    for left in unfinished:
        try:
            if time.time() - left.stat().st_mtime <= _STALE:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()
        except OSError:
            pass  # another build was faster, or nothing can be removed here


def write(path: Path, text: str) -> None:
    """Write a file of the new folder; what it is a hard link to stays."""
    path.unlink(missing_ok=True)
    path.write_text(text, "utf-8")


def publish(aside: Path, site: Path) -> None:
    """Put the finished folder in the place of the site."""
    aside.chmod(0o755)
    try:
        os.rename(aside, site)
    except OSError:  # there is a site
        exchange(aside, site)
        shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> None:
    """Two folders change places: at once on Linux, elsewhere by way of a third.

    Raises:
        OSError: if they cannot.
    """
    if sys.platform == "linux":
        here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        names = [os.fsencode(path.resolve()) for path in (one, other)]
        rename = getattr(ctypes.CDLL(None), "renameat2", None)
        if rename and rename(here, names[0], here, names[1], swap) == 0:
            return
    third = Path(tempfile.mkdtemp(prefix=other.name + _MARK, dir=other.parent))
    os.rename(other, third / "site")
    try:
        os.rename(one, other)
    except OSError:
        os.rename(third / "site", other)
        raise
    finally:
        if (third / "site").exists():
            os.rename(third / "site", one)
        third.rmdir()


def discard(aside: Path) -> None:
    """Forget an unfinished folder."""
    shutil.rmtree(aside, ignore_errors=True)


def strays(root: Path, folders: Iterable[str]) -> list[Path]:
    """The symbolic links in these folders of `root` that lead out of them."""
    return [
        path
        for folder in folders
        for path in [root / folder, *sorted((root / folder).rglob("*"))]
        if path.is_symlink()
        and not path.resolve().is_relative_to(root.resolve() / folder)
    ]


def explained(error: BaseException, cache: Path) -> str | None:
    """What to do where the disk was at fault; None if something else was."""
    if not isinstance(error, OSError) or error.errno not in _DISK:
        return None
    place = os.fsdecode(error.filename or "a file")
    way = "free some space there, or allow writing"
    if Path(place).is_relative_to(cache):
        way += ", or name another folder for what is kept, RNNCOURSE_CACHE"
    return (
        f"expected to write {place}, got {error.strerror!r}: {way}; then build "
        "again (the site is as it was)"
    )
