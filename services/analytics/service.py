"""The counting service: every figure comes from facts alone."""

from chassis.domain import NotAllowed
from chassis.service import ANYONE, Regions, RegionTree, Service, http, on
from services.analytics import schemas
from services.analytics.domain import (
    RULES,
    by_part,
    days_of,
    end_of,
    for_everybody,
    parts_of,
    tally,
    until_yesterday,
)
from services.analytics.store import Counters, Subtrees

STAFF = ["secretary", "villageadmin", "townadmin", "cityadmin", "intake"]


class AnalyticsService(Service):
    """Counters kept at village leaves and summed on read; they hold no person."""

    name = "analytics"
    groups = (RegionTree,)
    counters = Counters()
    regions = Regions()
    subtrees = Subtrees()

    @http("GET", "/v1/counters", query=schemas.Question, returns=schemas.Counters, roles=STAFF)
    def show_counters(self, call):
        """Exact numbers of a region for its staff: for the city's as they are now, for others until yesterday."""
        query, scopes = call.query, call.person.scopes(*STAFF)
        above = self._answering_for(query["region"], scopes)
        if above.isdisjoint({self.regions.region(query["region"])["path"][-1]}):
            query["last"] = until_yesterday(query["last"], call.at)
        return self._counted(query, end_of(query["as_of"]))

    @http("GET", "/v1/public/counters", query=schemas.PublicQuestion, returns=schemas.Counters, roles=ANYONE)
    def show_public_counters(self, call):
        """Numbers of a region as of yesterday, rounded down to fives, for everybody."""
        query = dict(call.query)
        query["first"], query["last"] = days_of(query.pop("month"), call.at)
        counted = self._counted(query, None)
        return counted | {"counters": for_everybody(counted["counters"])}

    @on(*RULES)
    def count(self, fact):
        self.counters.increment(*tally(fact))

    # parts of the above

    def _answering_for(self, region, scopes):
        """What of a region and all above it these scopes answer for. Raises UnknownRegion, NotAllowed."""
        above = self.regions.reach(scopes) & set(self.regions.region(region)["path"])
        if not above:
            raise NotAllowed()
        return above

    def _counted(self, query, at):
        region, by = query["region"], query["by"]
        parts = parts_of(region, self.subtrees.paths(region, at))
        sums = self.counters.sums(list(parts), query, "leaf" if by == "region" else by)
        return {"region": region, "counters": by_part(sums, parts) if by == "region" else sums}
