"""What comes in for an office in one day: its ceiling, the alarm before it, one word in the next morning for all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from chassis.domain import Aggregate
from contracts.petition.letters import CluesArrived, CluesCrowded
from services.petition.domain.clue import SIZES, Rules, day_of, midnight_after
from services.petition.domain.refusals import ClueDayFull, CluePhotosTomorrow

KEPT_DAYS = 30


@dataclass(kw_only=True)
class ClueDay(Aggregate):
    """New `clues`, and bytes (`size`) of all that was sealed, answers and photos too. It knows no finer time.

    The store counts; a hundred at once do not wait for each other, and may together go so far beyond the ceiling.
    """

    day: str
    ends_at: datetime
    clues: int = 0
    size: int = 0
    alarmed: bool = False
    told: bool = False

    @classmethod
    def begin(cls, office: str, at: datetime) -> Self:
        """The day of a moment, empty."""
        day = day_of(at)
        return cls(id=f"{office}-{day}", region=office, day=day, ends_at=midnight_after(at, KEPT_DAYS))

    def admit(self, rules: Rules, size: int) -> None:
        """Let so many bytes come in. Raises CluePhotosTomorrow, for more than a text on a crowded day, ClueDayFull."""
        if size > SIZES[0] and self.size + size > rules.crowded:
            raise CluePhotosTomorrow()
        if self.size + size > rules.ceiling:
            raise ClueDayFull()

    def alarm(self, rules: Rules, at: datetime) -> None:
        """Tell that it is crowded, once; never by whom, which nobody knows."""
        self.alarmed = True
        self.record(CluesCrowded, at, share=rules.alarm_percent)

    def tell(self, at: datetime) -> None:
        """Tell the office how many new clues there were, all in one."""
        self.told = True
        if self.clues:
            self.record(CluesArrived, at, count=self.clues)
