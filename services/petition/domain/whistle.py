"""吹哨报到: a village or town calls several units together; nobody leaves before it is done (事不绝、人不撤)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from chassis.domain import Refusal, Sealed, Unacceptable
from contracts.petition.mustering import (
    UnitBreached,
    UnitCalled,
    UnitFinished,
    UnitGraded,
    UnitRecalled,
    UnitReleased,
    UnitReported,
    WhistleBlown,
    WhistleReleased,
)
from contracts.sdk.fact import Fact
from contracts.sla import ClockElapsed
from services.petition.domain.clock import Clock, Clocked, Order
from services.petition.domain.moves import Act, Move
from services.petition.domain.policy import LADDER, Limiting
from services.petition.domain.reader import Reader, Shown
from services.petition.domain.record import Entry
from services.petition.domain.refusals import NotYourPart, WrongState
from services.petition.domain.unit import CALLED, FINISHED, RELEASED, REPORTED, Unit, UnitRow
from services.petition.domain.worklist import intake_queue

RULES = json.loads(Path(__file__).parent.with_name("mustering.json").read_text(encoding="utf-8"))

CALLER, UNIT, WATCHER = "caller", "unit", "watcher"
RELEASE = "release"

WHISTLE_MOVES = {
    "report_in": Move(UNIT, (CALLED,), REPORTED, UnitReported, {"unit"}),
    "finish": Move(UNIT, (REPORTED,), FINISHED, UnitFinished, {"unit", "text"}),
    "recall": Move(CALLER, (FINISHED,), REPORTED, UnitRecalled, {"unit", "text"}),
    "grade": Move(CALLER, (FINISHED, RELEASED), "", UnitGraded, {"unit", "stars"}, ("stars",)),
    RELEASE: Move(CALLER, (FINISHED,), RELEASED, WhistleReleased),
}
"""Move → who makes it, and the states of the unit (of all units for `release`) before and after; "" leaves it."""


class WhistleFromAbove(Refusal):
    """吹哨由村（社区）或镇（街道）发起"""


class OwnUnit(Unacceptable):
    """不能召集自己"""


class NoSuchUnit(Unacceptable):
    """没有召集这个单位，请从列表中选择"""


class UnknownUnit(Unacceptable):
    """要召集的单位不存在，或不是部门"""


class AlreadyCalled(Refusal):
    """这个单位已经被召集"""


class StillWorking(Refusal):
    """还有单位没有报到或没有办完，或召集已经解除，不能解除"""


class AlreadyGraded(Refusal):
    """已经给这个单位打过分"""


@dataclass(frozen=True, kw_only=True)
class WhistleAct(Act):
    """An Act on a unit; `acts_for` are the ids of the units she may act for."""

    unit: str | None = None
    acts_for: frozenset[str] = frozenset()
    sayings: ClassVar[tuple[str, ...]] = ("text", "stars", "unit")


@dataclass(kw_only=True)
class Whistle(Clocked, Shown):
    """哨声 of the `office`, from which `path` runs up to the city; `about` is the number of a letter or report."""

    number: str
    path: list[str]
    office: str
    about: str | None
    text: Sealed
    units: list[Unit]
    blown_at: datetime
    released_at: datetime | None = None
    history: list[Entry] = field(default_factory=list)
    author: ClassVar[None] = None  # an office's, nobody's own
    moves: ClassVar[dict] = WHISTLE_MOVES

    @classmethod
    def blow(cls, at: datetime, by: str, *, path: list[str], lead: str, units: list[UnitRow], **whistle: Any) -> Self:
        """吹哨: for `units`, rows {id, kind, region}. Raises WhistleFromAbove, OwnUnit, NoSuchUnit."""
        level = LADDER[len(LADDER) - len(path)]
        if level == LADDER[-1]:
            raise WhistleFromAbove()
        made = cls(region=path[0], path=path, office=path[0], level=level, units=[], blown_at=at, **whistle)
        called = made._add(units, lead)
        made.unit(lead)
        made._log("blow", CALLER, at, by)
        made._tell(WhistleBlown, at, units=len(called), lead=lead)
        made._call(called, at)
        return made

    def join(self, units: list[UnitRow], act: Act) -> None:
        """Call more `units` before it is released. Raises NotYourPart, WrongState, OwnUnit, AlreadyCalled."""
        if CALLER not in act.parts:
            raise NotYourPart()
        if self.released_at:
            raise WrongState()
        called = self._add(units)
        self._log("join", CALLER, act.at, act.by)
        self._call(called, act.at)

    @property
    def owner(self) -> str:
        """Whom its texts are sealed under."""
        return self.id

    @property
    def state(self) -> str:
        """`working` until it is released."""
        return RELEASED if self.released_at else "working"

    @property
    def queues(self) -> list[str]:
        """Who has to do with it: regions and departments."""
        return [self.office, *(unit.id for unit in self.units)]

    def unit(self, id: str | None) -> Unit:
        """One of the units. Raises NoSuchUnit."""
        for unit in self.units:
            if unit.id == id:
                return unit
        raise NoSuchUnit()

    def acts_for(self, reader: Reader) -> frozenset[str]:
        """Ids of the units that a Reader may speak for."""
        return reader.queues & {unit.id for unit in self.units}

    def queues_by_part(self) -> dict[str, list[str]]:
        """The city watches."""
        city = self.path[-1]
        return {CALLER: [self.office], UNIT: [unit.id for unit in self.units], WATCHER: [city, intake_queue(city)]}

    @property
    def departments(self) -> list[str]:
        """Those called."""
        return [unit.id for unit in self.units if unit.kind == "department"]

    def follow(self, path: list[str]) -> None:
        """Go with its office, which may have been merged or moved."""
        self.region, self.path, self.office = path[0], path, path[0]

    # moves

    def move(self, act: WhistleAct) -> None:
        """Make a move of the table. Raises a refusal, and then nothing has changed."""
        row = WHISTLE_MOVES[act.move]
        if act.move == RELEASE:
            return self._release(row, act)
        unit = self.unit(act.unit)
        row.permit(act, unit.state)
        self._check(row, act, unit)
        self._log(act.move, row.part, act.at, act.by, act.text)
        unit.stars = act.stars or unit.stars
        orders = self._report(row, unit, act.at)
        self._tell(row.fact, act.at, orders, **unit.words(), **{word: getattr(unit, word) for word in row.tells})

    def judge(self, fact: ClockElapsed, policy: Limiting, at: datetime) -> None:
        """What `sla.elapsed` means: nothing if the unit had reported in by then, else a breach, told once."""
        for clock in self._named(fact.clock, fact.round, fact.level):
            unit = next(each for each in self.units if each.clock == clock.clock)
            if not clock.kept(fact.due_at) and not unit.breached:
                unit.breached = True
                self._tell(UnitBreached, at, **unit.words(), clock=clock.clock, due_at=fact.due_at)

    def _check(self, row: Move, act: WhistleAct, unit: Unit) -> None:
        """What the table cannot say. Raises NotYourPart, AlreadyGraded."""
        if row.part == UNIT and unit.id not in act.acts_for:
            raise NotYourPart()
        if "stars" in row.needs and unit.stars:
            raise AlreadyGraded()

    def _release(self, row: Move, act: Act) -> None:
        row.permit(act, FINISHED)
        if self.released_at or any(unit.state != FINISHED for unit in self.units):
            raise StillWorking()
        self._log(act.move, CALLER, act.at, act.by, act.text)
        self.released_at = act.at
        self._tell(row.fact, act.at)
        for unit in self.units:
            unit.take(RELEASED, act.at)
            self._tell(UnitReleased, act.at, **unit.words())

    def _report(self, row: Move, unit: Unit, at: datetime) -> list[Order]:
        """Take the unit to its next state; what that tells its clock."""
        unit.take(row.target or unit.state, at)
        clocks = [clock for clock in self.clocks if clock.clock == unit.clock and unit.state != CALLED]
        return self._give("stop", clocks, at)

    def _add(self, rows: list[UnitRow], lead: str | None = None) -> list[Unit]:
        """Units of these rows, not told yet. Raises OwnUnit, AlreadyCalled."""
        called = {unit.id for unit in self.units}
        for row in rows:
            if row["id"] == self.office:
                raise OwnUnit()
            if row["id"] in called:
                raise AlreadyCalled()
        first = len(called) + 1
        new = [Unit(**row, lead=row["id"] == lead, clock=f"report_in.{n}") for n, row in enumerate(rows, first)]
        self.units += new
        return new

    def _call(self, units: list[Unit], at: datetime) -> None:
        for unit in units:
            clock = Clock(clock=unit.clock, round=self.round, level=self.level, since=at)
            self.clocks.append(clock)
            self._tell(UnitCalled, at, [clock.order("start", limit=RULES["report_in"])], **unit.words())

    # record

    def _log(self, what: str, part: str, at: datetime, by: str | None, text: Sealed | None = None) -> None:
        entry = Entry(what=what, part=part, at=at, level=self.level, office=self.office, by=by, text=text)
        self.history.append(entry)

    def _tell(self, fact: type[Fact], at: datetime, clocks: Iterable[Order] = (), **words: Any) -> None:
        self._date()
        where = {"office": self.office, "level": self.level, "city": self.path[-1], "about": self.about}
        self.record(fact, at, number=self.number, clocks=list(clocks), **where, **words)
