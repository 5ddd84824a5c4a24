"""回避: a letter about a cadre goes past that cadre, who has no part in it and never learns who wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.sdk.fact import Fact
from services.petition.domain.clock import Order
from services.petition.domain.ladder import Laddered
from services.petition.domain.policy import LADDER, NAMED
from services.petition.domain.reader import Reader
from services.petition.domain.refusals import LevelConcerned, MustBeHidden, NobodyAbove, RecipientConcerned


def require_recusal(about: str | None, level: str, anonymity: int) -> None:
    """Raises NobodyAbove, RecipientConcerned, MustBeHidden unless a letter about that level's cadre may go to this."""
    if about == LADDER[-1]:
        raise NobodyAbove()
    if reached(about, level):
        raise RecipientConcerned()
    if about and anonymity == NAMED:
        raise MustBeHidden()


def reached(about: str | None, level: str) -> bool:
    """Whether a level is that of the cadre whom a letter is `about` (None: nobody), or below."""
    return about is not None and LADDER.index(level) <= LADDER.index(about)


@dataclass(kw_only=True)
class Concerning(Laddered):
    """A matter that may be `about` the secretary of a level of its path; `concerned` is that office's region.

    `recused` are the ids of those who held that office when it was written: they have no part in it in any later one.
    """

    about: str | None = None
    concerned: str | None = None
    recused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.about and not self.concerned:
            self.concerned = self.path[LADDER.index(self.about)]

    def concerns(self, reader: Reader) -> bool:
        """Whether it is about a Reader: she holds the office it is about, or held it when it was written."""
        return self.concerned in reader.offices or reader.id in self.recused

    def _level(self, climbs: int) -> str:
        """Raises LevelConcerned, too."""
        level = super()._level(climbs)
        if reached(self.about, level):
            raise LevelConcerned()
        return level

    def _tell(self, fact: type[Fact], at: datetime, clocks: Iterable[Order] = (), **words: Any) -> None:
        super()._tell(fact, at, clocks, concerned=self.concerned, recused=self.recused or None, **words)
