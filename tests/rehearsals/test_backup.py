"""The rehearsal of `make backup-test`, of a small site: on PostgreSQL, with its way to an SQLite."""

import os

import pytest
from django.db import connection

from rehearsals.backup.rehearsal import Databases, Rehearsal


@pytest.mark.django_db
def test_site_is_backed_up_while_it_is_written_to_and_comes_back(tmp_path):
    told = []
    databases = Databases(os.environ.get("DATABASE_URL") if connection.vendor == "postgresql" else None)
    rehearsal = Rehearsal(tmp_path, databases, 60, 3, told.append)
    rehearsal.back_up(connection.vendor)
    rehearsal.refuse_damaged("sqlite", is_short=True)
    rehearsal.restore("sqlite", serve=False)
    assert rehearsal.failures == []
    assert "hashes equal" in told[-1]
