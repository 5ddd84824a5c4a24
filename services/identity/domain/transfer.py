"""组织关系转接、流动党员: between which branches a member goes, and where she lives meanwhile."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.domain import Refusal, Sealed, Unacceptable
from services.identity.domain.organisation import Organisation

BRANCH = "party_branch"
LETTER_DAYS = 90
"""组织关系介绍信的有效期一般不超过三个月: so long the receiving branch may take to confirm."""


class BranchNeeded(Unacceptable):
    """请选择党支部"""


class TransferRuns(Refusal):
    """组织关系正在转接，等待接收党支部确认"""


class NoTransfer(Refusal):
    """没有等待确认的组织关系转接"""


class SameBranch(Unacceptable):
    """组织关系已在这个党支部"""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """组织关系转接 from `origin` to `target` (branches; None: outside the county), to be confirmed before `until`.

    `region` is the target's. `letter` is the number of the 介绍信 to or from outside. `outcome` once it is settled:
    confirmed, declined, lapsed, or ended with the membership.
    """

    origin: str | None
    target: str | None
    region: str | None
    letter: str | None
    asked_by: str
    asked_at: datetime
    until: datetime
    outcome: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Away:
    """流动党员: lives at `place`, looked after by the branch `host` of `region` there, if it is in the county."""

    place: Sealed
    host: str | None
    region: str | None
    since: datetime


def require_branch(organisation: Organisation) -> Organisation:
    """The Organisation, which must be a party branch. Raises BranchNeeded."""
    if organisation.kind != BRANCH:
        raise BranchNeeded()
    return organisation


def asked(origin: str | None, target: Organisation | None, letter: str | None, by: str, at: datetime) -> Transfer:
    """A Transfer that begins: `target` is an Organisation or None."""
    to, region = (target.id, target.region) if target else (None, None)
    until = at + timedelta(days=LETTER_DAYS)
    return Transfer(origin=origin, target=to, region=region, letter=letter, asked_by=by, asked_at=at, until=until)
