"""JSON-LD on pages: data for search engines in a script element, which is no script and needs no policy."""

from django import template
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line

register = template.Library()


@register.simple_tag
def linked_data(data):
    """Print JSON-LD, escaped by Django's json_script(), so that nothing typed can end the element."""
    script = json_script(data)
    return mark_safe(script.replace('type="application/json"', 'type="application/ld+json"', 1))  # noqa: S308


@register.simple_tag
def breadcrumb_data(here, parent_url="", parent_name=""):
    """Return the breadcrumbs of a page as a BreadcrumbList; the last one needs no address."""
    crumbs = [(_("Home"), absolute(reverse("home")))]
    if parent_url:
        crumbs.append((parent_name, absolute(parent_url)))
    items = [{"name": one_line(name), "item": address} for name, address in crumbs] + [{"name": one_line(here)}]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, **item} for number, item in enumerate(items, start=1)
        ],
    }
