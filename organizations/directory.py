"""The directory of organizations: in the order in which a person looks for a name, by letters.

Databases sort names each in their own way, most of them quotation marks first and Chinese by code. Here a name stands
under its first letter or digit, accents aside; under its own letter in every alphabet, and
Chinese by pinyin.
"""

import unicodedata
from typing import NamedTuple

from anyascii import anyascii

OTHERS = "0–9"  # What does not begin with a letter.


class Entry(NamedTuple):
    key: int
    letter: str


def entries(names):
    """Return an Entry for each `(key, name)`, in order."""
    found = sorted((*sort_key(name), key) for key, name in names)
    return [Entry(key, letter) for letter, _words, key in found]


def sort_key(name):
    """Return the letter under which `name` stands, and what it is sorted by there."""
    first = next((number for number, character in enumerate(name) if character.isalnum()), None)
    if first is None:
        return OTHERS, name
    words = name[first:]
    if unicodedata.east_asian_width(words[0]) == "W":
        words = anyascii(words)
    folded = words.casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    letter = folded[:1].upper()
    return (letter if letter.isalpha() else OTHERS), folded


def letters(found, per_page):
    """Return `(letter, number of the page on which it begins)` for each letter of the entries."""
    pages = {}
    for number, entry in enumerate(found):
        pages.setdefault(entry.letter, number // per_page + 1)
    return list(pages.items())
