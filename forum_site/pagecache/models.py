"""Editions of the site: what all public pages print between one change and the next.

`PageVersion` is one row whose `name` the database itself replaces, in the same transaction, whenever a row changes that
a page may print: triggers do it, so that no way of saving (the admin, `update()`, an import, `loaddata`, psql) can
forget to. `install_triggers()` puts them on every table after each `migrate`; a model whose rows no page prints says
`printed = False`.

Time changes pages too. An `Edition` is the version together with the moment at which it ends by the clock alone: the
next scheduled publication or its end, midnight, or what `next_turn()` of a model tells of clocks that its rows have of
their own. Two equal editions print the same pages, whoever asks, in every
process.
"""

import datetime
import uuid
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.utils import timezone

from forum_site.core.db.publishing import Published, next_turns


class Edition(NamedTuple):
    version: uuid.UUID
    until: datetime.datetime

    @classmethod
    def current(cls):
        """Return the edition that pages show now, with one statement, unless it is the first one after a turn."""
        now = timezone.now()
        row = PageVersion.objects.annotate(**next_turns()).values().first()
        if row is None:  # Somebody emptied the database.
            PageVersion.objects.get_or_create(pk=1)
            return cls.current()
        version = row.pop("name")
        turns = [moment for name, moment in row.items() if name != "id" and moment]
        return cls(version, min([own_turn(version, now), *turns]))


def next_midnight(zone=None, now=None):
    """Return when the day ends in a time zone, the site's unless given; in UTC."""
    zone = zone or timezone.get_current_timezone()
    tomorrow = (now or timezone.now()).astimezone(zone).date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time.min, zone).astimezone(datetime.UTC)


_turns = {}  # Of the version that was asked for last: a new one has another name.


def own_turn(version, now):
    """Return the next turn by the clocks of site and rows. The rows stay as they are as long as the version does."""
    turn = _turns.get(version)
    if turn is None or turn <= now:
        models_with_clocks = [model for model in apps.get_models() if issubclass(model, Published)]
        turns = [next_midnight(now=now), *(model.objects.next_turn(now) for model in models_with_clocks)]
        turn = min(moment for moment in turns if moment)
        _turns.clear()
        _turns[version] = turn
    return turn


class PageVersion(models.Model):
    """A random name, never used twice: a copy or an older backup of the site cannot be taken for this edition."""

    name = models.UUIDField(default=uuid.uuid4)

    printed = False

    def __str__(self):
        return str(self.name)
