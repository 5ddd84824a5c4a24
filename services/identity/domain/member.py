"""党员: certified in a branch by two people, probationary and then full, transferred on record, at home or away."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, Self

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal, Sealed, Unacceptable, new_id
from contracts.identity.members import (
    MemberCertified,
    MemberConverted,
    MemberLeft,
    MemberMigrated,
    MemberProposed,
    MemberTransferAsked,
    MemberTransferEnded,
    MemberTransferred,
)
from contracts.sdk.fact import Fact
from contracts.words import STANDINGS
from services.identity.domain.organisation import Organisation
from services.identity.domain.person import Person
from services.identity.domain.transfer import (
    Away,
    NoTransfer,
    SameBranch,
    Transfer,
    TransferRuns,
    asked,
    require_branch,
)
from services.identity.domain.villager import NotVillager

BEIJING = timezone(timedelta(hours=8))
PROPOSED, MEMBER, ENDED = "proposed", "member", "ended"
PROBATIONARY, FULL = STANDINGS
"""预备党员、正式党员."""
REASONS = ("withdrew", "removed", "expelled", "died")
"""What a secretary ends a membership for: 退党、除名、开除党籍、去世."""


class MemberNotFound(Missing):
    """没有这名党员的记录"""


class DatesWrong(Unacceptable):
    """入党和转正日期不能晚于今天；正式党员应填写转正日期，预备党员不填"""


class ProbationRuns(Refusal):
    """预备期为一年，期满才能转正"""


class AlreadyFull(Refusal):
    """此人已经是正式党员"""


class NotProposed(Refusal):
    """没有等待确认的党员认证"""


class NotMember(Refusal):
    """此人现在不是经过认证的党员"""


class AlreadyMember(Refusal):
    """此人已有党员认证，或正在等待确认"""


class OtherPersonDecides(NotAllowed):
    """须由另一名书记确认，提出的人和本人都不能确认"""


@dataclass(kw_only=True)
class Member(Aggregate):
    """Somebody's membership (`person`; None once erased) in a `branch` of `region`; ids and dates only.

    `transfer` is the one that runs, `transfers` those settled, oldest first.
    """

    person: str | None
    branch: str
    standing: str
    joined_on: date | None
    full_on: date | None
    state: str = PROPOSED
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    transfer: Transfer | None = None
    transfers: list[Transfer] = field(default_factory=list)
    away: Away | None = None
    ended_at: datetime | None = None
    reason: str | None = None

    @classmethod
    def propose(
        cls, person: Person, branch: Organisation, standing: str, joined_on: date, full_on: date | None,
        letter: str | None, by: str, at: datetime,
    ) -> Self:  # fmt: skip
        """认证 of a verified Person in a branch (Organisation); `letter` if her relation comes from outside.

        Raises NotVillager, BranchNeeded, DatesWrong.
        """
        if not person.villager(at):
            raise NotVillager()
        require_branch(branch)
        _require_dates(joined_on, full_on, standing, _today(at))
        member = cls(
            id=new_id(), person=person.id, branch=branch.id, region=branch.region, standing=standing,
            joined_on=joined_on, full_on=full_on, proposed_by=by, proposed_at=at,
        )  # fmt: skip
        if letter:
            member.transfer = asked(None, branch, letter, by, at)
        member._tell(MemberProposed, at, office=branch.region)
        return member

    @property
    def regions(self) -> set[str]:
        """Regions whose secretaries see her: home, where she is, and where she is to go."""
        places = (self, self.away, self.transfer)
        return {place.region for place in places if place and place.region}

    def decide(self, granted: bool, by: str, at: datetime) -> None:
        """确认 by a second person. Raises NotProposed, OtherPersonDecides."""
        if self.state != PROPOSED:
            raise NotProposed()
        self._require_other(self.proposed_by, by)
        self.decided_by, self.decided_at = by, at
        self._settle("confirmed" if granted else "declined", by, at)
        if granted:
            self.state = MEMBER
            self._tell(MemberCertified, at, standing=self.standing)
        else:
            self.state, self.ended_at, self.reason = ENDED, at, "refused"

    def convert(self, on: date, at: datetime) -> None:
        """转正, on a date. Raises NotMember, AlreadyFull, ProbationRuns, DatesWrong."""
        if self.require_member().standing == FULL:
            raise AlreadyFull()
        if self.joined_on and on < _a_year_after(self.joined_on):
            raise ProbationRuns()
        _require_dates(self.joined_on, on, FULL, _today(at))
        self.standing, self.full_on = FULL, on
        self._tell(MemberConverted, at)

    def move(self, target: Organisation | None, letter: str | None, by: str, at: datetime) -> None:
        """转接 to a branch (Organisation), or by `letter` outside. Raises NotMember, TransferRuns, BranchNeeded …"""
        if self.require_member().transfer:
            raise TransferRuns()
        if target and require_branch(target).id == self.branch:
            raise SameBranch()
        self.transfer = asked(self.branch, target, letter, by, at)
        self._tell(MemberTransferAsked, at, target=self.transfer.target, office=self.transfer.region)

    def receive(self, confirmed: bool, by: str, at: datetime) -> None:
        """The receiving branch takes her, or does not. Raises NoTransfer, OtherPersonDecides."""
        if self.state != MEMBER or not self.transfer:
            raise NoTransfer()
        moving = self.transfer
        self._require_other(moving.asked_by, by)
        if not confirmed:
            return self._stop("declined", by, at)
        self._settle("confirmed", by, at)
        self._tell(MemberTransferred, at, target=moving.target)
        if moving.target:
            self.branch, self.region, self.away = moving.target, moving.region, None
        else:
            self.end("transferred", by, at)

    def lapse(self, at: datetime) -> None:
        """The receiving branch took too long: she stays where she is."""
        if self.state == MEMBER and self.transfer and self.transfer.until <= at:
            self._stop("lapsed", None, at)

    def go(self, place: Sealed, host: Organisation | None, at: datetime) -> None:
        """流动: lives at `place` (sealed), looked after by a branch (Organisation) or by none here."""
        self.require_member()
        at_branch, region = (require_branch(host).id, host.region) if host else (None, None)
        self.away = Away(place=place, host=at_branch, region=region, since=at)
        self._tell(MemberMigrated, at, away=True, host=at_branch)

    def come_home(self, at: datetime) -> None:
        """No longer away."""
        self.require_member().away = None
        self._tell(MemberMigrated, at, away=False, host=None)

    def end(self, reason: str, by: str | None, at: datetime) -> None:
        """No member any more, for a reason of `identity.member_left`. Raises NotMember."""
        self.require_member()
        self._settle("ended", by, at)
        self._tell(MemberLeft, at, reason=reason)
        self.state, self.ended_at, self.reason, self.away = ENDED, at, reason, None

    def close(self, reason: str, at: datetime) -> None:
        """She has died or is being erased: whatever stands, or waits for a decision, is over."""
        if self.state == MEMBER:
            self.end(reason, None, at)
        elif self.state == PROPOSED:
            self._settle("ended", None, at)
            self.state, self.ended_at, self.reason = ENDED, at, reason

    def forget(self, at: datetime) -> None:
        """She was erased: what is left names nobody."""
        self.close("erased", at)
        self.person = self.joined_on = self.full_on = None
        self.transfers = []

    def require_member(self) -> Self:
        """The membership itself. Raises NotMember unless it stands."""
        if self.state != MEMBER:
            raise NotMember()
        return self

    def _require_other(self, first: str, by: str) -> None:
        if by in (first, self.person):
            raise OtherPersonDecides()

    def _stop(self, outcome: str, by: str | None, at: datetime) -> None:
        self._settle(outcome, by, at)
        self._tell(MemberTransferEnded, at, outcome=outcome)

    def _settle(self, outcome: str, by: str | None, at: datetime) -> None:
        if self.transfer:
            self.transfers.append(replace(self.transfer, outcome=outcome, settled_by=by, settled_at=at))
        self.transfer = None

    def _tell(self, fact: type[Fact], at: datetime, **data: Any) -> None:
        self.record(fact, at, person=self.person, branch=self.branch, **data)


def _require_dates(joined_on: date | None, full_on: date | None, standing: str, today: date) -> None:
    """A full member has been admitted fully, a probationary one has not; nothing lies in the future."""
    known = [joined_on, full_on] if standing == FULL else [joined_on]
    days = [day for day in known if day]
    if (standing == PROBATIONARY and full_on) or len(days) < len(known) or days != sorted(days) or days[-1] > today:
        raise DatesWrong()


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, month=3, day=1)


def _today(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
