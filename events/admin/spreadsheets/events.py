"""Events as a table: what stands in its columns, the same ones for what goes out and what comes in."""

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin.forms import ZONE_IS_CHOSEN
from events.models import Event, Participation
from forum_site.spreadsheets.columns import SEVERAL, ChoiceColumn, Column, FieldColumn
from organizations.lookup import References

ON_LINES = "\n"


class SeriesColumn(Column):
    def written(self, event):
        return event.series.name if event.series else ""


class TagsColumn(Column):
    def written(self, event):
        return f"{SEVERAL} ".join(tag.name for tag in event.tags.all())


class RoleColumn(Column):
    """The organizations that have a role, in their order."""

    def __init__(self, role, references, example=""):
        super().__init__(role.value, role.label, NAMES, example)
        self.role, self._references = role.value, references

    def written(self, event):
        return f"{SEVERAL} ".join(
            self._references.written(each.organization) for each in event.participations.all() if each.role == self.role
        )


class PanelsColumn(Column):
    def written(self, event):
        return ON_LINES.join(panel.title for panel in event.panels.all())


class ImportedShowsColumn(Column):
    def written(self, event):
        return str(event.imported_shows)


class TimeZoneColumn(ChoiceColumn):
    """Where it is empty, the form proposes the zone of the place."""

    def data(self, text):
        return super().data(text) | ({ZONE_IS_CHOSEN: "1"} if text else {})


class PublicationColumn(ChoiceColumn):
    """What is in the bin neither goes out nor comes in."""

    @property
    def choices(self):
        return [(value, label) for value, label in super().choices if value != Event.PublicationStatus.TRASHED]


NAMES = gettext_lazy("Names, short names or slugs of organizations, separated by “;”.")


def event_columns():
    def field(name, *args, **kwargs):
        return FieldColumn(Event, name, *args, **kwargs)

    def choice(name, *args, **kwargs):
        return ChoiceColumn(Event, name, *args, **kwargs)

    references = References()
    hosts = {Participation.Role.HOST: _("Institute of Water")}
    return [
        field("title", example=_("Forum on Water 2027")),
        choice("kind", written_as="label", example=Event.Kind.FORUM.label),
        choice("language"),
        SeriesColumn("series", gettext_lazy("Series"), gettext_lazy("The name of a series.")),
        TagsColumn("tags", gettext_lazy("Tags"), gettext_lazy("Tags, with “;” between several.")),
        field("theme"),
        field("occasion"),
        field("summary"),
        field("starts_on", gettext_lazy("As 2027-05-17, or as a day of the spreadsheet."), example="2027-05-17"),
        field("ends_on", example="2027-05-18"),
        field("starts_at", example="09:30"),
        field("ends_at", example="17:00"),
        TimeZoneColumn(
            Event,
            "time_zone",
            gettext_lazy("Such as Asia/Almaty; empty is that of country and city, or the site's own."),
            example="Asia/Almaty",
        ),
        field("venue"),
        field("city", example="Astana"),
        choice("country", gettext_lazy("The code of two letters, or the name."), example="KZ"),
        choice("attendance", written_as="label"),
        field("online_url"),
        choice("status", written_as="label"),
        field("original_starts_on"),
        field("body", gettext_lazy("Text, or HTML as the site stores it.")),
        field("slug", gettext_lazy("Leave empty to have it made from the title.")),
        ImportedShowsColumn(
            "imported_shows",
            gettext_lazy("Imported shows"),
            gettext_lazy("Needs the right to correct the number of shows. Empty is none."),
        ),
        PublicationColumn(
            Event,
            "publication_status",
            gettext_lazy("Empty is a draft. Others need the right to publish."),
            written_as="label",
        ),
        field("publish_at", gettext_lazy("As 2027-05-01 09:00, by the clock of the site.")),
        field("unpublish_at"),
        *(RoleColumn(role, references, hosts.get(role, "")) for role in Participation.Role),
        PanelsColumn(
            "panels", gettext_lazy("Panels"), gettext_lazy("The titles of the programme, one on a line of the cell.")
        ),
    ]


def with_all_columns(events):
    """Load what the columns of these events say."""
    roles = Prefetch("participations", Participation.objects.select_related("organization"))
    return events.select_related("series").prefetch_related("tags", "panels", roles)
