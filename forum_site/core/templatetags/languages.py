"""Which language a text on a page is in, for those who read by ear and for browsers that hyphenate and choose fonts."""

from babel.core import get_global
from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def lang(written):
    """Print the `lang` attribute of a text of `written`, which has a `language`: nothing where it is the page's own."""
    if not written.language or written.language == get_language():
        return ""
    return format_html(' lang="{}"', written.language)


@register.simple_tag
def open_graph_locale(written=None):
    """Return the language of a text, or of the page, as Open Graph writes it: with the country where most speak it."""
    language = (written and written.language) or get_language() or settings.LANGUAGE_CODE
    language, _hyphen, variant = language.partition("-")
    likely = get_global("likely_subtags").get(f"{language}_{variant.title()}") or get_global("likely_subtags").get(
        language
    )
    country = variant.upper() if len(variant) == 2 else (likely or "").rpartition("_")[2]
    return f"{language}_{country}" if country else language
