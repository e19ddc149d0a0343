"""Releases of the past, as releases.toml has them: their migrations, and their code, run beside the code of today."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASES = tomllib.loads((ROOT / "tests" / "migrating" / "releases.toml").read_text())
PREVIOUS = list(RELEASES)[-1]


class NoHistoryError(Exception):
    """This is a copy without the commit of a release: a shallow clone, or an archive."""


def unpack(name, folder):
    """Write the code of a release into `folder` and return it. Raises NoHistoryError."""
    commit = RELEASES[name]["commit"]
    folder.mkdir()
    archive = subprocess.run(["git", "-C", ROOT, "archive", "--format=tar", commit], capture_output=True)
    if archive.returncode:
        told = archive.stderr.decode().strip()
        raise NoHistoryError(f"THE RELEASE {name.upper()} WAS NOT TRIED: its commit {commit[:7]} is not here. {told}")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder


class Code:
    """The code of a release, or of today, on a database: its commands run in its own folder, in this environment."""

    def __init__(self, tree, **environment):
        self.tree = tree
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            **environment,
        }

    def manage(self, *command):
        """Return what the command told. Raises AssertionError with its error when it fails."""
        return self._run("manage.py", *command)

    def script(self, name, *arguments):
        """Run a script of this folder by that code, and return what it told."""
        begin = "import runpy, sys, django; django.setup(); runpy.run_path(sys.argv[1])"
        return self._run("-c", begin, Path(__file__).with_name(name), *arguments)

    def _run(self, *command):
        run = subprocess.run(
            [sys.executable, *command], cwd=self.tree, env=self.environment, capture_output=True, text=True
        )
        assert run.returncode == 0, f"{self.tree.name}: {command}\n{run.stdout[-1000:]}\n{run.stderr[-4000:]}"
        return run.stdout
