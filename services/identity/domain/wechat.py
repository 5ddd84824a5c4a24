"""微信登录: one try, from leaving for WeChat's page to coming back, and at the latest until it is over."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from chassis.domain import Aggregate, Missing, Refusal, Sealed

LIFE = timedelta(minutes=10)


class WechatNotOffered(Missing):
    """这里还没有开通微信登录，请用短信验证码登录"""


class WechatSignInFailed(Refusal):
    """微信登录没有完成或已失效，请重新用微信登录"""

    status = 401


class WechatAway(Refusal):
    """微信暂时没有响应，请稍后再试，或用短信验证码登录"""

    status = 503


@dataclass(kw_only=True)
class WechatAttempt(Aggregate):
    """Its id is the `state`: the SHA-256 of the ticket that only the browser has that began it (RFC 6749 §10.12).

    `code` is the keyed hash of the code that came back, `account` that of whose it is, `sealed` the openid itself;
    all three are set by the store, at once and whatever becomes of the request.
    """

    expires_at: datetime
    code: str | None = None
    account: str | None = None
    sealed: Sealed | None = None
    used: bool = False

    @classmethod
    def begin(cls, at: datetime) -> "tuple[WechatAttempt, str]":
        """An attempt of ten minutes and its ticket."""
        ticket = secrets.token_urlsafe(32)
        return cls(id=state_of(ticket), expires_at=at + LIFE), ticket

    def use(self, at: datetime) -> Sealed:
        """Whose WeChat it is, sealed, once. Raises WechatSignInFailed."""
        if self.used or self.sealed is None or at >= self.expires_at:
            raise WechatSignInFailed()
        self.used = True
        return self.sealed

    def wipe(self) -> None:
        """Forget whose it was."""
        self.sealed = self.account = None


def state_of(ticket: str) -> str:
    """What WeChat carries to its page and back: letters and digits only, as it demands."""
    return sha256(ticket.encode()).hexdigest()


def require_own(ticket: str, state: str) -> None:
    """Raises WechatSignInFailed unless the browser that came back is the one that left."""
    if not hmac.compare_digest(state_of(ticket), state):
        raise WechatSignInFailed()


def masked_openid(openid: str) -> str:
    """oA****9k for oAbC…9k."""
    return f"{openid[:2]}****{openid[-2:]}"
