"""督办看板: what is due and overdue, and what was closed in time, by office and category."""

from werkzeug.wrappers import Response

from chassis.service import Group, Regions, Uses, Vault, http
from services.petition.domain.board import LATELY, end_of_day, lines
from services.petition.schemas import board as schemas
from services.petition.service.access import Access
from services.petition.service.policy import Policies
from services.petition.sheets import XLSX, workbook
from services.petition.store.petitions import Petitions

EXPORT = "导出督办看板"
CLOSED = {"近 30 天办结": "closed", "按时办结": "in_time", "按时办结率": "rate"}
DUE = {"今日到期": "today", "已超期": "overdue"}
FILE = {"Content-Disposition": 'attachment; filename="board.xlsx"', "Cache-Control": "private, no-store"}


class Board(Group):
    """The board of a town or the city: its own office and those below."""

    regions = Regions()
    petitions = Petitions()
    vault = Vault()
    access = Uses(Access)
    policies = Uses(Policies)

    @http("GET", "/v1/board", returns=schemas.Board, roles=["secretary"])
    def show_board(self, call):
        """Due today, overdue and closed in time in the last 30 days, by office and category, own office and below."""
        return self._board(call)

    @http("GET", "/v1/board.xlsx", media=XLSX, roles=["secretary"], rate="6/min")
    def export_board(self, call):
        """The same as a spreadsheet; who takes it along is in the access log."""
        board = self._board(call)
        self.vault.reads.keep(call.person.id, (), EXPORT)
        offices = _rows("办理单位", DUE | CLOSED, board["offices"])
        departments = _rows("承办部门", DUE | CLOSED, board["departments"])
        categories = _rows("类别", CLOSED, board["categories"])
        return Response(
            workbook({"办理单位": offices, "承办部门": departments, "类别": categories}), mimetype=XLSX, headers=FILE
        )

    def _board(self, call):
        rows = self.regions.under(call.person.scopes("secretary"))
        heirs, places = ({row["_id"]: row[word] for row in rows} for word in ("heir", "place"))
        reader = self.access.reader(call)
        due = self.petitions.due_before(list(heirs), reader, call.at, end_of_day(call.at))
        closed = self.petitions.closed_since(list(heirs), reader, call.at - LATELY)
        offices = {key: places[key] for key in heirs.values()}
        kinds = {each["code"]: each["name"] for each in self.policies.in_force.categories}
        return {
            "at": call.at,
            "offices": lines(offices, ((heirs[row["office"]], row) for row in due + closed)),
            "departments": lines({}, ((row["department"], row) for row in due + closed if row["department"])),
            "categories": lines(kinds, ((row["category"], row) for row in closed)),
        }


def _rows(title, columns, found):
    """A head line, then a row for each of the lines that were found."""
    return [[title, *columns], *([each.name, *(getattr(each, name) for name in columns.values())] for each in found)]
