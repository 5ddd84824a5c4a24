"""举报线索: what only the discipline office (纪检) can read, on its way there.

Nothing here tells who wrote or when: a clue knows the day it came, its id is random, and its fact is told in the
morning after, together with all others of that day.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar, Self

from chassis.domain import Aggregate, Sealed, Transition
from contracts.petition.letters import CLUE_OUTCOMES, ClueFiled
from services.petition.domain.refusals import (
    ClueFull,
    ClueNotFound,
    ClueNotPadded,
    Incomplete,
    UnknownCategory,
    WrongClueState,
)

FILED, READ, IN_PROGRESS, CLOSED = STATES = ("filed", "read", "in_progress", "closed")
OFFICE, AUTHOR = "office", "author"
MOVES = {
    "read": Transition(OFFICE, (FILED,), READ),
    "begin": Transition(OFFICE, (READ,), IN_PROGRESS),
    "close": Transition(OFFICE, (READ, IN_PROGRESS), CLOSED, needs={"outcome"}),
}
NOTES = 60
SMALLEST, LARGEST = 1 << 15, 1 << 23  # bytes; 32 KB hold every text, author included
OVERHEAD = 48
SIZES = [(1 << bits) + OVERHEAD for bits in range(15, 24)]
"""Bytes that something sealed has: powers of two, so that its size tells nothing of a text and little of photos."""
MOST = SIZES[-1] + SIZES[-2]
"""Bytes of one clue, all that was added included."""
CHINA = timezone(timedelta(hours=8))
MORNING = timedelta(hours=8)
ALPHABET, SIZE, GROUP = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 28, 4  # pragma: allowlist secret


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a county sets for clues: categories with Chinese names, the leading zero bits of the proof of work for a
    text on a quiet day, how much an office takes in a day, and at which share of it there is an alarm.
    """

    proof_bits: int
    daily_mb: int
    alarm_percent: int
    categories: list[dict[str, str]]

    @property
    def ceiling(self) -> int:
        """Bytes a day for one office."""
        return self.daily_mb << 20

    @property
    def crowded(self) -> int:
        """Bytes of a day from which on there is an alarm, and only texts are taken."""
        return self.ceiling * self.alarm_percent // 100

    def require(self, category: str) -> None:
        """Raises UnknownCategory."""
        if category not in {known["code"] for known in self.categories}:
            raise UnknownCategory()


RULES = Rules(**json.loads(Path(__file__).parent.with_name("clues.json").read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class Note:
    """A question of the office, or what its author added: `enclosure` is the id of what it says, sealed to the office,
    and `for_author` that of the same, if it is a question, sealed to its author's own key.
    """

    by: str
    day: str
    enclosure: str
    for_author: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the office did, and which of its people."""

    move: str
    by: str
    at: datetime


@dataclass(kw_only=True)
class Clue(Aggregate):
    """举报. `region` is the office's; `place` is where it happened; `claim` is the keyed hash of the claim code.

    `reply_key` is the public key that the office's questions are sealed to; its private half comes from the code.
    `enclosure` is the id of what it says, sealed to the office and kept apart; `size` is of all its enclosures.
    """

    place: str
    category: str
    day: str
    enclosure: str
    size: int
    claim: str
    reply_key: str
    state: str = FILED
    outcome: str | None = None
    closed_at: datetime | None = None
    notes: list[Note] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: bool = False
    moves: ClassVar[dict[str, Transition]] = MOVES

    @classmethod
    def file(cls, rules: Rules, at: datetime, *, category: str, **fields: Any) -> Self:
        """A new clue. Raises UnknownCategory."""
        rules.require(category)
        return cls(id=new_key(), enclosure=new_key(), category=category, day=day_of(at), **fields)

    @property
    def enclosures(self) -> list[str]:
        """Ids of all that was said, sealed."""
        notes = [key for note in self.notes for key in (note.enclosure, note.for_author) if key]
        return [self.enclosure, *notes]

    def tell(self, at: datetime) -> None:
        """Let it be known that it is here."""
        self.told = True
        self.record(ClueFiled, at, category=self.category, region=self.place)

    def move(self, move: str, by: str, at: datetime, outcome: str | None = None) -> None:
        """A move of the office. Raises Incomplete, WrongClueState."""
        row = MOVES[move]
        if bool(row.needs) != (outcome in CLUE_OUTCOMES):
            raise Incomplete()
        if self.state not in row.sources:
            raise WrongClueState()
        self.state, self.outcome, self.closed_at = (
            row.target or self.state,
            outcome,
            at if row.target == CLOSED else None,
        )
        self.steps.append(Step(move=move, by=by, at=at))

    def ask(self, at: datetime, size: int) -> Note:
        """The Note of a question of the office, of so many bytes. Raises WrongClueState, ClueFull."""
        return self._note({READ, IN_PROGRESS}, size, by=OFFICE, day=day_of(at), for_author=new_key())

    def answer(self, at: datetime, size: int) -> Note:
        """The Note of what its author adds, of so many bytes. Raises WrongClueState, ClueFull."""
        return self._note({FILED, READ, IN_PROGRESS}, size, by=AUTHOR, day=day_of(at))

    def _note(self, states: set[str], size: int, **fields: Any) -> Note:
        if self.state not in states:
            raise WrongClueState()
        if len(self.notes) == NOTES or self.size + size > MOST:
            raise ClueFull()
        self.size += size
        self.notes.append(Note(enclosure=new_key(), **fields))
        return self.notes[-1]


def new_key() -> str:
    """An id that is all chance: it tells no time and no order."""
    return secrets.token_hex(16)


def padded(sealed: Sealed) -> Sealed:
    """Bytes that somebody sealed by herself, if they have one of SIZES. Raises ClueNotPadded."""
    if len(sealed) not in SIZES:
        raise ClueNotPadded()
    return sealed


def day_of(at: datetime) -> str:
    """The day in China, `2026-11-22`: all that is kept of a moment."""
    return at.astimezone(CHINA).date().isoformat()


def midnight_after(at: datetime, days: int) -> datetime:
    """The beginning of the day in China so many days later."""
    later = at.astimezone(CHINA) + timedelta(days=days)
    return later.replace(hour=0, minute=0, second=0, microsecond=0)


def told_before(at: datetime) -> str:
    """Clues of earlier days than this may be told at `at`: each day's from eight in the next morning on."""
    return day_of(at - MORNING)


def new_code() -> str:
    """查询码: 140 random bits in seven groups of four, without letters that look alike."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(SIZE))
    return "-".join(signs[start : start + GROUP] for start in range(0, SIZE, GROUP))


def plain_code(typed: str) -> str:
    """A claim code as it was given, however it is typed: case, blanks and hyphens aside, O as 0, I and L as 1."""
    signs = "".join(filter(str.isalnum, typed.upper()))
    return signs.translate(str.maketrans("OIL", "011"))


def shown_code(typed: str) -> str:
    """The same, of a header. Raises ClueNotFound when it can be nobody's."""
    code = plain_code(typed)
    if len(code) != SIZE or not set(code) <= set(ALPHABET):
        raise ClueNotFound()
    return code
