"""Who gets a stored file: everybody, as long as the public sees a row that shows it; else who may view such a row.

Rows show files by their file fields and by their rich texts. Each model of `CONTENT_APPS` that has a file field has a
`published()`; which texts name a file is looked up in the index of the search. So a file is asked for by a few
statements that each find their rows by an index, and one that nothing public names is missing for the public.
"""

from functools import cache
from re import Match
from re import compile as pattern

from django.conf import settings
from django.contrib import admin
from django.core import signing
from django.db.models import FileField, Value

from forum_site.media.renditions import original_names
from forum_site.pagecache.triggers import models_on_public_pages
from forum_site.search.declaration import file_term, searched_with
from forum_site.search.models import SearchPosting

SIGNER = signing.TimestampSigner(salt="forum_site.media.storage")
PARAMETER = "key"
SIGNED_SECONDS = 3600  # for which a signed address opens its file

_ATTRIBUTE = pattern(r' (?:src|srcset|href|content)="[^"]*"')
_ADDRESS = pattern(rf"{settings.MEDIA_URL}([\w./-]+)")


@cache
def file_fields():
    """Return all file fields of rows that pages print."""
    return [field for model in models_on_public_pages() for field in model._meta.fields if isinstance(field, FileField)]


def names_of(path):
    """Return the names by which rows may name the file at a path: its own or, of a rendition, that of its picture."""
    return original_names(path) or [path]


def is_public(names):
    """Return whether the public sees at this moment a row that shows one of these files."""
    return is_named(names, lambda model: model._default_manager.published()) or any(
        search_index.model._default_manager.published().filter(pk__in=keys).exists()
        for search_index, keys in texts_naming(names).items()
    )


def is_named(names, rows_of):
    """Return whether a file field of the rows that `rows_of(model)` returns has one of these names. One statement."""
    naming = [
        rows_of(field.model).filter(**{f"{field.name}__in": names}).order_by().values_list(Value(1))
        for field in file_fields()
    ]
    return bool(naming[0].union(*naming[1:], all=True)[:1])


def texts_naming(names):
    """Return the keys of the rows whose rich texts name one of these files, by their `SearchIndex`."""
    found = {}
    terms = [file_term(name) for name in names]
    for entry in SearchPosting.objects.filter(term__in=terms).values_list("entry", flat=True):
        search_index, key = searched_with(entry)
        if search_index:
            found.setdefault(search_index, []).append(key)
    return found


def may_view(request, names):
    """Return whether who asks may view, in the admin, a row that shows one of these files.

    Whoever may view all kinds of rows with files may view files that only a version of an event still names.
    """
    if not admin.site.has_permission(request):
        return False
    viewable = {model for model in models_with_files() if may_view_rows_of(request.user, model)}
    if viewable == models_with_files():
        return True
    return is_named(
        names, lambda model: model._base_manager.all() if model in viewable else model._base_manager.none()
    ) or any(may_view_rows_of(request.user, search_index.model) for search_index in texts_naming(names))


def models_with_files():
    return {field.model for field in file_fields()}


def may_view_rows_of(user, model):
    return any(
        user.has_perm(f"{model._meta.app_label}.{right}_{model._meta.model_name}") for right in ("view", "change")
    )


def is_signed(path, key):
    """Return whether `key` opens the file at `path` now."""
    try:
        return SIGNER.unsign(f"{path}:{key}", max_age=SIGNED_SECONDS) == path
    except signing.BadSignature:
        return False


def with_signed_files(html):
    """Return a page whose files open for whoever has the page, for `SIGNED_SECONDS`, though the public gets none."""
    return _ATTRIBUTE.sub(lambda attribute: _ADDRESS.sub(_signed, attribute[0]), html)


def _signed(address: Match):
    key = SIGNER.sign(address[1]).removeprefix(f"{address[1]}:")
    return f"{address[0]}?{PARAMETER}={key}"
