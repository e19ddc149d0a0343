"""An archive of any size, to measure what grows with it."""

import datetime
import random

from django.db import transaction
from django.utils import timezone

from events.models import Agreement, AgreementParty, Event, Panel, Participation, ShowCount, ShowTotal, Visit
from forum_site.search.indexing import batch_indexing
from organizations.models import Organization
from rehearsals.bench import SLUG
from tests.factories import make_full_event

WORDS = ["land", "sea", "trade", "dialogue", "corridor", "port", "belt", "road", "silk"]
WORDS += ["culture", "youth", "science", "climate", "water", "energy", "bridge"]
CITIES = ["Almaty", "Astana", "Xi'an", "Lianyungang", "Beijing", "Tashkent", "Bishkek", "Geneva"]
COUNTRIES = ["KZ", "CN", "UZ", "KG", "CH", "DE", "TR", "RU", "MN", "PK", "IR", "AZ"]
TEXT = "<p>" + "Speakers looked back on a decade of exchange and agreed on what comes next. " * 12 + "</p>"
YEARS = 10
BATCH = 2000
HOUSE = "the-house"  # took part in everything, as the organization whose site it is does.


@transaction.atomic
@batch_indexing()
def fill(events, days):
    """Make an event at `SLUG` with a ledger of so many `days`, and so many `events` beside it, over ten years."""
    chance = random.Random(1)
    hot = make_full_event(8, slug=SLUG, title="The event that is asked for", body=TEXT * 3, imported_shows=585)
    today = timezone.localdate()
    rows = [
        ShowCount(event=hot, day=today - datetime.timedelta(days=ago), shows=3, filtered_shows=2) for ago in range(days)
    ]
    ShowCount.objects.bulk_create(rows, BATCH)
    ShowTotal.objects.create(event=hot, shows=3 * days)

    organizations = Organization.objects.bulk_create(
        Organization(name=f"{title(chance)} Institute {number}", slug=f"house-{number}", country="KZ")
        for number in range(max(20, events // 50))
    )
    first = datetime.date(today.year - YEARS, 1, 1)
    all_events = Event.objects.bulk_create(
        [
            event(chance, number, first + datetime.timedelta(days=number * 365 * YEARS // events))
            for number in range(events)
        ],
        BATCH,
    )
    Participation.objects.bulk_create(
        [
            Participation(event=each, organization=organization, role=role, position=position)
            for each in all_events
            for position, (role, organization) in enumerate(
                zip(("host", "organizer", "participant"), chance.sample(organizations, 3), strict=True)
            )
        ],
        BATCH,
    )
    house = Organization.objects.create(name="The house", slug=HOUSE)
    Participation.objects.bulk_create(
        [Participation(event=each, organization=house, role="participant") for each in all_events], BATCH
    )
    Panel.objects.bulk_create([Panel(event=each, title=title(chance)) for each in all_events], BATCH)
    Visit.objects.bulk_create(
        [Visit(event=each, place=title(chance), organization=chance.choice(organizations)) for each in all_events[::5]],
        BATCH,
    )
    agreements = Agreement.objects.bulk_create(
        [
            Agreement(
                event=each,
                title=title(chance),
                kind=chance.choice(Agreement.Kind.values),
                status=chance.choice(Agreement.Status.values),
                signed_on=each.starts_on,
            )
            for each in all_events[::10]
        ],
        BATCH,
    )
    AgreementParty.objects.bulk_create(
        [
            AgreementParty(agreement=agreement, organization=organization)
            for agreement in agreements
            for organization in chance.sample(organizations, 2)
        ],
        BATCH,
    )
    ShowTotal.objects.bulk_create([ShowTotal(event=each, shows=chance.randrange(5000)) for each in all_events], BATCH)
    ShowCount.objects.bulk_create(
        [
            ShowCount(event=each, day=today - datetime.timedelta(days=chance.randrange(max(1, days))), shows=1)
            for each in all_events
        ],
        BATCH,
    )


def event(chance, number, day):
    return Event(
        title=f"{title(chance)} {number}",
        slug=f"event-{number}",
        kind=chance.choice(Event.Kind.values),
        theme=title(chance),
        summary=title(chance),
        starts_on=day,
        ends_on=day,
        city=chance.choice(CITIES),
        country=chance.choice(COUNTRIES),
        body=TEXT,
        publication_status=Event.PublicationStatus.PUBLISHED,
    )


def title(chance):
    return " ".join(chance.sample(WORDS, 4)).capitalize()
