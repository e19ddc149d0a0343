"""What a reader of an event opens next, and why; and how its page turns from announcement into record."""

import datetime
import re

from django.utils import timezone

from events.models import Event, Series
from events.website.related import MAX, related_events
from tests.factories import (
    make_agreement,
    make_event,
    make_organization,
    make_panel,
    make_participation,
)

TODAY = timezone.localdate()
DAY = datetime.timedelta(days=1)


def related_to(event):
    loaded = Event.objects.for_detail().get(pk=event.pk)
    return [(related.event, related.reason) for related in related_events(loaded)]


def test_closest_come_first_and_tell_why(db):
    house = make_organization(name="The house")
    series = Series.objects.create(name="Land and Sea")
    event = make_event(series=series, theme="Across", city="Almaty", country="KZ")
    make_participation(event, house, role="host")
    guest = make_event(city="Almaty", country="KZ")
    make_participation(guest, house, role="participant")
    both_hosted = make_event()
    make_participation(both_hosted, house, role="host")
    same_theme, same_series = make_event(theme="Across"), make_event(series=series)
    make_event(city="Almaty", country="KZ")  # A place alone brings nobody together.
    assert related_to(event) == [
        (same_series, "In the same series"),
        (same_theme, "Under the same theme"),
        (both_hosted, "With The house"),
        (guest, "With The house"),
    ]


def test_nothing_hidden_is_related(db):
    house, event = make_organization(), make_event(theme="Across")
    make_participation(event, house)
    for hidden in (
        {"publication_status": "draft"},
        {"publish_at": timezone.now() + DAY},
        {"unpublish_at": timezone.now() - DAY},
    ):
        make_participation(make_event(theme="Across", **hidden), house)
    assert related_to(event) == []


def test_related_are_few(db):
    house, event = make_organization(), make_event()
    make_participation(event, house)
    for _ in range(MAX + 3):
        make_participation(make_event(), house)
    assert len(related_to(event)) == MAX


def headings(client, event):
    page = client.get(event.get_absolute_url()).content.decode()
    return [re.sub(r"<[^>]+>", "", heading).strip() for heading in re.findall(r"<h2.*?</h2>", page, re.DOTALL)]


def full(starts_on, ends_on):
    event = make_event(starts_on=starts_on, ends_on=ends_on, body="<p>It was long.</p>")
    make_panel(event, title="Steel", day=TODAY if starts_on <= TODAY <= ends_on else starts_on)
    make_agreement(event, title="Memo on bolts")
    return event


def test_page_turns_from_announcement_into_record(client, db):
    before = headings(client, full(TODAY + 3 * DAY, TODAY + 4 * DAY))
    during = headings(client, full(TODAY - DAY, TODAY + DAY))
    after = headings(client, full(TODAY - 4 * DAY, TODAY - 3 * DAY))
    assert before[:3] == ["Programme", "About the event", "Outcomes"]
    assert during[:4] == ["Today", "Programme", "About the event", "Outcomes"]
    assert after[:3] == ["Outcomes", "About the event", "Programme"]


def test_programme_goes_by_day_and_keeps_its_numbers(db):
    event = make_event(ends_on=datetime.date(2023, 5, 18))
    make_panel(event, title="Second", day="2023-05-18", position=1)
    make_panel(event, title="First", day="2023-05-17", position=2)
    make_panel(event, title="Some day", position=3)
    loaded = Event.objects.for_detail().get()
    assert [(day, [(panel.number, panel.title) for panel in panels]) for day, panels in loaded.programme] == [
        (None, [(3, "Some day")]),
        (datetime.date(2023, 5, 17), [(2, "First")]),
        (datetime.date(2023, 5, 18), [(1, "Second")]),
    ]
