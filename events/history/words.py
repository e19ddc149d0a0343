"""Two texts, marked word by word: what is only in the one, and what is only in the other."""

import re
from difflib import SequenceMatcher

from django.utils.html import strip_tags

MOST_WORDS = 4_000  # in a text; beyond, paragraphs are compared, which takes no longer
# Between scripts that write no spaces between words, each sign is a word.
_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|[^\w\s]")
_PARAGRAPH = re.compile(r"[^\n]*\n|[^\n]+")
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|tr|blockquote|figcaption|caption)>|<br>|<hr>", re.IGNORECASE)


def readable(html):
    """Return the text of rich text, each paragraph on a line of its own."""
    text = strip_tags(_BLOCK_END.sub(lambda end: f"{end.group()}\n", html))
    for entity, sign in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return re.sub(r"[ \t]*\n\s*", "\n", text).strip()


def marked(before, after):
    """Return both texts as lists of `(piece, whether it is only here)`."""
    one, other = _WORD.findall(before), _WORD.findall(after)
    if max(len(one), len(other)) > MOST_WORDS:
        one, other = _PARAGRAPH.findall(before), _PARAGRAPH.findall(after)
    left, right = [], []
    for tag, at, end, at_other, end_other in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if end > at:
            left.append(("".join(one[at:end]), tag != "equal"))
        if end_other > at_other:
            right.append(("".join(other[at_other:end_other]), tag != "equal"))
    return left, right
