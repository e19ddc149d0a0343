"""releases.toml tells the truth, and a missing history is told."""

import subprocess

import pytest
from django.db.migrations.loader import MigrationLoader

from tests.migrating.releases import PREVIOUS, RELEASES, ROOT, NoHistoryError, unpack


@pytest.mark.parametrize("name", RELEASES)
def test_newest_migrations_are_those_of_the_commit(name):
    command = ["git", "-C", ROOT, "ls-tree", "-r", "--name-only", RELEASES[name]["commit"]]
    listing = subprocess.run(command, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip(f"THE RELEASE {name.upper()} WAS NOT LOOKED AT: its commit is not here.")
    newest = {}
    for path in sorted(line for line in listing.stdout.split() if "/migrations/0" in line):
        folder, _, file = path.partition("/migrations/")
        newest[folder.rpartition("/")[2]] = file.removesuffix(".py")
    assert newest == RELEASES[name]["migrations"]


def test_every_release_lies_on_the_way_to_this_one():
    loader = MigrationLoader(None)
    assert all(target in loader.graph.nodes for one in RELEASES.values() for target in one["migrations"].items())


def test_commit_that_is_not_here_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(RELEASES, PREVIOUS, {"commit": "0" * 40})
    with pytest.raises(NoHistoryError, match="WAS NOT TRIED: its commit 0000000 is not here"):
        unpack(PREVIOUS, tmp_path / "code")
