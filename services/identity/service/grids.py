"""Grids and groups of villages."""

from chassis.domain import new_id
from chassis.service import Group, Uses, http
from services.identity.domain.grid import Grid, HasParts, Member, OtherVillage
from services.identity.schemas import grids as schemas
from services.identity.service.scope import ADMINS, Scope
from services.identity.store.grids import Grids
from services.identity.store.households import Households
from services.identity.store.people import People
from services.identity.store.regions import Regions

READERS = [*ADMINS, "secretary"]


class GridRegister(Group):
    """网格 and 村民小组: who looks after which part of a village."""

    grids = Grids()
    regions = Regions()
    people = People()
    households = Households()
    scope = Uses(Scope)

    @http("POST", "/v1/grids", body=schemas.NewGrid, returns=schemas.Grid, status=201, again="show_grid", roles=ADMINS)
    def open_grid(self, call):
        """Open a grid or group in a village."""
        asked, village = call.body, self.scope.administered(call, call.body["region"])
        above = asked["above"] and self._above(asked["above"], village)
        team, boundary = self._checked(village, asked["team"], asked["boundary"])
        grid = Grid.open(new_id(), village.id, asked["kind"], asked["place"], above, team, boundary, call.at)
        self.grids.add(grid)
        return grid

    @http("PUT", "/v1/grids/{id}", body=schemas.GridChange, returns=schemas.Grid, roles=ADMINS)
    def change_grid(self, call, id):
        """Give it another team or boundary, from now on."""
        village = self.scope.administered(call, self.grids.get(id).region)
        team, boundary = self._checked(village, call.body["team"], call.body["boundary"])
        with self.grids.edit(id) as grid:
            grid.change(team, boundary, call.at)
        return grid

    @http("DELETE", "/v1/grids/{id}", status=204, roles=ADMINS)
    def close_grid(self, call, id):
        """Close it, when nothing open is part of it."""
        self.scope.administered(call, self.grids.get(id).region)
        if self.grids.has_parts(id):
            raise HasParts()
        with self.grids.edit(id) as grid:
            grid.close(call.at)

    @http("GET", "/v1/grids", query=schemas.GridQuery, returns=schemas.Grids, roles=READERS)
    def list_grids(self, call):
        """The grids of a village as they are, or were on a day."""
        village = self.regions.get(call.query["region"])
        village.require_within(call.person.scopes(*READERS))
        found = self.grids.of(self.regions.reach([village.id]), call.query["on"] or call.at)
        return {"items": [vars(grid) | then for grid, then in found]}

    @http("GET", "/v1/grids/{id}", returns=schemas.Grid, roles=READERS)
    def show_grid(self, call, id):
        """A grid with all teams and boundaries it has had."""
        grid = self.grids.get(id)
        self.regions.get(grid.region).require_within(call.person.scopes(*READERS))
        return grid

    def _above(self, id, village):
        """A grid that another one of the same village may be part of. Raises GridNotFound, OtherVillage."""
        above = self.grids.get(id)
        if self.regions.current(above.region).id != village.id:
            raise OtherVillage()
        return above

    def _checked(self, village, team, boundary):
        """Team and boundary for the domain: people and households in them are there."""
        for member in team or ():
            self.people.get(member["person"])
        if boundary:
            self.households.require_in(self.regions.reach([village.id]), boundary["households"])
        return team and [Member(**member) for member in team], boundary
