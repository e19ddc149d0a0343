"""Files that anybody may have made: read as they were meant, or refused with a sentence."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from forum_site.tables import reading
from forum_site.tables.cells import guarded, text_of, unguarded
from forum_site.tables.reading import UnreadableError, read
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
    bomb = rezipped(GOOD, **{"xl/worksheets/sheet9.xml": b" " * (reading.MOST_UNPACKED + 1)})
    assert len(bomb) < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args, **kwargs: 1 / 0)
    assert "unpacks to more" in refused(bomb)


def test_sizes_are_bounded():
    assert "more than 2,000 rows" in refused(b"Title\n" + b"a\n" * 2001, "a.csv")
    assert "more than 2,000 rows" in refused(as_xlsx(["Title"], *(["a"] for _row in range(2001))))
    assert "beyond row" in refused(as_xlsx(["Title"], *([None] for _row in range(20_000)), ["late"]))
    assert len(rows_of(b"Title\n" + b"a\n" * 2000)) == 2001
    assert "larger than 5 MB" in refused(b"x" * (reading.MOST_BYTES + 1))


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
