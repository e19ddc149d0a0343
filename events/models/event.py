from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.clock import SCHEDULE_FIELDS, local_date, utc_span
from events.models.event_queryset import EventQuerySet
from events.models.participation import Participation, by_role
from events.models.picture import UNDESCRIBED, focus_field
from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.db.publishing import (
    Publishable,
    publishing_constraints,
    publishing_indexes,
    refuse_unlikely_year,  # noqa: F401 - 0001_initial knows it by this address.
)
from forum_site.core.db.slugs import OldSlug, Slugged, slug_constraints
from forum_site.core.fields.countries import CountryField, country_constraint
from forum_site.core.fields.languages import LanguageField
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import OneLineField
from forum_site.core.fields.urls import WebAddressField, url_constraint
from forum_site.media.fields import PictureField, RandomFileName
from forum_site.search.declaration import SearchIndex
from forum_site.search.sync import Indexed

FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(2999, 12, 31)  # The years that have a page, see events/website/urls.py.
NEVER = datetime(1000, 1, 1, tzinfo=UTC)
LATEST = (F("starts_on").desc(), F("id").desc())
RESERVED_SLUGS = ["archive", "calendar", "feed", "new", "page", "search"]


@cache  # It reads the system's folder of time zones.
def time_zone_choices():
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name in ("UTC", settings.TIME_ZONE)
    ]


def default_time_zone():
    return settings.TIME_ZONE


class Event(Indexed, Slugged, Publishable):
    """Something that happened or will happen, and all that belongs to it."""

    reserved_slugs = RESERVED_SLUGS

    class Kind(models.TextChoices):
        FORUM = "forum", _("Forum")
        CONFERENCE = "conference", _("Conference")
        SEMINAR = "seminar", _("Seminar")
        ROUND_TABLE = "round_table", _("Round table")
        LECTURE = "lecture", _("Lecture")
        CEREMONY = "ceremony", _("Ceremony")
        EXHIBITION = "exhibition", _("Exhibition")
        DELEGATION = "delegation", _("Delegation visit")
        OTHER = "other", _("Other")

    class Attendance(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")
        MIXED = "mixed", _("In person and online")

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        POSTPONED = "postponed", _("Postponed")
        CANCELLED = "cancelled", _("Cancelled")

    # What
    title = OneLineField(_("title"), max_length=300, help_text=_("The full name of the event, as it was announced."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.FORUM)
    series = models.ForeignKey(
        "Series",
        models.PROTECT,
        verbose_name=_("series"),
        related_name="events",
        null=True,
        blank=True,
        help_text=_("If it is one of several: the forum of each year, a cycle of lectures."),
    )
    tags = models.ManyToManyField("Tag", verbose_name=_("tags"), related_name="events", blank=True)
    language = LanguageField(_("language"))
    theme = OneLineField(
        _("theme"), max_length=300, blank=True, help_text=_("The motto of the event, without quotation marks.")
    )
    occasion = OneLineField(
        _("occasion"), max_length=300, blank=True, help_text=_("What it celebrated, such as an anniversary.")
    )
    summary = OneLineField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("One or two plain sentences for lists and search engines; at most 300 characters."),
    )

    # When and where
    starts_on = models.DateField(_("first day"), help_text=_("The day where the event happens, such as 2023-05-17."))
    ends_on = models.DateField(_("last day"), blank=True, help_text=_("Leave empty for an event of one day."))
    starts_at = models.TimeField(_("begins at"), null=True, blank=True, help_text=_("Local time on the first day."))
    ends_at = models.TimeField(_("ends at"), null=True, blank=True, help_text=_("Local time on the last day."))
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        choices=time_zone_choices,
        default=default_time_zone,
        help_text=_("The clock that the times of this event follow."),
    )
    venue = OneLineField(_("venue"), max_length=200, blank=True, help_text=_("The house or hall."))
    city = OneLineField(_("city"), max_length=100, blank=True)
    country = CountryField(_("country"), blank=True)
    attendance = models.CharField(_("attendance"), max_length=20, choices=Attendance, default=Attendance.IN_PERSON)
    online_url = WebAddressField(
        _("online link"), blank=True, help_text=_("Where to follow it online. Readers see this.")
    )
    status = models.CharField(
        _("event status"),
        max_length=20,
        choices=Status,
        default=Status.SCHEDULED,
        help_text=_("A postponed or cancelled event stays on the site and says so first."),
    )
    original_starts_on = models.DateField(
        _("original first day"),
        null=True,
        blank=True,
        help_text=_("The day first announced; filled in when you postpone the event."),
    )

    # Text
    body = RichTextField(_("text"), blank=True)

    # The picture that the event is shown by; one that the public sees has an alt text, or is decorative.
    cover = PictureField(
        _("cover picture"),
        upload_to=RandomFileName("covers"),
        width_field="cover_width",
        height_field="cover_height",
        blank=True,
        help_text=_("JPEG, PNG, WebP or GIF, at most 10 MB."),
    )
    cover_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    cover_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    cover_alt = OneLineField(
        _("alt text"),
        max_length=250,
        blank=True,
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    cover_is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        db_default=False,
        help_text=_("Adds no information; screen readers skip it."),
    )
    cover_not_needed = models.BooleanField(
        _("no cover needed"),
        default=False,
        db_default=False,
        help_text=_("No more reminders. Shared links show a drawn picture instead."),
    )
    cover_credit = OneLineField(_("credit"), max_length=200, blank=True)
    cover_focus_x = focus_field(_("focus from the left"))
    cover_focus_y = focus_field(_("focus from the top"))

    imported_shows = models.PositiveBigIntegerField(
        _("imported shows"),
        default=0,
        help_text=_("A number of shows brought from an older site. New shows are counted on top of it."),
    )
    # SEQUENCE of the calendar file (RFC 5545, 3.8.7.4): how often a change mattered to those who had planned to come.
    calendar_sequence = models.PositiveIntegerField(editable=False, default=0, db_default=0)
    # The schedule in UTC, computed by every way of saving: events/models/clock.py. A row inserted by SQL is over.
    utc_start = models.DateTimeField(editable=False, db_default=NEVER)
    utc_end = models.DateTimeField(editable=False, db_default=NEVER)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)
    # Who works on it, for the dashboard. The indexes below find a person's rows, and need no other one.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("created by"),
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("last changed by"),
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
    )
    in_review_since = models.DateTimeField(_("in review since"), null=True, editable=False)

    organizations = models.ManyToManyField(
        "organizations.Organization", through="Participation", related_name="events", verbose_name=_("organizations")
    )

    objects = EventQuerySet.as_manager()

    search_index = SearchIndex(
        number=1,
        title="title",
        names=[
            "theme",
            "series__name",
            "participations__organization__name",
            "participations__organization__short_name",
        ],
        places=["venue", "city", "country"],
        texts=["summary", "occasion", "body"],
        day="starts_on",
        line="events/_found_event.html",
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-starts_on", "-id"]
        permissions = [
            ("publish_event", "Can publish and unpublish event"),
            ("restore_event", "Can restore event, from its history or from the bin"),
        ]
        indexes = [
            # Answers the admin's list, and how many events a day has with any of its filters, as the one below does.
            models.Index(
                fields=["-starts_on", "-id", "publication_status", "status", "kind", "country"],
                name="events_event_on_desk",
            ),
            # Answers lists, and how many events a day has, without a look at the rows.
            models.Index(
                fields=["publication_status", "-starts_on", "-id", "publish_at", "unpublish_at"],
                name="events_event_public_by_day",
            ),
            # Answers how many events there are of each sort, and which ones go on in a month, as the one above does.
            models.Index(
                fields=["publication_status", "kind", "country", "starts_on", "ends_on", "publish_at", "unpublish_at"],
                name="events_event_by_sort",
            ),
            models.Index(
                fields=["publication_status", "ends_on", "starts_on", "id", "publish_at", "unpublish_at"],
                name="events_event_public_by_end",
            ),
            # Answers which public events are not over yet.
            models.Index(
                fields=["publication_status", "utc_end", "starts_on", "id", "publish_at", "unpublish_at"],
                name="events_event_public_coming",
            ),
            models.Index(fields=["ends_on"], name="events_event_by_end"),
            # The admin's list is sorted by these; the status is in them, because trashed events are in no list.
            models.Index(Upper("title"), *LATEST, "title", "publication_status", name="events_event_by_title"),
            models.Index(Upper("city"), *LATEST, "city", "publication_status", name="events_event_by_place"),
            models.Index(fields=["theme"], name="events_event_by_theme", condition=~Q(theme="")),
            models.Index(fields=["country"], name="events_event_by_country"),
            models.Index(fields=["cover"], name="events_event_by_cover"),
            # What the dashboard lists: the events of a person, and of an archive the few that lack something.
            models.Index(fields=["created_by", "publication_status"], name="events_event_created_by"),
            models.Index(fields=["updated_by", "publication_status"], name="events_event_updated_by"),
            models.Index(fields=["-ends_on", "-id"], name="events_event_without_text", condition=Q(body="")),
            models.Index(
                fields=["-starts_on", "-id"], name="events_event_cover_untold", condition=Q(cover_alt="") & ~Q(cover="")
            ),
            *publishing_indexes(),
        ]
        constraints = [
            *slug_constraints(RESERVED_SLUGS),
            FieldConstraint(
                field="starts_on",
                name="events_event_begins_in_our_calendar",
                condition=Q(starts_on__gte=FIRST_DAY, starts_on__lte=LAST_DAY),
                violation_error_message=_("Is the year right? It has four digits, from 1000 to 2999."),
            ),
            FieldConstraint(
                field="ends_on",
                name="events_event_ends_in_our_calendar",
                condition=Q(ends_on__lte=LAST_DAY),
                violation_error_message=_("Is the year right? It has four digits, from 1000 to 2999."),
            ),
            FieldConstraint(
                field="ends_on",
                name="events_event_ends_after_it_starts",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The event ends before it starts. Correct the last day or leave it empty."),
            ),
            FieldConstraint(
                field="ends_at",
                name="events_event_ends_after_it_begins_that_day",
                condition=Q(starts_at=None)
                | Q(ends_at=None)
                | Q(ends_on__gt=F("starts_on"))
                | Q(ends_at__gte=F("starts_at")),
                violation_error_message=_("The event ends before it begins. Correct one of the times."),
            ),
            country_constraint("country", "events_event_country_code"),
            url_constraint("online_url", "events_event_online_address"),
            *publishing_constraints(),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        self.ends_on = self.ends_on or self.starts_on
        super().clean()
        if self.publication_status == self.PublicationStatus.PUBLISHED and self.has_undescribed_cover:
            raise ValidationError({"cover_alt": UNDESCRIBED})

    def save(self, **kwargs):
        if deferred := self.get_deferred_fields().intersection(SCHEDULE_FIELDS):
            self.refresh_from_db(fields=sorted(deferred))
        self.ends_on = self.ends_on or self.starts_on
        self.utc_start, self.utc_end = utc_span(self)
        if self.publication_status != self.PublicationStatus.IN_REVIEW:
            self.in_review_since = None
        elif self.in_review_since is None:
            self.in_review_since = timezone.now()
        if "publication_status" in (kwargs.get("update_fields") or []):
            kwargs["update_fields"] = [*kwargs["update_fields"], "in_review_since"]
        if set(SCHEDULE_FIELDS).intersection(kwargs.get("update_fields") or []):
            kwargs["update_fields"] = [*kwargs["update_fields"], "utc_start", "utc_end"]
        super().save(**kwargs)

    def get_absolute_url(self):
        return reverse("events:detail", kwargs={"slug": self.slug})

    def get_short_url(self):
        """Return the address that stays whatever becomes of title and slug."""
        return reverse("events:short", kwargs={"pk": self.pk})

    @property
    def public_since(self):
        """The moment since which the public may see it, as far as that was written down."""
        return max(self.created_at, self.publish_at or self.created_at)

    @property
    def changed_at(self):
        """The moment of the last change that the public could see."""
        return max(self.updated_at, self.public_since)

    @property
    def is_rescheduled(self):
        """Whether it was postponed to a day that is known."""
        return self.status == self.Status.POSTPONED and self.original_starts_on not in (None, self.starts_on)

    @property
    def show_count(self):
        """The number of shows that the page prints: those carried over and all that were counted here."""
        total = getattr(self, "show_total", None)  # No row until the first show.
        return self.imported_shows + (total.shows if total else 0)

    @property
    def cover_description(self):
        """What stands for the cover where it is not seen."""
        return "" if self.cover_is_decorative else self.cover_alt

    @property
    def has_undescribed_cover(self):
        return bool(self.cover) and not (self.cover_alt.strip() or self.cover_is_decorative)

    # For its page, once for_detail() has loaded all that belongs to it.
    @property
    def phase(self):
        """Where the event stands now: "before", "during" or "after". Its page is announcement, guide or record."""
        now, (start, end) = timezone.now(), utc_span(self)
        return "after" if end <= now else "before" if now < start else "during"

    @property
    def is_over(self):
        return self.phase == "after"

    @property
    def participations_by_role(self):
        return by_role(self.participations.all())

    @property
    def established(self):
        """The organizations that were founded at the event."""
        role = Participation.Role.ESTABLISHED
        return [each.organization for each in self.participations.all() if each.role == role]

    @property
    def programme(self):
        """Return `(day, its panels)` by day, those without a day first; each panel has its `number`."""
        days = {}
        for number, panel in enumerate(self.panels.all(), start=1):
            panel.number = number
            days.setdefault(panel.day, []).append(panel)
        return sorted(days.items(), key=lambda day: day[0] or date.min)

    @property
    def today(self):
        """What the programme has for today, by the clock of the event: panels and visits."""
        today = local_date(self)
        return {
            "panels": [panel for panel in self.panels.all() if panel.day == today],
            "visits": [visit for visit in self.visits.all() if visit.visited_on == today],
        }


class OldEventSlug(OldSlug):
    page = models.ForeignKey(Event, models.CASCADE, related_name="old_slugs")
