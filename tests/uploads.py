"""Files that somebody might try to bring in: good ones, and each kind of attack with what the field says to it."""

import io
import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def picture(size=(40, 30), kind="JPEG", name="hall.jpg", content_type="image/jpeg", mode="RGB", **options):
    content = io.BytesIO()
    Image.new(mode, size, "teal").save(content, kind, **options)
    return SimpleUploadedFile(name, content.getvalue(), content_type)


def with_position():
    """A photograph that lies on its side and tells where it was taken, by what, and something beside."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret camera"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 20.0)
    return picture(exif=exif, comment=b"Secret comment")


def png_of(width, height):
    """A PNG whose head promises a size that its body does not have."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animation():
    frames = [Image.new("P", (20, 20), number) for number in range(3)]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])
    return SimpleUploadedFile("moving.gif", content.getvalue(), "image/gif")


def noise(name="photo.jpg"):
    """A file of more than 10 MB."""
    return SimpleUploadedFile(name, b"\xff\xd8\xff" + b"\x00" * (10 * 1024 * 1024), "image/jpeg")


def attacks():
    """Return each kind of file that is refused, with words of its message."""
    whole = picture().read()
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='steal()'/>"
    unreadable = "not a picture that can be read"
    return {
        "svg": (SimpleUploadedFile("a.svg", svg, "image/svg+xml"), unreadable),
        "svg named png": (SimpleUploadedFile("a.png", svg, "image/png"), unreadable),
        "html named png": (SimpleUploadedFile("a.png", b"<html><script>steal()</script>", "image/png"), unreadable),
        "truncated": (SimpleUploadedFile("a.jpg", whole[:300], "image/jpeg"), unreadable),
        "another name": (SimpleUploadedFile("a.html", whole, "image/jpeg"), "under another name"),
        "another type": (SimpleUploadedFile("a.jpg", whole, "text/html"), "under another name"),
        "51 megapixels": (SimpleUploadedFile("a.png", png_of(10_000, 5_100), "image/png"), "10000 × 5100 pixels"),
        "bomb": (SimpleUploadedFile("a.png", png_of(60_000, 60_000), "image/png"), unreadable),
        "too long": (SimpleUploadedFile("a.png", png_of(40_000, 10), "image/png"), "40000 pixels long"),
        "too large": (noise(), "at most 10.0\xa0MB can be uploaded"),
        "nothing": (SimpleUploadedFile("a.png", b"", "image/png"), "empty"),
    }


def odd_names():
    return [
        "../../evil.jpg",
        "a\x00b.jpg",
        "x" * 300 + ".jpg",
        "\u202egpj.exe.jpg",
        "con.jpg",
        "…/…/şəkil 图片.jpg",
        ".jpg.jpg",
    ]


def stored_files(settings):
    return sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
