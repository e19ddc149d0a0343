"""The register of agreements: `/agreements/?party=…&year=2023&kind=memorandum&status=in_force`."""

from functools import cached_property

from django.utils.translation import gettext_lazy as _

from events.models import Agreement, AgreementParty
from events.website.filters import MAX_CHOICES, MAX_EXAMINED, OrganizationFilter, year_facet
from forum_site.website.filtered_lists import Choice, ChoiceFacet, FilteredListView, ListFilters, cached_params


class PartyFilter(OrganizationFilter):
    def apply(self, rows, organization, values):
        return rows.filter(pk__in=AgreementParty.objects.filter(organization=organization).values("agreement"))


class AgreementFilters(ListFilters):
    view_name = "events:agreements"
    facets = [
        ChoiceFacet("kind", _("Kind"), Agreement.Kind),
        year_facet("signed_on__year"),
        ChoiceFacet("status", _("Status"), Agreement.Status),
    ]
    filters = [PartyFilter("party", _("Party")), PartyFilter("with", _("Signed with"))]

    @property
    def parties_set(self):
        return [self.values[name] for name in ("party", "with") if name in self.values]

    @cached_property
    def other_choices(self):
        """Return the organizations that signed most of what is found, beside the party that is chosen, if one is."""
        name = "with" if "party" in self.values else "party"
        if name in self.values or not 0 < self.found <= MAX_EXAMINED:
            return []
        keys = self.apply(self.rows).order_by().values_list("pk", flat=True)
        parties = AgreementParty.objects.filter(agreement__in=list(keys)).exclude(organization__in=self.parties_set)
        choices = [
            Choice(label, number, self.address(**{name: slug}), language=language)
            for slug, label, language, number in parties.most_frequent()[:MAX_CHOICES]
        ]
        return [(_("Signed with") if name == "with" else _("Party"), choices)]


class AgreementListView(FilteredListView):
    list_filters = AgreementFilters
    paginate_by = 30
    cached_params = cached_params(AgreementFilters)

    def get_rows(self):
        return Agreement.objects.published().for_register()

    def get_paginator(self, *args, **kwargs):
        paginator = super().get_paginator(*args, **kwargs)
        paginator.count = self.filters.found  # Known already.
        return paginator
