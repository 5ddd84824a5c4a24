"""A letter to the secretary (书记信箱) and its way: level by level (逐级回应), round by round, under its clocks."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from chassis.domain import Sealed
from contracts.petition import PetitionBreached, PetitionEscalated, PetitionSubmitted
from services.petition.domain.moves import AUTHOR, CLOSED, DONE, INTAKE, OFFICE, OPEN, VERIFIER, row_of
from services.petition.domain.policy import ANONYMOUS, HIDDEN_FROM_OFFICE, LADDER, NAMED
from services.petition.domain.promises import Promising
from services.petition.domain.recusal import Concerning, refuse_concerned
from services.petition.domain.refusals import (
    AlreadyRated,
    AuthorHidden,
    PetitionNotFound,
    PhotoNotFound,
    ReopenTooLate,
)
from services.petition.domain.routing import Directed

KNOWN_TO = {NAMED: {OFFICE, INTAKE}, HIDDEN_FROM_OFFICE: {INTAKE}, ANONYMOUS: set()}


def new_claim_code(anonymity):
    """查询码: sixteen digits that an anonymous author follows her letter by; None for any other author."""
    return f"{secrets.randbelow(10**16):016d}" if anonymity == ANONYMOUS else None


@dataclass(kw_only=True)
class Petition(Directed, Concerning, Promising):
    """来信. `path` runs from the author's village up to the city; `office` is where it is handled now, at `level`.

    An anonymous letter has no author but a `claim`, the keyed hash of the code that lets her follow it.
    `words` are the marks of its words, by which it is found; None once nothing of it may be known any more.
    """

    claim: str | None
    urgency: str
    anonymity: int
    text: Sealed
    place: Sealed | None
    photos: list[str]
    submitted_at: datetime
    words: list[int] | None = None
    outcome: str | None = None
    confirmed: bool | None = None
    stars: int | None = None
    closed_at: datetime | None = None
    breach: ClassVar[type] = PetitionBreached
    escalation: ClassVar[type] = PetitionEscalated

    @classmethod
    def submit(cls, policy, at, *, path, level, author, helper=None, **letter):
        """提交: a letter to the secretary of her village, town or city, by herself or by who helps her (代办).

        Raises UnknownCategory, and what `recusal` raises.
        """
        policy.require(letter["category"])
        refuse_concerned(letter.get("about"), level, letter["anonymity"])
        author, helper = (None, None) if letter["anonymity"] == ANONYMOUS else (author, helper)
        office = path[LADDER.index(level)]
        place = {"region": path[0], "path": path, "level": level, "office": office}
        petition = cls(**place, author=author, submitted_at=at, **letter)
        petition._log("submit", AUTHOR, at, helper)
        words = {"urgency": petition.urgency, "anonymity": petition.anonymity, "photos": len(petition.photos)}
        words["helper"] = helper
        petition._tell(PetitionSubmitted, at, petition._enter(level, policy, at), **words)
        return petition

    # who

    @property
    def owner(self):
        """Whom its texts and photos are sealed under."""
        return self.author or self.id

    def parts(self, person, secretary_of=(), intake_of=()):
        """The parts a person plays in it now, by her id and the regions she is secretary or intake of.

        Raises PetitionNotFound when there is none: for everybody else it does not exist.
        """
        rung = LADDER.index(self.level)
        plays = {
            AUTHOR: self.author is not None and person == self.author,
            OFFICE: self.office in secretary_of,
            VERIFIER: self.state == DONE and not set(self.path[rung : rung + 2]).isdisjoint(secretary_of),
            INTAKE: self.path[-1] in intake_of,
        }
        if self.concerns(secretary_of):
            plays = {AUTHOR: plays[AUTHOR]}
        if not any(plays.values()):
            raise PetitionNotFound()
        return {part for part, played in plays.items() if played}

    def known_author(self, parts):
        """The author's id as far as these parts may know it, else None."""
        return self.author if parts & (KNOWN_TO[self.anonymity] | {AUTHOR}) else None

    def look(self, parts, by, at, reason):
        """The author's id, for her name and phone; the look is kept in the history. Raises AuthorHidden."""
        author = self.known_author(parts)
        if author is None:
            raise AuthorHidden()
        self._log("look", INTAKE if INTAKE in parts else OFFICE, at, by, reason)
        return author

    def forget_author(self):
        """个人信息已清除: nobody's any more. What she wrote is sealed under a key that is destroyed."""
        self.author = self.words = None

    def require_photo(self, photo):
        """Raises PhotoNotFound unless it is one of hers."""
        if photo not in self.photos:
            raise PhotoNotFound()

    # moves

    def move(self, act, policy):
        """Make a move of the table. Raises a refusal, and then nothing has changed."""
        row = row_of(act)
        row.permit(act, self.state)
        self._check(row, act.at, policy)
        self._log(act.move, row.part, act.at, act.by if row.part != AUTHOR else None, act.text)
        self._take(row, act)
        orders = self._run_clocks(row, policy, act.at)
        self._tell(row.fact, act.at, orders, **{word: getattr(self, word) for word in row.tells})
        self._climb_if_late(policy, act.at, act.at)

    def _check(self, row, at, policy):
        """What the table cannot say."""
        self._level(row.climbs)
        if "stars" in row.needs and self.stars:
            raise AlreadyRated()
        if row.again and at > self.closed_at + timedelta(days=policy.reopen_days):
            raise ReopenTooLate()

    def _take(self, row, act):
        for word in act.said - {"text"}:
            setattr(self, word, getattr(act, word))
        if row.target == CLOSED:
            self.closed_at = self.closed_at or act.at
        if row.target in OPEN:
            self.outcome = None
        if row.again:
            self.round += 1
            self.confirmed = self.stars = self.closed_at = None
        self.state = row.target
