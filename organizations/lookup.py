"""Which organization is meant by a name that somebody wrote into a table: by name, address or short name."""

from django.db.models import Count, F

from forum_site.spreadsheets.columns import called_alike
from organizations.models import Organization

BATCH = 100


def called(names):
    """Return for each of `names` the organizations that it may mean: none, one, or several that are called so."""
    found = {name: [] for name in names}
    for field in ("name", "slug", "old_slugs__slug", "short_name"):
        for some in _batches(name for name in found if not found[name]):
            rows = Organization.objects.filter(**{f"{field}__in": some}).order_by("pk")
            for organization in rows.annotate(called_by=F(field)):
                found[organization.called_by].append(organization)
    similarity = called_alike(Organization.objects, ("name", "short_name"), [name for name in found if not found[name]])
    rows = Organization.objects.in_bulk([key for keys in similarity.values() for key in keys])
    return found | {name: [rows[key] for key in keys] for name, keys in similarity.items()}


def _batches(names):
    names = list(names)
    return [names[at : at + BATCH] for at in range(0, len(names), BATCH)]


class References:
    """How an organization is named in a table: by its name, or by its address where others are called so too."""

    def __init__(self):
        self._shared = None

    def written(self, organization):
        if self._shared is None:
            names = Organization.objects.order_by().values_list("name")
            self._shared = {name for name, number in names.annotate(number=Count("pk")) if number > 1}
        name = organization.name
        is_plain = name not in self._shared and ";" not in name and name == name.strip()
        return name if is_plain else organization.slug
