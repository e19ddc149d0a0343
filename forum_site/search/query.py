"""From what was typed to what is found, at a cost that does not grow with the site.

Of each term the best postings are read, so many and no more. Of the rarest need more are read, and held against the
others: all needs have to be met. Then the real tables are asked which rows the public may see at this moment. Ranks are
whole numbers and no two results are equal, so that every database finds the same in the same order.
"""

from django.db import connection
from django.db.models import Exists, F, OuterRef, Value

from forum_site.search.declaration import NUMBERS, registry, searched_with
from forum_site.search.models import SearchPosting, SearchSpelling
from forum_site.search.tokens import QueryTerm, fold_word, parse_query, terms

FIRST_READ = 300  # postings of each term
MAX_HELD = 10_000  # postings of the rarest need, times needs that they are held against
MIN_READ, MAX_READ = 1000, 2500  # of the rarest need, whatever that makes
MAX_RANKED, AT_ONCE = 1000, 250  # that are asked for whether they are public
MAX_FOUND = 200
MAX_KEYS = 5000  # of rows with a term, for `matching()`; rows with a more frequent one are not read in advance
MAX_COMPLETIONS = 100  # words

# Django limits the parts of a union on some databases only; as subqueries, all know them.
BEST_OF_A_TERM = """
SELECT * FROM (
    SELECT term, entry, rank FROM search_searchposting WHERE term = %s ORDER BY rank DESC, entry LIMIT %s
) AS best
"""
# Entry by entry, by the primary key: joined, SQLite would read all that a term has.
HELD_AGAINST = """
SELECT held.column1, (
    SELECT MAX(posting.rank) FROM search_searchposting AS posting
    WHERE posting.entry = held.column1 AND posting.term IN (TERMS)
)
FROM (VALUES HELD) AS held
"""


def find(wanted):
    """Return the entries that meet each of these `QueryTerm`s, the best first, at most `MAX_FOUND`."""
    if not wanted:
        return []
    first = best_postings({term for need in wanted for term in need.terms}, FIRST_READ)
    rarest, *others = sorted(wanted, key=lambda need: rarity(need, first))
    if is_whole(rarest, first):
        ranks = best_of(rarest, first)
    else:
        limit = max(MIN_READ, min(MAX_READ, MAX_HELD // len(wanted))) if others else MAX_RANKED
        ranks = best_of(rarest, best_postings(rarest.terms, limit))
    for need in others:
        met = best_of(need, first) if is_whole(need, first) else ranks_in(need, ranks)
        ranks = {entry: rank + met[entry] for entry, rank in ranks.items() if entry in met}
    best = sorted(ranks, key=lambda entry: (-ranks[entry], -entry))[:MAX_RANKED]
    found = []
    while best and len(found) < MAX_FOUND:
        some, best = best[:AT_ONCE], best[AT_ONCE:]
        seen = public(some)
        found += [entry for entry in some if entry in seen]
    return found[:MAX_FOUND]


def is_whole(need, first):
    """Return whether all postings of the need are among the first."""
    return all(len(first[term]) < FIRST_READ for term in need.terms)


def rarity(need, first):
    """Return what orders needs, the rarest first: how many postings there are, or how soon the good ones end."""
    if is_whole(need, first):
        return (0, sum(len(first[term]) for term in need.terms))
    return (1, max(min(first[term].values()) for term in need.terms if len(first[term]) == FIRST_READ))


def best_postings(terms, limit):
    """Return for each term the best of its postings, at most `limit`, as `{entry: rank}`; one statement."""
    found = {term: {} for term in sorted(terms)}
    with connection.cursor() as cursor:
        parameters = [parameter for term in found for parameter in (term, limit)]
        cursor.execute(" UNION ALL ".join([BEST_OF_A_TERM] * len(found)), parameters)
        for term, entry, rank in cursor.fetchall():
            found[term][entry] = rank
    return found


def best_of(need: QueryTerm, postings):
    """Return `{entry: rank}` of what meets the need, by whichever of its terms is the better one."""
    ranks = {}
    for term in need.terms:
        for entry, rank in postings[term].items():
            ranks[entry] = max(rank, ranks.get(entry, 0))
    return ranks


def ranks_in(need: QueryTerm, entries):
    """Return `{entry: rank}` of those entries that meet the need."""
    if not entries:
        return {}
    held, terms = ", ".join(["(%s)"] * len(entries)), ", ".join(["%s"] * len(need.terms))
    with connection.cursor() as cursor:
        cursor.execute(HELD_AGAINST.replace("HELD", held).replace("TERMS", terms), [*need.terms, *entries])
        return {entry: rank for entry, rank in cursor.fetchall() if rank}


def public(entries):
    """Return those entries whose rows the public may see at this moment: what the real tables say, in one statement."""
    keys = {number: [] for number in sorted(registry)}
    for entry in entries:
        search_index, key = searched_with(entry)
        if search_index:
            keys[search_index.number].append(key)
    asked = [
        registry[number].public().order_by().filter(pk__in=some).values_list(Value(number), "pk")
        for number, some in keys.items()
        if some
    ]
    if not asked:
        return set()
    return {registry[number].entry(key) for number, key in asked[0].union(*asked[1:], all=True)}


# For staff


def matching(search_index, rows, text):
    """Return those of `rows` that all words of a text find, hidden ones too; its last word may be a beginning.

    Unlike `find()` it keeps the order of `rows` and misses nothing. The keys of rows with a rare word are read in
    advance; a frequent word is looked up row by row, so that a slice of the result reads little more than itself.
    """
    wanted = completed(parse_query(text), text)
    if not wanted:
        return rows.none()
    for need in wanted:
        postings = SearchPosting.objects.filter(term__in=need.terms)
        own = postings.alias(number=F("entry") % NUMBERS).filter(number=search_index.number)
        entries = set(own.values_list("entry", flat=True)[: MAX_KEYS + 1])
        if len(entries) <= MAX_KEYS:
            rows = rows.filter(pk__in=[entry // NUMBERS for entry in entries])
        else:
            rows = rows.filter(Exists(postings.filter(entry=OuterRef("pk") * NUMBERS + search_index.number)))
    return rows


def completed(wanted, text):
    """Return these `QueryTerm`s; what the text ends with is met by the words that begin so, too."""
    if not wanted or not text.endswith(wanted[-1].word):
        return wanted
    *others, last = wanted
    start = fold_word(last.word)
    spellings = SearchSpelling.objects.filter(head=start[:2], word__startswith=start).order_by("length", "word")
    words = spellings.values_list("word", flat=True)[:MAX_COMPLETIONS] if len(start) > 1 else ()
    found = [*last.terms, *(term for word in words for term in terms(word))]
    return [*others, QueryTerm(last.word, tuple(dict.fromkeys(found)))]
