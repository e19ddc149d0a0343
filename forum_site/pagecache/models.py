"""Site versions of the site: what all public pages print between one change and the next.

`ContentVersion` is one row whose `token` the database itself replaces, in the same transaction, whenever a row changes
that a page may print: triggers do it, so that no way of saving (the admin, `update()`, an import, `loaddata`, psql) can
forget to. `install_triggers()` puts them on every table after each `migrate`; a model whose rows no page prints says
`on_public_pages = False`.

Time changes pages too. a `SiteVersion` is the version together with the moment at which it ends by the clock alone: the
next scheduled publication or its end, midnight, or what `next_schedule_change()` of a model tells of clocks that its
rows have of their own. Two equal site versions print the same pages, whoever asks, in every process.
"""

import datetime
import uuid
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.utils import timezone

from forum_site.core.db.publishing import Publishable, next_publishing_changes


class SiteVersion(NamedTuple):
    token: uuid.UUID
    valid_until: datetime.datetime

    @classmethod
    def current(cls):
        """Return the site version that pages show now, with one statement, unless it is the first one after a turn."""
        now = timezone.now()
        row = ContentVersion.objects.annotate(**next_publishing_changes()).values().first()
        if row is None:  # Somebody emptied the database.
            ContentVersion.objects.get_or_create(pk=1)
            return cls.current()
        token = row.pop("token")
        turns = [moment for name, moment in row.items() if name != "id" and moment]
        return cls(token, min([next_change_by_clock(token, now), *turns]))


def next_midnight(zone=None, now=None):
    """Return when the day ends in a time zone, the site's unless given; in UTC."""
    zone = zone or timezone.get_current_timezone()
    tomorrow = (now or timezone.now()).astimezone(zone).date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time.min, zone).astimezone(datetime.UTC)


_turns = {}  # Of the version that was asked for last: a new one has another name.


def next_change_by_clock(token, now):
    """Return the next turn by the clocks of site and rows. The rows stay as they are as long as the version does."""
    turn = _turns.get(token)
    if turn is None or turn <= now:
        models_with_clocks = [model for model in apps.get_models() if issubclass(model, Publishable)]
        turns = [next_midnight(now=now), *(model.objects.next_schedule_change(now) for model in models_with_clocks)]
        turn = min(moment for moment in turns if moment)
        _turns.clear()
        _turns[token] = turn
    return turn


class ContentVersion(models.Model):
    """A random name, never used twice: a copy or an older backup of the site cannot be taken for this site version."""

    token = models.UUIDField(default=uuid.uuid4)

    on_public_pages = False

    def __str__(self):
        return str(self.token)
