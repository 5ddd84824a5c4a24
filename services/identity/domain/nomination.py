"""Roles that open everybody's letters or the county itself: two city administrators give them, never one."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.domain import Missing, Refusal, new_id
from contracts.identity.offices import NominationAgreed, RoleNominated
from services.identity.domain.office import Officer, Role
from services.identity.domain.proposal import Proposal
from services.identity.domain.region import Region


class NominationGone(Missing):
    """没有等待确认的提名，或提名已超过三天"""


class NominationByTwo(Refusal):
    """重要角色须由被提名人以外的两名市管理员办理，一人提名，另一人确认"""


@dataclass(frozen=True, kw_only=True)
class Nomination(Proposal):
    """提名 for a role in a region (id), to be held until the end of its `term` (None: without end)."""

    id: str
    role: str
    region: str
    term: datetime | None
    gone = NominationGone
    by_two = NominationByTwo


@dataclass(kw_only=True)
class Nominee(Officer):
    """Somebody who may be nominated."""

    nominations: list[Nomination] = field(default_factory=list)

    def nominate(self, role: str, region: Region, term: datetime | None, by: str, at: datetime) -> Nomination:
        """提名 for a role in a Region; returns the Nomination. Raises NominationByTwo and what `grant` raises."""
        self.require_free(role, region, term, at)
        made = Nomination.make(by, self.id, at, id=new_id(), role=role, region=region.id, term=term)
        self.nominations = [*(each for each in self.nominations if at < each.until), made]
        self.record(RoleNominated, at, role=role, region=region.id, by=by)
        return made

    def agree_to_nomination(self, id: str, region: Region, by: str, at: datetime) -> Role:
        """确认提名 in a Region; returns the Role. Raises NominationGone, NominationByTwo and what `grant` raises."""
        nomination = self.nomination(id)
        asked_by = nomination.agree(by, self.id, at)
        self.nominations.remove(nomination)
        granted = self.grant(nomination.role, region, nomination.term, asked_by, at)
        told = {"role": granted.role, "region": region.id, "asked_by": asked_by, "agreed_by": by}
        self.record(NominationAgreed, at, **told)
        return granted

    def withdraw_nomination(self, id: str) -> None:
        """撤回提名. Raises NominationGone."""
        self.nominations.remove(self.nomination(id))

    def nomination(self, id: str) -> Nomination:
        """One of her nominations. Raises NominationGone."""
        for each in self.nominations:
            if each.id == id:
                return each
        raise NominationGone()
