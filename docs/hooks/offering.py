"""The zip and the PDFs, beside the pages that they were made of.

They come from the built site, so that no build can hold them: `make offer`
makes them, and then puts them into the site. The home pages say how to make
them; from then on, they link them, too.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from hooks import built, languages, offline
from rnncourse.words import LANGUAGES, Say

ROOT = Path(__file__).parent.parent.parent
FOLDER = "downloads"
_PLACE = re.compile(r'(<p class="take">.*?)(</p>)', re.S)
_ADDRESS = re.compile(r'<link rel="canonical" href="([^"]+)"')


class OfferError(RuntimeError):
    """The site cannot offer what it should."""


def files(dist: Path) -> dict[str, Path]:
    """What is offered: "zip", and the PDF of each language by its name.

    Raises:
        OfferError: if one was not made.
    """
    found = {"zip": dist / f"{offline.NAME}.zip"}
    found |= {name: dist / f"rnncourse-{name}.pdf" for name in LANGUAGES}
    if missing := [path.name for path in found.values() if not path.exists()]:
        raise OfferError(
            f"expected {' and '.join(missing)} in {dist}, got none: run `make "
            "offline` and `make pdf`"
        )
    return found


def sentence(found: dict[str, Path], to_root: str, say: Say) -> str:
    """What a home page says of the files, with a link to each."""

    def link(name: str, words: str) -> str:
        path = found[name]
        size = f"{path.stat().st_size / 1e6:.0f} MB"
        place = f"{to_root}{FOLDER}/{path.name}"
        return f'<a href="{place}" download>{words}</a> ({size})'

    pack = link("zip", say(es="el zip", en="the zip"))
    es = link("es", say(es="el PDF en español", en="the PDF in Spanish"))
    en = link("en", say(es="el PDF en inglés", en="the PDF in English"))
    return say(
        es=f"También están aquí, hechos de estas mismas páginas: {pack}, {es} "
        f"y {en}.",
        en=f"They are also here, made of these very pages: {pack}, {es} and "
        f"{en}.",
    )


def offer(site: Path, dist: Path) -> None:
    """Put the files into the site, and links to them on its home pages.

    Raises:
        OfferError: if a file was not made, or a home page is not there or has
            no place for the links, or has them; the site is then as it was.
    """
    found, homes = files(dist), {}
    for language in LANGUAGES:
        path = "" if language == languages.MAIN else f"{language}/"
        home = site / path / "index.html"
        text = home.read_text("utf-8") if home.exists() else ""
        said = sentence(found, "../" * path.count("/"), Say(language))
        if len(_PLACE.findall(text)) != 1 or f"{FOLDER}/" in text:
            raise OfferError(
                f"expected a home page in {home} with one place for the links "
                "and without them, got another: run `make build`"
            )
        homes[home] = _PLACE.sub(rf"\1 {said}\2", text)
    (site / FOLDER).mkdir(exist_ok=True)
    for file in found.values():
        shutil.copyfile(file, site / FOLDER / file.name)
    for home, text in homes.items():
        aside = home.with_suffix(".aside")
        aside.write_text(text, "utf-8")
        os.replace(aside, home)


def main() -> None:
    """Put what dist/ holds into site/."""
    site = ROOT / "site"
    try:
        offer(site, ROOT / "dist")
    except OfferError as error:
        sys.exit(str(error))
    home = (site / "index.html").read_text("utf-8")
    sys.exit("\n".join(built.faults(site, _ADDRESS.findall(home)[0])) or 0)


if __name__ == "__main__":
    main()
