"""Where links to other sites stand: in web addresses and in rich texts of all rows that the public may see.

Which models have such fields is read from the models: one that gets another is looked through, too. `find()` goes
through all rows, `stands()` looks again at those where a link was found, which costs no more than these few rows.
"""

import re
from functools import cache
from html import unescape
from typing import NamedTuple
from urllib.parse import urldefrag, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import StrIndex
from django.http.request import validate_host

from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.urls import WebAddressField

BATCH = 500
MAX_LENGTH = 2000  # characters; no server is bound to read more (RFC 9110 asks for 8,000, many stop at 2,048)

# As the cleaner writes it: all attributes quoted, and a "<" that is none of a tag escaped.
_LINK = re.compile(r'<a(?:\s+[a-z]+="[^"]*")*?\s+(href="([^"]*)")')


class Source(NamedTuple):
    model: type
    field: str
    is_rich: bool

    @property
    def label(self):
        return self.model._meta.label_lower

    def rows(self):
        rows = self.model.objects.published().order_by("pk")
        return (
            rows.filter(**{f"{self.field}__contains": 'href="'}) if self.is_rich else rows.exclude(**{self.field: ""})
        )

    def links(self, text):
        """Yield how each link is written in `text`, and its address."""
        if not self.is_rich:
            yield text, text
            return
        for written, address in _LINK.findall(text):
            yield written, unescape(address)


class Place(NamedTuple):
    model: str
    row: int
    field: str
    raw_url: str


@cache
def sources():
    found = []
    for model in apps.get_models():
        if model._meta.app_label in settings.CONTENT_APPS and hasattr(model.objects, "published"):
            found += [
                Source(model, field.name, isinstance(field, RichTextField))
                for field in model._meta.concrete_fields
                if isinstance(field, (RichTextField, WebAddressField))
            ]
    return found


def find():
    """Yield each address of another site that stands on a public page, without its fragment, and the place."""
    own = [host for host in (*settings.ALLOWED_HOSTS, settings.SITE_HOST) if host != "*"]
    for source in sources():
        rows, last = source.rows().values_list("pk", source.field), 0
        while batch := list(rows.filter(pk__gt=last)[:BATCH]):
            for key, text in batch:
                for written, address in source.links(text):
                    if is_elsewhere(address, own):
                        yield urldefrag(address).url, Place(source.label, key, source.field, written)
            last = batch[-1][0]


def is_elsewhere(address, own):
    """Return whether this is the address of another site, at which one can ask at all."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    is_asked = parts.scheme in ("http", "https") and bool(host) and len(address) <= MAX_LENGTH
    return is_asked and not validate_host(host, own)


def stands():
    """Return the condition that a `LinkSource` still has its link, on a page that the public may see."""
    condition = Q(pk__in=[])
    for source in sources():
        row = source.model.objects.published().order_by().filter(pk=OuterRef("row"))
        if source.is_rich:
            row = row.alias(begins=StrIndex(source.field, OuterRef("raw_url"))).filter(begins__gt=Value(0))
        else:
            row = row.filter(**{source.field: OuterRef("raw_url")})
        condition |= Q(Exists(row), model=source.label, field=source.field)
    return condition


def rows_at(places):
    """Return the rows of these places by model label and key: one question for each model that is among them."""
    keys = {}
    for place in places:
        keys.setdefault(place.model, set()).add(place.row)
    found = {}
    for label, rows in keys.items():
        model = apps.get_model(label)
        owners = [field.name for field in model._meta.concrete_fields if is_owner(field)]
        texts = [field.name for field in model._meta.concrete_fields if isinstance(field, models.TextField)]
        loaded = model.objects.select_related(*owners).defer(*texts) if owners else model.objects.defer(*texts)
        found |= {(label, key): row for key, row in loaded.in_bulk(rows).items()}
    return found


def is_owner(field):
    """Return whether this leads to the row that its own row is a part of, and goes with."""
    return isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE
