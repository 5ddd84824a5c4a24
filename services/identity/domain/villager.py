"""认证村民: the part of a person that belongs to a village."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.domain import Aggregate, Refusal, Sealed, Unacceptable
from contracts.identity.villagers import (
    VerificationOverdue,
    VerificationRaised,
    VillagerApplied,
    VillagerLeft,
    VillagerRefused,
    VillagerVerified,
)
from services.identity.domain.region import Region
from services.identity.domain.terms import LADDER, Policy, clock_order

OVERDUE = "overdue"


class AlreadyApplied(Refusal):
    """您的认证申请正在核验，请等待结果"""


class AlreadyVerified(Refusal):
    """您已经通过村民认证，有效期临近结束时才能续期"""


class NotVillager(Refusal):
    """此人现在不是认证村民"""


class VillageNeeded(Unacceptable):
    """请选择您所在的村或社区"""


@dataclass(kw_only=True)
class Villager(Aggregate):
    """`region` is the village she is verified in (None: not verified) until `verified_until` (None: without end).

    `application` is the one that waits, `applications` how many there were.
    """

    name: Sealed | None = None
    verified_until: datetime | None = None
    application: str | None = None
    applications: int = 0

    def villager(self, at: datetime) -> bool:
        """Whether she is a verified villager at a moment."""
        return self.region is not None and (self.verified_until is None or at < self.verified_until)

    def apply(self, village: Region, application: str, policy: Policy, at: datetime) -> None:
        """申请认证、续期、转村. Raises AlreadyVerified, AlreadyApplied, VillageNeeded."""
        if village.level != LADDER[0]:
            raise VillageNeeded()
        if self.application:
            raise AlreadyApplied()
        if self.region == village.id and not policy.renewable(self.verified_until, at):
            raise AlreadyVerified()
        self.application = application
        self.applications += 1
        orders = [clock_order("start", self.applications, LADDER[0], limit=policy.limit(LADDER[0]))]
        self.record(VillagerApplied, at, region=village.id, clocks=orders)

    def verify(
        self, village: str, name: Sealed, until: datetime | None, clocks: list[dict[str, Any]], at: datetime
    ) -> None:
        """认证通过, in a village (id) `until` then; a villager of another village leaves that one (转村)."""
        if self.region not in (None, village):
            self.leave("transferred", at)
        self.application = None
        self.region, self.name, self.verified_until = village, name, until
        self.record(VillagerVerified, at, region=village, clocks=clocks)

    def refuse(self, village: str | None, reason: str, clocks: list[dict[str, Any]], at: datetime) -> None:
        """认证未通过."""
        self.application = None
        self.record(VillagerRefused, at, region=village, reason=reason, clocks=clocks)

    def climb(
        self, why: str, village: str | None, office: str, level: str, clocks: list[dict[str, Any]], at: datetime
    ) -> None:
        """From now on another office decides: OVERDUE, or for a `why` of `identity.verification_raised`."""
        fact, more = (VerificationOverdue, {}) if why == OVERDUE else (VerificationRaised, {"reason": why})
        self.record(fact, at, region=village, office=office, level=level, clocks=clocks, **more)

    def require_village(self) -> str:
        """Her village. Raises NotVillager."""
        if self.region is None:
            raise NotVillager()
        return self.region

    def leave(self, reason: str, at: datetime) -> None:
        """不再是这个村的村民, for a reason of `identity.villager_left`. Raises NotVillager."""
        self.record(VillagerLeft, at, region=self.require_village(), reason=reason)
        self.region = self.verified_until = None
