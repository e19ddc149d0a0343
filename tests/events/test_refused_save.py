"""A refused form loses nothing: files, thumbnails, the order of rows; its checklist is of what was typed."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from events.models import Event, Revision
from events.revisions.snapshot import take_snapshot
from forum_site.media import kept_uploads
from tests.factories import make_full_event, make_panel, make_picture, make_place
from tests.forms import fields_of
from tests.uploads import picture

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]
PDF = b"%PDF-1.4\n%%EOF\n"


def form_of(event):
    return reverse("admin:events_event_change", args=[event.pk])


def send(client, event, fields, button="_save", **changes):
    return client.post(form_of(event), {**fields, button: "1", **changes})


def kept_fields(response):
    return {name: value for name, value in fields_of(response).items() if name.endswith("-kept")}


def test_cover_and_document_are_chosen_once(desk, event):
    fields = fields_of(desk.get(form_of(event)))
    paper = ContentFile(PDF, "programme.pdf")
    paper.content_type = "application/pdf"
    fields |= {"documents-TOTAL_FORMS": "1", "documents-0-title": "Programme", "documents-0-file": paper}
    refused = send(desk, event, fields, title="", cover=picture(size=(64, 48)), cover_alt="A hall")
    page = refused.content.decode()
    assert "“hall.jpg” is kept" in page
    assert "“programme.pdf” is kept" in page
    assert set(kept_fields(refused)) == {"cover-kept", "documents-0-file-kept"}
    again = send(desk, event, fields_of(refused), title="", theme="Refused twice")
    assert kept_fields(again) == kept_fields(refused)
    assert not Event.objects.get(pk=event.pk).cover
    assert send(desk, event, fields_of(again), title="Mended").status_code == 302
    stored = Event.objects.get(pk=event.pk)
    assert re.fullmatch(r"covers/[0-9a-f]{32}-64x48\.jpg", stored.cover.name)
    with stored.documents.get().file.open() as file:
        assert file.read() == PDF


def test_file_that_is_refused_itself_is_not_kept(desk, event):
    fields = fields_of(desk.get(form_of(event)))
    refused = send(desk, event, fields, title="", cover=picture(name="hall.html"))
    assert kept_fields(refused) == {}
    assert list(refused.context["adminform"].form.errors) == ["title", "cover"]


def forged(event):
    document = signing.dumps(["a.pdf", "application/pdf", "kept/x.pdf"], salt=kept_uploads.salt_of("DocumentFormField"))
    stored = ["a.jpg", "image/jpeg", "kept/2026-01-01-none.jpg"]
    yield from ("", "x", "kept/x.jpg", "\x00", document, "é" * 1000)
    yield signing.dumps(stored, salt=kept_uploads.salt_of("PictureFormField"))


def test_forged_token_is_no_file(desk, event):
    for token in forged(event):
        fields = fields_of(desk.get(form_of(event)))
        assert send(desk, event, fields, **{"cover-kept": token}).status_code == 302
        assert not Event.objects.get(pk=event.pk).cover


def test_thumbnails_and_order_of_a_gallery_stay(desk, event):
    first, second, new, cover = (make_picture(alt=f"Hall {number}") for number in range(4))
    for position, each in enumerate((first, second)):
        make_place(event, each, position=position)
    fields = fields_of(desk.get(form_of(event)))
    fields |= {"pictures-0-position": "2", "pictures-1-position": "1", "pictures-TOTAL_FORMS": "3"}
    fields |= {"pictures-2-picture": str(new.pk), "pictures-2-alt": "New", "cover_from_library": str(cover.pk)}
    refused = send(desk, event, fields, title="")
    page = refused.content.decode()
    for each in (first, second, new, cover):
        assert each.file.stored.small in page
    at = [page.index(f'name="pictures-{row}-caption"') for row in (1, 0, 2)]
    assert at == sorted(at)
    sent = fields_of(refused)
    assert (sent["pictures-0-picture"], sent["pictures-1-picture"]) == (str(first.pk), str(second.pk))
    assert send(desk, event, sent, title="Mended").status_code == 302
    places = Event.objects.get(pk=event.pk).pictures.all()
    assert [place.picture for place in places] == [second, first, new]


def test_checklist_is_of_what_was_typed(desk):
    event = make_full_event(1, title="Full", summary="Told", publication_status="draft", city="Almaty")
    fields = fields_of(desk.get(form_of(event)))

    def missing_references(response):
        return {item.anchor for item in response.context["missing"]}

    stored = missing_references(desk.get(form_of(event)))
    typed = missing_references(
        send(desk, event, fields, title="", summary="", city="", **{"participations-0-DELETE": "on"})
    )
    assert typed - stored == {"id_summary", "id_city", "participations-heading"}
    assert missing_references(send(desk, event, fields, title="", cover_not_needed="on")) == stored - {"id_cover"}


def test_checklist_of_a_working_draft_is_the_draft_s(desk, event):
    fields = fields_of(desk.get(form_of(event)))
    send(desk, event, fields, "_draft", summary="Drafted", city="Almaty")
    anchors = {item.anchor for item in desk.get(form_of(event)).context["missing"]}
    assert not anchors & {"id_summary", "id_city"}
    anchors = {item.anchor for item in desk.get(f"{form_of(event)}?live").context["missing"]}
    assert anchors >= {"id_summary", "id_city"}


def test_preview_shows_what_is_typed_and_stores_nothing(desk, client, event):
    make_panel(event, title="Harbours")
    seen = make_picture(alt="A hall")
    make_place(event, seen)
    before, revisions = take_snapshot(event.pk), Revision.objects.count()
    fields = fields_of(desk.get(form_of(event)))
    fields |= {"panels-TOTAL_FORMS": "2", "panels-1-title": "Typed panel", "panels-0-title": "Renamed"}
    response = send(desk, event, fields, "_preview", title="Typed title", **{"pictures-0-alt": "Typed description"})
    page = response.content.decode()
    for text in ("Typed title", "Typed panel", "Renamed", "Typed description", "Nothing was saved."):
        assert text in page
    assert "Harbours" not in page
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert (take_snapshot(event.pk), Revision.objects.count()) == (before, revisions)
    seen.refresh_from_db()
    assert seen.alt == "A hall"
    refused = send(desk, event, fields, "_preview", title="", theme="Typed")
    assert "title" in refused.context["adminform"].form.errors
    assert fields_of(refused)["theme"] == "Typed"


def test_preview_of_a_draft_and_by_an_author(client, author, desk, event):
    send(desk, event, fields_of(desk.get(form_of(event))), "_draft", theme="Drafted")
    client.force_login(author)
    fields = fields_of(client.get(form_of(event)))
    page = send(client, event, fields, "_preview", title="Typed title").content.decode()
    assert "Typed title" in page
    assert "Drafted" in page
    assert event.revisions.get(is_draft=True).content["events.event"][0]["title"] == "Land-Sea Forum"
    Event.objects.filter(pk=event.pk).update(publication_status="unpublished")
    assert send(client, event, fields, "_preview", title="Typed title").status_code == 403


def test_kept_files_are_tidied_when_nobody_came_back(settings):
    storage, title = default_storage, "Files of forms"
    now = timezone.now()
    assert kept_uploads.KeptFiles(title).count(now) == 0
    kept = kept_uploads.keep(picture(), "PictureFormField")
    other = storage.save("covers/old.jpg", ContentFile(b"x"))
    tidy = kept_uploads.KeptFiles(title)
    assert tidy.count(now) == 0
    assert sum(tidy.remove(now + timedelta(days=4))) == 1
    assert not storage.exists(kept.stored)
    assert storage.exists(other)
    assert kept_uploads.kept(kept.token, "PictureFormField") is None
