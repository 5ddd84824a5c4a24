"""Who may see a matter now: whoever plays a part in it. GET, lists, repeats and everything derived ask here."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.domain import Refusal
from services.petition.domain.inbox import intake_desk
from services.petition.domain.moves import AUTHOR
from services.petition.domain.refusals import MatterNotFound


@dataclass(frozen=True)
class Reader:
    """Somebody, by her id, the regions she is secretary of or of whose intake she is, and departments she works for."""

    id: str
    offices: frozenset[str] = frozenset()
    intakes: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def desks(self) -> frozenset[str]:
        """Names of the desks she sits at."""
        return self.offices | self.departments | set(map(intake_desk, self.intakes))


class Shown:
    """A matter as far as it is somebody's business; its kind says what `stands` where."""

    missing: ClassVar[type[Refusal]] = MatterNotFound

    def stands(self) -> dict[str, list[str]]:
        """Part → the desks that play it now."""
        raise NotImplementedError

    def written_by(self, person: str) -> bool:
        """Whether it is this person's own; nobody's by default."""
        return False

    def concerns(self, reader: Reader) -> bool:
        """Whether it is about a Reader herself, who then plays no part but its author's."""
        return False

    @property
    def shown_to(self) -> list[str]:
        """All desks that play a part in it now, sorted."""
        return sorted({desk for desks in self.stands().values() for desk in desks})

    @property
    def departments(self) -> list[str]:
        """Ids of the departments that have to do with it."""
        return []

    def played(self, reader: Reader) -> set[str]:
        """The parts that a Reader plays in it now; none: for her it does not exist."""
        desks = frozenset() if self.concerns(reader) else reader.desks
        wrote = {AUTHOR} if self.written_by(reader.id) else set()
        return wrote | {part for part, played_by in self.stands().items() if not desks.isdisjoint(played_by)}

    def parts(self, reader: Reader) -> set[str]:
        """The same, where there must be one. Raises what the kind of matter is `missing` by."""
        played = self.played(reader)
        if not played:
            raise self.missing()
        return played
