"""Spreadsheets for people to take along."""

import io

import openpyxl
from openpyxl.cell import WriteOnlyCell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(sheets):
    """An XLSX file (bytes) of `sheets`, title → rows; a text is a text, also when it looks like a formula."""
    book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    book.save(out)
    return out.getvalue()


def _cell(sheet, value):
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
