"""From a text to what is looked up: its words, each with its `terms`, which are stems, or pairs of Chinese characters.

A Cyrillic word may be Russian or Kazakh, and one cannot always tell: unless its letters do, it has the stem of both,
and what is asked for needs one of them.
"""

import re
import sys
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from forum_site.search import stems
from forum_site.search.letters import KAZAKH, fold, is_cyrillic

LONGEST_TERM = 40  # characters
MOST_NEEDS = 12  # of what is typed


class Token(NamedTuple):
    start: int
    end: int
    terms: tuple


class Need(NamedTuple):
    """What has to be found, as one of its `terms`; `word` is what was typed for it."""

    word: str
    terms: tuple


def _ranges(letters):
    """Return the characters of a regular expression's class."""
    found = []
    for code in letters:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)


# What is written without spaces: Chinese and Japanese, and Korean, whose endings pairs leave alone.
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = _ranges(code for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_LETTERS = f"(?:[^\\W_{_UNSPACED}]|[{_MARKS}])+"
_WORD = re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|{_LETTERS}(?:['’ʻʼ‘]{_LETTERS})*")
_APOSTROPHE = re.compile("['’ʻʼ‘]")


def tokens(text):
    """Yield the words of `text`; of what is written without spaces each character, and each pair of neighbours."""
    for match in _WORD.finditer(text):
        start, end = match.span()
        if match["unspaced"]:
            run = match.group()
            yield from (Token(start + at, start + at + 1, (fold(run[at]),)) for at in range(len(run)))
            yield from (Token(start + at, start + at + 2, (fold(pair),)) for at, pair in enumerate(_pairs(run)))
        else:
            yield Token(start, end, terms(match.group()))


def words(text):
    """Return the different words of `text` that are spelt by letters, folded."""
    found = (fold_word(match.group()) for match in _WORD.finditer(text) if not match["unspaced"])
    return {word for word in found if word.isalpha()}


def needs(text):
    """Return what a text that was typed asks for, at most `MOST_NEEDS`; words like “the” only where nothing else is."""
    found = {}
    for match in _WORD.finditer(text):
        run = match.group()
        typed = _pairs(run) if match["unspaced"] and len(run) > 1 else [run]
        for word in typed:
            word_terms = (fold(word),) if match["unspaced"] else terms(word)
            if word_terms:
                found.setdefault(word_terms, Need(word, word_terms))
    telling = [need for need in found.values() if fold_word(need.word) not in STOP_WORDS]
    return (telling or list(found.values()))[:MOST_NEEDS]


def _pairs(run):
    return [run[at : at + 2] for at in range(len(run) - 1)]


@lru_cache(maxsize=20_000)
def fold_word(word):
    return fold(_APOSTROPHE.sub("", word[: 2 * LONGEST_TERM]))[:LONGEST_TERM]


@lru_cache(maxsize=20_000)
def terms(word):
    """Return the terms of a word as it is written: one of them, or two where it may be Russian or Kazakh."""
    folded = fold_word(word)
    if not folded.isalpha():
        return (sys.intern(folded),) if folded else ()
    if folded.isascii():
        return (stems.english(folded),)
    if not all(map(is_cyrillic, folded)):
        return (folded,)
    if KAZAKH.intersection(word.casefold()):
        return (stems.kazakh(folded),)
    return tuple(dict.fromkeys((stems.russian(folded), stems.kazakh(folded))))


# They are in every text and tell nothing of it: not asked for beside a word that does.
_STOP_WORDS = """
a an and are as at be by for from in into is it its of on or that the their this to was were with
без в во для до за и из или к ко на над не о об от по под при с со что это
бен мен пен және үшін туралы
"""
STOP_WORDS = frozenset(map(fold, _STOP_WORDS.split()))
