"""The county's waterworks."""

from chassis.service import ANYONE, Service, Setting, http, on
from contracts.petition.letters import PetitionSubmitted
from county_water import schemas
from county_water.domain import Cut
from county_water.store import Complaints, Cuts


class WaterService(Service):
    """Cuts of the water supply, and how many letters each village writes."""

    name = "water"
    settings = {"HOTLINE": Setting(default="96998")}
    key_files = ("pumps.key",)
    cuts = Cuts()
    complaints = Complaints()

    @http("POST", "/v1/cuts", body=schemas.NewCut, returns=schemas.Cut, status=201, roles=["secretary"])
    def announce(self, call):
        """Announce that water will be cut."""
        (village,) = call.person.scopes("secretary")
        cut = Cut.announce(village, call.body["until"], call.at)
        self.cuts.add(cut)
        return cut

    @http("GET", "/v1/complaints", returns=schemas.Complaint(many=True), roles=ANYONE)
    def show(self, call):
        """How many letters each village has written."""
        return self.complaints.find({})

    @on(PetitionSubmitted)
    def count(self, fact):
        self.complaints.increment(fact.village, {"letters": 1})
