"""Regions."""

from chassis.regions import UnknownRegion
from chassis.store import Repository, index
from services.identity.domain import Region


class Regions(Repository):
    aggregate, collection, missing = Region, "regions", UnknownRegion
    indexes = [index("parent"), index("path")]

    def children(self, parent):
        """Regions right under one (None: the city), by id."""
        return self.find({"parent": parent}, [("_id", 1)])
