"""Letters as the search compares them: small, without accents, and those of Kazakh as one types them without its keys.

Also what a text would be had it been typed on another keyboard: ЙЦУКЕН, or the Kazakh one, for QWERTY.
"""

import unicodedata
from functools import cache

from anyascii import anyascii

KAZAKH = frozenset("әғқңөұүһі")
_FOLDED = str.maketrans("ёәғқңөұүһіїўє", "еагкноуухииуе")
_KEPT = frozenset("й")  # Half of all Russian endings have it: no accent, but a letter.


def fold(word):
    """Return `word` in small letters without accents: Қазақстан → казакстан, Málaga → malaga."""
    return "".join(map(_fold_letter, unicodedata.normalize("NFKC", word).casefold().translate(_FOLDED)))


@cache  # As many as there are letters.
def _fold_letter(letter):
    if letter.isascii() or letter in _KEPT:
        return letter
    if unicodedata.combining(letter):
        return ""
    if is_latin(letter):
        return "".join(filter(str.isalnum, anyascii(letter).lower()))
    plain = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
    return plain.translate(_FOLDED)


@cache
def is_latin(letter):
    return unicodedata.name(letter, "").startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL"))


def is_cyrillic(letter):
    return "Ѐ" <= letter <= "ԯ"


_QWERTY = "`qwertyuiop[]asdfghjkl;'zxcvbnm,." + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю" + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
_DIGITS, _ON_DIGITS = "234589-=0", "әіңғүұөһқ"
_TO_RUSSIAN = str.maketrans(_QWERTY, _RUSSIAN)
_TO_KAZAKH = _TO_RUSSIAN | str.maketrans(_DIGITS, _ON_DIGITS)
_TO_QWERTY = str.maketrans(_RUSSIAN + _ON_DIGITS + _ON_DIGITS.upper(), _QWERTY + _DIGITS + _DIGITS)


def on_other_keyboards(text):
    """Return what `text` would be, had its keys been pressed on the other keyboards: ghbdtn → привет."""
    swapped = [text.translate(_TO_QWERTY)] if any(map(is_cyrillic, text)) else []
    if any(letter.isascii() and letter.isalpha() for letter in text):
        swapped += [text.translate(_TO_RUSSIAN), text.translate(_TO_KAZAKH)]
    return [other for other in dict.fromkeys(swapped) if other != text]
