from django.core.paginator import InvalidPage, Paginator
from django.db.models import Count
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views.generic import DetailView, ListView

from forum_site.countries import country_choices, country_name
from forum_site.kept_pages import PAGE_NUMBER, KeptPageView
from forum_site.slugs import FormerSlugRedirect
from organizations.directory import entries, letters, sort_key
from organizations.models import Organization
from organizations.network.star import star
from organizations.roles import RolesOverYears


class OrganizationListView(KeptPageView, ListView):
    """The directory: all organizations by letters, or those of a kind and a country."""

    template_name = "organizations/organization_list.html"
    context_object_name = "entries"
    paginate_by = 50
    most_choices = 12  # Of a filter; the others are folded away.
    kept_query = {"kind": "[a-z_]{1,20}", "country": "[A-Z]{2}", "page": PAGE_NUMBER}

    @cached_property
    def chosen(self):
        """The filters asked for, by name; a value that there cannot be is a page that there is not."""
        known = {"kind": Organization.Kind.values, "country": dict(country_choices())}
        chosen = {name: self.request.GET[name] for name in known if self.request.GET.get(name)}
        if any(value not in known[name] for name, value in chosen.items()):
            raise Http404
        return chosen

    def get_queryset(self):
        return entries(Organization.objects.filter(**self.chosen).values_list("pk", "name"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        organizations = self.rows(context["page_obj"].object_list)
        return context | {
            "organizations": organizations,
            "has_logos": any(organization.logo for organization in organizations),
            "letters": self.letters() if context["is_paginated"] else [],
            "kinds": self.choices("kind"),
            "countries": self.choices("country"),
            "chosen": [self.label(name, value) for name, value in self.chosen.items()],
            "page_address": f"?{urlencode([*self.chosen.items(), ('page', '')])}",
            "path": self.path(context["page_obj"].number),
        }

    def letters(self):
        return [(letter, self.path(page)) for letter, page in letters(self.object_list, self.paginate_by)]

    def path(self, page):
        """Return the address of a page of these organizations."""
        query = self.query(page=page if page > 1 else None)
        return f"{self.request.path}?{query}" if query else self.request.path

    def choices(self, name):
        """Return the values of a filter, given the others, each with the number of its organizations."""
        others = {other: value for other, value in self.chosen.items() if other != name}
        found = getattr(Organization.objects.filter(**others), f"by_{name}")()
        if name in self.chosen and self.chosen[name] not in dict(found):
            found.append((self.chosen[name], 0))
        choices = [
            {
                "label": self.label(name, value),
                "number": number,
                "query": self.query(**{name: value}),
                "is_chosen": value == self.chosen.get(name),
            }
            for value, number in found
        ]
        first, more = choices[: self.most_choices], choices[self.most_choices :]
        return {
            "all": self.query(**{name: None}),
            "is_chosen": name in self.chosen,
            "first": first,
            "more": more,
            "is_open": any(choice["is_chosen"] for choice in more),
        }

    @staticmethod
    def label(name, value):
        return Organization.Kind(value).label if name == "kind" else country_name(value)

    def query(self, **changes):
        """Return the query of the address with these filters, as in `kind=media&country=KZ`."""
        values = {**self.chosen, **changes}
        return urlencode({name: values[name] for name in self.kept_query if values.get(name)})

    def rows(self, shown):
        """Return the organizations of the entries, each with its letter, the number of its events, and its parts."""
        keys = [entry.key for entry in shown]
        found = Organization.objects.defer("about").select_related("parent").in_bulk(keys)
        events = Organization.public_participations().filter(organization__in=keys).order_by()
        events = dict(events.values_list("organization").annotate(Count("event", distinct=True)))
        parts = {}
        for part in Organization.objects.filter(parent__in=keys).defer("about").order_by("name"):
            parts.setdefault(part.parent_id, []).append(part)
        for entry in shown:
            organization = found[entry.key]
            organization.letter = entry.letter
            organization.event_total = events.get(entry.key, 0)
            organization.parts = parts.get(entry.key, [])
        return [found[key] for key in keys]


class OrganizationDetailView(KeptPageView, FormerSlugRedirect, DetailView):
    """The organization, whom it met, its roles by page, the latest events first, and what it signed and received."""

    paginate_by = 50
    most_shown = 50
    most_partners = 10
    kept_query = {"page": PAGE_NUMBER}

    def get_queryset(self):
        return Organization.objects.for_detail()

    def get_context_data(self, **kwargs):
        organization = self.object
        participations = organization.participations.published()
        paginator = Paginator(participations.latest(), self.paginate_by)
        try:
            page = paginator.page(self.request.GET.get("page", 1))
        except InvalidPage as error:
            raise Http404 from error
        return super().get_context_data(
            page_obj=page,
            roles=page.object_list.by_role(),
            over_years=RolesOverYears.of(participations) if paginator.count else None,
            partners=self.partners() if paginator.count else None,
            agreements=self.latest(organization.agreements),
            visits=self.latest(organization.visits),
            children=organization.children.for_list(),
            **kwargs,
        )

    def partners(self):
        """Return the organizations that it met most, the picture of them, and how many there are in all."""
        met = list(Organization.public_participations().beside(self.object).by_organization())
        closest = met[: self.most_partners]
        organizations = Organization.objects.in_bulk([row["organization"] for row in closest])
        for row in closest:
            row["organization"] = organizations[row["organization"]]
        closest.sort(key=lambda row: (-row["event_total"], sort_key(row["organization"].name)))
        names = [(row["organization"].name, row["organization"].short_name, row["event_total"]) for row in closest]
        return {"closest": closest, "star": star(names) if names else None, "all": len(met)}

    def latest(self, parts):
        """Return the latest of what happened at events, and how many there are in all."""
        parts = parts.published()
        return {"shown": parts.latest()[: self.most_shown], "all": parts.count()}
