"""逐级回应: what all matters on the ladder share: an office at a level, their record, breach and climbing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chassis.domain import Sealed
from services.petition.domain.clock import Clock, Clocked
from services.petition.domain.moves import CLOSED, SLA, SUBMITTED
from services.petition.domain.policy import CLOCKS, LADDER
from services.petition.domain.refusals import BottomLevel, LowerLevelLate, TopLevel


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
class Climbing(Clocked):
    """A matter that goes a level up when one is late. `path` runs from its village to the city; `office` handles it.

    A subclass names the clocks that are `ticking` at each level, the state it `arrives` in and the one it `ends` in,
    the facts of `breach` and `escalation`, and tells all its facts by `_tell(fact, at, orders, **words)`. What is
    called `policy` here has `limit(level, clock)`.
    """

    path: list[str]
    office: str
    state: str = SUBMITTED
    history: list[Entry] = field(default_factory=list)
    ticking: ClassVar[tuple] = CLOCKS
    arrives: ClassVar[str] = SUBMITTED
    ends: ClassVar[str] = CLOSED
    breach: ClassVar[type]
    escalation: ClassVar[type]

    def follow(self, path):
        """Go with its village, which may have been merged or moved: `path` runs from what it is now up to the city."""
        self.region, self.path = path[0], path
        self.office = path[LADDER.index(self.level)]

    def judge(self, fact, policy, at):
        """What `sla.elapsed` means: nothing if all was done by then; else a breach (超期), told once, and the matter
        climbs (逐级回应) if that is still undone.
        """
        for clock in self._named(fact):
            if not clock.kept(fact.due_at):
                self._breach(clock, fact.due_at, at)
                self._climb_if_late(policy, fact.due_at, at)

    def _breach(self, clock, due, at):
        if not clock.breached:
            clock.breached = True
            self._tell(self.breach, at, clock=clock.clock, due_at=due, late_level=clock.level)

    def _climb_if_late(self, policy, since, at):
        """A level that is late and still owes something loses the matter, as of `since`, to the next one up.

        If that one was late in this round before, it goes on up.
        """
        late = next((clock for clock in self.breaches if clock.running), None)
        if late and self.level != LADDER[-1]:
            self._log("escalate", SLA, at)
            before = {"from_level": self.level, "from_office": self.office}
            self.state = self.arrives
            orders = self._give("pause", self._here(), since) + self._enter(self._level(1), policy, at)
            self._tell(self.escalation, at, orders, clock=late.clock, **before)
            self._climb_if_late(policy, at, at)

    def _level(self, climbs):
        """The level so many above. Raises TopLevel, BottomLevel, LowerLevelLate."""
        rung = LADDER.index(self.level) + climbs
        if rung < 0:
            raise BottomLevel()
        if rung >= len(LADDER):
            raise TopLevel()
        if climbs < 0 and any(late.round == self.round and late.level == LADDER[rung] for late in self.breaches):
            raise LowerLevelLate()
        return LADDER[rung]

    def _run_clocks(self, row, policy, at):
        """What a move tells the clocks: all stop at the end, others run at another level, else what its row says."""
        if row.target == self.ends:
            return self._give("stop", self.clocks, at)
        if row.climbs or row.again:
            return self._give("pause", self._here(), at) + self._enter(self._level(row.climbs), policy, at)
        ordered = [(row.orders[clock.clock], clock) for clock in self._here() if clock.clock in row.orders]
        return [told for order, clock in ordered for told in self._give(order, [clock], at)]

    def _enter(self, level, policy, at):
        """Handle it at this level: its clocks start, or go on if the matter was here before in this round."""
        self.level, self.office = level, self.path[LADDER.index(level)]
        if self._here():
            return self._give("resume", self._here(), at)
        self.clocks += [Clock(clock=name, round=self.round, level=level, since=at) for name in self.ticking]
        return [clock.order("start", limit=policy.limit(level, clock.clock)) for clock in self._here()]

    def _log(self, what, part, at, by=None, text=None):
        entry = Entry(what=what, part=part, at=at, level=self.level, office=self.office, by=by, text=text)
        self.history.append(entry)
