"""An import of events from a table: each with its series, tags, organizations and programme."""

from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from events.admin.forms import MAX_ROWS
from events.admin.spreadsheets.events import ON_LINES, RoleColumn, event_columns
from events.models import Event, ImportedShows, Panel, Participation, Series, Tag
from events.models.event import default_time_zone
from events.revisions import store
from forum_site.admin.base import format_errors
from forum_site.admin.importer import Importer, rows_in_words
from forum_site.core.db.slugs import suggest_slugs
from forum_site.core.fields.time_zones import is_of
from forum_site.core.text.folding import name_key, normalize_line
from forum_site.spreadsheets.columns import SEVERAL, called_alike, several
from organizations.lookup import called
from organizations.models import Organization

BATCH = 100
MAX_MISSING = 200  # organizations, series and tags that are added at once


def named(model, asked):
    """Return for each of the names `asked` the row of `model` that is called so, or None."""
    keys = called_alike(model.objects, ("name",), asked)
    rows = model.objects.in_bulk([key for some in keys.values() for key in some[:1]])
    return {name: rows[some[0]] if some else None for name, some in keys.items()}


class Missing:
    """Rows of a model that the table names and that are not here yet; `add()` makes them."""

    def __init__(self, model, may_add):
        self.model, self.may_add, self.rows, self._told = model, may_add, {}, {}

    def take(self, name):
        """Return the row that there will be, once for each name, and what is wrong with it, or ""."""
        key = name_key(name)
        if key not in self.rows:
            row = self.rows[key] = self.model(name=name)
            row.has_free_slug = True  # It is given one in `add()`.
            try:
                row.full_clean(exclude=["slug"], validate_constraints=False)
                self._told[key] = ""
            except ValidationError as error:
                self._told[key] = format_errors(self.model, error.message_dict)
        return self.rows[key], self._told[key]

    def add(self):
        rows = list(self.rows.values())
        if hasattr(self.model, "slug"):
            for row, slug in zip(rows, suggest_slugs(self.model, [row.name for row in rows]), strict=True):
                row.slug = slug
        self.model.objects.bulk_create(rows)


class EventImport(Importer):
    model = Event

    @classmethod
    def make_columns(cls):
        return event_columns()

    missing = {}

    # Which are there

    def keys(self):
        return [self._key(row) for row in self.rows]

    def _key(self, row):
        """Title and first day; where the day cannot be read, the form will tell."""
        try:
            day = self.by_name["starts_on"].data(row.text("starts_on"))["starts_on"]
            return (name_key(row.text("title")), self.form_class.base_fields["starts_on"].clean(day))
        except ValidationError:
            return None

    def stored_keys(self, keys):
        wanted, keys, found = keys, list(keys), {}
        for at in range(0, len(keys), BATCH):
            some = keys[at : at + BATCH]
            events = Event.objects.not_trashed().order_by().filter(starts_on__in={day for _title, day in some})
            for title, day, slug in events.values_list("title", "starts_on", "slug").iterator():
                if (key := (name_key(title), day)) in wanted:
                    found.setdefault(key, set()).add(slug)
        return found

    # What they name

    @cached_property
    def _roles(self):
        return [column.name for column in self.columns if isinstance(column, RoleColumn)]

    def check(self):
        super().check()
        self._note_time_zones()

    def is_public(self, row):
        event, now = row.instance, timezone.now()
        is_waiting = event.publish_at and event.publish_at > now
        is_over = event.unpublish_at and event.unpublish_at <= now
        return event.publication_status == Event.PublicationStatus.PUBLISHED and not (is_waiting or is_over)

    def weight(self, row):
        names = sum(row.text(name).count(SEVERAL) for name in (*self._roles, "tags"))
        return super().weight(row) + (names + row.text("panels").count(ON_LINES)) / 10

    def resolve(self):
        self._names = self._bounded_names()
        self._organizations = called({name for row in self.new for name in self._named_organizations(row)})
        self._series = named(Series, {row.text("series") for row in self.new if row.text("series")})
        self._tags = named(Tag, {name for row in self.new for name in self._names[row.number, "tags"]})
        if self.adds_missing:
            self._leave_what_adds_too_much()
        self.missing = {
            model: Missing(
                model, self.adds_missing and self.has_right(f"{model._meta.app_label}.add_{model._meta.model_name}")
            )
            for model in (Organization, Series, Tag)
        }

    def _bounded_names(self):
        """Return what each row names in each column: nothing, and a blame, where it is too much."""
        named = {}
        for row in self.new:
            number = 0
            for column in (*self._roles, "tags"):
                names = several(row.text(column))
                number += len(names)
                if number > MAX_ROWS["participations"]:
                    told = _("Too many names: at most %(limit)s fit into a row.")
                    told %= {"limit": MAX_ROWS["participations"]}
                    row.add_error(self.by_name[column], told)
                    names = []
                named[row.number, column] = names
        return named

    def _named_organizations(self, row):
        return [name for role in self._roles for name in self._names[row.number, role]]

    def _leave_what_adds_too_much(self):
        missing = set()
        for at, row in enumerate(self.new):
            missing |= {
                (Organization, name) for name in self._named_organizations(row) if not self._organizations[name]
            }
            missing |= {(Tag, name) for name in self._names[row.number, "tags"] if not self._tags[name]}
            missing |= {(Series, name) for name in [row.text("series")] if name and not self._series[name]}
            if at and len(missing) > MAX_MISSING:
                self.new, self.later = self.new[:at], self.new[at:] + self.later
                break

    def check_row(self, row):
        row.series = (
            self._meant(row, "series", Series, self._series, row.text("series")) if row.text("series") else None
        )
        row.tags = [self._meant(row, "tags", Tag, self._tags, name) for name in self._names[row.number, "tags"]]
        row.roles = []
        for role in self._roles:
            for name in self._names[row.number, role]:
                row.roles.append((role, self._organization(row, role, name)))
        row.panels = [title for line in row.text("panels").split(ON_LINES) if (title := normalize_line(line))]
        self._check_rights(row)
        self._check_imported_shows(row)
        self._check_twice(row)
        if len(row.panels) > MAX_ROWS["panels"]:
            told = _("Too many titles: at most %(limit)s fit here.") % {"limit": MAX_ROWS["panels"]}
            row.add_error(self.by_name["panels"], told)
        longest = Panel._meta.get_field("title").max_length
        if any(len(title) > longest for title in row.panels):
            row.add_error(self.by_name["panels"], _("A title has at most %(limit)s characters.") % {"limit": longest})

    def _note_time_zones(self):
        """Tell which zones were taken from the place, and where none could be."""
        proposed, unknown = {}, []
        for row in self.new:
            event = row.instance
            if row.text("time_zone") or not event.country or event.attendance == Event.Attendance.ONLINE:
                continue
            if event.time_zone != default_time_zone():
                proposed.setdefault(event.time_zone, []).append(row.number)
            elif not is_of(event.time_zone, event.country):
                unknown.append(row.number)
        for zone, numbers in proposed.items():
            told = _("Time zone %(zone)s, by country and city: %(rows)s.")
            self.notes.append(told % {"zone": zone, "rows": rows_in_words(numbers)})
        if unknown:
            told = _("The time zone of these places is not known. It will be %(zone)s unless you write it: %(rows)s.")
            self.notes.append(told % {"zone": default_time_zone(), "rows": rows_in_words(unknown)})

    def _meant(self, row, column, model, found, name):
        if found.get(name) is not None:
            return found[name]
        missing = self.missing[model]
        if not missing.may_add:
            told = _("“%(name)s” does not exist yet.") % {"name": name}
            row.add_error(self.by_name[column], told)
            return None
        new, told = missing.take(name)
        if told:
            row.add_error(self.by_name[column], told)
        return new

    def _organization(self, row, column, name):
        meant = self._organizations[name]
        if len(meant) > 1:
            told = _("Several organizations are called “%(name)s”. Enter the slug.") % {"name": name}
            row.add_error(self.by_name[column], told)
            return meant[0]
        return self._meant(row, column, Organization, {name: meant[0] if meant else None}, name)

    def _check_rights(self, row):
        for is_used, right, column in (
            (row.roles, "events.add_participation", row.roles and row.roles[0][0]),
            (row.panels, "events.add_panel", "panels"),
        ):
            if is_used and not self.has_right(right):
                row.add_error(self.by_name[column], _("You may not add these. Leave the column empty."))

    def _check_imported_shows(self, row):
        text = row.text("imported_shows")
        if text in ("", "0"):
            return
        if not self.has_right("events.add_showcorrection"):
            row.add_error(
                self.by_name["imported_shows"],
                _("Only those who may correct the number of shows can import one. Leave the cell empty."),
            )
            return
        try:
            row.instance.imported_shows = ImportedShows._meta.get_field("shows").formfield().clean(text)
        except ValidationError as error:
            row.add_error(self.by_name["imported_shows"], " ".join(error.messages))

    def _check_twice(self, row):
        seen = set()
        for role, organization in row.roles:
            if organization is not None and (role, id_of(organization)) in seen:
                row.add_error(self.by_name[role], _("“%(name)s” is listed twice.") % {"name": organization})
            seen.add((role, id_of(organization)))

    # Adding

    @property
    def additions(self):
        return [
            f"{missing.model._meta.verbose_name.capitalize()}: {row.name}"
            for missing in self.missing.values()
            for row in missing.rows.values()
        ]

    def save_rows(self, rows):
        for missing in self.missing.values():
            missing.add()
        for row in rows:
            row.instance.series = row.series
        super().save_rows(rows)
        Participation.objects.bulk_create(
            Participation(event=row.instance, organization=organization, role=role, position=position)
            for row in rows
            for position, (role, organization) in enumerate(row.roles)
        )
        Panel.objects.bulk_create(
            Panel(event=row.instance, title=title, position=position)
            for row in rows
            for position, title in enumerate(row.panels)
        )
        ImportedShows.objects.bulk_create(
            ImportedShows(
                event=row.instance,
                shows=row.instance.imported_shows,
                reason=_("Imported from a table."),
                author=self.request.user,
            )
            for row in rows
            if row.instance.imported_shows
        )
        tagged = Event.tags.through
        tagged.objects.bulk_create(
            tagged(event=row.instance, tag=tag) for row in rows for tag in dict.fromkeys(row.tags)
        )

    def log(self, told):
        super().log(told)
        store.record_new([row.instance.pk for row in self.new], self.request.user, told)


def id_of(row):
    return row and (row.pk or ("new", id(row)))
