"""What may have been meant where nothing was found: the same keys on another keyboard, or a word spelt nearly so.

Only words that stand where the public can see them count, as known and as proposed: nothing tells of what is hidden.
"""

import re
from typing import NamedTuple

from forum_site.search.keyboards import on_other_keyboards
from forum_site.search.models import SearchSpelling
from forum_site.search.query import best_postings, public
from forum_site.search.tokens import MAX_QUERY_TERMS, STOP_WORDS, fold_word, parse_query

MAX_CORRECTED = 3  # words
MAX_CANDIDATES = 2000  # that are compared with a word, for each of two ways to it
MAX_TRIED = 5
MAX_TERMS = 100  # that are looked for at once
BEST_READ = 50  # postings in which a word is looked for that the public can see
MIN_CORRECTED_LENGTH = 4  # letters
LONG_WORD = 7  # letters; from here on, two of them may be wrong


class Suggestion(NamedTuple):
    text: str
    words: tuple


def suggest(text):
    """Return the text with what is unknown in it exchanged for what is known, or None where nothing can be done."""
    chunks = text.split()[:MAX_QUERY_TERMS]
    ways = {chunk: [chunk, *on_other_keyboards(chunk)] for chunk in chunks if fold_word(chunk) not in STOP_WORDS}
    known = Vocabulary(way for all_ways in ways.values() for way in all_ways)
    unknown, found = [], {}
    for chunk in ways:
        found[chunk] = next((way for way in ways[chunk] if known.has(way)), chunk)
        if not known.has(found[chunk]):
            unknown += [need.word for need in parse_query(chunk) if not known.has(need.word)]
    spelt = respell(unknown[:MAX_CORRECTED])
    for chunk in ways:
        for word, better in spelt.items():
            found[chunk] = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", better, found[chunk])
    mended = " ".join(found.get(chunk, chunk) for chunk in chunks)
    return Suggestion(mended, tuple(spelt.values())) if mended != " ".join(chunks) else None


class Vocabulary:
    """Which of some texts the public can find, each by itself; three statements."""

    def __init__(self, texts):
        terms = dict.fromkeys(term for text in texts for need in parse_query(text) for term in need.terms)
        postings = best_postings(list(terms)[:MAX_TERMS], BEST_READ) if terms else {}
        seen = public({entry for entries in postings.values() for entry in entries})
        self._terms = {term for term, entries in postings.items() if seen.intersection(entries)}

    def has(self, text):
        wanted = parse_query(text)
        return bool(wanted) and all(self._terms.intersection(need.terms) for need in wanted)


def respell(words):
    """Return for those of the words that are spelt nearly like one that the public can find the nearest such word."""
    proposals = {word: proposed(fold_word(word)) for word in words}
    known = Vocabulary(proposal for all_proposals in proposals.values() for proposal in all_proposals)
    found = {word: next(filter(known.has, proposals[word]), None) for word in words}
    return {word: better for word, better in found.items() if better}


def proposed(word):
    """Return the words that are spelt nearly like this one, the nearest first, at most `MAX_TRIED`."""
    if len(word) < MIN_CORRECTED_LENGTH or not word.isalpha():
        return []
    most = 2 if len(word) >= LONG_WORD else 1
    near = SearchSpelling.objects.filter(length__range=(len(word) - most, len(word) + most)).order_by("length", "pk")
    candidates = {
        candidate
        for same in ({"head": word[:2]}, {"tail": word[-2:]})
        for candidate in near.filter(**same).values_list("word", flat=True)[:MAX_CANDIDATES]
    }
    distances = {
        candidate: distance(word, candidate)
        for candidate in candidates - {word}
        if len(set(word) ^ set(candidate)) <= 2 * most
    }
    nearest = sorted(
        (candidate for candidate in distances if distances[candidate] <= most),
        key=lambda candidate: (distances[candidate], candidate[0] != word[0], candidate),
    )
    return nearest[:MAX_TRIED]


def distance(one, other):
    """Return how many letters have to be put in, taken out, exchanged, or swapped with their neighbour."""
    before, row = [], list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, above, row = row, before, [at]
        for to, opposite in enumerate(other, start=1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != opposite))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == opposite:
                cost = min(cost, above[to - 2] + 1)
            row.append(cost)
    return row[-1]
