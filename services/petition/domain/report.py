"""随手拍, 巡查, 河长制: what somebody saw and where, and what it looked like afterwards."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from chassis.domain import Sealed
from contracts.petition.reports import (
    EmergencyRaised,
    ReportAccepted,
    ReportBreached,
    ReportClosed,
    ReportDispatched,
    ReportDone,
    ReportEscalated,
    ReportFiled,
    ReportReturned,
    ReportVerified,
)
from contracts.sdk.fact import Fact
from services.petition.domain.clock import Order
from services.petition.domain.handled import Handled, Limits, category_of
from services.petition.domain.moves import AUTHOR, OFFICE, VERIFIER, Act, Move
from services.petition.domain.policy import LADDER, RESOLVE, SIGN, Limit
from services.petition.domain.reader import Reader
from services.petition.domain.refusals import (
    ChannelNotYours,
    MatterPhotoNotFound,
    NotAVillage,
    NotOfThisKind,
    SameLevel,
)

FILED, ACCEPTED, DONE, VERIFIED, CLOSED = REPORT_STATES = ("filed", "accepted", "done", "verified", "closed")
OPEN = (FILED, ACCEPTED)
HOTLINE, EMERGENCY = "hotline", "emergency"

REFUTED = Move(VERIFIER, (DONE,), ACCEPTED, ReportVerified, {"confirmed"}, ("confirmed",), orders={RESOLVE: "resume"})
REPORT_MOVES = {
    "accept": Move(OFFICE, (FILED,), ACCEPTED, ReportAccepted, orders={SIGN: "stop"}),
    "dispatch": Move(OFFICE, OPEN, FILED, ReportDispatched, {"to"}),
    "return": Move(OFFICE, OPEN, FILED, ReportReturned, {"text"}, climbs=-1),
    "done": Move(OFFICE, (ACCEPTED,), DONE, ReportDone, {"text", "after"}, ("outcome", "photos"), {RESOLVE: "pause"}),
    "dismiss": Move(OFFICE, OPEN, DONE, ReportDone, {"text"}, ("outcome", "photos"), {SIGN: "stop", RESOLVE: "pause"}),
    "verify": Move(VERIFIER, (DONE,), VERIFIED, ReportVerified, {"confirmed"}, ("confirmed",), refuted=REFUTED),
    "close": Move(OFFICE, (VERIFIED,), CLOSED, ReportClosed, tells=("outcome",)),
}
OUTCOME = {"done": "solved", "dismiss": "no_action"}


@dataclass(frozen=True, kw_only=True)
class ReportAct(Act):
    """An Act on a report: `after` are photos of what was done, `to` is the level it is sent to."""

    after: list[str] | None = None
    to: str | None = None
    sayings: ClassVar[tuple[str, ...]] = ("text", "after", "to", "confirmed")


@dataclass(frozen=True, kw_only=True)
class ReportRules:
    """What a county sets: each category with its kinds and the level it begins at; `limits[priority][level][clock]`.

    A category may bring a priority of its own, whatever the reporter says.
    """

    categories: list[dict[str, Any]]
    limits: dict[str, dict[str, dict[str, Limit]]]

    def begin(self, category: str, kind: str, priority: str) -> tuple[str, str]:
        """(level, priority) of a new report. Raises UnknownCategory, NotOfThisKind."""
        known = category_of(self.categories, category)
        if kind not in known["kinds"]:
            raise NotOfThisKind()
        return known["level"], known.get("priority", priority)


RULES = ReportRules(**json.loads(Path(__file__).parent.with_name("reports.json").read_text(encoding="utf-8")))


@dataclass(kw_only=True)
class Report(Handled[ReportAct]):
    """上报. `before` and `after` are photos; `spot` is where it is on the map.

    An emergency (紧急线索: 群宴, 重点人员 …) is the business of village, town and city at once.
    """

    kind: str
    channel: str
    priority: str
    place: Sealed
    spot: Sealed | None
    before: list[str]
    after: list[str] = field(default_factory=list)
    state: str = FILED
    outcome: str | None = None
    confirmed: bool | None = None
    moves: ClassVar[dict[str, Move]] = REPORT_MOVES
    ticking: ClassVar[tuple[str, ...]] = (SIGN, RESOLVE)
    arrives: ClassVar[str] = FILED
    ends: ClassVar[str] = CLOSED
    breach: ClassVar[type[Fact]] = ReportBreached
    escalation: ClassVar[type[Fact]] = ReportEscalated

    @classmethod
    def file(
        cls, at: datetime, *, path: list[str], author: str | None, clerk: str | None = None, priority: str,
        **report: Any,
    ) -> Self:  # fmt: skip
        """上报: by a villager or grid worker herself, or by a clerk of the hotline for somebody she does not know.

        Raises UnknownCategory, NotOfThisKind, NotAVillage, ChannelNotYours.
        """
        if len(path) != len(LADDER):
            raise NotAVillage()
        if (report["channel"] == HOTLINE) != (clerk is not None):
            raise ChannelNotYours()
        level, priority = RULES.begin(report["category"], report["kind"], priority)
        report |= {"path": path, "level": level, "office": path[LADDER.index(level)], "priority": priority}
        made = cls(region=path[0], author=author, asked_at=at, **report)
        made._log("file", AUTHOR, at, clerk)
        orders = made._enter(level, made.limits, at)
        made._tell(ReportFiled, at, orders, came_by=made.channel, photos=len(made.before))
        made._alarm(at)
        return made

    @property
    def limits(self) -> Limits:
        """Those of its priority."""
        return Limits(RULES.limits[self.priority])

    @property
    def queues(self) -> list[str]:
        """The offices on whose lists it is."""
        if self.priority == EMERGENCY:
            return self.path
        return self.path[self.level_index : self.level_index + 2] if self.state == DONE else [self.office]

    @property
    def photos(self) -> int:
        """How many photos show what was done."""
        return len(self.after)

    def queues_by_part(self) -> dict[str, list[str]]:
        """Beside its author the level above verifies it; at the top the top."""
        above = self.path[min(self.level_index + 1, len(LADDER) - 1)]
        handled = {OFFICE: self.path} if self.priority == EMERGENCY else {}
        return super().queues_by_part() | handled | {VERIFIER: [above] if self.state == DONE else []}

    def played(self, reader: Reader) -> set[str]:
        played = super().played(reader)
        return played | ({VERIFIER} if self.state == DONE and AUTHOR in played else set())

    def require_photo(self, photo: str) -> None:
        """Raises MatterPhotoNotFound unless it is one of its own."""
        if photo not in (*self.before, *self.after):
            raise MatterPhotoNotFound()

    def _alarm(self, at: datetime) -> None:
        if self.priority == EMERGENCY:
            village, town, city = self.path
            where = {"village": village, "town": town, "city": city}
            self.record(EmergencyRaised, at, number=self.number, category=self.category, **where)

    def _row(self, act: ReportAct) -> Move:
        """With as many levels to climb as lie between here and where it is sent. Raises SameLevel."""
        row = super()._row(act)
        if act.move != "dispatch" or act.to is None:
            return row
        if act.to == self.level:
            raise SameLevel()
        return replace(row, climbs=LADDER.index(act.to) - self.level_index)

    def _take(self, row: Move, act: ReportAct) -> None:
        super()._take(row, act)
        self.after = self.after + (act.after or [])
        self.outcome = None if row.target in OPEN else OUTCOME.get(act.move, self.outcome)
        self.confirmed = act.confirmed if act.confirmed is not None else self.confirmed

    def _tell(self, fact: type[Fact], at: datetime, clocks: Iterable[Order] = (), **words: Any) -> None:
        super()._tell(fact, at, clocks, kind=self.kind, priority=self.priority, **words)
