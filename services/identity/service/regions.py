"""Asked about regions, and to change them."""

from chassis.service import ANYONE, MB, Group, http
from services.identity import sheets
from services.identity.domain.plan import carry_out
from services.identity.schemas import regions as schemas
from services.identity.store.regions import Regions

SHEET = {"upload": "*/*", "decode": sheets.rows_of, "limit": MB, "rate": "12/min"}
CITY = {"roles": ["cityadmin"], "returns": schemas.Region, "again": "show_region"}


class RegionRegister(Group):
    """The tree of regions, as everybody may see it and the city's administrators change it."""

    regions = Regions()

    @http("GET", "/v1/regions", query=schemas.RegionQuery, returns=schemas.Regions, roles=ANYONE)
    def list_regions(self, call):
        """Regions right under one, or those that have or had a code, on a day if one is given."""
        if code := call.query["code"]:
            return {"items": self.regions.coded(code, call.query["on"])}
        return {"items": self.regions.children(call.query["parent"])}

    @http("GET", "/v1/regions/{id}", returns=schemas.Region, roles=ANYONE)
    def show_region(self, call, id):
        """One region."""
        return self.regions.get(id)

    @http("GET", "/v1/regions/{id}/history", returns=schemas.History, roles=ANYONE)
    def show_region_history(self, call, id):
        """What a region was called and where it belonged, when; what it was merged into, and what into it."""
        return self.regions.get(id)

    @http("POST", "/v1/regions", body=schemas.NewRegion, status=201, **CITY)
    def register_region(self, call):
        """Register a new town or village (新设)."""
        return self._change(call, call.body["parent"], lambda tree: tree.register(**call.body, at=call.at))

    @http("PUT", "/v1/regions/{id}/name", body=schemas.NewName, **CITY)
    def rename_region(self, call, id):
        """Another name or code (更名)."""
        return self._change(call, id, lambda tree: tree.rename(id, **call.body, at=call.at))

    @http("PUT", "/v1/regions/{id}/parent", body=schemas.NewParent, **CITY)
    def move_region(self, call, id):
        """Put a village under another town (划转)."""
        return self._change(call, id, lambda tree: tree.move(id, **call.body, at=call.at))

    @http("POST", "/v1/regions/{id}/merger", body=schemas.Merger, **CITY)
    def merge_region(self, call, id):
        """Merge a region into another of its level (合并), which from now on answers for all that was its own."""
        return self._change(call, id, lambda tree: tree.merge(id, **call.body, at=call.at))

    @http("POST", "/v1/region-plans", query=schemas.Run, returns=schemas.Plan, kept=False, roles=["cityadmin"], **SHEET)
    def carry_out_plan(self, call):
        """Carry out a plan of many changes (CSV or XLSX), as a whole or not at all; or only say what it would do."""
        tree = self.regions.tree()
        tree.city.require_within(call.person.scopes("cityadmin"))
        steps = carry_out(call.decoded, tree, call.at)
        if not call.query["dry_run"]:
            self.regions.keep(tree)
        return {"steps": steps}

    def _change(self, call, id, change):
        """What `change(tree)` returns, kept; `id` is a region that the caller must be administrator of."""
        tree = self.regions.tree()
        tree.region(id).require_within(call.person.scopes("cityadmin"))
        changed = change(tree)
        self.regions.keep(tree)
        return changed
