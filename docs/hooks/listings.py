"""Code on a page: included from tested files, with a way to the whole file."""

import html
import re
from pathlib import Path

from rnncourse.words import Say

LANGUAGES = {"py": "python", "c": "c"}  # by the end of a file's name
_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)```(?P<language>python|c)[ \t]*\n"
    r'(?P<body>(?:[ \t]*--8<-- "[^"\n]+"\n)+)',
    re.M,
)
_INCLUDE = re.compile(r'--8<-- "([^":\n]+?\.(?:py|c))(?::([\w-]+))?"')
_FILENAME = re.compile(r'<span class="filename">([\w./-]+\.(?:py|c))</span>')


def included(markdown: str) -> list[tuple[str, str | None]]:
    """The (file, section) pairs a page shows, in order."""
    return [(m[1], m[2] or None) for m in _INCLUDE.finditer(markdown)]


def anchor(path: str) -> str:
    """Where on the page the whole file stands."""
    return "file-" + re.sub(r"\W+", "-", path.removesuffix(".py"))


def language(path: str) -> str:
    """What a file is written in, by its name."""
    return LANGUAGES[path.rpartition(".")[2]]


def prepared(markdown: str, say: Say) -> str:
    """Each listing named after its file; the whole files folded at the end."""

    def name(match: re.Match[str]) -> str:
        include = _INCLUDE.search(match["body"])
        title = f' title="{include[1]}"' if include else ""
        kind = f".{match['language']}{title}"
        return f"{match['indent']}```{{{kind}}}\n{match['body']}"

    files = list(dict.fromkeys(path for path, _ in included(markdown)))
    if not files:
        return markdown
    heading = say(es="Los archivos completos", en="The whole files")
    parts = [_FENCE.sub(name, markdown), f"\n\n## {heading} {{ #files }}\n"]
    for path in files:
        parts.append(
            f'\n??? example "`{path}`"\n'
            f'    <span id="{anchor(path)}"></span>\n\n'
            f'    ```{language(path)}\n    --8<-- "{path}"\n    ```\n\n'
            f"    {{{{source {path}}}}}\n"
        )
    return "".join(parts)


def linked(page: str, to_root: str, repository: str, say: Say) -> str:
    """File names become links: above a listing to the fold, there to the file.

    Args:
        page: the page's HTML.
        to_root: from the page to the root of the site, "../".
        repository: the address of the repository; "" if not known.
        say: the page's language.
    """

    def named(match: re.Match[str]) -> str:
        path = match[1]
        link = f'<a href="#{anchor(path)}">{path}</a>'
        return f'<span class="filename">{link}</span>'

    def source(match: re.Match[str]) -> str:
        path = match[1]
        raw = html.escape(f"{to_root}{raw_address(path)}")
        words = say(es="Descargar el archivo", en="Download the file")
        links = [f'<a href="{raw}" download>{words}</a>']
        if repository:
            there = html.escape(f"{repository.rstrip('/')}/blob/main/{path}")
            words = say(
                es="Ver en el repositorio", en="See it in the repository"
            )
            links.append(f'<a href="{there}">{words}</a>')
        return f'<span class="source">{" · ".join(links)}</span>'

    page = _FILENAME.sub(named, page)
    return re.sub(r"\{\{source ([\w./-]+)\}\}", source, page)


def raw_address(path: str) -> str:
    """Where the site keeps a copy of a source file, from its root."""
    return f"code/{path}"


def requirement(code: str, wheel: str) -> str:
    """What pip installs so that the code runs: the package and its extras.

    Args:
        code: of all that will run.
        wheel: the address of the package; "" if not known.
    """
    extras = "figures,training"
    if "lightning_fabric" in code:
        extras += ",distributed"
    where = f" @ {wheel}" if wheel else ""
    return f'"rnncourse[{extras}]{where}"'


def install_line(
    markdown: str, root: Path, site_url: str, wheel: Path | None
) -> str | None:
    """The one command that makes the listings of a page run; None if none."""
    if not site_url or wheel is None:
        return None
    files = [root / path for path, _ in included(markdown)]
    code = "".join(path.read_text("utf-8") for path in files)
    address = f"{site_url}assets/{wheel.name}"
    return f"pip install {requirement(code, address)}"
