"""组织: resident units (驻村单位), departments, cooperatives and shops, each with its staff."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from chassis.domain import Aggregate, Missing, Refusal, new_id
from contracts.identity.regions import OrganisationRegistered

STAFF_ROLE = {"department": "departmentstaff"}
"""Kind → the role its staff holds for the organisation's region."""


class OrganisationNotFound(Missing):
    """没有这个组织"""


class StaffNotFound(Missing):
    """没有这名工作人员"""


class OwnPost(Refusal):
    """不能把自己列入人员名录，请由其他管理员办理"""


class AlreadyOnStaff(Refusal):
    """此人已在这个组织的人员名录上"""


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Somebody who works for an organisation, since when and as what."""

    id: str
    person: str
    post: str
    since: datetime


@dataclass(kw_only=True)
class Organisation(Aggregate):
    """An organisation that belongs to `region`."""

    region: str
    kind: str
    place: str
    staff: list[Staff] = field(default_factory=list)
    registered_at: datetime

    @classmethod
    def register(cls, id: str, region: str, kind: str, place: str, at: datetime) -> Self:
        """登记; `place` is its public name."""
        organisation = cls(id=id, region=region, kind=kind, place=place, registered_at=at)
        organisation.record(OrganisationRegistered, at, region=region, kind=kind)
        return organisation

    @property
    def role(self) -> str | None:
        """The role that its staff holds, None when there is none."""
        return STAFF_ROLE.get(self.kind)

    def employ(self, person: str, post: str, by: str, at: datetime) -> Staff:
        """Put somebody on the directory; returns the Staff. Raises OwnPost, AlreadyOnStaff."""
        if person == by:
            raise OwnPost()
        if any(each.person == person for each in self.staff):
            raise AlreadyOnStaff()
        self.staff.append(Staff(id=new_id(), person=person, post=post, since=at))
        return self.staff[-1]

    def on_staff(self, id: str) -> Staff:
        """One line of the directory. Raises StaffNotFound."""
        for each in self.staff:
            if each.id == id:
                return each
        raise StaffNotFound()

    def posts_of(self, person: str) -> list[dict[str, object]]:
        """[{organisation, place, post, since}] of somebody (a person id)."""
        here: dict[str, object] = {"organisation": self.id, "place": self.place}
        return [here | {"post": each.post, "since": each.since} for each in self.staff if each.person == person]

    def forget(self, person: str) -> None:
        """Somebody (a person id) was erased."""
        self.staff = [each for each in self.staff if each.person != person]

    def dismiss(self, id: str) -> None:
        """Take somebody off. Raises StaffNotFound."""
        self.staff.remove(self.on_staff(id))
