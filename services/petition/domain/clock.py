"""What petition remembers of the clocks on a letter, to judge by when `sla` says that one has elapsed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chassis.domain import Aggregate
from contracts.sla import ClocksPromised
from services.petition.domain.policy import RESOLVE, Limit

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"
ORDERS = {
    "pause": ((RUNNING,), PAUSED),
    "resume": ((PAUSED,), RUNNING),
    "stop": ((RUNNING, PAUSED), STOPPED),
    "extend": ((RUNNING,), RUNNING),
}
Order = dict[str, object]  # contracts.clocks.ClockOrder as a fact carries it


@dataclass(kw_only=True)
class Clock:
    """时钟: in this `state` since `since`; `due_at` is the last promise of `sla`, NEVER while there is none.

    `breached` (超期) stays on record whatever happens later; `extended` (延期) is by how many units of the policy.
    """

    clock: str
    round: int
    level: str
    since: datetime
    state: str = RUNNING
    due_at: datetime = NEVER
    provisional: bool = False
    breached: bool = False
    extended: int = 0

    @property
    def running(self) -> bool:
        """Whether something is owed."""
        return self.state == RUNNING

    def order(self, order: str, **more: object) -> Order:
        """The order in the words of facts."""
        return {"order": order, "clock": self.clock, "round": self.round, "level": self.level, **more}

    def obeys(self, order: str) -> bool:
        """Whether the order means anything to it now."""
        return self.state in ORDERS[order][0]

    def follow(self, order: str, at: datetime) -> Order:
        """Obey; after a pause that began in time, or an extension, the date promised before it no longer holds."""
        if order == "extend" or (order == "resume" and self.since < self.due_at):
            self.due_at = NEVER
        self.state, self.since = ORDERS[order][1], at
        return self.order(order)

    def rebase(self, limit: Limit, at: datetime) -> Order:
        """The order to count by another limit; until `sla` has answered, a date promised before no longer holds."""
        if self.running and at < self.due_at:
            self.due_at = NEVER
        return self.order("rebase", limit=limit)

    def extend(self, amount: int, limit: Limit, at: datetime) -> Order:
        """延期: obey; `limit` is the amount as clock orders carry it."""
        self.extended += amount
        return self.follow("extend", at) | {"limit": limit}

    def kept(self, due: datetime) -> bool:
        """Whether nothing was owed at `due`: a later date is promised by now, or it had ended by then."""
        return due < self.due_at or (not self.running and self.since <= due)


def known(moment: datetime) -> datetime | None:
    """A date as people read it: None for NEVER."""
    return None if moment == NEVER else moment


@dataclass(kw_only=True)
class Clocked(Aggregate):
    """A matter under clocks, handled in this `round` at this `level`.

    `due_at` is the earliest date promised of what is owed now, NEVER when nothing is.
    """

    level: str
    round: int = 1
    due_at: datetime = NEVER
    clocks: list[Clock] = field(default_factory=list)

    @property
    def promised(self) -> Clock:
        """The clock with the date the author is promised: to resolve it, in this round, at this level."""
        return next(clock for clock in self._here() if clock.clock == RESOLVE)

    @property
    def promised_at(self) -> datetime | None:
        """The date the author is promised, None while `sla` has not said."""
        return known(self.promised.due_at)

    @property
    def provisional(self) -> bool:
        """Whether that date may change when the calendar of its year is published."""
        return self.promised.provisional

    @property
    def owed_at(self) -> datetime | None:
        """When the next thing is due, None when nothing is."""
        return known(self.due_at)

    @property
    def breaches(self) -> list[Clock]:
        """超期记录: the clocks that were not kept."""
        return [clock for clock in self.clocks if clock.breached]

    def promise(self, fact: ClocksPromised) -> None:
        """Keep the dates that `sla.promised` says."""
        for told in fact.promises:
            for clock in self._named(told["clock"], told["round"], told["level"]):
                clock.due_at, clock.provisional = told["due_at"], told["provisional"]
        self._date()

    def _give(self, order: str, clocks: Iterable[Clock], at: datetime) -> list[Order]:
        return [clock.follow(order, at) for clock in clocks if clock.obeys(order)]

    def _here(self) -> list[Clock]:
        return [clock for clock in self.clocks if (clock.round, clock.level) == (self.round, self.level)]

    def _named(self, *which: object) -> list[Clock]:
        return [clock for clock in self.clocks if (clock.clock, clock.round, clock.level) == which]

    def _date(self) -> None:
        self.due_at = min((clock.due_at for clock in self.clocks if clock.running), default=NEVER)
