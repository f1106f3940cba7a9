"""What the build changes in the theme's own files."""

import shutil
from pathlib import Path

import material
import pytest
from hooks.theme import mend

OWN = Path(material.__file__).parent / "templates" / "assets"
KINDS = {
    "javascripts": "bundle",
    "stylesheets": "palette",
    "javascripts/workers": "search",
}


@pytest.fixture
def site(tmp_path):
    """The files that change, as a build copies them."""
    for kind, name in KINDS.items():
        folder = tmp_path / "assets" / kind
        folder.mkdir(parents=True)
        for path in (OWN / kind).glob(f"{name}.*.min.*s"):
            shutil.copy(path, folder)
    return tmp_path


def test_the_theme_restyles_no_page_as_it_opens(site):
    mend(site)
    files = [path for path in site.rglob("*.*") if path.is_file()]
    assert len(files) == len(KINDS)
    for path in files:
        assert 'name:"color-scheme"' not in path.read_text("utf-8")
        assert "[data-md-color-switching] *" not in path.read_text("utf-8")


def test_a_theme_that_changed_is_noticed(site):
    mend(site)
    with pytest.raises(ValueError, match="got it 0 times"):
        mend(site)


def test_a_theme_that_lacks_a_file_is_noticed(site):
    shutil.rmtree(site / "assets/javascripts/workers")
    with pytest.raises(
        ValueError, match=r"search\.\*\.js of the theme, got it 0"
    ):
        mend(site)
