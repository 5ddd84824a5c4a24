"""The whole tree of regions, changed as one: what the change of one region means for those around it."""

from collections.abc import Iterable
from datetime import datetime

from services.identity.domain.region import CodeTaken, LevelCode, Region, UnknownRegion


class Tree:
    """All regions there are. `changed` holds those a change has touched, by id.

    The city counts as touched by every change, so that of two changes at once the later one sees the other.
    """

    def __init__(self, regions: Iterable[Region]) -> None:
        self.regions = {region.id: region for region in regions}
        self.changed: dict[str, Region] = {}

    @property
    def city(self) -> Region:
        """The Region above all others. Raises UnknownRegion."""
        return self.region(next((each.id for each in self.regions.values() if each.parent is None), ""))

    def region(self, id: str) -> Region:
        """The Region with this id. Raises UnknownRegion."""
        if id not in self.regions:
            raise UnknownRegion()
        return self.regions[id]

    def coded(self, code: str) -> Region:
        """The Region that has this code now; else the one whose id this is. Raises UnknownRegion."""
        return self._living(code) or self.region(code.removesuffix("000").removesuffix("000"))

    def register(self, code: str, place: str, parent: str, at: datetime) -> Region:
        """新设: a new Region with a code of 12 digits. Raises UnknownRegion, RegionEnded, CodeTaken, LevelCode."""
        above = self.region(parent)
        id = _id_of(code, len(above.path))
        if id in self.regions or self._living(code):
            raise CodeTaken()
        self.regions[id] = Region.register(id, place, above, at)
        return self._touch(id)

    def rename(self, id: str, place: str | None, code: str | None, at: datetime) -> Region:
        """更名或换代码; None leaves it. Raises UnknownRegion, RegionEnded, CodeTaken, LevelCode, NothingChanges."""
        region = self.region(id)
        if code and code != region.code:
            _id_of(code, len(region.require_living().path) - 1)
            if self._living(code):
                raise CodeTaken()
        region.rename(place or region.place, code or region.code, at)
        return self._touch(id)

    def move(self, id: str, parent: str, at: datetime) -> Region:
        """划转: another parent. Raises UnknownRegion, RegionEnded, NothingChanges, WrongParent."""
        region = self.region(id)
        region.move(self.region(parent), at)
        self._follow(region)
        return self._touch(id)

    def merge(self, id: str, into: str, at: datetime) -> Region:
        """并入: what lay under it comes under its heir. Raises UnknownRegion, RegionEnded, LevelsDiffer …"""
        region, heir = self.region(id), self.region(into)
        region.merge(heir, at)
        for each in self._below(region):
            self.move(each.id, heir.id, at)
        self._follow(region)
        self._touch(heir.id)
        return self._touch(id)

    def _below(self, region: Region) -> list[Region]:
        return [each for each in self.regions.values() if each.parent == region.id and not each.heir]

    def _follow(self, region: Region) -> None:
        """What was merged into a region goes where it goes."""
        for each in self.regions.values():
            if each.heir and each is not region and region.id in each.path:
                each.follow(region)
                self._touch(each.id)

    def _touch(self, id: str) -> Region:
        region = self.changed[id] = self.regions[id]
        self.changed[self.city.id] = self.city
        return region

    def _living(self, code: str) -> Region | None:
        return next((each for each in self.regions.values() if each.code == code and not each.heir), None)


def _id_of(code: str, depth: int) -> str:
    """The id of a region with this code under so many levels. Raises LevelCode unless the code is of that level."""
    width = 6 + 3 * depth
    if len(code) != 12 or code[width - 3 : width] == "000" or code[width:].strip("0"):
        raise LevelCode()
    return code[:width]
