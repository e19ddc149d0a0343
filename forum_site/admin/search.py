"""The admin's search: by the site's index where a model is in it, else by the `search_fields` of its ModelAdmin."""

from django.contrib import messages
from django.utils.translation import gettext as _

from forum_site.core.text.folding import normalize_line
from forum_site.search.query import MAX_FOUND, matching

MAX_QUERY_LENGTH = 200  # characters
MAX_WORDS = 6  # looked for in `search_fields`


class WordSearch:
    def get_search_fields(self, request):
        """Compare as a reader does: SQLite's own LIKE knows the capitals of ASCII alone."""
        return [f"{name}__folded_contains" for name in super().get_search_fields(request)]

    def get_search_results(self, request, queryset, search_term):
        """Return the rows that all words of `search_term` find, of an indexed model the first `MAX_FOUND`."""
        text = normalize_line(search_term[:MAX_QUERY_LENGTH])
        if not text:
            return queryset, False
        if not hasattr(self.model, "search_index"):
            return super().get_search_results(request, queryset, " ".join(text.split()[:MAX_WORDS]))
        found = list(self.get_matching(queryset, text).values_list("pk", flat=True)[: MAX_FOUND + 1])
        if len(found) > MAX_FOUND and request.path.endswith(f"/{self.opts.model_name}/"):
            messages.info(
                request,
                _("Only the first %(number)s of what was found are shown. Another word finds less.")
                % {"number": MAX_FOUND},
            )
        return queryset.filter(pk__in=found[:MAX_FOUND]), False

    def get_matching(self, queryset, text):
        return matching(self.model.search_index, queryset, text)
