"""网格 and 村民小组."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from chassis.store import Repository, index
from services.identity.domain.grid import Grid, GridNotFound


class Grids(Repository[Grid]):
    aggregate, collection, missing = Grid, "grids", GridNotFound
    indexes = [index("region"), index("path"), index("teams.members.person")]

    def of(self, regions: Collection[str], at: datetime) -> list[tuple[Grid, dict[str, Any]]]:
        """(Grid, what it was at a moment) of each grid there was in these villages then."""
        found = self.find({"region": {"$in": list(regions)}}, [("_id", 1)])
        return [(grid, then) for grid in found if (then := grid.at(at))]

    def served_by(self, person: str) -> list[Grid]:
        """Grids that have or had somebody in their team."""
        return self.find({"teams.members.person": person})

    def has_parts(self, grid: str) -> bool:
        """Whether an open grid is part of this one."""
        return self.first({"path": grid, "_id": {"$ne": grid}, "closed_at": None}) is not None
