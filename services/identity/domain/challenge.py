"""Sign-in by SMS code: one challenge per code, a quota per phone."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.domain import Aggregate, Missing, Refusal, Sealed, TooOften
from contracts.identity import ChallengeIssued

LIFE = timedelta(minutes=5)
ATTEMPTS = 5
PAUSE = timedelta(minutes=1)
WINDOW = timedelta(hours=1)
PER_WINDOW = 5
SAMPLE_PHONES = "+86199000000"
"""Phones +86 199 0000 00NN are those of the sample people; only they may have a fixed code."""


class SignInFailed(Refusal):
    """验证码不正确或已失效，请核对后再试，或重新获取"""

    status = 401


class ChallengeGone(Missing):
    """验证码已失效"""


class CodesTooOften(TooOften):
    """获取验证码太频繁：每分钟 1 次，每小时 5 次，请稍后再试"""


@dataclass(kw_only=True)
class Challenge(Aggregate):
    """验证码: `sealed` holds phone and code for the one who sends the SMS, and is wiped when used or over.

    `attempts` is counted by the store, also when the attempt is refused.
    """

    phone_digest: str
    code_digest: str
    sealed: Sealed | None
    expires_at: datetime
    attempts: int = 0
    used: bool = False

    @classmethod
    def issue(cls, *, at, **sealed):
        """A challenge that lives for 5 minutes."""
        challenge = cls(expires_at=at + LIFE, **sealed)
        challenge.record(ChallengeIssued, at, expires_at=challenge.expires_at)
        return challenge

    def open(self, at):
        """What was sealed, for the one who sends it. Raises ChallengeGone when used or over."""
        if self._over(at):
            raise ChallengeGone()
        return self.sealed

    def use(self, code_digest, at):
        """Accept the right code once; returns what was sealed. Raises SignInFailed, whatever the cause."""
        right = hmac.compare_digest(self.code_digest, code_digest)
        if not right or self._over(at):
            raise SignInFailed()
        self.used = True
        return self.sealed

    def wipe(self):
        """Forget phone and code."""
        self.sealed = None

    def _over(self, at):
        return self.used or self.sealed is None or at >= self.expires_at


@dataclass(kw_only=True)
class Quota(Aggregate):
    """How often one phone (the id is its keyed hash) was sent a code: at most once a minute and 5 times an hour."""

    times: list[datetime] = field(default_factory=list)
    last: datetime | None = None

    def take(self, at):
        """Count one more. Raises CodesTooOften."""
        recent = [time for time in self.times if time > at - WINDOW]
        if len(recent) >= PER_WINDOW or recent and recent[-1] > at - PAUSE:
            raise CodesTooOften()
        self.times, self.last = [*recent, at], at


def code_for(phone, fixed):
    """Six random digits; the `fixed` code, if there is one, for a sample phone."""
    if fixed and phone.startswith(SAMPLE_PHONES):
        return fixed
    return f"{secrets.randbelow(10**6):06d}"
