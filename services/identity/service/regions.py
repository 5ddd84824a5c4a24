"""Asked about regions."""

from chassis.service import ANYONE, http
from services.identity.schemas import regions as schemas


class RegionDesk:
    """The tree of regions, as everybody may see it."""

    @http("GET", "/v1/regions", query=schemas.RegionQuery, returns=schemas.Regions, roles=ANYONE)
    def list_regions(self, call):
        """Regions right under one."""
        return {"items": self.regions.children(call.query["parent"])}

    @http("GET", "/v1/regions/{id}", returns=schemas.Region, roles=ANYONE)
    def show_region(self, call, id):
        """One region."""
        return self.regions.get(id)
