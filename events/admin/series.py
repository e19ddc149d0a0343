from django.contrib import admin

from events.models import Series
from forum_site.admin.base import SteadyAdmin
from forum_site.admin.printed_rows import PrintedAdmin


@admin.register(Series)
class SeriesAdmin(PrintedAdmin, SteadyAdmin, admin.ModelAdmin):
    search_fields = ["name"]
