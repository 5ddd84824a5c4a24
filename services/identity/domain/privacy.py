"""A person's rights over her own data: consent, and erasure after some days to think again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from chassis.domain import Aggregate, Missing, Refusal, new_id
from contracts.identity.villagers import ErasureAsked, ErasureWithdrawn, PersonErased
from services.identity.domain.nomination import Nominee
from services.identity.domain.reach import Reachable
from services.identity.domain.villager import Villager


class AlreadyAsked(Refusal):
    """您已经申请清除个人信息，到期前可以撤回"""


class NothingAsked(Missing):
    """没有待执行的清除申请"""


class ConsentOutdated(Refusal):
    """告知内容已经更新，请阅读最新内容后再确认"""


class ConsentNeeded(Refusal):
    """请先阅读并同意个人信息处理告知，再申请认证"""


class NoConsent(Missing):
    """没有可以撤回的同意"""


@dataclass(kw_only=True)
class Erasable(Villager, Nominee, Reachable):
    """The part of a person that can be erased; her row stays, so that her id is nobody else's."""

    erased_at: datetime | None = None

    def erase(self, at: datetime) -> None:
        """清除个人信息: offices and sign-ins end, of herself only the id stays; twice is once."""
        if self.erased_at:
            return
        for role in list(self.roles):
            self.end(role.id, at)
        self.revoke(at)
        self.record(PersonErased, at)
        self.region = self.verified_until = self.name = self.phone = self.application = self.invitation = None
        self.applications, self.counter, self.nominations = 0, False, []
        self.wechat = self.wechat_digest = None
        self.phone_digest, self.erased_at = self.id, at


@dataclass(kw_only=True)
class ErasureRequest(Aggregate):
    """清除申请, by the person or, on paper, by a city administrator `by`; `paper` is the number of what she signed."""

    person: str
    by: str
    paper: str | None
    asked_at: datetime
    due_at: datetime
    withdrawn_at: datetime | None = None
    done_at: datetime | None = None

    @classmethod
    def ask(cls, person: str, region: str | None, days: int, at: datetime) -> Self:
        """By herself, who belongs to a region or to none: due after so many days."""
        due_at = at + timedelta(days=days)
        request = cls(id=new_id(), region=region, person=person, by=person, paper=None, asked_at=at, due_at=due_at)
        request.record(ErasureAsked, at, person=person, days=days)
        return request

    @classmethod
    def on_paper(cls, person: str, by: str, paper: str, at: datetime) -> Self:
        """By a city administrator, who has seen to it that she means it: done at once."""
        return cls(id=new_id(), person=person, by=by, paper=paper, asked_at=at, due_at=at, done_at=at)

    def withdraw(self, at: datetime) -> None:
        """撤回申请."""
        self.withdrawn_at = at
        self.record(ErasureWithdrawn, at, person=self.person)

    def finish(self, at: datetime) -> None:
        """It was done."""
        self.region, self.done_at = None, at


@dataclass(kw_only=True)
class Consent(Aggregate):
    """同意: which version of the text somebody accepted, and until when; `by` is the cadre who saw it on paper."""

    person: str
    text: str
    accepted_at: datetime
    withdrawn_at: datetime | None = None
    by: str | None = None

    @classmethod
    def accept(cls, person: str, text: str, current: str, at: datetime) -> Self:
        """Accept the `current` version. Raises ConsentOutdated for another."""
        if text != current:
            raise ConsentOutdated()
        return cls(id=new_id(), person=person, text=text, accepted_at=at)

    @classmethod
    def on_paper(cls, person: str, current: str, by: str, at: datetime) -> Self:
        """She signed the `current` version at the counter, before a cadre."""
        return cls(id=new_id(), person=person, text=current, accepted_at=at, by=by)

    def withdraw(self, at: datetime) -> None:
        """撤回同意."""
        self.withdrawn_at = at
