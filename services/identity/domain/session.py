"""A signed-in device: a refresh token that changes with every use."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from chassis.domain import Aggregate, Refusal, new_id

IDLE = timedelta(days=30)
GRACE = timedelta(seconds=30)


class SignInAgain(Refusal):
    """登录已失效，请重新登录"""

    status = 401


@dataclass(kw_only=True)
class Session(Aggregate):
    """登录: ends after 30 days without use, when its person signs out, or when an old refresh token comes back."""

    person: str
    current: str
    previous: str = ""
    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def start(cls, person, at):
        """A new session and its refresh token; only the token's hash is kept."""
        session = cls(id=new_id(), person=person, current="", renewed_at=at, expires_at=at)
        return session, session._turn(at)

    def renew(self, token, at):
        """The next refresh token for the current one. Raises SignInAgain."""
        if self.ended_at or at >= self.expires_at or not _same(self.current, token):
            raise SignInAgain()
        return self._turn(at)

    def stolen(self, token, at):
        """Whether this is the token used before the current one, long enough ago that no twin request explains it."""
        return _same(self.previous, token) and at > self.renewed_at + GRACE

    def end(self, at):
        """退出登录."""
        self.ended_at = self.ended_at or at

    def _turn(self, at):
        token = f"{self.id}.{secrets.token_urlsafe(32)}"
        self.previous, self.current = self.current, _hash(token)
        self.renewed_at, self.expires_at = at, at + IDLE
        return token


def _hash(token):
    return sha256(token.encode()).hexdigest()


def _same(hashed, token):
    return hmac.compare_digest(hashed, _hash(token))
