"""requirements*.txt are made from pyproject.toml by `make pins`: here they are seen to agree.

That they are complete, pip proves whenever it installs them with --require-hashes.
"""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SITE = PROJECT["project"]["dependencies"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    found = [re.match(r"([a-z0-9._-]+)==(\S+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize(("name", "wanted"), [("requirements.txt", SITE), ("requirements-dev.txt", SITE + DEVELOPMENT)])
def test_what_the_project_names_is_pinned(name, wanted):
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_development_runs_on_the_versions_of_the_site():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_its_hashes(name):
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text().strip())
    assert [block for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
