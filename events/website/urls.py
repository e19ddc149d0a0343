from django.urls import include, path, register_converter

from events.website import views
from events.website.agreements import AgreementListView
from events.website.calendar import CurrentMonthView, MonthView
from events.website.exports import views as ways_out
from events.website.preview import PreviewView

app_name = "events"


class YearConverter:
    regex = "[12][0-9]{3}"
    to_python = int
    to_url = str


class MonthConverter(YearConverter):
    regex = "[1-9]|1[0-2]"


class CiteFormatConverter:
    regex = "bib|ris"
    to_python = to_url = str


class HexConverter:
    regex = "[0-9a-f]{16}"
    to_python = to_url = str


register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")
register_converter(CiteFormatConverter, "cite_format")
register_converter(HexConverter, "hex")

of_events = [
    path("", views.EventListView.as_view(), name="list"),
    path("calendar/", CurrentMonthView.as_view(), name="calendar-now"),
    path("calendar/<year:year>/<month:month>/", MonthView.as_view(), name="calendar"),
    path("<year:year>/", views.EventYearView.as_view(), name="year"),
    path("feed/", ways_out.EventFeedView.as_view(), name="feed"),
    path("calendar.ics", ways_out.CalendarView.as_view(), name="calendar-file"),
    path("<slug:slug>.ics", ways_out.EventCalendarView.as_view(), name="ics"),
    path("<slug:slug>/", views.EventDetailView.as_view(), name="detail"),
    path("<slug:slug>/cite.<cite_format:format>", ways_out.CiteView.as_view(), name="cite"),
    path("<slug:slug>/<hex:digest>.png", ways_out.SharePictureView.as_view(), name="share-picture"),
]

urlpatterns = [
    path("events/", include(of_events)),
    path("agreements/", AgreementListView.as_view(), name="agreements"),
    path("preview/<str:token>/", PreviewView.as_view(), name="preview"),
    path("e/<int:pk>/", ways_out.ShortAddressView.as_view(), name="short"),
]
