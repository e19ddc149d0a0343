"""The printed number: nobody falsifies it, whichever way an event is written."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from events.models import Event, ImportedShows, Revision
from events.models.imported_shows import PUBLISHED_BEFORE
from events.revisions import store
from events.revisions.snapshot import EVENT
from tests.events.test_admin import ADD, change_url, errors_in, event_form
from tests.events.test_how_we_count import PAGE, text
from tests.factories import make_event, make_shows
from tests.forms import fields_of

pytestmark = pytest.mark.django_db
LINES = "/admin/events/importedshows/add/"


@pytest.fixture
def numbered():
    """A published event and a draft that each have a number of an older site."""
    return [
        make_event(title=state.title(), slug=state, kind="seminar", publication_status=state, imported_shows=585)
        for state in ("published", "draft")
    ]


def numbers():
    return sorted(Event.objects.values_list("slug", "imported_shows"))


def table(**cells):
    names = {"title": "New", "kind": "Seminar", "starts_on": "2027-05-17", **cells}
    content = ";".join(names) + "\n" + ";".join(names.values()) + "\n"
    return SimpleUploadedFile("a.csv", content.encode(), "text/csv")


def imported(client, **cells):
    """Look a table through, import it, and return the faults that were told."""
    response = client.post("/admin/events/event/import/", {"file": table(**cells)})
    found = response.context["found"]
    fields = {"kept": response.context["packed"], "first": response.context["first"], "import": "1"}
    client.post("/admin/events/event/import/", fields)
    return [fault.told for fault in found.row_errors]


def test_nobody_but_who_corrects_shows_changes_the_number_by_any_way_of_writing(client, manager, numbered):
    """A manager may do all that editors may, and restore, delete and merge besides."""
    published, draft = numbered
    before = numbers()
    client.force_login(manager)
    forged = {"imported_shows": "1000000", "version_comment": "Why"}
    for event in (published, draft):
        page = change_url(event)
        for step in (
            {},
            {"_draft": "1"},
            {"_publish_draft": "1"},
            {"_to_review": "1"},
            {"_publish": "1"},
            {"_unpublish": "1"},
        ):
            fields = {name: value for name, value in fields_of(client.get(page)).items() if value is not None}
            client.post(page, fields | forged | step | {"theme": f"Theme {step}"})
            assert numbers() == before, step
        client.post(
            reverse("admin:events_event_next_edition", args=[event.pk]), {"title": f"Next {event.pk}", **forged}
        )
        assert Event.objects.get(title=f"Next {event.pk}").imported_shows == 0
        Event.objects.get(title=f"Next {event.pk}").delete()
    client.post(ADD, event_form(title="Added", slug="added", imported_shows="9"))
    assert Event.objects.get(slug="added").imported_shows == 0
    Event.objects.get(slug="added").delete()
    assert client.post(LINES, {"event": draft.pk, "shows": "9", "reason": "Why"}).status_code == 403
    for cell in ("9", " 9 ", "9.0", "x", "-1"):
        (told,) = imported(client, imported_shows=cell, slug="imported")
        assert "may correct the number of shows" in told
    assert imported(client, imported_shows="0", slug="imported") == []
    assert Event.objects.get(slug="imported").imported_shows == 0
    Event.objects.get(slug="imported").delete()
    assert numbers() == before
    assert not ImportedShows.objects.exists()


def test_no_version_brings_a_number_back(client, manager, numbered):
    published, _draft = numbered
    client.force_login(manager)
    store.record(published.pk)
    first = Revision.objects.get(event=published)
    assert "imported_shows" not in first.content[EVENT][0]
    forged = {**first.content, EVENT: [{**first.content[EVENT][0], "imported_shows": 9, "theme": "Of then"}]}
    Revision.objects.filter(pk=first.pk).update(content=forged)
    address = reverse("admin:events_event_version", args=[published.pk, 1])
    now = re.search('name="now" value="([^"]*)"', client.get(address).content.decode())[1]
    client.post(address, {"now": now, "restore_all": "1"})
    published.refresh_from_db()
    assert (published.theme, published.imported_shows) == ("Of then", 585)


def test_who_corrects_shows_enters_a_number_with_author_and_reason(client, admin_user, numbered):
    _published, draft = numbered
    client.force_login(admin_user)
    response = client.post(LINES, {"event": draft.pk, "shows": "612", "reason": "The old site, on its last day"})
    assert response.status_code == 302
    line = ImportedShows.objects.get()
    assert (line.author, line.reason, line.shows) == (admin_user, "The old site, on its last day", 612)
    draft.refresh_from_db()
    assert draft.imported_shows == 612
    assert errors_in(client.post(LINES, {"event": draft.pk, "shows": "1", "reason": ""})).keys() == {"reason"}
    assert errors_in(client.post(LINES, {"event": draft.pk, "shows": "-1", "reason": "a"})).keys() == {"shows"}
    assert errors_in(client.post(LINES, {"event": draft.pk, "shows": "9" * 12, "reason": "a"})).keys() == {"shows"}
    with pytest.raises(ValueError, match="written once"):
        line.save()
    for method in ("change", "delete"):
        address = reverse(f"admin:events_importedshows_{method}", args=[line.pk])
        assert client.post(address, {"shows": "1", "post": "yes"}).status_code == 403


@pytest.mark.parametrize("how", ["now", "hidden", "unpublished", "trashed", "drafted anew", "shown"])
def test_number_is_fixed_with_the_first_publication(client, admin_user, how):
    event = make_event(publication_status="draft")
    line = ImportedShows(event=event, shows=7, reason="Why", author=admin_user)
    of_event = Event.objects.filter(pk=event.pk)
    if how == "drafted anew":
        of_event.update(publication_status="published")
        store.record(event.pk)
        of_event.update(publication_status="draft")
        store.record(event.pk)
    elif how == "shown":
        make_shows(event, 1)
    else:
        of_event.update(publication_status=how if how in Event.PublicationStatus.values else "published")
    client.force_login(admin_user)
    response = client.post(LINES, {"event": event.pk, "shows": "7", "reason": "Why"})
    assert errors_in(response)["event"] in (
        PUBLISHED_BEFORE,
        "Select a valid choice. That choice is not one of the available choices.",
    )
    line.event = Event.objects.get(pk=event.pk)
    with pytest.raises(IntegrityError):
        line.save()
    event.refresh_from_db()
    assert event.imported_shows == 0


def test_import_of_who_corrects_shows_leaves_a_line(client, editor):
    editor.user_permissions.add(Permission.objects.get(codename="add_showcorrection"))
    client.force_login(editor)
    assert imported(client, imported_shows="585", slug="imported", publication_status="Published") == []
    line = ImportedShows.objects.get()
    assert (line.event.slug, line.event.imported_shows, line.shows) == ("imported", 585, 585)
    assert (line.author, line.reason) == (editor, "Imported from a table.")
    assert imported(client, title="Other", imported_shows="many") == ["Enter a whole number."]
    page = Client().get(line.event.get_absolute_url()).content.decode()
    assert "586" in page


@pytest.mark.django_db(transaction=True)  # PostgreSQL tells changes of cached pages apart by transaction.
def test_page_on_counting_says_how_many_were_carried_over(client, numbered):
    page = text(client.get(PAGE))
    assert "Today one event here has such a number: 585 shows." in page
    Event.objects.update(publication_status="published")
    assert "Today 2 events here have such a number, 1170 shows in all." in text(client.get(PAGE)).replace(
        "1,170", "1170"
    )
    Event.objects.update(imported_shows=0)
    assert "Today no event here has such a number." in text(client.get(PAGE))


def test_number_that_is_not_that_of_its_line_is_told(admin_user, capsys):
    event = make_event(publication_status="draft")
    ImportedShows.objects.create(event=event, shows=7, reason="Why", author=admin_user)
    call_command("check_counts")
    Event.objects.update(imported_shows=8)
    with pytest.raises(CommandError):
        call_command("check_counts")
    assert "8 shows are imported, and the last line says 7" in capsys.readouterr().out
