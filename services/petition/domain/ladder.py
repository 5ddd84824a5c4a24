"""Level by level (逐级回应): entering a level with its clocks, breaches, climbing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from contracts.sdk.fact import Fact
from contracts.sla import ClockElapsed
from services.petition.domain.clock import Clock, Order
from services.petition.domain.moves import CLOSED, SLA, SUBMITTED, Move
from services.petition.domain.policy import CLOCKS, LADDER, Limiting
from services.petition.domain.record import Recorded
from services.petition.domain.refusals import BottomLevel, LowerLevelLate, TopLevel


@dataclass(kw_only=True)
class Laddered(Recorded):
    """A matter on its way between levels.

    A kind of matter names the clocks that are `ticking` at each level, the state it `arrives` in and the one it `ends`
    in, and its facts of `breach` and `escalation`. What is called `policy` here has `limit(level, clock)`.
    """

    state: str = SUBMITTED
    ticking: ClassVar[tuple[str, ...]] = CLOCKS
    arrives: ClassVar[str] = SUBMITTED
    ends: ClassVar[str] = CLOSED
    breach: ClassVar[type[Fact]]
    escalation: ClassVar[type[Fact]]

    def judge(self, fact: ClockElapsed, policy: Limiting, at: datetime) -> None:
        """What `sla.elapsed` means: nothing if all was done by then; else a breach (超期), told once, and the matter
        climbs (逐级回应) if that is still undone and `ticking`.
        """
        for clock in self._named(fact.clock, fact.round, fact.level):
            if not clock.kept(fact.due_at):
                self._breach(clock, fact.due_at, at)
                self._climb_if_late(policy, fact.due_at, at)

    def _breach(self, clock: Clock, due: datetime, at: datetime) -> None:
        if not clock.breached:
            clock.breached = True
            self._tell(self.breach, at, clock=clock.clock, due_at=due, late_level=clock.level)

    def _climb_if_late(self, policy: Limiting, since: datetime, at: datetime) -> None:
        """A level that is late and still owes something loses the matter, as of `since`, to the next one up.

        If that one was late in this round before, it goes on up.
        """
        late = next((clock for clock in self.breaches if clock.running and clock.clock in self.ticking), None)
        if late and self.level != LADDER[-1]:
            self._log("escalate", SLA, at)
            before = {"from_level": self.level, "from_office": self.office}
            self.state = self.arrives
            orders = self._give("pause", self._here(), since) + self._enter(self._level(1), policy, at)
            self._tell(self.escalation, at, orders, clock=late.clock, **before)
            self._climb_if_late(policy, at, at)

    def _level(self, climbs: int) -> str:
        """The level so many above. Raises TopLevel, BottomLevel, LowerLevelLate."""
        index = LADDER.index(self.level) + climbs
        if index < 0:
            raise BottomLevel()
        if index >= len(LADDER):
            raise TopLevel()
        if climbs < 0 and any(late.round == self.round and late.level == LADDER[index] for late in self.breaches):
            raise LowerLevelLate()
        return LADDER[index]

    def _run_clocks(self, row: Move, policy: Limiting, at: datetime) -> list[Order]:
        """What a move tells the clocks: all stop at the end, others run at another level, else what its row says."""
        if row.target == self.ends:
            return self._give("stop", self.clocks, at)
        if row.climbs or row.again:
            return self._give("pause", self._here(), at) + self._enter(self._level(row.climbs), policy, at)
        ordered = [(row.orders[clock.clock], clock) for clock in self._here() if clock.clock in row.orders]
        return [told for order, clock in ordered for told in self._give(order, [clock], at)]

    def _enter(self, level: str, policy: Limiting, at: datetime) -> list[Order]:
        """Handle it at this level: its clocks start, or go on if the matter was here before in this round."""
        self.level, self.office = level, self.path[LADDER.index(level)]
        if self._here():
            return self._give("resume", self._here(), at)
        return self._start(self.ticking, policy, at)

    def _start(self, names: Iterable[str], policy: Limiting, at: datetime) -> list[Order]:
        """Clocks of this round and level that begin now."""
        begun = [Clock(clock=name, round=self.round, level=self.level, since=at) for name in names]
        self.clocks += begun
        return [clock.order("start", limit=policy.limit(self.level, clock.clock)) for clock in begun]
