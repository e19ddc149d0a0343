"""Stems: what the forms of a word have in common. English and Russian by Snowball, Kazakh by a few endings of ours.

All take and return folded letters (core/text/folding.py), so that a word meets itself however its letters were typed.
"""

import re
from threading import Lock

import snowballstemmer

_lock = Lock()  # A stemmer holds the word that it works on.
_snowball = {name: snowballstemmer.stemmer(name) for name in ("english", "russian")}


def english(word):
    return _stem("english", word)


# Snowball takes the ending of this noun for that of a participle, and the capital would not meet its own forms.
_NO_PARTICIPLES = dict.fromkeys(("астана", "астаны"), "астан")


def russian(word):
    return _NO_PARTICIPLES.get(word) or _stem("russian", word)


def _stem(language, word):
    with _lock:
        return _snowball[language].stemWord(word)


_PLURALS = "лар лер дар дер тар тер"
_POSSESSIVES = "ымыз имиз мыз миз ыныз иниз ныз низ ым им ын ин сы си ы и"
_CASES = "нын нин дын дин тын тин га ге ка ке на не ны ни ды ди ты ти да де та те нда нде дан ден тан тен нан нен"
_CASES += " мен бен пен"
_ENDING = re.compile(f"(?:{'|'.join(sorted(f'{_PLURALS} {_POSSESSIVES} {_CASES}'.split(), key=len, reverse=True))})$")
_VOWEL = re.compile("[аеиоуыэюя]")
_MIN_LENGTH = 3
_VOICED = str.maketrans("гб", "кп")  # Before an ending that begins with a vowel: қ → ғ, п → б.


def kazakh(word):
    """Return `word` without its endings: of the plural, of whose it is, and of the case. Көрмелерінде → корме.

    They are taken off as long as there are any, so that a word and its forms always come to the same.
    """
    while ending := _ENDING.search(word):
        stem = word[: ending.start()]
        if len(stem) < _MIN_LENGTH or not _VOWEL.search(stem):
            break
        word = stem
    return word[:-1] + word[-1:].translate(_VOICED)
