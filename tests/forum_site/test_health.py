import pytest
from django.core.management import call_command
from django.db import OperationalError

from forum_site.ops import health


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch):
    monkeypatch.setattr(health, "readiness", health.Readiness())


def test_alive_without_the_database(client):
    answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


def test_ready(client, db):
    answer = client.get("/readyz")
    assert answer.json() == {"database": "ok", "migrations": "ok", "media": "ok", "disk": "ok"}
    assert answer.status_code == 200


def away():
    raise OperationalError("could not connect to server at 10.0.0.1, user forum")


def test_database_that_is_away_is_told_without_its_address(client, db, monkeypatch, caplog):
    monkeypatch.setitem(health.CHECKS, "database", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "failed")
    assert b"10.0.0.1" not in answer.content
    assert "10.0.0.1" in caplog.text


def test_migrations_that_wait_are_told(client, transactional_db):
    call_command("migrate", "links", "zero", verbosity=0)
    try:
        answer = client.get("/readyz")
    finally:
        call_command("migrate", verbosity=0)
    assert (answer.status_code, answer.json()["migrations"]) == (503, "failed")


def test_media_that_cannot_be_written_is_told(client, db, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"
    assert client.get("/readyz").json()["media"] == "failed"


def test_full_disk_is_told(client, db, settings):
    settings.MIN_FREE_BYTES = 1 << 60
    assert client.get("/readyz").json()["disk"] == "failed"


def test_folders_that_are_not_there_are_told(client, db, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.VAR_DIR = tmp_path / "none"
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["media"], answer.json()["disk"]) == ("failed", "failed")


def test_asked_often_the_database_is_asked_once(client, db, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(0):
        client.get("/readyz")


def test_answer_is_kept_for_a_second(client, db, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(health.time, "monotonic", lambda: now)
    assert client.get("/readyz").status_code == 200
    monkeypatch.setitem(health.CHECKS, "database", away)
    now += 0.9
    assert client.get("/readyz").status_code == 200
    now += 0.2
    assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    assert health.KEPT_FOR <= 1


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_only_asked(client, db, path):
    assert client.post(path).status_code == 405
