"""The bin: an event goes there in place of being deleted, is nowhere else, and returns as it was."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from events.models import Agreement, Event, Revision, Series, ShowTotal
from events.revisions.snapshot import event_of, take_snapshot
from events.revisions.store import save_draft
from organizations.models import Organization
from tests.events.test_ways_out import OF_THE_SITE, of_event, sitemap_of
from tests.factories import (
    make_agreement,
    make_event,
    make_organization,
    make_panel,
    make_participation,
    make_shows,
    make_visit,
)
from tests.forms import fields_of

pytestmark = pytest.mark.django_db

LIST = "/admin/events/event/"
BIN = f"{LIST}bin/"


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def forum(event):
    house = make_organization(name="Port Institute", slug="port-institute")
    event.series = Series.objects.create(name="Secret series")
    event.title, event.slug = "A secret plan", "a-secret-plan"
    event.starts_on = timezone.localdate()
    event.ends_on = timezone.localdate()
    event.save()
    make_participation(event, house, role="host")
    make_panel(event, title="A secret panel")
    make_visit(event, place="A secret museum", organization=house)
    make_agreement(event, parties=[house], title="A secret memorandum")
    make_shows(event, 586)
    return event


def put(client, event):
    return client.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}, follow=True)


def put_back(client, event):
    return client.post(f"{BIN}{event.pk}/return/", follow=True)


def messages_of(response):
    return [re.sub(r"<[^>]*>", "", str(message)) for message in response.context["messages"]]


def publication_status(event):
    return Event.objects.get(pk=event.pk).publication_status


def test_page_says_what_happens_and_nothing_happens_by_looking(office, forum):
    page = office.get(f"{LIST}{forum.pk}/delete/").content.decode()
    assert "readers see it now, 586 shows" in page
    assert "Nothing is lost:" in page
    assert (publication_status(forum), LogEntry.objects.count()) == ("published", 0)


def test_deleted_event_is_in_the_bin_and_the_history_tells(office, forum):
    assert messages_of(put(office, forum)) == ["Moved “A secret plan” to the trash. Open the trash"]
    assert list(forum.revisions.order_by("number").values_list("action", "user_name")) == [
        ("external", ""),
        ("trashed", "manager"),
    ]
    assert (publication_status(forum), LogEntry.objects.get().get_change_message()) == ("trashed", "Move to trash.")
    page = office.get(BIN).content.decode()
    assert re.search(r"A secret plan.*UTC, <bdi>manager</bdi>.*586", page, re.DOTALL)
    assert f"{LIST}{forum.pk}/history/" in page
    assert "Moved to trash" in office.get(f"{LIST}{forum.pk}/history/").content.decode()
    assert office.get(f"{LIST}{forum.pk}/shows/").context["event"] == forum


def test_deleting_from_the_list_is_the_bin_too(office, forum):
    draft = make_event(publication_status="draft")
    chosen = {"action": "delete_selected", "_selected_action": [forum.pk, draft.pk], "index": 0}
    assert "Move to trash" in office.post(LIST, chosen).content.decode()
    assert publication_status(draft) == "draft"
    response = office.post(LIST, {**chosen, "post": "yes"}, follow=True)
    assert messages_of(response) == ["Moved 2 events to the trash. Open the trash"]
    assert (publication_status(forum), publication_status(draft)) == ("trashed", "trashed")
    assert "Trash (2)" in response.content.decode()


def test_nobody_else_may(desk, author, forum):
    for person in (None, author):
        if person:
            desk.force_login(person)
        for address in (f"{LIST}{forum.pk}/delete/", BIN):
            assert [desk.get(address).status_code, desk.post(address).status_code] == [403, 403]
        desk.post(LIST, {"action": "delete_selected", "_selected_action": [forum.pk], "post": "yes"})
        assert "Trash (" not in desk.get(LIST).content.decode()
        assert publication_status(forum) == "published"
    Event.objects.filter(pk=forum.pk).update(publication_status="trashed")
    for address in (f"{BIN}{forum.pk}/return/", f"{BIN}{forum.pk}/delete/"):
        assert desk.post(address, {"address": forum.slug}).status_code == 403
    for address in ("history/", "shows/", "next-edition/"):
        assert desk.get(f"{LIST}{forum.pk}/{address}").status_code in (403, 404)
    assert publication_status(forum) == "trashed"


def test_deleting_for_good_needs_both_rights(office, manager, forum):
    Event.objects.filter(pk=forum.pk).update(publication_status="trashed")
    for group in manager.groups.all():
        group.permissions.remove(Permission.objects.get(codename="delete_event"))
    assert "Delete permanently" not in office.get(BIN).content.decode()
    assert office.post(f"{BIN}{forum.pk}/delete/", {"address": forum.slug}).status_code == 403


def test_it_is_nowhere(office, forum):
    """At no address that named it before; where an address was its own, the answer is that of a missing one."""
    today, house = timezone.localdate(), Organization.objects.get()
    make_participation(make_event(title="Another", starts_on=today), house, role="host")
    forum.slug = "a-secret-matter"
    forum.save()
    own = [*of_event(forum), "/events/a-secret-matter/", "/events/a-secret-plan/"]
    assert [address for address in own if office.get(address).status_code not in (200, 301, 302)] == []
    public = [
        "/",
        "/events/",
        f"/events/{today.year}/",
        f"/events/calendar/{today.year}/{today.month}/",
        "/agreements/",
    ]
    public += ["/organizations/", "/organizations/port-institute/", "/search/?q=plan", sitemap_of(forum), *OF_THE_SITE]
    naming = [address for address in public if b"ecret" in office.get(address).content]
    assert len(naming) >= 9
    put(office, forum)
    missing = office.get("/e/999999/").content
    assert [address for address in own if office.get(address).content != missing] == []
    assert [address for address in public if b"ecret" in office.get(address).content] == []
    assert [office.get(address).status_code for address in own] == [404] * len(own)


def test_editors_meet_it_nowhere_either(desk, forum):
    make_event(title="Another", starts_on=datetime.date(2023, 1, 1))
    autocomplete = "/admin/autocomplete/?app_label=events&model_name=agreement&field_name=event&term=secret"
    addresses = [LIST, "/admin/", "/admin/events/agreement/", f"{LIST}?q=secret", "/admin/events/showcount/"]
    assert all(b"A secret plan" in desk.get(address).content for address in [*addresses, autocomplete])
    Event.objects.filter(pk=forum.pk).update(publication_status="trashed")
    assert [address for address in [*addresses, autocomplete] if b"A secret" in desk.get(address).content] == []
    assert "In the trash" not in desk.get(LIST).content.decode()
    organizations = desk.get("/admin/organizations/organization/").content.decode()
    assert '<td class="field-number_of_events">0</td>' in organizations
    assert desk.get(f"{LIST}{forum.pk}/next-edition/").status_code == 404
    told = messages_of(desk.get(f"{LIST}{forum.pk}/change/", follow=True))
    assert told == ["“A secret plan” is in the trash. Managers can restore it."]
    agreement = Agreement.objects.get()
    assert desk.get(f"/admin/events/agreement/{agreement.pk}/change/").status_code == 302


def test_no_form_leads_into_the_bin_or_to_what_is_in_it(desk, event, forum):
    other = make_event()
    page = desk.get(f"{LIST}{other.pk}/change/")
    fields = {**fields_of(page), "publication_status": "trashed"}
    assert "You cannot set this status" in desk.post(f"{LIST}{other.pk}/change/", fields).content.decode()
    signed = make_agreement(other, parties=[make_organization()])
    address = f"/admin/events/agreement/{signed.pk}/change/"
    fields = fields_of(desk.get(address))
    Event.objects.filter(pk=forum.pk).update(publication_status="trashed")
    assert "You cannot change this event" in desk.post(address, {**fields, "event": forum.pk}).content.decode()
    desk.post(LIST, {"action": "publish", "_selected_action": [forum.pk], "index": 0})
    assert publication_status(forum) == "trashed"


@pytest.mark.parametrize("state", ["draft", "in_review", "published", "unpublished"])
def test_it_returns_as_it_was(office, forum, state):
    Event.objects.filter(pk=forum.pk).update(publication_status=state)
    before = take_snapshot(forum.pk)
    put(office, forum)
    seen = "Readers see it again." if state == "published" else Event.PublicationStatus(state).label
    assert messages_of(put_back(office, forum)) == [f"Restored: A secret plan ({seen})"]
    assert take_snapshot(forum.pk) == before
    assert list(forum.revisions.values_list("action", flat=True)) == ["untrashed", "trashed", "external"]
    assert put_back(office, forum).status_code == 404


def test_it_returns_with_its_addresses_and_its_number(client, office, forum):
    client.get(forum.get_absolute_url())
    forum.slug = "new-address"
    forum.save()
    client.get(forum.get_absolute_url())
    put(office, forum)
    assert client.get(forum.get_absolute_url()).status_code == 404
    assert ShowTotal.objects.of(forum.pk) == 588
    call_command("check_counts")
    put_back(office, forum)
    assert client.get("/events/a-secret-plan/", follow=True).request["PATH_INFO"] == "/events/new-address/"
    assert b"Number of shows: 590" in client.get(forum.get_absolute_url()).content


def test_working_draft_does_not_come_back_as_what_it_was(office, editor, forum):
    save_draft(forum.pk, {**take_snapshot(forum.pk)}, editor, 1)
    put(office, forum)
    put(office, forum)
    put_back(office, forum)
    assert (publication_status(forum), forum.revisions.filter(action="trashed").count()) == ("published", 1)


def test_one_that_nobody_remembers_returns_as_a_draft(office, forum):
    Event.objects.filter(pk=forum.pk).update(publication_status="trashed")
    assert messages_of(put_back(office, forum)) == ["Restored: A secret plan (Draft)"]
    assert event_of(Revision.objects.first().content)["publication_status"] == "draft"


def test_address_stays_taken_and_that_is_said(office, forum):
    put(office, forum)
    with pytest.raises(ValidationError) as raised:
        Event(title="Other", slug="a-secret-plan", starts_on=forum.starts_on).full_clean()
    assert raised.value.message_dict["slug"] == [
        "“A secret plan”, which is in the trash, has this slug. Add a word or a number."
    ]
    assert office.get(f"{LIST}propose-slug/?title=A secret plan").json() == {"slug": "a-secret-plan-2"}


def test_deleted_for_good_is_gone_and_frees_what_it_held(office, forum):
    put(office, forum)
    address = f"{BIN}{forum.pk}/delete/"
    assert "586 shows" in office.get(address).content.decode()
    assert "Nothing was deleted" in office.post(address, {"address": "a-secret-pla"}).content.decode()
    assert Event.objects.count() == 1
    assert messages_of(office.post(address, {"address": "a-secret-plan"}, follow=True)) == [
        "Deleted “A secret plan” permanently."
    ]
    assert (Event.objects.count(), Revision.objects.count(), ShowTotal.objects.count()) == (0, 0, 0)
    assert LogEntry.objects.first().is_deletion()
    Organization.objects.all().delete()
    Series.objects.all().delete()
    assert office.post(address, {"address": "a-secret-plan"}).status_code == 404


def test_only_what_is_in_the_bin_is_deleted_for_good(office, forum):
    assert office.post(f"{BIN}{forum.pk}/delete/", {"address": forum.slug}).status_code == 404
    assert office.get(f"{BIN}{forum.pk}/return/").status_code == 405
    assert office.get(f"{BIN}{10**30}/delete/").status_code == 404
    assert publication_status(forum) == "published"


def test_bin_asks_no_more_for_more(office, django_assert_max_num_queries):
    for _event in range(30):
        put(office, make_event())
    with django_assert_max_num_queries(14):
        page = office.get(BIN)
    assert len(page.context["page"].object_list) == 25
    assert len(office.get(f"{BIN}?p=2").context["page"].object_list) == 5
