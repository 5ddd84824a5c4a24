"""A merger plan from a spreadsheet: read in a child process, tried, carried out as a whole or not at all."""

import csv
import io
import re
import zipfile

import openpyxl
import pytest

from chassis.service import MB
from services.identity.domain.plan import HEADER, PlanRefused, PlanTooLong, PlanUnreadable, SheetUnreadable, carry_out
from services.identity.sheets import CSV, XLSX, rows_of
from services.identity.tests.test_regions import AT, DATONG, NANBAO, SHUGUANG, TAOBA, ZHITAI, paths, planted

pytestmark = pytest.mark.feature("I01")
NEW = "510183122250"
LINES = [
    ["新设", NEW, "", "510183122000", "", "陶坝新村"],
    ["合并", TAOBA, NEW, "", "", ""],
    ["合并", SHUGUANG, NEW, "", "", ""],
    ["更名", NEW, "", "", TAOBA, "陶坝村"],
    ["划转", ZHITAI, "", DATONG, "", ""],
]


def as_csv(rows, encoding="utf-8-sig"):
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(out)
    return out.getvalue()


def test_a_plan_is_carried_out_line_by_line():
    tree = planted()
    steps = carry_out([list(HEADER), *LINES], tree, AT)
    assert [(step.line, step.deed, step.region, step.heir) for step in steps] == [
        (2, "新设", NEW, None),
        (3, "合并", TAOBA, NEW),
        (4, "合并", SHUGUANG, NEW),
        (5, "更名", NEW, None),
        (6, "划转", ZHITAI, None),
    ]
    assert (tree.coded(TAOBA).id, tree.region(NEW).merged) == (NEW, [TAOBA, SHUGUANG])
    assert paths(tree)[ZHITAI][1] == DATONG


def test_every_line_that_cannot_be_done_is_named_with_its_reason():
    wrong = [["合并", "510183999999", TAOBA], ["", "", ""], ["撤销", TAOBA], ["合并", TAOBA],
             ["更名", TAOBA, "", "", "", "=1+1"], ["新设", "510183122", "", DATONG, "", "新村"],
             ["划转", TAOBA, "", NANBAO]]  # fmt: skip
    with pytest.raises(PlanRefused) as refused:
        carry_out([list(HEADER), *wrong], planted(), AT)
    reasons = {line: reason[:6] for line, (reason,) in refused.value.details.items()}
    assert list(reasons) == ["第 2 行", "第 4 行", "第 5 行", "第 6 行", "第 7 行"]
    assert set(reasons.values()) == {"没有这个区划", "办理应是新设", "区划代码与层"}


@pytest.mark.parametrize(("table", "refusal"), [
    ([], PlanUnreadable), ([["办理", "区划代码"]], PlanUnreadable), ([list(HEADER)] + [[]] * 2001, PlanTooLong),
])  # fmt: skip
def test_a_table_of_another_shape_is_refused(table, refusal):
    with pytest.raises(refusal):
        carry_out(table, planted(), AT)


@pytest.mark.parametrize(("raw", "kind"), [
    (as_csv([HEADER, *LINES]), CSV), (as_csv([HEADER, *LINES], "gb18030"), CSV), (as_xlsx([HEADER, *LINES]), XLSX),
], ids=["csv", "csv of a Chinese Excel", "xlsx"])  # fmt: skip
def test_spreadsheets_as_people_save_them_are_read(raw, kind):
    assert rows_of(raw, kind) == [list(HEADER), *LINES]


def with_entities():
    """An XLSX whose sheet wants a file of this machine read into it."""
    with zipfile.ZipFile(io.BytesIO(as_xlsx([["a"]]))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = b'<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>' + parts[sheet].replace(b">a<", b">&b;<")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return out.getvalue()


def with_shared(*parts):
    """An XLSX whose one cell is the first of these shared strings."""
    with zipfile.ZipFile(io.BytesIO(as_xlsx([["a"]]))) as book:
        files = {name: book.read(name) for name in book.namelist()}
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'" /></Types>'
    files["[Content_Types].xml"] = files["[Content_Types].xml"].replace(b"</Types>", listed)
    sheet, cell = "xl/worksheets/sheet1.xml", rb'<c r="A1" t="s"><v>0</v></c>'
    files[sheet] = re.sub(rb"<c .*</c>", cell, files[sheet])
    files["xl/sharedStrings.xml"] = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in files.items():
            book.writestr(name, part + b"".join([*parts, b"</sst>"]) if "shared" in name else part)
    assert len(out.getvalue()) < MB
    return out.getvalue()


BOMBS = {
    "one without end": (b"<si><t>", b"a", 200_000_000, b"</t></si>"),
    "without number": (b"", b"<si><t>a</t></si>", 5_000_000, b""),
    "without bottom": (b"", b"<si>", 5_000_000, b""),
}


def test_a_shared_string_is_read():
    assert rows_of(with_shared(b"<si><t>a</t></si>"), XLSX) == [["a"]]


@pytest.mark.costly
@pytest.mark.parametrize(("before", "part", "times", "after"), BOMBS.values(), ids=BOMBS.keys())
def test_shared_strings_that_unpack_to_too_much_are_refused(before, part, times, after):
    with pytest.raises(SheetUnreadable):
        rows_of(with_shared(before, part * times, after), XLSX)


HOSTILE = {
    "no sheet": (b"%PDF-1.7", XLSX),
    "broken xlsx": (as_xlsx([["a"]])[:-40], XLSX),
    "entities": (with_entities(), XLSX),
    "a type with a NUL": (as_csv([HEADER]), "text/c\0sv"),
    "another type": (as_csv([HEADER]), "text/html"),
    "binary": (b"\xff\xfe\x00\x00\xff", CSV),
    "a cell too long": (as_csv([["a" * 201]]), CSV),
    "too many columns": (as_csv([["a"] * 51]), CSV),
    "too many rows": (b"a\n" * 5_001, CSV),
}


@pytest.mark.parametrize(("raw", "kind"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_honest_spreadsheet_is_refused(raw, kind):
    with pytest.raises(SheetUnreadable):
        rows_of(raw, kind)
