"""Colours and segments, asked of the functions themselves; test_uploads.py has whole uploads."""

import io
import struct

import pytest
from PIL import Image, ImageCms

from forum_site.media.image_process import Refused, count_scans, in_srgb, reencode, render
from forum_site.media.image_process import store as store_job

pytestmark = pytest.mark.one_database

COLOUR = (40, 170, 90)
SRGB = ImageCms.createProfile("sRGB")


def wide_profile():
    """The profile of sRGB with its red and green primaries changed over."""
    data = bytearray(ImageCms.ImageCmsProfile(SRGB).tobytes())
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * struct.unpack(">I", data[128:132])[0], 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = data[green + 4 : green + 12], data[red + 4 : red + 12]
    return bytes(data)


def grey_profile():
    """A grey profile of gamma 1, which makes a middle grey lighter (ICC.1:2022, 8.3.5 and 10.6)."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, 256) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags = struct.pack(">I", 2) + struct.pack(">4sII", b"wtpt", 156, 20) + struct.pack(">4sII", b"kTRC", 176, 16)
    head = bytearray(128)
    head[:4] = struct.pack(">I", 192)
    head[8:12], head[12:24], head[36:40] = b"\x02\x10\0\0", b"mntrGRAYXYZ ", b"acsp"
    head[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    return bytes(head) + tags + white + curve


def by_little_cms(profile, colour, mode="RGB"):
    """What littleCMS itself makes of one colour without transparency."""
    one = Image.new(mode, (1, 1), colour)
    return ImageCms.profileToProfile(
        one, ImageCms.getOpenProfile(io.BytesIO(profile)), SRGB, outputMode="RGB"
    ).getpixel((0, 0))


def with_profile(image, profile):
    image.info["icc_profile"] = profile
    return image


def coloured(mode):
    """A picture of COLOUR in a mode, its left half transparent where the mode can say so."""
    image = Image.new("RGBA", (8, 4), (*COLOUR, 255))
    image.paste((*COLOUR, 90), (0, 0, 4, 4))
    if mode in ("P", "PA"):
        palette = Image.new("P", (8, 4), 3)
        palette.putpalette([0] * 9 + [*COLOUR])
        return palette if mode == "P" else palette.convert("PA")
    if mode == "P with transparency":
        palette = coloured("P")
        palette.putpixel((0, 0), 2)
        palette.info["transparency"] = 2
        return palette
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "RGBX", "P", "PA", "P with transparency", "RGBa"])
def test_profile_is_applied_in_every_mode(mode):
    right = by_little_cms(wide_profile(), COLOUR)
    assert right != COLOUR
    image = in_srgb(with_profile(coloured(mode), wide_profile()))
    assert image.mode in ("RGB", "RGBA")
    assert [abs(is_ - was) < 3 for is_, was in zip(image.getpixel((6, 2)), right, strict=False)] == [True] * 3


def test_transparency_outlives_the_profile():
    image = coloured("RGBA")
    alpha = image.getchannel("A").tobytes()
    assert in_srgb(with_profile(image, wide_profile())).getchannel("A").tobytes() == alpha
    palette = in_srgb(with_profile(coloured("P with transparency"), wide_profile()))
    assert [palette.getpixel((0, 0))[3], palette.getpixel((1, 0))[3]] == [0, 255]


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_profile_is_applied_to_grey(mode):
    right = by_little_cms(grey_profile(), 100, "L")
    assert right[0] > 120
    image = Image.new(mode, (2, 1), 100 if mode == "L" else (100, 70))
    clean = in_srgb(with_profile(image, grey_profile()))
    assert clean.getpixel((0, 0)) == (right if mode == "L" else (*right, 70))


def test_grey_with_a_transparent_value_keeps_it_and_its_profile():
    image = Image.new("L", (2, 1), 100)
    image.putpixel((0, 0), 7)
    image.info["transparency"] = 7
    clean = in_srgb(with_profile(image, grey_profile()))
    assert clean.getpixel((0, 0))[3] == 0
    assert clean.getpixel((1, 0)) == (*by_little_cms(grey_profile(), 100, "L"), 255)


def test_profile_of_colours_is_applied_to_grey():
    image = in_srgb(with_profile(Image.new("LA", (1, 1), (100, 70)), wide_profile()))
    assert image.getpixel((0, 0)) == (*by_little_cms(wide_profile(), (100, 100, 100)), 70)


@pytest.mark.parametrize("profile", [b"", b"no profile", wide_profile()[:300], grey_profile()])
def test_profile_that_does_not_fit_changes_nothing(profile):
    assert in_srgb(with_profile(Image.new("RGBA", (1, 1), (*COLOUR, 90)), profile)).getpixel((0, 0)) == (*COLOUR, 90)


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F"],
)
@pytest.mark.parametrize("profile", [None, b"broken", wide_profile(), grey_profile()])
def test_every_mode_becomes_rgb_or_rgba(mode, profile):
    image = Image.new(mode, (3, 2))
    if profile is not None:
        image.info["icc_profile"] = profile
    clean = in_srgb(image)
    assert clean.size == (3, 2)
    assert clean.mode == ("RGBA" if mode in ("LA", "La", "PA", "RGBA", "RGBa") else "RGB")


def test_transparent_value_of_sixteen_bits_stays_transparent():
    image = Image.frombytes(
        "I;16", (600, 300), struct.pack("<H", 513) * 600 * 270 + struct.pack("<H", 40_000) * 600 * 30
    )
    image.info["transparency"] = 513
    clean = in_srgb(image)
    assert [clean.getpixel((5, 5)), clean.getpixel((5, 290))] == [(2, 2, 2, 0), (156, 156, 156, 255)]


def jpeg(**options):
    content = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert("RGB").save(content, "JPEG", **options)
    return content.getvalue()


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def test_scans_are_counted_within_the_picture_alone():
    plain, progressive = jpeg(), jpeg(progressive=True)
    assert count_scans(plain) == 1
    assert 5 < count_scans(progressive) < 15
    mark = b"\xff\xda"
    film = mark * 500
    for hides in (
        segment(0xE1, b"Exif\0\0" + progressive * 3),
        segment(0xFE, film),
        segment(0xE2, b"ICC_PROFILE\0" + film),
    ):
        assert count_scans(plain[:2] + hides + plain[2:]) == 1
    assert count_scans(plain + film) == 1
    assert count_scans(plain + progressive * 40) == 1


def test_scans_that_the_decoder_reads_are_counted():
    progressive = jpeg(progressive=True)
    at = progressive.rindex(b"\xff\xda")
    last = progressive[at:-2]
    many = progressive[:-2] + last * 120 + b"\xff\xd9"
    assert count_scans(many) == count_scans(progressive) + 120
    with pytest.raises(Refused, match="too_many_scans"):
        reencode(many)
    filled = progressive[:-2] + (b"\xff\xff\xff" + last) * 120 + b"\xff\xd9"  # Any number of FF may precede a marker.
    assert count_scans(filled) == count_scans(many)


def test_photograph_with_a_film_behind_it_is_taken_without_the_film():
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\x00\x08secret" * 3000
    facts, files = store_job(jpeg() + film)
    assert facts["size"] == (64, 48)
    assert not [file for file in files if b"secret" in file]


def test_rendition_keeps_transparency_and_proportions():
    image = Image.new("RGBA", (1000, 500), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 500, 500))
    file = render(image, [(400, ".png")])[0]
    small = Image.open(io.BytesIO(file))
    assert (small.size, small.getpixel((20, 100))[3], small.getpixel((380, 100))) == ((400, 200), 0, (200, 0, 0, 255))
