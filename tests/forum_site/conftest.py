import io

import pytest
from django.core.management import call_command

from tests.archives import make_site


@pytest.fixture
def site(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return make_site(settings)


@pytest.fixture
def kept(site, tmp_path):
    """A backup of the small site."""
    path = tmp_path / "kept.tar"
    call_command("backup", to=str(path), stderr=io.StringIO())
    return path
