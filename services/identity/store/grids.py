"""网格 and 村民小组."""

from chassis.store import Repository, index
from services.identity.domain.grid import Grid, GridNotFound


class Grids(Repository):
    aggregate, collection, missing = Grid, "grids", GridNotFound
    indexes = [index("region"), index("path"), index("teams.members.person")]

    def of(self, regions, at):
        """(Grid, what it was at a moment) of each grid there was in these villages then."""
        found = self.find({"region": {"$in": list(regions)}}, [("_id", 1)])
        return [(grid, then) for grid in found if (then := grid.at(at))]

    def served_by(self, person):
        """Grids that have or had somebody in their team."""
        return self.find({"teams.members.person": person})

    def has_parts(self, grid):
        """Whether an open grid is part of this one."""
        return self.first({"path": grid, "_id": {"$ne": grid}, "closed_at": None}) is not None
