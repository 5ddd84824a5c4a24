"""A letter to the secretary (书记信箱) and its way: level by level (逐级回应), round by round, under its clocks."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.domain import Sealed
from contracts.petition import PetitionBreached, PetitionEscalated, PetitionSubmitted
from services.petition.domain.clock import Clock, Clocked
from services.petition.domain.moves import AUTHOR, CLOSED, DONE, INTAKE, OFFICE, OPEN, SLA, SUBMITTED, VERIFIER, row_of
from services.petition.domain.policy import ANONYMOUS, CLOCKS, HIDDEN_FROM_OFFICE, LADDER, NAMED
from services.petition.domain.refusals import (
    AlreadyRated,
    AuthorHidden,
    BottomLevel,
    LowerLevelLate,
    PetitionNotFound,
    PhotoNotFound,
    ReopenTooLate,
    TopLevel,
)

KNOWN_TO = {NAMED: {OFFICE, INTAKE}, HIDDEN_FROM_OFFICE: {INTAKE}, ANONYMOUS: set()}


def new_claim_code(anonymity):
    """查询码: sixteen digits that an anonymous author follows her letter by; None for any other author."""
    return f"{secrets.randbelow(10**16):016d}" if anonymity == ANONYMOUS else None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the history: what was done in which part, where; `by` is a cadre or a helper, never the author."""

    what: str
    part: str
    at: datetime
    level: str
    office: str
    by: str | None = None
    text: Sealed | None = None


@dataclass(kw_only=True)
class Petition(Clocked):
    """来信. `path` runs from the author's village up to the city; `office` is where it is handled now, at `level`.

    An anonymous letter has no author but a `claim`, the keyed hash of the code that lets her follow it.
    `words` are the marks of its words, by which it is found; None once nothing of it may be known any more.
    """

    number: str
    author: str | None
    claim: str | None
    path: list[str]
    office: str
    category: str
    urgency: str
    anonymity: int
    text: Sealed
    place: Sealed | None
    photos: list[str]
    submitted_at: datetime
    words: list[int] | None = None
    state: str = SUBMITTED
    outcome: str | None = None
    confirmed: bool | None = None
    stars: int | None = None
    closed_at: datetime | None = None
    history: list[Entry] = field(default_factory=list)

    @classmethod
    def submit(cls, policy, at, *, path, level, author, helper=None, **letter):
        """提交: a letter to the secretary of her village, town or city, by herself or by who helps her (代办).

        Raises UnknownCategory.
        """
        policy.require(letter["category"])
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

    # where

    def follow(self, path):
        """Go with its village, which may have been merged or moved: `path` runs from what it is now up to the city."""
        self.region, self.path = path[0], path
        self.office = path[LADDER.index(self.level)]

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

    def _level(self, climbs):
        """The level so many above. Raises TopLevel, BottomLevel, LowerLevelLate."""
        rung = LADDER.index(self.level) + climbs
        if rung < 0:
            raise BottomLevel()
        if rung == len(LADDER):
            raise TopLevel()
        if climbs < 0 and any(late.round == self.round and late.level == LADDER[rung] for late in self.breaches):
            raise LowerLevelLate()
        return LADDER[rung]

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

    # clocks

    def judge(self, fact, policy, at):
        """What `sla.elapsed` means: nothing if all was done by then; else a breach (超期), told once, and the matter
        climbs (逐级回应) if that is still undone.
        """
        for clock in self._named(fact):
            if not clock.kept(fact.due_at):
                self._breach(clock, fact.due_at, at)
                self._climb_if_late(policy, fact.due_at, at)

    def _breach(self, clock, due, at):
        if not clock.breached:
            clock.breached = True
            self._tell(PetitionBreached, at, clock=clock.clock, due_at=due, late_level=clock.level)

    def _climb_if_late(self, policy, since, at):
        """A level that is late and still owes something loses the matter, as of `since`, to the next one up.

        If that one was late in this round before, it goes on up.
        """
        late = next((clock for clock in self.breaches if clock.running), None)
        if late and self.level != LADDER[-1]:
            self._log("escalate", SLA, at)
            before = {"from_level": self.level, "from_office": self.office}
            self.state = SUBMITTED
            orders = self._give("pause", self._here(), since) + self._enter(self._level(1), policy, at)
            self._tell(PetitionEscalated, at, orders, clock=late.clock, **before)
            self._climb_if_late(policy, at, at)

    def _run_clocks(self, row, policy, at):
        """What a move tells the clocks: all stop at the end, others run at another level, else what its row says."""
        if row.target == CLOSED:
            return self._give("stop", self.clocks, at)
        if row.climbs or row.again:
            return self._give("pause", self._here(), at) + self._enter(self._level(row.climbs), policy, at)
        ordered = [(row.orders[clock.clock], clock) for clock in self._here() if clock.clock in row.orders]
        return [told for order, clock in ordered for told in self._give(order, [clock], at)]

    def _enter(self, level, policy, at):
        """Handle it at this level: its clocks start, or go on if the matter was here before in this round."""
        self.level, self.office = level, self.path[LADDER.index(level)]
        if self._here():
            return self._give("resume", self._here(), at)
        self.clocks += [Clock(clock=name, round=self.round, level=level, since=at) for name in CLOCKS]
        return [clock.order("start", limit=policy.limit(level, clock.clock)) for clock in self._here()]

    # record

    def _log(self, what, part, at, by=None, text=None):
        entry = Entry(what=what, part=part, at=at, level=self.level, office=self.office, by=by, text=text)
        self.history.append(entry)

    def _tell(self, fact, at, clocks=(), **words):
        self._date()
        who = {"number": self.number, "author": self.author, "village": self.path[0], "category": self.category}
        where = {"office": self.office, "level": self.level, "round": self.round}
        self.record(fact, at, **who, **where, clocks=list(clocks), **words)
