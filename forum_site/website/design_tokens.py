"""The tokens of the design, as static/css/base.css names them, and how well their colours stand out."""

import re
from typing import NamedTuple

from django.conf import settings

STYLESHEET = settings.BASE_DIR / "static" / "css" / "base.css"
# What is written in which colour on which other one.
PAIRS = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("muted", "paper"),
    ("muted", "surface"),
    ("accent", "paper"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("warning-ink", "warning-surface"),
]


class Colour(NamedTuple):
    name: str
    light: str
    dark: str


class Pair(NamedTuple):
    writing: str
    ground: str
    light: float  # contrast, from 1 to 21
    dark: float


def tokens():
    """Return the values of all tokens by name, in the light scheme, and of those that the dark one changes."""
    light, dark, _rest = re.split(
        r"@media \(prefers-color-scheme: dark\)|@media print", STYLESHEET.read_text(encoding="utf-8")
    )
    return declared(light), {**declared(light), **declared(dark)}


def declared(css):
    return dict(re.findall(r"^ +--([\w-]+): *([^;]+);", css, re.MULTILINE))


def colours():
    light, dark = tokens()
    return [Colour(name, value, dark[name]) for name, value in light.items() if value.startswith("#")]


def pairs():
    light, dark = tokens()
    return [
        Pair(writing, ground, contrast(light[writing], light[ground]), contrast(dark[writing], dark[ground]))
        for writing, ground in PAIRS
    ]


def contrast(one, other):
    """Return the contrast of two colours such as #fff or #0f4c66, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    """Return the relative luminance, from 0 to 1 (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
