"""Rows of cells from a file that anybody may have made: CSV in the usual encodings and delimiters, or XLSX.

`read(name, data, known)` returns a `Table`, or raises `UnreadableError`, which says what to do. Sizes are bounded
before anything is unpacked, and what an XLSX file declares for its reader to fetch or to multiply is refused.
"""

import csv
import io
import logging
import re
import unicodedata
import zipfile
from contextlib import suppress
from itertools import islice
from pathlib import PurePath
from typing import NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from forum_site.spreadsheets.cells import failure, text_of, unguarded, unguarded_from_csv
from forum_site.spreadsheets.formulas import Formulas

logger = logging.getLogger(__name__)

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 30 * 1024 * 1024
MAX_PARTS = 500  # of an XLSX file
MAX_ROWS, MAX_COLUMNS = 2000, 100
MAX_ELEMENTS, MAX_FORMATS = 150_000, 64_000  # of an XLSX file; a spreadsheet writes no more formats
MAX_ATTRIBUTE_LENGTH, MAX_FORMAT_LENGTH = 32_000, 255  # characters; openpyxl takes the square of a format's time
LAST_ROW = 20_000  # of a sheet that is read, empty ones included
MAX_CELL_LENGTH = 160_000  # characters: a text of the site, and its marks
# From one tag of an XLSX file to the next: a cell in four bytes a character. What is not read through at once, expat
# (CVE-2023-52425) reads from its beginning with each piece that comes, so that a comment of 28 MB took minutes.
MAX_STRETCH_BYTES = 4 * MAX_CELL_LENGTH  # bytes
DELIMITERS = ",;\t|"
MAX_ABOVE = 10  # rows among which the headings are looked for
SEP_LINE = re.compile(r"\"?sep=(.)\"?(?:\r\n|\r|\n|$)", re.IGNORECASE)  # By it, Excel tells what divides the cells.
csv.field_size_limit(MAX_CELL_LENGTH + 1)


class UnreadableError(Exception):
    """Tells in a sentence or two why the file cannot be read, and what to do."""


class Row(NamedTuple):
    number: int  # as a spreadsheet shows it
    cells: list
    failures: dict = {}  # by place in the row: why there is no value in this cell


class Table(NamedTuple):
    headings: list
    rows: list
    notes: list


def read(name, data, known):
    """Return the `Table` in a file; `known(heading)` tells whether a heading is one of ours."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(_("The file is larger than 5 MB. Divide it into several."))
    ending = PurePath(name).suffix.lower()
    if ending == ".xlsx":
        (rows, not_calculated), notes = xlsx_rows(data), []
    elif ending in (".csv", ".tsv", ".txt"):
        rows, notes = csv_rows(data, known)
        not_calculated = set()
    else:
        raise UnreadableError(_("Choose a file that ends in .csv or .xlsx."))
    return table(rows, notes, known, not_calculated)


def table(rows, notes, known, not_calculated=()):
    """Return the `Table` of `(number, cells)`; `not_calculated` are `(number, place)` of formulas without a value."""
    rows = list(bounded(rows, not_calculated))
    at = place_of_headings([cells for _number, cells in rows[:MAX_ABOVE]], known)
    above = [cells for _number, cells in rows[:at]]
    if len(rows) < at + 2:
        raise UnreadableError(_("The table has no rows: the first one has the names of the columns."))
    if len(rows) > at + 1 + MAX_ROWS:
        raise UnreadableError(
            _("The table has more than %(limit)s rows. Divide it into several.") % {"limit": f"{MAX_ROWS:,}"}
        )
    if above:
        told = _("Row %(row)s has the headings. The rows above it are not read: %(texts)s.")
        texts = "; ".join(f"“{' '.join(filter(None, map(visible, cells)))[:80]}”" for cells in above)
        notes = [*notes, told % {"row": rows[at][0], "texts": texts}]
    headings = [visible(cell) for cell in rows[at][1]]
    found = [Row(number, *without_failures(number, cells, not_calculated)) for number, cells in rows[at + 1 :]]
    return Table(headings, found, notes)


def bounded(rows, not_calculated):
    """Yield the rows that are not empty. Raises UnreadableError for what is more than can be read."""
    has_formulas = {number for number, _place in not_calculated}
    filled = 0
    for number, cells in rows:
        while cells and not cells[-1].strip() and (number, len(cells) - 1) not in not_calculated:
            cells.pop()
        if not cells and number not in has_formulas:
            continue
        if len(cells) > MAX_COLUMNS:
            raise UnreadableError(
                _("Row %(row)s has more than %(limit)s columns.") % {"row": number, "limit": MAX_COLUMNS}
            )
        if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
            raise UnreadableError(_("A cell of row %(row)s is too long.") % {"row": number})
        yield number, cells
        filled += 1
        if filled > MAX_ROWS + MAX_ABOVE:
            return


def place_of_headings(rows, known):
    """Return which of the first rows names most columns of ours: the first one, unless another names more."""
    numbers = [sum(known(visible(cell)) for cell in cells) for cells in rows]
    return numbers.index(max(numbers)) if numbers else 0


def visible(text):
    """Return a heading by what is seen of it: without marks that nobody sees, and with single spaces."""
    return " ".join("".join(letter for letter in text if unicodedata.category(letter) != "Cf").split())


def without_failures(number, cells, not_calculated):
    """Return the cells, those empty that hold no value, and why, by their places."""
    failures = {}
    for place, cell in enumerate(cells):
        if (number, place) in not_calculated:
            failures[place] = _(
                "This formula was never calculated. Open the table in a spreadsheet program and save it there."
            )
        elif found := failure(cell):
            failures[place] = _("“%(failure)s” is not a value: the program could not calculate it.") % {
                "failure": found
            }
    return ["" if place in failures else cell for place, cell in enumerate(cells)], failures


# CSV


def csv_rows(data, known):
    text, notes = decoded(data)
    text = text.lstrip("\ufeff")  # A file that was saved twice as “UTF-8 with a mark” has two.
    if sep_line := SEP_LINE.match(text):
        text, delimiter = text[sep_line.end() :], sep_line[1]
    else:
        delimiter = max(DELIMITERS, key=lambda each: known_headings(text, each, known))
    return _csv_rows(text, delimiter), notes


def _csv_rows(text, delimiter):
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(lines, start=1):
            yield number, [unguarded_from_csv(cell) for cell in cells]
    except csv.Error as error:
        raise UnreadableError(
            _("Row %(row)s cannot be read: a quotation mark is missing, or a cell is too long.")
            % {"row": lines.line_num}
        ) from error


def known_headings(text, delimiter, known):
    """Return how many columns of ours are named in one of the first rows, if they are divided like this."""
    most = 0
    try:
        for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 2 * MAX_ABOVE):
            most = max(most, sum(known(visible(unguarded(cell))) for cell in cells[:MAX_COLUMNS]))
    except csv.Error:
        pass
    return most


def decoded(data):
    """Return the text, and what has to be told about the guess that it took."""
    try:
        is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = data.decode("utf-16") if is_wide else ""
        if "\0" in text or (b"\0" in data and not is_wide):
            raise UnreadableError(_("This is no text. Save the table as “CSV UTF-8”, or as XLSX."))
        return text or data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnreadableError(_("This is no text. Save the table as “CSV UTF-8”, or as XLSX.")) from None
    # Cyrillic words are runs of bytes beyond ASCII; in the languages of the West, such letters stand alone.
    in_runs = sum(len(run) for run in re.findall(rb"[\x80-\xff]{3,}", data))
    beyond = sum(byte > 0x7F for byte in data)
    encoding, name = ("cp1251", "Windows-1251") if 2 * in_runs > beyond else ("cp1252", "Windows-1252")
    note = _("The file is not in UTF-8. It was read as %(encoding)s: check that all characters look right.")
    return data.decode(encoding, "replace"), [note % {"encoding": name}]


# XLSX


def xlsx_rows(data):
    """Return `(number, cells)` of the first sheet, and `(number, place)` of its formulas that hold no value."""
    refused = UnreadableError(_("The file is not an XLSX file or is damaged. Save the table again, or as “CSV UTF-8”."))
    try:
        not_calculated = look_over(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        not_calculated = not_calculated.get(sheet._worksheet_path, set())
        has_formulas = {number for number, _place in not_calculated}
        rows = []
        filled = 0
        for number, values in enumerate(sheet.iter_rows(max_row=LAST_ROW + 1, values_only=True), start=1):
            cells = [unguarded(text_of(value)) for value in values[: MAX_COLUMNS + 1]]
            if any(cells) or number in has_formulas:
                rows.append((number, cells))
                filled += 1
            if filled > MAX_ROWS + MAX_ABOVE:
                break
            if number > LAST_ROW:
                raise UnreadableError(_("The sheet goes beyond row %(row)s.") % {"row": f"{LAST_ROW:,}"})
    except UnreadableError:
        raise
    except Exception as error:  # What a forged file breaks in the parser has no end of names.
        logger.info("An XLSX file could not be read: %r", error)
        raise refused from error
    return rows, not_calculated


def look_over(data):
    """Return by each part the `(number, place)` of cells whose formula was never calculated.

    Raises UnreadableError for what would unpack to more than we read, or whose XML declares a type or entities.
    """
    not_calculated = {}
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        listed = parts.infolist()
        if len(listed) > MAX_PARTS or sum(part.file_size for part in listed) > MAX_UNPACKED:
            raise UnreadableError(_("The file unpacks to more than can be read. Save the table as “CSV UTF-8”."))
        elements = Elements()
        for part in listed:
            # What a part is called does not tell whether it is read as XML; pictures, which are none, fail at once.
            is_other = PurePath(part.filename).suffix.lower() not in (".xml", ".rels", ".vml")
            with suppress(expat.ExpatError if is_other else ()):
                not_calculated[part.filename] = elements.count_in(parts.read(part))
    return not_calculated


class Elements:
    """Counts what a file is made of, before openpyxl makes objects of it and looks for patterns in its formats."""

    def __init__(self):
        self.number = self.formats = 0

    def count_in(self, content):
        """Read a part, all of it at once, which takes expat a time that grows with its length alone."""
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = refuse_declaration
        self._parser.StartElementHandler = self._count
        self._formulas = Formulas(self._parser)
        self._last = 0  # where the tag before began
        self._parser.Parse(content, True)
        self._refuse_if(len(content) - self._last > MAX_STRETCH_BYTES)
        return self._formulas.not_calculated

    def _count(self, name, attributes):
        at = self._parser.CurrentByteIndex
        self.number += 1
        self.formats += name.endswith("xf")
        longest = MAX_FORMAT_LENGTH if name.endswith("numFmt") else MAX_ATTRIBUTE_LENGTH
        is_long = any(len(value) > longest for value in attributes.values()) or at - self._last > MAX_STRETCH_BYTES
        self._last = at
        self._refuse_if(is_long or self.number > MAX_ELEMENTS or self.formats > MAX_FORMATS)
        self._formulas.begin(name.rpartition(":")[2], attributes)

    @staticmethod
    def _refuse_if(is_too_much):
        if is_too_much:
            raise UnreadableError(_("The file holds more than can be read. Save the table as “CSV UTF-8”."))


def refuse_declaration(*declaration):
    raise UnreadableError(_("The file is not a regular spreadsheet. Save the table again."))
