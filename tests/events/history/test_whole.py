import datetime
import random
import re

import pytest
from django.apps import apps
from django.db import models

from events.models import Agreement, Event, Panel, Participation, Visit
from events.revisions.snapshot import NOT_PARTS, equal, missing_references, parts, restore, supposed, take_snapshot
from forum_site.search.models import SearchEntry
from tests.factories import (
    make_agreement,
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_shows,
)

PACE = (
    "updated_at",
    "calendar_sequence",
    "created_by",
    "created_by_id",
    "updated_by",
    "updated_by_id",
    "in_review_since",
    "utc_start",
    "utc_end",
)
WORDS = ["forum", "sea", "land", "port", "summit", "house", "Ω", "бюро", "论坛", "peace & <trade>"]


def every_row(event):
    """Return all columns of all rows that are deleted with the event, as the database has them."""
    return {
        model._meta.label_lower: list(model._base_manager.filter(**{fk_name: event.pk}).order_by("pk").values())
        for model, fk_name in [
            (Event, "pk"),
            (Participation, "event"),
            (Panel, "event"),
            (Visit, "event"),
            (Agreement, "event"),
            (Agreement.parties.through, "agreement__event"),
        ]
    }


def without_pace(rows):
    return {label: [{k: v for k, v in row.items() if k not in PACE} for row in found] for label, found in rows.items()}


def test_parts_are_all_that_is_deleted_with_an_event_but_its_shows_addresses_and_versions():
    owned = {
        relation.related_model._meta.model_name
        for relation in Event._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and getattr(relation, "on_delete", None) is models.CASCADE
    }
    assert owned >= NOT_PARTS
    assert owned - NOT_PARTS <= {part.model._meta.model_name for part in parts()}
    assert [part.label for part in parts()].index("events.agreementparty") > [part.label for part in parts()].index(
        "events.agreement"
    )


def change_at_random(event, chance):
    """Do to the event what an editor may do in one save."""
    text = lambda: " ".join(chance.choices(WORDS, k=4))  # noqa: E731
    for _step in range(chance.randint(1, 6)):
        action = chance.randrange(8)
        panels, roles = list(event.panels.all()), list(event.participations.all())
        agreements = list(event.agreements.all())
        if action == 0:
            event.title, event.summary, event.body = text(), text(), f"<p>{text()}</p>"
        elif action == 1:
            event.ends_on = event.starts_on + datetime.timedelta(days=chance.randrange(9))
            event.starts_at = chance.choice([None, datetime.time(9, 30)])
            event.publication_status = chance.choice(Event.PublicationStatus.values)
            event.publish_at = chance.choice([None, datetime.datetime(2024, 5, 1, 9, 0, 1, 234567, datetime.UTC)])
        elif action == 2:
            event.slug = f"slug-{chance.randrange(10**9)}"
        elif action == 3:
            make_panel(event, title=text(), description=f"<p>{text()}</p>", position=chance.randrange(9))
        elif action == 4 and panels:
            chance.choice(panels).delete()
        elif action == 5 and len(roles) > 1:
            one, other = chance.sample(roles, 2)  # An exchange, which no order of single updates could do.
            event.participations.filter(pk__in=[one.pk, other.pk]).delete()
            make_participation(event, one.organization, role=other.role, position=3)
            make_participation(event, other.organization, role=one.role, position=2)
        elif action == 6 and agreements:
            agreement = chance.choice(agreements)
            agreement.parties.set(chance.choice([[], [make_organization()]]))
            agreement.title = text()
            agreement.save()
        elif action == 7:
            make_agreement(event, parties=[make_organization()], title=text())
            event.visits.filter(position=1).delete()
    event.save()


@pytest.mark.parametrize("seed", range(25))
def test_any_earlier_state_comes_back_field_by_field(db, client, seed):
    chance = random.Random(seed)
    event, other = make_full_event(3, title="Land-Sea Forum"), make_full_event(2)
    make_shows(event, 586)
    others = every_row(other)
    states = []
    for _save in range(4):
        states.append((take_snapshot(event.pk), without_pace(every_row(event)), Event.objects.get(pk=event.pk)))
        change_at_random(event, chance)
        event = Event.objects.get(pk=event.pk)
    for content, rows, _stored in chance.sample(states, len(states)):
        restore(content)
        assert equal(take_snapshot(event.pk), content)
        assert without_pace(every_row(event)) == rows
    assert every_row(other) == others
    assert Event.objects.get(pk=event.pk).show_count == 586


def steady(page):
    """Return the page but for its number of shows and the moment of its last change."""
    return re.sub(rb"Number of shows: \d+|_time\" content=\"[^\"]*", b"", page)


def test_the_page_is_again_what_it_was(client, event):
    make_participation(event, make_organization(name="Port Institute"), role="host")
    panel = make_panel(event, title="Harbours")
    address = event.get_absolute_url()
    before, page = take_snapshot(event.pk), client.get(address).content
    panel.delete()
    Event.objects.filter(pk=event.pk).update(title="Quite another")
    assert client.get(address).content != page
    restore(before)
    after = client.get(address).content
    assert steady(after) == steady(page)
    assert b"Harbours" in after


def test_what_was_restored_is_found_by_the_search(client, event):
    make_panel(event, title="Zanzibar")
    before = take_snapshot(event.pk)
    event.panels.all().delete()
    entries = SearchEntry.objects.count()
    restore(before)
    assert SearchEntry.objects.count() == entries + 1


def test_what_leads_nowhere_is_told_and_left_out(event):
    house = make_organization()
    make_participation(event, house, role="host")
    signed = make_agreement(event, parties=[house])
    before = take_snapshot(event.pk)
    event.participations.all().delete()
    signed.parties.clear()
    house.delete()
    assert [(label, name) for label, _row, name in missing_references(before)] == [
        ("events.participation", "organization"),
        ("events.agreementparty", "organization"),
    ]
    restore(before)
    assert event.participations.count() == 0
    assert list(event.agreements.values_list("pk", flat=True)) == [signed.pk]


def test_a_key_that_another_event_has_is_not_taken_from_it(event):
    panel = make_panel(event, title="Mine")
    before = take_snapshot(event.pk)
    panel.delete()
    theirs = Panel.objects.create(pk=panel.pk, event=make_event(), title="Theirs")
    restore(before)
    theirs.refresh_from_db()
    assert theirs.title == "Theirs"
    assert [each.title for each in event.panels.all()] == ["Mine"]


def test_a_missing_picture_does_not_keep_the_event_from_coming_back(event):
    Event.objects.filter(pk=event.pk).update(cover="covers/gone.png", cover_width=30, cover_height=20)
    before = take_snapshot(event.pk)
    Event.objects.filter(pk=event.pk).update(cover="", cover_width=None, cover_height=None)
    restore(before)
    event = Event.objects.get(pk=event.pk)
    assert (event.cover.name, event.cover_width, event.cover_height) == ("covers/gone.png", 30, 20)


def test_picture_that_comes_back_gets_renditions(event, monkeypatch, django_capture_on_commit_callbacks):
    asked, cover = [], "covers/" + "a" * 32 + "-500x250.jpg"
    monkeypatch.setattr("forum_site.media.renditions.make", asked.append)
    Event.objects.filter(pk=event.pk).update(cover=cover)
    earlier = take_snapshot(event.pk)
    Event.objects.filter(pk=event.pk).update(cover="")
    for _time in range(2):  # The second time it has been there before.
        with django_capture_on_commit_callbacks(execute=True):
            restore(earlier)
        assert asked == [cover]


def test_what_is_supposed_has_not_happened(event):
    before = take_snapshot(event.pk)
    with supposed():
        Event.objects.filter(pk=event.pk).update(title="Supposed")
        panel = make_panel(event)
        meant = take_snapshot(event.pk)
    assert equal(take_snapshot(event.pk), before)
    later = make_panel(make_event())
    assert later.pk > panel.pk
    with supposed(meant):
        assert Event.objects.get(pk=event.pk).title == "Supposed"
        assert [each.pk for each in event.panels.all()] == [panel.pk]
    assert equal(take_snapshot(event.pk), before)


def test_every_field_of_every_part_is_in_the_snapshot():
    for part in parts():  # The imported number of shows changes by lines of its own.
        columns = {field.name for field in apps.get_model(part.label)._meta.concrete_fields}
        assert columns - {field.name for field in part.fields} <= {*PACE, "imported_shows"}
