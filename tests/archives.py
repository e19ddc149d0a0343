"""Backups to be restored: of a small site that is awkward to keep, damaged ones, and ones that somebody forged."""

import datetime
import hashlib
import io
import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from events.models import Event, Revision
from forum_site.backup import archive, chunks, dump, media, rows
from organizations.models import Organization
from tests.factories import make_event, make_full_event, make_organization, make_shows

LONG_AGO = datetime.datetime(2020, 2, 29, 23, 59, 59, 123456, tzinfo=datetime.UTC)


def make_site(settings):
    """Make a small site with one of everything that is awkward to keep, and return its event."""
    event = make_full_event(
        2, slug="kept", title="Қазақ 论坛 \u202eRTL 😀 line\u2028end", body="<p>Text &amp; more</p>"
    )
    event.cover.save("cover.png", ContentFile(b"\x89PNG" + bytes(range(256)) * 5000))
    make_shows(event, 586)
    Event.objects.filter(pk=event.pk).update(calendar_sequence=41)
    Event.objects.filter(pk=event.pk).update(updated_at=LONG_AGO)
    Organization.objects.filter(pk=make_organization().pk).update(parent=make_organization())  # Leads to a later row.
    user = User.objects.create_superuser("keeper", password="a long password")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DP", "ž": [1, None, {"b": 1, "a": 2}]})
    Revision.objects.create(
        event=event, number=1, action="saved", content={"events.event": [{"id": event.pk, "b": None}]}, user=user
    )
    make_event(slug="gone").delete()
    (settings.MEDIA_ROOT / "empty.bin").write_bytes(b"")
    (settings.MEDIA_ROOT / ("long-" * 40)).write_bytes(b"long")
    return event


def digests():
    return {label: rows.digest_of(model) for label, model in rows.backed_up_models().items()}


def files(settings):
    return {name: (settings.MEDIA_ROOT / name).read_bytes() for name in media.names()}


def restore(path, **options):
    out = io.StringIO()
    call_command("restore", str(path), stdout=out, **options)
    return out.getvalue()


def wipe(settings):
    rows.empty()
    for name in list(media.names()):
        (settings.MEDIA_ROOT / name).unlink()


def damaged(path, content):
    path = path.with_name("damaged.tar")
    path.write_bytes(content)
    return path


def assert_refused(path, settings, match=".", **options):
    """Assert that an archive is refused in one line, and return it; nothing is touched."""
    before, media_before = digests(), files(settings)
    folders = sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_dir())
    with pytest.raises(CommandError, match=match) as refused:
        restore(path, **({"replace": True, "yes": True} | options))
    assert (digests(), files(settings)) == (before, media_before)
    assert sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_dir()) == folders
    assert str(refused.value).isprintable()
    return str(refused.value)


def forged(kept, change):
    """Return an archive written by somebody who knows the format, whose members were changed."""
    with kept.open("rb") as file:
        found = [(member.name, member.content()) for member in archive.members(file)]
    manifest = json.loads(dict(found)[archive.MANIFEST])
    members = change(found[:-2], manifest) or found[:-2]
    path = kept.with_name("forged.tar")
    with path.open("wb") as file:
        writer = archive.Writer(file)
        for name, content in members:
            writer.add(name, content)
        listed = writer.members if manifest["members"] is not None else []
        writer.close(json.dumps({**manifest, "members": listed}).encode())
    return path


def forged_rows(kept, label, change):
    """Return an archive in which the rows of a model were changed, and everything else agrees."""

    def change_members(members, manifest):
        name = f"{dump.ROWS}{label}/000001.jsonl.gz"
        lines = change(chunks.unpacked([dict(members)[name]]))
        manifest["tables"][label] = {"rows": len(lines), "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
        return [(each, chunks.pack(lines) if each == name else content) for each, content in members]

    return forged(kept, change_members)
