from django.views.generic import DetailView, ListView

from forum_site.kept_pages import PAGE_NUMBER, KeptPageView
from forum_site.slugs import FormerSlugRedirect
from organizations.models import Organization


class OrganizationListView(KeptPageView, ListView):
    paginate_by = 50
    kept_query = {"page": PAGE_NUMBER}

    def get_queryset(self):
        return Organization.objects.for_list()


class OrganizationDetailView(KeptPageView, FormerSlugRedirect, DetailView):
    def get_queryset(self):
        return Organization.objects.for_detail()

    def get_context_data(self, **kwargs):
        organization = self.object
        return super().get_context_data(
            roles=organization.participations.published().by_role(),
            agreements=organization.agreements.published().latest(),
            visits=organization.visits.published().latest(),
            children=organization.children.for_list(),
            **kwargs,
        )
