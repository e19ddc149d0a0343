from events.admin.agreement import AgreementAdmin
from events.admin.event import EventAdmin
from events.admin.picture import PictureAdmin
from events.admin.series import SeriesAdmin
from events.admin.shows import ShowCorrectionAdmin, ShowCountAdmin
from events.admin.tagging import TagAdmin

__all__ = [
    "AgreementAdmin",
    "EventAdmin",
    "PictureAdmin",
    "SeriesAdmin",
    "ShowCorrectionAdmin",
    "ShowCountAdmin",
    "TagAdmin",
]
