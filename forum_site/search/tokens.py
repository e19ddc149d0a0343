"""From a text to what is looked up: its words, each with its `terms`, which are stems, or pairs of Chinese characters.

A Cyrillic word may be Russian or Kazakh, and one cannot always tell: unless its letters do, it has the stem of both,
and what is asked for needs one of them.
"""

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from forum_site.core.text.folding import APOSTROPHES, HYPHENS, INVISIBLE, KAZAKH, fold, is_cyrillic
from forum_site.search import stemming

MAX_TERM_LENGTH = 40  # characters
MAX_QUERY_TERMS = 12  # of what is typed


class Token(NamedTuple):
    start: int
    end: int
    terms: tuple


class QueryTerm(NamedTuple):
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
_IS_UNSEEN = re.compile(f"[{INVISIBLE}]").match
# What is both would have to be tried both ways, again and again.
_MARKS = _ranges(
    code
    for code in range(0x300, 0xFFFF)
    if unicodedata.category(chr(code)) in ("Mn", "Mc") and not _IS_UNSEEN(chr(code))
)
# Between the letters of a word, nobody sees them; but U+200B ends one where words are written without spaces.
_BREAKING = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSEEN = f"(?:(?![\u200b\u200c])[{INVISIBLE}]|(?<![{_BREAKING}])\u200b|\u200b(?![{_BREAKING}]))"
_LETTER = f"(?:[^\\W_{_UNSPACED}]|[{_MARKS}])"
_LETTERS = f"{_LETTER}+(?:{_UNSEEN}+{_LETTER}+)*"
# The joiner of Persian stands where others have an apostrophe: within a word, between two that are looked for.
_APOSTROPHE = f"[{APOSTROPHES}\u200c]"
_HYPHEN = f"[{HYPHENS}]"
_SPELT = f"{_LETTERS}(?:{_APOSTROPHE}{_LETTERS})*"
_RUN = re.compile(
    f"(?P<unspaced>[{_UNSPACED}](?:{_UNSEEN}*[{_UNSPACED}])*)"
    "|(?P<number>(?<![\\w.,])[0-9]{1,3}(?P<separator>[,.'’ \u00a0\u2009\u202f])"
    "[0-9]{3}(?:(?P=separator)[0-9]{3})*(?!\\w))"
    "|(?P<initials>(?<!\\w)(?:[^\\W\\d_]\\.)+[^\\W\\d_](?!\\w)\\.?)"
    f"|{_SPELT}(?:{_HYPHEN}{_SPELT})*"
)
_WORD = re.compile(_SPELT)
_PART = re.compile(_LETTERS)
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+")
_JOINTS = re.compile(f"{_APOSTROPHE}|{_HYPHEN}|[{INVISIBLE}., \u00a0\u2009\u202f]")
MAX_JOINED = 3  # words with hyphens between
# What loses its vowel before a word: in French, Italian and Catalan.
_ELIDED = frozenset("l d j n s m t c qu jusqu lorsqu puisqu quoiqu all dall dell nell sull un quest".split())  # noqa: SIM905


def tokens(text, parts=True):
    """Yield the words of `text`; of what is written without spaces each character, and each pair of neighbours.

    With `parts` also what somebody may look for within them, or as one: Ivoire in d'Ivoire, G20 and 20 in G-20.
    """
    for run in _RUN.finditer(text):
        if run["unspaced"]:
            at = [run.start() + at for at, letter in enumerate(run.group()) if not _JOINTS.match(letter)]
            yield from (Token(one, one + 1, (fold(text[one]),)) for one in at)
            yield from (Token(one, next_one + 1, (fold(text[one] + text[next_one]),)) for one, next_one in pairwise(at))
        elif run["number"] or run["initials"]:
            yield Token(*run.span(), terms(run.group()))
            if parts:
                yield from _tokens_of(_LETTERS_OR_DIGITS, run)
        else:
            yield from _tokens_of_words(run, parts)


def _tokens_of_words(run, parts):
    found = list(_matches(_WORD, run))
    for word in found:
        yield Token(*word.span(), terms(word.group()))
        if parts:
            pieces = list(_matches(_PART, word))
            if len(pieces) > 1:
                yield from (Token(*piece.span(), terms(piece.group())) for piece in pieces if len(piece.group()) > 1)
            elif any(map(str.isdigit, word.group())) and not word.group().isdigit():
                yield from _tokens_of(_LETTERS_OR_DIGITS, word)
    if parts and 1 < len(found) <= MAX_JOINED and not all(word.group().isdigit() for word in found):
        yield Token(*run.span(), terms(run.group()))


def _tokens_of(pattern, match):
    found = list(_matches(pattern, match))
    if len(found) > 1:
        yield from (Token(*each.span(), terms(each.group())) for each in found)


def _matches(pattern, match):
    return pattern.finditer(match.string, *match.span())


def words(text):
    """Return the different words of `text` that are spelt by letters, folded; of l'Université the word itself, too."""
    found = set()
    for run in _RUN.finditer(text):
        if not (run["unspaced"] or run["number"]):
            for word in _matches(_WORD, run):
                found |= {fold_word(word.group()), fold_word(_without_elided(word.group()))}
    return {word for word in found if word.isalpha()}


def parse_query(text):
    """Return at most `MAX_QUERY_TERMS` terms of a query, stop words only where there is nothing else."""
    found = {}
    for run in _RUN.finditer(text):
        for need in _query_terms_of(run):
            if need.terms:
                found.setdefault(need.terms, need)
    telling = [need for need in found.values() if fold_word(need.word) not in STOP_WORDS]
    return (telling or list(found.values()))[:MAX_QUERY_TERMS]


def _query_terms_of(run):
    if run["unspaced"]:
        letters = _JOINTS.sub("", run.group())
        typed = list(map("".join, pairwise(letters))) or [letters]
        return [QueryTerm(pair, (fold(pair),)) for pair in typed]
    if run["number"] or run["initials"]:
        return [QueryTerm(run.group(), terms(run.group()))]
    found = [word.group() for word in _matches(_WORD, run)]
    if len(found) == 2 and len(found[0]) <= 2 and not any(map(str.isdigit, run.group())):
        return [QueryTerm(run.group(), _either(run.group(), found[1]))]  # e-mail, al-Farabi: some write them as one.
    return [QueryTerm(word, _either(word, _without_elided(word))) for word in found]


def _either(*several):
    return tuple(dict.fromkeys(term for word in several for term in terms(word)))


def _without_elided(word):
    """Return Université for l'Université; of a word that Persian writes with a joiner, its last part."""
    *before, last = _PART.findall(word)
    is_whole = not before or ("\u200c" not in word and fold_word("".join(before)) not in _ELIDED)
    return word if is_whole else last


@lru_cache(maxsize=20_000)
def fold_word(word):
    return fold(_JOINTS.sub("", word[: 2 * MAX_TERM_LENGTH]))[:MAX_TERM_LENGTH]


@lru_cache(maxsize=20_000)
def terms(word):
    """Return the terms of a word as it is written: one of them, or two where it may be Russian or Kazakh."""
    folded = fold_word(word)
    if not folded.isalpha():
        return (sys.intern(folded),) if folded else ()
    if folded.isascii():
        return (stemming.english(folded),)
    if not all(map(is_cyrillic, folded)):
        return (folded,)
    if KAZAKH.intersection(word.casefold()):
        return (stemming.kazakh(folded),)
    return tuple(dict.fromkeys((stemming.russian(folded), stemming.kazakh(folded))))


# They are in every text and tell nothing of it: not asked for beside a word that does.
_STOP_WORDS = """
a an and are as at be by for from in into is it its of on or that the their this to was were with
без в во для до за и из или к ко на над не о об от по под при с со что это
бен мен пен және үшін туралы
"""
STOP_WORDS = frozenset(map(fold, _STOP_WORDS.split()))
