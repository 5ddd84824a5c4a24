"""The moves of a letter as data: who may make each, in which states, what must be said, where it leads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chassis.domain import Sealed
from contracts.petition import (
    PetitionAnswered,
    PetitionClosed,
    PetitionDone,
    PetitionPassedUp,
    PetitionRated,
    PetitionReopened,
    PetitionReturned,
    PetitionSigned,
    PetitionVerified,
)
from services.petition.domain.policy import ANSWER, RESOLVE, SIGN
from services.petition.domain.refusals import Incomplete, NotYourPart, WrongState

SUBMITTED, SIGNED, ANSWERED, DONE, VERIFIED, CLOSED = "submitted", "signed", "answered", "done", "verified", "closed"
STATES = (SUBMITTED, SIGNED, ANSWERED, DONE, VERIFIED, CLOSED)
OPEN = (SUBMITTED, SIGNED, ANSWERED)
AUTHOR, OFFICE, VERIFIER, INTAKE, SLA = "author", "office", "verifier", "intake", "sla"
SAYINGS = ("text", "outcome", "stars", "confirmed")


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody wants to do with a letter: the parts she plays in it, who she is, her words."""

    move: str
    parts: set
    at: datetime
    by: str | None = None
    text: Sealed | None = None
    outcome: str | None = None
    stars: int | None = None
    confirmed: bool | None = None
    sayings: ClassVar[tuple] = SAYINGS

    @property
    def said(self):
        """Names of what she says."""
        return {name for name in self.sayings if getattr(self, name) is not None}


@dataclass(frozen=True)
class Move:
    """A row of the table.

    `needs` must be said; `tells` are the words its fact adds; `orders` go to the clocks of the letter's level;
    `climbs` takes it that many levels up; `again` opens the next round; `refuted` is the row when not confirmed.
    """

    part: str
    sources: tuple
    target: str
    fact: type
    needs: set = field(default_factory=set)
    tells: tuple = ()
    orders: dict = field(default_factory=dict)
    climbs: int = 0
    again: bool = False
    refuted: "Move | None" = None

    def permit(self, act, state):
        """A text is always welcome, the rest only where needed. Raises NotYourPart, WrongState, Incomplete."""
        if self.part not in act.parts:
            raise NotYourPart()
        if state not in self.sources:
            raise WrongState()
        if wrong := self.needs ^ (act.said - ({"text"} - self.needs)):
            raise Incomplete(fields=sorted(wrong))


REFUTED = Move(VERIFIER, (DONE,), SIGNED, PetitionVerified, {"confirmed"}, ("confirmed",), orders={RESOLVE: "resume"})
MOVES = {
    "sign": Move(OFFICE, (SUBMITTED,), SIGNED, PetitionSigned, orders={SIGN: "stop"}),
    "answer": Move(OFFICE, (SIGNED,), ANSWERED, PetitionAnswered, {"text"}, orders={ANSWER: "stop"}),
    "pass_up": Move(OFFICE, OPEN, SUBMITTED, PetitionPassedUp, climbs=1),
    "return": Move(OFFICE, OPEN, SUBMITTED, PetitionReturned, {"text"}, climbs=-1),
    "done": Move(OFFICE, (ANSWERED,), DONE, PetitionDone, {"text", "outcome"}, ("outcome",), {RESOLVE: "pause"}),
    "verify": Move(VERIFIER, (DONE,), VERIFIED, PetitionVerified, {"confirmed"}, ("confirmed",), refuted=REFUTED),
    "close": Move(OFFICE, (VERIFIED,), CLOSED, PetitionClosed, tells=("outcome",)),
    "rate": Move(AUTHOR, (CLOSED,), CLOSED, PetitionRated, {"stars"}, ("stars",)),
    "reopen": Move(AUTHOR, (CLOSED,), SUBMITTED, PetitionReopened, {"text"}, again=True),
}


def row_of(act, moves=MOVES):
    """The row of a table that an act follows."""
    move = moves[act.move]
    return move.refuted if move.refuted and act.confirmed is False else move
