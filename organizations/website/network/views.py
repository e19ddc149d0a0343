from collections import Counter

from django.core.paginator import InvalidPage, Paginator
from django.http import Http404
from django.views.generic import TemplateView

from events.models import Event, Participation
from forum_site.pagecache.views import PAGE_NUMBER, CachedPageView
from organizations.models import Organization
from organizations.website.directory import sort_key
from organizations.website.network.circle import Node, circle
from organizations.website.network.period import Period

YEAR = "[12][0-9]{3}"


class NetworkView(CachedPageView, TemplateView):
    """Who worked with whom in a period: the organizations that met others most, around a circle, and each pair of them.

    Ties are looked for among the organizations with most roles in the period, which are all of them unless there are
    more than `most_compared`: so the page costs the same however many there are.
    """

    template_name = "organizations/network.html"
    most_compared = 200
    most_drawn = 40
    paginate_by = 50
    cached_params = {"from": YEAR, "to": YEAR, "page": PAGE_NUMBER}

    def get_context_data(self, **kwargs):
        years = dict(Event.objects.published().years())
        if not years:
            return super().get_context_data(period=self.no_period(), path=self.request.path, **kwargs)
        period = self.period(years)
        active, collaborations = self.collaborations(period)
        organizations = self.drawn(collaborations)
        collaborations = {
            pair: met for pair, met in collaborations.items() if pair[0] in organizations and pair[1] in organizations
        }
        paginator = Paginator(self.pairs(collaborations, organizations), self.paginate_by)
        try:
            page = paginator.page(self.request.GET.get("page", 1))
        except InvalidPage as error:
            raise Http404 from error
        return super().get_context_data(
            period=period,
            active=active,
            compared=min(active, self.most_compared),
            organizations=organizations,
            circle=self.circle(organizations, collaborations) if collaborations else None,
            page_obj=page,
            path=self.path(period, page),
            page_address=f"?{'&'.join(filter(None, [self.query(period), 'page=']))}",
            **kwargs,
        )

    @staticmethod
    def query(period):
        """Return the query that names the period, unless that is what everybody sees."""
        return "" if period.is_default else f"from={period.first}&to={period.last}"

    def path(self, period, page):
        """Return the one address of this page: several lead to it."""
        parts = [self.query(period), f"page={page.number}" if page.number > 1 else ""]
        return self.request.path + ("?" if any(parts) else "") + "&".join(filter(None, parts))

    def no_period(self):
        if self.asked("from") or self.asked("to"):
            raise Http404

    def period(self, years):
        try:
            return Period.within(years, self.asked("from"), self.asked("to"))
        except ValueError as error:
            raise Http404 from error

    def asked(self, name):
        """Return the year that the address names, or None."""
        try:
            return int(self.request.GET[name]) if self.request.GET.get(name) else None
        except ValueError as error:
            raise Http404 from error

    def collaborations(self, period):
        """Return how many organizations had a role in the period, and the ties of those with most roles."""
        roles = Participation.objects.published().of_years(period.first, period.last)
        active = list(roles.most_active())
        return len(active), roles.of_any(active[: self.most_compared]).collaborations()

    def drawn(self, collaborations):
        """Return the organizations that met others most, by key, in the order of kinds and names."""
        met = Counter()
        for pair, years in collaborations.items():
            for organization in pair:
                met[organization] += years.total()
        keys = sorted(met, key=lambda key: (-met[key], key))[: self.most_drawn]
        found = Organization.objects.defer("about").in_bulk(keys)
        kinds = Organization.Kind.values
        return {
            key: found[key]
            for key in sorted(keys, key=lambda key: (kinds.index(found[key].kind), sort_key(found[key].name), key))
        }

    def circle(self, organizations, collaborations):
        nodes = [
            Node(key, organization.name, organization.short_name, organization.get_kind_display(), organization)
            for key, organization in organizations.items()
        ]
        return circle(nodes, {pair: years.total() for pair, years in collaborations.items()})

    def pairs(self, collaborations, organizations):
        """Return each pair with its events in all and by year, those who met most first."""
        place = {key: number for number, key in enumerate(organizations)}
        found = sorted(
            ((-years.total(), *sorted(pair, key=place.get)) for pair, years in collaborations.items()),
            key=lambda row: (row[0], place[row[1]], place[row[2]]),
        )
        return [
            {
                "one": organizations[one],
                "other": organizations[other],
                "events": -events,
                "years": collaborations[min(one, other), max(one, other)].items(),
            }
            for events, one, other in found
        ]
