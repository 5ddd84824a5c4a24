"""回避: whom a letter about a cadre has to be kept from, also when he holds another office later."""

from chassis.service import Group, Regions, on
from contracts.identity.access import RoleEnded, RoleGranted
from services.petition.domain.policy import LADDER
from services.petition.store.secretaries import Secretaries

SECRETARY = "secretary"


class Recusing(Group):
    """Hears who becomes secretary and who ends to be, and names the secretaries a letter is about."""

    regions = Regions()
    secretaries = Secretaries()

    @on(RoleGranted, RoleEnded)
    def keep_secretary(self, fact):
        """One handler for both, that nobody's office ends before it began."""
        if fact.role != SECRETARY:
            return
        key = f"{fact.region}:{fact.subject}"
        if fact.type == RoleGranted.wire():
            self.secretaries.put(key, {"person": fact.subject, "region": fact.region})
        elif self.secretaries.row(key):
            self.secretaries.remove(key)

    def recused(self, path, about):
        """{recused} of a letter from a village's path, about the secretary of a level (None: nobody)."""
        if about is None:
            return {}
        return {"recused": self.secretaries.of(self.regions.reach([path[LADDER.index(about)]]))}
