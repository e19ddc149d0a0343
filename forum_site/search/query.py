"""From what was typed to what is found, at a cost that does not grow with the site.

Of each term the best postings are read, so many and no more. The need with the fewest is what the others are held
against: all needs have to be met. Then the real tables are asked which rows the public may see at this moment. Ranks
are whole numbers and no two results are equal, so that every database finds the same in the same order.
"""

from django.db import connection
from django.db.models import Value

from forum_site.search.models import SearchPosting
from forum_site.search.searched import registry, searched_with
from forum_site.search.words import Need

MOST_READ = 6000  # postings in all
MOST_OF_A_TERM, LEAST_OF_A_TERM = 2000, 300
MOST_RANKED = 1000  # that are asked for whether they are public
MOST_FOUND = 200

# Django limits the parts of a union on some databases only; as subqueries, all know them.
BEST_OF_A_TERM = """
SELECT * FROM (
    SELECT term, entry, rank FROM forum_site_searchposting WHERE term = %s ORDER BY rank DESC, entry LIMIT %s
) AS best
"""


def find(wanted):
    """Return the entries that meet each of these `Need`s, the best first, at most `MOST_FOUND`."""
    terms = {term for need in wanted for term in need.terms}
    if not terms:
        return []
    limit = min(MOST_OF_A_TERM, max(LEAST_OF_A_TERM, MOST_READ // len(terms)))
    postings = best_postings(terms, limit)
    fewest, *others = sorted(wanted, key=lambda need: sum(len(postings[term]) for term in need.terms))
    ranks = best_of(fewest, postings)
    for need in others:
        met = best_of(need, postings)
        if any(len(postings[term]) == limit for term in need.terms):
            met |= ranks_in(need, ranks.keys() - met.keys())
        ranks = {entry: rank + met[entry] for entry, rank in ranks.items() if entry in met}
    best = sorted(ranks, key=lambda entry: (-ranks[entry], -entry))[:MOST_RANKED]
    seen = public(best)
    return [entry for entry in best if entry in seen][:MOST_FOUND]


def best_postings(terms, limit):
    """Return for each term the best of its postings, at most `limit`, as `{entry: rank}`; one statement."""
    found = {term: {} for term in sorted(terms)}
    with connection.cursor() as cursor:
        parameters = [parameter for term in found for parameter in (term, limit)]
        cursor.execute(" UNION ALL ".join([BEST_OF_A_TERM] * len(found)), parameters)
        for term, entry, rank in cursor.fetchall():
            found[term][entry] = rank
    return found


def best_of(need: Need, postings):
    """Return `{entry: rank}` of what meets the need, by whichever of its terms is the better one."""
    ranks = {}
    for term in need.terms:
        for entry, rank in postings[term].items():
            ranks[entry] = max(rank, ranks.get(entry, 0))
    return ranks


def ranks_in(need: Need, entries):
    """Return `{entry: rank}` of those entries that meet the need."""
    found = SearchPosting.objects.filter(term__in=need.terms, entry__in=sorted(entries))
    return dict(found.order_by("rank").values_list("entry", "rank"))  # Of two ranks, the better one stays.


def public(entries):
    """Return those entries whose rows the public may see at this moment: what the real tables say, in one statement."""
    keys = {number: [] for number in sorted(registry)}
    for entry in entries:
        searched, key = searched_with(entry)
        if searched:
            keys[searched.number].append(key)
    asked = [
        registry[number].public().order_by().filter(pk__in=some).values_list(Value(number), "pk")
        for number, some in keys.items()
        if some
    ]
    if not asked:
        return set()
    return {registry[number].entry(key) for number, key in asked[0].union(*asked[1:], all=True)}
