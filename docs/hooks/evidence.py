"""Evidence on pages: `[[figure ...]]`, `[[claim ...]]`, `[[value ...]]`, ...

A widget, `[[play ...]]`, is shown around its figure, `play.<name>`.

What a page names is computed before pages are read, in two processes, and read
from the store. A `[[result ...]]` is a time or a size that was measured by hand
and recorded in `benchmarks/results/<name>.json`: the build never times
anything. Its digits `s` show a text as it is, and what is null, not
measured, is a dash. A `[[table ...]]` shows many of them: see `tables`. A
`[[count ...]]` says how much there is: see `counts`.

`python -m hooks.evidence` computes all claims and figures that the store lacks.
"""

import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from hooks import staging, tables, widgets
from hooks.counts import counts
from hooks.environment import allowed
from rnncourse import recorded, store
from rnncourse.evidence import Job, names
from rnncourse.figures.style import SCHEMES
from rnncourse.words import LANGUAGES, Language, Say, number

DIRECTIVE = re.compile(
    r"\[\[(figure|play|claim|value|result|table|count)(?: +([^\n]*?))?\]\]"
)
_MATH = re.compile(
    r"(\$\$.*?\$\$|(?<!\\)\$[^$\n]+\$|\\begin\{equation\*?\}.*?"
    r"\\end\{equation\*?\}|\\\(.*?\\\)|\\\[.*?\\\])",
    re.S,
)
UNCOMPUTED = ("result", "table", "count")
KINDS = {"figure": "figures", "claim": "claims", "value": "experiments"}
NOT_MEASURED = "—"  # of a result that is null
TIMEOUT = 1200.0  # seconds that one job may take before the build gives up
WORKERS = 2


class EvidenceError(RuntimeError):
    """A figure, claim or value that cannot be shown; says which and why."""


def jobs(pages: dict[str, str], root: Path) -> list[Job]:
    """What the pages need, and every claim for the ledger.

    Args:
        pages: Markdown by file name, of every language.
        root: of the project.

    Raises:
        EvidenceError: if a page names what does not exist.
    """
    known = {kind: names(kind, root) for kind in KINDS.values()}  # type: ignore[arg-type]
    wanted: dict[Job, None] = {}
    for page, markdown in pages.items():
        for word, text in DIRECTIVE.findall(markdown):
            if word in UNCOMPUTED:
                continue
            kind, name = _named(word, (text.split() or [""])[0])
            if name not in known[kind]:
                raise EvidenceError(
                    f"{page}: unknown {word} {name!r}; expected one of: "
                    f"{', '.join(known[kind]) or 'none'}"
                )
            wanted |= dict.fromkeys(_jobs_of(kind, name))
    for name in known["claims"]:
        wanted |= dict.fromkeys(_jobs_of("claims", name))
    return list(wanted)


def _named(word: str, name: str) -> tuple[str, str]:
    """The kind of evidence, and its name; a widget has a figure."""
    if word == "play":
        return "figures", f"play.{name}"
    return KINDS[word], name


def _jobs_of(kind: str, name: str) -> list[Job]:
    if kind != "figures":
        return [Job(kind, name)]  # type: ignore[arg-type]
    return [
        Job("figures", name, language, scheme)
        for language in LANGUAGES
        for scheme in SCHEMES
    ]


def every(root: Path) -> list[Job]:
    """All claims and figures, whether or not a page shows them."""
    return [
        job
        for kind in ("claims", "figures")
        for name in names(kind, root)
        for job in _jobs_of(kind, name)
    ]


_entries: dict[tuple[Job, Path], Path] = {}  # of the build that goes on


def compute(
    wanted: list[Job],
    root: Path,
    log: Callable[[str], None],
    timeout: float = TIMEOUT,
) -> None:
    """Compute what the store lacks, two groups at a time.

    Raises:
        EvidenceError: naming each job that failed, or the one that hangs.
    """
    _read.cache_clear()
    _entries.clear()  # the sources may have changed since the last build
    with store.steady():
        _entries.update(((job, root), job.entry(root)) for job in wanted)
    missing = [job for job in wanted if not _entries[job, root].exists()]
    if not missing:
        return
    log(f"evidence: {len(missing)} of {len(wanted)} results to compute")
    workers = _Workers(missing, root, log, timeout)
    try:
        failures = workers.run()
    finally:
        workers.stop()
    if failures:
        raise EvidenceError("\n".join(failures))


class _Workers:
    """Processes that compute one job each at a time, never two of a group.

    Results of a group share experiments: whoever came second would compute the
    same again.
    """

    def __init__(
        self,
        missing: list[Job],
        root: Path,
        log: Callable[[str], None],
        timeout: float,
    ) -> None:
        self.waiting, self.left = list(missing), len(missing)
        self.log, self.timeout = log, timeout
        self.lines: queue.Queue[tuple[int, str | None]] = queue.Queue()
        self.failures: list[str] = []
        count = min(
            WORKERS, os.cpu_count() or 1, len({job.group for job in missing})
        )
        self.processes = [_worker(root) for _ in range(count)]
        self.listeners = [
            threading.Thread(target=self._listen, args=(k, process.stdout))
            for k, process in enumerate(self.processes)
        ]
        self.at: list[Job | None] = [None] * count
        self.since = [time.monotonic()] * count
        self.other: list[list[str]] = [[] for _ in range(count)]

    def _listen(self, k: int, stream: Iterable[str]) -> None:
        for line in stream:
            self.lines.put((k, line))
        self.lines.put((k, None))

    def run(self) -> list[str]:
        """Give out every job; the failures, each as a text."""
        for listener in self.listeners:
            listener.start()
        for k in range(len(self.processes)):
            self._next(k)
        open_ends = set(range(len(self.processes)))
        while open_ends and self.left:
            now = time.monotonic()
            busy = [k for k in open_ends if self.at[k]]
            since = min((self.since[k] for k in busy), default=now)
            left = since + self.timeout - now
            try:
                k, line = self.lines.get(timeout=max(0.0, left))
            except queue.Empty:
                if self._give_up(busy):
                    break
                continue
            if line is None:
                open_ends.discard(k)
                self._ended(k)
            else:
                self._heard(k, line)
        return self.failures

    def _next(self, k: int) -> None:
        """Send a process its next job, or let it end."""
        last = self.at[k]
        self.at[k] = None
        taken = {job.group for job in self.at if job}
        free = [job for job in self.waiting if job.group not in taken]
        same = [job for job in free if last and job.group == last.group]
        stdin = self.processes[k].stdin
        assert stdin is not None
        if not free:
            stdin.close()
            return
        job = (same or free)[0]
        self.waiting.remove(job)
        self.at[k], self.since[k] = job, time.monotonic()
        try:
            stdin.write(json.dumps(asdict(job)) + "\n")
            stdin.flush()
        except OSError:
            pass  # it has ended: its listener says so

    def _heard(self, k: int, line: str) -> None:
        try:
            report = json.loads(line)
            label, seconds = _label(report["done"]), report["seconds"]
        except (ValueError, TypeError, KeyError):
            self.other[k].append(line)
            return
        self.left -= 1
        self.log(f"evidence: {label}, {seconds:.1f} s, {self.left} left")
        if "file" in report:  # that could not be read or written
            error = OSError(*report["file"])
            said = staging.explained(error, store.folder().parent)
            report["reason"] = said or report["reason"]
        if "reason" in report:
            trace = report["trace"].rstrip()
            where = _where(report["done"])
            self.failures.append(f"{where}: {report['reason']}\n{trace}")
        self._next(k)

    def _ended(self, k: int) -> None:
        code, job = self.processes[k].wait(), self.at[k]
        if job or code:
            where = _where(asdict(job)) if job else "start"
            tail = "".join(self.other[k][-15:])
            self.failures.append(f"{where}: the process ended early\n{tail}")
            self.at[k] = None

    def _give_up(self, busy: list[int]) -> bool:
        """Say which jobs have had their time: were there any?"""
        late = time.monotonic() - self.timeout
        hanging = [self.at[k] for k in busy if self.since[k] <= late]
        self.failures += [
            f"{_where(asdict(job))}: no result after {self.timeout:.0f} s"
            for job in hanging
            if job
        ]
        return bool(hanging)

    def stop(self) -> None:
        """End every process, whatever it does."""
        for process in self.processes:
            process.kill()
            process.wait()
        for listener, process in zip(
            self.listeners, self.processes, strict=True
        ):
            if listener.ident is not None:
                listener.join()
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                with contextlib.suppress(OSError):
                    stream.close()


def _worker(root: Path) -> "subprocess.Popen[str]":
    """The one that was made ready, or a new one."""
    if (ready := _ready.pop(root, None)) and ready.poll() is None:
        return ready
    paths = [str(root), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-c", _WORK],
        cwd=root,
        env=allowed(
            PYTHONPATH=os.pathsep.join(filter(None, paths)),
            RNNCOURSE_CACHE=str(store.folder().parent),
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


# What takes long to import comes first; the package, as it is then, only once
# there is a job.
_WORK = """import sys, torch._dynamo, matplotlib.backends.backend_svg
sys.stdin.buffer.peek(1)
from rnncourse.evidence import main
main()"""
_ready: dict[Path, "subprocess.Popen[str]"] = {}


def make_ready(root: Path) -> None:
    """Start a process for the next build of a preview: who edits waits less."""
    if root not in _ready:
        _ready[root] = _worker(root)


def dismiss() -> None:
    """End the processes that wait for a build."""
    while _ready:
        _, process = _ready.popitem()
        process.kill()
        process.communicate()


def _label(job: dict[str, Any]) -> str:
    details = " ".join(filter(None, (job["language"], job["scheme"])))
    kind = {plural: word for word, plural in KINDS.items()}[job["kind"]]
    return f"{kind} {job['name']}" + (f" ({details})" if details else "")


def _where(job: dict[str, Any]) -> str:
    """What a failure begins with: the file of the function, then the job."""
    stem = job["name"].partition(".")[0]
    return f"{store.PACKAGE}/{job['kind']}/{stem}.py: {_label(job)}"


def state(markdown: str) -> list[str]:
    """The entries of the results that a text names: other ones, other results.

    Who counts them names them all.
    """
    found = [(word, text.split()) for word, text in DIRECTIVE.findall(markdown)]
    named = {
        _named(word, names[0])
        for word, names in found
        if names and word not in UNCOMPUTED
    }
    counted = any(word == "count" for word, _ in found)
    return sorted(
        entry.name
        for (job, _), entry in _entries.items()
        if counted or (job.kind, job.name) in named
    )


_read = lru_cache(maxsize=32)(store.read)  # a page names a result many times


def result(job: Job, root: Path) -> Any:
    """A computed result.

    Raises:
        EvidenceError: if it is damaged or absent.
    """
    try:
        return _read(_entries.get((job, root)) or job.entry(root))
    except (store.StoreError, FileNotFoundError) as error:
        raise EvidenceError(f"{job.kind} {job.name}: {error}") from error


def figure_file(name: str, scheme: str) -> str:
    """Where a figure's SVG stands, from the root of its language."""
    return f"figures/{name.replace('.', '-').replace('_', '-')}.{scheme}.svg"


class Shower:
    """Replaces the directives of one page, in its language."""

    def __init__(
        self,
        page: str,
        language: Language,
        root: Path,
        address: Callable[[str], str],
        source: Callable[[str], str],
    ) -> None:
        """What the page needs to know.

        Args:
            page: its file, for messages.
            language: of the page.
            root: of the project.
            address: from a file of the site to a link on this page.
            source: from a source file to a link to it on this page.
        """
        self.page, self.root = page, root
        self.language: Language = language
        self.address, self.source = address, source
        self.say = Say(language)

    def shown(self, markdown: str) -> str:
        """The page with its evidence in place."""
        pieces = _MATH.split(markdown)
        for i, piece in enumerate(pieces):
            tex = i % 2 == 1
            pieces[i] = DIRECTIVE.sub(lambda m: self._one(m, tex), piece)  # noqa: B023
        return "".join(pieces)

    def _one(self, match: re.Match[str], tex: bool) -> str:
        word, text = match.groups()
        parts = (text or "").split()
        if word in ("value", "result"):
            return self._number(word, parts, tex)
        if tex or len(parts) != 1:
            short = word in ("play", "table", "count")
            name = "name" if short else "stem.name"
            raise EvidenceError(
                f"{self.page}: expected [[{word} {name}]], got {match[0]}"
            )
        (name,) = parts
        if word == "claim":
            return self._claim(name)
        if word == "play":
            return self._play(name)
        if word == "table":
            return self._table(name)
        if word == "count":
            return self._count(name)
        return self._figure(name, f' id="figure-{name.split(".")[1]}"')

    def _number(self, word: str, parts: list[str], tex: bool) -> str:
        said = f"[[{' '.join([word, *parts])}]]"
        if len(parts) != 3:
            name = "stem.name" if word == "value" else "name"
            raise EvidenceError(
                f"{self.page}: expected [[{word} {name} key digits]], "
                f"got {said}"
            )
        name, key, digits = parts
        values = self._values(word, name)
        try:
            field, *indices = re.findall(r"\w+", key)
            value = values[field]
            for index in indices if value is not None else ():
                inside = isinstance(value, dict)
                value = value[index if inside else int(index)]
            if value is None:
                return NOT_MEASURED
            if digits == "s":
                return str(value)
            return number(float(value), digits, self.language, tex=tex)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise EvidenceError(
                f"{self.page}: {said}: {type(error).__name__}: {error}; "
                f"there are {', '.join(values)}"
            ) from error

    def _values(self, word: str, name: str) -> Any:
        if word == "value":
            return result(Job("experiments", name), self.root)
        found = recorded.results(name, self.root)
        if found is None:
            folder = self.root / recorded.FOLDER
            known = ", ".join(sorted(p.stem for p in folder.glob("*.json")))
            raise EvidenceError(
                f"{self.page}: unknown result {name!r}; expected one of: "
                f"{known or 'none'}"
            )
        return found

    def _table(self, name: str) -> str:
        if name not in tables.TABLES:
            raise EvidenceError(
                f"{self.page}: unknown table {name!r}; expected one of: "
                f"{', '.join(tables.TABLES)}"
            )
        read = partial(recorded.results, root=self.root)
        return tables.TABLES[name](read, self.say)

    def _count(self, name: str) -> str:
        found = counts(self.language, self.root)
        if name not in found:
            raise EvidenceError(
                f"{self.page}: unknown count {name!r}; expected one of: "
                f"{', '.join(found)}"
            )
        return number(found[name], ",d", self.language)

    def _figure(self, name: str, anchor: str) -> str:
        drawn = result(
            Job("figures", name, self.language, SCHEMES[0]), self.root
        )
        size = f"width={drawn['width']} height={drawn['height']}"
        images = "".join(
            f"![{_plain(drawn['alt'])}]"
            f"({self.address(figure_file(name, scheme))}#only-{scheme})"
            f"{{ {size} loading=lazy }}"
            for scheme in SCHEMES
        )
        path = f"rnncourse/figures/{name.split('.')[0]}.py"
        words = self.say(es="código de la figura", en="code of the figure")
        return (
            f'<figure markdown="span"{anchor}>\n'
            f"{images}\n"
            f'<figcaption markdown="span">{drawn["caption"]} '
            f'<a class="made" href="{self.source(path)}">{words}</a>'
            f"</figcaption>\n</figure>"
        )

    def _play(self, name: str) -> str:
        return widgets.divided(name, self._figure(f"play.{name}", ""))

    def _claim(self, name: str) -> str:
        claim = result(Job("claims", name), self.root)
        stem, function = name.split(".")
        code = self.say(es="código", en="code")
        test = self.say(es="prueba", en="test")
        links = (
            f'<a href="{self.source(f"rnncourse/claims/{stem}.py")}">{code}</a>'
            f' · <a href="{self.source("tests/test_claims.py")}">{test}</a>'
        )
        title = self.say(es="Comprobado", en="Verified")
        sentence = claim["sentence"][self.language]
        return (
            f'!!! claim "{title}"\n\n'
            f'    <span id="claim-{function}">{sentence}</span>\n'
            f"    {measured(claim, self.language)}\n"
            f'    <span class="made">{links}</span>\n'
        )


def measured(claim: dict[str, Any], language: Language) -> str:
    """The measured value beside its bound: `measured 1.2e-16 <= 1e-12`."""
    say = Say(language)
    sign = {"<=": "≤", ">=": "≥", "==": "="}[claim["relation"]]
    shown = [_short(claim[part], language) for part in ("value", "bound")]
    words = say(es="medido", en="measured")
    return (
        f'<span class="measured">{words}: {shown[0]} {sign} {shown[1]}</span>'
    )


def _short(value: float, language: Language) -> str:
    if value == int(value) and abs(value) < 1e6:
        return number(value, ",d", language)
    ordinary = 1e-2 <= abs(value) < 1e5
    return number(value, ".3f" if ordinary else ".1e", language)


def _plain(alt: str) -> str:
    return alt.replace("[", "(").replace("]", ")").replace('"', "”")


if __name__ == "__main__":
    try:
        compute(every(store.ROOT), store.ROOT, print)
    except EvidenceError as error:
        sys.exit(str(error))
