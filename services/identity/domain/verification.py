"""村民认证: an application is decided blind, by whoever re-types from the document what the applicant once typed."""

import hmac
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal, Sealed, Unacceptable
from contracts.sla import ClockElapsed
from services.identity.domain.id_card import IdCard
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.domain.terms import LADDER, Policy, clock_order
from services.identity.domain.villager import OVERDUE

REASONS = ("not_resident", "name_mismatch", "duplicate", "incomplete")
"""Why an application may be refused: 不是本村村民、姓名不符、重复申请、材料不全."""
DECIDERS = {"village": "villageadmin", "town": "townadmin", "city": "cityadmin"}
WAITING, GRANTED, REFUSED = "waiting", "granted", "refused"
MISMATCH, CONFLICT = "mismatch", "conflict"
DOTS = str.maketrans("•.・‧", "····")


class ApplicationNotFound(Missing):
    """没有这份待核验的申请"""


class NotYourApplication(NotAllowed):
    """这份认证申请不由您核验"""


class OwnApplication(NotAllowed):
    """不能核验自己的认证申请"""


class SameStaff(NotAllowed):
    """窗口代办的认证，录入和核验须由两名工作人员分别办理"""


class NotReleased(Refusal):
    """申请人原来所在的村还没有确认转出"""


class NotLeaving(Unacceptable):
    """这份申请不需要您的村确认转出"""


class DocumentNeeded(Unacceptable):
    """请先上传身份证照片；照片只能用一次，一天内有效"""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """Name and ID number as somebody typed them: keyed hashes, and nothing else."""

    name: str
    number: str

    def same(self, other: "Typed") -> bool:
        """Whether both agree; the same work whatever differs."""
        name = hmac.compare_digest(self.name, other.name)
        number = hmac.compare_digest(self.number, other.number)
        return name & number


@dataclass(kw_only=True)
class Application(Aggregate):
    """认证申请 in its village (`region`), `round` counts the applicant's applications.

    `typed` and `picture` are forgotten when it is decided. `office` at `level` decides; `raised` says why it climbed.
    `leaving` is the village the applicant moves out of, until that village agrees. `entered_by` is the cadre who typed
    for somebody without a phone (窗口代办).
    """

    region: str
    person: str
    path: list[str]
    round: int
    typed: Typed | None
    picture: str | None
    applied_at: datetime
    entered_by: str | None = None
    leaving: str | None = None
    released_by: str | None = None
    level: str = LADDER[0]
    raised: str | None = None
    mismatches: int = 0
    state: str = WAITING
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def office(self) -> str:
        """The region whose administrator decides now."""
        return self.path[LADDER.index(self.level)]

    @classmethod
    def file(
        cls,
        id: str,
        person: Person,
        village: Region,
        typed: Typed,
        policy: Policy,
        at: datetime,
        picture: str | None = None,
        entered_by: str | None = None,
    ) -> Self:
        """申请. Raises AlreadyVerified, AlreadyApplied, VillageNeeded, DocumentNeeded."""
        if not (picture or entered_by):
            raise DocumentNeeded()
        person.apply(village, id, policy, at)
        return cls(
            id=id,
            region=village.id,
            path=village.path,
            person=person.id,
            round=person.applications,
            typed=typed,
            picture=picture,
            entered_by=entered_by,
            leaving=person.region if person.region != village.id else None,
            applied_at=at,
        )

    def follow(self, village: Region) -> None:
        """Its village has perhaps been merged into this one (a Region), or moved to another town."""
        self.path = village.path

    # deciding

    def permit(self, by: str, scopes: Mapping[str, Collection[str]]) -> None:
        """`scopes`: role → region ids. Raises ApplicationNotFound, NotYourApplication, OwnApplication, SameStaff."""
        if self.state != WAITING:
            raise ApplicationNotFound()
        if self.office not in scopes[DECIDERS[self.level]]:
            raise NotYourApplication()
        if by == self.person:
            raise OwnApplication()
        if by == self.entered_by:
            raise SameStaff()

    def compare(
        self, typed: Typed, card: IdCard | None, transfer: str | None, person: Person, policy: Policy, at: datetime
    ) -> str:
        """What re-typing comes to: MISMATCH, CONFLICT, or GRANTED, which is then to be carried out.

        The `card` (IdCard or None) of the number may be another's: above the village a `transfer` with a reason
        settles that. Raises NotReleased.
        """
        if self.leaving and self.level == LADDER[0]:
            raise NotReleased()
        if not (self.typed and self.typed.same(typed)):
            return self._miss(person, policy, at)
        if not card or card.person == self.person or (transfer and self.level != LADDER[0]):
            return GRANTED
        if self.level == LADDER[0]:
            self._climb(CONFLICT, person, policy, at)
        return CONFLICT

    def grant(self, person: Person, name: Sealed, policy: Policy, by: str, at: datetime) -> None:
        """通过; `name` is sealed for the person."""
        self._decide(GRANTED, by, at)
        person.verify(self.path[0], name, policy.valid_until(at), self._orders("stop"), at)

    def refuse(self, person: Person, reason: str, by: str, at: datetime) -> str:
        """不通过; `reason` is one of REASONS. Returns REFUSED."""
        self._decide(REFUSED, by, at)
        self.reason = reason
        person.refuse(self.region, reason, self._orders("stop"), at)
        return REFUSED

    def release(self, by: str, villages: Collection[str]) -> None:
        """原村同意转出. Raises NotLeaving."""
        if self.state != WAITING or self.leaving not in villages:
            raise NotLeaving()
        self.leaving, self.released_by = None, by

    def judge(self, fact: ClockElapsed, person: Person, policy: Policy, at: datetime) -> None:
        """What `sla.elapsed` means: nothing if it was decided or had climbed, else the next level decides."""
        if (self.state, self.round, self.level) == (WAITING, fact.round, fact.level):
            self._climb(OVERDUE, person, policy, at)

    def _miss(self, person: Person, policy: Policy, at: datetime) -> str:
        self.mismatches += 1
        if self.mismatches >= policy.tries and self.level == LADDER[0]:
            self._climb(MISMATCH, person, policy, at)
        return MISMATCH

    def _climb(self, why: str, person: Person, policy: Policy, at: datetime) -> None:
        orders = self._orders("stop")
        self.raised = why
        if self.level != LADDER[-1]:
            self.level = LADDER[LADDER.index(self.level) + 1]
            orders += self._orders("start", limit=policy.limit(self.level))
        person.climb(why, self.region, self.office, self.level, orders, at)

    def _orders(self, order: str, **more: Any) -> list[dict[str, Any]]:
        return [clock_order(order, self.round, self.level, **more)]

    def _decide(self, state: str, by: str, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at = state, by, at
        self.typed = self.picture = None


def name_key(application: str, name: str) -> str:
    """The text whose keyed hash stands for a name in one application: width, case and kind of dot do not matter."""
    return f"name:{application}:{unicodedata.normalize('NFKC', name).translate(DOTS).upper().strip()}"


def number_key(number: str) -> str:
    """The text whose keyed hash an ID number is known by; `number` has its X in upper case."""
    return f"id-number:{number}"
