"""The counting service: every figure comes from facts alone."""

from chassis.service import ANYONE, Regional, Service, http, on
from services.analytics import schemas
from services.analytics.domain import RULES, by_part, end_of, parts_of, tally
from services.analytics.store import Counters, Regions


class AnalyticsService(Regional, Service):
    """Counters kept at village leaves and summed on read. They hold no person and are public.

    Owns       counters
    Publishes  nothing
    Consumes   identity.person_erased,
               identity.region_registered, identity.region_renamed, identity.region_moved, identity.region_merged,
               identity.access_revoked, identity.villager_applied, identity.villager_verified,
               identity.villager_refused, identity.villager_left, petition.submitted, petition.signed,
               petition.answered, petition.done,
               petition.closed, petition.reopened, petition.breached, petition.escalated, petition.rated,
               notify.message_sent, notify.message_failed
    """

    name = "analytics"
    counters = Counters()
    regions = Regions()

    @http("GET", "/v1/counters", query=schemas.Question, returns=schemas.Counters, roles=ANYONE)
    def show_counters(self, call):
        region, by = call.query["region"], call.query["by"]
        parts = parts_of(region, self.regions.under(region, end_of(call.query["as_of"])))
        sums = self.counters.sums(list(parts), call.query, "leaf" if by == "region" else by)
        return {"region": region, "counters": by_part(sums, parts) if by == "region" else sums}

    @on(*RULES)
    def count(self, fact):
        self.counters.increment(*tally(fact))
