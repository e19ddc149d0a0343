import io
import json
import threading
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from PIL import Image, ImageFile

from events.models import Event, Picture
from forum_site.media import image_jobs
from forum_site.media import renditions as made
from forum_site.media.fields import PictureFormField
from forum_site.media.renditions import stored_picture
from forum_site.media.templatetags.pictures import with_renditions
from tests.factories import make_event, make_picture
from tests.uploads import picture, stored_files

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

STEM = "pictures/" + "a" * 32


def store(upload, capture):
    with capture(execute=True):
        return Picture.objects.create(file=upload)


@pytest.fixture
def photograph(renditions, django_capture_on_commit_callbacks):
    return store(picture((2000, 1000)), django_capture_on_commit_callbacks)


def test_picture_comes_in_three_formats_and_three_widths(photograph, settings):
    found = {path.name.partition(".")[2]: Image.open(path) for path in stored_files(settings)}
    widths = {"400": (400, 200), "960": (960, 480), "1920": (1920, 960)}
    kinds = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}
    assert {name: (image.size, image.format) for name, image in found.items()} == {
        "jpg": ((2000, 1000), "JPEG"),
        **{f"{width}.{kind}": (size, kinds[kind]) for width, size in widths.items() for kind in kinds},
    }


def test_rendition_is_never_larger_than_the_picture(renditions, django_capture_on_commit_callbacks, settings):
    small = store(picture((500, 250)), django_capture_on_commit_callbacks)
    assert small.file.stored.widths == [400, 500]
    assert len(stored_files(settings)) == 1 + 2 * 3


def test_what_one_sees_through_stays_so(renditions, django_capture_on_commit_callbacks, settings):
    content = io.BytesIO()
    image = Image.new("RGBA", (500, 250), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 250, 250))
    image.save(content, "PNG")
    clear = store(ContentFile(content.getvalue(), "a.png"), django_capture_on_commit_callbacks)
    assert clear.file.stored.endings == [".avif", ".webp", ".png"]
    for ending in clear.file.stored.endings:
        rendition = Image.open(settings.MEDIA_ROOT / clear.file.stored.rendition(400, ending)).convert("RGBA")
        assert (rendition.getpixel((20, 100))[3], rendition.getpixel((380, 100))[3]) == (0, 255)


def test_name_tells_all_and_other_names_nothing():
    stored = stored_picture(f"{STEM}-1600x900-clear.png")
    assert (stored.width, stored.height, stored.widths, stored.endings[-1]) == (1600, 900, [400, 960, 1600], ".png")
    for name in (
        "",
        None,
        "covers/hall.jpg",
        f"{STEM}.jpg",
        f"{STEM}-0x9.jpg",
        f"{STEM}-400x300.400.jpg",
        "../a-1x1.jpg",
    ):
        assert stored_picture(name) is None


def test_name_of_an_uploaded_file_tells_no_size(django_capture_on_commit_callbacks):
    small = store(picture(name="picture-9000x9000.jpg"), django_capture_on_commit_callbacks)
    assert small.file.name.endswith("-40x30.jpg")
    assert (small.width, small.height) == (40, 30)


def test_upload_is_decoded_once(renditions, django_capture_on_commit_callbacks, monkeypatch, settings):
    """Its renditions come of the same process as the picture, and this process decodes nothing."""
    tasks, run = [], image_jobs.subprocess.run

    def counted(command, **options):
        tasks.append(json.loads(command[-1])["task"])
        return run(command, **options)

    def decoded(image):
        raise AssertionError("decoded in the process of the site")

    upload = picture((1000, 500))
    monkeypatch.setattr(image_jobs.subprocess, "run", counted)
    with monkeypatch.context() as context:
        context.setattr(ImageFile.ImageFile, "load", decoded)
        stored = store(PictureFormField().clean(upload), django_capture_on_commit_callbacks)
        assert tasks == ["store"]
        assert len(stored_files(settings)) == 1 + 3 * 3
        (settings.MEDIA_ROOT / stored.file.stored.rendition(960, ".webp")).unlink()
        assert made.make(stored.file.name) == 1
        assert tasks == ["store", "make"]
    sizes = {path.suffix: Image.open(path).size for path in stored_files(settings) if ".960." in path.name}
    assert sizes == dict.fromkeys((".avif", ".webp", ".jpg"), (960, 480))


def test_renditions_are_stored_although_the_transaction_is_rolled_back(renditions, settings):
    """A working draft is saved in one, and its cover is shown afterwards."""
    clean = PictureFormField().clean(picture((500, 250)))
    with transaction.atomic():
        Picture.objects.create(file=clean)
        transaction.set_rollback(True)
    assert len(stored_files(settings)) == 1 + 2 * 3


def test_busy_machine_leaves_renditions_for_later(photograph, settings, monkeypatch, caplog):
    (settings.MEDIA_ROOT / photograph.file.stored.rendition(400, ".jpg")).unlink()
    with monkeypatch.context() as context:
        context.setattr(image_jobs, "_waiting", threading.BoundedSemaphore(1))
        with image_jobs._waiting:
            assert made.make(photograph.file.name) == 0
    assert "other pictures are being processed" in caplog.text
    assert made.make(photograph.file.name) == 1


def test_full_disk_leaves_no_half_rendition(photograph, settings, monkeypatch):
    for path in stored_files(settings):
        if path.name.count(".") == 2:
            path.unlink()

    def write_half(path, content):
        with open(path, "wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    assert made.make(photograph.file.name) == 0
    assert [path.name for path in stored_files(settings)] == [Path(photograph.file.name).name]


@pytest.mark.usefixtures("_all_files_public")
def test_missing_rendition_gives_way_to_the_picture(client, photograph, settings):
    stored = photograph.file.stored
    address = stored.address(960, ".avif")
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/avif")
    assert response["Cache-Control"] == "public, max-age=3600, s-maxage=60"
    (settings.MEDIA_ROOT / stored.rendition(960, ".avif")).unlink()
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("_all_files_public")
def test_missing_picture_shows_a_drawn_one(client, event):
    lost = make_picture()
    for address in (lost.file.url, lost.file.stored.address(400, ".avif"), "/media/covers/none.webp"):
        response = client.get(address)
        assert (response.status_code, response["Content-Type"]) == (404, "image/svg+xml")
        assert b"<svg" in response.content
        assert "sandbox" in response["Content-Security-Policy"]
    Event.objects.update(cover=lost.file.name, cover_width=None, cover_height=None)
    page = client.get(event.get_absolute_url())
    assert page.status_code == 200
    assert f'src="{lost.file.stored.small}"' in page.content.decode()


def test_cover_of_an_older_release_that_is_lost_breaks_nothing(client, event):
    Event.objects.update(cover="covers/lost.jpg", cover_alt="A hall")
    assert 'src="/media/covers/lost.jpg"' in client.get(event.get_absolute_url()).content.decode()


def test_command_makes_what_is_missing_and_renames_what_is_older(renditions, settings, capsys):
    event = make_event()
    folder = settings.MEDIA_ROOT / "covers"
    folder.mkdir(parents=True)
    (folder / "old.jpg").write_bytes(picture((800, 400)).read())
    Event.objects.update(cover="covers/old.jpg")
    make_picture()
    call_command("generate_renditions", "--dry-run")
    assert "0 renditions would be made, 1 pictures would be renamed, 1 are missing." in capsys.readouterr().out
    assert len(stored_files(settings)) == 1
    call_command("generate_renditions")
    event.refresh_from_db()
    assert event.cover.name.endswith("-800x400.jpg")
    assert (folder / "old.jpg").exists()
    assert len(stored_files(settings)) == 2 + 2 * 3
    assert "6 renditions were made, 1 pictures were renamed" in capsys.readouterr().out
    call_command("generate_renditions")
    assert "0 renditions were made, 0 pictures were renamed" in capsys.readouterr().out


def test_text_gets_renditions_where_the_picture_is_ours():
    src = f"/media/{STEM}-1600x900.jpg"
    html = with_renditions(f'<p>a<img src="{src}" alt="x &amp; >y">b</p>')
    assert html.startswith('<p>a<picture><source type="image/avif" srcset="')
    assert f"{STEM}-1600x900.960.webp 960w" in html
    assert 'alt="x &amp; >y" width="1600" height="900" loading="lazy" decoding="async"></picture>b</p>' in html
    assert 'width="300" height="169"' in with_renditions(f'<img src="{src}" width="300">')
    assert 'alt=""' in with_renditions(f'<img src="{src}">')
    other = '<p><img src="/media/covers/hall.jpg" alt="The hall"></p>'
    assert with_renditions(other) == other
