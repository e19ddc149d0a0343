"""Where something was found: a text in pieces, of which those that were asked for are to be marked."""

import unicodedata
from typing import NamedTuple

from forum_site.search.tokens import tokens

LENGTH = 240  # characters
BEFORE = 70  # characters before the first thing that is marked
MAX_READ = 20_000  # characters of a text


class Piece(NamedTuple):
    text: str
    is_found: bool


def pieces(text, parse_query):
    """Return the whole text in pieces."""
    text = unicodedata.normalize("NFC", text)
    return _cut(text, spans(text, parse_query), 0, len(text))


def excerpt(texts, parse_query, fallback=""):
    """Return, in pieces, a passage of that text in which the most needs are met; else the beginning of the fallback."""
    best, best_spans, most = fallback, [], 0
    for text in texts:
        text = unicodedata.normalize("NFC", " ".join(text[:MAX_READ].split()))
        found = spans(text, parse_query)
        met = len({need for _start, _end, need in found})
        if met > most:
            best, best_spans, most = text, found, met
    first = best_spans[0][0] if best_spans else 0
    start = _word_begins(best, first - BEFORE) if first > BEFORE else 0
    end = len(best) if len(best) <= start + LENGTH else _word_ends(best, start + LENGTH)
    found = _cut(best, [span for span in best_spans if start <= span[0] and span[1] <= end], start, end)
    ellipsis = Piece("…", False)
    return [ellipsis] * (start > 0) + found + [ellipsis] * (end < len(best))


def spans(text, parse_query):
    """Return the start and the end of what meets a need, and which one, in order."""
    wanted = {term: number for number, need in enumerate(parse_query) for term in need.terms}
    return [
        (token.start, token.end, wanted[term]) for token in tokens(text) for term in token.terms[:2] if term in wanted
    ]


def _cut(text, found, start, end):
    cut, at = [], start
    for first, last, _need in sorted(found):
        if first < at and cut:  # Pairs of characters overlap, and a word may meet a need by both of its stems.
            cut[-1] = Piece(cut[-1].text + text[at:last], True) if last > at else cut[-1]
        else:
            cut += [Piece(text[at:first], False)] * (first > at) + [Piece(text[first:last], True)]
        at = max(at, last)
    return cut + [Piece(text[at:end], False)] * (end > at)


def _word_begins(text, at):
    space = text.find(" ", at, at + 30)
    return space + 1 if space >= 0 else at


def _word_ends(text, at):
    space = text.rfind(" ", at - 30, at)
    return space if space >= 0 else at
