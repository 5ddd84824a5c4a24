"""A person: application and verification as villager, offices held."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.domain import Aggregate, Missing, Refusal, Sealed, Unacceptable, new_id
from contracts.identity import LEVELS, RoleEnded, RoleGranted, VillagerApplied, VillagerRefused, VillagerVerified

ROLES = {
    "secretary": LEVELS,
    "villageadmin": ("village",),
    "townadmin": ("town",),
    "cityadmin": ("city",),
    "intake": ("city",),
    "discipline": ("city",),
    "calendaradmin": ("city",),
    "operator": ("city",),
}
"""Role that can be granted → levels of region it can be granted for; 认证村民 (villager) comes by verification only."""

REASONS = ("not_resident", "name_mismatch", "duplicate", "incomplete")
"""Why an application may be refused: 不是本村村民、姓名不符、重复申请、材料不全."""


class PersonNotFound(Missing):
    """没有这个人"""


class ApplicationNotFound(Missing):
    """没有这份待核验的申请"""


class RoleNotFound(Missing):
    """没有这项任职"""


class AlreadyApplied(Refusal):
    """您的认证申请正在核验，请等待结果"""


class AlreadyVerified(Refusal):
    """您已经通过村民认证"""


class VillageNeeded(Unacceptable):
    """请选择您所在的村或社区"""


class RoleNotForLevel(Unacceptable):
    """这一级区划没有这个角色"""


class TermAlreadyOver(Unacceptable):
    """任期截止时间必须晚于现在"""


class AlreadyHeld(Refusal):
    """此人已在这个区划担任这个角色"""


@dataclass(kw_only=True)
class Application:
    """认证申请 waiting for the administrator of the village."""

    id: str
    region: str
    name: Sealed
    applied_at: datetime


@dataclass(kw_only=True)
class Role:
    """An office in one region, for a term or until ended."""

    id: str
    role: str
    region: str
    until: datetime | None = None
    granted_by: str

    def holds(self, at):
        """Whether the term runs at `at`."""
        return self.until is None or at < self.until


@dataclass(kw_only=True)
class Person(Aggregate):
    """Somebody with a phone; `region` is the village she is verified in (None: not verified)."""

    phone: Sealed
    phone_digest: str
    name: Sealed | None = None
    application: Application | None = None
    roles: list[Role] = field(default_factory=list)

    def apply(self, village, name, at):
        """申请认证. Raises AlreadyVerified, AlreadyApplied, VillageNeeded."""
        if self.region:
            raise AlreadyVerified()
        if self.application:
            raise AlreadyApplied()
        if village.level != "village":
            raise VillageNeeded()
        self.application = Application(id=new_id(), region=village.id, name=name, applied_at=at)
        self.record(VillagerApplied, at, region=village.id)

    def verify(self, at):
        """核验通过. Raises ApplicationNotFound."""
        application = self._settled()
        self.region, self.name = application.region, application.name
        self.record(VillagerVerified, at, region=self.region)

    def refuse(self, reason, at):
        """核验不通过; `reason` is one of REASONS. Raises ApplicationNotFound."""
        self.record(VillagerRefused, at, region=self._settled().region, reason=reason)

    def _settled(self):
        application, self.application = self.application, None
        if application is None:
            raise ApplicationNotFound()
        return application

    def grant(self, role, region, until, by, at):
        """授予角色 within a Region; returns the Role. Raises RoleNotForLevel, TermAlreadyOver, AlreadyHeld."""
        if region.level not in ROLES[role]:
            raise RoleNotForLevel()
        if until and until <= at:
            raise TermAlreadyOver()
        if region.id in self.held(at).get(role, ()):
            raise AlreadyHeld()
        granted = Role(id=new_id(), role=role, region=region.id, until=until, granted_by=by)
        self.roles.append(granted)
        self.record(RoleGranted, at, role=role, region=region.id, until=until)
        return granted

    def role(self, id):
        """One of her offices. Raises RoleNotFound."""
        for role in self.roles:
            if role.id == id:
                return role
        raise RoleNotFound()

    def end(self, id, at):
        """终止角色. Raises RoleNotFound."""
        role = self.role(id)
        self.roles.remove(role)
        self.record(RoleEnded, at, role=role.role, region=role.region)

    def held(self, at):
        """Role → region ids at a moment, as her access token says it."""
        held = {"villager": [self.region]} if self.region else {}
        for role in self.roles:
            if role.holds(at):
                held.setdefault(role.role, []).append(role.region)
        return held


def masked(name):
    """王* for 王秀英: what an administrator sees before anybody is verified."""
    return name[:1] + "*"


def phone_key(phone):
    """The text whose keyed hash a person is found by; `phone` is E.164."""
    return f"phone:{phone}"
