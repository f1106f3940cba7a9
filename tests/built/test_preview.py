"""What `mkdocs serve` shows, from one edit to the next."""

from pathlib import Path

import pytest
import yaml
from hooks import evidence
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parents[2]
POLICY = "Content-Security-Policy"


def settings(project: Path, site: Path) -> MkDocsConfig:
    """As the command reads them again before each build."""
    return load_config(
        str(project / "mkdocs.yml"),
        site_url="http://127.0.0.1:8000/",
        site_dir=str(site),
    )


@pytest.fixture
def site(project, tmp_path, monkeypatch):
    """The first build of a preview, which goes on."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
    site = tmp_path / "preview"
    config = settings(project, site)
    config.plugins.on_startup(command="serve", dirty=False)
    build(config)
    yield site
    config.plugins.on_shutdown()
    assert not evidence._ready


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_an_edit_of_a_page_builds_its_language_and_stays_a_preview(
    project, site
):
    english = site / "en" / "index.html"
    assert POLICY not in english.read_text("utf-8")
    for path, old, page in (
        ("es/demo.md", "Fin.", "demo/index.html"),
        ("en/demo.md", "End.", "en/demo/index.html"),
        ("es/demo.md", "Aaa", "demo/index.html"),
    ):
        before = english.stat().st_ino
        edit(project / "docs" / path, old, "Aaa Bbb")
        build(settings(project, site))
        shown = (site / page).read_text("utf-8")
        assert "Aaa Bbb" in shown
        assert POLICY not in shown
        same = english.stat().st_ino == before
        assert same is path.startswith("es")


def test_a_figure_is_drawn_by_who_was_ready_and_nothing_watched_is_written(
    project, site
):
    def state():
        files = (project / "rnncourse").rglob("*")
        return {path: path.stat().st_mtime_ns for path in files}

    (ready,) = evidence._ready.values()
    edit(project / "rnncourse/figures/demo.py", "A line that", "Aaa that")
    before = state()
    build(settings(project, site))
    assert "Aaa that goes up" in (site / "en/index.html").read_text("utf-8")
    assert ready.poll() is not None
    (other,) = evidence._ready.values()
    assert other is not ready
    assert other.poll() is None
    assert state() == before


def test_what_is_watched_is_watched_once():
    """What two watch is built twice; MkDocs watches the Spanish pages."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    (line,) = [one for one in text.splitlines() if one.startswith("watch:")]
    watched = [ROOT / name for name in yaml.safe_load(line)["watch"]]
    assert all(path.is_dir() for path in watched)
    folders = [*watched, ROOT / "docs" / "es"]
    assert set((ROOT / "docs").iterdir()) <= set(folders)
    for path in folders:
        assert not set(path.parents) & set(folders)
