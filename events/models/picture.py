from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable, is_published
from forum_site.core.fields.text import OneLineField
from forum_site.media.access import texts_naming
from forum_site.media.fields import PictureField, RandomFileName

UNDESCRIBED = _("Say what the picture shows, for readers who cannot see it, or that it is only decorative.")


def focus_field(label):
    return models.PositiveSmallIntegerField(
        label, default=50, db_default=50, validators=[MaxValueValidator(100)], help_text=_("In percent.")
    )


def is_printed(search_index, keys):
    """Return whether one of these rows with a text is public anyway, or belongs to an event that has been published."""
    rows = search_index.model._base_manager.filter(pk__in=keys)
    if hasattr(search_index.model, "publication_status"):
        return rows.filter(publication_status__in=Publishable.HAS_BEEN_PUBLISHED).exists()
    if hasattr(search_index.model, "event"):
        return rows.filter(event__publication_status__in=Publishable.HAS_BEEN_PUBLISHED).exists()
    return rows.exists()


class PictureQuerySet(models.QuerySet):
    def undescribed(self):
        """Those that have neither a description nor are said to be decorative."""
        return self.filter(alt="", is_decorative=False)

    def published(self):
        """Those that stand in the gallery of an event which the public may see at this moment."""
        places = EventPicture.objects.filter(is_published("event__"), picture=OuterRef("pk"))
        return self.filter(Exists(places))

    def printed_keys(self):
        """Return the keys of those that something shows which has been published: a gallery, a cover or a text."""
        events = EventPicture._meta.get_field("event").related_model.objects
        events = events.filter(publication_status__in=Publishable.HAS_BEEN_PUBLISHED).order_by()
        shown = self.filter(Q(places__event__in=events) | Q(file__in=events.exclude(cover="").values("cover")))
        keys = set(shown.order_by().values_list("pk", flat=True))
        for key, name in self.exclude(pk__in=keys).values_list("pk", "file"):
            if any(is_printed(search_index, rows) for search_index, rows in texts_naming([name]).items()):
                keys.add(key)
        return keys


class Picture(models.Model):
    """A picture of the library, for galleries, covers and texts. Its file never changes, and outlives its row."""

    file = PictureField(
        _("file"),
        upload_to=RandomFileName("pictures"),
        width_field="width",
        height_field="height",
        help_text=_("JPEG, PNG, WebP or GIF, at most 10 MB."),
    )
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    title = OneLineField(
        _("title"), max_length=200, blank=True, help_text=_("By which it is found here. Readers do not see it.")
    )
    alt = OneLineField(
        _("description"),
        max_length=250,
        blank=True,
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_("Adds no information; screen readers skip it."),
    )
    credit = OneLineField(_("credit"), max_length=200, blank=True, help_text=_("The photographer or artist."))
    focus_x = focus_field(_("focus from the left"))
    focus_y = focus_field(_("focus from the top"))
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("uploaded by")
    )

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-uploaded_at", "-id"]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="events_picture_latest"),
            models.Index(fields=["file"], name="events_picture_by_file"),
            models.Index(
                fields=["id"], name="events_picture_undescribed", condition=models.Q(alt="", is_decorative=False)
            ),
        ]

    def __str__(self):
        return self.title or self.alt or _("Picture %(number)s") % {"number": self.pk}

    def clean(self):
        super().clean()
        if (
            self.is_undescribed
            and self.pk
            and self.places.filter(event__publication_status=Publishable.PublicationStatus.PUBLISHED).exists()
        ):
            raise ValidationError({"alt": UNDESCRIBED})

    @property
    def description(self):
        """What stands for it where it is not seen."""
        return "" if self.is_decorative else self.alt

    @property
    def is_undescribed(self):
        return not (self.alt.strip() or self.is_decorative)


class EventPicture(models.Model):
    """A place in the gallery of an event, and what is said of the picture there."""

    event = models.ForeignKey("Event", models.CASCADE, related_name="pictures", verbose_name=_("event"))
    position = models.PositiveIntegerField(_("position"), default=0)
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="places", verbose_name=_("picture"))
    caption = OneLineField(_("caption"), max_length=300, blank=True, help_text=_("Readers see it below."))

    class Meta:
        verbose_name = _("picture of the gallery")
        verbose_name_plural = _("gallery")
        ordering = ["position", "id"]

    def __str__(self):
        return self.caption or str(self.picture)
