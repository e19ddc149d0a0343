"""Secrets of second factors: unreadable in the database, and told in a sentence where the key is another one."""

import io
import json
import re
import tarfile
import zlib

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.test import Client

from forum_site.accounts import encryption
from tests.forum_site.test_second_factor import AUTHENTICATE, code_of, confirm_by_code, with_app
from tests.forum_site.test_sessions import is_open, signed_in_client, through_the_factor
from tests.forum_site.test_sign_in import sign_in, signed_in

SENTENCE = "Your authenticator app cannot be checked, because the SECRET_KEY of the site has changed."


def stored():
    return json.dumps(list(Authenticator.objects.order_by("pk").values_list("data", flat=True)))


@pytest.mark.django_db
def test_secrets_stand_nowhere_in_the_database_and_open_all_the_same(editor):
    secret, codes = with_app(editor)
    seed = encryption.decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])
    assert secret not in stored()
    assert seed not in stored()
    assert is_open(through_the_factor(secret))
    client = signed_in_client()
    client.post(AUTHENTICATE, {"code": codes[3]})
    assert is_open(client)


@pytest.mark.django_db(transaction=True)
def test_secrets_stand_nowhere_in_a_backup(editor, tmp_path):
    secret, _codes = with_app(editor)
    call_command("backup", to=str(tmp_path / "site.tar"), stderr=io.StringIO())
    with tarfile.open(tmp_path / "site.tar") as archive:
        parts = [archive.extractfile(member).read() for member in archive if member.isfile()]
    texts = [zlib.decompress(part, 47) if part[:2] == b"\x1f\x8b" else part for part in parts]
    assert any(b"recovery_codes" in text for text in texts)
    assert not any(secret.encode() in text for text in texts)


@pytest.mark.django_db
def test_another_key_is_told_in_a_sentence_and_opens_nothing(editor, settings):
    secret, codes = with_app(editor)
    client = signed_in_client()
    settings.SECRET_KEY = "another key of fifty characters, as a new machine has"
    client = Client()
    sign_in(client)
    for code in (code_of(secret), codes[0], "000000"):
        response = client.post(AUTHENTICATE, {"code": code})
        assert response.status_code == 200
        assert SENTENCE in response.content.decode()
    assert not signed_in(client)


@pytest.mark.django_db
def test_pages_of_recovery_codes_say_so_too_and_make_new_ones(editor, settings):
    secret, codes = with_app(editor)
    client = through_the_factor(secret)
    confirm_by_code(client, codes[0])
    seed = RecoveryCodes.activate(editor).instance
    seed.data["seed"] = encryption.encrypt("x")[:-4] + "AAA="  # As with another key.
    seed.save()
    for address in ("", "download/"):
        response = client.get(f"/account/second-factor/recovery-codes/{address}")
        assert (response.status_code, SENTENCE in response.content.decode()) == (503, True)
    assert client.get("/account/second-factor/recovery-codes/generate/").status_code == 200
    response = client.post("/account/second-factor/recovery-codes/generate/", follow=True)
    assert len(re.findall(r"<li><code>\d+</code></li>", response.content.decode())) == 10


def test_old_key_goes_on_opening_while_it_is_a_fallback(settings):
    token = encryption.encrypt("a seed")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key of fifty characters, as a new machine has"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert encryption.decrypt(token) == "a seed"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        encryption.decrypt(token)
    with pytest.raises(InvalidToken):
        encryption.decrypt("a seed that nobody encrypted")
