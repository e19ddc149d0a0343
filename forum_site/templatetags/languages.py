"""Which language a text on a page is in, for those who read by ear and for browsers that hyphenate and choose fonts."""

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def lang(written):
    """Print the `lang` attribute of a text of `written`, which has a `language`: nothing where it is the page's own."""
    if not written.language or written.language == get_language():
        return ""
    return format_html(' lang="{}"', written.language)
