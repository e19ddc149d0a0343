"""What was retracted is gone: a stored file is there for the public as long as the public sees a row that shows it."""

import datetime
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event, EventDocument, Participation, PreviewLink
from events.revisions import store as record
from forum_site.media import access
from forum_site.media.access import file_fields
from organizations.models import Organization
from tests.factories import make_agreement, make_document, make_event, make_panel, make_picture, make_place, make_visit

pytestmark = pytest.mark.django_db
PAGE = {"title": "Unpublished forum", "slug": "unpublished-forum"}


def store(name):
    default_storage.save(name, ContentFile(b"content"))
    return name


def text_with(name):
    return f'<p><img src="/media/{store(name)}" alt="A hall"></p>'


def event_with_files(**fields):
    """Return an event with a file in each place of it that may have one, and the names of all."""
    names = [f"covers/{'a' * 32}-1600x900.jpg", f"documents/{'b' * 32}.pdf", f"agreements/{'c' * 32}.pdf"]
    in_gallery, own = f"pictures/{'d' * 32}-1600x900.png", f"pictures/{'e' * 32}-1600x900.jpg"
    in_texts = [f"pictures/{letter * 32}-1600x900.webp" for letter in "1234"]
    event = make_event(**PAGE, cover=store(names[0]), cover_alt="A hall", body=text_with(in_texts[0]), **fields)
    make_document(event, file=store(names[1]))
    make_agreement(event, document=store(names[2]), summary=text_with(in_texts[1]))
    make_panel(event, description=text_with(in_texts[2]))
    make_visit(event, description=text_with(in_texts[3]))
    make_place(event, make_picture(file=store(in_gallery)))
    for name in in_texts:
        make_picture(file=name)
    make_picture(file=store(own))
    renditions = [store(f"covers/{'a' * 32}-1600x900.400.avif"), store(f"pictures/{'1' * 32}-1600x900.960.webp")]
    return event, [*names, in_gallery, *in_texts, *renditions], own


def statuses(client, names):
    return {name: client.get(f"/media/{name}").status_code for name in names}


def everything(names, status):
    return dict.fromkeys(names, status)


def retract_in_every_way(client):
    """Each way of taking an event from the public takes its files along, at once; each way back brings them back."""
    event, names, own = event_with_files()
    of_event, hour = Event.objects.filter(pk=event.pk), datetime.timedelta(hours=1)
    assert statuses(client, names) == everything(names, 200)
    assert statuses(client, [own]) == {own: 404}
    for hidden in (
        {"publication_status": "unpublished"},
        {"publication_status": "trashed"},
        {"publication_status": "draft"},
        {"publication_status": "in_review"},
        {"publish_at": timezone.now() + hour},
        {"unpublish_at": timezone.now() - hour},
    ):
        of_event.update(**hidden)
        assert statuses(client, names) == everything(names, 404), hidden
        of_event.update(publication_status="published", publish_at=None, unpublish_at=None)
        assert statuses(client, names) == everything(names, 200)
    event.delete()
    assert statuses(client, names) == everything(names, 404)


def test_files_of_a_hidden_event_are_missing(client):
    retract_in_every_way(client)


def test_every_file_field_of_what_pages_print_is_asked(client):
    """A model that gets a file field says by `published()` when the public sees a row."""
    found = {f"{field.model._meta.label}.{field.name}" for field in file_fields()}
    assert found == {
        *("events.Agreement.document", "events.Event.cover", "events.EventDocument.file"),
        *("events.Picture.file", "organizations.Organization.logo"),
    }
    for number, field in enumerate(file_fields()):
        name = store(f"files/{number:032x}.png")
        assert client.get(f"/media/{name}").status_code == 404
        hide = show(field, name)
        assert (field, client.get(f"/media/{name}").status_code) == (field, 200)
        hide()
        assert (field, client.get(f"/media/{name}").status_code) == (field, 404)


def show(field, name):
    """Make a row that the public sees with this file, and return what hides it."""
    if field.model is Organization:
        return Organization.objects.create(name="Institute", logo=name).delete
    event = make_event()
    {
        "agreement": lambda: make_agreement(event, document=name),
        "event": lambda: Event.objects.filter(pk=event.pk).update(cover=name),
        "eventdocument": lambda: make_document(event, file=name),
        "picture": lambda: make_place(event, make_picture(file=name)),
    }[field.model._meta.model_name]()
    return lambda: Event.objects.filter(pk=event.pk).update(publication_status="unpublished")


def test_file_that_another_public_row_shows_stays(client):
    name = store(f"pictures/{'a' * 32}-1600x900.jpg")
    shared = make_picture(file=name)
    first, second = make_event(), make_event(cover=name, cover_alt="A hall")
    make_place(first, shared)
    Event.objects.filter(pk=second.pk).update(publication_status="unpublished")
    assert client.get(f"/media/{name}").status_code == 200
    Event.objects.filter(pk=first.pk).update(publication_status="unpublished")
    assert client.get(f"/media/{name}").status_code == 404
    Organization.objects.create(
        name="Institute", about=text_with(f"pictures/{'b' * 32}.jpg").replace("b" * 32, "a" * 32)
    )
    assert client.get(f"/media/{name}").status_code == 404  # Another name by one letter is another file.
    Organization.objects.create(name="Other", about=f'<p><a href="/media/{name}">The hall</a></p>')
    assert client.get(f"/media/{name}").status_code == 200


def test_text_that_loses_its_picture_takes_it_from_the_public(client):
    name = f"pictures/{'a' * 32}-1600x900.jpg"
    event = make_event(body=text_with(name))
    for change in (
        lambda: Event.objects.filter(pk=event.pk).update(body="<p>Nothing</p>"),
        lambda: Event.objects.bulk_update([Event(pk=event.pk, body="<p>Nothing</p>")], ["body"]),
    ):
        assert client.get(f"/media/{name}").status_code == 200
        change()
        assert client.get(f"/media/{name}").status_code == 404
        Event.objects.filter(pk=event.pk).update(body=f'<p><img src="/media/{name}" alt="A hall"></p>')


@pytest.mark.parametrize("publication_status", ["draft", "unpublished"])
def test_staff_who_may_view_a_row_get_its_files(client, author, publication_status, django_user_model):
    _event, names, own = event_with_files(publication_status=publication_status)
    nobody = django_user_model.objects.create_user("nobody", password="a long password", is_staff=True)
    for person, status in ((author, 200), (nobody, 404)):
        client.force_login(person)
        assert statuses(client, [*names, own]) == everything([*names, own], status)
    client.force_login(author)
    response = client.get(f"/media/{names[0]}")
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    EventDocument.objects.all().delete()  # A version may name it still.
    assert client.get(f"/media/{names[1]}").status_code == 200


def test_who_sees_only_some_rows_gets_only_their_files(client, django_user_model):
    from django.contrib.auth.models import Permission

    person = django_user_model.objects.create_user("librarian", password="a long password", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_picture"))
    _event, names, own = event_with_files(publication_status="draft")
    client.force_login(person)
    found = statuses(client, [*names, own])
    assert {name for name, status in found.items() if status == 200} == {
        name for name in [*names, own] if name.startswith("pictures/")
    }


def test_second_factor_is_wanted_for_what_is_not_public(client, author, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    _event, names, _own = event_with_files(publication_status="draft")
    client.force_login(author)
    assert statuses(client, names) == everything(names, 404)


def test_link_to_a_preview_opens_its_pictures_and_papers(client):
    event, names, own = event_with_files(publication_status="draft")
    link = PreviewLink.objects.create(event=event, expires_at=timezone.now() + datetime.timedelta(days=1))
    page = client.get(link.address).content.decode()
    addresses = {
        address.split(" ")[0]
        for found in re.findall(r'(?:src|srcset|href)="([^"]*)"', page)
        for address in found.split(", ")
    }
    addresses = {address for address in addresses if address.startswith("/media/")}
    asked = {address.partition("?")[0].removeprefix("/media/") for address in addresses}
    shown = {name.rpartition("-1600x900")[0] or name for name in names}
    assert {name.rpartition("-1600x900")[0] or name for name in asked} == shown
    for address in addresses:
        response = client.get(address)
        assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store"), address
        assert client.get(address.partition("?")[0]).status_code == 404
    some = next(address for address in sorted(addresses) if address.startswith("/media/documents"))
    assert client.get(some.replace("b" * 32, "d" * 32)).status_code == 404
    assert client.get(f"/media/{own}?{some.partition('?')[2]}").status_code == 404
    assert client.get(f"{some}x").status_code == 404


def test_address_of_a_preview_ends(client, monkeypatch):
    name = store("documents/a.pdf")
    page = access.with_signed_files(f'<a href="/media/{name}">')
    address = re.search('href="([^"]*)"', page)[1]
    assert client.get(address).status_code == 200
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + access.SIGNED_SECONDS + 5)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("path", ["a%00b", "a%0Ab", "%F0%9F%98%80", "%FF", "a/" * 3000, "x" * 9000, "'; --", "%25"])
def test_name_of_no_file_is_missing(client, author, path):
    assert client.get(f"/media/{path}").status_code == 404
    client.force_login(author)
    assert client.get(f"/media/{path}").status_code == 404


def test_public_page_signs_nothing(client):
    event, _names, _own = event_with_files()
    assert "?key=" not in client.get(event.get_absolute_url()).content.decode()


def test_caches_keep_what_is_public_for_a_minute_and_browsers_for_an_hour(client):
    _event, names, _own = event_with_files()
    for name in names:
        assert client.get(f"/media/{name}")["Cache-Control"] == "public, max-age=3600, s-maxage=60"
    missing = f"pictures/{'1' * 32}-1600x900.1600.avif"
    assert client.get(f"/media/{missing}")["Cache-Control"] == "public, max-age=60"


def test_a_file_costs_few_statements_and_no_session(client, django_assert_num_queries):
    event, names, own = event_with_files()
    for number in range(3):
        make_place(event, make_picture(file=f"pictures/{number:032x}-1600x900.jpg"))
    for name, queries in ((names[0], 1), (names[1], 1), (names[3], 1), (names[4], 3), (own, 2)):
        with django_assert_num_queries(queries):
            client.get(f"/media/{name}")


def test_share_picture_is_kept_for_an_hour_and_gone_with_its_event(client):
    event = make_event()
    address = re.search(
        r'og:image" content="https?://[^/]*([^"]*)"', client.get(event.get_absolute_url()).content.decode()
    )[1]
    assert client.get(address)["Cache-Control"] == "public, max-age=3600, s-maxage=60"
    Event.objects.update(publication_status="unpublished")
    assert client.get(address).status_code == 404


def delete_for_good(manager, event):
    desk = Client()
    desk.force_login(manager)
    desk.post(reverse("admin:events_event_delete", args=[event.pk]), {"post": "yes"})
    return desk.post(reverse("admin:events_event_delete_for_good", args=[event.pk]), {"address": event.slug})


def test_deleting_for_good_deletes_files_that_nothing_else_names(manager, django_capture_on_commit_callbacks):
    event, names, own = event_with_files()
    record.record(event.pk)
    former = store("covers/former.jpg")  # Of a version alone.
    Event.objects.filter(pk=event.pk).update(cover=former)
    record.record(event.pk)
    Event.objects.filter(pk=event.pk).update(cover=names[0])
    other = make_event(slug="other")
    shared = store("documents/shared.pdf")
    make_document(event, file=shared)
    make_document(other, file=shared)
    moved = store("agreements/moved.pdf")
    agreement = make_agreement(other, document=moved)  # Of a version of the other one alone.
    record.record(other.pk)
    agreement.event = event
    agreement.save()
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_for_good(manager, event).status_code == 302
    assert not Event.objects.filter(pk=event.pk).exists()
    in_library = [name for name in names if name.startswith("pictures/")]
    there = {name for name in [*names, own, former, shared, moved] if default_storage.exists(name)}
    assert there == {*in_library, own, shared, moved}


def test_files_stay_when_deleting_for_good_fails(manager, monkeypatch, django_capture_on_commit_callbacks):
    event, names, _own = event_with_files()

    def fail(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(default_storage, "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_for_good(manager, event).status_code == 302
    assert not Event.objects.filter(pk=event.pk).exists()
    assert Participation.objects.count() == 0
    assert all(default_storage.exists(name) for name in names)
