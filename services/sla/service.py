"""The clock service: it counts what facts ask it to count, and never judges."""

from chassis.domain import NotAllowed
from chassis.service import ANYONE, Regions, RegionTree, Service, every, http, on
from contracts.sdk.registry import carrying
from services.sla import schemas
from services.sla.domain.matter import Matter, MatterNotFound, matter_id
from services.sla.store import Calendars, Matters


class SlaService(Service):
    """Clocks on every matter somebody must answer, whichever service owns it."""

    name = "sla"
    groups = (RegionTree,)
    regions = Regions()
    matters = Matters()
    calendars = Calendars()

    @http("GET", "/v1/clocks", query=schemas.Matter, returns=schemas.Clocks)
    def list_clocks(self, call):
        return {"clocks": self.matters.clocks_of(call.query["matter"], call.query["source"])}

    @http("GET", "/v1/calendars/{year}", returns=schemas.Year, roles=ANYONE)
    def show_year(self, call, year):
        return self.calendars.current().describe(year)

    @http("PUT", "/v1/calendars/{year}", body=schemas.YearDays, returns=schemas.Year, roles=["calendaradmin"])
    def publish_year(self, call, year):
        """The clocks it concerns are counted anew within seconds, by `recount_outdated`."""
        if "city" not in [self.regions.region(scope)["level"] for scope in call.person.scopes("calendaradmin")]:
            raise NotAllowed()
        with self.calendars.edit_current() as calendar:
            calendar.publish(year, call.body["holidays"], call.body["workdays"], call.person.id)
        return calendar.describe(year)

    @on(*carrying("clocks"), preload=lambda self, facts: self.matters.preload(map(matter_id, facts)))
    def follow_orders(self, fact):
        if not fact.clocks:
            return
        calendar = self.calendars.current()
        try:
            with self.matters.edit(matter_id(fact)) as matter:
                matter.apply(fact, calendar)
        except MatterNotFound:
            self._begin(fact, calendar)

    @every(seconds=1, each=lambda self: self.matters.due(self.now()))
    def sound_due(self, key):
        """Nothing is written for clocks that another replica has just fired."""
        if self.matters.get(key).is_due(self.now()):
            with self.matters.edit(key) as matter:
                matter.fire(self.now())

    @every(seconds=1, each=lambda self: self.matters.outdated(self.calendars.current().version))
    def recount_outdated(self, key):
        with self.matters.edit(key) as matter:
            matter.recount(self.now(), self.calendars.current())

    @every(seconds=60, each=lambda self: self.calendars.unadopted())
    def adopt_known_years(self, _):
        """A newer release of chinesecalendar brings newer years; here they reach the calendar."""
        self.calendars.adopt()

    @every(seconds=600, each=lambda self: self.calendars.unreminded(self.now()))
    def remind_of_next_year(self, _):
        """Its keeper is told by notify, as soon as the city is known."""
        if city := self.regions.first({"level": "city"}):
            with self.calendars.edit_current() as calendar:
                calendar.remind(self.now(), city["_id"])

    def _begin(self, fact, calendar):
        """Orders to clocks that never started are nothing."""
        matter = Matter.of(fact)
        matter.apply(fact, calendar)
        if matter.clocks:
            self.matters.add(matter)
