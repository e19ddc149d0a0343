from django.contrib.admin import SimpleListFilter
from django.utils.translation import gettext_lazy as _

from events.models import Revision


class DraftFilter(SimpleListFilter):
    """Events with a working draft, which nobody sees in the event's own state."""

    title = _("draft changes")
    parameter_name = "draft"

    def lookups(self, request, model_admin):
        return [("yes", _("Has draft changes")), ("review", _("Draft changes waiting for review")), ("no", _("None"))]

    def queryset(self, request, queryset):
        drafts = Revision.objects.filter(is_draft=True)
        if self.value() == "review":
            drafts = drafts.filter(action=Revision.Action.DRAFT_IN_REVIEW)
        keys = drafts.order_by().values("event")
        if self.value() == "no":
            return queryset.exclude(pk__in=keys)
        return queryset.filter(pk__in=keys) if self.value() in ("yes", "review") else queryset
