"""How reports are kept and found."""

from collections.abc import Collection

from chassis.store import Page, Row, index
from services.petition.domain.refusals import MatterNotFound
from services.petition.domain.report import CLOSED, REPORT_STATES, Report
from services.petition.store.due import DueFirst

UNFINISHED = [state for state in REPORT_STATES if state != CLOSED]


class Reports(DueFirst[Report]):
    """上报"""

    aggregate, collection, missing = Report, "reports", MatterNotFound
    indexes = [
        index("number", unique=True),
        index("author", "-_id"),
        index("queues", "state", "due_at", "_id"),
        index("region"),
    ]

    def dump(self, report: Report) -> Row:
        """With the offices on whose lists it is."""
        return super().dump(report) | {"queues": report.queues}

    def of_queues(
        self, queues: Collection[str], state: str | None, kind: str | None, cursor: str | None, limit: int
    ) -> Page[Report]:
        """A Page of what is on the lists of these offices, due first; no state means all that is not closed."""
        query = {"queues": {"$in": list(queues)}, "state": {"$in": [state] if state else UNFINISHED}}
        return self._due_first(query | ({"kind": kind} if kind else {}), cursor, limit)
