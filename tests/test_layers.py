"""The layers of the project: which package may import which, from the one that knows nothing to those that know all."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parents[1]

# A module imports from its own layer and from those before it, and packages of one line know nothing of each other.
LAYERS = [
    ["forum_site.env"],
    ["forum_site.core"],
    ["forum_site.pagecache", "forum_site.spreadsheets"],
    ["forum_site.search"],
    ["forum_site.media"],
    ["forum_site.website", "forum_site.admin"],
    ["forum_site.accounts", "forum_site.linkcheck", "forum_site.backup"],
    ["forum_site.ops"],
    ["organizations"],
    ["events.models"],
    ["events.groups", "events.dates"],
    ["events.apps"],
    ["events.shows", "events.revisions"],
    ["events.editing"],
    ["events.sample", "organizations.website"],
    ["events.website"],
    ["organizations.admin"],
    ["events.admin"],
    ["events.templatetags", "events.management"],
    ["forum_site.settings", "forum_site.urls", "forum_site.wsgi", "forum_site.serving"],
]
HEIGHTS = {name: height for height, names in enumerate(LAYERS) for name in names}


def layer_of(module):
    """Return the longest name in `LAYERS` that a module begins with."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in HEIGHTS), None)


def modules():
    for package in ("forum_site", "organizations", "events"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and path.read_text().strip():
                yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name the whole path here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches():
    for path, module in modules():
        own, imports = layer_of(module), list(imports_of(path))
        if own is None and (imports or path.name != "__init__.py"):
            yield f"{module} has no layer"
        for name in imports:
            other = layer_of(name)
            if own and other and other != own and HEIGHTS[other] >= HEIGHTS[own]:
                yield f"{module} imports {name}"


def test_modules_import_only_from_earlier_layers():
    assert sorted(set(breaches())) == []


def test_import_from_a_later_layer_is_seen(monkeypatch):
    monkeypatch.setitem(HEIGHTS, "events.models", 100)
    assert "events.website.views imports events.models.Event" in set(breaches())
