"""Rows for tests: what a test does not name has a sober default."""

import datetime
from itertools import count

from django.db.models import F
from django.utils import timezone

from events.models import (
    Agreement,
    Event,
    EventDocument,
    EventPicture,
    Panel,
    Participation,
    Picture,
    ShowCount,
    ShowTotal,
    Visit,
)
from forum_site.search.indexing import batch_indexing
from organizations.models import Organization

numbers = count(1)


def make_organization(**fields):
    return Organization.objects.create(**{"name": f"Institute {next(numbers)}", **fields})


def make_event(**fields):
    """Return a published event, of one day in May 2023 unless `starts_on` is given."""
    return Event.objects.create(
        **{
            "title": f"Forum {next(numbers)}",
            "starts_on": datetime.date(2023, 5, 17),
            "publication_status": Event.PublicationStatus.PUBLISHED,
            **fields,
        }
    )


def make_participation(event, organization=None, **fields):
    return Participation.objects.create(event=event, organization=organization or make_organization(), **fields)


def make_panel(event, **fields):
    return Panel.objects.create(event=event, **{"title": f"Panel {next(numbers)}", **fields})


def make_visit(event, **fields):
    return Visit.objects.create(event=event, **{"place": f"Museum {next(numbers)}", **fields})


def make_agreement(event, parties=(), **fields):
    agreement = Agreement.objects.create(
        event=event, **{"title": f"Agreement {next(numbers)}", "signed_on": event.starts_on, **fields}
    )
    agreement.parties.set(parties)
    return agreement


def make_picture(**fields):
    """Return a picture of the library whose file is named, and not there."""
    number = next(numbers)
    return Picture.objects.create(
        **{"file": f"pictures/{number:032x}-1600x1200.jpg", "title": f"Hall {number}", "alt": "A hall", **fields}
    )


def make_place(event, picture=None, **fields):
    return EventPicture.objects.create(event=event, picture=picture or make_picture(), **fields)


def make_document(event, **fields):
    return EventDocument.objects.create(
        event=event, **{"title": "Programme", "file": f"documents/{next(numbers):032x}.pdf", **fields}
    )


@batch_indexing()
def make_full_event(rows, **fields):
    """Return a published event with `rows` of everything that belongs to an event, each with an organization."""
    event = make_event(**fields)
    for position in range(rows):
        parent = make_organization()
        make_participation(event, make_organization(parent=parent), role="host", position=position)
        make_panel(event, position=position)
        make_visit(event, organization=make_organization(), position=position)
        make_agreement(event, parties=[make_organization(), make_organization()], position=position)
        make_place(event, position=position)
        make_document(event, position=position)
    return event


def make_shows(event, shows, day=None, filtered_shows=0, span="day"):
    """Add `shows` and `filtered_shows` to the daily counts, today unless given, and to the total."""
    row, _ = ShowCount.objects.get_or_create(event=event, day=day or timezone.localdate(), defaults={"span": span})
    ShowCount.objects.filter(pk=row.pk).update(
        shows=F("shows") + shows, filtered_shows=F("filtered_shows") + filtered_shows
    )
    ShowTotal.objects.get_or_create(event=event)
    ShowTotal.objects.filter(event=event).update(shows=F("shows") + shows)
