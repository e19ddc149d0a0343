"""Who did what at an event, at a glance: the names that stand among its facts."""

from typing import NamedTuple

from django import template
from django.utils.translation import gettext as _

from events.models import Participation
from organizations.models import Organization

register = template.Library()

NAMED = 3  # of each role; all stand further down the page


class RoleFact(NamedTuple):
    label: str
    named: list[Organization]
    more: int


@register.filter
def role_facts(roles):
    """Return who hosted, who organized and who took part, from the event's participations by role."""
    labels = {
        Participation.Role.HOST: _("Hosted by"),
        Participation.Role.ORGANIZER: _("Organized by"),
        Participation.Role.PARTICIPANT: _("Taking part"),
    }
    by_role = {participations[0].role: participations for _label, participations in roles}
    facts = []
    for role, label in labels.items():
        organizations = [participation.organization for participation in by_role.get(role, [])]
        if organizations:
            facts.append(RoleFact(label, organizations[:NAMED], len(organizations[NAMED:])))
    return facts
