from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable
from forum_site.core.fields.text import OneLineField
from forum_site.media.fields import PictureField, RandomFileName

UNDESCRIBED = _("Say what the picture shows, for readers who cannot see it, or that it is only decorative.")


def focus_field(label):
    return models.PositiveSmallIntegerField(
        label, default=50, db_default=50, validators=[MaxValueValidator(100)], help_text=_("In percent.")
    )


class Covered(models.Model):
    """The picture that an event is shown by. One that the public sees is described, or said to be decorative."""

    cover = PictureField(
        _("cover picture"),
        upload_to=RandomFileName("covers"),
        width_field="cover_width",
        height_field="cover_height",
        blank=True,
        help_text=_("JPEG, PNG, WebP or GIF, at most 10 MB."),
    )
    cover_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    cover_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    cover_alt = OneLineField(
        _("alt text"),
        max_length=250,
        blank=True,
        help_text=_("What it shows, for readers who cannot see it."),
    )
    cover_is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        db_default=False,
        help_text=_("Adds no information; screen readers skip it."),
    )
    cover_not_needed = models.BooleanField(
        _("no cover needed"),
        default=False,
        db_default=False,
        help_text=_("No more reminders. Shared links show a drawn picture instead."),
    )
    cover_credit = OneLineField(_("credit"), max_length=200, blank=True)
    cover_focus_x = focus_field(_("focus from the left"))
    cover_focus_y = focus_field(_("focus from the top"))

    class Meta:
        abstract = True

    @property
    def cover_description(self):
        """What stands for the cover where it is not seen."""
        return "" if self.cover_is_decorative else self.cover_alt

    @property
    def has_undescribed_cover(self):
        return bool(self.cover) and not (self.cover_alt.strip() or self.cover_is_decorative)

    def clean(self):
        super().clean()
        if self.publication_status == Publishable.PublicationStatus.PUBLISHED and self.has_undescribed_cover:
            raise ValidationError({"cover_alt": UNDESCRIBED})
