"""Texts for what is no page, files and terminals: without markup, and without what these cannot hold."""

import html
import re

from django.utils.html import strip_tags

from forum_site.core.text.folding import UNFIT

_BLOCK_END = re.compile(r"<br ?/?>|</(?:p|h[2-4]|li|td|th|blockquote|caption|figcaption)>")


def one_line(text):
    """Return `text` on a single line: whatever breaks a line, in any standard, becomes a space."""
    return UNFIT.sub("", " ".join(str(text).split()))


def plain_text(rich_text):
    """Return cleaned rich text on one line, without its markup."""
    return one_line(html.unescape(strip_tags(_BLOCK_END.sub(" ", rich_text))))


def shortened(text, length):
    """Return `text`, or its beginning up to the end of a word, with an ellipsis; at most `length` characters."""
    if len(text) <= length:
        return text
    return f"{text[: length - 1].rpartition(' ')[0] or text[: length - 1]}…"


def for_terminal(text, length=300):
    """Return a text of others as a terminal may show it, shortened: what would move, colour or turn it is spelt out."""
    told = shortened(" ".join(str(text).split()), length)
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in told)
