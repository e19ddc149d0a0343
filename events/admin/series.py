from django.contrib import admin

from events.models import Series
from forum_site.admin import SteadyAdmin
from forum_site.printed_rows import PrintedAdmin


@admin.register(Series)
class SeriesAdmin(PrintedAdmin, SteadyAdmin, admin.ModelAdmin):
    search_fields = ["name"]
