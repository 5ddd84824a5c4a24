"""行政区划: the tree everything else is scoped by. It changes: villages are renamed, moved to another town, merged."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal, Unacceptable
from contracts.identity.regions import RegionMerged, RegionMoved, RegionRegistered, RegionRenamed
from contracts.words import LEVELS


class UnknownRegion(Missing):
    """没有这个区划"""


class OutsideScope(NotAllowed):
    """这个区划不在您的管理范围内"""


class RegionEnded(Refusal):
    """这个区划已经并入其他区划"""


class LevelsDiffer(Unacceptable):
    """只能并入同一级的区划"""


class MergedIntoItself(Unacceptable):
    """不能并入自己"""


class WrongParent(Unacceptable):
    """上级区划应是高一级的区划"""


class CodeTaken(Refusal):
    """这个区划代码已经被别的区划使用"""


class LevelCode(Unacceptable):
    """区划代码与层级不符：镇街为前 9 位，村社区为 12 位"""


class NothingChanges(Refusal):
    """区划没有变化"""


@dataclass(frozen=True, kw_only=True)
class Spell:
    """What a region was called and where it belonged, from `since` on, before `until` (None: now)."""

    code: str
    place: str
    parent: str | None
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it was so at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(kw_only=True)
class Region(Aggregate):
    """市、镇街或村社区。

    The id is the code at first registration without its trailing zeros and never changes; `code` may.
    `path` runs from the region itself up to the city. A region that was merged has ended: it stays in the tree as a
    part of its `heir`, which answers for it and has it among its `merged`.
    """

    code: str
    place: str
    parent: str | None
    level: str
    path: list[str]
    heir: str | None = None
    merged: list[str] = field(default_factory=list)
    history: list[Spell] = field(default_factory=list)

    @classmethod
    def register(cls, id: str, place: str, parent: "Region | None", at: datetime) -> Self:
        """A new region under `parent` (a Region, None for the city). Raises WrongParent, RegionEnded."""
        above = parent.require_living().path if parent else []
        if len(above) == len(LEVELS):
            raise WrongParent()
        region = cls(
            id=id,
            region=id,
            code=id.ljust(12, "0"),
            place=place,
            parent=parent.id if parent else None,
            level=LEVELS[len(above)],
            path=[id, *above],
        )
        region._begin_spell(at)
        told = {"code": region.code, "place": place, "parent": region.parent, "level": region.level}
        region.record(RegionRegistered, at, **told)
        return region

    # asked

    def within(self, scopes: Iterable[str]) -> bool:
        """Whether one of the scopes (region ids) is this region, merged into it, or above it."""
        return not {*self.path, *self.merged}.isdisjoint(scopes)

    def require_within(self, scopes: Iterable[str]) -> None:
        """Raises OutsideScope."""
        if not self.within(scopes):
            raise OutsideScope()

    def require_living(self) -> Self:
        """The region itself. Raises RegionEnded."""
        if self.heir:
            raise RegionEnded()
        return self

    def named(self, code: str, at: datetime | None) -> bool:
        """Whether it had this code at a moment, or ever if that is None."""
        return any(spell.code == code and (at is None or spell.holds(at)) for spell in self.history)

    # changed

    def rename(self, place: str, code: str, at: datetime) -> None:
        """更名、换代码. Raises RegionEnded, NothingChanges."""
        if (place, code) == (self.require_living().place, self.code):
            raise NothingChanges()
        self.place, self.code = place, code
        self._begin_spell(at)
        self.record(RegionRenamed, at, code=code, place=place)

    def move(self, parent: "Region", at: datetime) -> None:
        """划转 to another parent (a Region). Raises RegionEnded, NothingChanges, WrongParent."""
        if parent.id == self.require_living().parent:
            raise NothingChanges()
        if len(parent.require_living().path) != len(self.path) - 1:
            raise WrongParent()
        self.parent, self.path = parent.id, [self.id, *parent.path]
        self._begin_spell(at)
        self.record(RegionMoved, at, parent=parent.id)

    def merge(self, heir: "Region", at: datetime) -> None:
        """并入 another region of the same level. Raises RegionEnded, LevelsDiffer, MergedIntoItself."""
        if heir.require_living().id == self.require_living().id:
            raise MergedIntoItself()
        if heir.level != self.level:
            raise LevelsDiffer()
        self.heir, self.path = heir.id, [self.id, *heir.path]
        heir.merged += [self.id, *self.merged]
        self._end_spell(at)
        self.record(RegionMerged, at, into=heir.id)

    def follow(self, above: "Region") -> None:
        """Stay part of a region (a Region) whose own path has changed, and of its heir."""
        self.heir = above.heir or above.id
        self.path = [*self.path[: self.path.index(above.id)], *above.path]

    def _begin_spell(self, at: datetime) -> None:
        self._end_spell(at)
        self.history.append(Spell(code=self.code, place=self.place, parent=self.parent, since=at))

    def _end_spell(self, at: datetime) -> None:
        if self.history:
            last = self.history[-1]
            self.history[-1] = Spell(**vars(last) | {"until": at})
