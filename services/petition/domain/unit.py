"""被召集单位: what an office or a department called by a whistle is, and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

CALLED, REPORTED, FINISHED, RELEASED = UNIT_STATES = ("called", "reported", "finished", "released")


class UnitRow(TypedDict):
    """Who is called: a region or department, and where."""

    id: str
    kind: str
    region: str


@dataclass(kw_only=True)
class Unit:
    """被召集单位: an office (its id is a region's) or a department of a `region`; `clock` is its own."""

    id: str
    kind: str
    region: str
    lead: bool
    clock: str
    state: str = CALLED
    reported_at: datetime | None = None
    finished_at: datetime | None = None
    stars: int | None = None
    breached: bool = False

    def take(self, target: str, at: datetime) -> None:
        """Be in another state."""
        self.reported_at = at if target == REPORTED and self.state == CALLED else self.reported_at
        self.finished_at = {REPORTED: None, FINISHED: at}.get(target, self.finished_at)
        self.state = target

    def words(self) -> dict[str, Any]:
        """What facts say of it."""
        return {"unit": self.id, "kind": self.kind, "region": self.region, "lead": self.lead}
