from django.contrib import admin

from events.models import Series
from forum_site.admin import SteadyAdmin


@admin.register(Series)
class SeriesAdmin(SteadyAdmin, admin.ModelAdmin):
    search_fields = ["name"]
