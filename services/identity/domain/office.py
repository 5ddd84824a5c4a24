"""Offices: roles with a region as their scope, for a term; who appoints to them; lending one to somebody else."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.domain import Aggregate, Missing, Refusal, Unacceptable, new_id
from contracts.identity.access import AccessRevoked, RoleEnded, RoleGranted
from contracts.words import LEVELS
from services.identity.domain.region import Region

ROLES = {
    "secretary": LEVELS,
    "villageadmin": ("village",),
    "townadmin": ("town",),
    "cityadmin": ("city",),
    "departmentstaff": LEVELS,
    "intake": ("city",),
    "discipline": ("city",),
    "calendaradmin": ("city",),
    "operator": ("city",),
}
"""Role that can be granted → levels of region it can be granted for; 认证村民 (villager) comes by verification only."""

APPOINTS = {"cityadmin": LEVELS, "townadmin": ("village",)}
"""三级管理员: which administrator grants and ends roles at which levels of region, within the own scope."""

BY_TWO = ("intake", "discipline", "cityadmin", "operator")
"""Roles that read everybody's letters or run the county: never from one administrator, nor by a loan."""

LONGEST_LOAN = timedelta(days=90)


class RoleNotFound(Missing):
    """没有这项任职"""


class RoleNotForLevel(Unacceptable):
    """这一级区划没有这个角色"""


class TermAlreadyOver(Unacceptable):
    """任期截止时间必须晚于现在"""


class AlreadyHeld(Refusal):
    """此人已在这个区划担任这个角色"""


class OwnOffice(Refusal):
    """不能给自己安排职务，请由其他管理员办理"""


class TwoNeeded(Refusal):
    """这个角色须由两名市管理员办理：一人提名，另一人确认"""


class NotLent(Refusal):
    """这个角色由两名市管理员授予，不能委托给别人"""


class LentOn(Refusal):
    """受委托的角色不能再委托给别人"""


class LoanTooLong(Unacceptable):
    """委托最长 90 天，且不能超过本人的任期"""


class NoStanding(Refusal):
    """只能委托给别的认证村民或在任人员"""


@dataclass(kw_only=True)
class Role:
    """An office in one region, for a term or until ended; `lender` is who lent it (委托), if it is not one's own."""

    id: str
    role: str
    region: str
    until: datetime | None = None
    granted_by: str
    lender: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the term runs at `at`."""
        return self.until is None or at < self.until


@dataclass(kw_only=True)
class Officer(Aggregate):
    """Somebody who may hold offices."""

    roles: list[Role] = field(default_factory=list)

    def appoint(self, role: str, region: Region, until: datetime | None, by: str, at: datetime) -> Role:
        """授予角色 by one administrator (id). Raises OwnOffice, TwoNeeded and what `grant` raises."""
        if by == self.id:
            raise OwnOffice()
        if role in BY_TWO:
            raise TwoNeeded()
        return self.grant(role, region, until, by, at)

    def require_free(self, role: str, region: Region, until: datetime | None, at: datetime) -> None:
        """Raises RoleNotForLevel, TermAlreadyOver, AlreadyHeld."""
        if region.level not in ROLES[role]:
            raise RoleNotForLevel()
        if until and until <= at:
            raise TermAlreadyOver()
        if region.id in self.held(at).get(role, ()):
            raise AlreadyHeld()

    def grant(
        self, role: str, region: Region, until: datetime | None, by: str, at: datetime, lender: str | None = None
    ) -> Role:
        """授予角色 within a Region; returns the Role. Raises what `require_free` raises."""
        self.require_free(role, region, until, at)
        granted = Role(id=new_id(), role=role, region=region.id, until=until, granted_by=by, lender=lender)
        self.roles.append(granted)
        self.record(RoleGranted, at, role=role, region=region.id, until=until)
        return granted

    def lend(self, id: str, borrower: "Officer", region: Region, until: datetime, at: datetime) -> Role:
        """委托: `borrower` holds this office (of Region) too, until then and no longer than its lender.

        Returns the Role lent. Raises RoleNotFound, NotLent, LentOn, LoanTooLong, NoStanding and what `grant` raises.
        """
        own = self.role(id)
        if own.role in BY_TWO:
            raise NotLent()
        if own.lender:
            raise LentOn()
        if until > at + LONGEST_LOAN or (own.until and until > own.until):
            raise LoanTooLong()
        if borrower.id == self.id or not borrower.held(at):
            raise NoStanding()
        return borrower.grant(own.role, region, until, self.id, at, lender=self.id)

    def role(self, id: str) -> Role:
        """One of her offices. Raises RoleNotFound."""
        for role in self.roles:
            if role.id == id:
                return role
        raise RoleNotFound()

    def end(self, id: str, at: datetime) -> None:
        """终止角色: what her tokens say is void from now on. Raises RoleNotFound."""
        role = self.role(id)
        self.roles.remove(role)
        self.record(RoleEnded, at, role=role.role, region=role.region)
        self.revoke(at)

    def over(self, at: datetime, lenders: "Mapping[str, Officer]") -> list[Role]:
        """Offices whose term has run out, or whose lender (id → Officer) holds the office no more."""
        return [role for role in self.roles if not role.holds(at) or not _backed(role, lenders, at)]

    def revoke(self, at: datetime, session: str | None = None) -> None:
        """收回登录凭证: access tokens issued until now are void, or those of one session."""
        self.record(AccessRevoked, at, before=at, session=session)

    def held(self, at: datetime) -> dict[str, list[str]]:
        """Role → region ids at a moment, as her access token says it."""
        held = {"villager": [self.region]} if self.region else {}
        for role in self.roles:
            if role.holds(at):
                held.setdefault(role.role, []).append(role.region)
        return held


def require_appointer(scopes: Callable[[str], Iterable[str]], region: Region) -> None:
    """Raises OutsideScope unless one may appoint for a Region; `scopes(role)` are the regions one holds a role for."""
    appointed = [scopes(administrator) for administrator, levels in APPOINTS.items() if region.level in levels]
    region.require_within({id for scope in appointed for id in scope})


def _backed(role: Role, lenders: "Mapping[str, Officer]", at: datetime) -> bool:
    lender = lenders.get(role.lender or "")
    own = lender.roles if lender else []
    return role.lender is None or any(
        (mine.role, mine.region, mine.lender) == (role.role, role.region, None) and mine.holds(at) for mine in own
    )
