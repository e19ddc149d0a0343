"""One action sent twice is one action: the same form of the same page, one after the other and at the same time."""

import threading
import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from lxml import html

from events.models import Event, PreviewLink, Revision, Series, Tag
from events.revisions import store
from forum_site.admin.submissions import Submission
from organizations.models import Organization, OrganizationMerge
from tests.all_rows import all_rows
from tests.conftest import make_person
from tests.factories import make_organization
from tests.forms import post_forms, values_of
from tests.forum_site.test_second_factor import confirm
from tests.forum_site.test_sign_in import PASSWORD

EVENTS = "/admin/events/event/"
ADD_ORGANIZATION = "/admin/organizations/organization/add/"


@pytest.fixture
def office(client, admin_user):
    admin_user.set_password(PASSWORD)
    admin_user.save()
    client.force_login(admin_user)
    confirm(client)  # As changes of accounts ask for.
    return client


def form_on(client, address, button=None, number=0, **typed):
    """Return what the form on this page sends, with what was typed and the button that was pressed."""
    return {**values_of(post_forms(client.get(address))[number], button), **typed}


def messages_on(client, address):
    page = html.fromstring(client.get(address).content.decode())
    return [item.text_content().strip() for item in page.xpath("//ul[@class='messagelist']/li")]


def send_twice(client, address, fields):
    """Send the same form twice, and return the messages, which are the same: the second time changes nothing."""
    first = client.post(address, fields)
    assert first.status_code == 302, html.fromstring(first.content.decode()).xpath("string(//*[@id='content'])")
    told = messages_on(client, first["Location"])
    stored = all_rows(but={"sessions.session"})
    second = client.post(address, fields)
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert messages_on(client, second["Location"]) == told
    assert all_rows(but={"sessions.session"}) == stored
    return told


def in_list(client, address, action, rows, **fields):
    return form_on(client, address, "index", action=[action], _selected_action=[row.pk for row in rows], **fields)


NEW = {"title": "Форум соседей 2027", "starts_on": "2027-05-17"}


@pytest.mark.parametrize("button", ["_save", "_continue", "_addanother", "_publish"])
def test_new_event_is_added_once(office, db, button):
    told = send_twice(office, f"{EVENTS}add/", form_on(office, f"{EVENTS}add/", button, **NEW))
    assert any("was added successfully" in text for text in told)
    assert Event.objects.count() == 1


def test_event_is_saved_once(office, event):
    address = f"{EVENTS}{event.pk}/change/"
    told = send_twice(office, address, form_on(office, address, "_save", theme="Ports"))
    assert told == ["The event “Land-Sea Forum” was changed successfully."]
    assert list(event.revisions.order_by("number").values_list("action", flat=True)) == ["external", "saved"]


@pytest.mark.parametrize(
    ("address", "model", "typed"),
    [
        ("/admin/organizations/organization/add/", Organization, {"name": "Institute of Ports"}),
        ("/admin/events/series/add/", Series, {"name": "Evenings"}),
        ("/admin/events/tag/add/", Tag, {"name": "Water"}),
        (
            "/admin/auth/user/add/",
            User,
            {"username": "new", "password1": "Kafka on the shore", "password2": "Kafka on the shore"},
        ),
    ],
)
def test_new_row_is_added_once(office, address, model, typed):
    before = model.objects.count()
    send_twice(office, address, form_on(office, address, "_save", **typed))
    assert model.objects.count() == before + 1


def test_list_changes_events_once(office, draft, event):
    assert "1 event was published." in send_twice(office, EVENTS, in_list(office, EVENTS, "publish", [draft, event]))


def test_actions_that_ask_first_are_done_once(office, event):
    series = Series.objects.create(name="Evenings")
    page = office.post(EVENTS, in_list(office, EVENTS, "set_series", [event]))
    fields = values_of(post_forms(page)[0]) | {"series": series.pk}
    assert send_twice(office, EVENTS, fields) == ["1 event has a new series."]
    page = office.post(EVENTS, in_list(office, EVENTS, "delete_selected", [event]))
    told = send_twice(office, EVENTS, values_of(post_forms(page)[0]))
    assert told == ["Moved “Land-Sea Forum” to the trash. Open the trash"]


def test_event_goes_into_the_bin_and_out_of_it_once(office, event):
    address = f"{EVENTS}{event.pk}/delete/"
    assert send_twice(office, address, form_on(office, address)) == [
        "Moved “Land-Sea Forum” to the trash. Open the trash"
    ]
    (form,) = post_forms(office.get(f"{EVENTS}bin/"))
    told = send_twice(office, f"{EVENTS}bin/{event.pk}/return/", values_of(form))
    assert told == ["Restored: Land-Sea Forum (Readers see it again.)"]


def test_event_is_deleted_for_good_once(office, event):
    office.post(f"{EVENTS}{event.pk}/delete/", {"post": "yes"})
    address = f"{EVENTS}bin/{event.pk}/delete/"
    told = send_twice(office, address, {**form_on(office, address), "address": "land-sea-forum"})
    assert told == ["Deleted “Land-Sea Forum” permanently."]


def test_tag_is_deleted_once(office, db):
    address = f"/admin/events/tag/{Tag.objects.create(name='Water').pk}/delete/"
    assert send_twice(office, address, form_on(office, address)) == ["The tag “Water” was deleted successfully."]


def test_event_is_copied_once(office, event):
    address = f"{EVENTS}{event.pk}/next-edition/"
    told = send_twice(office, address, form_on(office, address))
    assert told == ["This is the next edition of “Land-Sea Forum”, a draft. Review it, then publish it."]
    assert Event.objects.count() == 2


def test_version_is_restored_once(office, event):
    store.record(event.pk)
    Event.objects.filter(pk=event.pk).update(theme="Ports")
    address = f"{EVENTS}{event.pk}/history/1/"
    assert send_twice(office, address, form_on(office, address, "restore_all")) == ["Restored: Version 1."]


def test_working_draft_is_stored_and_published_once(office, event):
    address = f"{EVENTS}{event.pk}/change/"
    send_twice(office, address, form_on(office, address, "_draft", theme="Ports"))
    assert event.revisions.filter(is_draft=True).count() == 1
    send_twice(office, address, form_on(office, address, "_publish_draft"))
    event.refresh_from_db()
    assert event.theme == "Ports"


def test_preview_link_is_made_once(office, draft):
    address = f"{EVENTS}{draft.pk}/preview-links/"
    assert send_twice(office, address, form_on(office, address, recipient="The embassy")) == [
        "Link created. Copy it from the list."
    ]
    assert PreviewLink.objects.count() == 1


def test_table_is_imported_once(office, db):
    address = f"{EVENTS}import/"
    file = SimpleUploadedFile("events.csv", b"Title,First day\nForum,2027-05-17\n")
    page = office.post(address, form_on(office, address, "check", file=file))
    told = send_twice(office, address, values_of(post_forms(page)[0], "import"))
    assert told == ["1 row was imported."]
    assert Event.objects.count() == 1


def test_organizations_are_merged_and_parted_once(office, db):
    one, other = make_organization(name="Institute"), make_organization(name="Institut")
    address = f"/admin/organizations/organization/merge/?keep={one.pk}&give_up={other.pk}"
    told = send_twice(office, address, form_on(office, address))
    assert told == ["“Institut” was merged into “Institute”. This can be undone."]
    address = f"/admin/organizations/organizationmerge/{OrganizationMerge.objects.get().pk}/undo/"
    assert send_twice(office, address, form_on(office, address)) == ["“Institut” is back, as it was."]


def test_popup_adds_once_and_closes_both_times(office, db):
    address = "/admin/organizations/organization/add/?_popup=1"
    fields = form_on(office, address, "_save", name="Institute of Ports")
    first, second = office.post(address, fields), office.post(address, fields)
    assert "popup_response.js" in first.content.decode()
    assert second.content == first.content
    assert Organization.objects.count() == 1


def test_refused_form_is_corrected_and_sent_again(office, db):
    fields = form_on(office, f"{EVENTS}add/", "_save", title="Forum")
    for _time in range(2):
        assert office.post(f"{EVENTS}add/", fields).status_code == 200
    assert not Submission.objects.exists()
    assert office.post(f"{EVENTS}add/", fields | NEW).status_code == 302


def test_other_content_of_the_same_page_is_another_action(office, db):
    fields = form_on(office, f"{EVENTS}add/", "_save", **NEW)
    for title in ("Forum", "Another forum"):
        office.post(f"{EVENTS}add/", fields | {"title": title})
    assert sorted(Event.objects.values_list("title", flat=True)) == ["Another forum", "Forum"]


def test_other_file_of_the_same_name_is_another_action(office, db):
    fields = form_on(office, f"{EVENTS}import/", "check")
    for title in ("One", "Two"):  # of the same length
        file = SimpleUploadedFile("events.csv", f"Title,First day\n{title},2027-05-17\n".encode())
        page = office.post(f"{EVENTS}import/", fields | {"file": file})
        assert page.context["found"].new[0].text("title") == title


def test_same_form_of_another_person_is_another_action(office, author, db):
    fields = form_on(office, "/admin/events/tag/add/", "_save", name="Water")
    office.post("/admin/events/tag/add/", fields)
    other = Client()
    other.force_login(author)
    assert other.post("/admin/events/tag/add/", fields).status_code == 200  # There is such a tag.


def test_each_page_is_a_new_action(office, event):
    """Published, unpublished and published again: as the same form, but from pages of their own."""
    for action in ("unpublish", "publish", "unpublish"):
        fields = in_list(office, EVENTS, action, [event])
        office.post(EVENTS, fields | ({"post": "yes"} if action == "unpublish" else {}))
    event.refresh_from_db()
    assert event.publication_status == "unpublished"


def test_script_that_sends_the_secret_of_its_cookie_acts_each_time(office, db):
    secret = "s" * 32
    for name in ("One", "One"):
        office.post("/admin/events/series/add/", {"name": name, "csrfmiddlewaretoken": secret})
    assert not Submission.objects.exists()


def test_failed_action_may_be_tried_again(office, draft):
    """The same choice in the same list, after what was in the way has been put right elsewhere."""
    Event.objects.filter(pk=draft.pk).update(title="")
    fields = in_list(office, EVENTS, "publish", [draft])
    office.post(EVENTS, fields)
    assert "1 event was not changed:" in messages_on(office, EVENTS)[0]
    Event.objects.filter(pk=draft.pk).update(title="A plan")
    office.post(EVENTS, fields)
    assert messages_on(office, EVENTS) == ["1 event was published."]


def test_forms_that_were_sent_are_forgotten(office, db):
    for name in ("One", "Two"):
        office.post("/admin/events/series/add/", form_on(office, "/admin/events/series/add/", "_save", name=name))
    first, _second = Submission.objects.order_by("pk")
    Submission.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=7, seconds=1))
    call_command("purge", verbosity=0)
    assert Submission.objects.filter(pk=first.pk).count() == 0
    assert Submission.objects.count() == 1


def test_two_tabs_with_the_same_words_have_nothing_to_choose(office, event):
    address = f"{EVENTS}{event.pk}/change/"
    tabs = [form_on(office, address, "_save", theme="Ports") for _tab in range(2)]
    assert [office.post(address, fields)["Location"] for fields in tabs] == [EVENTS, address]
    assert messages_on(office, address)[-1] == "“Land-Sea Forum” was already saved like this."
    assert not Revision.objects.filter(action__in=Revision.CONFLICTS).exists()


# At the same time


def send_at_once(person, address, fields, number=3):
    """Send the same form from as many threads; return `(status, where to)` of each."""
    found, ready = [], threading.Barrier(number)

    def send():
        client = Client()
        client.force_login(person)
        ready.wait()
        response = client.post(address, fields)
        found.append((response.status_code, response.get("Location")))
        connections.close_all()

    threads = [threading.Thread(target=send) for _each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def slow_save(monkeypatch):
    """Let each save last, so that all are under way at once."""
    save = Event.save

    def linger(self, *args, **kwargs):
        save(self, *args, **kwargs)
        time.sleep(0.3)

    monkeypatch.setattr(Event, "save", linger)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("slow_save")
def test_same_form_at_the_same_time_is_one_action():
    person = make_person("editor", "Editors")
    client = Client()
    client.force_login(person)
    fields = form_on(client, f"{EVENTS}add/", "_save", **NEW)
    assert send_at_once(person, f"{EVENTS}add/", fields) == [(302, EVENTS)] * 3
    event = Event.objects.get()
    assert LogEntry.objects.count() == 1
    address = f"{EVENTS}{event.pk}/change/"
    fields = form_on(client, address, "_save", theme="Ports")
    assert send_at_once(person, address, fields) == [(302, EVENTS)] * 3
    assert list(event.revisions.order_by("number").values_list("action", flat=True)) == ["created", "saved"]
    address = f"{EVENTS}{event.pk}/next-edition/"
    (status, where), *others = send_at_once(person, address, form_on(client, address))
    assert others == [(status, where)] * 2
    assert Event.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_action_that_fails_at_its_commit_is_tried_once_more(monkeypatch):
    """Foreign keys are checked at the commit, after the view has answered."""
    person = make_person("editor", "Editors")
    client = Client()
    client.force_login(person)
    parent = make_organization(name="Parent")
    fields = form_on(client, ADD_ORGANIZATION, "_save", name="Institute", parent=parent.pk)
    save = Organization.save

    def save_with_missing_parent(self, *args, **kwargs):
        monkeypatch.undo()
        save(self, *args, **kwargs)
        Organization._base_manager.filter(pk=self.pk).update(parent_id=10**9)

    monkeypatch.setattr(Organization, "save", save_with_missing_parent)
    response = client.post(ADD_ORGANIZATION, fields)
    assert (response.status_code, Organization.objects.filter(parent=parent).count()) == (302, 1)
    assert messages_on(client, response["Location"]) == ["The organization “Institute” was added successfully."]
    assert Submission.objects.count() == 1
