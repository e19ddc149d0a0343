"""Agreements as a table, which goes out only."""

from django.utils.translation import gettext_lazy

from events.models import Agreement
from forum_site.spreadsheets.columns import SEVERAL, ChoiceColumn, Column, FieldColumn
from organizations.lookup import References


class EventColumn(Column):
    def written(self, agreement):
        return agreement.event.title


class EventAddressColumn(Column):
    def written(self, agreement):
        return agreement.event.slug


class PartiesColumn(Column):
    def __init__(self):
        super().__init__("parties", gettext_lazy("Parties"))
        self._references = References()

    def written(self, agreement):
        return f"{SEVERAL} ".join(self._references.written(party) for party in agreement.parties.all())


def agreement_columns():
    return [
        FieldColumn(Agreement, "title"),
        ChoiceColumn(Agreement, "kind", written_as="label"),
        FieldColumn(Agreement, "signed_on"),
        FieldColumn(Agreement, "signed_during"),
        PartiesColumn(),
        FieldColumn(Agreement, "other_parties"),
        ChoiceColumn(Agreement, "status", written_as="label"),
        FieldColumn(Agreement, "valid_until"),
        FieldColumn(Agreement, "summary"),
        EventColumn("event", gettext_lazy("Event")),
        EventAddressColumn("event_slug", gettext_lazy("Slug of the event")),
    ]
