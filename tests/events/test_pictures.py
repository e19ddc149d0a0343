"""Pictures and papers: the doors they come in by, the library, the gallery, and what is asked before publishing."""

import errno
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from events.editing.alt_text import undescribed_pictures
from events.models import Event, EventDocument, EventPicture, Picture
from events.sample.paper import write_paper
from organizations.models import Organization
from tests.events.test_admin import ADD, change_url, errors_in, event_form, rows
from tests.factories import make_document, make_event, make_panel, make_picture, make_place
from tests.uploads import animation, attacks, odd_names, picture, stored_files, with_position

UPLOAD = "/admin/events/picture/upload/"
LIBRARY = "/admin/events/picture/"
ASKED = "Say what the picture shows, for readers who cannot see it, or that it is only decorative."
PAPER = write_paper("Programme", ["One (1)", "Two"])


def by_upload(desk, upload):
    answer = desk.post(UPLOAD, {"upload": upload}).json()
    return None if answer["uploaded"] else answer["error"]["message"]


def by_library(desk, upload):
    response = desk.post(f"{LIBRARY}add/", {"file": upload, "title": "Hall"})
    return None if response.status_code == 302 else errors_in(response)["file"]


def by_cover(desk, upload):
    response = desk.post(ADD, event_form(cover=upload, cover_alt="A hall"))
    return None if response.status_code == 302 else errors_in(response)["cover"]


DOORS = [by_upload, by_library, by_cover]


@pytest.mark.parametrize("kind", attacks())
@pytest.mark.parametrize("door", DOORS)
def test_attack_is_refused_at_each_door_without_a_trace(desk, settings, door, kind):
    upload, message = attacks()[kind]
    assert message in door(desk, upload)
    assert stored_files(settings) == []
    assert (Picture.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("door", DOORS)
def test_what_hides_in_a_picture_is_left_behind(desk, settings, door):
    content = picture().read()
    polyglot = SimpleUploadedFile("a.jpg", content + b"PK\x03\x04<script>steal()</script>", "image/jpeg")
    for upload in (polyglot, with_position(), animation()):
        assert door(desk, upload) is None
    found = stored_files(settings)
    assert sorted(path.name.partition("-")[2] for path in found) == ["20x20.png", "30x40.jpg", "40x30.jpg"]
    for path in found:
        content = path.read_bytes()
        assert not [trace for trace in (b"script", b"PK\x03\x04", b"Secret", b"Exif") if trace in content]
        image = Image.open(path)
        assert (len(image.getexif()), getattr(image, "n_frames", 1)) == (0, 1)


@pytest.mark.parametrize("name", odd_names())
def test_odd_file_name_is_nothing_but_a_title(desk, settings, name):
    assert by_upload(desk, picture(name=name)) is None
    [path] = stored_files(settings)
    assert re.fullmatch(r"[0-9a-f]{32}-40x30\.jpg", path.name)
    assert path.parent == settings.MEDIA_ROOT / "pictures"
    title = Picture.objects.get().title
    assert (len(title) <= 200, title.isprintable()) == (True, True)
    assert desk.get(LIBRARY).status_code == 200


@pytest.fixture
def _full_disk(monkeypatch):
    """Of each file, the beginning is written; then there is no room."""

    def beginning(file, chunk_size=None):
        yield file.read(10)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.uploadedfile.InMemoryUploadedFile.chunks", beginning)


@pytest.mark.usefixtures("_full_disk")
def test_full_disk_is_told_and_leaves_no_half_file_and_no_row(desk, settings):
    message = "The file could not be stored: the disk may be full, or the bucket does not respond."
    assert message in by_upload(desk, picture())
    covered = event_form(cover=picture(), cover_alt="A hall", theme="Kept")
    paper = {"title": "Kept", "file": SimpleUploadedFile("a.pdf", PAPER, "application/pdf")}
    library = {"file": picture(), "title": "Kept"}
    for address, form in ((ADD, covered), (ADD, event_form(**rows("documents", paper))), (f"{LIBRARY}add/", library)):
        page = desk.post(address, form).content.decode()
        assert (message in page, 'value="Kept"' in page) == (True, True)
    assert stored_files(settings) == []
    assert [model.objects.count() for model in (Picture, Event, EventDocument)] == [0, 0, 0]


def document_by_form(desk, content, name="a.pdf", content_type="application/pdf"):
    paper = {"title": "Programme", "file": SimpleUploadedFile(name, content, content_type)}
    response = desk.post(ADD, event_form(**rows("documents", paper)))
    return None if response.status_code == 302 else errors_in(response)["documents-0-file"]


def test_document_is_stored_and_printed(desk, client, settings):
    assert document_by_form(desk, PAPER) is None
    document = EventDocument.objects.get()
    assert (document.size, [path.suffix for path in stored_files(settings)]) == (len(PAPER), [".pdf"])
    page = client.get(document.event.get_absolute_url()).content.decode()
    assert f'href="{document.file.url}" type="application/pdf"' in page
    assert f"(PDF, {len(PAPER)}\xa0bytes)" in page
    assert client.get(document.file.url)["Content-Disposition"] == "attachment"


@pytest.mark.parametrize(
    "given",
    [
        (b"<html>%%EOF",),
        (b"%PDF-<script>",),
        (PAPER, "a.html"),
        (PAPER, "a.pdf", "text/html"),
        (PAPER[:100],),
        (picture().read(), "a.pdf"),
    ],
)
def test_other_document_is_refused_without_a_trace(desk, settings, given):
    assert "not a PDF" in document_by_form(desk, *given)
    assert stored_files(settings) == []
    assert Event.objects.count() == 0


def test_upload_asks_for_the_right_and_for_a_token(client, desk, author, settings):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(author)
    assert strict.post(UPLOAD, {"upload": picture()}).status_code == 403
    assert desk.get(UPLOAD).status_code == 405
    author.groups.clear()
    client.force_login(author)
    answer = client.post(UPLOAD, {"upload": picture()})
    assert (answer.status_code, answer.json()["uploaded"]) == (403, 0)
    client.logout()
    assert client.post(UPLOAD, {"upload": picture()}).status_code == 302
    assert stored_files(settings) == []


def test_upload_answers_as_the_editor_of_texts_wants_it(desk):
    answer = desk.post(UPLOAD, {"upload": picture(name="Great hall.jpg"), "ckCsrfToken": "x"}).json()
    stored = Picture.objects.get()
    assert (answer["uploaded"], answer["fileName"], answer["url"]) == (1, "Great hall", stored.file.url)
    assert (answer["id"], answer["name"], answer["alt"]) == (stored.pk, "Great hall", "")
    assert stored.uploaded_by.username == "editor"


def test_facts_of_a_picture_are_for_those_who_may_see_it(desk, author, client):
    chosen = make_picture(credit="Aigul")
    facts = desk.get(f"{LIBRARY}{chosen.pk}/facts/").json()
    assert (facts["alt"], facts["credit"], facts["preview"]) == ("A hall", "Aigul", chosen.file.stored.small)
    for number in (0, 10**30):
        assert desk.get(f"{LIBRARY}{number}/facts/").status_code == 404
    author.groups.clear()
    client.force_login(author)
    assert client.get(f"{LIBRARY}{chosen.pk}/facts/").status_code == 403


def place(chosen, **fields):
    return {"picture": chosen.pk, "caption": "", "alt": "", "credit": "", **fields}


def test_gallery_is_entered_with_the_event(desk, client):
    one, two = make_picture(alt=""), make_picture(alt="Flags", credit="Aigul")
    form = event_form(**rows("pictures", place(one, caption="First", alt="A full hall"), place(two, caption="Second")))
    assert desk.post(ADD, form).status_code == 302
    event = Event.objects.get()
    assert [(each.caption, each.picture_id) for each in event.pictures.all()] == [("First", one.pk), ("Second", two.pk)]
    two.refresh_from_db()
    assert (Picture.objects.get(pk=one.pk).alt, two.alt, two.credit) == ("A full hall", "Flags", "Aigul")
    page = client.get(event.get_absolute_url()).content.decode()
    assert page.index('alt="A full hall"') < page.index('alt="Flags"')
    assert 'sizes="(min-width: 64rem) 18rem, 30vw"' in page


def test_published_gallery_and_cover_want_a_description(desk):
    bare, decorative = make_picture(alt=""), make_picture(alt="", is_decorative=True)
    form = event_form(**rows("pictures", place(bare), place(decorative, is_decorative="on")), cover=picture())
    response = desk.post(ADD, form)
    assert errors_in(response) == {
        "cover_alt": ASKED,
        "pictures-0-alt": ASKED,
    }
    assert desk.post(ADD, form | {"publication_status": "draft", "cover": picture()}).status_code == 302
    draft = Event.objects.get()
    assert [each.where for each in undescribed_pictures(draft)] == ["Cover", "Gallery, picture 1"]
    mended = {"cover_alt": "", "cover_is_decorative": "on", "pictures-0-alt": "A hall"}
    assert desk.post(ADD, form | mended | {"title": "Mended", "cover": picture()}).status_code == 302


def test_publishing_from_the_list_wants_descriptions_too(desk):
    event = make_event(publication_status="draft")
    make_place(event, make_picture(alt=""))
    chosen = {"action": "publish", "index": 0, "_selected_action": [event.pk]}
    page = desk.post("/admin/events/event/", chosen, follow=True).content.decode()
    assert "Pictures of the gallery are not described yet: 1." in page
    assert Event.objects.get().publication_status == "draft"
    Picture.objects.update(alt="A hall")
    desk.post("/admin/events/event/", chosen)
    assert Event.objects.get().publication_status == "published"


def test_description_is_changed_only_by_those_who_may(client, author):
    event, chosen = make_event(publication_status="draft"), make_picture()
    row = make_place(event, chosen)
    rights = author.groups.get().permissions
    rights.remove(rights.get(codename="change_picture"))
    client.force_login(author)
    given = place(chosen, alt="Overwritten", caption="Seen", id=row.pk, event=event.pk)
    form = event_form(title=event.title, publication_status="draft", **rows("pictures", given, initial=1))
    assert client.post(change_url(event), form).status_code == 302
    row.refresh_from_db()
    assert (row.caption, Picture.objects.get().alt) == ("Seen", "A hall")


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 40, "\x00", "1 OR 1", "\ud800"])
def test_forged_picture_is_told_at_its_row(desk, number):
    response = desk.post(ADD, event_form(**rows("pictures", {"picture": number.encode("utf-8", "replace").decode()})))
    assert "pictures-0-picture" in errors_in(response)
    response = desk.post(ADD, event_form(cover_from_library=number.encode("utf-8", "replace").decode()))
    assert "cover_from_library" in errors_in(response)


def test_cover_is_taken_from_the_library_with_what_is_said_of_it(desk):
    chosen = make_picture(alt="Flags", credit="Aigul", focus_x=20)
    response = desk.post(ADD, event_form(cover_from_library=chosen.pk))
    assert response.status_code == 302, errors_in(response)
    event = Event.objects.get()
    assert (event.cover.name, event.cover_width, event.cover_height) == (chosen.file.name, 1600, 1200)
    assert (event.cover_alt, event.cover_credit, event.cover_focus_x) == ("Flags", "Aigul", 20)
    both = desk.post(ADD, event_form(title="Both", cover_from_library=chosen.pk, cover=picture()))
    assert "You chose two covers" in errors_in(both)["cover_from_library"]


def test_library_finds_pictures_and_tells_where_they_are_used(desk):
    chosen, other = make_picture(title="Great hall", credit="Aigul"), make_picture(title="Flags", alt="")
    gallery, covered = make_event(title="With gallery"), make_event(title="With cover", cover=chosen.file.name)
    make_place(gallery, chosen)
    make_panel(gallery, title="With text", description=f'<p><img src="{chosen.file.url}" alt="x"></p>')
    Organization.objects.create(name="House", about=f'<p><img src="{chosen.file.url}" alt="x"></p>')
    for asked in ("?q=hall", "?q=aigul"):
        page = desk.get(LIBRARY + asked).content.decode()
        assert ("Great hall" in page, "Flags" in page) == (True, False)
    page = desk.get(f"{LIBRARY}?description=missing").content.decode()
    assert ("Great hall" in page, "Flags" in page) == (False, True)
    page = desk.get(f"{LIBRARY}{chosen.pk}/change/").content.decode()
    for use in ("Event: With gallery", "Event: With cover", "Panel: With text (With gallery)", "Organization: House"):
        assert use in page
    assert change_url(covered) in page
    assert "Nowhere yet." in desk.get(f"{LIBRARY}{other.pk}/change/").content.decode()


@pytest.mark.parametrize("use", ["gallery", "cover", "text"])
def test_used_picture_is_not_deleted(client, manager, use):
    client.force_login(manager)
    used, free = make_picture(), make_picture()
    event = make_event()
    if use == "gallery":
        make_place(event, used)
    else:
        Event.objects.update(
            **{"cover": used.file.name} if use == "cover" else {"body": f'<img src="{used.file.url}">'}
        )
    page = client.get(f"{LIBRARY}{used.pk}/delete/").content.decode()
    assert ("protected" in page, event.title in page) == (True, True)
    client.post(f"{LIBRARY}{used.pk}/delete/", {"post": "yes"})
    client.post(LIBRARY, {"action": "delete_selected", "_selected_action": [used.pk, free.pk], "post": "yes"})
    assert Picture.objects.count() == 2
    client.post(f"{LIBRARY}{free.pk}/delete/", {"post": "yes"})
    assert list(Picture.objects.all()) == [used]


def test_file_outlives_the_row_of_its_picture(client, manager, settings):
    client.force_login(manager)
    client.post(UPLOAD, {"upload": picture()})
    client.post(f"{LIBRARY}{Picture.objects.get().pk}/delete/", {"post": "yes"})
    assert Picture.objects.count() == 0
    assert len(stored_files(settings)) == 1


def test_authors_describe_and_do_not_delete(client, author):
    client.force_login(author)
    chosen = make_picture()
    given = {"title": "New", "alt": "Flags", "focus_x": "30", "focus_y": ""}
    assert client.post(f"{LIBRARY}{chosen.pk}/change/", given).status_code == 302
    chosen.refresh_from_db()
    assert (chosen.title, chosen.alt, chosen.focus_x, chosen.focus_y) == ("New", "Flags", 30, 50)
    assert client.post(f"{LIBRARY}{chosen.pk}/delete/", {"post": "yes"}).status_code == 403


def test_whoever_may_only_look_sees_the_gallery(client, author):
    event = make_event(cover="covers/x.jpg", cover_alt="A hall")
    make_place(event)
    rights = author.groups.get().permissions
    rights.set(rights.filter(codename__startswith="view_"))
    client.force_login(author)
    assert client.get(change_url(event)).status_code == 200
    assert client.get(f"{LIBRARY}{Picture.objects.get().pk}/change/").status_code == 200


def test_library_costs_the_same_however_many_pictures(desk, django_assert_max_num_queries):
    for _number in range(30):
        make_place(make_event(), make_picture())
    with django_assert_max_num_queries(10):
        desk.get(LIBRARY)


def test_form_asks_no_question_for_each_picture(desk, django_assert_max_num_queries):
    event = make_event()
    for number in range(30):
        make_place(event, position=number)
    desk.get(change_url(event))  # Its first version is noted.
    with django_assert_max_num_queries(40):
        assert desk.get(change_url(event)).content.decode().count('class="picture-preview"') == 30 + 2


def test_pictures_in_texts_want_a_description_unless_they_are_decorative(event):
    bare, decorative = make_picture(alt=""), make_picture(alt="", is_decorative=True)
    told = f'<img src="{bare.file.url}" alt="A hall">'
    event.body = f'<p>{told}<img src="{bare.file.url}" alt=" "><img src="{decorative.file.url}"></p>'
    event.save()
    make_panel(event, title="Roads", description=f'<p><img src="{bare.file.url}"></p>')
    found = undescribed_pictures(event)
    assert [(each.where, each.name, each.is_in_text) for each in found] == [
        ("Text", bare.file.name, True),
        ("Panel “Roads”, What it was about", bare.file.name, True),
    ]
    assert found[0].message == f"Text: {ASKED}"


def test_focus_and_first_sight_stand_in_the_markup(client, event):
    Event.objects.update(cover=make_picture().file.name, cover_alt="A <hall>", cover_focus_x=24, cover_focus_y=100)
    make_place(event, make_picture(alt="", is_decorative=True))
    page = client.get(event.get_absolute_url()).content.decode()
    cover, place_ = re.findall(r"<picture>.*?</picture>", page, re.DOTALL)
    assert 'class="event-page__picture picture picture--x-20 picture--y-100"' in cover
    assert ('fetchpriority="high"' in cover, "lazy" in cover) == (True, False)
    assert 'alt="A &lt;hall&gt;"' in cover
    assert 'width="1600" height="1200" loading="lazy" decoding="async"' in place_
    assert 'alt=""' in place_
    assert '<span class="visually-hidden">Picture 1</span>' in page
    assert "style=" not in page


def test_hidden_event_shows_neither_picture_nor_paper(client, draft):
    chosen = make_place(draft)
    make_document(draft)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert chosen.picture.file.name not in client.get("/events/").content.decode()


def test_change_in_the_library_shows_at_once(client, event):
    make_place(event)
    assert 'alt="A hall"' in client.get(event.get_absolute_url()).content.decode()
    Picture.objects.update(alt="Another hall")
    assert 'alt="Another hall"' in client.get(event.get_absolute_url()).content.decode()


def test_event_with_an_undescribed_cover_is_no_published_one(event):
    event.cover = make_picture().file.name
    with pytest.raises(ValidationError) as error:
        event.full_clean()
    assert error.value.message_dict == {"cover_alt": [ASKED]}
    event.publication_status = Event.PublicationStatus.DRAFT
    event.full_clean()


def test_removing_a_row_of_the_gallery_keeps_the_picture(desk, event):
    row = make_place(event)
    given = place(row.picture, id=row.pk, event=event.pk, alt="A hall", DELETE="on")
    form = event_form(title=event.title, **rows("pictures", given, initial=1))
    assert desk.post(change_url(event), form).status_code == 302
    assert (EventPicture.objects.count(), Picture.objects.count()) == (0, 1)
