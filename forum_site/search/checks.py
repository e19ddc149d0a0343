from django.core.checks import Warning
from django.utils.translation import gettext as _

from forum_site.core.checks import installation_check
from forum_site.search.declaration import registry
from forum_site.search.models import SearchEntry


@installation_check
def index_is_filled():
    """Report an empty index; whether it agrees with the content, `rebuild_search --check` takes minutes to tell."""
    has_rows = any(search_index.model._base_manager.exists() for search_index in registry.values())
    if has_rows and not SearchEntry.objects.exists():
        return [
            Warning(
                _("The search finds nothing: its index is empty."),
                hint=_("Run manage.py rebuild_search."),
                id="forum_site.W011",
            )
        ]
    return []
