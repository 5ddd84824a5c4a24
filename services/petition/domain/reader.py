"""Authorization: a matter is seen by whoever plays a part in it now. All that is shown or derived asks here."""

from dataclasses import dataclass
from typing import ClassVar

from services.petition.domain.moves import AUTHOR
from services.petition.domain.refusals import MatterNotFound
from services.petition.domain.worklist import intake_queue


@dataclass(frozen=True)
class Reader:
    """Somebody, by her id, the regions she is secretary of or of whose intake she is, and departments she works for."""

    id: str
    offices: frozenset = frozenset()
    intakes: frozenset = frozenset()
    departments: frozenset = frozenset()

    @property
    def queues(self):
        """Names of the queues that she works on."""
        return self.offices | self.departments | set(map(intake_queue, self.intakes))


class Shown:
    """A matter as far as it is somebody's business; its kind says which queues play which part."""

    missing: ClassVar[type] = MatterNotFound

    def queues_by_part(self):
        """Part → the queues that play it now."""
        raise NotImplementedError

    def concerns(self, reader):
        """Whether it is about a Reader herself, who then plays no part but its author's."""
        return False

    @property
    def shown_to(self):
        """All queues that play a part in it now, sorted."""
        return sorted({queue for queues in self.queues_by_part().values() for queue in queues})

    @property
    def departments(self):
        """Ids of the departments that have to do with it."""
        return []

    def played(self, reader):
        """The parts that a Reader plays in it now; none: for her it does not exist."""
        queues = frozenset() if self.concerns(reader) else reader.queues
        wrote = {AUTHOR} if self.author and self.author == reader.id else set()
        return wrote | {part for part, played_by in self.queues_by_part().items() if not queues.isdisjoint(played_by)}

    def parts(self, reader):
        """The same, where there must be one. Raises what the kind of matter is `missing` by."""
        played = self.played(reader)
        if not played:
            raise self.missing()
        return played
