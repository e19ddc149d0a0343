import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Agreement, Event, Panel, Participation, Visit
from tests.factories import make_agreement, make_event, make_organization, make_panel, make_participation, make_visit

DAY = datetime.date(2023, 5, 17)
HOUR = datetime.timedelta(hours=1)


def errors_of(instance):
    with pytest.raises(ValidationError) as error:
        instance.full_clean()
    return error.value.message_dict


def refused_by_the_database(queryset, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        queryset.update(**fields)
    return True


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"ends_on": datetime.date(2023, 5, 16)}, "ends_on", "ends before it starts"),
        ({"starts_at": datetime.time(14), "ends_at": datetime.time(9)}, "ends_at", "ends before it begins"),
        ({"starts_on": datetime.date(203, 5, 17)}, "starts_on", "from 1000 to 2999"),
        ({"ends_on": datetime.date(3024, 5, 17)}, "ends_on", "from 1000 to 2999"),
        ({"online_url": "ftp://example.org"}, "online_url", "beginning with https://"),
        (
            {
                "publish_at": datetime.datetime(2023, 5, 2, tzinfo=datetime.UTC),
                "unpublish_at": datetime.datetime(2023, 5, 1, tzinfo=datetime.UTC),
            },
            "unpublish_at",
            "unpublished before it is published",
        ),
    ],
)
def test_event_rule_is_told_at_the_field_and_kept_by_the_database(event, fields, field, message):
    for name, value in fields.items():
        setattr(event, name, value)
    errors = errors_of(event)
    assert list(errors) == [field]
    assert message in errors[field][0]
    assert refused_by_the_database(Event.objects.filter(pk=event.pk), **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"country": "kz"},
        {"country": "K"},
        {"online_url": "javascript:alert(1)"},
        {"online_url": "https://x\n"},
        {"country": "K\n"},
    ],
)
def test_event_rule_holds_in_the_database(event, fields):
    assert refused_by_the_database(Event.objects.filter(pk=event.pk), **fields)


@pytest.mark.parametrize("field", ["publish_at", "unpublish_at"])
def test_moment_of_publication_is_believable(event, field):
    setattr(event, field, datetime.datetime(1, 1, 1, tzinfo=datetime.UTC))
    assert list(errors_of(event)) == [field]


def test_event_of_one_day_needs_no_last_day(db):
    event = Event(title="A lecture", starts_on=DAY)
    event.full_clean()
    event.save()
    assert (event.ends_on, event.slug) == (DAY, "a-lecture")


def test_event_may_run_over_midnight(event):
    event.ends_on = DAY + datetime.timedelta(days=1)
    event.starts_at, event.ends_at = datetime.time(20), datetime.time(2)
    event.full_clean()


def test_organization_has_a_role_once_in_an_event(event):
    host = make_participation(event, role="host")
    make_participation(event, host.organization, role="partner")
    errors = errors_of(Participation(event=event, organization=host.organization, role="host"))
    assert errors == {"__all__": ["This organization has this role already. Take one of the two rows out."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        make_participation(event, host.organization, role="host")


@pytest.mark.parametrize(("model", "field"), [(Panel, "day"), (Visit, "visited_on")])
@pytest.mark.parametrize(
    ("date", "refused"), [("2023-05-16", True), ("2023-05-17", False), ("2023-05-18", True), (None, False)]
)
def test_day_of_a_part_lies_within_the_event(event, model, field, date, refused):
    part = model(event=event, **{"title" if model is Panel else "place": "x", field: date})
    if refused:
        assert errors_of(part) == {field: ["This date is outside the event (17 May 2023 to 17 May 2023)."]}
    else:
        part.full_clean()


def test_panel_does_not_end_before_it_begins(event):
    panel = make_panel(event)
    panel.starts_at, panel.ends_at = datetime.time(10), datetime.time(9)
    assert list(errors_of(panel)) == ["ends_at"]
    assert refused_by_the_database(Panel.objects, starts_at="10:00", ends_at="09:00")


def test_agreement_is_not_valid_until_before_it_was_signed(event):
    agreement = make_agreement(event)
    agreement.valid_until = DAY - datetime.timedelta(days=1)
    assert list(errors_of(agreement)) == ["valid_until"]
    assert refused_by_the_database(Agreement.objects, valid_until=agreement.valid_until)


def test_other_parties_stand_one_on_a_line(event):
    agreement = make_agreement(event, other_parties=" Think tanks of the city \n\nForeign guests\n")
    assert agreement.unnamed_parties == ["Think tanks of the city", "Foreign guests"]


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({}, True),
        ({"publication_status": "draft"}, False),
        ({"publish_at": HOUR}, False),
        ({"publish_at": -HOUR}, True),
        ({"unpublish_at": -HOUR}, False),
        ({"publish_at": -HOUR, "unpublish_at": HOUR}, True),
        ({"publication_status": "draft", "publish_at": -HOUR}, False),
        ({"publication_status": "anything else"}, False),
    ],
)
def test_published_is_what_the_public_may_see(db, fields, seen):
    moved = {
        name: timezone.now() + each if isinstance(each, datetime.timedelta) else each for name, each in fields.items()
    }
    event = make_event(**moved)
    parts = [make_panel(event), make_visit(event), make_agreement(event), make_participation(event)]
    assert event.is_public == seen
    assert list(Event.objects.published()) == [event] * seen
    for part in parts:
        assert list(type(part).objects.published()) == list(type(part).objects.not_hidden()) == [part] * seen


def test_upcoming_and_past_meet_today(db):
    today = timezone.localdate()
    day = datetime.timedelta(days=1)
    over = make_event(starts_on=today - 3 * day, ends_on=today - day)
    running = make_event(starts_on=today - day, ends_on=today + day)
    soon, later = make_event(starts_on=today + 2 * day), make_event(starts_on=today + 5 * day)
    assert list(Event.objects.upcoming()) == [running, soon, later]
    assert list(Event.objects.past()) == [over]


def test_years_are_counted(db):
    make_event(), make_event(), make_event(starts_on=datetime.date(2024, 1, 1))
    make_event(starts_on=datetime.date(2025, 1, 1), publication_status="draft")
    assert list(Event.objects.published().years()) == [(2024, 1), (2023, 2)]


def test_roles_stand_in_their_order_and_organizations_in_theirs(event):
    second = make_participation(event, role="host", position=2)
    first = make_participation(event, role="host", position=1)
    founded = make_participation(event, role="established", position=0)
    assert event.participations_by_role == [("Host", [first, second]), ("Established at the event", [founded])]


@pytest.mark.parametrize("tie", [make_participation, make_visit])
def test_organization_that_an_event_names_is_not_deleted(event, tie):
    organization = make_organization()
    tie(event, organization=organization)
    with pytest.raises(IntegrityError), transaction.atomic():
        organization.delete()


def test_party_of_an_agreement_is_not_deleted(event):
    agreement = make_agreement(event, parties=[make_organization()])
    with pytest.raises(IntegrityError), transaction.atomic():
        agreement.parties.get().delete()
