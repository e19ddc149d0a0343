"""requirements*.txt are made from pyproject.toml by `make pins`: here they are seen to agree.

That they are complete, pip proves whenever it installs them with --require-hashes.
"""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SITE = PROJECT["project"]["dependencies"]
EXTRAS = [name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]
FILES = {
    "requirements.txt": SITE,
    "requirements-extras.txt": SITE + EXTRAS,
    "requirements-dev.txt": SITE + EXTRAS + DEVELOPMENT,
    "requirements-s3-server.txt": PROJECT["dependency-groups"]["s3-server"],
}


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    found = [re.match(r"([a-z0-9._-]+)==(\S+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize(("name", "wanted"), FILES.items())
def test_what_the_project_names_is_pinned(name, wanted):
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_versions_of_the_site_are_the_same_with_extras_and_in_development():
    assert pins("requirements.txt").items() <= pins("requirements-extras.txt").items()
    assert pins("requirements-extras.txt").items() <= pins("requirements-dev.txt").items()


def test_site_alone_is_as_light_as_ever():
    """Whoever wants no extra gets none of their packages."""
    extra = pins("requirements-extras.txt").keys() - pins("requirements.txt").keys()
    assert extra == {"certifi", "obstore", "prometheus-client", "sentry-sdk", "urllib3"}


def test_no_file_of_pins_is_left_out_here():
    assert {path.name for path in ROOT.glob("requirements*.txt")} == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_its_hashes(name):
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text().strip())
    assert [block for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
