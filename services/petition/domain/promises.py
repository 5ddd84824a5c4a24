"""应办时间的改变: what the author was promised, what it became, and why."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from contracts.petition.promises import PetitionPromiseChanged, PetitionRebased
from contracts.sla import ClocksPromised
from services.petition.domain.clock import STOPPED, Clock
from services.petition.domain.ladder import Laddered
from services.petition.domain.policy import RESOLVE, Limit

SHANGHAI = timezone(timedelta(hours=8))
PAUSED_FOR = {
    "done": "等待核查",
    "pass_up": "转其他层级办理",
    "return": "转其他层级办理",
    "escalate": "转其他层级办理",
    "ask": "等待补充材料",
    "allow_suspension": "挂账",
}
BECAUSE = {
    "start": "重新计时",
    "resume": "因{why}暂停",
    "calendar": "因放假安排公布",
    "rebase": "因办理期限的规定调整",
    "extend": "经批准延期",
}
UNASKED = ("calendar", "rebase")


@dataclass(frozen=True, kw_only=True)
class Change:
    """The promise of one clock became another; `cause` is a word of BECAUSE, None in old facts, `why` it had stood."""

    at: datetime
    was: datetime
    due_at: datetime
    cause: str | None
    why: str

    @property
    def words(self) -> str:
        """The change as people read it."""
        because = BECAUSE.get(self.cause or "", "重新计算").format(why=self.why)
        return f"{because}，应办时间由{day(self.was)}改为{day(self.due_at)}"


def day(moment: datetime) -> str:
    """A moment in 邛崃, as `2026年12月2日17:30`."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


@dataclass(kw_only=True)
class Promising(Laddered):
    """A matter under clocks that tells its author when, and explains what changed that.

    `promises` holds the date promised last in each round and level, `promise_changes` what differed from it.
    """

    promises: dict[str, datetime] = field(default_factory=dict)
    promise_changes: list[Change] = field(default_factory=list)

    def promise(self, fact: ClocksPromised) -> None:
        """Keep the dates that `sla.promised` says; what nobody who handles it did is told to the author."""
        super().promise(fact)
        for told in fact.promises:
            if told["clock"] == RESOLVE and self._named(RESOLVE, told["round"], told["level"]):
                self._explain(told, fact.time)

    def rebase(self, limits: dict[str, dict[str, Limit]], level: str | None, by: str, at: datetime) -> bool:
        """Count by other `limits[level][clock]`, those of one level or (None) of all; returns whether any clock does.

        What has ended, what was late already, and what has no such limit stays as it is.
        """
        clocks = self._limited_by(limits, level)
        orders = [clock.rebase(limits[clock.level][clock.clock], at) for clock in clocks]
        if orders:
            self._log("rebase", "intake", at, by)
            self._tell(PetitionRebased, at, orders)
        return bool(orders)

    def _limited_by(self, limits: dict[str, dict[str, Limit]], level: str | None) -> list[Clock]:
        ours = [clock for clock in self.clocks if clock.round == self.round and clock.clock in limits[clock.level]]
        open_ones = [clock for clock in ours if clock.state != STOPPED and not clock.breached]
        return [clock for clock in open_ones if level in (None, clock.level)]

    def _explain(self, told: dict[str, Any], at: datetime) -> None:
        which = f"{told['round']} {told['level']}"
        was, due_at, cause = self.promises.get(which), told["due_at"], told["cause"]
        self.promises[which] = due_at
        if was in (None, due_at):
            return
        why = next((PAUSED_FOR[line.what] for line in reversed(self.history) if line.what in PAUSED_FOR), "")
        self.promise_changes.append(Change(at=at, was=was, due_at=due_at, cause=cause, why=why))
        if cause in UNASKED and (told["round"], told["level"]) == (self.round, self.level):
            who = {"number": self.number, "author": self.author, "village": self.path[0]}
            self.record(PetitionPromiseChanged, at, was=was, due_at=due_at, cause=cause, **who)
