"""Two texts, marked word by word: what is only in the one, and what is only in the other.

Compared by paragraphs first, then by the words of those that differ. What has very many is marked whole.
"""

import re
from difflib import SequenceMatcher

MAX_PIECES = 5_000
MAX_EQUAL = 400  # signs of a stretch that both have; of a longer one, only both ends are shown
END_SHOWN = 150
# Between scripts that write no spaces between words, each sign is a word.
_WORD = re.compile(r"(?:[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+|[^\w\s])\s*|\s+")
_PARAGRAPH = re.compile(r"[^\n]*\n|[^\n]+")
_TAG = re.compile(r"<(/?)([a-z]+\d?)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'\b(alt|src|href)="([^"]*)"')
BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "blockquote", "figcaption", "caption", "table", "pre"}


def to_text(html):
    """Return the text of rich text, each paragraph on a line of its own; of links and pictures, the address, too."""
    open_links = []

    def told(found):
        is_end, name, attributes = bool(found[1]), found[2].lower(), dict(_ATTRIBUTE.findall(found[3]))
        if name == "img":
            return f"[{' '.join(filter(None, [attributes.get('alt'), attributes.get('src')]))}]"
        if name == "a" and not is_end:
            open_links.append(attributes.get("href", ""))
        elif name == "a" and open_links:
            return f" ({open_links.pop()})"
        if name in ("br", "hr") or (is_end and name in BLOCKS):
            return "\n"
        return " | " if is_end and name in ("td", "th") else ""

    text = _TAG.sub(told, html)
    for entity, sign in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, sign)
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def diff(before, after):
    """Return both texts as lists of `(piece, whether it is only here)`; what both have may be cut, by "…"."""
    left, right = [], []
    for one, other in hunks(_PARAGRAPH.findall(before), _PARAGRAPH.findall(after)):
        if one == other:
            left.append(("".join(one), False))
            right.append(("".join(other), False))
            continue
        for mine, theirs in hunks(_WORD.findall("".join(one)), _WORD.findall("".join(other))):
            left.append(("".join(mine), mine != theirs))
            right.append(("".join(theirs), mine != theirs))
    left, right = _without_islands(left, right)
    return _joined(left), _joined(right)


def _without_islands(left, right):
    """Mark spaces and single signs between two changes as changed with them: what is left of a text torn up."""
    for at in range(1, len(left) - 1):
        (mine, is_own), (theirs, _is_own) = left[at], right[at]
        if not is_own and len(mine.strip()) <= 1 and left[at - 1][1] and left[at + 1][1] and "\n" not in mine:
            left[at], right[at] = (mine, True), (theirs, True)
    return left, right


def _joined(pieces):
    """Put like neighbours together, and cut what is long and the same."""
    joined = []
    for text, is_own in pieces:
        if not text:
            continue
        if joined and joined[-1][1] == is_own:
            joined[-1] = (joined[-1][0] + text, is_own)
        else:
            joined.append((text, is_own))
    last = len(joined) - 1
    return [(text if is_own else _cut(text, at > 0, at < last), is_own) for at, (text, is_own) in enumerate(joined)]


def _cut(text, has_before, has_after):
    """Return the ends of a long text that stand next to something that differs."""
    if len(text) <= MAX_EQUAL:
        return text
    start = text[:END_SHOWN].rpartition(" ")[0] or text[:END_SHOWN]
    end = text[-END_SHOWN:].partition(" ")[2] or text[-END_SHOWN:]
    return f"{start} … {end}" if has_before and has_after else f"{start} …" if has_before else f"… {end}"


def hunks(one, other):
    """Return both lists cut into pairs of stretches, equal or not."""
    first = 0
    while first < min(len(one), len(other)) and one[first] == other[first]:
        first += 1
    last = 0
    while last < min(len(one), len(other)) - first and one[-1 - last] == other[-1 - last]:
        last += 1
    middle, its_other = one[first : len(one) - last], other[first : len(other) - last]
    found = [(one[:first], other[:first])]
    if max(len(middle), len(its_other)) > MAX_PIECES:
        found.append((middle, its_other))
    else:
        codes = SequenceMatcher(None, middle, its_other).get_opcodes()
        found += [(middle[a:b], its_other[c:d]) for _tag, a, b, c, d in codes]
    found.append((one[len(one) - last :], other[len(other) - last :]))
    return [pair for pair in found if pair != ([], [])]
