"""行政区划: the tree everything else is scoped by."""

from dataclasses import dataclass

from chassis.domain import Aggregate, NotAllowed
from contracts.identity import LEVELS, RegionRegistered


class OutsideScope(NotAllowed):
    """这个区划不在您的管理范围内"""


@dataclass(kw_only=True)
class Region(Aggregate):
    """市、镇街或村社区。

    The id is the code at first registration without its trailing zeros and never changes; `code` may.
    `path` runs from the region itself up to the city.
    """

    code: str
    place: str
    parent: str | None
    level: str
    path: list[str]

    @classmethod
    def register(cls, id, place, parent, at):
        """A new region under `parent` (a Region, None for the city)."""
        above = parent.path if parent else []
        region = cls(
            id=id,
            region=id,
            code=id.ljust(12, "0"),
            place=place,
            parent=parent and parent.id,
            level=LEVELS[len(above)],
            path=[id, *above],
        )
        told = {"code": region.code, "place": place, "parent": region.parent, "level": region.level}
        region.record(RegionRegistered, at, **told)
        return region

    def demand_within(self, scopes):
        """Raises OutsideScope unless one of the scopes (region ids) is this region or above it."""
        if not set(scopes) & set(self.path):
            raise OutsideScope()
