"""How cuts and complaints are kept."""

from chassis.domain import Missing
from chassis.store import Repository, Rows
from county_water.domain import Cut


class Cuts(Repository):
    """Announced cuts."""

    aggregate, collection, missing = Cut, "cuts", Missing


class Complaints(Rows):
    """Rows {_id: village, letters}."""

    collection = "complaints"
    derived_by = ("count",)
