"""The record of a matter: its history, and where it is handled."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.domain import Sealed
from contracts.sdk.fact import Fact
from services.petition.domain.clock import Clocked, Order
from services.petition.domain.policy import LADDER


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the history: what was done in which part, where; `by` is a cadre or a helper, never the author."""

    what: str
    part: str
    at: datetime
    level: str
    office: str
    by: str | None = None
    text: Sealed | None = None


@dataclass(kw_only=True)
class Recorded(Clocked):
    """A matter with a history. `path` runs from the author's village up to the city; `office` is where it is handled
    now, at `level`.
    """

    number: str
    author: str | None
    path: list[str]
    office: str
    category: str
    history: list[Entry] = field(default_factory=list)

    def written_by(self, person: str) -> bool:
        """Whether this person is its author."""
        return self.author is not None and self.author == person

    def follow(self, path: list[str]) -> None:
        """Go with its village, which may have been merged or moved: `path` runs from what it is now up to the city."""
        self.region, self.path = path[0], path
        self.office = path[LADDER.index(self.level)]

    def _log(self, what: str, part: str, at: datetime, by: str | None = None, text: Sealed | None = None) -> None:
        entry = Entry(what=what, part=part, at=at, level=self.level, office=self.office, by=by, text=text)
        self.history.append(entry)

    def _tell(self, fact: type[Fact], at: datetime, clocks: Iterable[Order] = (), **words: Any) -> None:
        self._date()
        who = {"number": self.number, "author": self.author, "village": self.path[0], "category": self.category}
        where = {"office": self.office, "level": self.level, "round": self.round}
        self.record(fact, at, **who, **where, clocks=list(clocks), **words)
