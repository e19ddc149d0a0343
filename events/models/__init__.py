from events.models.agreement import Agreement, AgreementParty
from events.models.event import Event, FormerEventSlug
from events.models.panel import Panel
from events.models.participation import Participation
from events.models.show_count import ShowCount
from events.models.visit import Visit

__all__ = ["Agreement", "AgreementParty", "Event", "FormerEventSlug", "Panel", "Participation", "ShowCount", "Visit"]
