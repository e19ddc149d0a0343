"""What the page prints of what was found."""

from typing import NamedTuple

from django.utils.text import capfirst

from forum_site.core.text.folding import fold
from forum_site.search.declaration import searched_with
from forum_site.search.highlight import excerpt, pieces
from forum_site.search.query import MAX_FOUND, find
from forum_site.search.suggestions import suggest
from forum_site.search.tokens import parse_query


class Found(NamedTuple):
    """Entries of the index, the best first, and what to mark in them; `shown_for` if it is not what was typed."""

    entries: list
    parse_query: list
    shown_for: str = ""
    respelt: tuple = ()  # the words of `shown_for` that are not as they were typed, in folded letters

    @property
    def is_cut(self):
        return len(self.entries) == MAX_FOUND


class Result(NamedTuple):
    row: object
    label: str
    title: list
    excerpt: list
    line: str  # the template of a line that tells more
    written: object  # has the language of its texts


def search(text):
    """Return what is `Found` for a text that was typed; where that is nothing, what is found for the text mended."""
    wanted = parse_query(text)
    entries = find(wanted)
    if not entries and (mended := suggest(text)):
        wanted_instead = parse_query(mended.text)
        if entries := find(wanted_instead):
            return Found(entries, wanted_instead, mended.text, mended.words)
    return Found(entries, wanted)


def results(entries, wanted):
    """Return the `Result`s of these entries in their order, less those whose rows the public does not see any more."""
    keys = {}
    for entry in entries:
        search_index, key = searched_with(entry)
        keys.setdefault(search_index, []).append(key)
    found = {
        search_index.entry(row.pk): result(search_index, row, wanted)
        for search_index, some in keys.items()
        for row in search_index.load(some, search_index.public())
    }
    return [found[entry] for entry in entries if entry in found]


def result(search_index, row, wanted):
    quotable = list(search_index.quotable(row))
    return Result(
        row=row,
        label=capfirst(search_index.model._meta.verbose_name),
        title=pieces(getattr(row, search_index.title), wanted),
        excerpt=excerpt(quotable, wanted, fallback=quotable[0] if quotable else ""),
        line=search_index.line,
        written=search_index.written(row),
    )


def as_written(found, shown):
    """Return `shown_for` with its respelt words as they stand in the results that are shown: Chongqing."""
    text = found.shown_for
    for word in found.respelt:
        marked = (piece.text for each in shown for piece in [*each.title, *each.excerpt] if piece.is_found)
        text = text.replace(word, next((piece for piece in marked if fold(piece) == word), word))
    return text
