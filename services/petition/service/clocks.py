"""Clocks: what `sla` says of matters, and waits that end. Those of other services' matters are not ours to judge."""

from chassis.service import Group, Uses, every, on
from contracts.petition.letters import PetitionSubmitted
from contracts.sla import ClockElapsed, ClocksPromised
from services.petition.service.access import Access
from services.petition.service.matters import Matters
from services.petition.service.policy import Policies
from services.petition.store.petitions import Petitions

OURS = PetitionSubmitted.producer()


class Clocks(Group):
    """Promises and elapsed clocks, of matters of all kinds; letters go on by themselves."""

    petitions = Petitions()
    access = Uses(Access)
    matters = Uses(Matters)
    policies = Uses(Policies)

    @on(ClocksPromised, ClockElapsed, preload=lambda self, facts: self._preload(facts))
    def hear_clock(self, fact):
        """One handler for both: a promise that is set aside holds back what the same clock says later."""
        if fact.matter_source == OURS:
            with self.matters.repository_of(fact.matter).edit(fact.matter) as matter:
                if fact.type == ClocksPromised.wire():
                    matter.promise(fact)
                else:
                    self.access.placed(matter).judge(fact, self.policies.in_force, self.now())

    @every(seconds=60, each=lambda self: self.petitions.waited_for(self.now()))
    def end_wait(self, id):
        with self.petitions.edit(id) as petition:
            self.access.placed(petition).go_on(self.policies.in_force, self.now())

    def _preload(self, facts):
        self.matters.preload({fact.matter for fact in facts if fact.matter_source == OURS})
