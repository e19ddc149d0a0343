"""SEQUENCE of calendar files: raised by what matters to those who plan to come, by whatever way it is written."""

import datetime

import pytest
from django.db.models import F

from events.models import Event
from events.models.calendar_sequence import PLANS
from tests.factories import make_event

CHANGES = {
    "starts_on": datetime.date(2023, 5, 16),
    "ends_on": datetime.date(2023, 5, 19),
    "starts_at": datetime.time(9, 30),
    "ends_at": datetime.time(18),
    "time_zone": "Asia/Almaty",
    "venue": "House of Friendship",
    "city": "Almaty",
    "country": "KZ",
    "attendance": "mixed",
    "online_url": "https://example.org/live",
    "status": "cancelled",
}
NO_MATTER = {
    "title": "A title without its mistake",
    "theme": "Another theme",
    "summary": "Another summary",
    "body": "<p>A text without its mistake</p>",
    "cover_alt": "A bridge",
    "language": "kk",
    "publication_status": "draft",
    "imported_shows": 585,
    "slug": "another-address",
}


def sequence_of(event):
    return Event.objects.values_list("calendar_sequence", flat=True).get(pk=event.pk)


def save(event, **fields):
    for name, value in fields.items():
        setattr(event, name, value)
    event.save()


def save_in_bulk(event, **fields):
    for name, value in fields.items():
        setattr(event, name, value)
    Event.objects.bulk_update([event], fields)


def update(event, **fields):
    Event.objects.filter(pk=event.pk).update(**fields)


@pytest.mark.parametrize("write", [save, update, save_in_bulk])
@pytest.mark.parametrize("field", CHANGES)
def test_change_of_plans_raises_it_once(event, write, field):
    write(event, **{field: CHANGES[field]})
    assert sequence_of(event) == 1
    write(event, **{field: CHANGES[field]})
    assert sequence_of(event) == 1


@pytest.mark.parametrize("write", [save, update, save_in_bulk])
def test_other_changes_leave_it(event, write):
    write(event, **NO_MATTER)
    assert sequence_of(event) == 0


@pytest.mark.parametrize("write", [save, update, save_in_bulk])
def test_time_that_is_taken_out_raises_it(db, write):
    event = make_event(starts_at=datetime.time(9), ends_at=datetime.time(10))
    write(event, starts_at=None)
    assert sequence_of(event) == 1


def test_changes_made_at_once_are_one(event):
    update(event, **CHANGES)
    assert sequence_of(event) == 1


def test_only_events_that_change_are_raised(event):
    other = make_event(starts_on=datetime.date(2023, 6, 1))
    Event.objects.update(starts_on=datetime.date(2023, 5, 17))
    assert (sequence_of(event), sequence_of(other)) == (0, 1)


def test_days_moved_by_an_expression_raise_it(event):
    Event.objects.update(ends_on=F("ends_on") + datetime.timedelta(days=1))
    assert sequence_of(event) == 1


def test_stale_object_does_not_lower_it(event):
    stale = Event.objects.get(pk=event.pk)
    save(event, city="Almaty")
    save(Event.objects.get(pk=event.pk), city="Astana")
    assert sequence_of(event) == 2
    stale.city = "Astana"
    stale.save()
    assert sequence_of(event) == 2


def test_every_plan_is_a_field_of_the_event():
    assert set(CHANGES) == set(PLANS)
    assert set(PLANS) <= {field.attname for field in Event._meta.concrete_fields}
