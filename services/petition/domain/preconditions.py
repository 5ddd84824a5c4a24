"""Preconditions that the table of moves cannot say: how often, how late, how much, and what must have been asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chassis.domain import Refusal
from contracts.personal import number_in
from services.petition.domain.moves import AUTHOR, AWAITING, CLOSED, EXTEND, SUSPEND, Act, Move
from services.petition.domain.policy import LADDER, SUPERVISE, Policy
from services.petition.domain.refusals import (
    AlreadyAsked,
    AlreadyExtended,
    AlreadyRated,
    AlreadySupervised,
    NotConsented,
    NothingAsked,
    NothingOwed,
    NotPromisedYet,
    PersonalInside,
    ReopenTooLate,
    ReturnedTooOften,
    TooLateToExtend,
    TooLong,
    UrgedRecently,
)
from services.petition.domain.supervision import TOO_MANY

if TYPE_CHECKING:
    from services.petition.domain.petition import Petition


class ReplyOwed(Refusal):
    """督办还没有书面答复，请先答复再办结、合并、拆分、提级或退回"""


class AskedTooOften(Refusal):
    """这一轮请来信人补充材料的次数已用完，请按现有材料办理"""


def require(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    """Raises the refusal of the first precondition that a move does not meet."""
    for precondition in PRECONDITIONS:
        precondition(petition, row, act, policy)


def _rated_once(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if "stars" in row.needs and petition.stars:
        raise AlreadyRated()


def _reopened_in_time(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.again and petition.closed_at and act.at > petition.closed_at + timedelta(days=policy.reopen_days):
        raise ReopenTooLate()


def _returned_so_often(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.climbs < 0 and petition.bounces >= TOO_MANY and petition.level != LADDER[-1]:
        raise ReturnedTooOften()


def _urged_seldom(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.marks and petition.urged_at and act.at < petition.urged_at + timedelta(hours=policy.urge_hours):
        raise UrgedRecently()


def _asked_one_by_one(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.asks and petition.asked:
        raise AlreadyAsked()
    if row.decides and petition.asked not in row.decides:
        raise NothingAsked()


def _asked_for_so_much(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    most = {SUSPEND: policy.suspend_days, EXTEND: policy.extend}
    if row.asks and (act.amount or 0) > most[row.asks]:
        raise TooLong(most=most[row.asks])


def _extended_once_and_in_time(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.asks != EXTEND and not row.extends:
        return
    if any(clock.extended for clock in petition.clocks if clock.round == petition.round):
        raise AlreadyExtended()
    if row.extends and petition.promised_at is None:
        raise NotPromisedYet()
    if petition.promised.breached or act.at > petition.promised.due_at:
        raise TooLateToExtend()


def _supervised_once(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.starts == SUPERVISE and petition.supervision:
        raise AlreadySupervised()


def _owed(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.owed and not petition.owed_reply:
        raise NothingOwed()


def _replied_before_it_leaves(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if petition.owed_reply and row.part != AUTHOR and (row.target == CLOSED or row.climbs):
        raise ReplyOwed()


def _author_asked_so_often(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if row.target == AWAITING and petition.inquiries >= policy.asks:
        raise AskedTooOften(most=policy.asks)


def _consented(petition: Petition, row: Move, act: Act, policy: Policy) -> None:
    if "public_answer" in row.needs and not petition.open_to_public:
        raise NotConsented()
    if number_in(act.public_answer or ""):
        raise PersonalInside()


PRECONDITIONS = (
    _rated_once,
    _reopened_in_time,
    _returned_so_often,
    _urged_seldom,
    _asked_one_by_one,
    _asked_for_so_much,
    _extended_once_and_in_time,
    _supervised_once,
    _owed,
    _replied_before_it_leaves,
    _author_asked_so_often,
    _consented,
)
