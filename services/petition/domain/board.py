"""督办看板: what is due today and overdue at each office, and what was closed in time lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.petition.letters import ENDED
from services.petition.domain.petition import Petition

BEIJING = timedelta(hours=8)
LATELY = timedelta(days=30)
COUNTS = ("today", "overdue", "closed", "in_time")


def in_time(petition: Petition) -> bool | None:
    """Whether a closed letter kept all clocks of its last round, at every level.

    None while it is open, and when it ended without being answered for: merged, withdrawn, split.
    """
    if petition.closed_at is None or petition.outcome in ENDED:
        return None
    return all(late.round < petition.round for late in petition.breaches)


def end_of_day(at: datetime) -> datetime:
    """Midnight in Beijing."""
    day = (at + BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1) - BEIJING


@dataclass
class Line:
    """What is counted of one office or category: due today, overdue, closed lately, and of these in time."""

    id: str
    name: str
    today: int = 0
    overdue: int = 0
    closed: int = 0
    in_time: int = 0

    @property
    def rate(self) -> float | None:
        """按时办结率, 0 to 1; None when nothing was closed."""
        return round(self.in_time / self.closed, 4) if self.closed else None

    def add(self, row: dict[str, int]) -> None:
        """Add what a row counts."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + row.get(name, 0))


def lines(names: dict[str, str], counted: Iterable[tuple[str, dict[str, int]]]) -> list[Line]:
    """A Line for each of `names` (id → name), from (id, row of counts); an id without a name is its own."""
    found = {key: Line(key, name) for key, name in names.items()}
    for key, row in counted:
        found.setdefault(key, Line(key, key)).add(row)
    return list(found.values())
