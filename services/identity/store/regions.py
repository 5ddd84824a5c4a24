"""Regions."""

from collections.abc import Collection
from datetime import datetime

from chassis.store import Repository, Rows, index
from services.identity.domain.region import Region, UnknownRegion
from services.identity.domain.tree import Tree


class Regions(Repository[Region]):
    aggregate, collection, missing = Region, "regions", UnknownRegion
    indexes = [index("parent"), index("path"), index("heir"), index("history.code")]

    def below(self, key: str) -> list[str]:
        """Ids of a region, of all below it and of all that was merged into those."""
        return list(self.reach(list(self.ids({"path": key}))))

    def children(self, parent: str | None) -> list[Region]:
        """Regions right under one (None: the city) that have not ended, by id."""
        return self.find({"parent": parent, "heir": None}, [("_id", 1)])

    def within(self, key: str) -> list[Region]:
        """Regions: one and all below it, what was merged into them too."""
        return self.find({"path": key}, [("_id", 1)])

    def coded(self, code: str, at: datetime | None) -> list[Region]:
        """Regions that had this code at a moment, or ever if that is None, by id."""
        return [region for region in self.find({"history.code": code}, [("_id", 1)]) if region.named(code, at)]

    def current(self, key: str) -> Region:
        """The region with this id, or the one that it was merged into. Raises UnknownRegion."""
        region = self.get(key)
        return self.get(region.heir) if region.heir else region

    def reach(self, scopes: Collection[str]) -> set[str]:
        """Ids of all regions whose records belong to these: themselves, their heirs, all that was merged into those."""
        found = self.find({"_id": {"$in": list(scopes)}})
        heirs = [self.current(region.id) for region in found]
        return {*scopes, *(id for heir in heirs for id in (heir.id, *heir.merged))}

    def tree(self) -> Tree:
        """The whole Tree, to be changed and kept in one unit of work."""
        return Tree(self.find({}))

    def keep(self, tree: Tree) -> None:
        """Save what was changed in a Tree."""
        for region in tree.changed.values():
            self.lock(region.id) if region.version else self.add(region)  # the open unit holds this very region


class Populations(Rows):
    """Rows {_id: a village, registered, by, at}: 户籍人口, as an administrator said last."""

    collection = "populations"

    def registered(self, villages: Collection[str]) -> dict[str, int]:
        """Village id → how many are registered there, where that was said."""
        return {row["_id"]: row["registered"] for row in self.find({"_id": {"$in": villages}})}
