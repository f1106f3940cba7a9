"""Build aside, then rename: a site is whole or it is the previous one."""

import os
import shutil
import tempfile
import time
from pathlib import Path

_MARK = ".building-"
_STALE = 3600.0  # seconds after which a folder aside was left by a dead build


def begin(site: Path) -> Path:
    """A new folder beside the site, on the same disk; old ones are removed."""
    site.parent.mkdir(parents=True, exist_ok=True)
    for left in site.parent.glob(f"{site.name}{_MARK}*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=site.name + _MARK, dir=site.parent))


def publish(aside: Path, site: Path) -> None:
    """Put the finished folder in the place of the site."""
    aside.chmod(0o755)
    if not site.exists():
        os.replace(aside, site)
        return
    old = Path(tempfile.mkdtemp(prefix=site.name + _MARK, dir=site.parent))
    os.replace(site, old / "site")
    os.replace(aside, site)
    shutil.rmtree(old, ignore_errors=True)


def discard(aside: Path) -> None:
    """Forget an unfinished folder."""
    shutil.rmtree(aside, ignore_errors=True)
