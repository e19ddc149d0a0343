from django.db import models
from django.utils.translation import gettext_lazy as _


class CountingMethod(models.Model):
    """How readers were told from shows on a day: by which list of robots, and by which rule of ours.

    A day on which the site was updated has two.
    """

    day = models.DateField(_("day"))
    bot_list = models.CharField(_("list of bots"), max_length=40)
    rule = models.CharField(_("rule"), max_length=40)

    on_public_pages = False

    class Meta:
        verbose_name = _("method of a day")
        verbose_name_plural = _("methods by day")
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(name="events_countingmethod_once_a_day", fields=["day", "bot_list", "rule"])
        ]

    def __str__(self):
        return f"{self.day}: {self.bot_list}, {self.rule}"
