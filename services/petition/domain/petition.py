"""A letter to the secretary (书记信箱): who plays which part in it, and its moves."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from chassis.domain import Sealed
from contracts.petition.handling import PetitionLeadClosed
from contracts.petition.letters import PetitionBreached, PetitionEscalated, PetitionSubmitted
from services.petition.domain.dispatch import Dispatched
from services.petition.domain.moves import (
    AUTHOR,
    AWAITING,
    BACK,
    CLOSED,
    DEPARTMENT,
    DONE,
    INTAKE,
    MOVES,
    OFFICE,
    OPEN,
    SLA,
    SUPERVISOR,
    SUSPENDED,
    VERIFIER,
    WAITING,
    Act,
    Move,
    row_of,
)
from services.petition.domain.policy import ANONYMOUS, HIDDEN_FROM_OFFICE, LADDER, NAMED, Policy
from services.petition.domain.preconditions import require
from services.petition.domain.promises import Promising
from services.petition.domain.reader import Shown
from services.petition.domain.recusal import Concerning, require_recusal
from services.petition.domain.refusals import AuthorHidden, NotYourPart, PetitionNotFound, PhotoNotFound
from services.petition.domain.routing import Directed
from services.petition.domain.supervision import Supervised
from services.petition.domain.worklist import intake_queue

KNOWN_TO = {NAMED: {OFFICE, DEPARTMENT, INTAKE}, HIDDEN_FROM_OFFICE: {INTAKE}, ANONYMOUS: set()}
CODE_DIGITS = 16
GOES_ON = {AWAITING: "go_on", SUSPENDED: "unsuspend"}


def new_claim_code() -> str:
    """查询码: the digits that an anonymous author follows her letter by."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


@dataclass(kw_only=True)
class Petition(Directed, Concerning, Promising, Dispatched, Supervised, Shown):
    """来信. An anonymous letter has no author but a `claim`, the keyed hash of the code that lets her follow it.

    `words` are the marks of its words, by which it is found; None once nothing of it may be known any more.
    While it waits, it does so until `waits_until`, and then goes on in the state `before`. `public` is whether its
    `public_answer` may be shown to all: only if its author is `open_to_public`. `parent` is the number it was split
    from, `duplicate_of` the one it was merged into, whose outcome becomes `lead_outcome`. It came by a `channel`;
    `origin` is the id of the post (村友圈) that it was made of.
    """

    claim: str | None
    urgency: str
    anonymity: int
    text: Sealed
    place: Sealed | None
    photos: list[str]
    submitted_at: datetime
    channel: str = "app"
    origin: str | None = None
    words: list[int] | None = None
    open_to_public: bool = False
    parent: str | None = None
    outcome: str | None = None
    confirmed: bool | None = None
    stars: int | None = None
    closed_at: datetime | None = None
    before: str | None = None
    waits_until: datetime | None = None
    call: str | None = None
    public_answer: str | None = None
    public: bool = False
    duplicate_of: str | None = None
    lead_outcome: str | None = None
    moves: ClassVar[dict[str, Move]] = MOVES
    missing, breach, escalation = PetitionNotFound, PetitionBreached, PetitionEscalated

    @classmethod
    def submit(
        cls, policy: Policy, at: datetime, *, path: list[str], level: str, author: str | None,
        helper: str | None = None, clerk: str | None = None, **letter: Any,
    ) -> Self:  # fmt: skip
        """提交: a letter to the secretary of her village, town or city, by herself or by who helps her (代办).

        A `clerk` takes down what somebody says who has no account: such a letter has no author either.
        Nobody is told of it until it is to `arrive`. Raises UnknownCategory, and what `recusal` raises.
        """
        policy.require(letter["category"])
        require_recusal(letter.get("about"), level, letter["anonymity"])
        if letter["anonymity"] == ANONYMOUS:
            author = helper = None
            letter |= {} if clerk else {"origin": None}  # a post may be her own
        office = path[LADDER.index(level)]
        letter |= {"path": path, "level": level, "office": office}
        petition = cls(region=path[0], author=author, submitted_at=at, **letter)
        petition._log("submit", INTAKE if clerk else AUTHOR, at, clerk or helper)
        return petition

    def arrive(self, policy: Policy, at: datetime) -> None:
        """送达: its office and all others are told, its clocks start."""
        first = self.history[0]
        helper = first.by if first.part == AUTHOR else None
        words = {name: getattr(self, name) for name in ("urgency", "anonymity", "parent")}
        words |= {"photos": len(self.photos), "helper": helper, "came_by": self.channel}
        self._tell(PetitionSubmitted, at, self._enter(self.level, policy, at), **words)

    # who

    @property
    def owner(self) -> str:
        """Whom its texts and photos are sealed under."""
        return self.author or self.id

    def queues_by_part(self) -> dict[str, list[str]]:
        """Above the city the intake (受理中心) supervises; before it has to, what is below does not exist for it."""
        index, intake = LADDER.index(self.level), intake_queue(self.path[-1])
        return {
            OFFICE: [self.office],
            DEPARTMENT: self.departments,
            VERIFIER: self.path[index : index + 2] if self.state == DONE else [],
            SUPERVISOR: [[*self.path, intake][index + 1]] if self.concerns_above else [],
            INTAKE: [intake],
        }

    @property
    def departments(self) -> list[str]:
        """That of whoever handles it for its office."""
        return [self.department] if self.department else []

    def known_author(self, parts: set[str]) -> str | None:
        """The author's id as far as these parts may know it, else None."""
        return self.author if parts & (KNOWN_TO[self.anonymity] | {AUTHOR}) else None

    def look(self, parts: set[str], by: str, at: datetime, reason: Sealed) -> str:
        """The author's id, for her name and phone; the look is kept in the history.

        Raises AuthorHidden, NotYourPart.
        """
        author = self.known_author(parts)
        if author is None:
            raise AuthorHidden()
        part = next((each for each in (INTAKE, OFFICE, DEPARTMENT) if each in parts), None)
        if part is None:
            raise NotYourPart()
        self._log("look", part, at, by, reason)
        return author

    def forget_author(self) -> None:
        """个人信息已清除: nobody's any more, nor public. What she wrote is sealed under a key that is destroyed."""
        self.author = self.words = self.public_answer = None
        self.open_to_public = self.public = False

    def require_photo(self, photo: str) -> None:
        """Raises PhotoNotFound unless it is one of hers."""
        if photo not in self.photos:
            raise PhotoNotFound()

    # moves

    def move(self, act: Act, policy: Policy) -> None:
        """Make a move of the table. Raises a refusal, and then nothing has changed."""
        row = row_of(act)
        part = row.permit(act, self.state)
        require(self, row, act, policy)
        self.require_dispatch(row, act)
        self._level(row.climbs)
        self._log(act.move, part, act.at, act.by if part != AUTHOR else None, act.text)
        self._take(row, act, policy)
        orders = self._run_clocks(row, policy, act.at)
        self._tell(row.fact, act.at, orders, **{word: getattr(self, word) for word in row.tells})
        self._supervise_if_over_limit(row, policy, act.at)
        self._climb_if_late(policy, act.at, act.at)

    def go_on(self, policy: Policy, at: datetime) -> None:
        """Wait no longer, if the time to wait is over: for the author's answer, or suspended (挂账)."""
        if self.state in WAITING and self.waits_until and self.waits_until <= at:
            self.move(Act(move=GOES_ON[self.state], parts={SLA}, at=at), policy)

    def split(self, act: Act, policy: Policy, parts: list[dict[str, Any]]) -> list["Petition"]:
        """拆分: new letters of the same author with what each of `parts` says otherwise; this one is closed.

        Raises UnknownCategory, too.
        """
        for part in parts:
            policy.require(part.get("category", self.category))
        self.move(act, policy)
        split = [self._part(part, act.at) for part in parts]
        for each in split:
            each._log("split", self.history[-1].part, act.at, act.by)
            each.arrive(policy, act.at)
        return split

    def _part(self, said: dict[str, Any], at: datetime) -> "Petition":
        """A letter with what is `said` otherwise; a level that was late with the whole does not get it back."""
        late = {clock.level for clock in self.breaches if clock.round == self.round}
        if said.get("level") in late - {self.level}:
            said = said | {"level": self.level, "routed": None}
        level = said.get("level", self.level)
        same = ("region", "path", "author", "claim", "category", "urgency", "anonymity", "place", "photos", "about")
        shared = {name: getattr(self, name) for name in (*same, "concerned", "recused", "answers", "channel")}
        here = {"level": level, "office": self.path[LADDER.index(level)], "parent": self.number}
        return Petition(**shared | here | said, submitted_at=at)

    def note_lead_outcome(self, outcome: str, at: datetime) -> None:
        """The letter it was merged into is closed with this outcome."""
        self.lead_outcome = outcome
        self._tell(PetitionLeadClosed, at, lead_outcome=outcome)

    def _take(self, row: Move, act: Act, policy: Policy) -> None:
        self._dispatch(row)
        for word in act.said - {"text", "photos"}:
            setattr(self, word, getattr(act, word))
        self.photos = [*self.photos, *(act.photos or ())]
        self.public_answer = self.public_answer if self.open_to_public else None
        self.public = self.public_answer is not None
        self.bounces += row.climbs < 0
        self.inquiries += row.target == AWAITING
        if row.asks or row.decides:
            self.asked = row.asks
        if row.marks:
            setattr(self, row.marks, act.at)
        if row.target:
            self._turn(row, act.at, policy)

    def _turn(self, row: Move, at: datetime, policy: Policy) -> None:
        """To the state that a row leads to."""
        if row.again:
            self.round, self.inquiries = self.round + 1, 0
            self.confirmed = self.stars = self.call = self.duplicate_of = self.lead_outcome = None
        if row.target in OPEN:
            self.outcome = None
        days = {AWAITING: policy.supply_days, SUSPENDED: self.amount}.get(row.target or "")
        self.waits_until = at + timedelta(days=days) if days else None
        self.closed_at = at if row.target == CLOSED else None
        self.outcome = row.outcome or self.outcome
        target = self.before if row.target == BACK else row.target
        self.before, self.state = self.state, target or self.state
