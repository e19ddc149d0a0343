from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.ties import CollaborationQuerySet
from forum_site.search.sync import Indexed


def by_role(participations):
    """Return `(label of the role, its participations in their order)` for each role that somebody has, hosts first."""
    groups = {}
    for participation in participations:
        groups.setdefault(participation.role, []).append(participation)
    return [(role.label, groups[role]) for role in Participation.Role if role in groups]


class ParticipationQuerySet(CollaborationQuerySet):
    def inviting(self):
        """Those who hosted, then those who organized: the names that stand on a card."""
        hosts, organizers = Participation.Role.HOST, Participation.Role.ORGANIZER
        return self.filter(role__in=[hosts, organizers]).order_by(
            models.Case(models.When(role=hosts, then=0), default=1), "position", "id"
        )

    def most_frequent(self):
        """Return slug, name and language of each organization with the number of events it took part in, most first."""
        columns = ["organization__slug", "organization__name", "organization__language"]
        numbers = self.order_by().values_list(*columns).annotate(events=models.Count("event", distinct=True))
        return numbers.order_by("-events", "organization__name", "organization__slug")

    def by_role(self):
        """Return `(label of the role, its participations in their order)`, hosts first."""
        return by_role(self)


class Participation(Indexed, models.Model):
    """An organization's role in an event."""

    class Role(models.TextChoices):
        HOST = "host", _("Host")
        ORGANIZER = "organizer", _("Organizer")
        CO_ORGANIZER = "co_organizer", _("Co-organizer")
        PARTNER = "partner", _("Partner")
        PARTICIPANT = "participant", _("Participant")
        MEDIA_PARTNER = "media_partner", _("Media partner")
        ESTABLISHED = "established", _("Established at the event")

    event = models.ForeignKey("Event", models.CASCADE, related_name="participations", verbose_name=_("event"))
    organization = models.ForeignKey(
        "organizations.Organization",
        models.PROTECT,
        related_name="participations",
        verbose_name=_("organization"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.PARTICIPANT)
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("organizations and their roles")
        ordering = ["position", "id"]
        # Answers in which events an organization had which role without a look at the rows.
        indexes = [models.Index(fields=["organization", "role", "event"], name="events_participation_by_role")]
        constraints = [
            models.UniqueConstraint(
                name="events_participation_one_role_once",
                fields=["event", "organization", "role"],
                violation_error_message=_("This organization has this role already. Take one of the two rows out."),
            )
        ]

    def __str__(self):
        return f"{self.event} ({self.get_role_display()})"

    @property
    def name_in_event(self):
        return f"{self.organization} ({self.get_role_display()})"
