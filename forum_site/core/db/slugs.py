"""Addresses of pages: a slug of its own, proposed from the title, and every slug it had before.

`Slugged` is the model with an address and `OldSlug` remembers those given up; `slug_constraints()` are its constraints,
`suggest_slug()` makes one from a title in any script, and `suggest_slugs()` many at once.
"""

import re

from anyascii import anyascii
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.constraints import FieldConstraint

MAX_LENGTH = 80


def slug_base(model, title):
    """Return a slug for a `model` page called `title`, be it free or not: Latin letters, whatever the script."""
    base = re.sub(r"[-_]+", "-", slugify(anyascii(title[:300]))).strip("-")
    if len(base) > MAX_LENGTH:
        base = base[:MAX_LENGTH].rpartition("-")[0] or base[:MAX_LENGTH]
    if not base or base.isdigit() or base in model.reserved_slugs:
        base = f"{model._meta.model_name}-{base}".strip("-")
    return base


def suggest_slug(model, title):
    """Return a free slug for a new `model` page called `title`."""
    base = slug_base(model, title)
    taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= set(model.old_slugs.rel.related_model.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def suggest_slugs(model, titles, taken=()):
    """Return free slugs for new pages with these titles, no two alike and none of `taken`, in few statements."""
    bases = [slug_base(model, title) for title in titles]
    found, taken, numbers = [None] * len(bases), set(taken), {}
    while None in found:
        tried = {}
        for at, base in enumerate(bases):
            if found[at] is None:
                numbers[base] = numbers.get(base, 0) + 1
                tried[at] = base if numbers[base] == 1 else f"{base}-{numbers[base]}"
        taken |= taken_slugs(model, tried.values())
        for at, slug in tried.items():
            if slug not in taken:
                found[at] = slug
                taken.add(slug)
    return found


def taken_slugs(model, slugs, former=True):
    """Return those of `slugs` that a `model` page has; if `former`, those that it has had, too."""
    slugs = list(slugs)
    pages = [model._default_manager]
    if former and hasattr(model, "old_slugs"):
        pages.append(model.old_slugs.rel.related_model.objects)
    return {
        slug
        for rows in pages
        for at in range(0, len(slugs), 500)
        for slug in rows.filter(slug__in=slugs[at : at + 500]).values_list("slug", flat=True)
    }


def slug_constraints(reserved):
    """Return the constraints of a slug: well-formed, not a bare number (a year has that address), not reserved."""
    return [
        FieldConstraint(
            field="slug",
            name="%(app_label)s_%(class)s_slug_wellformed",
            condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*\Z") & ~Q(slug__regex=r"^[0-9]+\Z"),
            violation_error_message=_(
                "Use lowercase Latin letters, digits and single hyphens, such as land-sea-forum-2023. "
                "A number alone is reserved for a year."
            ),
        ),
        FieldConstraint(
            field="slug",
            name="%(app_label)s_%(class)s_slug_not_reserved",
            condition=~Q(slug__in=reserved),
            violation_error_message=_("This slug is reserved. Choose another one."),
        ),
    ]


class Slugged(models.Model):
    """A page with an address. The heir names its `reserved_slugs` and has `old_slugs` and `slug_constraints()`.

    That a former address of one page is not given to another is seen to by `clean()`, and so by forms alone.
    """

    reserved_slugs = []
    has_free_slug = False  # Said by whoever has asked for many pages at once, so that each need not ask.

    slug = models.CharField(
        _("slug"),
        max_length=100,
        unique=True,
        blank=True,
        help_text=_(
            "The last part of the page's URL, suggested from the title. If you change it, the old URL redirects here."
        ),
        error_messages={"unique": _("Another page already has this slug. Add a word or a number.")},
    )

    class Meta:
        abstract = True

    def save(self, **kwargs):
        with transaction.atomic():
            before = self._stored_slug()
            self.slug = self.slug or before or suggest_slug(type(self), str(self))
            super().save(**kwargs)
            if before and before != self._stored_slug():
                self.old_slugs.filter(slug=self.slug).delete()
                self.old_slugs.model.objects.update_or_create(slug=before, defaults={"page": self})

    def clean(self):
        super().clean()
        if self.has_free_slug:
            return
        self.slug = self.slug or self._stored_slug() or suggest_slug(type(self), str(self))
        namesake = type(self)._default_manager.filter(slug=self.slug).exclude(pk=self.pk).first()
        if getattr(namesake, "is_trashed", False):
            raise ValidationError(
                {
                    "slug": _("“%(page)s”, which is in the trash, has this slug. Add a word or a number.")
                    % {"page": namesake}
                }
            )
        others = type(self).old_slugs.rel.related_model.objects.filter(slug=self.slug).exclude(page=self.pk)
        if other := others.select_related("page").first():
            raise ValidationError(
                {"slug": _("This is an old slug of “%(page)s” and still redirects there.") % {"page": other.page}}
            )

    def validate_unique(self, exclude=None):
        super().validate_unique({*(exclude or ()), "slug"} if self.has_free_slug else exclude)

    def _stored_slug(self):
        """The address that the page has now: an emptied field keeps it."""
        if self._state.adding:
            return None
        return type(self)._base_manager.filter(pk=self.pk).values_list("slug", flat=True).first()


class OldSlug(models.Model):
    """An address given up; the heir has the `page` that it leads to, as related name `old_slugs`."""

    slug = models.CharField(max_length=100, unique=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.slug
