"""When two texts are the same to a reader, whatever their code points.

`normalize_line()` and `normalize_lines()` return a text as it is stored: composed, without what nobody sees.
`name_key()` is equal for two names that a reader takes for one. `fold()` compares more loosely, for searches: without
accents, and with the letters of Kazakh as one types them without its keys. `pattern_of()` returns a regular expression
for a part of a text, which compares as `fold()` does, in Python and in PostgreSQL.
"""

import re
import unicodedata
from functools import cache, lru_cache

from anyascii import anyascii

APOSTROPHES = "'’‘ʼʻ‛`´ʹʽˈˊˋ′‵＇"
HYPHENS = "‐‑‒–—―−﹘﹣－-"  # The last one stands so in a class of a regular expression.
_QUOTES = '"«»“”„‟″‹›＂「」『』'
KAZAKH = frozenset("әғқңөұүһі")
_FOLDED = str.maketrans("ёәғқңөұүһіїўє", "еагкноуухииуе")
_KEPT = frozenset("й")  # Half of all Russian endings have it: no accent, but a letter.

# What is stored

# Default_Ignorable_Code_Point of Unicode (UAX 44), and the marks of interlinear annotations.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Controls, halves of characters and what is no character: XML 1.0 (2.2) forbids them, and no reader needs them.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLANK = re.compile("[\u2800\u3164\uffa0]")  # They look like a space, and are none to Unicode.
_JOINING = "\u0600-\u109f\u1780-\u18af\u1a20-\u1cff\ua800-\uabff"  # Scripts whose letters change beside each other.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Scripts that break lines where U+200B stands.
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_MEANINGLESS = re.compile(
    # Soft hyphens, word joiners, byte order marks, fillers, and formatting that Unicode advises against.
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u202a-\u202e\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
    f"|\u200b(?![{_UNSPACED}])|(?<![{_UNSPACED}])\u200b"
    f"|\u200c(?![{_JOINING}])|(?<![{_JOINING}])\u200c"
    f"|(?<![{_JOINING}{_EMOJI}\ufe0f])\u200d"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?![{_EMOJI}])"
    "|(?<![\u1800-\u18af])[\u180b-\u180d\u180f]"
    "|(?<![#*0-9\u00a9-\uffff\U00010000-\U000dffff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007f]+)|[\U000e0020-\U000e007f]+")  # Of the flag of Scotland.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u2066-\u2069]")
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ENDS = re.compile(
    "^[\\s\u00ad\u200b-\u200f\u2060\u2800\u3164\ufeff\uffa0]+|[\\s\u00ad\u200b\u200c\u200e\u200f\u2060\u2800\u3164\ufeff\uffa0]+$"
)


def normalize_line(text):
    """Return `text` on one line, composed (NFC), with single spaces, without invisible characters that mean nothing.

    Joiners stay in scripts that need them and in emoji, marks of direction where letters run from the right.
    """
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    text = UNFIT.sub("", unicodedata.normalize("NFC", _BLANK.sub(" ", text)))
    text = _TAGS.sub(lambda match: match[1] or "", _remove_meaningless(text))
    if not _FROM_RIGHT.search(text):
        text = _DIRECTIONS.sub("", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _remove_meaningless(text):
    while (less := _MEANINGLESS.sub("", text)) != text:  # One may have stood between two that it excused.
        text = less
    return text


def normalize_lines(text):
    """Return each line of `text` normalized."""
    return "\n".join(map(normalize_line, text.splitlines())).strip("\n")


def strip_invisible(text):
    """Return `text` without what cannot be seen at its ends."""
    return _ENDS.sub("", text)


# Names

_NAME_SIGNS = {
    ord(sign): plain for signs, plain in ((APOSTROPHES, "'"), (HYPHENS, "-"), (_QUOTES, '"')) for sign in signs
}
# Capitals that look alike, as Latin ones. In small letters, more pairs differ.
_AS_LATIN = str.maketrans(
    "АВЕКМНОРСТУХІӀЅЈԚԜӘ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEKMHOPCTYXIISJQWƏ" + "ABEZHIKMNOPTYX",
)  # fmt: skip
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_AROUND_HYPHENS = re.compile(" *-[ -]*")


def name_key(text):
    """Return what is equal for names that look the same to a reader.

    Capitals, ё for е, compatibility forms, spaces, apostrophes, hyphens, quotation marks, and lookalike letters of two
    alphabets do not tell names apart; accents and other letters do.
    """
    text = unicodedata.normalize("NFKC", normalize_line(text).translate(_NAME_SIGNS))
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).casefold()).replace("i\u0307", "i").replace("ё", "е")
    text = _AROUND_HYPHENS.sub("-", " ".join(text.translate(_NAME_SIGNS).split()))
    return unicodedata.normalize("NFC", text.upper()).translate(_AS_LATIN)


# Searches

# Within a word of two alphabets: letters that look alike in these cases.
_LATIN_LETTERS, _CYRILLIC_LETTERS = "aceopxyiABCEHKMOPTXYI", "асеорхуіАВСЕНКМОРТХУІ"
_TO_LATIN = str.maketrans(_CYRILLIC_LETTERS, _LATIN_LETTERS)
_TO_CYRILLIC = str.maketrans(_LATIN_LETTERS, _CYRILLIC_LETTERS)
_MIXED = re.compile("(?=[^\\W\\d_]*[A-Za-z])(?=[^\\W\\d_]*[\u0400-\u052f])[^\\W\\d_]+")


def fold(word):
    """Return `word` in small letters without accents: Қазақстан → казакстан, Málaga → malaga.

    A word of Latin and Cyrillic letters is taken for one of the alphabet that can spell all of it.
    """
    if word.isascii():
        return word.lower()
    word = _INVISIBLE.sub("", unicodedata.normalize("NFKC", word))
    return "".join(map(_fold_letter, _MIXED.sub(_in_one_alphabet, word).casefold().translate(_FOLDED)))


def _in_one_alphabet(match):
    word = match.group()
    spelt = [word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)]
    if sum(map(is_cyrillic, word)) * 2 < len(word):
        spelt.reverse()
    return next((each for each in spelt if not _MIXED.fullmatch(each)), word)


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


# Parts of texts, in SQL

_ALPHABETS = [(0x30, 0x58F), (0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x1E00, 0x1FFF), (0xFB00, 0xFB06), (0xFF10, 0xFF5A)]
_PASSED_OVER = f".·\u200c\u200d\u00ad\u200b\u0300-\u036f{APOSTROPHES}{HYPHENS}"
_OMISSIBLE = frozenset(f".·{APOSTROPHES}{HYPHENS}")


@cache
def _spellings():
    """Return for each folded letter, or two of them, the characters that fold to it."""
    found = {}
    for first, last in _ALPHABETS:
        for code in range(first, last + 1):
            letter = chr(code)
            if letter.isalnum() and (folded := fold(letter)):
                found.setdefault(folded, set()).add(letter)
    for latin, cyrillic in zip(_LATIN_LETTERS, _CYRILLIC_LETTERS, strict=True):
        found[fold(latin)].add(cyrillic)
        found[fold(cyrillic)].add(latin)
    return {folded: "".join(sorted(letters)) for folded, letters in found.items()}


@lru_cache(maxsize=1000)
def pattern_of(text):
    """Return a regular expression for where `text` stands in another one, by the letters of `fold()`.

    It is one of Python and of PostgreSQL. Apostrophes, hyphens and full stops within words are passed over on both
    sides, and separators between digits: G20 is found in G-20, 1000 in 1,000.
    """
    text = normalize_line(text)
    folded = fold(text) or text
    if any(letter not in _OMISSIBLE for letter in folded):
        folded = "".join(
            " " if letter in HYPHENS else letter for letter in folded if letter not in _OMISSIBLE - {*HYPHENS}
        )
        folded = " ".join(folded.split())
    return "".join(_pieces(folded))


def _pieces(folded):
    spellings, at, before = _spellings(), 0, " "
    while at < len(folded):
        letter, pair = folded[at], folded[at : at + 2]
        if " " not in (before, letter):
            yield f"[\\s,{_PASSED_OVER}]*" if before.isdigit() and letter.isdigit() else f"[{_PASSED_OVER}]*"
        if letter == " ":
            yield f"[\\s{_PASSED_OVER}]*"
        elif len(pair) == 2 and pair in spellings:  # ß and ss
            yield f"(?:{_any_of(spellings[pair])}|{_any_of(spellings[letter])}{_any_of(spellings[pair[1]])})"
            at += 1
        else:
            yield _any_of(spellings.get(letter, letter))
        before = folded[at]
        at += 1


def _any_of(letters):
    return f"[{letters}]" if len(letters) > 1 else re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", letters)
