"""The index as a whole: made anew from the rows, and compared with them, by batches, which tell how far it is."""

from forum_site.search.declaration import registry, searched_with
from forum_site.search.indexing import BATCH, contents, index_batch
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling


def rebuild():
    """Write all entries anew, and take out what is left over; yield how far it is, up to 1, and the rows of a batch."""
    last_spelling = SearchSpelling.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    spellings = set()
    for done, entries in batches_of_rows():
        spellings |= index_batch(entries, anew=True)
        yield done, len(entries)
    for entries in batches_left_over():
        index_batch(entries)
    old = SearchSpelling.objects.filter(pk__lte=last_spelling)
    for batch in in_order(old, "pk"):
        words = set(old.filter(pk__in=batch).values_list("word", flat=True)) - spellings
        old.filter(pk__in=batch, word__in=words).delete()


def differences():
    """Yield how far it is, and those entries of a batch whose index is not what their rows give; change nothing."""
    for done, entries in batches_of_rows():
        found = contents(entries)
        expected = {
            (entry, term, rank)
            for entry, (search_index, content) in found.items()
            for term, rank in search_index.ranks(content).items()
        }
        stored = set(SearchPosting.objects.filter(entry__in=entries).values_list("entry", "term", "rank"))
        digests = dict(SearchEntry.objects.filter(pk__in=entries).values_list("pk", "digest"))
        different = {entry for entry, _term, _rank in expected ^ stored}
        different |= {entry for entry, (_searched, content) in found.items() if digests.get(entry) != content.digest}
        yield done, sorted(different)
    for entries in batches_left_over():
        yield 1, entries


def batches_of_rows():
    """Yield how far it is, and the entries of all rows, as many as one transaction takes."""
    total = sum(search_index.model._base_manager.count() for search_index in registry.values())
    passed = 0
    for search_index in registry.values():
        for keys in in_order(search_index.model._base_manager.all(), "pk"):
            passed += len(keys)
            yield min(1, passed / total), [search_index.entry(key) for key in keys]


def batches_left_over():
    """Yield entries whose rows are gone."""
    for batch in in_order(SearchEntry.objects.all(), "pk"):
        if left_over := sorted(set(batch) - with_rows(batch)):
            yield left_over
    for batch in in_order(SearchPosting.objects.all(), "entry"):
        known = SearchEntry.objects.filter(pk__in=batch).values_list("pk", flat=True)
        if left_over := sorted(set(batch) - set(known)):
            yield left_over


def with_rows(entries):
    found = set()
    for search_index in registry.values():
        keys = [key for model, key in map(searched_with, entries) if model is search_index]
        found |= {
            search_index.entry(key)
            for key in search_index.model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)
        }
    return found


def in_order(rows, field):
    """Yield the different values of a field, a batch at a time, while rows come and go."""
    last = -1
    values = rows.order_by(field).values_list(field, flat=True).distinct()
    while batch := list(values.filter(**{f"{field}__gt": last})[:BATCH]):
        yield batch
        last = batch[-1]


def name_of(entry):
    search_index, key = searched_with(entry)
    return f"{search_index.model._meta.label if search_index else '?'} {key}"
