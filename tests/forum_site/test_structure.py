"""The order of the house: who may import whom."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parents[2]


def modules_of(package):
    return [path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


def test_no_module_is_named_for_nothing():
    nameless = {"services.py", "utils.py", "helpers.py", "common.py", "signals.py"}
    found = [path for package in ("forum_site", "organizations", "events") for path in modules_of(package)]
    assert [path for path in found if path.name in nameless] == []


def test_safe_stands_in_one_template():
    users = {
        str(path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*.html")
        if "|safe" in path.read_text() or "autoescape off" in path.read_text()
    }
    assert users == {"_rich_text.html"}


def test_nothing_marks_text_safe_in_python():
    users = [
        str(path.relative_to(ROOT))
        for package in ("forum_site", "organizations", "events")
        for path in modules_of(package)
        if any(name in path.read_text() for name in ("mark_safe", "SafeString", "csrf_exempt"))
    ]
    # What json_script() of Django has escaped; and messages that were safe when they were first shown.
    assert sorted(users) == ["forum_site/admin/submissions.py", "forum_site/core/templatetags/linked_data.py"]


def test_only_one_postgresql_driver_is_installed():
    """Django would prefer psycopg 3 if anything brought it in, and the site would run on what nobody measured."""
    with pytest.raises(ModuleNotFoundError):
        __import__("psycopg")
