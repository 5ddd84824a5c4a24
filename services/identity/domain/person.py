"""A person: villager or not, officer or not, reached by phone or at the counter."""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Missing, Sealed
from contracts.identity.sign_in import (
    AuthenticatorEnrolled,
    DataExported,
    PasswordSet,
    SecondFactorReset,
    SessionCopied,
)
from services.identity.domain.office import Role
from services.identity.domain.privacy import Erasable
from services.identity.domain.reach import PhoneInUse

NOTICES = {
    "password": PasswordSet,
    "authenticator": AuthenticatorEnrolled,
    "export": DataExported,
    "copied": SessionCopied,
}
"""What was done with her account that outlives a session → the fact by which she is told of it."""


class PersonNotFound(Missing):
    """没有这个人"""


@dataclass(kw_only=True)
class Person(Erasable):
    """Somebody. Whoever ceases to be a villager is one in no token from that moment on."""

    def held(self, at: datetime) -> dict[str, list[str]]:
        """Role → region ids at a moment; a verification that is over counts no more."""
        held = super().held(at)
        return held if self.villager(at) else {role: held[role] for role in held.keys() - {"villager"}}

    @property
    def places(self) -> set[str]:
        """Ids of the regions where they live or serve."""
        return {region for region in (self.region, *(role.region for role in self.roles)) if region}

    def leave(self, reason: str, at: datetime) -> None:
        """No longer a villager: who moves out loses that village's offices, the dead all of them and their phone."""
        village = self.region
        super().leave(reason, at)
        for role in [role for role in self.roles if _ends(role, reason, village)]:
            self.end(role.id, at)
        self.revoke(at)
        if reason == "died":
            self.drop_phone()

    def lose_second_factor(self, asked_by: str, agreed_by: str, at: datetime) -> None:
        """验证器已重置 by two administrators."""
        self.record(SecondFactorReset, at, asked_by=asked_by, agreed_by=agreed_by)

    def notice(self, deed: str, at: datetime) -> None:
        """She is told of something in NOTICES."""
        self.record(NOTICES[deed], at)

    def give_phone_away(self) -> tuple[Sealed, str]:
        """As `drop_phone`, of an account that is nothing else. Raises PhoneInUse."""
        phone = self.phone
        if self.region or self.application or self.roles or not phone:
            raise PhoneInUse()
        return phone, self.drop_phone()[1]


def _ends(role: Role, reason: str, village: str | None) -> bool:
    return reason == "died" or (reason == "moved_out" and role.region == village)


def masked(name: str) -> str:
    """王* for 王秀英: what others see of a name."""
    return name[:1] + "*"


def masked_phone(phone: str) -> str:
    """138****8000 for +8613800138000."""
    return f"{phone[-11:-8]}****{phone[-4:]}"
