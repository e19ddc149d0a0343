from django.urls import path, register_converter

from events import views

app_name = "events"


class YearConverter:
    regex = "[12][0-9]{3}"
    to_python = int
    to_url = str


register_converter(YearConverter, "year")

urlpatterns = [
    path("", views.EventListView.as_view(), name="list"),
    path("<year:year>/", views.EventYearView.as_view(), name="year"),
    path("<slug:slug>/", views.EventDetailView.as_view(), name="detail"),
]
