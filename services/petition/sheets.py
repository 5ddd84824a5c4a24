"""Spreadsheets are written in a child process, `python -m services.petition.sheets`: title → rows as JSON on its stdin,
an XLSX file on its stdout. The service itself does without the 14 MB that this takes.
"""

import io
import json
import sys
import threading

from chassis.photos import child

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LANE = threading.BoundedSemaphore(1)


def workbook(sheets):
    """An XLSX file (bytes) of `sheets`, title → rows."""
    code, file = child.run(__name__, json.dumps(sheets).encode(), lane=LANE)
    if code:
        raise RuntimeError("no spreadsheet was written")
    return file


def main():
    """A text is a text, also when it looks like a formula."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    def cell(sheet, value):
        made = WriteOnlyCell(sheet, value)
        made.data_type = "s" if isinstance(value, str) else made.data_type
        return made

    book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    for title, rows in json.load(sys.stdin).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([cell(sheet, value) for value in row])
    book.save(out)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
