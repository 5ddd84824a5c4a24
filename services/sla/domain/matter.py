"""事情: the clocks of one matter, which other services own."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

from chassis.domain import Aggregate, Missing
from contracts.sla import ClocksPromised
from services.sla.domain.clock import NAMED, Clock

MATTERS = UUID("5ca1ab1e-0183-5000-8000-510183000000")


class MatterNotFound(Missing):
    """没有找到这件事情的时钟"""


def matter_id(fact):
    """The id under which the clocks of a fact's (source, subject) are kept."""
    return _id_for(fact.source.lstrip("/"), fact.subject)


@lru_cache(1000)
def _id_for(*parts):
    return str(uuid5(MATTERS, "|".join(parts)))


@dataclass(kw_only=True)
class Matter(Aggregate):
    """事情: `subject` of the service `source`, with at most one clock per (round, clock, level).

    `next_at` is when the first of them is due to fire, None while none is; `calendar` is the oldest calendar's
    version that a running clock was counted with, None when none counts working time.
    """

    source: str
    subject: str
    clocks: list[Clock] = field(default_factory=list)
    next_at: datetime | None = None
    calendar: int | None = None

    @classmethod
    def of(cls, fact):
        """The matter that a fact is about, without clocks yet."""
        return cls(id=matter_id(fact), region=fact.regionid, source=fact.source.lstrip("/"), subject=fact.subject)

    def apply(self, fact, calendar):
        """Apply the orders of a fact, in the order given. Raises LimitMissing, OtherUnit."""
        for order in fact.clocks:
            self._obey(order, fact.time, calendar)
        self._record_events(fact.time)

    def fire(self, at):
        """Fire each clock that is due by now."""
        for clock in self.clocks:
            clock.fire(at)
        self._record_events(at)

    def recount(self, at, calendar):
        """Count what runs by an older calendar with this one."""
        for clock in self.clocks:
            if clock.outdated(calendar):
                clock.recount(at, calendar)
        self._record_events(at)

    def is_due(self, at):
        """Whether a clock is due to fire by now."""
        return self.next_at is not None and at > self.next_at

    def _obey(self, order, at, calendar):
        named = [clock for clock in self.clocks if clock.name == tuple(order[name] for name in NAMED)]
        if not named and order["order"] == "start":
            self.clocks.append(Clock.start(order, at, calendar))
        for clock in named:
            clock.obey(order, at, calendar)

    def _record_events(self, at):
        """Record the events of the clocks, the earliest due first; all promises in one fact."""
        taken = [event for clock in self.clocks for event in clock.take_events()]
        events = sorted(taken, key=lambda event: event[1]["due_at"])
        for fact, words in events:
            if fact is not ClocksPromised:
                self._record(fact, at, **words)
        if promises := [words for fact, words in events if fact is ClocksPromised]:
            self._record(ClocksPromised, at, promises=promises)
        self._look()

    def _record(self, fact, at, **words):
        self.record(fact, at, matter_source=self.source, matter=self.subject, **words)

    def _look(self):
        running = [clock for clock in self.clocks if clock.state == "running"]
        self.next_at = min((clock.next_at for clock in running), default=None)
        self.calendar = min((clock.calendar for clock in running if clock.calendar is not None), default=None)
