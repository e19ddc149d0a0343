"""Forms that were opened on a release before or after this one, and are sent to it."""

import pytest
from lxml import html

from events.models import Event, Tag
from forum_site.other_release import OFFERED, UPDATED
from tests.factories import make_full_event
from tests.forms import fields_of

NEW = ("tags", "cover_from_library", "cover_is", "cover_focus", "pictures", "documents", "based_on", "version_comment")


@pytest.fixture
def full(db):
    event = make_full_event(2, cover_is_waived=True, cover_focus_x=30)
    event.tags.set([Tag.objects.create(name="Water", slug="water")])
    return event


def path_of(event):
    return f"/admin/events/event/{event.pk}/change/"


def facts(event):
    event = Event.objects.get(pk=event.pk)
    rows = [getattr(event, name).count() for name in ("tags", "pictures", "documents", "panels")]
    return event.theme, event.cover_is_waived, event.cover_focus_x, *rows


def errors(response):
    return " ".join(html.fromstring(response.content).xpath("//ul[contains(@class, 'nonfield')]//text()"))


def without(fields, *beginnings):
    return {name: value for name, value in fields.items() if not name.startswith(beginnings)}


def saved(desk, event, fields):
    """Send a form that is told to be of another release; return it, sent once more as it comes back, is saved."""
    before = facts(event)
    answer = desk.post(path_of(event), {**fields, "theme": "Typed", "_save": "Save"})
    assert answer.status_code == 200
    assert str(UPDATED) in errors(answer)
    assert facts(event) == before
    again = fields_of(answer)
    assert again["theme"] == "Typed"
    assert desk.post(path_of(event), {**again, "_save": "Save"}).status_code == 302
    return facts(event)


def test_form_of_a_release_that_knew_less_empties_nothing(desk, full):
    fields = without(fields_of(desk.get(path_of(full))), *NEW, OFFERED)
    assert saved(desk, full, fields) == ("Typed", True, 30, 1, 2, 2, 2)


def test_field_that_was_not_offered_is_as_it_is_stored(desk, full):
    fields = fields_of(desk.get(path_of(full)))
    names = [name for name in fields[OFFERED].split() if name not in ("tags", "cover_is_waived")]
    fields = {**without(fields, "tags", "cover_is_waived"), OFFERED: " ".join(names)}
    assert saved(desk, full, fields) == ("Typed", True, 30, 1, 2, 2, 2)


def test_form_of_a_release_that_knows_more_is_told(desk, full):
    fields = fields_of(desk.get(path_of(full)))
    fields = {**fields, OFFERED: f"{fields[OFFERED]} weather", "weather": "Sunny"}
    assert saved(desk, full, fields)[0] == "Typed"


def test_form_of_this_release_is_saved_at_once(desk, full):
    fields = without(fields_of(desk.get(path_of(full))), "tags", "cover_is_waived")  # What an editor took out.
    assert set(fields[OFFERED].split()) > {"title", "tags", "cover_is_waived", "panels", "pictures"}
    assert desk.post(path_of(full), {**fields, "theme": "Typed", "_save": "Save"}).status_code == 302
    assert facts(full) == ("Typed", False, 30, 0, 2, 2, 2)


def test_new_event_is_entered_on_a_form_of_this_release(desk):
    fields = fields_of(desk.get("/admin/events/event/add/"))
    assert OFFERED in fields
    fields |= {"title": "New", "starts_on": "2024-05-17", "_save": "Save"}
    assert desk.post("/admin/events/event/add/", fields).status_code == 302
