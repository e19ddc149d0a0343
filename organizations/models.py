from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.db.publishing import Publishable
from forum_site.core.db.slugs import OldSlug, Slugged, slug_constraints
from forum_site.core.fields.countries import CountryField, country_constraint
from forum_site.core.fields.languages import LanguageField
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import OneLineField
from forum_site.core.fields.urls import WebAddressField, url_constraint
from forum_site.media.fields import PictureField, RandomFileName
from forum_site.search.declaration import SearchIndex
from forum_site.search.sync import Indexed, IndexedQuerySet

RESERVED_SLUGS = ["calendar", "feed", "network", "new", "search"]


# The ways to the events that name an organization.
PRINTED_BY = ("participations__event", "agreements__event", "visits__event")
ANCESTORS = "parent__parent__parent__parent"  # Loaded at once; a chain is seldom longer.


class OrganizationQuerySet(IndexedQuerySet):
    def published(self):
        """All: an organization is public from the moment that it is entered."""
        return self.all()

    def printed_keys(self):
        """Return the keys of those that something prints which has been published: by themselves or as who is above."""
        roots = {key: key for key in self.order_by().values_list("pk", flat=True)}
        on_public_pages, level, seen = set(), roots, set(roots)
        while level:
            rows = self.model._base_manager.filter(pk__in=level)
            for way in PRINTED_BY:
                printing = rows.filter(**{f"{way}__publication_status__in": Publishable.HAS_BEEN_PUBLISHED})
                on_public_pages |= {level[key] for key in printing.order_by().values_list("pk", flat=True)}
            below = self.model._base_manager.filter(parent__in=level).exclude(pk__in=seen).values_list("pk", "parent")
            level = {key: level[parent] for key, parent in below if level[parent] not in on_public_pages}
            seen |= set(level)
        return on_public_pages

    def for_list(self):
        return self.select_related("parent").order_by("name")

    def for_detail(self):
        return self.select_related(ANCESTORS)

    def facet_counts(self):
        """Return how many organizations there are for each kind and country: `{(…): number}`."""
        columns = self.order_by().values_list("kind", "country")
        return {tuple(values): number for *values, number in columns.annotate(organizations=Count("id"))}


class Organization(Indexed, Slugged):
    """Whoever hosts, organizes, takes part, signs or is visited."""

    reserved_slugs = RESERVED_SLUGS

    class Kind(models.TextChoices):
        THINK_TANK = "think_tank", _("Think tank")
        ALLIANCE = "alliance", _("Alliance or association")
        GOVERNMENT = "government", _("Government body")
        PARTY = "party", _("Political party")
        UNIVERSITY = "university", _("University")
        BUSINESS = "business", _("Business")
        VENUE = "venue", _("Museum or venue")
        MEDIA = "media", _("Media")
        INTERNATIONAL = "international", _("International organization")
        OTHER = "other", _("Other")

    name = OneLineField(
        _("name"),
        max_length=300,
        help_text=_("The full official name, as shown on the page."),
    )
    short_name = OneLineField(
        _("short name"), max_length=60, blank=True, help_text=_("An abbreviation that readers know, such as ILSTC.")
    )
    language = LanguageField(
        _("language"), help_text=_("Of the name and the text; empty if it is the language of this site.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.THINK_TANK)
    country = CountryField(_("country"), blank=True)
    city = OneLineField(_("city"), max_length=100, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("part of"),
        related_name="children",
        null=True,
        blank=True,
        help_text=_(
            "The organization that this one belongs to, if any: a department's ministry, a centre's university."
        ),
    )
    website = WebAddressField(
        _("website"), blank=True, help_text=_("Begins with https:// and opens the organization's own site.")
    )
    logo = PictureField(_("logo"), upload_to=RandomFileName("logos"), blank=True)
    about = RichTextField(_("about"), blank=True, help_text=_("A few sentences for readers who do not know it."))

    objects = OrganizationQuerySet.as_manager()

    search_index = SearchIndex(
        number=2,
        title="name",
        names=["short_name"],
        places=["city", "country"],
        texts=["about"],
        line="organizations/_found_organization.html",
    )

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        indexes = [models.Index(fields=["logo"], name="organizations_org_by_logo")]
        constraints = [
            *slug_constraints(RESERVED_SLUGS),
            country_constraint("country", "organizations_organization_country_code"),
            FieldConstraint(
                field="parent",
                name="organizations_organization_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_message=_("An organization cannot be part of itself. Choose another one, or none."),
            ),
            url_constraint("website", "organizations_organization_website_address"),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        if self.pk and any(ancestor.pk == self.pk for ancestor in self.ancestors()):
            raise ValidationError(
                {
                    "parent": _("“%(parent)s” is itself a part of this organization. Choose another one, or none.")
                    % {"parent": self.parent}
                }
            )

    def get_absolute_url(self):
        return reverse("organizations:detail", kwargs={"slug": self.slug})

    def ancestors(self):
        """Return the chain of organizations that this one is part of, nearest first; it ends where it would repeat."""
        chain, organization = [], self.parent
        while organization and organization not in chain:
            chain.append(organization)
            organization = organization.parent
        return chain


class OldOrganizationSlug(OldSlug):
    page = models.ForeignKey(Organization, models.CASCADE, related_name="old_slugs")


class OrganizationMerge(models.Model):
    """That an organization was merged into another, with all that is needed to undo it: see organizations/merge.py.

    Keys, not relations: what it tells of may be gone.
    """

    source_key = models.BigIntegerField()
    source_name = OneLineField(_("merged organization"), max_length=300)
    source_slug = models.CharField(_("slug"), max_length=100)
    target_key = models.BigIntegerField()
    target_name = OneLineField(_("merged into"), max_length=300)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("merged by")
    )
    merged_at = models.DateTimeField(_("merged"), auto_now_add=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True)
    data = models.JSONField()

    on_public_pages = False

    class Meta:
        verbose_name = _("merged organization")
        verbose_name_plural = _("merged organizations")
        ordering = ["-merged_at", "-id"]
        default_permissions = ()  # Whoever may delete organizations may see and undo them.

    def __str__(self):
        return self.source_name

    def mark_undone(self, person):
        self.undone_at, self.undone_by = timezone.now(), person
        self.save(update_fields=["undone_at", "undone_by"])
