"""The chapters' notebooks on their pages, and for Colab.

Colab opens them from a branch of the repository; `make notebooks` writes them
from the built site. Colab shows no SVG that stands inside a notebook: there
each picture is the published one.
"""

import json
import os
import re
import tempfile
from pathlib import Path

from hooks import chapters, languages
from rnncourse.words import LANGUAGES, Language, Say

ROOT = Path(__file__).parent.parent.parent
_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_DATA = re.compile(r"\(data:image/svg\+xml,[^)\s]*\)")


class ColabError(RuntimeError):
    """The notebooks cannot be written; says what to do."""


def address(stem: str, language: Language, repository: str) -> str:
    """Where Colab opens a chapter; "" if the repository is not on GitHub."""
    match = _GITHUB.fullmatch(repository)
    if match is None:
        return ""
    place = f"{match[1]}/blob/notebooks/{language}/{stem}.ipynb"
    return f"https://colab.research.google.com/github/{place}"


def links(stem: str, repository: str, say: Say) -> str:
    """How to have a chapter as a notebook, under its title."""
    words = say(es="Descargar como cuaderno", en="Download as a notebook")
    found = [f'<a href="{stem}.ipynb" download>{words}</a>']
    if there := address(stem, say.language, repository):
        words = say(es="Abrir en Colab", en="Open in Colab")
        found.append(f'<a href="{there}">{words}</a>')
    return f'<p class="source">{" · ".join(found)}</p>'


def published(text: str) -> str:
    """The file of a notebook, its pictures where the site has them."""
    made = json.loads(text)
    home = made["metadata"]["home"]
    for cell in made["cells"]:
        if home and (picture := cell["metadata"].get("picture")):
            whole = "".join(cell["source"])
            shown = _DATA.sub(f"({home}{picture})", whole, count=1)
            cell["source"] = shown.splitlines(keepends=True)
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def files(site: Path, root: Path = ROOT) -> dict[str, str]:
    """The notebooks of a built site, by their places in the branch.

    Raises:
        ColabError: if the site does not have them.
    """
    found = {}
    for language in LANGUAGES:
        home = site if language == languages.MAIN else site / language
        for stem in chapters.stems(root):
            path = home / stem / f"{stem}.ipynb"
            if not path.exists():
                raise ColabError(
                    f"expected {path}, got no such file: run `make build`"
                )
            text = path.read_text("utf-8")
            found[f"{language}/{stem}.ipynb"] = published(text)
    return found


def write(made: dict[str, str], folder: Path) -> None:
    """Write the notebooks in the place of those before, all or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=".writing-", dir=folder.parent
    ) as aside:
        whole = Path(aside) / "whole"
        for name, text in made.items():
            (whole / name).parent.mkdir(parents=True, exist_ok=True)
            (whole / name).write_text(text, "utf-8")
        if folder.exists():
            os.replace(folder, Path(aside) / "before")
        os.replace(whole, folder)


def main() -> None:
    """Write the notebooks of the site to dist/notebooks/."""
    folder = ROOT / "dist" / "notebooks"
    try:
        made = files(ROOT / "site")
    except ColabError as error:
        raise SystemExit(str(error)) from error
    write(made, folder)
    print(f"{folder}: {len(made)} notebooks")


if __name__ == "__main__":
    main()
