"""The moves of a letter as data: who may make each, in which states, what must be said, where it leads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chassis.domain import BACK, Sealed, Transition
from contracts.petition.dispatch import PetitionDispatched, PetitionDisputed, PetitionDisputeRejected, PetitionTakenBack
from contracts.petition.handling import (
    PetitionAsked,
    PetitionCalled,
    PetitionConsented,
    PetitionExtended,
    PetitionExtensionAsked,
    PetitionPublished,
    PetitionReplied,
    PetitionRequestRefused,
    PetitionResumed,
    PetitionSupervised,
    PetitionSupplied,
    PetitionSuspended,
    PetitionSuspensionAsked,
    PetitionUrged,
)
from contracts.petition.letters import (
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
from contracts.sdk.fact import Fact
from services.petition.domain.policy import ANSWER, CLOCKS, RESOLVE, SIGN, SUPERVISE
from services.petition.domain.refusals import Incomplete, NotYourPart, WrongState

SUBMITTED, SIGNED, ANSWERED, DONE, VERIFIED, CLOSED = "submitted", "signed", "answered", "done", "verified", "closed"
AWAITING, SUSPENDED = "awaiting_petitioner", "suspended"
OPEN = (SUBMITTED, SIGNED, ANSWERED)
WORKED = (SIGNED, ANSWERED)
WAITING = (AWAITING, SUSPENDED)
ALIVE = (*OPEN, *WAITING, DONE, VERIFIED)
STATES = (*ALIVE, CLOSED)

AUTHOR, OFFICE, VERIFIER, SUPERVISOR, INTAKE, SLA = "author", "office", "verifier", "supervisor", "intake", "sla"
DEPARTMENT = "department"
SUSPEND, EXTEND = "suspend", "extend"
SAYINGS = (
    "text", "outcome", "stars", "confirmed", "amount", "open_to_public", "public_answer", "call", "duplicate_of",
    "department", "right_owner", "photos",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody wants to do with a letter: the parts she plays in it, who she is, her words.

    `amount` is days of a suspension, or units of the policy of an extension.
    """

    move: str
    parts: set[str]
    at: datetime
    by: str | None = None
    text: Sealed | None = None
    outcome: str | None = None
    stars: int | None = None
    confirmed: bool | None = None
    amount: int | None = None
    open_to_public: bool | None = None
    public_answer: str | None = None
    call: str | None = None
    duplicate_of: str | None = None
    department: str | None = None
    right_owner: str | None = None
    photos: list[str] | None = None
    sayings: ClassVar[tuple[str, ...]] = SAYINGS

    @property
    def said(self) -> set[str]:
        """Names of what she says."""
        return {name for name in self.sayings if getattr(self, name) is not None}


@dataclass(frozen=True)
class Move(Transition):
    """A row of a table of moves.

    What it `welcomes` may be said; `tells` are the words its fact adds; `orders` go to the clocks of the matter's
    level, `starts` is a clock that begins, `owed` one that must run; `climbs` takes it that many levels up; `again`
    opens the next round; `asks` the level above for something, which `decides`; `extends` the time to resolve it;
    `marks` keeps its time under that name; `settles` decides who handles it; `outcome` is that of a row that closes by
    itself.
    """

    fact: type[Fact]
    tells: tuple[str, ...] = ()
    orders: dict[str, str] = field(default_factory=dict)
    starts: str | None = None
    owed: str | None = None
    climbs: int = 0
    again: bool = False
    asks: str | None = None
    decides: tuple[str, ...] = ()
    extends: bool = False
    marks: str | None = None
    settles: bool = False
    outcome: str | None = None
    welcomes: frozenset[str] = frozenset()

    def played(self, act: Act) -> str | None:
        """The part in which she makes it, the first if several; None if none."""
        return next((part for part in (self.part, *self.also) if part in act.parts), None)

    def permit(self, act: Act, state: str) -> str:
        """The part in which she may make it; a text is always welcome, the rest only where the row says so.

        Raises NotYourPart, WrongState, Incomplete.
        """
        part = self.played(act)
        if not part:
            raise NotYourPart()
        if state not in self.sources:
            raise WrongState()
        if wrong := self.needs ^ (act.said - (({"text"} | self.welcomes) - self.needs)):
            raise Incomplete(fields=sorted(wrong))
        return part


HANDLER = (DEPARTMENT,)
PHOTOS = frozenset({"photos"})
PAUSE, RESUME = dict.fromkeys(CLOCKS, "pause"), dict.fromkeys(CLOCKS, "resume")
REFUTED = Move(VERIFIER, (DONE,), SIGNED, PetitionVerified, {"confirmed"}, ("confirmed",), orders={RESOLVE: "resume"})
MOVES = {
    # the way of every letter
    "sign": Move(OFFICE, (SUBMITTED,), SIGNED, PetitionSigned, orders={SIGN: "stop"}, also=HANDLER),
    "answer": Move(OFFICE, (SIGNED,), ANSWERED, PetitionAnswered, {"text"}, orders={ANSWER: "stop"}, also=HANDLER),
    "pass_up": Move(OFFICE, OPEN, SUBMITTED, PetitionPassedUp, climbs=1),
    "return": Move(OFFICE, OPEN, SUBMITTED, PetitionReturned, {"text"}, climbs=-1),
    "done": Move(
        OFFICE, (ANSWERED,), DONE, PetitionDone, {"text", "outcome"}, ("outcome",), {RESOLVE: "pause"}, also=HANDLER
    ),
    "verify": Move(VERIFIER, (DONE,), VERIFIED, PetitionVerified, {"confirmed"}, ("confirmed",), refuted=REFUTED),
    "close": Move(OFFICE, (VERIFIED,), CLOSED, PetitionClosed, tells=("outcome",)),
    "rate": Move(AUTHOR, (CLOSED,), None, PetitionRated, {"stars"}, ("stars",)),
    "reopen": Move(AUTHOR, (CLOSED,), SUBMITTED, PetitionReopened, {"text"}, again=True),
    "withdraw": Move(AUTHOR, ALIVE, CLOSED, PetitionClosed, tells=("outcome",), outcome="withdrawn"),
    # 补充材料
    "ask": Move(OFFICE, WORKED, AWAITING, PetitionAsked, {"text"}, ("waits_until",), PAUSE, also=HANDLER),
    "supply": Move(AUTHOR, (AWAITING,), BACK, PetitionSupplied, {"text"}, orders=RESUME, welcomes=PHOTOS),
    "go_on": Move(OFFICE, (AWAITING,), BACK, PetitionResumed, orders=RESUME, also=(*HANDLER, SLA)),
    # 挂账, 延期
    "suspend": Move(
        OFFICE, (ANSWERED,), None, PetitionSuspensionAsked, {"text", "amount"}, ("amount",), asks=SUSPEND, also=HANDLER
    ),
    "allow_suspension": Move(
        SUPERVISOR,
        (ANSWERED,),
        SUSPENDED,
        PetitionSuspended,
        tells=("waits_until",),
        orders=PAUSE,
        decides=(SUSPEND,),
    ),
    "unsuspend": Move(OFFICE, (SUSPENDED,), BACK, PetitionResumed, orders=RESUME, also=(*HANDLER, SUPERVISOR, SLA)),
    "extend": Move(
        OFFICE, WORKED, None, PetitionExtensionAsked, {"text", "amount"}, ("amount",), asks=EXTEND, also=HANDLER
    ),
    "allow_extension": Move(
        SUPERVISOR, WORKED, None, PetitionExtended, tells=("amount",), decides=(EXTEND,), extends=True
    ),
    "refuse": Move(SUPERVISOR, WORKED, None, PetitionRequestRefused, {"text"}, decides=(SUSPEND, EXTEND)),
    # 催办, 督办
    "urge": Move(AUTHOR, OPEN, None, PetitionUrged, marks="urged_at", also=(SUPERVISOR,)),
    "supervise": Move(SUPERVISOR, ALIVE, None, PetitionSupervised, {"text"}, starts=SUPERVISE, also=(INTAKE,)),
    "reply": Move(
        OFFICE, STATES, None, PetitionReplied, {"text"}, orders={SUPERVISE: "stop"}, owed=SUPERVISE, also=HANDLER
    ),
    # 派单, 退单
    "dispatch": Move(
        OFFICE, OPEN, None, PetitionDispatched, {"department"}, ("transfers", "left"), also=(INTAKE,), settles=True
    ),
    "take_back": Move(OFFICE, OPEN, None, PetitionTakenBack, tells=("left",), also=(INTAKE,), settles=True),
    "dispute": Move(
        DEPARTMENT,
        (SUBMITTED, SIGNED),
        None,
        PetitionDisputed,
        {"text", "right_owner"},
        ("right_owner", "disputes", "arbiter", "final"),
    ),
    "uphold": Move(OFFICE, (SUBMITTED, SIGNED), None, PetitionDisputeRejected, {"text"}, also=(INTAKE,), settles=True),
    # 公开答复, 回访
    "consent": Move(AUTHOR, STATES, None, PetitionConsented, {"open_to_public"}, ("open_to_public",)),
    "publish": Move(OFFICE, (ANSWERED, DONE, VERIFIED, CLOSED), None, PetitionPublished, {"public_answer"}),
    "call": Move(INTAKE, (CLOSED,), None, PetitionCalled, {"call"}, ("call",)),
    # 合并, 拆分: of more than one letter
    "merge": Move(
        OFFICE, OPEN, CLOSED, PetitionClosed, {"duplicate_of"}, ("outcome",), outcome="merged", also=(INTAKE,)
    ),
    "split": Move(OFFICE, OPEN, CLOSED, PetitionClosed, tells=("outcome",), outcome="split", also=(INTAKE,)),
}
SINGLE = [move for move in MOVES if move not in ("merge", "split")]


def row_of(act: Act, moves: dict[str, Move] = MOVES) -> Move:
    """The row of a table that an act follows."""
    move = moves[act.move]
    return move.refuted if move.refuted and act.confirmed is False else move
