"""时钟: what one limit on one matter says, and when."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import inf
from uuid import UUID, uuid5

from chassis.domain import Aggregate, Missing, Unacceptable
from contracts.sla import ClockDueSoon, ClockElapsed, ClockPromised
from services.sla.domain.counting import Limit, Step, due, standstills, used_up

CLOCKS = UUID("5ca1ab1e-0183-5000-8000-510183000000")
SOON = 0.8
FOLLOWED = {
    "running": {"pause", "resume", "stop"},
    "paused": {"pause", "resume", "stop"},
    "stopped": {"start", "pause", "resume", "stop"},
    "elapsed": {"pause", "stop"},
}


class ClockNotFound(Missing):
    """没有找到这个时钟"""


class LimitMissing(Unacceptable):
    """开始计时的指令没有写明期限"""


def ids_of(facts):
    """The ids of all clocks that these facts give orders to."""
    return [clock_id(fact, order) for fact in facts for order in fact.clocks or ()]


def clock_id(fact, order):
    """The id of the one clock there is for (source, subject, round, clock, level): an order of a fact names it."""
    return _id_for(fact.source, fact.subject, order["round"], order["clock"], order["level"])


@lru_cache(1000)
def _id_for(*parts):
    return str(uuid5(CLOCKS, "|".join(map(str, parts))))


@dataclass(kw_only=True)
class Clock(Aggregate):
    """时钟: one limit on one matter; `state` is running, paused, stopped or elapsed.

    `due_at` is the last promise. `next_at` is when it has something to say, None while it stands still.
    `calendar` is the calendar's version it was counted with, None when it runs around the clock.
    """

    source: str
    subject: str
    round: int
    clock: str
    level: str
    limit: Limit
    started_at: datetime
    history: list[Step] = field(default_factory=list)
    state: str = "running"
    due_at: datetime | None = None
    next_at: datetime | None = None
    provisional: bool = False
    warned: bool = False
    calendar: int | None = None

    @classmethod
    def start(cls, fact, order, calendar):
        """A clock as a fact's start order wants it, from the fact's own time. Raises LimitMissing."""
        if not order["limit"]:
            raise LimitMissing()
        clock = cls(
            id=clock_id(fact, order),
            region=fact.regionid,
            source=fact.source.lstrip("/"),
            subject=fact.subject,
            limit=Limit(**order["limit"]),
            started_at=fact.time,
            **{name: order[name] for name in ("round", "clock", "level")},
        )
        clock.recount(fact.time, calendar)
        return clock

    def follow(self, order, at, calendar):
        """Pause, resume, stop, or go on by a start after a stop.

        What comes after the due time is too late and the clock elapses. What was ordered in time but is heard late
        (we were away) sets an elapsed clock going again: the time had not run out after all.
        """
        if self.state == "running" and at > self.due_at:
            self._elapse(at)
        if order not in FOLLOWED[self.state] or (self.state == "elapsed" and at > self.due_at):
            return
        self.history.append(Step(order, at))
        self._count(at, calendar)

    def recount(self, at, calendar):
        """Count with this calendar, and tell the promise if it changed; what has elapsed stays so."""
        if self.state != "elapsed":
            self._count(at, calendar)

    def _count(self, at, calendar):
        spans, depth = standstills(self.history)
        self.state = {0: "running", inf: "stopped"}.get(depth, "paused")
        self.calendar = calendar.version if self.limit.working else None
        self.next_at = None
        if self.state == "running":
            self._promise(due(self.started_at, self.limit, spans, calendar), at, calendar)
            soon_at = used_up(SOON, self.started_at, self.limit, spans, calendar)
            self.next_at = self.due_at if self.warned else soon_at

    def sound(self, at):
        """Say once that four fifths of the limit are used up, and once that the due time has passed."""
        if self.next_at is None or at <= self.next_at:
            return
        if at > self.due_at:
            self._elapse(at)
        else:
            self.warned, self.next_at = True, self.due_at
            self._tell(ClockDueSoon, at)

    def _promise(self, due_at, at, calendar):
        provisional = self.limit.working and calendar.provisional(self.started_at, due_at)
        if (due_at, provisional) != (self.due_at, self.provisional):
            self.due_at, self.provisional = due_at, provisional
            self._tell(ClockPromised, at, provisional=provisional)

    def _elapse(self, at):
        self.state, self.next_at = "elapsed", None
        self._tell(ClockElapsed, at)

    def _tell(self, fact, at, **data):
        which = {"clock": self.clock, "round": self.round, "level": self.level, "due_at": self.due_at}
        self.record(fact, at, matter_source=self.source, matter=self.subject, **which, **data)
