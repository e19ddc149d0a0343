"""Files that anybody may have made: read as they were meant, or refused with a sentence."""

import csv
import datetime
import io
import random
import zipfile

import pytest
from openpyxl import Workbook

from forum_site.spreadsheets import readers
from forum_site.spreadsheets.cells import guarded, guarded_in_csv, text_of, unguarded, unguarded_from_csv
from forum_site.spreadsheets.readers import UnreadableError, read
from forum_site.spreadsheets.writers import csv_lines
from tests.cost import cost
from tests.hostile import HOSTILE

NAMES = {"title", "first day"}


def rows_of(data, name="a.csv"):
    table = read(name, data, lambda heading: heading.lower() in NAMES)
    return [table.headings, *(row.cells for row in table.rows)]


def notes_of(data):
    return read("a.csv", data, lambda heading: heading.lower() in NAMES).notes


def as_xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rezipped(data, **parts):
    """Return an XLSX file with some of its parts exchanged, or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, parts.pop(part.filename, None) or old.read(part))
        for name, content in parts.items():
            new.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_encoding_are_told(delimiter, encoding):
    text = f'Title{delimiter}First day\n"Вода, суша; и\tнебо\nв двух строках"{delimiter}2027-05-17\n'
    assert rows_of(text.encode(encoding)) == [
        ["Title", "First day"],
        ["Вода, суша; и\tнебо\nв двух строках", "2027-05-17"],
    ]
    assert notes_of(text.encode(encoding)) == []


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [("Форум по воде", "cp1251", "Windows-1251"), ("Málaga, “Événement” für Größe", "cp1252", "Windows-1252")],
)
def test_encoding_that_is_guessed_is_told(text, encoding, name):
    data = f'Title;First day\n"{text}";2027-05-17\n'.encode(encoding)
    assert rows_of(data)[1][0] == text
    assert name in notes_of(data)[0]


def test_row_numbers_are_those_of_the_spreadsheet():
    assert [row.number for row in read("a.csv", b'Title\n"a\nb"\n\nc\n', NAMES.__contains__).rows] == [2, 4]
    rows = read("a.xlsx", as_xlsx(["Title"], ["a"], [None], ["c"]), NAMES.__contains__).rows
    assert [row.number for row in rows] == [2, 4]


def test_cells_of_a_spreadsheet_are_what_one_would_type():
    cells = [
        datetime.date(2027, 5, 17),
        datetime.datetime(2027, 5, 17, 9, 30),
        datetime.time(9, 30),
        585.0,
        1.5,
        None,
        "=1+1",
    ]
    assert rows_of(as_xlsx(["Title"], [*cells[:-1], "x"]), "a.xlsx")[1] == [
        *("2027-05-17", "2027-05-17 09:30", "09:30", "585", "1.5", "", "x")
    ]
    assert text_of("a\ud800") == "a\ufffd"


@pytest.mark.parametrize(
    "text", [*HOSTILE.values(), "=1+1", "'=1", "''=1", " =x", "@a", "'quoted'", "-5", "+7 701", "", "'"]
)
def test_what_is_guarded_comes_back(text):
    held = "".join(letter for letter in text if letter >= " " or letter in "\t\r\n")
    assert unguarded(guarded(held)) == held
    assert not guarded(text).lstrip().startswith(("=", "+", "-", "@"))


GOOD = as_xlsx(["Title", "First day"], ["Forum", "2027-05-17"])


def test_picture_in_a_spreadsheet_is_no_harm():
    assert rows_of(rezipped(GOOD, **{"xl/media/image1.png": b"\x89PNG\r\n\x1a\n<!"}), "a.xlsx")[1][0] == "Forum"


def refused(data, name="a.xlsx"):
    with pytest.raises(UnreadableError) as error:
        rows_of(data, name)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "data"),
    {
        "nothing.csv": b"",
        "headings.csv": b"Title,First day\n",
        "quote.csv": b'Title\n"' + b"x" * 200_000,
        "nul.csv": b"Title\nA\0B\n",
        "half.csv": b"\xff\xfeT",
        "wide.csv": b"," * 200 + b"x\n" * 2,
        "text.exe": b"Title\nForum\n",
        "no-ending": b"Title\nForum\n",
        "text.xlsx": b"Title\nForum\n",
        "cut.xlsx": GOOD[: len(GOOD) // 2],
        "other.xlsx": rezipped(GOOD, **{"xl/workbook.xml": "<x/>"}),
        "broken.xlsx": rezipped(
            GOOD, **{"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row r='x'><c r='!!' t='s'><v>9"}
        ),
        "entities.xlsx": rezipped(
            GOOD, **{"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}
        ),
        "renamed.xlsx": rezipped(GOOD, **{"xl/sheet.dat": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "laughs.xlsx": rezipped(
            GOOD, **{"docProps/core.xml": '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a/>'}
        ),
    }.items(),
)
def test_file_that_is_none_is_refused_in_a_sentence(name, data):
    assert refused(data, name).endswith((".", "columns."))


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch):
    bomb = rezipped(GOOD, **{"xl/worksheets/sheet9.xml": b" " * (readers.MAX_UNPACKED + 1)})
    assert len(bomb) < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args, **kwargs: 1 / 0)
    assert "unpacks to more" in refused(bomb)


def test_sizes_are_bounded():
    assert "more than 2,000 rows" in refused(b"Title\n" + b"a\n" * 2001, "a.csv")
    assert "more than 2,000 rows" in refused(as_xlsx(["Title"], *(["a"] for _row in range(2001))))
    assert "beyond row" in refused(as_xlsx(["Title"], *([None] for _row in range(20_000)), ["late"]))
    assert len(rows_of(b"Title\n" + b"a\n" * 2000)) == 2001
    assert "larger than 5 MB" in refused(b"x" * (readers.MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/worksheets/sheet1.xml", b"<sheetData><row>%s</row></sheetData>" % (b"<c/>" * 150_001)),
        ("xl/styles.xml", b'<numFmts><numFmt formatCode="%s"/></numFmts>' % (b"[" * 256)),
        ("xl/styles.xml", b"<cellXfs>%s</cellXfs>" % (b"<xf/>" * 64_001)),
        ("xl/workbook.xml", b'<workbook name="%s"/>' % (b"x" * 32_001)),
        ("xl/worksheets/sheet1.xml", b"<sheetData><!--%s--><row/></sheetData>" % (b"x" * 28_000_000)),
        ("xl/worksheets/sheet1.xml", b"<sheetData%s><row/></sheetData>" % (b" " * 28_000_000)),
        ("xl/worksheets/sheet1.xml", b"<sheetData><row/></sheetData%s>" % (b" " * 28_000_000)),
        ("xl/other.bin", b"<a><?a %s?></a>" % (b"x" * 28_000_000)),
    ],
    ids=["cells", "long format", "formats", "long attribute", "comment", "tag", "last tag", "instruction"],
)
def test_spreadsheet_of_more_than_can_be_read_is_refused_before_it_is_built(part, content):
    data = rezipped(GOOD, **{part: content})
    loops, reason = cost(lambda: refused(data))
    assert "more than can be read" in reason
    assert loops < 400  # A comment of 28 MB took two minutes, by pieces: more than 10,000.


def test_wide_text_with_a_nul_is_refused():
    assert "no text" in refused("Title\nA\0B".encode("utf-16"), "a.csv")


# What a program writes instead of a value


def failures(data, name="a.xlsx"):
    return {
        (row.number, place): told
        for row in read(name, data, lambda heading: heading.lower() in NAMES).rows
        for place, told in row.failures.items()
    }


def test_cells_that_failed_hold_no_value():
    book = Workbook()
    book.active.append(["Title", "First day", "Where"])
    book.active.append(["Forum", "#DIV/0!", "Oslo"])
    book.active["B2"].data_type = "e"
    book.active.append(["#NUM!", "2031-03-04", " #name? "])
    file = io.BytesIO()
    book.save(file)
    found = failures(file.getvalue())
    assert found.keys() == {(2, 1), (3, 0), (3, 2)}
    assert "“#NUM!” is not a value" in found[3, 0]
    assert rows_of(file.getvalue(), "a.xlsx")[1] == ["Forum", "", "Oslo"]


@pytest.mark.parametrize("text", ["#N/A", "#ЗНАЧ!", "#WERT!", "#¡DIV/0!", "Err:508", "########", " #REF! "])
def test_failures_in_csv_are_those_of_any_program(text):
    assert failures(f"Title;First day\n{text};2031-03-04\n".encode(), "a.csv").keys() == {(2, 0)}


@pytest.mark.parametrize("text", ["#MeToo!", "#1", "C#", "N/A", "Room #N/A", "#", "Err: 508"])
def test_text_with_a_hash_is_a_text(text):
    assert rows_of(f"Title;First day\n{text};2031-03-04\n".encode())[1][0] == text


def test_formula_that_was_never_calculated_is_told():
    data = as_xlsx(["Title", "First day", "Where"], ["Forum", "=TODAY()", None], ["=A2", "2031-03-04", '=""'])
    assert failures(data).keys() == {(2, 1), (3, 0), (3, 2)}
    assert all("never calculated" in told for told in failures(data).values())
    alone = as_xlsx(["Title"], ["Forum"], ["=A2"])
    assert failures(alone).keys() == {(3, 0)}


SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c><c r="B1" t="inlineStr"><is><t>First day</t></is></c></row>
<row>{}</row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ('<c r="A2" t="str"><f>UPPER("a")</f><v>A</v></c><c r="B2"><f>1+1</f><v>2</v></c>', set()),
        ('<c t="str"><f>""</f><v></v></c><c t="str"><f>UPPER("b")</f><v>B</v></c>', set()),  # An empty text.
        ('<c><f>A1</f></c><c t="str"><f>UPPER("b")</f><v>B</v></c>', {(2, 0)}),
        ('<c r="A2"/><c r="B2"><f/><v/></c>', {(2, 1)}),
        ('<c t="str"><f>UPPER("b")</f></c><c><v>1</v></c>', {(2, 0)}),
        ("<c><v>1</v></c><c><f>A1</f></c>", {(2, 1)}),
        ('<c r="A2"><v>7</v></c><c><f t="shared" si="0"/><v></v></c>', {(2, 1)}),
    ],
)
def test_formulas_with_a_value_are_those_that_a_program_calculated(cells, found):
    data = rezipped(GOOD, **{"xl/worksheets/sheet1.xml": SHEET.format(cells)})
    if not found and 't="str"><f>""' in cells:
        assert rows_of(data, "a.xlsx")[1] == ["", "B"]
    assert failures(data).keys() == found


def test_truth_is_as_the_spreadsheet_shows_it():
    assert rows_of(as_xlsx(["Title", "First day"], [True, False]), "a.xlsx")[1] == ["TRUE", "FALSE"]


# What stands before the headings


@pytest.mark.parametrize("sep", [";", ",", "\t", "|", "~"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_that_names_the_delimiter_is_obeyed(sep, mark, end):
    text = f"{mark}sep={sep}{end}Title{sep}First day{end}Forum{sep}2031-03-04{end}"
    table = read("a.csv", text.encode(), lambda heading: heading.lower() in NAMES)
    assert (table.headings, table.rows[0].cells) == (["Title", "First day"], ["Forum", "2031-03-04"])
    assert (table.rows[0].number, table.notes) == (2, [])  # Excel does not show the line.


@pytest.mark.parametrize("as_file", [lambda *rows: ("a.xlsx", as_xlsx(*rows)), lambda *rows: ("a.csv", as_csv(*rows))])
def test_captions_above_the_headings_are_told(as_file):
    name, data = as_file(
        ["Events of 2031"], [None], [None, "as of May"], ["Title", "First day"], ["Forum", "2031-03-04"]
    )
    table = read(name, data, lambda heading: heading.lower() in NAMES)
    assert (table.headings, table.rows[0].cells) == (["Title", "First day"], ["Forum", "2031-03-04"])
    assert table.rows[0].number == 5
    assert table.notes == ["Row 4 has the headings. The rows above it are not read: “Events of 2031”; “as of May”."]


def as_csv(*rows):
    return "\r\n".join(";".join(cell or "" for cell in row) for row in rows).encode()


def test_marks_that_nobody_sees_are_not_part_of_a_heading():
    headings = "\ufeffTi\u200btle;First\u00a0day\u2060;Ot\u00adher"
    assert rows_of(f"{headings}\nForum;2031-03-04;x\n".encode())[0] == ["Title", "First day", "Other"]


# Formulas behind any separator


def opened(text, delimiter):
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


DANGEROUS = [
    "Green corridors;=cmd|'/C calc'!A0;",
    "a,b|@SUM(1)",
    "x;  -1+1",
    'y;"=1+1"',
    "z\t+7",
    "line\n=1",
    "line\r\n\t=1",
    ";'=1",
    "a;\u00a0＝1",
    "== ; '\"' =",
    ";;;=,;-",
]


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_no_program_finds_a_formula_in_csv(text, delimiter):
    [_mark, *lines] = csv_lines([["1", text, text], [text, "x", text]])
    cells = opened("".join(lines), delimiter)
    assert not [cell for cell in cells if cell.strip().strip('"').lstrip().startswith(("=", "+", "-", "@", "＝"))]


@pytest.mark.parametrize("text", [*DANGEROUS, *HOSTILE.values(), "a - b, - c", "'=1;'=2", "- one\n- two", "5;5", ""])
def test_what_is_guarded_in_csv_comes_back(text):
    held = "".join(letter for letter in text if letter >= " " or letter in "\t\r\n")
    assert unguarded_from_csv(guarded_in_csv(held)) == held


def test_guards_come_back_from_any_text():
    chance = random.Random(7)
    for _number in range(3000):
        text = "".join(chance.choices(";,|\t\n =+-@'\"a\u00a0", k=chance.randrange(9)))
        assert unguarded_from_csv(guarded_in_csv(text)) == text
        assert unguarded(guarded(text)) == text
