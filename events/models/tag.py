from django.db import models
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable
from forum_site.core.db.slugs import suggest_slugs
from forum_site.core.db.unique_names import refuse_same_name
from forum_site.core.fields.text import OneLineField


class TagQuerySet(models.QuerySet):
    def printed_keys(self):
        """Return the keys of those that an event has which has been published."""
        tagged = self.filter(events__publication_status__in=Publishable.HAS_BEEN_PUBLISHED)
        return set(tagged.order_by().values_list("pk", flat=True))


class Tag(models.Model):
    """A word that events are found by across kinds and series: a topic, a region, a programme.

    Its address is made from its first name and stays, whatever it is called later, so that no link to it breaks.
    """

    reserved_slugs = []

    name = OneLineField(
        _("name"),
        max_length=60,
        unique=True,
        help_text=_("A topic in one or two words, such as: water."),
        error_messages={"unique": _("A tag with this name already exists. Choose that one.")},
    )
    slug = models.CharField(_("slug"), max_length=100, unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, **kwargs):
        self.slug = self.slug or suggest_slugs(Tag, [self.name])[0]
        super().save(**kwargs)

    def clean(self):
        super().clean()
        refuse_same_name(self)
