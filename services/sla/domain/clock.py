"""时钟: one limit on one matter, and the events it emits."""

from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from chassis.domain import Unacceptable
from contracts.sla import ClockDueSoon, ClockElapsed, ClocksPromised
from services.sla.domain.counting import Limit, Step, due, extended, standstills, used_up

SOON = 0.8
NAMED = ("round", "clock", "level")
LIMITED = ("rebase", "extend")
FOLLOWED = {
    "running": {"pause", "resume", "stop", "rebase", "extend"},
    "paused": {"pause", "resume", "stop", "rebase", "extend"},
    "stopped": {"start", "pause", "resume", "stop", "rebase"},
    "elapsed": {"pause", "stop", "rebase", "extend"},
}


class LimitMissing(Unacceptable):
    """开始计时、改用新期限或延期的指令没有写明期限"""


class OtherUnit(Unacceptable):
    """延期的单位与原来的期限不同"""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What was promised at a moment, and why then: `cause` is a word of contracts.sla.CAUSES."""

    at: datetime
    due_at: datetime
    provisional: bool
    cause: str


@dataclass(kw_only=True)
class Clock:
    """时钟: one limit on one matter; `state` is running, paused, stopped or elapsed.

    `due_at` is the last promise, `promises` are all that differ from the one before. `next_at` is when it is
    due to fire, None while it stands still. `calendar` is the calendar's version it was counted with, None when it runs
    around the clock. Its `events`, (class of the fact, its fields), wait for the matter to take them.
    """

    round: int
    clock: str
    level: str
    limit: Limit
    started_at: datetime
    history: list[Step] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    state: str = "running"
    due_at: datetime | None = None
    next_at: datetime | None = None
    provisional: bool = False
    warned: bool = False
    calendar: int | None = None

    def __post_init__(self):
        self.events = []

    @classmethod
    def start(cls, order, at, calendar):
        """A clock as a start order wants it. Raises LimitMissing."""
        if not order["limit"]:
            raise LimitMissing()
        clock = cls(limit=Limit(**order["limit"]), started_at=at, **{name: order[name] for name in NAMED})
        clock._count(at, calendar, "start")
        return clock

    @property
    def name(self):
        """What tells it from the other clocks of its matter."""
        return self.round, self.clock, self.level

    def obey(self, order, at, calendar):
        """Follow an order of a fact. Raises LimitMissing, OtherUnit."""
        if order["order"] not in LIMITED:
            return self.follow(order["order"], at, calendar)
        if not order["limit"]:
            raise LimitMissing()
        if order["order"] == "extend" and order["limit"]["unit"] != self.limit.unit:
            raise OtherUnit()
        self.follow(order["order"], at, calendar, Limit(**order["limit"]))

    def follow(self, order, at, calendar, limit=None):
        """Pause, resume, stop, go on by a start after a stop, count by another `limit`, or extend by one.

        A limit that would have run out before it was ordered is not taken; the pauses stay as they are.
        What comes after the due time is too late and the clock elapses. What was ordered in time but arrives late
        (we were away) sets an elapsed clock going again: the time had not run out after all.
        """
        if self.state == "running" and at > self.due_at:
            self._elapse()
        if order not in FOLLOWED[self.state] or (self.state == "elapsed" and at > self.due_at):
            return
        if order == "rebase" and self._ahead(limit, at, calendar):
            self.limit = limit
        self.history.append(Step(order, at, limit))
        self._count(at, calendar, order)

    def outdated(self, calendar):
        """Whether it runs and was counted with an older calendar."""
        return self.state == "running" and self.calendar is not None and self.calendar < calendar.version

    def recount(self, at, calendar):
        """Count with this calendar, and emit the promise if it changed; what has elapsed stays so."""
        if self.state != "elapsed":
            self._count(at, calendar, "calendar")

    def _ahead(self, limit, at, calendar):
        """Whether by this limit there is time left, were it going now."""
        spans, _ = standstills([*self.history, Step("start", at)])
        return due(self.started_at, extended(limit, self.history), spans, calendar) > at

    def _count(self, at, calendar, cause):
        limit, (spans, depth) = extended(self.limit, self.history), standstills(self.history)
        stood = self.state != "running" or cause in LIMITED
        self.state = {0: "running", inf: "stopped"}.get(depth, "paused")
        self.calendar = calendar.version if self.limit.working else None
        self.next_at = None
        if self.state == "running":
            self._promise(due(self.started_at, limit, spans, calendar), at, calendar, cause, again=stood)
            soon_at = used_up(SOON, self.started_at, limit, spans, calendar)
            self.next_at = self.due_at if self.warned else soon_at

    def take_events(self):
        """Drain the events: (class of the fact, its fields) of each since the last time."""
        taken, self.events = self.events, []
        return taken

    def is_due(self, at):
        """Whether it is due to fire by now."""
        return self.next_at is not None and at > self.next_at

    def fire(self, at):
        """Emit ClockDueSoon once four fifths of the limit are used up, ClockElapsed once the due time has passed."""
        if not self.is_due(at):
            return
        if at > self.due_at:
            self._elapse()
        else:
            self.warned, self.next_at = True, self.due_at
            self._emit(ClockDueSoon)

    def _promise(self, due_at, at, calendar, cause, again):
        """Emit a promise that changed, or holds `again` after it was open."""
        provisional = self.limit.working and calendar.provisional(self.started_at, due_at)
        if changed := (due_at, provisional) != (self.due_at, self.provisional):
            self.due_at, self.provisional = due_at, provisional
            self.promises.append(Promise(at=at, due_at=due_at, provisional=provisional, cause=cause))
        if changed or again:
            self._emit(ClocksPromised, provisional=provisional, cause=cause)

    def _elapse(self):
        self.state, self.next_at = "elapsed", None
        self._emit(ClockElapsed)

    def _emit(self, fact, **words):
        self.events.append((fact, {name: getattr(self, name) for name in (*NAMED, "due_at")} | words))
