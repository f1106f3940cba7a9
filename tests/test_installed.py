"""The package under test is the one meant: the checkout or the wheel."""

import os
from pathlib import Path

import rnncourse

ROOT = Path(__file__).parent.parent


def test_the_package_is_imported_from_where_it_is_meant():
    meant = os.environ.get("RNNCOURSE_UNDER_TEST") or ROOT / "rnncourse"
    assert Path(rnncourse.__file__).is_relative_to(meant)
