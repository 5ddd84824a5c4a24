"""Acting for another (代为办理): an elderly neighbour's letters, with her consent, for a time, for some acts only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal, Unacceptable, new_id
from contracts.identity.access import MandateEnded, MandateGranted
from contracts.words import ACTS
from services.identity.domain.person import Person

LONGEST = timedelta(days=365)

__all__ = ["ACTS", "Mandate"]


class MandateNotFound(Missing):
    """没有这项代办授权"""


class MandateOver(NotAllowed):
    """这项代办授权尚未生效、已经到期或已经收回"""


class MandateTooLong(Unacceptable):
    """代办授权必须在今后一年之内到期"""


class NotOneself(Unacceptable):
    """代办人应是别的认证村民或工作人员"""


class SecondPersonNeeded(Refusal):
    """没有手机的人授权代办，须由另一名工作人员确认"""


@dataclass(kw_only=True)
class Mandate(Aggregate):
    """代办授权: `helper` may do `acts` for `person` until then.

    She consents herself, or, without a phone, before two of the staff of her village: `asked_by` and `agreed_by`.
    `standing` are the regions that the helper lived or served in then: when she does in none of them, it is over.
    """

    person: str
    helper: str
    acts: list[str]
    until: datetime
    asked_by: str
    standing: list[str] = field(default_factory=list)
    agreed_by: str | None = None
    ended_at: datetime | None = None

    @classmethod
    def ask(cls, person: Person, helper: Person, acts: list[str], until: datetime, by: str, at: datetime) -> Self:
        """A mandate of Person for Person `helper`; in force at once when `by` is the person. Raises its refusals."""
        if person.id == helper.id or not helper.held(at):
            raise NotOneself()
        if not at < until <= at + LONGEST:
            raise MandateTooLong()
        mandate = cls(
            id=new_id(), region=person.region, person=person.id, helper=helper.id, acts=acts, until=until,
            asked_by=by, standing=sorted(_places(helper, at)),
        )  # fmt: skip
        if by == person.id:
            mandate._begin(by, at)
        return mandate

    def agree(self, by: str, at: datetime) -> None:
        """确认 by a second of the staff, neither the first nor the helper. Raises SecondPersonNeeded, MandateOver."""
        if self.agreed_by or self.ended_at:
            raise MandateOver()
        if by in (self.asked_by, self.helper):
            raise SecondPersonNeeded()
        self._begin(by, at)

    def require_in_force(self, helper: Person, at: datetime) -> None:
        """Raises MandateNotFound for anybody but the helper (a Person), MandateOver unless it is in force."""
        if helper.id != self.helper:
            raise MandateNotFound()
        if self.agreed_by is None or self.ended_at or at >= self.until or self.outlived(helper, at):
            raise MandateOver()

    def outlived(self, helper: Person, at: datetime) -> bool:
        """Whether the helper (a Person) has lost the standing she was trusted for."""
        return not _places(helper, at) & set(self.standing or _places(helper, at))

    def end(self, at: datetime) -> None:
        """收回. Raises MandateOver."""
        if self.ended_at:
            raise MandateOver()
        self.ended_at = at
        if self.agreed_by:
            self.record(MandateEnded, at, person=self.person, helper=self.helper)

    def _begin(self, by: str, at: datetime) -> None:
        self.agreed_by = by
        self.record(MandateGranted, at, person=self.person, helper=self.helper, acts=self.acts, until=self.until)


def _places(person: Person, at: datetime) -> set[str]:
    return {region for scope in person.held(at).values() for region in scope}
