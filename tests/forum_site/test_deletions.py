"""Rows are deleted here as by a release that knows of nothing that hangs on them: by SQL."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from events.history import record
from events.models import Event, EventPicture, Panel, PreviewLink, ShowCount, ShowTotal, Tag, Version
from forum_site.deletions import install_triggers, remove_triggers, statements_by_table
from organizations.models import Organization
from tests.factories import make_full_event, make_shows


def delete(row):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
    connection.check_constraints()


@pytest.fixture
def person(db):
    return User.objects.create_user("author")


@pytest.fixture
def full(person):
    event = make_full_event(2)
    event.tags.set([Tag.objects.create(name="Water", slug="water")])
    PreviewLink.objects.create(event=event, made_by=person, ends_at=timezone.now() + datetime.timedelta(days=1))
    Event.objects.filter(pk=event.pk).update(entered_by=person, changed_by=person)
    record.record(event.pk, Version.Deed.ENTERED, person)
    make_shows(event, 3)
    return event


def test_event_takes_along_what_belongs_to_it_alone(full):
    other = make_full_event(1)
    houses = Organization.objects.count()
    delete(full)
    assert set(Event.objects.all()) == {other}
    for model in (Panel, EventPicture):
        assert model.objects.count() == 1
    assert not any(model.objects.exists() for model in (PreviewLink, Version, ShowCount, ShowTotal))
    assert (Tag.objects.count(), Organization.objects.count()) == (1, houses)


def test_person_leaves_what_was_done(full, person):
    delete(person)
    full.refresh_from_db()
    assert (full.entered_by, full.changed_by) == (None, None)
    assert Version.objects.get().made_by is None
    assert PreviewLink.objects.get().made_by is None


def test_organization_that_is_named_stays(full):
    with pytest.raises(IntegrityError), transaction.atomic():
        delete(Organization.objects.filter(participations__isnull=False).first())


def test_triggers_go_and_come_again(full):
    """Twice, as after each `migrate`; and on PostgreSQL only what they do is told anew."""
    if connection.vendor == "sqlite":
        remove_triggers("default")
    for _ in range(2):
        install_triggers("default")
    delete(full)
    assert not Panel.objects.exists()


def test_every_row_that_may_hang_on_another_is_told(db):
    told = statements_by_table(connection)
    assert set(told) == {
        *("auth_user", "events_agreement", "events_event", "events_tag"),
        *("organizations_organization",),
    }
    assert "DELETE FROM events_version WHERE event_id = OLD.id;" in told["events_event"]
    assert "UPDATE events_event SET entered_by_id = NULL WHERE entered_by_id = OLD.id;" in told["auth_user"]
    assert len(told["events_event"]) >= 12
