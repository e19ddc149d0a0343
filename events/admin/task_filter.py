from django.contrib.admin import SimpleListFilter
from django.utils.translation import gettext_lazy as _

from events.admin.dashboard import TASKS


class TaskFilter(SimpleListFilter):
    """The tasks of the dashboard, asked of the whole list, in the list's own order."""

    title = _("task")
    parameter_name = "task"

    def lookups(self, request, model_admin):
        return [(name, question.title) for name, question in TASKS.items()]

    def queryset(self, request, queryset):
        question = TASKS.get(self.value())
        if not question:
            return queryset
        # By their keys: the list has an order of its own, and asks for more than this question.
        return queryset.filter(pk__in=question.ask(queryset.model.objects.all(), request.user).order_by().values("pk"))
