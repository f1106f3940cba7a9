"""The chapters' notebooks: made, executed once and kept.

The outputs are computed once for both languages, since the code is the same.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from hooks import cells, evidence, execution, keeping, listings
from rnncourse import store
from rnncourse.words import LANGUAGES, Language


def stems(root: Path) -> list[str]:
    """The chapters: each has exercises, and a page in every language."""
    found = (root / "snippets").glob("*_exercises.py")
    named = sorted(path.stem.removesuffix("_exercises") for path in found)
    folders = [root / "docs" / language for language in LANGUAGES]
    return [
        stem
        for stem in named
        if all((folder / f"{stem}.md").exists() for folder in folders)
    ]


def executed(
    root: Path,
    place: Callable[[Language], cells.Place],
    log: Callable[[str], None],
) -> dict[tuple[str, Language], str]:
    """The file of every chapter in every language, with its outputs.

    Raises:
        cells.ChapterError: if a chapter's languages have other code.
        ExecutionError: if a cell fails, takes too long or ends its kernel.
        StoreError: if what was kept is damaged.
    """
    places = [place(language) for language in LANGUAGES]
    files, fresh = {}, {}
    for stem in stems(root):
        key, known = _key(stem, places, root), keeping.read(_kept(stem))
        if known and known["key"] == key:
            files[stem] = known["files"]
        else:
            fresh[stem] = key, _made(stem, places, root)
    asked = [
        execution.Asked(made[0], f"chapter-{stem}", f"the chapter {stem}")
        for stem, (_, made) in fresh.items()
    ]
    found = execution.outputs(asked, root, log)
    for (stem, (key, made)), shown in zip(fresh.items(), found, strict=True):
        files[stem] = [_written(one, shown) for one in made]
        store.write(_kept(stem), {"key": key, "files": files[stem]})
    return {
        (stem, one.language): text
        for stem, texts in files.items()
        for one, text in zip(places, texts, strict=True)
    }


def _kept(stem: str) -> Path:
    return store.folder().parent / "chapters" / f"{stem}.json"


def _made(stem: str, places: list[cells.Place], root: Path) -> list[Any]:
    """A chapter's notebook in each language, not executed."""
    made = [cells.notebook(stem, place, root) for place in places]
    if any(_sources(one) != _sources(made[0]) for one in made):
        raise cells.ChapterError(
            f"{stem}: expected the same code in all languages"
        )
    return made


def _written(made: Any, shown: list[Any]) -> str:
    execution.show(made, _printed(shown))
    nbformat.validate(made)
    return nbformat.writes(made) + "\n"


def _key(stem: str, places: list[cells.Place], root: Path) -> str:
    """Of all that the files of a chapter depend on."""
    pages = [root / "docs" / one.language / f"{stem}.md" for one in places]
    markdown = "\n".join(page.read_text("utf-8") for page in pages)
    shown = {root / path for path, _ in listings.included(markdown)}
    read = [*pages, root / "rnncourse" / "references.py", *sorted(shown)]
    read += sorted(Path(__file__).parent.glob("*.py"))
    read += sorted((root / "benchmarks" / "results").glob("*.json"))
    code = "\n".join(
        path.read_text("utf-8")
        for path in sorted(shown)
        if path.suffix == ".py"
    )
    whole = [
        [[one.home, one.wheel, one.url("history.md")] for one in places],
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in read],
        [evidence.state(markdown), store.fingerprint_of(code, root)],
        nbformat.__version__,
    ]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def _sources(made: Any) -> list[str]:
    return [cell.source for cell in made.cells if cell.cell_type == "code"]


def _printed(shown: list[Any]) -> list[Any]:
    """The outputs but for what went to standard error: progress, its times."""
    return [
        [output for output in found if output.get("name") != "stderr"]
        for found in shown
    ]
