"""What stands in a cell: text that no spreadsheet takes for a formula, and that is the same when it comes back."""

import datetime
import re

# What a spreadsheet would run (OWASP, CSV injection), however many apostrophes keep it from that already.
_GUARDED = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
# The same behind what may divide cells: a program that divides by “;” opens one in the midst of “a;=1”. Quotation
# marks may come first, which such a program drops.
_GUARDED_WITHIN = r"(?<=[;,|\t\r\n]){}(?=['\"]*[^\S\t\r\n]*['\"]*[=+\-@＝＋－＠])"
_WITHIN, _WITHIN_GUARDED = re.compile(_GUARDED_WITHIN.format("")), re.compile(_GUARDED_WITHIN.format("'"))
_NO_CELL_HOLDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


# What Excel, LibreOffice and Google Sheets write where a formula has failed or a column is too narrow, in the languages
# of most of our readers, and English.
FAILURES = {
    *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!", "#CALC!", "#FIELD!"),
    *("#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!", "#GETTING_DATA"),
    *("#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?", "#ДЕЛ/0!", "#ЧИСЛО!", "#ПУСТО!", "#ПЕРЕНОС!"),
    *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!", "#¡REF!"),
    *("#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!", "#¡NUM!", "#¡NULO!", "#YOK", "#BAŞV!", "#DEĞER!", "#AD?", "#SAYI/0!"),
    *(f"ERR:{number}" for number in range(501, 541)),
    *("#" * number for number in range(3, 256)),
}


def guarded(text):
    """Return `text` as it may stand in a cell: with an apostrophe before what looks like a formula."""
    text = _NO_CELL_HOLDS.sub("", text)
    return f"'{text}" if _GUARDED.match(text) else text


def unguarded(text):
    """Return what `guarded()` made this of."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


def guarded_in_csv(text):
    """Return `text` as it may stand in a cell of CSV, whatever a program takes for the mark between cells."""
    return _WITHIN.sub("'", guarded(text))


def unguarded_from_csv(text):
    """Return what `guarded_in_csv()` made this of."""
    return unguarded(_WITHIN_GUARDED.sub("", text)) if "'" in text else text


def failure(text):
    """Return what a program wrote instead of a value, such as “#N/A”, or ""."""
    text = text.strip()
    return text if text[:1] in ("#", "E", "e") and text.upper() in FAILURES else ""


def text_of(value):
    """Return the value of a spreadsheet's cell as it would be typed; a day without a time as a day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()  # As the spreadsheet shows it.
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time.min
        return value.date().isoformat() if is_day else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _HALF_CHARACTER.sub("\ufffd", str(value))
