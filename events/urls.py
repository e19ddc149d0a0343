from django.urls import include, path, register_converter

from events import views
from events.agreements_register import AgreementListView
from events.month_calendar import CurrentMonthView, MonthView

app_name = "events"


class YearConverter:
    regex = "[12][0-9]{3}"
    to_python = int
    to_url = str


class MonthConverter(YearConverter):
    regex = "[1-9]|1[0-2]"


register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")

of_events = [
    path("", views.EventListView.as_view(), name="list"),
    path("calendar/", CurrentMonthView.as_view(), name="calendar-now"),
    path("calendar/<year:year>/<month:month>/", MonthView.as_view(), name="calendar"),
    path("<year:year>/", views.EventYearView.as_view(), name="year"),
    path("<slug:slug>/", views.EventDetailView.as_view(), name="detail"),
]

urlpatterns = [
    path("events/", include(of_events)),
    path("agreements/", AgreementListView.as_view(), name="agreements"),
]
