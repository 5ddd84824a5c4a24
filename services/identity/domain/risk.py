"""风险预警: what the traces of one person's work add up to, by rules that are data (`risks.json`)."""

import json
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal
from contracts.identity.access import RiskRaised
from contracts.identity.sign_in import ProbingFound

READ, LISTED, NOT_ALLOWED, NOT_FOUND = "read", "listed", "not_allowed", "not_found"
SIGN_IN, RENEWAL, STRANGER = "sign_in", "renewal", "stranger"
GRANT, STRONG_GRANT = "grant", "strong_grant"
NETWORK = "network:"
BEIJING = timedelta(hours=8)
OUTCOMES = ("justified", "misuse", "false_alarm")
"""What a review may find: 工作需要、违规操作、误报."""


class RiskNotFound(Missing):
    """没有这条预警"""


class AlreadyReviewed(Refusal):
    """这条预警已经核实过了"""


class OwnRisk(NotAllowed):
    """预警涉及您本人，须由他人核实"""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One trace of a person's work, or of a stranger's probing (`who` is `network:…`, a name of a day's length).

    `things`: whose data she read or had listed, whom she gave a role, a refusal, or the network she signed in from or
    renewed her token from.
    """

    id: str
    who: str
    at: datetime
    kind: str
    things: list[str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """At least so many signals of these kinds (or, `distinct`, so many different things in them) within some minutes.

    `hours` (from, to) of the Beijing day, over midnight if from is later, are those it looks at; None: all.
    """

    rule: str
    name: str
    kinds: list[str]
    least: int
    minutes: int
    distinct: bool = False
    hours: list[int] | None = None

    def found(self, signals: Iterable[Signal]) -> dict[int, int]:
        """Window (number since 1970) → the greatest count reached in it; signals are of one person, in any order."""
        found: dict[int, int] = {}
        window: deque[Signal] = deque()
        held: Counter[str] = Counter()
        for signal in sorted(filter(self.concerns, signals), key=lambda signal: signal.at):
            window.append(signal)
            held.update(self._counted(signal))
            while window[0].at <= signal.at - timedelta(minutes=self.minutes):
                held.subtract(self._counted(window.popleft()))
            if (count := len(+held)) >= self.least:
                number = self.window(signal.at)
                found[number] = max(count, found.get(number, 0))
        return found

    def concerns(self, signal: Signal) -> bool:
        """Whether it looks at such a signal."""
        return signal.kind in self.kinds and (self.hours is None or self._within(self.hours, signal.at))

    def window(self, at: datetime) -> int:
        """The number of the window a moment lies in: one alarm for each."""
        return int(at.timestamp()) // (60 * self.minutes)

    def _within(self, hours: list[int], at: datetime) -> bool:
        start, end = hours
        hour = (at.astimezone(UTC) + BEIJING).hour
        return start <= hour < end if start < end else hour >= start or hour < end

    def _counted(self, signal: Signal) -> list[str]:
        return signal.things if self.distinct else [signal.id]


RULES = [Rule(**rule) for rule in json.loads(Path(__file__).parent.with_name("risks.json").read_text(encoding="utf-8"))]
LONGEST = timedelta(minutes=max(rule.minutes for rule in RULES))


@dataclass(kw_only=True)
class Risk(Aggregate):
    """预警: a rule found something about a person; `region` is the city that is told, `place` where she belongs.

    About somebody who is not signed in: `about` is the name of a network for a day, `place` None.
    """

    rule: str
    about: str
    place: str | None
    count: int
    raised_at: datetime
    outcome: str | None = None
    reviewed_by: str | None = None

    @classmethod
    def raise_(
        cls, rule: Rule, window: int, at: datetime, *, about: str, place: str | None, city: str, count: int
    ) -> Self:
        """A new alarm; its id makes it one for each rule, person and window."""
        risk = cls(
            id=risk_id(rule, about, window),
            region=city,
            rule=rule.rule,
            about=about,
            place=place,
            count=count,
            raised_at=at,
        )
        if about.startswith(NETWORK):
            risk.record(ProbingFound, at, rule=rule.rule, network=about, count=count)
        else:
            risk.record(RiskRaised, at, rule=rule.rule, region=place, about=about, count=count)
        return risk

    def review(self, outcome: str, by: str) -> None:
        """核实. Raises OwnRisk, AlreadyReviewed."""
        if by == self.about:
            raise OwnRisk()
        if self.outcome:
            raise AlreadyReviewed()
        self.outcome, self.reviewed_by = outcome, by


def risk_id(rule: Rule, about: str, window: int) -> str:
    """The id of the alarm for a rule, a person and a window."""
    return f"{rule.rule}:{about}:{window}"


def findings(signals: list[Signal]) -> list[tuple[Rule, int, int]]:
    """(rule, window, count) of all that the rules find in one person's signals."""
    return [(rule, window, count) for rule in RULES for window, count in rule.found(signals).items()]
