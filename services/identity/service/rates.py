"""认证率: how many of the people registered in each village are verified."""

from chassis.service import http
from services.identity.domain.rate import rates
from services.identity.domain.villager import VillageNeeded
from services.identity.schemas import rates as schemas

READERS = ["villageadmin", "townadmin", "cityadmin"]
WRITERS = ["townadmin", "cityadmin"]


class RateDesk:
    """Registered population, entered by administrators, and the rates that follow."""

    @http("PUT", "/v1/regions/{id}/population", body=schemas.Population, status=204, roles=WRITERS)
    def record_population(self, call, id):
        """Say how many people are registered in a village (户籍人口)."""
        village = self.regions.get(id).demand_living()
        village.demand_within([scope for role in WRITERS for scope in call.person.scopes(role)])
        if village.level != "village":
            raise VillageNeeded()
        self.populations.put(id, {"registered": call.body["registered"], "by": call.person.id, "at": call.at})

    @http("GET", "/v1/verification-rates", query=schemas.Within, returns=schemas.Rates, roles=READERS)
    def show_rates(self, call):
        """Verified per registered people, of each part of a region and of the region itself."""
        region = self.regions.get(call.query["region"])
        region.demand_within([scope for role in READERS for scope in call.person.scopes(role)])
        under = self.regions.within(region.id)
        ids = [each.id for each in under]
        return {"items": rates(region, under, self.people.verified_in(ids), self.populations.registered(ids))}
