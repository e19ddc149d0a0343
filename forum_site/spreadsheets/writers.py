"""Tables that go out: CSV line by line, with a mark by which Excel knows UTF-8, and XLSX."""

import csv
import io

from django.http import HttpResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from forum_site.spreadsheets.cells import guarded, guarded_in_csv

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_XLSX_CELL_LENGTH = 32_767  # characters; a longer one would be cut
WIDTH = 22


class TooLongError(Exception):
    """A text does not fit into a cell of XLSX."""


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text):
        return text


def csv_lines(lines):
    writer = csv.writer(_Line())
    yield "\ufeff"
    for cells in lines:
        yield writer.writerow([guarded_in_csv(cell) if isinstance(cell, str) else cell for cell in cells])


def csv_response(name, lines):
    response = StreamingHttpResponse(csv_lines(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(name, **sheets):
    """Return the response with a file of these sheets, each an iterable of lines, the first with the headings.

    A cell is a text, a number or a day. Raises TooLongError.
    """
    sheets = {title: list(lines) for title, lines in sheets.items()}
    if any(len(str(cell)) >= MAX_XLSX_CELL_LENGTH for lines in sheets.values() for cells in lines for cell in cells):
        raise TooLongError
    book = Workbook(write_only=True)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number, cells in enumerate(lines):
            if number == 0:
                for at in range(1, len(cells) + 1):
                    sheet.column_dimensions[get_column_letter(at)].width = WIDTH
            sheet.append([_cell(sheet, cell, is_heading=number == 0) for cell in cells])
    content = io.BytesIO()
    book.save(content)
    response = HttpResponse(content.getvalue(), content_type=XLSX_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _cell(sheet, content, is_heading):
    if not isinstance(content, str):
        return content
    cell = WriteOnlyCell(sheet)
    # As text, whatever it looks like: nothing becomes a formula, a number or a day.
    cell.value, cell.data_type = guarded(content), "s"
    cell.number_format = "@"
    if is_heading:
        cell.font = Font(bold=True)
    return cell
