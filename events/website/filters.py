"""What readers narrow the list of events by: `/events/?kind=forum&year=2023&country=KZ&organization=…`."""

from datetime import date
from functools import cached_property

from babel.dates import format_date
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models import Event, Participation, Series, Tag
from forum_site.core.text.locales import page_locale
from forum_site.website.filtered_lists import (
    KEY,
    SLUG,
    Choice,
    ChoiceFacet,
    Facet,
    ListFilters,
    Parameter,
    country_facet,
)
from organizations.models import Organization

MAX_CHOICES = 10
MAX_EXAMINED = 2000  # So many are found, and who took part in them is told with counts; in more, it is not.
# Of so many on, each event is asked whether the organization took part; of fewer, the events of the organization.
MANY_PARTS = 5000


def year_facet(lookup):
    return Facet("year", _("Year"), "[12][0-9]{3}", int, lookup=lookup, latest_first=True)


class OrganizationFilter(Parameter):
    """An organization by its slug, or by one that it has had. The heir says what it has to do with a row."""

    def __init__(self, name, title):
        super().__init__(name, title, SLUG)

    def find(self, text):
        known = Organization.objects
        return known.filter(slug=text).first() or known.filter(old_slugs__slug=text).first()

    def text(self, organization):
        return organization.slug


class TookPart(OrganizationFilter):
    """`role`, if it is given, names the parameter that tells which role this organization had."""

    def __init__(self, name, title, role=None):
        super().__init__(name, title)
        self.role = role

    def find(self, text):
        organization = super().find(text)
        if organization:
            organization.is_everywhere = organization.participations.order_by()[:MANY_PARTS].count() == MANY_PARTS
        return organization

    def apply(self, rows, organization, values):
        parts = Participation.objects.filter(organization=organization)
        if values.get(self.role):
            parts = parts.filter(role=values[self.role])
        if organization.is_everywhere:
            return rows.filter(Exists(parts.filter(event=OuterRef("pk"))))
        return rows.filter(pk__in=parts.values("event"))


class RoleFilter(Parameter):
    needs = "organization"

    def __init__(self):
        super().__init__("role", _("Role"), "|".join(Participation.Role.values))

    def label(self, role):
        return Participation.Role(role).label


class DayFilter(Parameter):
    """The events that go on that day."""

    def __init__(self):
        super().__init__("day", _("Day"), "[12][0-9]{3}-[01][0-9]-[0-3][0-9]")

    def find(self, text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None

    def label(self, day):
        return format_date(day, "long", locale=page_locale())

    def apply(self, rows, day, values):
        return rows.filter(starts_on__lte=day, ends_on__gte=day)


class SeriesFilter(Parameter):
    """A series that has an event which the public may see: of others nobody is told that they are there."""

    def __init__(self):
        super().__init__("series", _("Series"), KEY)

    def find(self, text):
        series = Series.objects.filter(pk=text).first()
        return series if series and series.events.published().exists() else None

    def text(self, series):
        return str(series.pk)

    def apply(self, rows, series, values):
        return rows.filter(series=series)


class TagFilter(Parameter):
    """A tag of an event that the public may see, by its slug: of others nobody is told that they are there."""

    def __init__(self):
        super().__init__("tag", _("Tag"), SLUG)

    def find(self, text):
        tag = Tag.objects.filter(slug=text).first()
        return tag if tag and tag.events.published().exists() else None

    def text(self, tag):
        return tag.slug

    def apply(self, rows, tag, values):
        return rows.filter(pk__in=Event.tags.through.objects.filter(tag=tag).values("event"))


class OrderFilter(Parameter):
    """Which events come first: the latest, unless it says otherwise."""

    def __init__(self):
        super().__init__("sort", "", "oldest")

    def apply(self, rows, value, values):
        return rows.oldest_first()


class EventFilters(ListFilters):
    view_name = "events:list"
    facets = [
        ChoiceFacet("kind", _("Kind"), Event.Kind),
        year_facet("starts_on__year"),
        country_facet(),
    ]
    filters = [
        TookPart("organization", _("Organization"), role="role"),
        RoleFilter(),
        TookPart("with", _("With")),
        SeriesFilter(),
        TagFilter(),
        DayFilter(),
        OrderFilter(),
    ]

    def path_of(self, texts):
        if texts.keys() - {"page"} == {"year"}:
            return reverse("events:year", args=[int(texts.pop("year"))])
        return super().path_of(texts)

    @property
    def years(self):
        """The years of what is found, in the order of the list, each with the number of its events."""
        numbers = self.numbers(self.facets[1])
        chosen = self.values.get("year")
        return sorted((item for item in numbers.items() if chosen in (None, item[0])), reverse=not self.is_oldest_first)

    @property
    def is_oldest_first(self):
        return "sort" in self.values

    @property
    def other_order(self):
        return self.address(sort=None if self.is_oldest_first else "oldest")

    @property
    def organizations_set(self):
        return [self.values[name] for name in ("organization", "with") if name in self.values]

    @cached_property
    def parts(self):
        """Who took part in what is found, unless that is nothing or too much to look through."""
        if not self.applied or not 0 < self.found <= MAX_EXAMINED:
            return None
        # Keys, not a subquery: no database guesses well how few events are left by several filters at once.
        keys = self.apply(self.rows).order_by().values_list("pk", flat=True)
        return Participation.objects.filter(event__in=list(keys))

    @cached_property
    def other_choices(self):
        """The choices beside the facets, each with its title."""
        took_part = _("Took part with it") if "organization" in self.values else _("Took part")
        return [(_("Role"), self.roles()), (took_part, self.organizations())]

    def organizations(self):
        """Return the organizations that took part in most of what is found, beside the one that is chosen."""
        name = "with" if "organization" in self.values else "organization"
        if self.parts is None or name in self.values:
            return []
        others = self.parts.exclude(organization__in=self.organizations_set)
        return [
            Choice(label, number, self.address(**{name: slug}), language=language)
            for slug, label, language, number in others.most_frequent()[:MAX_CHOICES]
        ]

    def roles(self):
        """Return the roles that the chosen organization had in what is found."""
        if self.parts is None or "organization" not in self.values or "role" in self.values:
            return []
        roles = self.parts.filter(organization=self.values["organization"]).order_by()
        numbers = dict(roles.values_list("role").annotate(number=Count("event")))
        return [
            Choice(role.label, numbers[role], self.address(role=role.value))
            for role in Participation.Role
            if role in numbers
        ]
