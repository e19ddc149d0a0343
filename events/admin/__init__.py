from events.admin.agreement import AgreementAdmin
from events.admin.event import EventAdmin
from events.admin.picture import PictureAdmin
from events.admin.series import SeriesAdmin
from events.admin.shows.views import ImportedShowsAdmin, ShowCorrectionAdmin, ShowCountAdmin
from events.admin.tags import TagAdmin

__all__ = [
    "AgreementAdmin",
    "EventAdmin",
    "ImportedShowsAdmin",
    "PictureAdmin",
    "SeriesAdmin",
    "ShowCorrectionAdmin",
    "ShowCountAdmin",
    "TagAdmin",
]
