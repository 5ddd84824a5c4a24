"""A subscriber of the fault suite: it writes down what it is told about matters and clocks, as often as it is told."""

from chassis.domain import NotYet, new_id
from chassis.service import Service, on
from chassis.store import Rows, index
from contracts.sdk.registry import all_facts

TOLD = [fact for fact in all_facts() if fact.producer() in ("petition", "sla")]


class Effects(Rows):
    """One row per run of the handler that counted; the ids are in the order of the runs."""

    collection = "effects"
    indexes = [index("fact")]


class Moods(Rows):
    """Subject → `broken` or `not_yet`: a bug of the handler that a test makes and mends."""

    collection = "moods"


class WitnessService(Service):
    """Writes down what it is told."""

    name = "witness"
    effects = Effects()
    moods = Moods()

    @on(*TOLD)
    def note(self, fact):
        mood = self.moods.row(fact.subject)
        if mood:
            raise {"broken": KeyError(), "not_yet": NotYet()}[mood["mood"]]
        place = {"source": fact.source, "subject": fact.subject, "sequence": fact.sequence}
        self.effects.insert({"_id": new_id(), "fact": fact.id, "told_at": fact.time, "at": self.now(), **place})
