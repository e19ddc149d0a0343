"""What a text would be had it been typed on another keyboard: ЙЦУКЕН, or the Kazakh one, for QWERTY."""

from forum_site.core.text.folding import is_cyrillic

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
