"""Odd files at every door that takes one: refused in a sentence, or stored as what they are, and never an error."""

import io
import zipfile
from itertools import product

import pytest

from events.models import Event
from forum_site.spreadsheets.readers import MAX_ROWS
from organizations.models import Organization
from tests.forum_site.test_tables import as_xlsx, rezipped
from tests.odd_input.forms import shown_on
from tests.odd_input.scripts import SCRIPTS
from tests.odd_input.words import spread
from tests.uploads import attacks, odd_names, picture, png_of

BOUNDARY = "multipart/form-data; boundary=odd-input"
TABLES = ["/admin/events/event/import/", "/admin/organizations/organization/import/"]


def multipart(fields, name, file_name, content, kind="application/octet-stream"):
    """Return a body as a browser sends it, the file's name and type as they are given."""
    lines = []
    for field, values in fields.items():
        for value in values:
            lines.append(f'--odd-input\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode())
    head = f'--odd-input\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
    head += f"Content-Type: {kind}\r\n\r\n"
    return b"".join([*lines, head.encode("utf-8", "surrogatepass"), content, b"\r\n--odd-input--\r\n"])


def documents():
    jpeg = picture().read()
    pdf = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(canary())>>>>endobj\n%%EOF"
    return {
        "empty": b"",
        "pdf": pdf,
        "pdf and html": pdf[:-5] + b"<script>canary()</script>%%EOF",
        "pdf and zip": pdf + as_xlsx(["a"]),
        "jpeg and pdf": jpeg + pdf,
        "jpeg and html": jpeg + b"<script>canary()</script>",
        "jpeg and zip": jpeg + as_xlsx(["a"]),
        "cut jpeg": jpeg[:200],
        "large png": png_of(60_000, 60_000),
        "long png": png_of(4_000_000_000, 1),
        "png of nothing": png_of(0, 0),
        "many scans": jpeg[:-2] + b"\xff\xda\x00\x08" * 5_000 + b"\xff\xd9",
        "gif head": b"GIF89a" + b"\xff" * 100,
        "webp head": b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 50,
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='canary()'/>",
        "html": b"<html><script>canary()</script>",
        "zip": as_xlsx(["a"]),
        "noise": bytes(range(256)) * 100,
        "nul": b"\x00" * 1_000,
    }


def tables():
    """Return files that call themselves tables, by their names."""
    good = as_xlsx(["Title", "First day"], ["Forum", "2027-05-17"])
    sheet = zipfile.ZipFile(io.BytesIO(good)).read("xl/worksheets/sheet1.xml").decode()
    bomb = b"<worksheet><sheetData>" + b" " * (29 * 1024 * 1024)

    def with_sheet(old, new):
        return rezipped(good, **{"xl/worksheets/sheet1.xml": sheet.replace(old, new)})

    odd = {
        "good.xlsx": good,
        "bomb.xlsx": rezipped(good, **{"xl/worksheets/sheet1.xml": bomb}),
        "comment.xlsx": with_sheet("<sheetData>", "<!--" + "a" * 20_000_000 + "--><sheetData>"),
        "cells.xlsx": with_sheet("<sheetData>", "<sheetData>" + "<row><c/></row>" * 300_000),
        "cut.xlsx": good[:-30],
        "no parts.xlsx": rezipped(good, **{"xl/workbook.xml": "<workbook/>"}),
        "no strings.xlsx": with_sheet('t="inlineStr"', 't="s"'),
        "formula.xlsx": as_xlsx(["Title", "First day"], ['=HYPERLINK("//evil.example")', "=1+1"]),
        "days.xlsx": as_xlsx(["Title", "First day"], ["a", 1e300], ["b", -1], ["c", 2_958_466], ["d", "0000-00-00"]),
        "reference.xlsx": with_sheet('r="A1"', 'r="ZZZZZZ99999999999"'),
        "row.xlsx": with_sheet('<row r="1"', '<row r="999999999999"'),
        "error.xlsx": with_sheet("Forum", "#REF!\ufffe"),
        "a csv.xlsx": b"Title,First day\nForum,2027-05-17\n",
        "an xlsx.csv": good,
        "nul.csv": b"Title,First day\nFo\x00rum,2027-05-17\n",
        "bytes.csv": b"Title,First day\n" + bytes(range(1, 256)) + b",2027-05-17\n",
        "utf-16.csv": "Title,First day\nFörum,2027-05-17\n".encode("utf-16"),
        "utf-16 cut.csv": "Title,First day\nForum".encode("utf-16")[:-1],
        "utf-32.csv": "Title,First day\nForum,2027-05-17\n".encode("utf-32"),
        "utf-7.csv": b"Title,First day\n+ADw-script+AD4-,2027-05-17\n",
        "quote.csv": b'Title,First day\n"Forum,2027-05-17\n' + b"a" * 300_000,
        "quotes.csv": b"Title\n" + b'"' * 1_000_001,
        "wide.csv": b"," * 1_000_000,
        "tall.csv": b"Title,First day\n" + b"\n" * 1_000_000,
        "long cell.csv": b"Title,First day\n" + b"a" * 200_000 + b",2027-05-17\n",
        "long heading.csv": b"a" * 150_000 + b"\nForum\n",
        "twice.csv": b"Title,Title,First day\na,b,2027-05-17\n",
        "separators.csv": b"sep=;\nTitle;First day\nForum;2027-05-17\n",
        "lines.csv": b"Title,First day\r\r\n\rForum,2027-05-17\n\r",
        "unknown.csv": ("Title,First day,<script>canary()</script>\nForum,2027-05-17," + "x" * 999).encode(),
        "nothing.csv": b"",
        "mark.csv": b"\xef\xbb\xbf",
        "name.exe": b"Title,First day\nForum,2027-05-17\n",
    }
    script = "\n".join(f'"{text.replace(chr(34), chr(34) * 2)}",2027-05-17' for text in SCRIPTS if "\x00" not in text)
    return {**odd, "scripts.csv": f"Title,First day\n{script}\n".encode("utf-8", "surrogatepass")}


def test_odd_tables(site):
    before = site.content()
    for (name, data), address in product(tables().items(), TABLES):
        fields = {"check": ["yes"], "adds_missing": ["on"]}
        answer = site.ask("POST", address, multipart(fields, "file", name, data), BOUNDARY, who="editor", what=name)
        assert answer is None or answer.status_code == 200
    for file_name in [*odd_names(), "a\ud800.csv", "=1+1.csv", "<script>canary()</script>.csv"]:
        body = multipart({"check": ["yes"]}, "file", file_name, b"Name,Title\na,b\n")
        site.ask("POST", TABLES[0], body, BOUNDARY, who="editor", what=file_name)
    site.assert_sound()
    assert site.content() == before  # It is only looked through.


def test_odd_tables_that_are_imported(site, odd_texts):
    """Each text in each column that is known: what passes the check comes in, and the pages are asked for."""
    from events.admin.spreadsheets.events import event_columns
    from organizations.admin.spreadsheet import organization_columns

    for address, columns, need in (
        (TABLES[0], event_columns(), {"title": "Forum", "starts_on": "2027-05-17"}),
        (TABLES[1], organization_columns(), {"name": "House"}),
    ):
        names, rows = [column.name for column in columns], []
        for number, text in enumerate(odd_texts[:1_500]):
            odd = names[number % len(names)]
            cells = {
                **{name: f"{value} {number}" if name in ("title", "name") else value for name, value in need.items()}
            }
            cells[odd] = text.replace("\x00", "")[:20_000]
            rows.append([cells.get(name, "") for name in names])
        for at in range(0, len(rows), 60):
            data = csv_of([names, *rows[at : at + 60]])
            answer = site.ask(
                "POST", address, multipart({"check": ["yes"]}, "file", "a.csv", data), BOUNDARY, who="superuser"
            )
            assert answer is None or answer.status_code == 200
    site.assert_sound()


DAY = {"starts_on": "2027-05-17", "country": "kazakhstan", "kind": "seminar", "publication_status": "published"}
HOUSE = {"kind": "other", "country": "KZ", "city": "Astana"}
# Each heavy in a way of its own, and nothing in them is wrong: where they are sent, and what stands in row `n`.
GOOD_TABLES = {
    "plain": (TABLES[0], 300, lambda n: {**DAY}),
    "long texts": (TABLES[0], 40, lambda n: {**DAY, "body": f"A long word of {n}. " * 1_400}),
    "other words": (TABLES[0], 60, lambda n: {**DAY, "body": " ".join(f"w{n}x{each}" for each in range(500))}),
    "many names": (TABLES[0], 12, lambda n: {**DAY, "host": ";".join(f"H{n % 9}x{each}" for each in range(120))}),
    "few names": (TABLES[0], 80, lambda n: {**DAY, "host": f"H{n}; I{n}", "tags": f"t{n}", "series": f"s{n}"}),
    "programmes": (TABLES[0], 30, lambda n: {**DAY, "panels": "\n".join(map(str, range(80)))}),
    "a chain": (TABLES[1], 200, lambda n: {**HOUSE, "parent": f"Row {n + 1}" if n + 1 < 200 else ""}),
    "one script": (TABLES[1], 200, lambda n: {**HOUSE, "name": f"Row {n}" + "水" * 30, "short_name": f"w{n}"}),
}


def good_table(what):
    """Return where it is sent, and its lines."""
    address, number, row = GOOD_TABLES[what]
    title = "title" if address == TABLES[0] else "name"
    rows = [{title: f"Row {n}", **row(n)} for n in range(number)]
    return address, [list(rows[0]), *([*row.values()] for row in rows)]


@pytest.mark.parametrize(("what", "kind"), [*((what, "csv") for what in GOOD_TABLES), ("few names", "xlsx")])
def test_good_table_comes_in_by_answers_that_cost_no_more_than_others(site, what, kind):
    address, lines = good_table(what)

    def send(name="", content=b"", **more):
        body = multipart({"adds_missing": ["on"], **more}, "file", name, content)
        return site.ask("POST", address, body, BOUNDARY, who="superuser", what=f"{what}, {kind}")

    answer = send(f"a.{kind}", csv_of(lines) if kind == "csv" else as_xlsx(*lines), check=["yes"])
    while answer is not None and answer.status_code == 200 and not site.row_errors:
        found, kept = answer.context_data["found"], [answer.context_data["packed"]]
        if found is None:
            answer = send(kept=kept, check=["yes"])
            continue
        assert found.is_valid, found.row_errors
        assert found.new
        answer = send(kept=kept, first=[answer.context_data["first"]], **{"import": ["yes"]})
    site.assert_sound()
    assert answer.status_code == 302
    events, houses = (
        Event.objects.filter(title__startswith="Row "),
        Organization.objects.filter(name__startswith="Row "),
    )
    assert (events if address == TABLES[0] else houses).count() == len(lines) - 1


def test_largest_table_is_read_at_little_cost(site):
    full = {**DAY, "theme": "Water", "occasion": "A year of it", "summary": "Of rivers.", "ends_on": "2027-05-18"}
    full |= {"starts_at": "09:30", "ends_at": "17:00", "venue": "House", "city": "Astana", "attendance": "In person"}
    full |= {"language": "en", "time_zone": "Asia/Almaty", "online_url": "https://a.example/", "tags": "t; u"}
    lines = [["title", *full], *([f"Row {n}", *full.values()] for n in range(MAX_ROWS))]
    for name, data in (("a.csv", csv_of(lines)), ("a.xlsx", as_xlsx(*lines))):
        body = multipart({"check": ["yes"], "adds_missing": ["on"]}, "file", name, data)
        answer = site.ask("POST", TABLES[0], body, BOUNDARY, who="superuser", what=name)
        found = answer.context_data["found"]
        assert found.is_valid
        assert len(found.new) + len(found.later) == MAX_ROWS
    site.assert_sound()


def csv_of(rows):
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join(quoted).encode("utf-8", "surrogatepass")


def doors(site):
    """Yield `(address, fields, name of the file)` of every field that takes a file."""
    for address in (
        f"/admin/events/event/{site.published.pk}/change/",
        "/admin/events/picture/add/",
        "/admin/organizations/organization/add/",
        "/admin/events/agreement/add/",
    ):
        form = shown_on(site, address)
        fields = {**form.fields, "_save": ["1"]}
        names = {
            "event": ["cover", "documents-0-file", "agreements-0-document", "pictures-0-file"],
            "picture": ["file"],
        }
        kind = address.split("/")[3]
        for name in names.get(kind, ["logo"] if kind == "organization" else ["document"]):
            yield address, fields, name
    yield "/admin/events/picture/upload/", {}, "upload"


def test_odd_files_at_every_door(site):
    files = {**documents(), **{name: file.read() for name, (file, _told) in attacks().items() if name != "too large"}}
    kinds = ["image/jpeg", "image/png", "application/pdf", "text/html", "x", ""]
    endings = ["jpg", "png", "pdf", "gif", "webp", "html"]
    places = list(doors(site))
    before = site.content()
    for number, ((address, fields, name), (what, content)) in enumerate(spread(files.items(), places, 2)):
        body = multipart(fields, name, f"a.{endings[number % 6]}", content, kinds[number % 6])
        site.ask("POST", address, body, BOUNDARY, who="superuser", is_kept=False, what=f"{name}: {what}")
    for file_name in odd_names():
        body = multipart({}, "upload", file_name, picture().read(), "image/jpeg")
        site.ask("POST", places[-1][0], body, BOUNDARY, who="superuser", is_kept=False, what=file_name)
    site.assert_sound()
    assert site.content() == before


def test_visitors_store_no_file(site, settings):
    before = site.content()
    for address in ("/admin/events/picture/upload/", "/admin/events/picture/add/", *TABLES, "/", "/account/sign-in/"):
        site.ask("POST", address, multipart({}, "upload", "a.jpg", picture().read(), "image/jpeg"), BOUNDARY)
        site.ask("PUT", address, picture().read(), "image/jpeg")
    site.assert_sound()
    assert site.content() == before
    assert not settings.MEDIA_ROOT.exists()
