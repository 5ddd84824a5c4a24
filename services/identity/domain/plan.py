"""区划调整方案: many changes of the tree at once, as a table with one change a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Refusal, Unacceptable
from services.identity.domain.region import Region
from services.identity.domain.tree import Tree

DEED, CODE, INTO, PARENT, NEW_CODE, PLACE = HEADER = ("办理", "区划代码", "并入代码", "上级代码", "新代码", "新地名")
NEEDS = {"新设": {CODE, PARENT, PLACE}, "合并": {CODE, INTO}, "划转": {CODE, PARENT}, "更名": {CODE}}
ANY_CODE, FULL_CODE, NAME = r"([0-9]{6,12})?", r"([0-9]{12})?", r"([^\W\d_]{2,30})?"
FORMS = {CODE: ANY_CODE, INTO: ANY_CODE, PARENT: ANY_CODE, NEW_CODE: FULL_CODE, PLACE: NAME}
LINES = 2_000


class SheetUnreadable(Refusal):
    """这不是可以读取的表格，请上传 CSV 或 XLSX 文件"""

    status = 415


class PlanUnreadable(Unacceptable):
    """表格第一行应是：办理、区划代码、并入代码、上级代码、新代码、新地名"""


class PlanTooLong(Unacceptable):
    """方案不能超过 2000 行"""


class PlanRefused(Unacceptable):
    """方案有不能办理的行，什么都没有改动"""


class LineWrong(Unacceptable):
    """办理应是新设、合并、划转或更名，应填的都要填，代码是数字，地名是 2 到 30 个字"""


@dataclass(frozen=True)
class Step:
    """What one line does: the region it is about, as it is after it."""

    line: int
    deed: str
    region: str
    code: str
    place: str
    parent: str | None
    heir: str | None


def carry_out(table: list[list[str]], tree: Tree, at: datetime) -> list[Step]:
    """Make the changes of a table (rows of texts, the header first) in a Tree; returns a Step for each.

    Raises PlanUnreadable, PlanTooLong, PlanRefused (whose details say why, by line).
    """
    steps, wrong = [], {}
    for number, line in _lines(table):
        try:
            steps.append(_step(number, line[DEED], _change(line, tree, at)))
        except Refusal as refusal:
            wrong[f"第 {number} 行"] = [refusal.sentence()]
    if wrong:
        raise PlanRefused(**wrong)
    return steps


def _lines(table: list[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    """(number as a spreadsheet counts, line by column) of every line that is not empty."""
    header = [cell.strip() for cell in table[0]] if table else []
    if not set(HEADER) <= set(header):
        raise PlanUnreadable()
    if len(table) > LINES + 1:
        raise PlanTooLong()
    for number, row in enumerate(table[1:], 2):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield number, dict.fromkeys(HEADER, "") | dict(zip(header, cells, strict=False))


def _change(line: dict[str, str], tree: Tree, at: datetime) -> Region:
    """The Region after the change of one line."""
    formed = all(re.fullmatch(form, line[column]) for column, form in FORMS.items())
    if line[DEED] not in NEEDS or not formed or not all(line[column] for column in NEEDS[line[DEED]]):
        raise LineWrong()
    if line[DEED] == "新设":
        return tree.register(line[CODE], line[PLACE], tree.coded(line[PARENT]).id, at)
    region = tree.coded(line[CODE]).id
    if line[DEED] == "更名":
        return tree.rename(region, line[PLACE], line[NEW_CODE], at)
    if line[DEED] == "划转":
        return tree.move(region, tree.coded(line[PARENT]).id, at)
    return tree.merge(region, tree.coded(line[INTO]).id, at)


def _step(number: int, deed: str, region: Region) -> Step:
    return Step(number, deed, region.id, region.code, region.place, region.parent, region.heir)
