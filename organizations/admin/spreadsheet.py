"""Organizations as a table: its columns, and what an import of them adds."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.admin.importer import Importer, ImportRow
from forum_site.core.text.folding import name_key
from forum_site.spreadsheets.columns import ChoiceColumn, Column, FieldColumn, called_alike
from organizations.lookup import References, called
from organizations.models import Organization

CALLED_BY = ("name", "slug", "short_name")  # by what an organization is meant, in this order


class ParentColumn(Column):
    def __init__(self):
        note = gettext_lazy("The name, short name or slug of an organization on the site or in this table.")
        super().__init__("parent", gettext_lazy("Part of"), note)
        self._references = References()

    def written(self, organization):
        return self._references.written(organization.parent) if organization.parent else ""


def organization_columns():
    def field(name, *args, **kwargs):
        return FieldColumn(Organization, name, *args, **kwargs)

    def choice(name, *args, **kwargs):
        return ChoiceColumn(Organization, name, *args, **kwargs)

    return [
        field("name", example=_("Institute of Water")),
        field("short_name", example=_("IW")),
        choice("language"),
        choice("kind", written_as="label", example=Organization.Kind.THINK_TANK.label),
        ParentColumn(),
        choice("country", gettext_lazy("The code of two letters, or the name."), example="KZ"),
        field("city", example="Astana"),
        field("website", example="https://water.example"),
        field("about", gettext_lazy("Text, or HTML as the site stores it.")),
        field("slug", gettext_lazy("Leave empty to have it made from the name.")),
    ]


class OrganizationImport(Importer):
    model = Organization
    title = "name"

    @classmethod
    def make_columns(cls):
        return organization_columns()

    def is_public(self, row):
        return True

    def keys(self):
        return [name_key(row.text("name")) or None for row in self.rows]

    def stored_keys(self, keys):
        similarity = called_alike(Organization.objects, ("name",), keys)
        rows = Organization.objects.in_bulk({each for some in similarity.values() for each in some})
        return {key: {rows[each].slug for each in some} for key, some in similarity.items() if some}

    def in_order(self, rows):
        """Return the rows, each after the one that it is a part of; remember those that are a part of themselves."""
        self._parents = called({row.text("parent") for row in rows if row.text("parent")})
        self._in_table, self._circles, ordered = {}, set(), {}
        for row in rows:
            for name in CALLED_BY:
                if text := row.text(name):
                    self._in_table.setdefault((name, name_key(text)), []).append(row)
        for row in rows:
            chain = {}
            while isinstance(row, ImportRow) and row not in ordered and row not in chain:
                chain[row] = True
                above = self._meant(row)
                row = above[0] if len(above) == 1 else None
            if row in chain:
                self._circles.update(list(chain)[list(chain).index(row) :])
            ordered |= dict.fromkeys(reversed(chain))
        return list(ordered)

    def _meant(self, row):
        """Return the organizations, or else the rows of this table, of which the row may be a part."""
        name = row.text("parent")
        found = self._parents.get(name, [])
        for field in CALLED_BY:
            found = found or self._in_table.get((field, name_key(name)), [])
        return found

    def check_row(self, row):
        name = row.text("parent")
        if not name:
            return
        meant = self._meant(row)
        if len(meant) > 1:
            row.add_error(
                self.by_name["parent"],
                _("Several organizations are called “%(name)s”. Enter the slug.") % {"name": name},
            )
        elif not meant:
            row.add_error(self.by_name["parent"], _("“%(name)s” is neither here nor in this table.") % {"name": name})
        elif row in self._circles:
            row.add_error(self.by_name["parent"], _("This would make it a part of itself."))

    def save_rows(self, rows):
        super().save_rows(rows)
        below = [row for row in rows if row.text("parent")]
        for row in below:
            (parent,) = self._meant(row)
            row.instance.parent = getattr(parent, "instance", parent)
        Organization.objects.bulk_update([row.instance for row in below], ["parent"])
