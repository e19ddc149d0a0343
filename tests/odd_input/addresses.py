"""Every address of the site, from its resolver, with rows that it may be about; and every parameter that is read."""

import ast
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, get_resolver, resolve

from tests.forum_site.test_permission_matrix import addresses as admin_addresses
from tests.forum_site.test_permission_matrix import one_of_each

SOURCES = ("forum_site", "events", "organizations")


def values(site):
    """What each parameter of a public address may be: the first leads to something, or nearly so."""
    return {
        "<slug:slug>": [site.published.slug, site.organization.slug, site.hidden[0].slug, site.hidden[4].slug],
        "<year:year>": ["2023"],
        "<month:month>": ["5"],
        "<cite_format:format>": ["bib", "ris"],
        "<hex:digest>": ["0" * 16],
        "<str:token>": [link.address.split("/")[2] for link in (site.link, site.ended_link)],
        "<int:pk>": [str(site.published.pk), str(site.hidden[0].pk), "999"],
        "<int:number>": ["1"],
        "<path:path>": ["pictures/none.jpg", site.picture.file.name],
    }


def public_routes():
    """Yield `(name, route)` of all that is not under /admin/."""
    yield from _routes(get_resolver().url_patterns)


def _routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name, route
        elif not route.startswith("admin/"):
            yield from _routes(pattern.url_patterns, route)


def parameters_of(route):
    return [f"<{part.partition('>')[0]}>" for part in route.split("<")[1:]]


def public_addresses(site):
    """Yield every public address once for each value of its first parameter."""
    known = values(site)
    for _name, route in public_routes():
        parameters = parameters_of(route)
        first = known[parameters[0]] if parameters else [""]
        for value in first:
            address = route
            for position, parameter in enumerate(parameters):
                address = address.replace(parameter, value if position == 0 else known[parameter][0])
            yield f"/{address}"


def every_address(site):
    return [*public_addresses(site), *dict.fromkeys(address for _shown, address in admin_addresses(site))]


# What is read beside the filters of lists: where one is led back to, what is searched for, and a page of anything.
BESIDE_FILTERS = {"q", "page", "next"}
# What pages of the desk read beside the lists: the history, the figures, a preview, what is typed.
OF_DESK = {"p", "with", "live", "draft", "format", "table", "from", "to", "step", "title", "name", "short_name", "page"}
OF_LISTS = {"o", "p", "q", "e", "all", "_to_field", "_popup", "_changelist_filters", "_facets"}
OF_AUTOCOMPLETE = {"app_label", "model_name", "field_name", "term", "page"}


def public_places(site):
    """Return `(address, parameter)` for each parameter that a public page reads."""
    places = []
    for address in dict.fromkeys(public_addresses(site)):
        view = getattr(resolve(address).func, "view_class", None)
        filters = getattr(view, "list_filters", None)
        names = {*getattr(view, "cached_params", {}), *(filters.patterns() if filters else ()), *BESIDE_FILTERS}
        places += [(address, name) for name in sorted(names)]
    return places


def desk_places(site):
    """Return `(address, parameter)` for the lists of the admin and its other pages, with lookups that nobody offers."""
    places = [("/admin/autocomplete/", name) for name in sorted(OF_AUTOCOMPLETE)]
    for model, address in lists_of_admin():
        offered = {each if isinstance(each, str) else each[0] for each in model.list_filter if not callable(each)}
        titled = {each.parameter_name for each in model.list_filter if getattr(each, "parameter_name", None)}
        names = {*OF_LISTS, *titled, *(f"{name}__exact" for name in offered), *(f"{name}__in" for name in offered)}
        names |= {"id__in", "pk__gt", "id__isnull", "pk__range", "user__password__startswith", "id__regex", "\x00"}
        if model.date_hierarchy:
            names |= {f"{model.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte")}
        places += [(address, name) for name in sorted(names)]
    lists = {address for address, _name in places}
    others = [address for address in one_of_each(site).values() if address not in lists]
    for number, address in enumerate(others):  # Each parameter at each third page.
        places += [(address, name) for name in sorted(OF_DESK)[number % 3 :: 3]]
    return places


def parameters_in_sources():
    """Return the names of parameters that our code reads from the address of a request, as it is written."""
    found = set()
    for folder in SOURCES:
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                found |= _named_in(node)
    return found


def _named_in(node):
    match node:
        case ast.Subscript(value=ast.Attribute(attr="GET"), slice=ast.Constant(value=str(name))):
            return {name}
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="GET")), args=[ast.Constant(value=str(name)), *_]):
            return {name}
        case ast.Compare(left=ast.Constant(value=str(name)), comparators=[ast.Attribute(attr="GET")]):
            return {name}
    return set()


def lists_of_admin():
    return [
        (model_admin, f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        for model, model_admin in admin.site._registry.items()
    ]
