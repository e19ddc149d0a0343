"""The drawing of a share picture: a sheet of paper with words on it, and a motif that every such picture has.

`draw(words)` → the bytes of a PNG, the same for the same words. The font is Source Serif 4, cut down to Latin, Greek
and Cyrillic, with what it lacks of them (such as ҕ and ҥ of Sakha) from Noto Serif; both have the SIL Open Font
License (fonts/OFL.txt). `drawable(text)` returns what can be drawn of a text and with which font: a system's
own, if it has one, where ours lacks the script. What no font has is left out, so that never an empty box is drawn.
"""

import io
import re
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 80
PAPER, INK, MUTED, RULE, ACCENT = "#fcfbf8", "#1a1c1f", "#545a61", "#c9d5da", "#0f4c66"

FONTS = Path(__file__).with_name("fonts")
SEMIBOLD, REGULAR = FONTS / "SourceSerif4-Semibold.ttf", FONTS / "SourceSerif4-Regular.ttf"
# Where systems keep a font for Chinese, Japanese and Korean; the first that is there is used.
SYSTEM_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/Supplemental/Songti.ttc",
)
NO_CHARACTER = "\U0010ffff"  # Drawn as whatever a font draws where it lacks a character.
PIECE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+|\s+"
)


class Text(NamedTuple):
    text: str
    font: str  # Its file.


class Words(NamedTuple):
    """What stands on a picture; whatever cannot be drawn is None."""

    title: Text | None
    kind: Text | None
    when: Text | None
    where: Text | None
    site: Text | None


def drawable(text, own_font=REGULAR, whole=False):
    """Return what can be drawn of `text`, as a `Text`; None where that would be less than half of its letters.

    A word with a letter that no font has is left out; where little remained then, that letter alone is. With `whole`,
    as for a date, nothing but a text with all its letters is returned.
    """
    text = unicodedata.normalize("NFC", text)
    fonts = [font for font in (str(own_font), system_font()) if font]
    for font in fonts:
        if all(has(font, character) for character in text if is_letter(character)):
            return kept_of(text, font)
    if whole:
        return None
    most = sum(map(is_letter, text)) / 2
    for font in fonts:
        words = [word for word in text.split() if all(has(font, each) for each in word if is_letter(each))]
        for rest in (" ".join(words), text):
            kept = kept_of(rest, font)
            if kept and sum(map(is_letter, kept.text)) >= most:
                return kept
    return None


def is_letter(character):
    return unicodedata.category(character)[0] in "LN"


def kept_of(text, font):
    """Return the characters of `text` that the font has, as a `Text`; None if it has no letter of them."""
    kept = "".join(character for character in text if has(font, character))
    return Text(" ".join(kept.split()), font) if any(map(str.isalnum, kept)) else None


@cache
def system_font():
    return next((path for path in SYSTEM_FONTS if Path(path).exists()), None)


@lru_cache(maxsize=10_000)
def has(font, character):
    """Return whether the font has a drawing of the character."""
    if character.isspace():
        return True
    mask, lacking = (sized(font, 20).getmask(each) for each in (character, NO_CHARACTER))
    return mask.size != lacking.size or bytes(mask) != bytes(lacking)


@lru_cache(maxsize=64)
def sized(font, size):
    return ImageFont.truetype(font, size)


def draw(words):
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(sheet)
    draw_motif(pen, large=words.title is None)
    if words.kind:
        pen.text((MARGIN, 82), words.kind.text, ACCENT, sized(words.kind.font, 30), anchor="ls")
    if words.title:
        write(pen, words.title, INK, top=108, width=WIDTH - 2 * MARGIN, height=280, sizes=range(74, 38, -4))
        when_size, below = 36, 444
    else:
        when_size, below = 64, 330
    for text, size, colour in ((words.when, when_size, ACCENT), (words.where, when_size - 4, MUTED)):
        if text:
            write(pen, text, colour, top=below - size, width=720, height=size * 1.2, sizes=range(size, 22, -2))
            below += size * 1.35
    if words.site:
        pen.line([(MARGIN, HEIGHT - 92), (MARGIN + 56, HEIGHT - 92)], ACCENT, 4)
        write(pen, words.site, INK, top=HEIGHT - 76, width=640, height=34, sizes=range(28, 18, -2))
    png = io.BytesIO()
    sheet.quantize(64).save(png, "PNG")
    return png.getvalue()


def draw_motif(pen, large):
    """Circles that widen from a place, as news of a meeting does."""
    centre, step = (WIDTH - 90, HEIGHT - 90), 92 if large else 62
    for ring in range(6, 0, -1):
        pen.circle(centre, ring * step, outline=RULE, width=3)
    pen.circle(centre, step * 0.62, fill=ACCENT)


def write(pen, text, colour, top, width, height, sizes):
    """Write a text at the largest of `sizes` at which it fits; at the smallest, what fits of it, with an ellipsis."""
    for size in sizes:
        font = sized(text.font, size)
        lines = wrapped(text.text, font, width)
        if len(lines) * size * 1.2 <= height:
            break
    room = max(1, int(height / (size * 1.2)))
    if len(lines) > room:
        lines = lines[:room]
        while font.getlength(f"{lines[-1]}…") > width:
            lines[-1] = lines[-1][:-1].rstrip()
        lines[-1] += "…"
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + size + number * size * 1.2), line, colour, font, anchor="ls")


def wrapped(text, font, width):
    """Return the lines of a text that is `width` wide: broken between words, within one that is too long, in Chinese
    between any two characters."""
    lines, line = [], ""
    for piece in PIECE.findall(text):
        if font.getlength(line + piece.rstrip()) <= width:
            line += piece
            continue
        lines.append(line.rstrip())
        line = piece.lstrip()
        while font.getlength(line) > width:
            fits = max(1, bisect_right(range(1, len(line)), width, key=lambda n: font.getlength(line[:n])))
            lines.append(line[:fits])
            line = line[fits:]
    return [line for line in (*lines, line.rstrip()) if line]
