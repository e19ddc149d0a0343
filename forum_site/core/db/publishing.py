"""What the public may see, and when: a model with a publication, from a moment and until a moment.

`Publishable` has the fields, `PublishableQuerySet.published()` is the one question whether the public sees a row,
`not_trashed()` leaves out what lies in the bin, and `next_publishing_changes()` tells when the answer changes next by
the clock alone. What is `EDITABLE` was never published, or was taken back to be written anew. What
`HAS_BEEN_PUBLISHED`, whatever its hours, is changed by those who may publish, and so is each row that is printed there
(printed_rows.py).

A row goes from draft to in review to published, and may be unpublished. Into the bin it goes whole, with all that
belongs to it, and whole it comes back.
"""

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.constraints import FieldConstraint


def refuse_unlikely_year(moment):
    if not 1900 <= moment.year <= 2999:
        raise ValidationError(_("Is the year right? It lies between 1900 and 2999."))


class PublishableQuerySet(models.QuerySet):
    def published(self):
        """What the public may see at this moment, by the database's clock."""
        return self.filter(is_published())

    def hidden(self):
        """What the public does not see at this moment: drafts, and what is before or after its time."""
        return self.filter(
            ~Q(publication_status=Publishable.PublicationStatus.PUBLISHED)
            | Q(publish_at__gt=Now())
            | Q(unpublish_at__lte=Now())
        )

    def next_schedule_change(self, now):
        """Return when the clock of a row next changes what pages print of it, or None."""
        return None

    def not_trashed(self):
        """What editors work with: all that is not in the bin."""
        return self.exclude(publication_status=Publishable.PublicationStatus.TRASHED)


def is_published(row=""):
    """Return the condition that the public sees a row at this moment; `row`, as in "event__", leads to it."""
    return (
        Q(**{f"{row}publication_status": Publishable.PublicationStatus.PUBLISHED})
        & (Q(**{f"{row}publish_at": None}) | Q(**{f"{row}publish_at__lte": Now()}))
        & (Q(**{f"{row}unpublish_at": None}) | Q(**{f"{row}unpublish_at__gt": Now()}))
    )


class Publishable(models.Model):
    class PublicationStatus(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        UNPUBLISHED = "unpublished", _("Unpublished")
        TRASHED = "trashed", _("In the trash")

    EDITABLE = (PublicationStatus.DRAFT, PublicationStatus.IN_REVIEW)
    HAS_BEEN_PUBLISHED = (PublicationStatus.PUBLISHED, PublicationStatus.UNPUBLISHED)

    publication_status = models.CharField(
        _("publication status"),
        max_length=20,
        choices=PublicationStatus,
        default=PublicationStatus.DRAFT,
        help_text=_("Only a published event is seen by the public."),
    )
    publish_at = models.DateTimeField(
        _("publish at"),
        null=True,
        blank=True,
        validators=[refuse_unlikely_year],
        help_text=_("A published event stays hidden until then."),
    )
    unpublish_at = models.DateTimeField(
        _("hide at"),
        null=True,
        blank=True,
        validators=[refuse_unlikely_year],
        help_text=_("The event is hidden again from then on."),
    )

    class Meta:
        abstract = True

    @property
    def is_trashed(self):
        return self.publication_status == self.PublicationStatus.TRASHED

    @property
    def is_public(self):
        return self.pk is not None and type(self).objects.published().filter(pk=self.pk).exists()


def publishing_constraints():
    """Return the constraints of a `Publishable` model."""
    return [
        FieldConstraint(
            field="unpublish_at",
            name="%(app_label)s_%(class)s_hidden_after_published",
            condition=Q(publish_at=None) | Q(unpublish_at=None) | Q(unpublish_at__gt=models.F("publish_at")),
            violation_error_message=_("The event would be unpublished before it is published. Correct one of the two."),
        )
    ]


def publishing_indexes():
    """Return the indexes that find the next turn among many rows, most of which have none."""
    return [
        models.Index(
            fields=[field], name=f"%(app_label)s_%(class)s_{field}", condition=Q(**{f"{field}__isnull": False})
        )
        for field in PUBLISHING_FIELDS
    ]


PUBLISHING_FIELDS = ("publish_at", "unpublish_at")


def next_publishing_changes():
    """Return subqueries, one for each moment that turns a row from hidden to public or back: the next one to come."""
    return {
        f"{model._meta.model_name}_{field}": models.Subquery(
            model.objects.filter(**{f"{field}__gt": Now()}).order_by(field).values(field)[:1]
        )
        for model in apps.get_models()
        if issubclass(model, Publishable)
        for field in PUBLISHING_FIELDS
    }
