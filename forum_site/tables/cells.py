"""What stands in a cell: text that no spreadsheet takes for a formula, and that is the same when it comes back."""

import datetime
import re

# What a spreadsheet would run (OWASP, CSV injection), however many apostrophes keep it from that already.
_GUARDED = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
_NO_CELL_HOLDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def guarded(text):
    """Return `text` as it may stand in a cell: with an apostrophe before what looks like a formula."""
    text = _NO_CELL_HOLDS.sub("", text)
    return f"'{text}" if _GUARDED.match(text) else text


def unguarded(text):
    """Return what `guarded()` made this of."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


def text_of(value):
    """Return the value of a spreadsheet's cell as it would be typed; a day without a time as a day."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time.min
        return value.date().isoformat() if is_day else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _HALF_CHARACTER.sub("\ufffd", str(value))
