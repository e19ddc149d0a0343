"""The program that decodes and encodes pictures, in a process of its own (image_jobs.py starts it).

A picture of 50 megapixels takes 200 MB in each of its copies. When this process ends, all of them are given back, and
a decoder that crashes takes no request with it. It imports Pillow and nothing of Django, reads one file from standard
input, and writes a line of JSON, then the files that the line describes.

`reencode()` makes the picture that is stored: upright, in sRGB, without metadata. `render()` makes its renditions.
"""

import contextlib
import io
import json
import os
import re
import resource
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageCms, ImageMath, ImageOps

MAX_PIXELS = 50_000_000
MAX_SIDE = 16_000  # pixels; WebP ends a little beyond
MAX_SCANS = 100
STRIP_ROWS = 256
RENDITION_WIDTHS = (400, 960, 1920)  # pixels: two columns of a phone, its whole width, and a large window

# Format → the format and ending that it is stored in.
STORED = {"JPEG": ("JPEG", ".jpg"), "PNG": ("PNG", ".png"), "WEBP": ("WEBP", ".webp"), "GIF": ("PNG", ".png")}
# Ending → the format of Pillow, and the options for saving it. A page offers them in this order.
RENDITION_FORMATS = {
    ".avif": ("AVIF", {"quality": 55, "speed": 8}),
    ".webp": ("WEBP", {"quality": 76, "method": 3}),
    ".jpg": ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
    ".png": ("PNG", {}),
}

_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, RST0 to RST7 and SOI have no length (ITU-T T.81, B.1.1.3).
_SOS, _EOI = 0xDA, 0xD9


class Refused(Exception):  # noqa: N818 - the code is what the form field shows
    """The picture is not taken: `code` is one of image_jobs.MESSAGES."""

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


def count_scans(jpeg):
    """Return the number of scans of the first picture in a JPEG file.

    Markers are followed from SOI to EOI (ITU-T T.81, annex B). A film, a second picture or anything else behind EOI is
    not read, nor is a thumbnail or a profile within a segment.
    """
    scans, at = 0, 2
    while found := _JPEG_MARKER.search(jpeg, at):
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            break
        if marker in _STANDALONE:
            continue
        scans += marker == _SOS
        at += max(2, int.from_bytes(jpeg[at : at + 2], "big"))
    return scans


def opened(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is the limit.
        return Image.open(io.BytesIO(content), formats=list(STORED))


def format_of(image):
    """Return the format of a picture. Pillow calls a JPEG that holds a second picture MPO."""
    return "JPEG" if image.format == "MPO" else image.format


def decoded(image):
    """Return the pixels without their decoder, which for WebP keeps three more copies of them."""
    image.load()
    return image._new(image.im)


def in_strips(image, mode, change):
    """Return `change` of the picture, made strip by strip, so that what it copies is small."""
    changed = Image.new(mode, image.size)
    for top in range(0, image.height, STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + STRIP_ROWS, image.height)))
        changed.paste(change(strip), (0, top))
    return changed


def eight_bits(image):
    """Return a picture of one channel of 16 or 32 bits as L; as LA, if one of its values means transparent."""
    clear = image.info.get("transparency")

    def grey(strip):
        return strip.convert("I").point(lambda value: value / 256).convert("L")

    def seen(strip):
        return ImageMath.lambda_eval(lambda values: (values["i"] != clear) * 255, i=strip.convert("I")).convert("L")

    reduced = in_strips(image, "L", grey)
    if isinstance(clear, int):
        reduced.putalpha(in_strips(image, "L", seen))
    return reduced


def in_common_mode(image):
    """Return the picture as L, RGB or CMYK, or as LA or RGBA if something in it is transparent; colours unchanged."""
    info = {key: value for key, value in image.info.items() if key == "icc_profile"}
    if image.mode.startswith("I") or image.mode == "F":
        image = eight_bits(image)
    elif image.mode in ("La", "RGBa"):  # Multiplied by their alpha, as they are never in a file.
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    elif image.mode == "1" and not image.has_transparency_data:
        image = image.convert("L")
    elif image.has_transparency_data and image.mode not in ("LA", "RGBA"):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    elif image.mode == "LAB":
        image = ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        info = {}
    elif image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGB")
    image.info = info
    return image


# Colour space of a profile → the modes of Pillow that its numbers may be in.
_MODES = {"GRAY": ("L", "LA"), "RGB": ("RGB", "RGBA"), "CMYK": ("CMYK",)}


def in_srgb(image):
    """Return the picture as RGB or RGBA in sRGB, 8 bits a channel, so that it needs no profile to look right.

    A profile is applied to the colours alone; transparency is kept. One that cannot be read, or is for another colour
    space than the picture's, is left out, and the numbers are taken for sRGB.
    """
    image = in_common_mode(image)
    profile = image.info.get("icc_profile")
    alpha_mode = "RGBA" if image.mode in ("LA", "RGBA") else "RGB"
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return with_profile(image, ImageCms.getOpenProfile(io.BytesIO(profile)), alpha_mode)
    return image if image.mode == alpha_mode else image.convert(alpha_mode)


def with_profile(image, profile, alpha_mode):
    space = profile.profile.xcolor_space.strip()
    if image.mode in _MODES["GRAY"] and space == "RGB":  # A grey picture saved as part of a coloured set.
        image = image.convert(alpha_mode)
    if image.mode not in _MODES.get(space, ()):
        return image.convert(alpha_mode)
    srgb = ImageCms.createProfile("sRGB")
    if image.mode in _MODES["RGB"]:
        ImageCms.profileToProfile(image, profile, srgb, inPlace=True)  # Pillow leaves alpha as it is.
        return image
    alpha = image.getchannel("A") if image.mode == "LA" else None
    if alpha:
        image = image.getchannel("L")
    image = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    if alpha:
        image.putalpha(alpha)
    return image


def clear_unseen(image):
    """Take the colour from pixels that are entirely transparent: what was erased there would still be in the file."""
    unseen = image.getchannel("A").point([255, *[0] * 255])
    image.paste((0, 0, 0, 0), mask=unseen)


def reencode(content):
    """Return the picture of an uploaded file, upright and in sRGB, and its format. Raises Refused."""
    image = opened(content)
    found = format_of(image)
    if image.width * image.height > MAX_PIXELS:
        raise Refused("too_many_pixels", width=image.width, height=image.height)
    if max(image.size) > MAX_SIDE:
        raise Refused("too_long", side=max(image.size), limit=f"{MAX_SIDE:,}")
    if found == "JPEG" and count_scans(content) > MAX_SCANS:
        raise Refused("too_many_scans")
    image = decoded(image)
    ImageOps.exif_transpose(image, in_place=True)
    image = in_srgb(image)
    if image.mode == "RGBA":
        if image.getextrema()[3][0] == 255:
            image = image.convert("RGB")  # Nothing in it is transparent.
        else:
            clear_unseen(image)
    image.info = {}  # Comments and profiles would be saved, too.
    return image, found


def encoded(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def render(image, wanted):
    """Return the renditions `wanted`, each as width and ending; None for one that its encoder refuses.

    Each width is made from the next larger one.
    """
    clear = image.mode == "RGBA"
    size, sizes = image.size, {}
    if clear:
        image = image.convert("RGBa")  # As resize() would do itself, but beside the picture.
    for width in sorted({width for width, _ending in wanted}, reverse=True):
        height = max(1, round(size[1] * width / size[0]))
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        sizes[width] = image.convert("RGBA") if clear else image

    def rendition(each):
        width, ending = each
        kind, options = RENDITION_FORMATS[ending]
        try:
            return encoded(sizes[width].copy(), kind, **options)  # A copy: saving notes its options in the picture.
        except Exception as error:  # Encoders have limits of their own.
            print(f"{width}{ending}: {error}", file=sys.stderr)
            return None

    with ThreadPoolExecutor(max_workers=2) as pool:  # Pillow releases the interpreter's lock while it encodes.
        return list(pool.map(rendition, wanted))


def rendition_widths(width):
    """Return the widths of the renditions of a picture, the smallest first: none is larger than the picture."""
    return sorted({min(width, each) for each in RENDITION_WIDTHS})


def rendition_endings(is_clear):
    """Return the endings of the renditions of a picture, the last of which every browser knows."""
    return [".avif", ".webp", ".png" if is_clear else ".jpg"]


def renditions_of(width, is_clear):
    """Return width and ending of each rendition of a picture, the largest first."""
    widths = rendition_widths(width)[::-1]
    return [(each, ending) for ending in rendition_endings(is_clear) for each in widths]


def store(content):
    """Do the job of an upload: return facts about the picture, and the files that come of it."""
    image, found = reencode(content)
    kind, ending = STORED[found]
    is_clear = image.mode == "RGBA"
    wanted = renditions_of(image.width, is_clear)
    facts = {"kind": kind, "ending": ending, "size": image.size, "is_clear": is_clear, "renditions": wanted}
    return facts, [encoded(image, kind, quality=88), *render(image, wanted)]


def make(content, wanted, is_clear):
    """Do the job of a stored picture that lacks renditions."""
    image = opened(content)
    mode = "RGBA" if is_clear else "RGB"
    image.draft(mode, (max(width for width, _ending in wanted), 1))  # A JPEG is decoded at a half or a quarter.
    image = decoded(image)
    if image.mode != mode:
        image = image.convert(mode)
    return {}, render(image, [tuple(each) for each in wanted])


def limit(memory, seconds):
    """Bound what this process takes from the machine, as far as the system can: macOS bounds no memory."""
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main(job):
    limit(job.pop("memory"), job.pop("seconds"))
    content = sys.stdin.buffer.read()
    files = []
    try:
        facts, files = {"store": store, "make": make}[job.pop("task")](content, **job)
    except Refused as refusal:
        facts = {"refused": refusal.code, "params": refusal.params}
    except MemoryError:
        facts = {"refused": "too_heavy", "params": {}}
    except Exception as error:  # Decoders raise what they like on a damaged file.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        facts = {"refused": "unreadable", "params": {}}
    facts["sizes"] = [None if file is None else len(file) for file in files]
    out = sys.stdout.buffer
    out.write(json.dumps(facts).encode() + b"\n")
    for file in filter(None, files):
        out.write(file)
    out.flush()
    os._exit(0)  # Giving back hundreds of megabytes one by one is left to the system.


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
