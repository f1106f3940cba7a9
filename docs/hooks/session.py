"""What one run of MkDocs shares between its two builds."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from mkdocs.utils import CountHandler

from hooks.environment import allowed
from hooks.mathematics import Styles, Typesetter
from rnncourse import recorded, store

CONVERTERS = (
    *("markdown", "mkdocs", "pygments", "pymdown-extensions"),
    *("mkdocs-jupyter", "nbconvert"),
)

Command = Literal["build", "gh-deploy", "serve"]


@dataclass
class Session:
    """One `mkdocs build`, or one `mkdocs serve` with all its rebuilds."""

    root: Path
    command: Command = "build"
    site: Path = Path("site")
    aside: Path | None = None
    warnings: CountHandler = field(default_factory=CountHandler)
    styles: Styles = field(default_factory=Styles)
    typesetter: Typesetter = field(init=False)
    wheels: set[Path] = field(default_factory=set)  # found to be whole
    english: str = ""  # the digest of what the English site was built from

    def __post_init__(self) -> None:
        """The formulas' process belongs to the session."""
        self.typesetter = Typesetter(self.root)

    @property
    def version(self) -> str:
        """Of the package."""
        text = (self.root / "pyproject.toml").read_text("utf-8")
        return tomllib.loads(text)["project"]["version"]

    def settings(self) -> str:
        """A digest of what every page's conversion depends on."""
        digest = hashlib.sha256((self.root / "mkdocs.yml").read_bytes())
        for library in CONVERTERS:
            digest.update(f"{library} {version(library)}\n".encode())
        return digest.hexdigest()

    def warned(self) -> int:
        """How many warnings and errors there have been in this build."""
        return sum(count for _, count in self.warnings.get_counts())

    def sources(self) -> list[Path]:
        """Every program of the package and of the snippets."""
        return sorted(
            path
            for folder in ("rnncourse", "snippets")
            for path in (self.root / folder).rglob("*.*")
            if path.suffix in (".py", ".c")
        )

    def wheel(self) -> Path:
        """The package as a wheel, built once for its content.

        Raises:
            RuntimeError: if it cannot be built; says why.
        """
        folder = store.folder().parent / "wheels" / packaged(self.root)
        known = folder in self.wheels and folder.exists()
        if not known and not _has_wheel(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(
                tempfile.mkdtemp(prefix=".writing-", dir=folder.parent)
            )
            command = [sys.executable, "-m", "hatchling", "build"]
            command += ["-t", "wheel", "-d", str(temporary)]
            done = subprocess.run(
                command,
                cwd=self.root,
                env=allowed(),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                shutil.rmtree(temporary)
                raise RuntimeError(f"the wheel was not built:\n{done.stderr}")
            temporary.chmod(0o755)
            try:
                os.replace(temporary, folder)
            except OSError:  # another build was faster
                shutil.rmtree(temporary)
        self.wheels.add(folder)
        return next(folder.glob("*.whl"))

    def english_from(self) -> str:
        """A digest of the state of all that the English site is built from.

        Of the Spanish pages that is the glossary, whose terms it names.
        """
        digest = hashlib.sha256()
        folders = ("docs", "snippets", "rnncourse", "labs", recorded.FOLDER)
        spanish = self.root / "docs" / "es"
        files = [self.root / name for name in ("mkdocs.yml", "pyproject.toml")]
        files += [
            path
            for folder in folders
            for path in (self.root / folder).rglob("*")
            if spanish not in path.parents or path.name == "glossary.md"
        ]
        for file in sorted(files):
            if file.is_file() and "__pycache__" not in file.parts:
                status = file.stat()
                state = f"{file} {status.st_mtime_ns} {status.st_size}\n"
                digest.update(state.encode())
        return digest.hexdigest()


def _has_wheel(folder: Path) -> bool:
    """Whether there is a wheel, and each of its files is as it was packed."""
    try:
        (path,) = folder.glob("*.whl")
        with zipfile.ZipFile(path) as wheel:
            return wheel.testzip() is None
    except (ValueError, OSError, zipfile.BadZipFile, zlib.error):
        return False


_sessions: dict[Path, Session] = {}


def of(config_file: str | None) -> Session:
    """The session of a configuration file."""
    root = Path(config_file or "mkdocs.yml").resolve().parent
    return _sessions.setdefault(root, Session(root))


def all_of() -> list[Session]:
    """Every session of this process."""
    return list(_sessions.values())


def packaged(root: Path) -> str:
    """A digest of all that the package's wheel is made of, and of its date."""
    names = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-text")
    files = [root / name for name in names]
    files += sorted((root / "rnncourse").rglob("*"))
    digest = hashlib.sha256(os.environ.get("SOURCE_DATE_EPOCH", "").encode())
    for file in files:
        if file.is_file() and file.parent.name != "__pycache__":
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
