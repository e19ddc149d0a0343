from events.models.agreement import Agreement, AgreementParty
from events.models.counting_method import CountingMethod
from events.models.document import EventDocument
from events.models.event import Event, OldEventSlug
from events.models.imported_shows import ImportedShows
from events.models.panel import Panel
from events.models.participation import Participation
from events.models.picture import EventPicture, Picture
from events.models.preview_link import PreviewLink
from events.models.revision import Revision
from events.models.series import Series
from events.models.show_correction import ShowCorrection
from events.models.shows import ShowCount, ShowTotal
from events.models.tag import Tag
from events.models.visit import Visit

__all__ = [
    "Agreement",
    "AgreementParty",
    "CountingMethod",
    "Event",
    "EventDocument",
    "EventPicture",
    "ImportedShows",
    "OldEventSlug",
    "Panel",
    "Participation",
    "Picture",
    "PreviewLink",
    "Revision",
    "Series",
    "ShowCorrection",
    "ShowCount",
    "ShowTotal",
    "Tag",
    "Visit",
]
