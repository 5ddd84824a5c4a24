"""A person: application and verification as villager."""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Missing, Refusal, Sealed, Unacceptable, new_id
from contracts.identity import VillagerApplied, VillagerRefused, VillagerVerified
from services.identity.domain.office import Officer

REASONS = ("not_resident", "name_mismatch", "duplicate", "incomplete")
"""Why an application may be refused: 不是本村村民、姓名不符、重复申请、材料不全."""


class PersonNotFound(Missing):
    """没有这个人"""


class ApplicationNotFound(Missing):
    """没有这份待核验的申请"""


class AlreadyApplied(Refusal):
    """您的认证申请正在核验，请等待结果"""


class AlreadyVerified(Refusal):
    """您已经通过村民认证"""


class VillageNeeded(Unacceptable):
    """请选择您所在的村或社区"""


@dataclass(kw_only=True)
class Application:
    """认证申请 waiting for the administrator of the village."""

    id: str
    region: str
    name: Sealed
    applied_at: datetime


@dataclass(kw_only=True)
class Person(Officer):
    """Somebody with a phone; `region` is the village she is verified in (None: not verified)."""

    phone: Sealed
    phone_digest: str
    name: Sealed | None = None
    application: Application | None = None

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


def masked(name):
    """王* for 王秀英: what an administrator sees before anybody is verified."""
    return name[:1] + "*"


def phone_key(phone):
    """The text whose keyed hash a person is found by; `phone` is E.164."""
    return f"phone:{phone}"
