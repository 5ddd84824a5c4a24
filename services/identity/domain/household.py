"""户: who lives together, who speaks for them (户代表), who keeps contact (联户长), and who needs special care."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from chassis.domain import Aggregate, Missing, Refusal, Sealed, Unacceptable, new_id
from contracts.identity.members import HouseholdDissolved, RepresentativeLeft
from contracts.identity.regions import HouseholdRegistered

RELATIONS = ("head", "spouse", "child", "parent", "grandchild", "grandparent", "other")
"""与户主关系: 户主、配偶、子女、父母、孙辈、祖辈、其他."""

CARE = (
    "wubao",
    "disabled",
    "elderly_alone",
    "left_behind_child",
    "minimum_income",
    "severe_illness",
    "only_child_lost",
)
"""五保、残疾、独居老人、留守儿童、低保、重病、失独."""


class HouseholdNotFound(Missing):
    """没有这一户"""


class HouseholdGone(Refusal):
    """这一户已经注销"""


class MarkNotFound(Missing):
    """没有这项关爱标记"""


class NotAMember(Unacceptable):
    """户代表和有标记的人应是本户成员"""


class MemberTwice(Unacceptable):
    """同一个人不能登记两次"""


class LivesElsewhere(Refusal):
    """有成员已经登记在别的户"""


@dataclass(frozen=True, kw_only=True)
class Resident:
    """A member of a household, by person id."""

    person: str
    relation: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """特殊关爱标记 of a member, or of the whole household: its code is sealed under that person, or the household."""

    id: str
    person: str | None
    sealed: Sealed
    since: datetime


@dataclass(kw_only=True)
class Household(Aggregate):
    """户 in the village `region`; `representative` is one of the `members`, `contact` may live elsewhere.

    Without `representative` another has to be chosen. Of a dissolved household nobody is kept.
    """

    members: list[Resident] = field(default_factory=list)
    representative: str | None = None
    contact: str | None = None
    marks: list[Mark] = field(default_factory=list)
    registered_at: datetime
    dissolved_at: datetime | None = None

    @classmethod
    def register(
        cls, id: str, region: str, members: list[Resident], representative: str, contact: str | None, at: datetime
    ) -> Self:
        """登记 in a village (its id). Raises NotAMember, MemberTwice."""
        household = cls(id=id, region=region, registered_at=at)
        household.compose(members, representative, contact)
        household.record(HouseholdRegistered, at, region=region, members=len(members))
        return household

    def compose(self, members: list[Resident], representative: str, contact: str | None) -> None:
        """Other members, representative or contact; marks of who has left go with them.

        Raises NotAMember, MemberTwice.
        """
        persons = [member.person for member in members]
        if len(set(persons)) < len(persons):
            raise MemberTwice()
        if representative not in persons:
            raise NotAMember()
        self.members, self.representative, self.contact = members, representative, contact
        self.marks = [mark for mark in self.marks if mark.person is None or mark.person in persons]

    def depart(self, person: str, at: datetime) -> None:
        """Somebody (a person id) lives here, or keeps contact, no more; with the last member the household ends."""
        self.members = [member for member in self.members if member.person != person]
        self.marks = [mark for mark in self.marks if mark.person != person]
        self.contact = None if self.contact == person else self.contact
        if not self.members:
            self.dissolve(at)
        elif self.representative == person:
            self.representative = None
            self.record(RepresentativeLeft, at, region=self.region)

    def dissolve(self, at: datetime) -> None:
        """注销. Raises HouseholdGone."""
        self.require_standing().dissolved_at = at
        self.members, self.marks, self.representative, self.contact = [], [], None, None
        self.record(HouseholdDissolved, at, region=self.region)

    def require_standing(self) -> Self:
        """The household itself. Raises HouseholdGone."""
        if self.dissolved_at:
            raise HouseholdGone()
        return self

    def marks_for(self, person: str) -> list[Mark]:
        """Marks that a member (a person id) may read: her own and those of the whole household."""
        return [mark for mark in self.marks if mark.person in (None, person)]

    def require_member(self, person: str | None) -> None:
        """Raises NotAMember unless somebody (a person id) lives here; None is the whole household."""
        if person and person not in {member.person for member in self.members}:
            raise NotAMember()

    def mark(self, person: str | None, sealed: Sealed, at: datetime) -> Mark:
        """Add a mark for a member, or None for all; returns it. Raises NotAMember."""
        self.require_member(person)
        made = Mark(id=new_id(), person=person, sealed=sealed, since=at)
        self.marks.append(made)
        return made

    def unmark(self, id: str) -> None:
        """Take a mark away. Raises MarkNotFound."""
        left = [mark for mark in self.marks if mark.id != id]
        if len(left) == len(self.marks):
            raise MarkNotFound()
        self.marks = left
