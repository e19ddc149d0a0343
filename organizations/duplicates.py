"""Which organizations a new one may be: those of nearly the same name, or of its initials.

Candidates come from the index of the search, by the words of the name, misspelt ones too, so that names are never read
by the thousand; only those few are then compared letter by letter.
"""

from collections import Counter

from django.db.models import Q

from forum_site.core.text.folding import name_key, normalize_line
from forum_site.search.declaration import NAME, TITLE, searched_with
from forum_site.search.models import SearchPosting
from forum_site.search.suggestions import distance, proposed
from forum_site.search.tokens import STOP_WORDS, fold_word, terms, tokens
from organizations.models import Organization

MAX_NAME_LENGTH = 300  # characters
MAX_WORDS = 10
MAX_POSTINGS = 3000  # of a word; one that stands in more tells little
MAX_CANDIDATES = 60
MAX_FOUND = 5
MIN_INITIALS_LENGTH = 3
ALIKE = 0.75  # of the words of two names are the same

# Legal forms, folded: they come and go with the one who writes the name.
_LEGAL_FORMS = """
ag bv co corp corporation company gmbh inc incorporated jsc limited llc llp ltd nv oy plc pte pty sa sarl spa srl
ао оао зао пао ооо тоо гкп нао оюл ано нко жшс ак кеак
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())


def telling_words(name):
    """Return the words of a name, folded, in order, without legal forms and words like “the”."""
    found = [fold_word(name[token.start : token.end]) for token in tokens(name[:MAX_NAME_LENGTH], parts=False)]
    return [word for word in found if word and word not in STOP_WORDS and word not in LEGAL_FORMS] or found


def initials(name):
    return "".join(word[0] for word in telling_words(name))


def short(name):
    return "".join(filter(str.isalnum, fold_word(name)))


def find_duplicates(name, short_name="", itself=None):
    """Return up to `MAX_FOUND` organizations that one of this name may be, the likeliest first."""
    name, short_name = normalize_line(name), normalize_line(short_name)
    if not name:
        return []
    candidates = Organization.objects.filter(pk__in=candidate_keys(name, short_name)).exclude(pk=itself)
    likeness = {
        each: similarity(name, short_name, each)
        for each in candidates.only("name", "short_name", "slug", "city", "country")
    }
    found = [each for each in likeness if likeness[each]]
    return sorted(found, key=lambda each: (-likeness[each], each.name))[:MAX_FOUND]


def similarity(name, short_name, other):
    """Return how much an organization resembles one of this name: 0 for not, 1 for the same letters."""
    ours, theirs = telling_words(name), telling_words(other.name)
    if Counter(filter(str.isdigit, name)) != Counter(filter(str.isdigit, other.name)):
        return 0  # School No. 7 is not School No. 8.
    one, another = "".join(ours), "".join(theirs)
    if one == another or sorted(ours) == sorted(theirs):
        return 1
    shorts, their_shorts = {short(short_name)} - {""}, {short(other.short_name)} - {""}
    if shorts & their_shorts:
        return 0.95
    if (shorts & {initials(other.name)}) or (their_shorts & {initials(name), *shorts}):
        return 0.9 if len(min(shorts | their_shorts, key=len)) >= MIN_INITIALS_LENGTH else 0
    most = 2 if min(len(one), len(another)) >= 8 else 1
    is_near = abs(len(one) - len(another)) <= most and len(set(one) ^ set(another)) <= 2 * most and len(one) > 3
    if is_near and distance(one, another) <= most:
        return 0.8
    same = set(ours) & set(theirs)
    return (
        len(same) / len(set(ours) | set(theirs)) if len(same) >= 2 and len(same) >= ALIKE * len({*ours, *theirs}) else 0
    )


def candidate_keys(name, short_name):
    """Return the keys of the organizations that share most words with the name, the rarest words telling most."""
    asked = {}
    for word in [word for word in telling_words(name) if len(word) > 1][:MAX_WORDS]:
        asked[word] = set(terms(word))
    for word in filter(None, [short(short_name), initials(name)]):
        asked.setdefault(word, set(terms(word)))
    found = postings({term for all_terms in asked.values() for term in all_terms})
    unknown = [word for word in asked if not any(found.get(term) for term in asked[word])]
    meant = {term for word in unknown[:3] for better in proposed(word) for term in terms(better)}
    found |= postings(meant - set(found))
    weights = Counter()
    for entries in found.values():
        for entry in entries:
            weights[entry] += 1 / len(entries)
    keys = [searched_with(entry)[1] for entry, _weight in weights.most_common(MAX_CANDIDATES)]
    return [*keys, *of_the_same_name(name), *by_initials(short_name)]


def of_the_same_name(name):
    """Return the keys of organizations whose names a reader takes for the same, whatever the index knows of them."""
    rows = Organization.objects.order_by().filter(name__folded_contains=name).values_list("pk", "name")
    wanted = name_key(name)
    return [key for key, other in rows[:MAX_POSTINGS] if name_key(other) == wanted][:MAX_FOUND]


def postings(wanted):
    """Return for each term the entries of the organizations in whose name it stands, but for terms that are in most."""
    ranks = [Organization.search_index.rank(weight, None) for weight in (TITLE, NAME)]
    found = {}
    for term in wanted:
        entries = SearchPosting.objects.filter(term=term, rank__in=ranks).values_list("entry", flat=True)
        found[term] = list(entries[:MAX_POSTINGS])
    return found


def by_initials(short_name):
    """Return the keys of organizations whose names may have these initials: their words begin so, in any order."""
    letters = [letter for letter in short_name.strip().upper() if letter.isalnum()]
    if not MIN_INITIALS_LENGTH <= len(letters) <= MAX_WORDS:
        return []
    begins = [
        Q(
            *(
                (lookup, f"{before}{spelt}")
                for spelt in {letter, letter.lower()}
                for lookup, before in (("name__startswith", ""), ("name__contains", " "), ("name__contains", "-"))
            ),
            _connector=Q.OR,
        )
        for letter in set(letters)
    ]
    rows = Organization.objects.order_by().filter(*begins).values_list("pk", "name")
    wanted = short(short_name)
    return [key for key, other in rows[:MAX_POSTINGS] if initials(other) == wanted][:MAX_CANDIDATES]
