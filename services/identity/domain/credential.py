"""What staff sign in with besides SMS codes: a password, a second factor, recovery codes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis.domain import Aggregate, Missing, NotAllowed, Refusal, Sealed, TooOften, Unacceptable
from services.identity.domain.policy import FIRST_PAUSE, FREE_TRIES, LONGEST_PAUSE
from services.identity.domain.proposal import Proposal


class PasswordWrong(Refusal):
    """手机号或密码不正确"""

    status = 401


class WeakPassword(Unacceptable):
    """这个密码太常见或太容易猜到，请换一个"""


class SecondFactorWrong(Unacceptable):
    """动态码或恢复码不正确，或已经用过"""


class SecondFactorNeeded(NotAllowed):
    """请先用动态码或恢复码确认是您本人"""


class NoSecondFactor(Refusal):
    """此人没有启用验证器，不需要重置"""


class ResetNotAsked(Missing):
    """没有等待确认的重置申请，或申请已超过三天"""


class ResetBySomebodyElse(Refusal):
    """重置验证器须由本人以外的两名管理员办理，一人申请，另一人确认"""


class LockedOut(TooOften):
    """尝试次数太多，请稍后再试，或改用短信验证码登录"""


@dataclass(frozen=True, kw_only=True)
class Reset(Proposal):
    """重置申请"""

    gone = ResetNotAsked
    by_two = ResetBySomebodyElse


@dataclass(kw_only=True)
class Credential(Aggregate):
    """登录凭据 of the person with the same id.

    `password` is an argon2id hash; `totp` the sealed secret of the authenticator app, in force once `confirmed`;
    `recovery` keyed hashes of codes that serve once each; `last_step` the 30 seconds of the last code that was used.
    """

    password: str | None = None
    password_since: datetime | None = None
    totp: Sealed | None = None
    confirmed: bool = False
    confirmed_since: datetime | None = None
    last_step: int = 0
    recovery: list[str] = field(default_factory=list)
    reset: Reset | None = None

    def kinds(self) -> list[dict[str, Any]]:
        """[{kind, since}] of what one can sign in with: nothing secret."""
        held: list[tuple[str, object, datetime | None]] = [("password", self.password, self.password_since)]
        held += [("authenticator", self.confirmed, self.confirmed_since)]
        held += [("recovery_codes", self.confirmed and self.recovery, self.confirmed_since)]
        return [{"kind": kind, "since": since} for kind, there, since in held if there]

    def require_strong(self, strong: bool) -> None:
        """Raises SecondFactorNeeded when there is a second factor and the session has not given it."""
        if self.confirmed and not strong:
            raise SecondFactorNeeded()

    def require_confirmed(self) -> None:
        """Raises SecondFactorWrong when there is no second factor in force."""
        if not self.confirmed:
            raise SecondFactorWrong()

    def choose(self, password: str, at: datetime) -> None:
        """Another password, hashed."""
        self.password, self.password_since = password, at

    def offer(self, totp: Sealed | None) -> None:
        """Begin with a new second factor, in force once its first code is given."""
        self.totp, self.confirmed, self.recovery = totp, False, []

    def confirm(self, step: int, recovery: list[str], at: datetime) -> None:
        """Put the second factor in force; `recovery` are the digests of new recovery codes."""
        self.use_step(step)
        self.confirmed, self.confirmed_since, self.recovery = True, at, recovery

    def use_step(self, step: int | None) -> None:
        """Take a code that was right for a step of time (None: for none), each once. Raises SecondFactorWrong."""
        if self.totp is None or step is None or step <= self.last_step:
            raise SecondFactorWrong()
        self.last_step, self.reset = step, None

    def use_recovery(self, digest: str) -> None:
        """Take a recovery code, once. Raises SecondFactorWrong."""
        if digest not in self.recovery:
            raise SecondFactorWrong()
        self.recovery.remove(digest)
        self.reset = None

    def ask_reset(self, by: str, at: datetime) -> None:
        """申请重置 of the second factor, lost with all recovery codes. Raises ResetBySomebodyElse, NoSecondFactor."""
        asked = Reset.make(by, self.id, at)
        if not self.confirmed:
            raise NoSecondFactor()
        self.reset = asked

    def withdraw_reset(self, at: datetime) -> None:
        """撤回重置申请. Raises ResetNotAsked."""
        self._asked().require_open(at)
        self.reset = None

    def agree_to_reset(self, by: str, at: datetime) -> str:
        """确认重置 by another; returns who had asked. Raises ResetNotAsked, ResetBySomebodyElse.

        Whoever gives her second factor meanwhile has not lost it, and nothing is asked any more.
        """
        asked_by = self._asked().agree(by, self.id, at)
        self.offer(None)
        self.reset = None
        return asked_by

    def _asked(self) -> Reset:
        if self.reset is None:
            raise ResetNotAsked()
        return self.reset


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries in a row that failed: longer and longer."""
    beyond = tries - FREE_TRIES
    return FIRST_PAUSE * 0 if beyond < 0 else min(FIRST_PAUSE * 2 ** min(beyond, 20), LONGEST_PAUSE)
