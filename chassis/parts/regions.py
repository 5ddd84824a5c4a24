"""Every service's own projection of the region tree, for scope and roll-ups."""

from collections.abc import Collection
from datetime import datetime

from chassis.bus.on import on
from chassis.core.group import Group
from chassis.domain import Missing, NotYet
from chassis.store import Row, Rows, index
from contracts.identity.regions import RegionMerged, RegionMoved, RegionRegistered, RegionRenamed


class UnknownRegion(Missing):
    """没有这个区划"""


class Regions(Rows):
    """Rows {_id, code, place, parent, level, path, heir, past}.

    `path` runs from the region itself up to the county. A region that was merged stays below the one it became part
    of, and its `heir` is the one that answers for it now; any other region is its own heir.
    `past` holds the earlier paths: {path, until}.
    """

    collection = "regions"
    kept_seconds = 1
    indexes = [index("path"), index("parent"), index("heir")]

    # told

    def keep(self, fact: RegionRegistered) -> None:
        """Take a region in; raises NotYet when its parent is not here."""
        above = self._path(self._known(fact.parent)) if fact.parent else []
        fields = {name: getattr(fact, name) for name in ("code", "place", "parent", "level")}
        self.put(fact.subject, fields | {"path": [fact.subject, *above], "heir": fact.subject, "past": []})

    def rename(self, fact: RegionRenamed) -> None:
        """Another name or code; raises NotYet."""
        self.put(self._known(fact.subject)["_id"], {"code": fact.code, "place": fact.place})

    def move(self, fact: RegionMoved) -> None:
        """Another parent; raises NotYet."""
        region, above = self._known(fact.subject), self._path(self._known(fact.parent))
        rows = self.find({"path": region["_id"]})
        self.put(region["_id"], {"parent": fact.parent})
        for row in rows:
            self._graft(row, region, above, fact.time)

    def merge(self, fact: RegionMerged) -> None:
        """Become part of another; what lies below goes along, told of that or not yet. Raises NotYet."""
        region, heir = self._known(fact.subject), self._known(fact.into)
        for row in self.find({"path": region["_id"]}):
            merged = row["level"] == region["level"]
            self._graft(row, region, heir["path"] if merged else self._path(heir), fact.time, merged)
            if merged:
                self.put(row["_id"], {"heir": heir["heir"]})

    def _graft(self, row: Row, region: Row, above: list[str], at: datetime, kept: bool = True) -> None:
        """Put `above` over a region in the path of a row; the region itself is `kept` in it or not."""
        end = row["path"].index(region["_id"]) + kept
        past = {"path": row["path"], "until": at}
        self.put(row["_id"], {"path": [*row["path"][:end], *above], "past": [*row["past"], past]})

    def _known(self, key: str) -> Row:
        row = self.row(key)
        if row is None:
            raise NotYet()
        return row

    def _path(self, row: Row) -> list[str]:
        return row["path"][row["path"].index(row["heir"]) :]

    # asked

    def region(self, key: str) -> Row:
        """The row of a region; raises UnknownRegion."""
        row = self.row(key)
        if row is None:
            raise UnknownRegion()
        return row

    def heir(self, key: str) -> str:
        """The id of the region that answers for this one now: itself, unless it was merged; raises UnknownRegion."""
        return self.region(key)["heir"]

    def path(self, key: str) -> list[str]:
        """Ids from the region, or the one it was merged into, up to the county; raises UnknownRegion."""
        return self._path(self.region(key))

    def reach(self, scopes: Collection[str]) -> set[str]:
        """Ids of all regions that somebody with these scopes answers for as their office holder.

        These are the scopes, what they were merged into, and whatever else was merged into that.
        """
        heirs = self._heirs(scopes)
        return {*scopes, *(row["_id"] for row in (self.looked_up(heirs, "heir") if heirs else ()))}

    def under(self, scopes: Collection[str]) -> list[Row]:
        """Rows of the regions that somebody with these scopes answers for and of all below, the merged among them."""
        heirs = self._heirs(scopes)
        return self.find({"path": {"$in": heirs}}) if heirs else []

    def _heirs(self, scopes: Collection[str]) -> list[str]:
        return [row["heir"] for row in self.looked_up(scopes)] if scopes else []


def path_at(row: Row, at: datetime | None) -> list[str]:
    """The path of a region's row as it was at a moment (None: now)."""
    return next((past["path"] for past in row["past"] if at and at < past["until"]), row["path"])


class RegionTree(Group):
    """Keeping the region tree, in a service that needs it."""

    regions = Regions()

    @on(RegionRegistered)
    def keep_region(self, fact: RegionRegistered) -> None:
        self.regions.keep(fact)

    @on(RegionRenamed)
    def rename_region(self, fact: RegionRenamed) -> None:
        self.regions.rename(fact)

    @on(RegionMoved)
    def move_region(self, fact: RegionMoved) -> None:
        self.regions.move(fact)

    @on(RegionMerged)
    def merge_region(self, fact: RegionMerged) -> None:
        self.regions.merge(fact)
