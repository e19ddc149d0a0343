"""Every address of the site, from the resolver, with arguments that name what is there; and those with parameters."""

import re

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from events.models import Agreement, AgreementParty, Event, OldEventSlug, PreviewLink
from events.website.exports.share_image import picture_address
from organizations.models import Organization

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
APPS = ("auth", "events", "organizations")
# Views that say nowhere which parameters they read.
READ = {
    "search": {"q": "forum", "page": "1"},
    "account_login": {"next": "/admin/"},
    "admin:login": {"next": "/admin/"},
    "admin:autocomplete": {
        "app_label": "events",
        "model_name": "participation",
        "field_name": "organization",
        "term": "inst",
        "page": "1",
    },
    "admin:events_event_propose_slug": {"title": "Forum"},
    "admin:organizations_organization_propose_slug": {"title": "Institute"},
    "admin:organizations_organization_looks_like": {"name": "Institute", "short_name": "In"},
    "admin:organizations_organization_merge": {"keep": "1", "give_up": "2"},
    "admin:events_event_bin": {"p": "1"},
    "admin:events_event_shows": {
        "first": "2023-01-01",
        "last": "2023-12-31",
        "step": "day",
        "format": "csv",
        "table": "days",
    },
}
# What well-formed values of parameters look like.
VALUES = {
    "kind": "forum",
    "year": "2023",
    "country": "CN",
    "role": "host",
    "series": "1",
    "tag": "ports",
    "day": "2023-05-17",
    "sort": "oldest",
    "page": "1",
    "from": "2023",
    "to": "2023",
    "status": "in_force",
}


def patterns(found=None, route="", namespaces=()):
    """Yield `(name, route, view)` of all patterns, those that are included too; those without a route are made one."""
    for pattern in get_resolver().url_patterns if found is None else found:
        if isinstance(pattern, URLPattern):
            if isinstance(pattern.pattern, RoutePattern):
                yield ":".join((*namespaces, pattern.name or "")), route + str(pattern.pattern), pattern.callback
            elif pattern.name == "app_list":
                yield from ((pattern.name, f"{route}{label}/", pattern.callback) for label in APPS)
            else:
                yield "", f"{route}no-such-page", pattern.callback
        else:
            more = (pattern.namespace,) if pattern.namespace else ()
            yield from patterns(pattern.url_patterns, route + str(pattern.pattern), (*namespaces, *more))


def all_addresses():
    """Return every address, each with the arguments of a few things that are there, in the order of the resolver."""
    found = {}
    for name, route, _view in patterns():
        for address in filled(name, f"/{route}"):
            found[address] = name
    return list(found)


def filled(name, route):
    names = PARAMETER.findall(route)
    choices = [{}]
    for parameter in names:
        choices = [{**chosen, parameter: value} for chosen in choices for value in values_of(parameter, name)]
    for chosen in choices[:20]:
        yield PARAMETER.sub(lambda match, chosen=chosen: str(chosen[match[1]]), route)


def values_of(parameter, name):
    """Return a few values of a route's parameter that lead to something, and to something that is hidden."""
    if parameter == "slug" and name.startswith("organizations:"):
        return list(Organization.objects.values_list("slug", flat=True)[:2])
    if parameter in ("pk", "object_id", "id") and name.startswith("admin:"):
        return keys_of_model(name)
    events = Event.objects.filter(pk__in=some_events())
    return {
        "slug": lambda: [*events.values_list("slug", flat=True), *OldEventSlug.objects.values_list("slug")[:1]],
        "pk": lambda: list(events.values_list("pk", flat=True)),
        "year": lambda: ["2023"],
        "month": lambda: ["5", "12"],
        "format": lambda: ["bib", "ris"],
        "digest": lambda: [picture_address(events.first()).rpartition("/")[2].removesuffix(".png"), "0" * 16],
        "token": lambda: [link.address.split("/")[2] for link in PreviewLink.objects.all()[:1]] + ["forged:token"],
        "number": lambda: ["1", "2"],
        "path": lambda: [*media()[:4], "pictures/none.jpg"],
        "content_type_id": lambda: ["1", "20"],
        "object_id": lambda: ["1"],
    }[parameter]()


def some_events():
    """Return the keys of a published event and of all that are hidden."""
    shown = Event.objects.published().order_by("pk").values_list("pk", flat=True)[:1]
    return sorted([*shown, *Event.objects.hidden().values_list("pk", flat=True)])


def model_of(name):
    label, _, rest = name.removeprefix("admin:").partition("_")
    return apps.get_model(label, rest.partition("_")[0]) if label in apps.app_configs else None


def keys_of_model(name):
    model = model_of(name)
    if model is Event:
        return some_events()
    return list(model._base_manager.order_by("pk").values_list("pk", flat=True)[:1]) if model else ["1"]


def media():
    root = settings.MEDIA_ROOT
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.*") if path.is_file())


def with_parameters():
    """Return `(path, parameters)` of each address that reads some, with values that it takes."""
    found = []
    for name, route, view in patterns():
        read = READ.get(name) or dict.fromkeys(getattr(getattr(view, "view_class", None), "cached_params", {}), "")
        if name.endswith("_changelist"):
            read = of_changelist(admin.site.get_model_admin(model_of(name)))
        if read:
            address = next(iter(filled(name, f"/{route}")))
            found.append((address, {key: value or sample_of(key, name) for key, value in read.items()}))
    return found


def sample_of(parameter, name):
    if parameter in ("organization", "party", "with"):
        return AgreementParty.objects.values_list("organization__slug", flat=True)[0]
    if parameter == "kind" and name == "events:agreements":
        return Agreement.objects.values_list("kind", flat=True)[0]
    if parameter == "kind" and name == "organizations:list":
        return Organization.objects.values_list("kind", flat=True)[0]
    return VALUES.get(parameter, "1")


def of_changelist(model_admin):
    """Return the parameters of a list of the admin: search, order, page, and its filters."""
    read = {SEARCH_VAR: "forum", ORDER_VAR: "1.-2", PAGE_VAR: "1", ALL_VAR: ""}
    for chosen in model_admin.list_filter:
        if isinstance(chosen, tuple):
            chosen = chosen[0]
        if isinstance(chosen, str):
            value = model_admin.model._base_manager.values_list(chosen, flat=True).first()
            read[f"{chosen}__exact"] = str(1 if value is None else int(value) if isinstance(value, bool) else value)
        elif parameter := getattr(chosen, "parameter_name", ""):
            read[parameter] = "1"
    if model_admin.date_hierarchy:
        read[f"{model_admin.date_hierarchy}__year"] = "2023"
    return read
