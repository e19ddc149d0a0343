import re

from django.core.paginator import InvalidPage, Paginator
from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.gzip import gzip_page
from django.views.generic import TemplateView

from forum_site.core.text.folding import strip_invisible
from forum_site.pagecache.views import PAGE_NUMBER
from forum_site.search.results import as_written, results, search

MAX_LENGTH = 200  # characters that are searched for; nobody types more


@method_decorator(gzip_page, name="dispatch")
class SearchView(TemplateView):
    """What is found for `q`, the best first. Not kept: there are as many such pages as there are things to type."""

    template_name = "search.html"
    redirects_misspelt = True
    paginate_by = 20

    def get_context_data(self, **kwargs):
        text = typed(self.request.GET.get("q", ""))
        found = search(text)
        page = self.page_of(found.entries)
        shown = results(page.object_list, found.parse_query)
        return super().get_context_data(
            q=text,
            longest=MAX_LENGTH,
            found=found,
            results=shown,
            shown_for=as_written(found, shown),
            page_obj=page,
            page_address=f"?{urlencode({'q': text})}&page=",
            **kwargs,
        )

    def page_of(self, entries):
        number = self.request.GET.get("page", "1")
        if not re.fullmatch(PAGE_NUMBER, number):
            raise Http404
        try:
            return Paginator(entries, self.paginate_by).page(number)
        except InvalidPage as error:
            raise Http404 from error


def typed(text):
    """Return what was typed as it can be printed and searched for: without what is no character, and not too long."""
    return strip_invisible(text.encode("utf-8", "ignore").decode().replace("\x00", ""))[:MAX_LENGTH]
