"""What reports and questions share: rules of their own, a table of moves, and who plays which part."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from chassis.domain import Sealed
from contracts.sla import ClockElapsed
from services.petition.domain.ladder import Laddered
from services.petition.domain.moves import AUTHOR, INTAKE, OFFICE, Act, Move, row_of
from services.petition.domain.policy import LADDER, Limit, Limiting
from services.petition.domain.reader import Shown
from services.petition.domain.refusals import UnknownCategory
from services.petition.domain.worklist import intake_queue

A = TypeVar("A", bound=Act)


@dataclass(frozen=True)
class Limits:
    """期限: `rows[level][clock]` as clock orders carry them."""

    rows: dict[str, dict[str, Limit]]

    def limit(self, level: str, clock: str) -> Limit:
        """The limit of a clock at a level."""
        return self.rows[level][clock]


def category_of(categories: list[dict[str, Any]], code: str) -> dict[str, Any]:
    """The entry of a category in a list of rules. Raises UnknownCategory."""
    for each in categories:
        if each["code"] == code:
            return each
    raise UnknownCategory()


@dataclass(kw_only=True)
class Handled(Laddered, Shown, Generic[A]):
    """A matter that follows the table `moves` of its kind, under its own `limits`."""

    text: Sealed
    asked_at: datetime
    closed_at: datetime | None = None
    moves: ClassVar[dict[str, Move]]

    @property
    def owner(self) -> str:
        """Whom its texts and photos are sealed under."""
        return self.author or self.id

    @property
    def level_index(self) -> int:
        """How far up it is, 0 in the village."""
        return LADDER.index(self.level)

    @property
    def limits(self) -> Limits:
        """The Limits it is handled under."""
        raise NotImplementedError

    def queues_by_part(self) -> dict[str, list[str]]:
        """By default its office handles it and nobody verifies it."""
        return {OFFICE: [self.office], INTAKE: [intake_queue(self.path[-1])]}

    def move(self, act: A) -> None:
        """Make a move of the table. Raises a refusal, and then nothing has changed."""
        row = self._row(act)
        row.permit(act, self.state)
        self._level(row.climbs)
        self._log(act.move, row.part, act.at, act.by if AUTHOR not in act.parts else None, act.text)
        self._take(row, act)
        orders = self._run_clocks(row, self.limits, act.at)
        self._tell(row.fact, act.at, orders, **self._words(row))
        self._climb_if_late(self.limits, act.at, act.at)

    def judge(self, fact: ClockElapsed, policy: Limiting, at: datetime) -> None:
        """As a letter is judged, by its own limits in place of the letters' policy."""
        super().judge(fact, self.limits, at)

    def forget_author(self) -> None:
        """个人信息已清除: nobody's any more. What was written is sealed under a key that is destroyed."""
        self.author = None

    def _row(self, act: A) -> Move:
        return row_of(act, self.moves)

    def _take(self, row: Move, act: A) -> None:
        if row.again:
            self.round += 1
        if row.target == self.ends:
            self.closed_at = act.at
        self.state = row.target or self.state

    def _words(self, row: Move) -> dict[str, object]:
        return {word: getattr(self, word) for word in row.tells}
