"""What the level above has to do with a letter: what it is asked for (挂账, 延期), and its supervision (督办)."""

from dataclasses import dataclass
from datetime import datetime

from contracts.petition.handling import PetitionSupervised
from services.petition.domain.clock import Clock, Order
from services.petition.domain.ladder import Laddered
from services.petition.domain.moves import CLOSED, SLA, SUSPENDED, Move
from services.petition.domain.policy import RESOLVE, SUPERVISE, Limiting

TOO_MANY = 3
"""提级督办: redone or returned so often, a matter is supervised by itself. Source: 巴彦淖尔 12345."""


@dataclass(kw_only=True)
class Supervised(Laddered):
    """A matter whose office may ask the level above and owe it a reply.

    `asked` is what it asked for, and `amount` how much of it; `bounces` counts how often it was returned, `inquiries`
    how often its author was asked for more in this round.
    """

    asked: str | None = None
    amount: int | None = None
    bounces: int = 0
    inquiries: int = 0
    urged_at: datetime | None = None

    @property
    def concerns_above(self) -> bool:
        """Whether the level above has to do with it; before that it does not exist for it."""
        called = self.state == SUSPENDED or self.asked or self.urged_at or self.supervision or self.breaches
        return bool(self.owed_reply or (self.state != CLOSED and called))

    @property
    def supervision(self) -> Clock | None:
        """The clock of its supervision (督办) in this round at this level, None while there is none."""
        return next((clock for clock in self._here() if clock.clock == SUPERVISE), None)

    @property
    def owed_reply(self) -> Clock | None:
        """The clock of a supervision that is not answered yet, None when there is none."""
        return next((clock for clock in self.clocks if clock.clock == SUPERVISE and clock.running), None)

    def _supervise_if_over_limit(self, row: Move, policy: Limiting, at: datetime) -> None:
        """提级督办 by itself, once it was redone or bounced too often."""
        over_limit = (row.again and self.round > TOO_MANY) or (row.climbs < 0 and self.bounces >= TOO_MANY)
        if over_limit and not self.supervision:
            self._supervise(policy, at)

    def _climb_if_late(self, policy: Limiting, since: datetime, at: datetime) -> None:
        """A reply that the level which loses it still owes is owed by the next one (提级督办)."""
        owed = self.owed_reply
        super()._climb_if_late(policy, since, at)
        if owed and not owed.running and not self.supervision:
            self._supervise(policy, at, owed)

    def _supervise(self, policy: Limiting, at: datetime, *instead: Clock) -> None:
        """By itself, in place of other clocks."""
        self._log("supervise", SLA, at)
        self._tell(PetitionSupervised, at, self._give("stop", instead, at) + self._start((SUPERVISE,), policy, at))

    def _run_clocks(self, row: Move, policy: Limiting, at: datetime) -> list[Order]:
        """A letter's rows may also start a clock or extend the time to resolve it.

        An owed reply stays owed when its author withdraws, and is owed anew when she reopens it.
        """
        owed = self.owed_reply
        if row.target == self.ends:
            return self._give("stop", [clock for clock in self.clocks if clock is not owed], at)
        if row.again and owed:
            anew = super()._run_clocks(row, policy, at) + self._start((SUPERVISE,), policy, at)
            return self._give("stop", [owed], at) + anew
        if row.starts:
            return self._start((row.starts,), policy, at)
        if row.extends and self.amount:
            longer = policy.limit(self.level, RESOLVE) | {"amount": self.amount}
            return [self.promised.extend(self.amount, longer, at)]
        return super()._run_clocks(row, policy, at)

    def _enter(self, level: str, policy: Limiting, at: datetime) -> list[Order]:
        """What the level before asked for is asked no more."""
        self.asked = None
        return super()._enter(level, policy, at)
