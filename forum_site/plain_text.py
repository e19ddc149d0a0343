"""Texts for what is no page, files and terminals: without markup, and without what these cannot hold."""

import html
import re

from django.utils.html import strip_tags

# Controls, halves of characters and what is no character: XML 1.0 (2.2) forbids them, and no reader needs them.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLOCK_END = re.compile(r"<br ?/?>|</(?:p|h[2-4]|li|td|th|blockquote|caption|figcaption)>")


def one_line(text):
    """Return `text` on a single line: whatever breaks a line, in any standard, becomes a space."""
    return _UNFIT.sub("", " ".join(str(text).split()))


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
