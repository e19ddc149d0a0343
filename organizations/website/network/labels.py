"""Names that fit the room there is, without a font at hand to measure them.

Widths are those of DejaVu Sans, in em: among the fonts that readers have it is one of the widest, so in the others
there is room to spare.
"""

import unicodedata
from typing import NamedTuple

ELLIPSIS = "…"
NARROW, SPACE, DIGIT, LOWER, UPPER, WIDE = 0.39, 0.32, 0.64, 0.62, 0.72, 1.0
WIDTHS = {
    **dict.fromkeys("iljI|!.,:;'’‘·()[]tfr-/", NARROW),
    **dict.fromkeys("mwMWшщюжмыфШЩЮЖМЫФЪ@%&—…", WIDE),
}


class Box(NamedTuple):
    """What a label covers, in the units of its picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other):
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def text_width(text):
    """Return how wide `text` is at most, in em."""
    return sum(map(_width, text))


def _width(character):
    if character in WIDTHS:
        return WIDTHS[character]
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE
    if character.isspace():
        return SPACE
    if character.isdigit():
        return DIGIT
    return UPPER if character.isupper() else LOWER


def label(name, short_name, width, lines=1):
    """Return the lines of a label: the name if it fits, else the short name if that does, else what fits of the name.

    A short name in another script is the name in another language rather than a shorter one: it is not taken.
    """
    whole = wrapped(name, width)
    if len(whole) <= lines:
        return whole
    if short_name and script(short_name) == script(name) and len(wrapped(short_name, width)) <= lines:
        return wrapped(short_name, width)
    return [*whole[: lines - 1], cut(" ".join(whole[lines - 1 :]), width)]


def wrapped(text, width):
    """Return `text` in lines no wider than `width`, in em, broken between words where that is possible."""
    lines = [""]
    for word in _pieces(text, width):
        joined = f"{lines[-1]}{word}" if lines[-1] else word.lstrip()
        if lines[-1] and text_width(joined.rstrip()) > width:
            lines.append(word.lstrip())
        else:
            lines[-1] = joined
    return [line.strip() for line in lines]


def _pieces(text, width):
    """Yield words with the space before them, and those that are wider than a line, as Chinese ones are, in pieces."""
    for word in text.split():
        piece = " "
        for character in word:
            if text_width(piece.strip() + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece


def cut(text, width):
    """Return as much of `text` as fits, with an ellipsis where something is missing."""
    if text_width(text) <= width:
        return text
    room = width - text_width(ELLIPSIS)
    while text and text_width(text) > room:
        text = text[:-1]
    return text.rstrip(" ,-–—(“«") + ELLIPSIS


def script(text):
    """Return the script of the first letter, such as LATIN, CYRILLIC or CJK."""
    return next((unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()), "")
