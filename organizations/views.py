from django.core.paginator import InvalidPage, Paginator
from django.http import Http404
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
    """The organization with its roles, the latest events first, by page; and the latest it signed and received."""

    paginate_by = 50
    most_shown = 50
    kept_query = {"page": PAGE_NUMBER}

    def get_queryset(self):
        return Organization.objects.for_detail()

    def get_context_data(self, **kwargs):
        organization = self.object
        paginator = Paginator(organization.participations.published().latest(), self.paginate_by)
        try:
            page = paginator.page(self.request.GET.get("page", 1))
        except InvalidPage as error:
            raise Http404 from error
        return super().get_context_data(
            page_obj=page,
            roles=page.object_list.by_role(),
            agreements=self.latest(organization.agreements),
            visits=self.latest(organization.visits),
            children=organization.children.for_list(),
            **kwargs,
        )

    def latest(self, parts):
        """Return the latest of what happened at events, and how many there are in all."""
        parts = parts.published()
        return {"shown": parts.latest()[: self.most_shown], "all": parts.count()}
