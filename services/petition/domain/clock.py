"""What petition remembers of the clocks on a letter, to judge by when `sla` says that one has elapsed."""

from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"
ORDERS = {"pause": ((RUNNING,), PAUSED), "resume": ((PAUSED,), RUNNING), "stop": ((RUNNING, PAUSED), STOPPED)}


@dataclass(kw_only=True)
class Clock:
    """时钟: in this `state` since `since`; `due_at` is the last promise of `sla`, NEVER while there is none.

    `breached` (超期) stays on record whatever happens later.
    """

    clock: str
    round: int
    level: str
    since: datetime
    state: str = RUNNING
    due_at: datetime = NEVER
    provisional: bool = False
    breached: bool = False

    @property
    def running(self):
        """Whether something is owed."""
        return self.state == RUNNING

    def order(self, order, **more):
        """The order in the words of facts."""
        return {"order": order, "clock": self.clock, "round": self.round, "level": self.level, **more}

    def obeys(self, order):
        """Whether the order means anything to it now."""
        return self.state in ORDERS[order][0]

    def follow(self, order, at):
        """Obey; after a pause that began in time, the date promised before it no longer holds."""
        if order == "resume" and self.since < self.due_at:
            self.due_at = NEVER
        self.state, self.since = ORDERS[order][1], at
        return self.order(order)

    def kept(self, due):
        """Whether nothing was owed at `due`: a later date is promised by now, or it had ended by then."""
        return due < self.due_at or (not self.running and self.since <= due)


def known(moment):
    """A date as people read it: None for NEVER."""
    return None if moment == NEVER else moment
