"""A county's own subscriber, as small as it can be: the third effect of a letter, beside `sla` and `analytics`."""

from bench.keeper.store import Letters
from chassis.service import Service, on
from contracts.petition.letters import PetitionSubmitted


class KeeperService(Service):
    """One row per letter."""

    name = "keeper"
    letters = Letters()

    @on(PetitionSubmitted)
    def keep(self, fact):
        self.letters.insert({"_id": fact.subject, "number": fact.number, "village": fact.village, "at": fact.time})
