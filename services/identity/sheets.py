"""Spreadsheets are read in a child process, `python -m services.identity.sheets TYPE`: a CSV or XLSX file on its stdin,
its first sheet as JSON rows of texts on its stdout.
"""

import codecs
import csv
import importlib
import io
import json
import sys
import warnings
from itertools import islice

from chassis.photos import child
from contracts.personal import bare
from services.identity.domain.plan import SheetUnreadable

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {CSV, XLSX}
ENCODINGS = ("utf-8-sig", "gb18030", "cp437")
ROWS, COLUMNS, CELL = 5_000, 50, 200


def rows_of(raw, kind):
    """The rows (lists of texts) of the first sheet of a CSV or XLSX file; raises SheetUnreadable when it is none."""
    code, rows = child.run(__name__, raw, kind) if kind in KINDS else (1, b"")
    if code:
        raise SheetUnreadable()
    return json.loads(rows)


def read(raw, kind):
    """The same in this process; raises what the readers raise."""
    rows = {CSV: csv_rows, XLSX: xlsx_rows}[kind](raw)
    taken = [[text_of(cell) for cell in row] for row in islice(rows, ROWS + 1)]
    if len(taken) > ROWS or any(len(row) > COLUMNS or max(map(len, row), default=0) > CELL for row in taken):
        raise ValueError("too much")
    return taken


def text_of(cell):
    """What a cell says; a number without the decimals that it does not have."""
    whole = isinstance(cell, float) and cell.is_integer()
    return "" if cell is None else bare(str(int(cell) if whole else cell)).strip()


def csv_rows(raw):
    """Rows of a CSV file as spreadsheets in China save it: UTF-8 with or without a mark, or GB 18030."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    return csv.reader(io.StringIO(text, newline=""), strict=True)


def xlsx_rows(raw):
    """Rows of the first sheet, values instead of formulas."""
    import openpyxl  # 8 MB that only the child needs

    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    return book.worksheets[0].iter_rows(values_only=True)


def main():
    warnings.simplefilter("ignore")
    for name in ENCODINGS:
        codecs.lookup(name)
    importlib.import_module("openpyxl")  # soon no file can be opened any more
    child.confine()
    try:
        json.dump(read(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout)
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
