"""The hooks: thin lines over the functions beside this file."""

import json
import logging
import os
import posixpath
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.yaml import yaml_load

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hooks import (
    access,
    built,
    cards,
    cells,
    chapters,
    citations,
    colab,
    evidence,
    execution,
    glossary,
    keeping,
    labs,
    languages,
    ledger,
    listings,
    mathematics,
    pages,
    policy,
    rendered,
    search,
    session,
    sharing,
    sooner,
    staging,
    theme,
    widgets,
)
from rnncourse import store
from rnncourse.evidence import names
from rnncourse.references import bibtex
from rnncourse.words import Language, Say

log = logging.getLogger("mkdocs.hooks.rnncourse")

# the folders whose files the site shows or carries
PUBLISHED = (
    *("docs/es", "docs/en", "docs/assets"),
    *("labs", "snippets", "rnncourse"),
)


def _language(config: MkDocsConfig) -> Language:
    return config.theme["language"]


def _facts(config: MkDocsConfig) -> dict[str, Any]:
    return config.extra["languages"][_language(config)]


def _is_main(config: MkDocsConfig) -> bool:
    return _language(config) == languages.MAIN


def _root_address(config: MkDocsConfig) -> str:
    return languages.site_root(config.site_url, _facts(config)["path"])


def on_startup(command: session.Command, dirty: bool) -> None:
    """Remember whether people wait for a site or for a preview.

    A preview watches the package: none of its processes leaves bytecode there.
    """
    _command["now"] = command
    if command == "serve":
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


_command: dict[str, session.Command] = {}


@event_priority(100)  # before the search plugin reads its options
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """One language's configuration; in Spanish, the beginning of a build."""
    run = session.of(config.config_file_path)
    if not _is_main(config) and run.aside is None:
        raise PluginError(
            f"mkdocs.yml: expected the theme's language {languages.MAIN!r}, "
            f"got {_language(config)!r} (the build makes the others by itself)"
        )
    facts, say = _facts(config), Say(_language(config))
    config.site_name = facts["site_name"]
    config.site_description = facts["site_description"]
    # the reader's choice of colours holds in both languages
    config.extra["scope"] = urlsplit(_root_address(config)).path or "/"
    config.nav = languages.titled(config.nav, facts["sections"])
    config.plugins["material/search"].config.lang = [_language(config)]
    config.mdx_configs["pymdownx.snippets"]["base_path"] = [str(run.root)]
    config.mdx_configs["toc"]["permalink_title"] = say(
        es="Enlace permanente", en="Permanent link"
    )
    light, dark = config.theme["palette"]
    light["toggle"]["name"] = say(
        es="Cambiar al modo oscuro", en="Switch to dark mode"
    )
    dark["toggle"]["name"] = say(
        es="Cambiar al modo claro", en="Switch to light mode"
    )
    if not _is_main(config):
        return config
    run.command = _command.get("now", "build")
    run.site = Path(config.site_dir).resolve()
    mkdocs_log = logging.getLogger("mkdocs")
    mkdocs_log.removeHandler(run.warnings)
    run.warnings = type(run.warnings)()
    run.warnings.setLevel(logging.WARNING)
    mkdocs_log.addHandler(run.warnings)
    for message in languages.untwinned(
        run.root / "docs", list(config.extra["languages"])
    ):
        log.warning(message)
    if strays := staging.strays(run.root, PUBLISHED):
        names = ", ".join(str(path.relative_to(run.root)) for path in strays)
        raise PluginError(
            "expected files of the project in what is published, got symbolic "
            f"links out of it: put a copy in the place of {names}"
        )
    staging.tidy(store.folder().parent)
    _compute(run, config)
    run.aside = staging.begin(run.site)
    config.site_dir = str(run.aside)
    return config


def _compute(run: session.Session, config: MkDocsConfig) -> None:
    markdown = {
        path.relative_to(run.root).as_posix(): path.read_text("utf-8")
        for language in config.extra["languages"]
        for path in sorted((run.root / "docs" / language).rglob("*.md"))
    }
    try:
        wanted = evidence.jobs(markdown, run.root)
        evidence.compute(wanted, run.root, log.info)
    except (evidence.EvidenceError, store.StoreError) as error:
        raise PluginError(str(error)) from error
    config.extra["figures"] = [job for job in wanted if job.kind == "figures"]
    try:
        config.extra["labs"] = [
            labs.executed(path, language, run.root, log.info)
            for path in labs.files(run.root)
            for language in config.extra["languages"]
        ]
        config.extra["chapters"] = chapters.executed(
            run.root, partial(_place, run, config), log.info
        )
    except (
        cells.ChapterError,
        citations.CitationError,
        evidence.EvidenceError,
        execution.ExecutionError,
        store.StoreError,
    ) as error:
        raise PluginError(str(error)) from error


def _place(
    run: session.Session, config: MkDocsConfig, language: Language
) -> cells.Place:
    """Where a language is published, and the wheel with it."""
    root = _root_address(config)
    path = config.extra["languages"][language]["path"]

    def url(file: str) -> str:
        page = posixpath.splitext(file)[0] + ".md"  # a lab has a page, too
        found = File(page, None, "", config.use_directory_urls).url
        return found.removeprefix("./")

    wheel = f"{root}assets/{_wheel(run).name}" if root else ""
    home = f"{root}{path}" if root else ""
    return cells.Place(language, home, url, wheel)


def _wheel(run: session.Session) -> Path:
    try:
        return run.wheel()
    except RuntimeError as error:
        raise PluginError(str(error)) from error


@event_priority(50)  # before mkdocs-jupyter looks for notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made, not written: figures, notebooks, sources, the wheel."""
    run = session.of(config.config_file_path)
    for path in sorted((run.root / "docs" / "assets").rglob("*")):
        if path.is_file():
            uri = path.relative_to(run.root / "docs").as_posix()
            files.append(File.generated(config, uri, abs_src_path=str(path)))
    for job in config.extra["figures"]:
        if job.language == _language(config):
            uri = evidence.figure_file(job.name, job.scheme)
            try:
                drawn = evidence.result(job, run.root)
            except evidence.EvidenceError as error:
                raise PluginError(str(error)) from error
            files.append(File.generated(config, uri, content=drawn["svg"]))
    markdown = Path(config.docs_dir).rglob("*.md")
    texts = (path.read_text("utf-8") for path in sorted(markdown))
    for uri, text in widgets.data(texts, _language(config)).items():
        files.append(File.generated(config, uri, content=text))
    for lab in config.extra["labs"]:
        if lab.language == _language(config):
            folder = str(labs.written(lab))
            files.append(
                File(
                    lab.uri, folder, config.site_dir, config.use_directory_urls
                )
            )
    for (stem, language), text in config.extra["chapters"].items():
        page = files.get_file_from_path(f"{stem}.md")
        if language == _language(config) and page:
            folder = posixpath.dirname(page.dest_uri)
            uri = posixpath.join(folder, f"{stem}.ipynb")
            files.append(File.generated(config, uri, content=text))
    bibliography = File.generated(
        config, "assets/rnncourse.bib", content=bibtex()
    )
    files.append(bibliography)
    _add_ledger(files, run, config)
    if _is_main(config):
        wheel = _wheel(run)
        uri = f"assets/{wheel.name}"
        files.append(File.generated(config, uri, abs_src_path=str(wheel)))
        shown = ("tests/test_claims.py", "benchmarks/steps.py")
        for path in [*run.sources(), *map(run.root.joinpath, shown)]:
            if path.exists():
                place = path.relative_to(run.root).as_posix()
                uri = listings.raw_address(place)
                file = File.generated(config, uri, abs_src_path=str(path))
                files.append(file)
    return files


def _add_ledger(
    files: Files, run: session.Session, config: MkDocsConfig
) -> None:
    claims = names("claims", run.root)
    if not claims:
        return

    def title_of(stem: str) -> str:
        own, main = Path(config.docs_dir), run.root / "docs" / languages.MAIN
        path = own / f"{stem}.md"  # if it is missing, that is said elsewhere
        path = path if path.exists() else main / path.name
        return pages.title(path.read_text("utf-8"))

    order = languages.stems(config.nav)
    markdown = ledger.page(claims, title_of, order, Say(_language(config)))
    files.append(File.generated(config, "claims.md", content=markdown))


def _to_root(page: Page, config: MkDocsConfig) -> str:
    here = _facts(config)["path"] + page.url.removeprefix("./")
    return "../" * here.count("/")


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Evidence in its place, listings named after their files."""
    run = session.of(config.config_file_path)
    if lab := _lab(page, config):
        page.meta["written"] = lab.markdown
        page.meta["description"] = lab.description
        page.meta["prerequisites"] = [lab.notebook.metadata["chapter"]]
        _render_once(page, markdown, config, files)
        return markdown
    page.meta["written"] = markdown
    if page.file.src_uri == "glossary.md":
        twin = run.root / "docs" / ("en" if _is_main(config) else "es")
        words = (twin / "glossary.md").read_text("utf-8")
        markdown = glossary.paired(markdown, words, Say(_language(config)))
    repository = config.extra["repository"].rstrip("/")
    to_root = _to_root(page, config)

    def address(file: str) -> str:
        return get_relative_url(file, page.file.src_uri)

    def to_page(file: str) -> str:
        other = files.get_file_from_path(file)
        return get_relative_url(other.url, page.url) if other else ""

    def source(path: str) -> str:
        if repository:
            return f"{repository}/blob/main/{path}"
        return to_root + listings.raw_address(path)

    name = f"docs/{_language(config)}/{page.file.src_uri}"
    shower = evidence.Shower(name, _language(config), run.root, address, source)
    try:
        markdown = shower.shown(markdown)
        say = Say(_language(config))
        markdown = citations.shown(markdown, name, say, to_page)
    except (evidence.EvidenceError, citations.CitationError) as error:
        raise PluginError(str(error)) from error
    markdown = listings.prepared(markdown, Say(_language(config)))
    _render_once(page, markdown, config, files)
    return markdown


def _render_once(
    page: Page, markdown: str, config: MkDocsConfig, files: Files
) -> None:
    """MkDocs calls `page.render` next: where nothing changed, it remembers."""
    run = session.of(config.config_file_path)
    stem = page.file.src_uri.rpartition(".")[0].replace("/", "-")
    kept = store.folder().parent / "pages" / f"{_language(config)}-{stem}.json"
    page.markdown = markdown
    page.render = partial(  # type: ignore[method-assign]
        rendered.render,
        page,
        convert=page.render,
        entry=kept,
        key=rendered.key(page, files, run.root, run.settings()),
        warnings=run.warned,
    )


def _lab(page: Page, config: MkDocsConfig) -> labs.Lab | None:
    """The lab that a page shows, if it shows one."""
    for lab in config.extra["labs"]:
        if page.file.src_uri == lab.uri and lab.language == _language(config):
            return lab
    return None


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Terms lead to the glossary, listings to files."""
    if _lab(page, config):

        def address(target: str) -> str:
            path = posixpath.join(posixpath.dirname(page.file.src_uri), target)
            file = files.get_file_from_path(posixpath.normpath(path))
            if file is None:
                raise PluginError(f"{page.file.src_uri}: dead link {target!r}")
            return get_relative_url(file.url, page.url)

        styles = session.of(config.config_file_path).styles
        html = labs.slimmed(html, styles, address)
        labs.contents(page.toc)
        page.title = labs.plain(str(page.title))
    source = files.get_file_from_path("glossary.md")
    if source is not None and page.file is not source:
        try:
            entries = glossary.terms(source.content_string)
        except ValueError as error:
            raise PluginError(f"docs/{_language(config)}/{error}") from error
        to_glossary = get_relative_url(source.url, page.url)
        html = glossary.linked(html, entries, to_glossary)
    return listings.linked(
        widgets.elements(html),
        _to_root(page, config),
        config.extra["repository"],
        Say(_language(config)),
    )


def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """Templates speak through `say`, too, and are compiled once."""
    env.globals["say"] = Say(_language(config))
    env.bytecode_cache = keeping.Templates()
    return env


@event_priority(100)  # before the search plugin reads the page
def _to_be_searched(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Any
) -> dict[str, Any]:
    """The search plugin reads the words; the page keeps its colours."""
    page.meta["whole"] = page.content
    page.content = search.plain(page.content or "")
    return context


def _to_be_read(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Any
) -> dict[str, Any]:
    """The language switch, the lines under the title, the citation."""
    page.content = page.meta.pop("whole")
    run = session.of(config.config_file_path)
    language, root = _language(config), _root_address(config)
    url = "" if page.url == "./" else page.url
    context["alternates"] = languages.alternates(
        config.extra["languages"], language, root, url
    )
    lab, written = _lab(page, config), page.meta["written"]
    command = listings.install_line(written, run.root, root, run.wheel())
    how_to_run = pages.install(command, Say(language))
    place = "<p>[[install]]</p>"  # a paragraph of its own
    page.content = (page.content or "").replace(place, how_to_run)
    if "prerequisites" in page.meta:
        before = _prerequisites(page, nav, language)
        above = pages.facts(written, before, Say(language))
        if listings.included(written) or lab:
            above += pages.install(command, Say(language), folded=True)
        if lab:
            above += labs.download(lab, Say(language))
        stem = page.file.src_uri.removesuffix(".md")
        if (stem, language) in config.extra["chapters"]:
            repository = config.extra["repository"]
            above += colab.links(stem, repository, Say(language))
        page.content = pages.under_title(page.content, above)
    if widgets.on_page(written):
        context["play"] = {"style": widgets.STYLE, "script": widgets.LOADER}
    epoch = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    context["citation"] = pages.citation(
        str(config.site_name if page.is_homepage else page.title),
        str(config.site_name),
        page.canonical_url,
        run.version,
        time.gmtime(epoch).tm_year,
    )
    if page.canonical_url and run.command != "serve":
        _share(context, page, config)
    return context


def _share(context: dict[str, Any], page: Page, config: MkDocsConfig) -> None:
    """The page's card, and what it says of itself."""
    language, name = _language(config), str(config.site_name)
    title = name if page.is_homepage else str(page.title)
    told = str(page.meta.get("description") or config.site_description)
    root, address = str(config.site_url), str(page.canonical_url)
    uri = page.file.src_uri.rpartition(".")[0].replace("/", "-")
    picture = f"assets/cards/{uri}.png"
    drawn = cards.card(sharing.plain(title), name)
    file = Path(config.site_dir) / picture
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(drawn)
    context["properties"] = sharing.properties(
        title, told, address, root + picture, language
    )
    facts = sharing.course(name, str(config.site_description), root, language)
    if "prerequisites" in page.meta and not page.is_homepage:
        time_ = pages.minutes(page.meta["written"])
        facts = sharing.chapter(title, told, address, time_, facts)
    context["structured"] = sharing.script(facts)


on_page_context = CombinedEvent(_to_be_searched, _to_be_read)


def _prerequisites(
    page: Page, nav: Any, language: str
) -> list[tuple[str, str]]:
    """Title and address of each page to read before this one."""
    titles = {p.file.src_uri.removesuffix(".md"): p for p in nav.pages}
    before = []
    for stem in page.meta["prerequisites"]:
        if stem in titles:
            other = titles[stem]
            before.append((other.title, get_relative_url(other.url, page.url)))
        else:
            log.warning(
                f"docs/{language}/{page.file.src_uri}: unknown "
                f"prerequisite {stem!r}"
            )
    return before


def on_template_context(
    context: dict[str, Any], template_name: str, config: MkDocsConfig
) -> dict[str, Any]:
    """The 404 page and the sitemap know both languages."""
    root = _root_address(config)
    context["alternates"] = languages.alternates(
        config.extra["languages"], _language(config), root, None
    )
    context["root"] = root if _is_main(config) else ""
    return context


@event_priority(-50)  # after whatever else changes the page
def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Typeset the page's formulas; say what the page may run and fetch."""
    run = session.of(config.config_file_path)
    return _finished(_typeset(output, page, config, run), config, run)


def on_post_template(
    output: str, template_name: str, config: MkDocsConfig
) -> str:
    """The 404 page has the same policy."""
    if not template_name.endswith(".html"):
        return output
    return _finished(output, config, session.of(config.config_file_path))


def _finished(output: str, config: MkDocsConfig, run: session.Session) -> str:
    """A preview has no policy: its script of live reload stands in the page."""
    output = access.accessible(output, Say(_language(config)))
    output = sooner.sooner(access.valid(output))
    return output if run.command == "serve" else policy.secured(output)


def _typeset(
    output: str, page: Page, config: MkDocsConfig, run: session.Session
) -> str:
    formulas = mathematics.find(output)
    if not formulas:
        return output
    try:
        result = run.typesetter.typeset(formulas)
    except mathematics.MathError as error:
        raise PluginError(str(error)) from error
    for fault in mathematics.faults(formulas, result):
        log.warning(f"docs/{_language(config)}/{page.file.src_uri}: {fault}")
    return mathematics.replace(output, formulas, result, run.styles)


@event_priority(-100)  # after the plugins have written their files
def on_post_build(config: MkDocsConfig) -> None:
    """Finish a language; after Spanish, English, the checks, publication."""
    run = session.of(config.config_file_path)
    site = Path(config.site_dir)
    index = site / "search" / "search_index.json"
    improved = search.improve(
        json.loads(index.read_text("utf-8")), fold=_is_main(config)
    )
    text = json.dumps(improved, ensure_ascii=False, separators=(",", ":"))
    index.write_text(text, "utf-8")
    theme.mend(site)
    if not _is_main(config):
        (site / "404.html").unlink()  # the one at the root speaks both
        return
    _build_english(run, config)
    for folder in (site, site / "en"):
        css = run.styles.css() + labs.css()
        staging.write(folder / "assets" / "math.css", css)
    if run.command != "serve":
        for fault in built.faults(site, _root_address(config)):
            log.warning(fault)
    if config.strict and run.warnings.get_counts():
        return  # MkDocs stops here, and the site stays as it was
    staging.publish(site, run.site)
    run.aside = None
    if run.command == "serve":
        evidence.make_ready(run.root)


def _build_english(run: session.Session, config: MkDocsConfig) -> None:
    digest = run.english_from()
    before, after = run.site / "en", Path(config.site_dir) / "en"
    if run.command == "serve" and digest == run.english and before.exists():
        shutil.copytree(before, after, copy_function=os.link)
        return
    facts = config.extra["languages"]["en"]
    raw = yaml_load((run.root / "mkdocs.yml").read_text("utf-8"))
    english = load_config(
        config.config_file_path,
        strict=config.strict,
        docs_dir=str(run.root / "docs" / "en"),
        site_dir=str(after),
        site_url=f"{config.site_url}{facts['path']}" if config.site_url else "",
        theme=raw["theme"] | {"language": "en"},
    )
    for made in ("figures", "labs", "chapters"):
        english.extra[made] = config.extra[made]
    english.plugins.on_startup(command=run.command, dirty=False)
    build(english)  # no shutdown: the session goes on
    run.english = digest


def on_build_error(error: Exception) -> None:
    """Nothing is left of an unfinished build."""
    for run in session.all_of():
        if run.aside is not None:
            staging.discard(run.aside)
            run.aside = None
    if reason := staging.explained(error, store.folder().parent):
        raise Abort(reason) from error


def on_shutdown() -> None:
    """Likewise when MkDocs stops after warnings."""
    evidence.dismiss()
    on_build_error(RuntimeError("shutdown"))
