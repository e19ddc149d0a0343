"""Scripts of others that come inside packages: all are listed, and the holes of the editor stay out of reach."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, get_finders

from forum_site.core.fields.rich_text import EDITOR
from tests.test_pins import ROOT, pins

pytestmark = pytest.mark.one_database

BUNDLED = tomllib.loads((ROOT / "deploy" / "bundled.toml").read_text())["bundled"]
LISTED = tomllib.loads((ROOT / "deploy" / "exceptions.toml").read_text())
# What tells that a script is not written here: its licence or author, a line that no person writes, a bundler.
FOREIGN = re.compile(
    r"/\*!|@licen[sc]e|\blicen[sc]ed under|copyright|\(c\) \d{4}|sourceMappingURL|^.{600,}$|typeof define\s*===?"
    r"|node_modules|//\s*https?://github\.com/(?!\S*/issues)",
    re.IGNORECASE | re.MULTILINE,
)
# What the plugins are called in which holes were found, with those that only matter where they are.
WITH_HOLES = {
    "codesnippet",
    "codesnippetgeshi",
    "openlink",
    "mediaembed",
    "iframe",
    "iframedialog",
    "preview",
    "autolink",
}


def served():
    """Return the files that the site serves under /static/, by their addresses there."""
    ignored = apps.get_app_config("staticfiles").ignore_patterns
    return {path: Path(storage.path(path)) for finder in get_finders() for path, storage in finder.list(ignored)}


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def unlisted(scripts):
    patterns = [pattern for entry in BUNDLED for pattern in entry["files"]]
    return [
        name
        for name, path in scripts.items()
        if name.endswith((".js", ".mjs"))
        and not any(fnmatch(name, pattern) for pattern in patterns)
        and (FOREIGN.search(text_of(path)) or ".min." in name)
    ]


def test_no_script_of_others_is_served_without_being_listed():
    scripts = served()
    assert {"js/picture-gallery.js", "admin/js/vendor/jquery/jquery.js", "ckeditor/ckeditor/ckeditor.js"} <= set(
        scripts
    )
    assert unlisted(scripts) == []


@pytest.mark.parametrize(
    "text",
    [
        "/*! thing v1 */",
        "/* Licensed under the MIT license */",
        "// Copyright Somebody",
        "a" * 700,
        "//# sourceMappingURL=thing.js.map",
        "typeof define === 'function' && define.amd",
        "// node_modules/thing/index.js",
        "// https://github.com/somebody/thing",
    ],
)
def test_script_of_others_is_known_by_its_looks(tmp_path, text):
    (tmp_path / "thing.js").write_text(f"'use strict';\n{text}\n")
    assert unlisted({"js/thing.js": tmp_path / "thing.js"}) == ["js/thing.js"]


def test_no_script_of_ours_is_taken_for_one_of_others():
    ours = [path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*.js")]
    assert len(ours) >= 10
    assert [path.name for path in ours if FOREIGN.search(text_of(path))] == []


@pytest.mark.parametrize("entry", BUNDLED, ids=lambda entry: entry["name"])
def test_listed_script_is_there_in_the_version_that_is_listed(entry):
    names = served()
    assert all(any(fnmatch(name, pattern) for name in names) for pattern in entry["files"])
    assert entry["within"] in pins("requirements.txt")
    if entry["version"] != "unknown":
        file, pattern = entry["version_in"]
        assert re.search(pattern, text_of(names[file]))[1] == entry["version"]


def test_no_page_of_a_package_is_served():
    """Samples, previews and tests of the editor run their scripts on our origin, with its cookies."""
    names = set(served())
    assert [name for name in names if name.endswith((".html", ".htm", ".php", ".swf", ".xhtml"))] == []
    assert [name for name in names if re.search(r"/(samples|tests|galleriffic|codesnippet\w*)/", name)] == []
    everything = {path for path, _storage in AppDirectoriesFinder().list([])}
    assert "ckeditor/ckeditor/plugins/preview/preview.html" in everything  # The package still has them.


def test_editor_loads_no_plugin_with_a_known_hole():
    built_in = re.search(r"config\.plugins='([\w,]+)'", text_of(served()["ckeditor/ckeditor/ckeditor.js"]))[1]
    assert "link" in built_in.split(",")
    assert "extraPlugins" not in EDITOR
    assert "external_plugin_resources" not in EDITOR
    assert (set(built_in.split(",")) - set(EDITOR["removePlugins"].split(","))) & WITH_HOLES == set()


def test_editor_asks_nobody_about_its_version():
    assert EDITOR["versionCheck"] is False
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["default-src"] == ["'none'"]
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] == ["'self'"]


def test_what_is_called_mended_in_the_editor_is():
    (editor,) = (entry for entry in BUNDLED if entry["name"] == "ckeditor4")

    def number(version):
        return tuple(map(int, version.split(".")))

    mended = [entry["fixed"] for entry in LISTED["editor"] if "fixed" in entry]
    assert len(mended) >= 10
    assert all(number(version) <= number(editor["version"]) for version in mended)
