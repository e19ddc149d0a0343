from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.one_database

PATH = "/.well-known/security.txt"


@pytest.fixture(autouse=True)
def _contact(settings):
    settings.SECURITY_CONTACT = "mailto:security@forum.example"
    settings.SITE_URL = "https://forum.example"


def fields_of(answer):
    return dict(line.split(": ", 1) for line in answer.content.decode().splitlines())


def test_tells_whom_and_where(client):
    answer = client.get(PATH)
    fields = fields_of(answer)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert list(fields) == ["Contact", "Expires", "Preferred-Languages", "Canonical"]
    assert fields["Contact"] == "mailto:security@forum.example"
    assert fields["Canonical"] == f"https://forum.example{PATH}"
    assert fields["Preferred-Languages"] == "en"


def test_holds_for_months_and_less_than_a_year(client):
    expires = datetime.strptime(fields_of(client.get(PATH))["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=90) < expires - datetime.now(UTC) < timedelta(days=365)


def test_language_of_the_site_comes_first(client, settings):
    settings.LANGUAGE_CODE = "kk"
    assert fields_of(client.get(PATH))["Preferred-Languages"] == "kk, en"


def test_missing_without_a_contact(client, db, settings):
    settings.SECURITY_CONTACT = ""
    assert client.get(PATH).status_code == 404


def test_only_asked(client):
    assert client.post(PATH).status_code == 405
