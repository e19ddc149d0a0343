"""What a site that is backed up holds, and what it is found to hold after it was restored. Run within the site."""

import hashlib
import io
import json
import os
import random
import sys
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from events.models import Event, EventDocument, EventPicture, Panel, Picture, Revision, ShowTotal
from forum_site.backup import media, rows
from forum_site.media.renditions import stored_picture
from rehearsals.bench import SLUG
from rehearsals.bench.archive import fill
from tests.factories import make_event, make_panel

MB = 1024 * 1024
CHECKS = [("check_counts",), ("rebuild_search", "--check")]
DAYS = 365


def make(events, megabytes):
    """Fill the site with so many events, and so many MB of pictures with their renditions, and papers."""
    fill(events, DAYS)
    # As their daily counts have it, so that check_counts agrees.
    ShowTotal.objects.exclude(event__slug=SLUG).update(shows=1)
    make_panel(make_event(slug="edited", theme="0"), title="0")
    User.objects.create_superuser("root", password="root")
    chance, left = random.Random(2), megabytes * MB
    filled = list(Event.objects.filter(slug__startswith="event-").order_by("-pk").values_list("pk", flat=True)[:200])
    while left > 0:
        event = chance.choice(filled)
        stem = UUID(int=chance.getrandbits(128)).hex
        if chance.random() < 0.3:
            name, size = f"documents/{stem}.pdf", chance.randrange(100_000, 10_000_000)
            EventDocument.objects.create(event_id=event, title="A paper", file=name)
            left -= store(name, min(size, left + 1))
            continue
        picture = Picture.objects.create(file=f"pictures/{stem}-4000x3000.jpg", width=4000, height=3000, alt="A hall")
        EventPicture.objects.create(event_id=event, picture=picture)
        left -= store(picture.file.name, min(chance.randrange(500_000, 6_000_000), left + 1))
        stored = stored_picture(picture.file.name)
        for width in stored.widths:
            for ending in stored.endings:
                left -= store(stored.rendition(width, ending), width * chance.randrange(60, 200))


def store(name, size):
    """Write a file of random bytes, which nothing packs; return its size."""
    path = Path(settings.MEDIA_ROOT, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return size


def look():
    """Print what the site holds, as JSON."""
    edited = Event.objects.get(slug="edited")
    named = {
        name
        for model in rows.backed_up_models().values()
        for field in media.file_fields(model)
        for name in model._base_manager.values_list(field, flat=True)
        if name
    }
    files = {name: hashlib.sha256(Path(settings.MEDIA_ROOT, name).read_bytes()).hexdigest() for name in media.names()}
    revision = Revision.objects.live().filter(event=edited).order_by("-number").first()
    found = {
        "tables": {
            label: {"rows": model._base_manager.count(), "sha256": rows.digest_of(model)}
            for label, model in rows.backed_up_models().items()
        },
        "files": files,
        "without file": sorted(named - files.keys()),
        "events": list(Event.objects.values_list("pk", flat=True)),
        "theme": edited.theme,
        "panel": Panel.objects.get(event=edited).title,
        "revision": revision
        and [revision.content["events.event"][0]["theme"], revision.content["events.panel"][0]["title"]],
        "uploads": list(Picture.objects.filter(title__startswith="upload-").values_list("title", flat=True)),
        "problems": [problem for command in CHECKS if (problem := problem_of(*command))],
        "shows": ShowTotal.objects.get(event__slug=SLUG).shows + Event.objects.get(slug=SLUG).imported_shows,
    }
    json.dump(found, sys.stdout)


def problem_of(*command):
    told = io.StringIO()
    try:
        call_command(*command, stdout=told)
    except CommandError as error:
        return f"{told.getvalue()[-500:]}{error}"
    return ""
