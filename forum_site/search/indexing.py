"""Brings entries of the index in step with their rows: the one place that writes it.

`index(entries)` takes keys of the index, whether their rows are there or not: what is gone leaves the index. Within
`batch_indexing()` they are collected, and indexed at its end at one go, so that an event with sixty rows is one event.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from forum_site.search.declaration import searched_with
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling

BATCH = 200  # entries
ROWS = 1000  # in one statement
INSERT = "INSERT INTO search_searchposting (entry, term, rank) VALUES "
MIN_SPELLING_LENGTH, MAX_SPELLING_LENGTH = 4, 30  # letters

_waiting = ContextVar("waiting", default=None)


@contextmanager
def batch_indexing():
    """Index at the end, in the same transaction, what is saved in here; within another one, at the end of that."""
    if _waiting.get() is not None:
        yield
        return
    with transaction.atomic():
        token = _waiting.set(set())
        try:
            yield
            entries = _waiting.get()
        finally:
            _waiting.reset(token)
        index(entries)


def index(entries):
    """Bring the entries with these keys in step with their rows."""
    if _waiting.get() is not None:
        _waiting.get().update(entries)
        return
    for batch in batches(sorted(entries)):
        index_batch(batch)


def batches(entries, size=BATCH):
    return (entries[at : at + size] for at in range(0, len(entries), size))


@transaction.atomic
def index_batch(entries, anew=False):
    """Write what has changed of a few entries, or all if `anew`; return the words that stand in what was written."""
    # Whoever comes second waits here, and then reads what the first has saved.
    SearchEntry.objects.bulk_create([SearchEntry(pk=entry) for entry in entries], ignore_conflicts=True)
    locked = SearchEntry.objects.select_for_update().filter(pk__in=entries).order_by("pk")
    digests = dict(locked.values_list("pk", "digest"))
    found = contents(entries)
    changed = [entry for entry in entries if entry in found and (anew or found[entry][1].digest != digests[entry])]
    gone = [entry for entry in entries if entry not in found]
    SearchPosting.objects.filter(entry__in=changed + gone).delete()
    insert(
        (entry, term, rank)
        for entry in changed
        for term, rank in sorted(found[entry][0].ranks(found[entry][1]).items())
    )
    if changed:
        SearchEntry.objects.bulk_create(
            [SearchEntry(pk=entry, digest=found[entry][1].digest) for entry in changed],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["digest"],
        )
    if gone:
        SearchEntry.objects.filter(pk__in=gone).delete()
    return note_spellings({word for entry in changed for word in found[entry][1].words()})


def insert(postings):
    """Add so many rows as fast as can be: `bulk_create()` takes five times as long."""
    postings = list(postings)
    with connection.cursor() as cursor:
        for batch in batches(postings, ROWS):
            values = ", ".join(["(%s, %s, %s)"] * len(batch))
            cursor.execute(INSERT + values, [value for posting in batch for value in posting])


def contents(entries):
    """Return for each entry that has a row its `SearchIndex` and its `Content`."""
    by_model = {}
    for entry in entries:
        search_index, key = searched_with(entry)
        by_model.setdefault(search_index, []).append(key)
    return {
        search_index.entry(row.pk): (search_index, search_index.content(row))
        for search_index, keys in by_model.items()
        for row in (search_index.load(keys) if search_index else ())
    }


def note_spellings(words):
    """Remember how these words are spelt; return them. Those that no text has any more are left to the next rebuild."""
    words = {word for word in words if MIN_SPELLING_LENGTH <= len(word) <= MAX_SPELLING_LENGTH}
    if words:
        known = set(SearchSpelling.objects.filter(word__in=words).values_list("word", flat=True))
        SearchSpelling.objects.bulk_create(
            SearchSpelling(word=word, head=word[:2], tail=word[-2:], length=len(word)) for word in sorted(words - known)
        )
    return words
