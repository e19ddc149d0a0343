from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.cover import focus_field
from forum_site.text_fields import OneLineField
from forum_site.uploads import OwnName, PictureField


class PictureQuerySet(models.QuerySet):
    def undescribed(self):
        """Those that have neither a description nor are said to be decorative."""
        return self.filter(alt="", is_decorative=False)


class Picture(models.Model):
    """A picture of the library, for galleries, covers and texts. Its file never changes, and outlives its row."""

    file = PictureField(
        _("file"),
        upload_to=OwnName("pictures"),
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
        _("description"), max_length=250, blank=True, help_text=_("What it shows, for readers who cannot see it.")
    )
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_("It tells nothing that the text does not: screen readers pass it by."),
    )
    credit = OneLineField(_("credit"), max_length=200, blank=True, help_text=_("Who took or drew it."))
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
            models.Index(
                fields=["id"], name="events_picture_undescribed", condition=models.Q(alt="", is_decorative=False)
            ),
        ]

    def __str__(self):
        return self.title or self.alt or _("Picture %(number)s") % {"number": self.pk}

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
