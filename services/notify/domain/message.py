"""A message to a person, from being queued to what became of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from chassis.domain import Aggregate, Missing, Refusal
from contracts.notify import MessageFailed, MessageSent

FOLDED = "more_waits"
NEVER = datetime.max.replace(tzinfo=UTC)


class MessageNotFound(Missing):
    """没有找到这条消息"""


class NotInDoubt(Refusal):
    """这条短信的去向已经明确，不需要人工处理"""


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; `detail` is the provider's name when accepted, else a reason code.

    accepted   the provider has it
    rejected   the provider will never take it
    put_off    it is certain that the provider does not have it; try again later
    unclear    nobody knows; look it up before anything else
    skipped    there is nobody to send it to
    expired    its life is over
    folded     she has had so many SMS just now that one tells her of all that followed
    """

    kind: str
    detail: str


@dataclass
class Decision:
    """What a person decided about a message in doubt."""

    decision: str
    reason: str
    by: str
    at: datetime


@dataclass(kw_only=True)
class Message(Aggregate):
    """One message (消息) by one channel to one address.

    `address` is `person:ID`, `challenge:ID` (whoever asked for that sign-in code), `role:ROLE@REGION` or
    `staff:DEPARTMENT@REGION`; a message to a role or a staff is replaced by one for each person in it. `params` are the
    fact's fields that the template names.
    No phone number, no code and no rendered text is kept here.

    queued → sending → sent | failed | skipped | expired | folded | queued again | checking
    checking → sent | queued again | unknown; unknown → queued again | failed, as a person decides
    A message to several: queued → sending → expanded | skipped. In the inbox of a person: sent at once.
    Of several, holders of the role `but` (ROLE@REGION) and the people `recused` (ids) are not told; when nobody is
    left, `fallback` is the template of the message to the people who then have to see to it.
    While queued `due_at` is when to send; while sending or checking, when the claim of the worker that has it runs out.
    """

    cause: str
    template: str
    params: dict
    channel: str
    address: str
    priority: int
    created_at: datetime
    due_at: datetime
    expires_at: datetime | None = None
    but: str = ""
    recused: list[str] = field(default_factory=list)
    fallback: str = ""
    state: str = "queued"
    claim: str = ""
    attempts: int = 0
    look_ups: int = 0
    reason: str = ""
    read_at: datetime | None = None
    decisions: list[Decision] = field(default_factory=list)

    @classmethod
    def compose(cls, address: str, at: datetime, **fields: Any) -> Self:
        """A new message; the same cause, template, channel and address always make the same id."""
        one = "|".join((fields["template"], fields["channel"], address))
        key = f"{fields['cause']}-{sha256(one.encode()).hexdigest()[:16]}"
        message = cls(id=key, address=address, created_at=at, **{"due_at": at} | fields)
        if message.channel == "inapp" and not message.several:
            message._sent("inapp", at)
        return message

    @property
    def kind(self) -> str:
        """`person`, `role`, `staff` or `challenge`."""
        return self.address.partition(":")[0]

    @property
    def target(self) -> str:
        """The person's or challenge's id, ROLE@REGION or DEPARTMENT@REGION."""
        return self.address.partition(":")[2]

    @property
    def several(self) -> tuple[str, str] | None:
        """(role or department, region) of a message to several, else None."""
        who, _, where = self.target.partition("@")
        return (who, where) if self.kind in ("role", "staff") else None

    def expired(self, at: datetime) -> bool:
        """Whether its life is over."""
        return at >= (self.expires_at or NEVER)

    def refused(self, status: int) -> Outcome:
        """What it means that identity answered with this HTTP status when asked whom to send it to."""
        if status in (401, 403):
            return Outcome("put_off", "identity_refused")
        return Outcome("expired" if self.kind == "challenge" else "skipped", "unknown_to_identity")

    def expand(self, people: list[str], at: datetime, instead: str | None = None) -> "list[Message]":
        """Messages to the people (ids) who are to be told; for want of any, one to the role `instead` (ROLE@REGION)."""
        self.claim = ""
        if people or (self.fallback and instead):
            self.state = "expanded"
        else:
            self._end("skipped", "nobody_in_role", at)
        if people:
            return [self._copy(f"person:{person}", at) for person in people]
        return [self._copy(f"role:{instead}", at, template=self.fallback)] if self.state == "expanded" else []

    def _copy(self, address: str, at: datetime, **changes: Any) -> "Message":
        names = ("cause", "template", "params", "channel", "priority", "region", "expires_at", "but", "recused")
        same = {name: getattr(self, name) for name in names}
        return Message.compose(address, at, **same | changes)

    def settle(self, outcome: Outcome, at: datetime, delays: dict[str, list[timedelta]]) -> None:
        """Take in what became of the attempt in hand; `delays` are those of the rulebook."""
        self.claim = ""
        match outcome.kind:
            case "accepted":
                self._sent(outcome.detail, at)
            case "rejected":
                self._end("failed", outcome.detail, at)
            case "put_off":
                self._put_off(outcome.detail, at, delays["send"])
            case "unclear":
                self._doubt(outcome.detail, at, delays["look_up"])
            case "folded":
                self.state = "folded"
            case "skipped" | "expired":
                self._end(outcome.kind, outcome.detail, at)

    def may_fold(self) -> bool:
        """Whether it can wait to be told with others: an SMS to a person that is not urgent. It is in her inbox too."""
        return self.kind == "person" and self.channel == "sms" and self.priority > 0 and self.template != FOLDED

    def fold(self, at: datetime, span: timedelta) -> "Message":
        """One SMS for all that is folded in the same span of time, at its end."""
        number = int(at.timestamp() // span.total_seconds())
        due_at = datetime.fromtimestamp((number + 1) * span.total_seconds(), UTC)
        about = {"template": FOLDED, "params": {}, "channel": "sms", "priority": self.priority, "region": self.region}
        return Message.compose(self.address, at, cause=f"folded-{number}", due_at=due_at, **about)

    def read(self, at: datetime) -> None:
        """It was read; the first time counts."""
        self.read_at = self.read_at or at

    def decide(self, decision: str, reason: str, by: str, at: datetime) -> None:
        """A person's `resend` or `give_up`. Raises NotInDoubt."""
        if self.state != "unknown":
            raise NotInDoubt()
        self.decisions.append(Decision(decision, reason, by, at))
        if decision == "resend":
            self.state, self.due_at, self.attempts, self.look_ups = "queued", at, 0, 0
        else:
            self._end("failed", "given_up", at)

    def _sent(self, provider: str, at: datetime) -> None:
        self.state, self.reason = "sent", ""
        self.record(MessageSent, at, provider=provider, **self._what())

    def _put_off(self, reason: str, at: datetime, delays: list[timedelta]) -> None:
        if self.attempts == len(delays):
            self._end("failed", reason, at)
            return
        self.state, self.reason, self.look_ups = "queued", reason, 0
        self.due_at = min(at + delays[self.attempts], self.expires_at or NEVER)
        self.attempts += 1

    def _doubt(self, reason: str, at: datetime, delays: list[timedelta]) -> None:
        self.reason = reason
        if self.look_ups == len(delays):
            self.state = "unknown"
            return
        self.state, self.due_at = "checking", at + delays[self.look_ups]
        self.look_ups += 1

    def _end(self, state: str, reason: str, at: datetime) -> None:
        self.state, self.reason = state, reason
        self.record(MessageFailed, at, reason=reason, **self._what())

    def _what(self) -> dict[str, str]:
        return {"template": self.template, "channel": self.channel, "cause": self.cause}
