"""Authorization: a matter is seen by whoever plays a part in it now. All that is shown or derived asks here."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.domain import Refusal
from services.petition.domain.moves import AUTHOR
from services.petition.domain.refusals import MatterNotFound
from services.petition.domain.worklist import intake_queue


@dataclass(frozen=True)
class Reader:
    """Somebody, by her id, the regions she is secretary of or of whose intake she is, and departments she works for."""

    id: str
    offices: frozenset[str] = frozenset()
    intakes: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def queues(self) -> frozenset[str]:
        """Names of the queues that she works on."""
        return self.offices | self.departments | set(map(intake_queue, self.intakes))


class Shown:
    """A matter as far as it is somebody's business; its kind says which queues play which part."""

    missing: ClassVar[type[Refusal]] = MatterNotFound

    def queues_by_part(self) -> dict[str, list[str]]:
        """Part → the queues that play it now."""
        raise NotImplementedError

    def written_by(self, person: str) -> bool:
        """Whether it is this person's own; nobody's by default."""
        return False

    def concerns(self, reader: Reader) -> bool:
        """Whether it is about a Reader herself, who then plays no part but its author's."""
        return False

    @property
    def shown_to(self) -> list[str]:
        """All queues that play a part in it now, sorted."""
        return sorted({queue for queues in self.queues_by_part().values() for queue in queues})

    @property
    def departments(self) -> list[str]:
        """Ids of the departments that have to do with it."""
        return []

    def played(self, reader: Reader) -> set[str]:
        """The parts that a Reader plays in it now; none: for her it does not exist."""
        queues = frozenset() if self.concerns(reader) else reader.queues
        wrote = {AUTHOR} if self.written_by(reader.id) else set()
        return wrote | {part for part, played_by in self.queues_by_part().items() if not queues.isdisjoint(played_by)}

    def parts(self, reader: Reader) -> set[str]:
        """The same, where there must be one. Raises what the kind of matter is `missing` by."""
        played = self.played(reader)
        if not played:
            raise self.missing()
        return played
