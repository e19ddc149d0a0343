from django.contrib import admin

from events.models import Series
from forum_site.admin.base import SteadyAdmin
from forum_site.admin.printed_rows import PublishedRowsAdmin


@admin.register(Series)
class SeriesAdmin(PublishedRowsAdmin, SteadyAdmin, admin.ModelAdmin):
    search_fields = ["name"]
