from django.core.paginator import InvalidPage
from django.http import Http404
from django.views.generic import DetailView

from events.models import Participation
from forum_site.core.db.pagination import DeferredPaginator
from forum_site.pagecache.views import PAGE_NUMBER, CachedPageView
from forum_site.website.redirects import OldSlugRedirect
from organizations.models import Organization
from organizations.website.directory import sort_key
from organizations.website.network.star import star
from organizations.website.roles import RolesOverYears


class OrganizationDetailView(CachedPageView, OldSlugRedirect, DetailView):
    """The organization, whom it met, its roles by page, the latest events first, and what it signed and received."""

    paginate_by = 50
    most_shown = 50
    most_partners = 10
    cached_params = {"page": PAGE_NUMBER}

    def get_queryset(self):
        return Organization.objects.for_detail()

    def get_context_data(self, **kwargs):
        organization = self.object
        participations = organization.participations.published()
        paginator = DeferredPaginator(participations.latest(), self.paginate_by)
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
        met = list(Participation.objects.published().alongside(self.object).by_organization())
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
