"""What the page prints of what was found."""

from typing import NamedTuple

from django.utils.text import capfirst

from forum_site.core.text.folding import fold
from forum_site.search.declaration import searched_with
from forum_site.search.highlight import excerpt, pieces
from forum_site.search.query import MOST_FOUND, find
from forum_site.search.suggestions import mend
from forum_site.search.tokens import needs


class Found(NamedTuple):
    """Entries of the index, the best first, and what to mark in them; `shown_for` if it is not what was typed."""

    entries: list
    needs: list
    shown_for: str = ""
    respelt: tuple = ()  # the words of `shown_for` that are not as they were typed, in folded letters

    @property
    def is_cut(self):
        return len(self.entries) == MOST_FOUND


class Result(NamedTuple):
    row: object
    label: str
    title: list
    excerpt: list
    line: str  # the template of a line that tells more
    written: object  # has the language of its texts


def search(text):
    """Return what is `Found` for a text that was typed; where that is nothing, what is found for the text mended."""
    wanted = needs(text)
    entries = find(wanted)
    if not entries and (mended := mend(text)):
        wanted_instead = needs(mended.text)
        if entries := find(wanted_instead):
            return Found(entries, wanted_instead, mended.text, mended.words)
    return Found(entries, wanted)


def results(entries, wanted):
    """Return the `Result`s of these entries in their order, less those whose rows the public does not see any more."""
    keys = {}
    for entry in entries:
        searched, key = searched_with(entry)
        keys.setdefault(searched, []).append(key)
    found = {
        searched.entry(row.pk): result(searched, row, wanted)
        for searched, some in keys.items()
        for row in searched.load(some, searched.public())
    }
    return [found[entry] for entry in entries if entry in found]


def result(searched, row, wanted):
    quotable = list(searched.quotable(row))
    return Result(
        row=row,
        label=capfirst(searched.model._meta.verbose_name),
        title=pieces(getattr(row, searched.title), wanted),
        excerpt=excerpt(quotable, wanted, fallback=quotable[0] if quotable else ""),
        line=searched.line,
        written=searched.written(row),
    )


def as_written(found, shown):
    """Return `shown_for` with its respelt words as they stand in the results that are shown: Chongqing."""
    text = found.shown_for
    for word in found.respelt:
        marked = (piece.text for each in shown for piece in [*each.title, *each.excerpt] if piece.is_found)
        text = text.replace(word, next((piece for piece in marked if fold(piece) == word), word))
    return text
