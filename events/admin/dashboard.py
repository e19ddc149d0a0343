"""The first screen of the admin: what a person has to do, in short lists that lead on.

`Dashboard(user)` has what this person may see, in two columns of `TaskList`s. A part asks one question, of at most
`MAX` rows: its number is exact up to there, so that no list of thousands is counted through for whoever only passes by.
What is about events is a `Task`, which the filter of the admin's list of events asks, too.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.dates import days, how_far_off
from events.models import Event
from events.models.clock import SCHEDULE_FIELDS
from events.shows.weekly import last_weeks
from forum_site.linkcheck.models import CheckedLink

SHOWN, MAX = 6, 100
WEEKS = 8
COLUMNS = [
    *("id", "title", *SCHEDULE_FIELDS, "status", "publication_status"),
    *("publish_at", "updated_at", "in_review_since"),
]


class Row(NamedTuple):
    title: str
    url: str
    note: str


class TaskList(NamedTuple):
    """A list of the dashboard: its first rows, how many there are, and the address with all of them."""

    name: str
    title: str
    rows: list
    found: int
    url: str
    empty: str = ""
    is_loud: bool = False

    @property
    def total(self):
        return f"{MAX}+" if self.found > MAX else str(self.found)

    @property
    def has_more(self):
        return self.found > len(self.rows)


class Task(NamedTuple):
    title: str
    ask: Callable  # of events and a person; returns events in the order of the dashboard
    note: Callable  # of an event: what stands beside its title
    empty: str = ""  # Without it, an empty list is not shown.


def in_days(event):
    notes = [how_far_off(event), days(event.starts_on, event.ends_on)]
    if event.status != Event.Status.SCHEDULED:
        notes.insert(0, event.get_status_display())
    return strip_tags(" · ".join(str(note) for note in notes if note))


def days_alone(event):
    return strip_tags(days(event.starts_on, event.ends_on))


def long_ago(moment):
    """Return "3 days": of longer ago than a minute, the coarsest measure."""
    return timesince(moment, depth=1) if timezone.now() - moment >= datetime.timedelta(minutes=1) else _("a moment")


def waiting(event):
    return _("for %(time)s") % {"time": long_ago(event.in_review_since or event.updated_at)}


def draft_waiting(event):
    return _("for %(time)s") % {"time": long_ago(event.draft_since)}


def draft_saved(event):
    return _("saved %(time)s ago") % {"time": long_ago(event.draft_since)}


def last_changed(event):
    changed = _("changed %(time)s ago") % {"time": long_ago(event.updated_at)}
    return (
        changed
        if event.publication_status == Event.PublicationStatus.DRAFT
        else f"{event.get_publication_status_display()} · {changed}"
    )


def goes_public(event):
    moment = timezone.localtime(event.publish_at)
    return _("public from %(day)s, %(time)s") % {"day": strip_tags(days(moment.date())), "time": f"{moment:%H:%M}"}


TASKS = {
    "review": Task(gettext_lazy("Waiting for review"), lambda events, user: events.waiting_for_review(), waiting),
    "draft-review": Task(
        gettext_lazy("Draft changes waiting for review"),
        lambda events, user: events.with_draft_in_review(),
        draft_waiting,
    ),
    "my-working-drafts": Task(
        gettext_lazy("My draft changes"), lambda events, user: events.with_draft_of(user), draft_saved
    ),
    "mine": Task(
        gettext_lazy("My drafts"),
        lambda events, user: events.in_hand_of(user),
        last_changed,
        gettext_lazy("No draft of yours lies here."),
    ),
    "coming": Task(
        gettext_lazy("Coming up"),
        lambda events, user: events.published().upcoming(),
        in_days,
        gettext_lazy("No published event is to come."),
    ),
    "scheduled": Task(gettext_lazy("Scheduled"), lambda events, user: events.scheduled(), goes_public),
    "without-outcomes": Task(
        gettext_lazy("Published without outcomes"), lambda events, user: events.without_outcomes(), days_alone
    ),
    "time-zone": Task(
        gettext_lazy("Time zone of another country"), lambda events, user: events.with_foreign_time_zone(), days_alone
    ),
    "cover": Task(
        gettext_lazy("Cover without description"), lambda events, user: events.with_undescribed_cover(), days_alone
    ),
    "gallery": Task(
        gettext_lazy("Gallery without descriptions"), lambda events, user: events.with_undescribed_gallery(), days_alone
    ),
}


class Dashboard:
    def __init__(self, user):
        self._user = user
        self.has_events = self._may_see("events", "event")
        self.may_publish = user.has_perm("events.publish_event")
        self.may_add_event = user.has_perm("events.add_event")
        self.may_add_organization = user.has_perm("organizations.add_organization")
        work, outlook = self._work(), self._outlook()
        self.is_new = self.has_events and not any(part.found for part in [*work, *outlook]) and self._is_empty()
        self.work, self.outlook = (
            [] if self.is_new else [part for part in parts if part.found or part.empty] for parts in (work, outlook)
        )

    def _may_see(self, app, model):
        return any(self._user.has_perm(f"{app}.{action}_{model}") for action in ("view", "change"))

    def _is_empty(self):
        return not Event.objects.not_trashed().exists()

    def _work(self):
        """What waits for a hand; what waits for this very person's stands first."""
        if not self.has_events:
            return [*self._broken_links()]
        review = self.events("review")
        if self.may_publish:
            review = review._replace(is_loud=review.found > 0, empty=_("Nothing to review."))
        mine = self.events("mine")
        drafts, my_drafts = self.events("draft-review"), self.events("my-working-drafts")
        if self.may_publish:
            first = [review, drafts._replace(is_loud=drafts.found > 0), mine, my_drafts]
        else:
            first = [mine, my_drafts, review, drafts]
        others = [self.events(name) for name in ("without-outcomes", "cover", "gallery")]
        return [*first, *others, *self._broken_links()]

    def _outlook(self):
        return [self.events("coming", shown=5), self.events("scheduled", shown=5)] if self.has_events else []

    def events(self, name, shown=SHOWN, title=None):
        """Return the task list of a task about events."""
        question = TASKS[name]
        found = list(question.ask(Event.objects.not_trashed(), self._user).only(*COLUMNS)[: MAX + 1])
        rows = [
            Row(event.title, reverse("admin:events_event_change", args=[event.pk]), question.note(event))
            for event in found[:shown]
        ]
        url = f"{reverse('admin:events_event_changelist')}?task={name}"
        return TaskList(name, title or question.title, rows, len(found), url, question.empty)

    def _broken_links(self):
        if not self._may_see("links", "checkedlink"):
            return
        url = reverse("admin:links_checkedlink_changelist")
        found = list(CheckedLink.objects.broken_in_use()[: MAX + 1])
        rows = [Row(short_address(link.address), f"{url}#link-{link.pk}", link.error) for link in found[:SHOWN]]
        yield TaskList("links", _("Broken links"), rows, len(found), url)

    @property
    def shows(self):
        """The shows of the last weeks, for who may see them; nothing where nobody was counted."""
        if not self._user.has_perm("events.view_showcount"):
            return None
        weeks = last_weeks(WEEKS)
        return weeks if weeks.rows else None


def short_address(address):
    """Return an address as it is told from others, without its scheme."""
    parts = urlsplit(address)
    text = f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    return text if len(text) <= 80 else f"{text[:50]}…{text[-28:]}"
