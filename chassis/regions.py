"""Every service's own projection of the region tree, for scope and roll-ups."""

from chassis.domain import Missing, NotYet
from chassis.on import on
from chassis.store import Rows, index
from contracts.identity import RegionRegistered


class UnknownRegion(Missing):
    """没有这个区划"""


class Regions(Rows):
    """Rows {_id, code, place, parent, level, path}; `path` runs from the region itself up to the county."""

    collection = "regions"
    indexes = [index("path"), index("parent")]

    def keep(self, fact):
        """Take a region in; raises NotYet when its parent is not here."""
        above = self.row(fact.parent) if fact.parent else {"path": []}
        if above is None:
            raise NotYet()
        fields = {name: getattr(fact, name) for name in ("code", "place", "parent", "level")}
        self.put(fact.subject, fields | {"path": [fact.subject, *above["path"]]})

    def region(self, key):
        """The row of a region; raises UnknownRegion."""
        row = self.row(key)
        if row is None:
            raise UnknownRegion()
        return row

    def path(self, key):
        """Ids from the region up to the county; raises UnknownRegion."""
        return self.region(key)["path"]

    def covers(self, scope, region):
        """Whether `region` is `scope` or lies under it."""
        return scope in self.path(region)

    def below(self, key):
        """Ids of the regions without children under a region, itself if it has none; raises UnknownRegion."""
        self.region(key)
        rows = self.find({"path": key})
        parents = {row["parent"] for row in rows}
        return [row["_id"] for row in rows if row["_id"] not in parents]


class Regional:
    """Mix-in of a service that needs the region tree."""

    regions = Regions()

    @on(RegionRegistered)
    def keep_region(self, fact):
        self.regions.keep(fact)
