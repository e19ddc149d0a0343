from django.db import models
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import is_published
from forum_site.core.fields.text import OneLineField
from forum_site.media.fields import DocumentField, RandomFileName


class EventDocumentQuerySet(models.QuerySet):
    def published(self):
        """Those whose event the public may see at this moment."""
        return self.filter(is_published("event__"))


class EventDocument(models.Model):
    """A paper of an event, such as its programme, for readers to take along."""

    event = models.ForeignKey("Event", models.CASCADE, related_name="documents", verbose_name=_("event"))
    position = models.PositiveIntegerField(_("position"), default=0)
    title = OneLineField(_("title"), max_length=200, help_text=_("Such as: Programme, or Final declaration."))
    file = DocumentField(_("file"), upload_to=RandomFileName("documents"), help_text=_("PDF, at most 10 MB."))
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0, editable=False)

    objects = EventDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["file"], name="events_eventdocument_by_file")]

    def __str__(self):
        return self.title

    def save(self, **kwargs):
        if self.file and not self.file._committed:
            self.size = self.file.size
        super().save(**kwargs)
