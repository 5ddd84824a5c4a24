"""Sign-in by SMS code: one challenge per code, a quota per phone."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from chassis.domain import Aggregate, Missing, Refusal, Sealed, TooOften
from contracts.identity.access import ChallengeIssued
from contracts.identity.sign_in import ConfirmationIssued

LIFE = timedelta(minutes=5)
CODE_DIGITS = 6
ATTEMPTS = 5
SAMPLE_PHONES = "+86199000000"
"""Phones +86 199 0000 00NN are those of the sample people; only they may have a fixed code."""


class SignInFailed(Refusal):
    """验证码不正确或已失效，请核对后再试，或重新获取"""

    status = 401


class ChallengeGone(Missing):
    """验证码已失效"""


class CodesTooOften(TooOften):
    """获取验证码太频繁，请稍后再试"""


@dataclass(kw_only=True)
class Challenge(Aggregate):
    """验证码: `sealed` holds phone and code for the one who sends the SMS, and is wiped when used or over.

    `person` is who is to confirm with it that it is she; None: it signs in. Neither serves for the other.
    `attempts` is counted by the store, also when the attempt is refused. `key` is the keyed hash of the
    Idempotency-Key it was used with.
    """

    phone_digest: str
    code_digest: str
    sealed: Sealed | None
    expires_at: datetime
    person: str | None = None
    attempts: int = 0
    used: bool = False
    key: str | None = None

    @classmethod
    def issue(cls, *, at: datetime, **sealed: Any) -> Self:
        """A challenge that lives for 5 minutes."""
        challenge = cls(expires_at=at + LIFE, **sealed)
        fact = ConfirmationIssued if challenge.person else ChallengeIssued
        challenge.record(fact, at, expires_at=challenge.expires_at)
        return challenge

    def open(self, at: datetime) -> Sealed:
        """What was sealed, for the one who sends it. Raises ChallengeGone when used or over."""
        if self.sealed is None or self._over(at):
            raise ChallengeGone()
        return self.sealed

    def use(self, code_digest: str, at: datetime, person: str | None = None, key: str | None = None) -> Sealed | None:
        """Accept the right code of the right person once, and from a client that repeats with the same key.

        Returns what was sealed. Raises SignInFailed, whatever the cause.
        """
        right = hmac.compare_digest(self.code_digest, code_digest) and person == self.person
        if not right or (self._over(at) and not self._repeats(key, at)):
            raise SignInFailed()
        self.used, self.key = True, key
        return self.sealed

    def wipe(self) -> None:
        """Forget phone and code."""
        self.sealed = None

    def _repeats(self, key: str | None, at: datetime) -> bool:
        return self.used and key is not None and key == self.key and at < self.expires_at

    def _over(self, at: datetime) -> bool:
        return self.used or self.sealed is None or at >= self.expires_at


@dataclass(kw_only=True)
class Quota(Aggregate):
    """How often a code was asked for one phone, by one device or from one network; the id is its keyed hash."""

    times: list[datetime] = field(default_factory=list)
    last: datetime | None = None

    def take(self, limits: list[tuple[int, timedelta]], at: datetime) -> None:
        """Count one more; `limits` are (count, span) pairs. Raises CodesTooOften."""
        for count, span in limits:
            if sum(time > at - span for time in self.times) >= count:
                raise CodesTooOften()
        longest = max(span for _, span in limits)
        self.times, self.last = [*(time for time in self.times if time > at - longest), at], at


def code_for(phone: str, fixed: str, digits: int = CODE_DIGITS) -> str:
    """So many random digits; the `fixed` code, if there is one, for a sample phone."""
    if fixed and phone.startswith(SAMPLE_PHONES):
        return fixed
    return f"{secrets.randbelow(10**digits):0{digits}d}"
