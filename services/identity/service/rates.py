"""认证率: how many of the people registered in each village are verified."""

from chassis.service import Group, http
from services.identity.domain.rate import rates
from services.identity.domain.villager import VillageNeeded
from services.identity.schemas import rates as schemas
from services.identity.service.scope import ABOVE, ADMINS
from services.identity.store.people import People
from services.identity.store.regions import Populations, Regions


class VerificationRates(Group):
    """Registered population, entered by administrators, and the rates that follow."""

    regions = Regions()
    populations = Populations()
    people = People()

    @http("PUT", "/v1/regions/{id}/population", body=schemas.Population, status=204, roles=ABOVE)
    def record_population(self, call, id):
        """Say how many people are registered in a village (户籍人口)."""
        village = self.regions.get(id).require_living()
        village.require_within(call.person.scopes(*ABOVE))
        if village.level != "village":
            raise VillageNeeded()
        self.populations.put(id, {"registered": call.body["registered"], "by": call.person.id, "at": call.at})

    @http("GET", "/v1/verification-rates", query=schemas.Within, returns=schemas.Rates, roles=ADMINS)
    def show_rates(self, call):
        """Verified per registered people, of each part of a region and of the region itself."""
        region = self.regions.get(call.query["region"])
        region.require_within(call.person.scopes(*ADMINS))
        under = self.regions.within(region.id)
        ids = [each.id for each in under]
        return {"items": rates(region, under, self.people.verified_in(ids), self.populations.registered(ids))}
