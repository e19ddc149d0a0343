import io
import re
from pathlib import PurePath

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

from forum_site.media import fields
from forum_site.media.fields import DocumentFormField, PictureFormField, reencode_upload

pytestmark = pytest.mark.one_database


def picture(size=(40, 30), kind="JPEG", name="hall.jpg", content_type="image/jpeg", mode="RGB", **options):
    content = io.BytesIO()
    Image.new(mode, size, "teal").save(content, kind, **options)
    return SimpleUploadedFile(name, content.getvalue(), content_type)


def refusal(field, upload):
    with pytest.raises(ValidationError) as error:
        field.clean(upload)
    return " ".join(error.value.messages)


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "stored"),
    [
        ("JPEG", "a.jpeg", "image/jpeg", "JPEG"),
        ("PNG", "a.PNG", "image/png", "PNG"),
        ("WEBP", "a.webp", "image/webp", "WEBP"),
        ("GIF", "a.gif", "image/gif", "PNG"),
    ],
)
def test_picture_is_drawn_anew(kind, name, content_type, stored):
    clean = PictureFormField().clean(picture(kind=kind, name=name, content_type=content_type))
    assert Image.open(clean).format == stored


def test_picture_is_turned_upright_and_loses_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # Lies on its side.
    exif[0x010F] = "Secret camera"
    clean = PictureFormField().clean(picture(exif=exif))
    assert Image.open(clean).size == (30, 40)
    clean.seek(0)
    assert b"Secret camera" not in clean.read()


def test_comment_and_profile_of_a_picture_are_not_stored():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind, name, content_type, options in (
        ("JPEG", "a.jpg", "image/jpeg", {"comment": b"Secret comment"}),
        ("PNG", "a.png", "image/png", {"icc_profile": profile}),
    ):
        clean = PictureFormField().clean(picture(kind=kind, name=name, content_type=content_type, **options))
        assert not {"comment", "icc_profile"} & set(Image.open(clean).info)


@pytest.mark.parametrize(
    ("kind", "ending", "options"), [("PNG", "png", {}), ("WEBP", "webp", {"lossless": True, "exact": True})]
)
def test_what_was_erased_in_a_picture_is_not_stored(kind, ending, options):
    """An eraser makes pixels transparent, and leaves their colours in the file."""
    image = Image.new("RGBA", (64, 64), (200, 30, 30, 0))
    image.paste((10, 20, 200, 0), (16, 16, 48, 48))  # The secret.
    image.paste((0, 120, 120, 255), (0, 0, 64, 8))
    image.putpixel((0, 60), (250, 250, 250, 1))  # Hardly seen is seen.
    content = io.BytesIO()
    image.save(content, kind, **options)
    assert Image.open(content).convert("RGBA").getpixel((30, 30)) == (10, 20, 200, 0)
    stored = Image.open(
        PictureFormField().clean(SimpleUploadedFile(f"a.{ending}", content.getvalue(), f"image/{ending}"))
    ).convert("RGBA")
    unseen = {stored.getpixel((x, y))[:3] for x in range(64) for y in range(64) if not stored.getpixel((x, y))[3]}
    assert not [colour for colour in unseen if abs(colour[2] - colour[0]) > 100]  # Neither blue nor red.
    assert stored.getpixel((5, 2))[3] == 255
    assert stored.getpixel((0, 60))[3] == 1
    assert stored.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_grey_of_sixteen_bits_stays_grey():
    content = io.BytesIO()
    Image.new("I;16", (4, 4), 32_768).save(content, "PNG")
    clean = PictureFormField().clean(SimpleUploadedFile("a.png", content.getvalue(), "image/png"))
    assert Image.open(clean).getpixel((1, 1)) == (128, 128, 128)


def test_what_hides_behind_a_picture_is_not_stored():
    upload = picture()
    polyglot = SimpleUploadedFile("a.jpg", upload.read() + b"<script>steal()</script>", "image/jpeg")
    assert b"script" not in PictureFormField().clean(polyglot).read()


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg"), "not a picture that can be read"),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), "not a picture"),
        (SimpleUploadedFile("a.jpg", picture().read()[:300], "image/jpeg"), "not a picture that can be read"),
        (picture(name="a.html"), "This is a JPEG picture under another name"),
        (picture(name="a.svg"), "This is a JPEG picture under another name"),
        (picture(content_type="text/html"), "This is a JPEG picture under another name"),
        (picture(content_type="image/svg+xml; charset=utf-8"), "This is a JPEG picture under another name"),
        (picture(kind="BMP", name="a.bmp", content_type="image/bmp"), "not a picture that can be read"),
        (picture((10_000, 5_001), "PNG", "a.png", "image/png", "1"), "10000 × 5001 pixels"),
    ],
)
def test_other_files_are_refused_with_a_reason(upload, message):
    assert message in refusal(PictureFormField(), upload)


def test_large_file_is_refused(monkeypatch):
    monkeypatch.setattr(fields, "MAX_BYTES", 100)
    assert "at most 100\xa0bytes can be uploaded" in refusal(PictureFormField(), picture())


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "ending"),
    [
        ("JPEG", "IMG_0412.jif", "image/jpeg", ".jpg"),
        ("JPEG", "hall.JFIF", "", ".jpg"),
        ("JPEG", "content:44", None, ".jpg"),
        ("JPEG", "hall.jpg.download", "application/x-download", ".jpg"),
        ("JPEG", "screenshot.png", "image/png", ".jpg"),
        ("PNG", "screenshot", "application/octet-stream", ".png"),
        ("PNG", "logo.jpg", "image/x-png", ".png"),
        ("WEBP", "photo.jpg", "image/jpeg", ".webp"),
        ("WEBP", "www.example.com", "binary/octet-stream", ".webp"),
        ("GIF", "moving.gif.tmp", "text/plain", ".png"),
    ],
)
def test_picture_is_known_by_its_content(kind, name, content_type, ending):
    clean = PictureFormField().clean(picture(kind=kind, name=name, content_type=content_type))
    assert PurePath(clean.name).suffix == ending
    assert Image.open(clean).size == (40, 30)


PDF = b"%PDF-1.7 text %%EOF"


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("report.pdf", PDF, "application/vnd.pdf"),
        ("report.pdf", PDF, "application/acrobat"),
        ("report.pdf", PDF, "text/pdf"),
        ("report.pdf", PDF, "application/unknown"),
        ("report.pdf", PDF, ""),
        ("report.pdf", PDF, None),
        ("report.PDF.part", PDF, "application/octet-stream"),
        ("document:12", PDF, "application/pdf"),
        ("a.pdf", b"\xef\xbb\xbf\r\n" + PDF, "application/pdf"),
        ("a.pdf", b"Content-Type: application/pdf\r\n\r\n" + PDF, "application/pdf"),
        ("a.pdf", b"\0" * 1000 + PDF + b"\r\n" * 900, "application/pdf"),
        ("a.pdf", PDF + b"\0" * 5000, "application/pdf"),
        ("a.pdf", PDF + b"\n<!-- sent by a proxy -->" * 20, "application/pdf"),
    ],
)
def test_document_is_known_by_its_content(name, content, content_type):
    clean = DocumentFormField().clean(SimpleUploadedFile(name, content, content_type))
    assert clean.read() == content
    assert PurePath(clean.name).suffix == ".pdf"


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.pdf", b"<html>%%EOF", "application/pdf"),
        ("a.pdf", b"%PDF-<script>", "application/pdf"),
        ("a.pdf", b" " * 1020 + PDF, "application/pdf"),
        ("a.pdf", PDF + b"x" * 1024, "application/pdf"),
        ("a.html", PDF, "application/pdf"),
        ("a.pdf", PDF, "text/html"),
        ("a.svg", PDF, "application/octet-stream"),
        ("a.pdf", PDF, "application/xhtml+xml"),
    ],
)
def test_other_documents_are_refused(name, content, content_type):
    assert "not a PDF" in refusal(DocumentFormField(), SimpleUploadedFile(name, content, content_type))


def test_file_is_stored_under_a_name_of_ours(event, settings):
    event.cover.save("../../evil.html.JPG", picture())
    assert event.cover.name.startswith("covers/")
    assert re.fullmatch(r"covers/[0-9a-f]{32}-40x30\.jpg", event.cover.name)
    assert (event.cover_width, event.cover_height) == (40, 30)


@pytest.mark.usefixtures("_all_files_public")
def test_media_can_do_nothing(client, event, settings):
    event.cover.save("a.jpg", picture())
    (settings.MEDIA_ROOT / "page.html").write_text("<script>steal()</script>")
    response = client.get(event.cover.url)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(
        response["Content-Security-Policy"].split("; ")
    )
    assert response["Content-Disposition"].startswith("inline")
    (settings.MEDIA_ROOT / "paper.pdf").write_text("%PDF-")
    for path in ("page.html", "paper.pdf"):
        assert client.get(f"/media/{path}")["Content-Disposition"] == "attachment"
    for path in ("a/" * 3000, "missing.jpg", "", "covers/", "../db.sqlite3", "%2e%2e/db.sqlite3"):
        assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "CONNECT", "DELETE"])
def test_media_is_only_read(client, event, method):
    event.cover.save("a.jpg", picture())
    assert client.head(event.cover.url).status_code == 200
    answer = client.generic(method, event.cover.url)
    assert answer.status_code == 405
    assert "sandbox" in answer["Content-Security-Policy"]


def test_picture_with_a_small_one_beside_it_is_taken():
    stored = io.BytesIO()
    Image.new("RGB", (60, 40)).save(stored, "MPO", save_all=True, append_images=[Image.new("RGB", (6, 4))])
    drawn = reencode_upload(SimpleUploadedFile("camera.jpg", stored.getvalue(), "image/jpeg"))
    assert Image.open(drawn).format == "JPEG"


def test_picture_of_countless_scans_is_refused():
    stored = io.BytesIO()
    Image.new("RGB", (60, 40)).save(stored, "JPEG", progressive=True)
    progressive = stored.getvalue()
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(ValidationError, match="too many scans"):
        reencode_upload(SimpleUploadedFile("slow.jpg", progressive[:-2] + last * 200 + b"\xff\xd9", "image/jpeg"))
    assert reencode_upload(SimpleUploadedFile("film.jpg", progressive + last * 200, "image/jpeg"))
