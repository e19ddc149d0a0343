"""A working draft is shown from memory: the page and the form are those of the tables, and nothing is written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event, Tag
from events.revisions import store
from events.revisions.load import load
from events.revisions.snapshot import restore, take_snapshot
from organizations.models import Organization
from tests.events.test_preview import make_link, without_notice
from tests.factories import make_agreement, make_full_event
from tests.forms import fields_of

pytestmark = pytest.mark.django_db
WRITES = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT", "BEGIN")


def make_drafted(rows, **fields):
    event = make_full_event(rows, body="<p>Text</p>", **fields)
    event.tags.set([Tag.objects.get_or_create(name=name)[0] for name in ("water", "Air", "ports")])
    store.save_draft(event.pk, take_snapshot(event.pk), None, store.record(event.pk).number)
    return event


def form_of(event):
    return reverse("admin:events_event_change", args=[event.pk])


def statements(ask):
    with CaptureQueriesContext(connection) as asked:
        response = ask()
    assert response.status_code == 200
    return response, [each["sql"] for each in asked.captured_queries]


def writes(statements):
    return [sql for sql in statements if sql.split()[0] in WRITES or " UPDATE" in sql]


def shown_in(response):
    left_out = {"base_number", "csrfmiddlewaretoken", "publication_status"}  # Which no draft changes.
    return {name: value for name, value in fields_of(response).items() if name not in left_out}


def test_draft_that_changes_nothing_looks_like_the_event(desk, client):
    event = make_drafted(3, title="Full")
    link = make_link(event)
    form, form_sql = statements(lambda: desk.get(form_of(event)))
    page, page_sql = statements(lambda: client.get(link.address))
    assert (writes(form_sql), writes(page_sql)) == ([], [])
    store.discard_draft(event.pk)
    assert shown_in(form) == shown_in(desk.get(form_of(event)))
    pages = [page.content.decode(), client.get(link.address).content.decode()]
    assert without_notice(pages[0]) == without_notice(pages[1])


@pytest.mark.parametrize(
    ("fk_name", "most", "a_row"), [("form", 45, 3), ("link", 25, 0)]
)  # In a form, each organization that is chosen is asked for by its own field.
def test_statements_do_not_grow_with_what_belongs_to_an_event(desk, fk_name, most, a_row):
    numbers = []
    for rows in (1, 3):
        event = make_drafted(rows)
        address = form_of(event) if fk_name == "form" else make_link(event).address
        desk.get(address)
        numbers.append(len(statements(lambda address=address: desk.get(address))[1]))
    assert numbers[0] <= most
    assert numbers[1] - numbers[0] == 2 * a_row


def test_rows_that_are_new_changed_moved_or_gone_are_those_of_the_draft(desk, client):
    event = make_full_event(3, title="Full")
    before = take_snapshot(event.pk)
    fields = fields_of(desk.get(form_of(event)))
    fields |= {"title": "Drafted", "panels-0-title": "Renamed", "panels-1-DELETE": "on", "_draft": "1"}
    fields |= {"panels-TOTAL_FORMS": "4", "panels-3-title": "A new panel", "panels-3-position": "9"}
    fields |= {"participations-0-position": "8"}
    assert desk.post(form_of(event), fields).status_code == 302
    assert take_snapshot(event.pk) == before
    draft = store.draft_of(event.pk)
    panels = [panel.title for panel in load(draft.content).panels.all()]
    assert (len(panels), panels[0], panels[-1]) == (3, "Renamed", "A new panel")
    link = make_link(event)
    form, page = desk.get(form_of(event)), client.get(link.address)
    assert take_snapshot(event.pk) == before
    restore(draft.content)
    store.discard_draft(event.pk)
    assert shown_in(form) == shown_in(desk.get(form_of(event)))
    titles = ["Drafted", "Renamed", "A new panel"]
    for content in (page.content.decode(), client.get(link.address).content.decode()):
        assert [title for title in titles if title in content] == titles


def test_what_is_gone_by_now_is_left_out(client):
    event = make_drafted(2)
    role, place = event.participations.first(), event.pictures.first()
    house, picture = role.organization, place.picture
    role.delete(), house.delete(), place.delete(), picture.delete()
    response, _sql = statements(lambda: client.get(make_link(event).address))
    assert house.name not in response.content.decode()
    assert picture.file.name not in response.content.decode()
    assert Organization.objects.filter(pk=house.pk).count() == 0


def test_what_is_asked_further_of_a_loaded_event_is_asked_of_its_own_rows():
    event, other = make_drafted(2), make_full_event(2)
    loaded = load(store.draft_of(event.pk).content)
    assert {panel.event_id for panel in loaded.panels.filter(title__contains="a")} == {event.pk}
    assert list(loaded.tags.all()) == list(Event.objects.get(pk=event.pk).tags.all())
    assert other.panels.count() == 2


def test_two_forms_of_an_event_that_nobody_saved_are_two_saves_of_one_event(desk, event):
    """What was shown is stored by the first of both saves, and known again by the second."""
    first, second = (fields_of(desk.get(form_of(event))) for _time in range(2))
    assert not event.revisions.exists()
    desk.post(form_of(event), {**first, "theme": "First", "_save": "1"})
    response = desk.post(form_of(event), {**second, "theme": "Second", "_save": "1"})
    assert "/settle/" in response["Location"]
    assert Event.objects.get(pk=event.pk).theme == "First"


def test_form_of_a_state_that_was_never_stored_overwrites_nothing(desk, event):
    fields = fields_of(desk.get(form_of(event)))
    Event.objects.filter(pk=event.pk).update(theme="By the shell")
    response = desk.post(form_of(event), {**fields, "title": "Typed", "_save": "1"})
    assert "/settle/" in response["Location"]
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.theme) == ("Land-Sea Forum", "By the shell")


def test_agreement_shown_before_its_event_was_ever_saved_is_not_overwritten(desk, event):
    agreement = make_agreement(event, other_parties="All", title="Pact")
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    first, second = (fields_of(desk.get(page)) for _time in range(2))
    assert not event.revisions.exists()
    desk.post(page, {**first, "title": "First", "_save": "1"})
    response = desk.post(page, {**second, "title": "Second", "_save": "1"})
    assert "Someone else changed this agreement" in response.content.decode()
    agreement.refresh_from_db()
    assert agreement.title == "First"
