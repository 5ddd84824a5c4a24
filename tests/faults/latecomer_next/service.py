"""The next release of the latecomer: it has one more handler for facts that it has been told for long."""

from chassis.domain import new_id
from chassis.service import on
from tests.faults.latecomer import service
from tests.faults.witness.service import TOLD, Effects


class MoreEffects(Effects):
    """Of the new handler."""

    collection = "more_effects"


class LatecomerService(service.LatecomerService):
    """Writes down what it is told, twice."""

    more_effects = MoreEffects()

    @on(*TOLD)
    def note_again(self, fact):
        place = {"source": fact.source, "subject": fact.subject, "sequence": fact.sequence}
        self.more_effects.insert({"_id": new_id(), "fact": fact.id, "told_at": fact.time, "at": self.now(), **place})
