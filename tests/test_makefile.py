"""A virtual environment that was made by half, as on a Debian without python3-venv, is made again."""

import shutil
import subprocess

import pytest

from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

# In place of python3: it makes the interpreter, and fails where pip should follow, until `works` is there.
PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit 0
echo "$@" >> asked
mkdir -p .venv/bin && touch .venv/bin/python
[ -e works ] || { echo "ensurepip is not available" >&2; exit 1; }
touch .venv/bin/pip
"""


@pytest.fixture
def make(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    command = ["make", "--no-print-directory", "PYTHON=./python", ".venv/bin/pip"]
    return lambda: subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)


def test_half_made_environment_is_told_and_made_again(make, tmp_path):
    for _ in range(2):
        run = make()
        assert run.returncode != 0
        assert "apt-get install python3-venv" in run.stdout
    (tmp_path / "works").touch()
    assert make().returncode == 0
    assert (tmp_path / "asked").read_text() == "-m venv .venv\n" * 3
    assert "up to date" in make().stdout


def test_everything_that_installs_needs_it():
    rules = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".venv/installed")]
    assert [line.partition("| ")[2] for line in rules] == [".venv/bin/pip"] * 2
