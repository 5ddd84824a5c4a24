"""举报线索: what only the discipline office (纪检) can read, on its way there.

Nothing here tells who wrote or when: a clue knows the day it came, its id is random, and its fact is told in the
morning after, together with all others of that day.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from chassis.domain import Aggregate, Sealed
from contracts.petition import CLUE_OUTCOMES, ClueFiled
from services.petition.domain.refusals import ClueFull, Incomplete, UnknownCategory, WrongClueState

FILED, READ, IN_PROGRESS, CLOSED = STATES = ("filed", "read", "in_progress", "closed")
MOVES = {"read": ({FILED}, READ), "begin": ({READ}, IN_PROGRESS), "close": ({READ, IN_PROGRESS}, CLOSED)}
"""Move of the office → from which states, to which."""

OFFICE, AUTHOR = "office", "author"
NOTES = 60
CHINA = timezone(timedelta(hours=8))
MORNING = timedelta(hours=8)
ALPHABET, SIZE, GROUP = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 28, 4  # pragma: allowlist secret


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a county sets for clues: categories with Chinese names, and the leading zero bits of the proof of work."""

    proof_bits: int
    categories: list

    def require(self, category):
        """Raises UnknownCategory."""
        if category not in {known["code"] for known in self.categories}:
            raise UnknownCategory()


RULES = Rules(**json.loads(Path(__file__).parent.with_name("clues.json").read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class Note:
    """A question of the office or an answer: `sealed` to the office, a question also to the author's own key."""

    by: str
    day: str
    sealed: Sealed
    for_author: Sealed | None = None


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
    """

    place: str
    category: str
    day: str
    sealed: Sealed
    claim: str
    reply_key: str
    state: str = FILED
    outcome: str | None = None
    closed_at: datetime | None = None
    notes: list[Note] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: bool = False

    @classmethod
    def file(cls, rules, at, *, category, **fields):
        """A new clue. Raises UnknownCategory."""
        rules.require(category)
        return cls(id=secrets.token_hex(16), category=category, day=day_of(at), **fields)

    def tell(self, at):
        """Let it be known that it is here."""
        self.told = True
        self.record(ClueFiled, at, category=self.category, region=self.place)

    def move(self, move, by, at, outcome=None):
        """A move of the office. Raises Incomplete, WrongClueState."""
        sources, target = MOVES[move]
        if (target == CLOSED) != (outcome in CLUE_OUTCOMES):
            raise Incomplete()
        if self.state not in sources:
            raise WrongClueState()
        self.state, self.outcome, self.closed_at = target, outcome, at if target == CLOSED else None
        self.steps.append(Step(move=move, by=by, at=at))

    def ask(self, at, sealed, for_author):
        """A question of the office. Raises WrongClueState, ClueFull."""
        self._note({READ, IN_PROGRESS}, Note(by=OFFICE, day=day_of(at), sealed=sealed, for_author=for_author))

    def answer(self, at, sealed):
        """What its author adds. Raises WrongClueState, ClueFull."""
        self._note({FILED, READ, IN_PROGRESS}, Note(by=AUTHOR, day=day_of(at), sealed=sealed))

    def _note(self, states, note):
        if self.state not in states:
            raise WrongClueState()
        if len(self.notes) == NOTES:
            raise ClueFull()
        self.notes.append(note)


def day_of(at):
    """The day in China, `2026-11-22`: all that is kept of a moment."""
    return at.astimezone(CHINA).date().isoformat()


def midnight_after(at, days):
    """The beginning of the day in China so many days later."""
    later = at.astimezone(CHINA) + timedelta(days=days)
    return later.replace(hour=0, minute=0, second=0, microsecond=0)


def told_before(at):
    """Clues of earlier days than this may be told at `at`: each day's from eight in the next morning on."""
    return day_of(at - MORNING)


def new_code():
    """查询码: 140 random bits in seven groups of four, without letters that look alike."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(SIZE))
    return "-".join(signs[start : start + GROUP] for start in range(0, SIZE, GROUP))


def plain_code(typed):
    """A claim code as it was given, however it is typed: case, blanks and hyphens aside, O as 0, I and L as 1."""
    signs = "".join(filter(str.isalnum, typed.upper()))
    return signs.translate(str.maketrans("OIL", "011"))
