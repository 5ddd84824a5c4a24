"""A signed-in device: a refresh token that changes with every use."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

from chassis.domain import Aggregate, Missing, Refusal, new_id

IDLE = timedelta(days=30)
GRACE = timedelta(seconds=30)
DEVICES = {
    "MicroMessenger": "微信",
    "HarmonyOS": "鸿蒙手机",
    "Android": "安卓手机",
    "iPhone": "苹果手机",
    "iPad": "苹果平板",
    "Windows": "Windows 电脑",
    "Mac OS": "苹果电脑",
    "Linux": "Linux 电脑",
}
"""A word of the User-Agent → the device as people call it; the first that fits."""


class SignInAgain(Refusal):
    """登录已失效，请重新登录"""

    status = 401


class SessionNotFound(Missing):
    """没有这次登录"""


@dataclass(kw_only=True)
class Session(Aggregate):
    """登录: ends after 30 days without use, when its person ends it, or when an old refresh token comes back.

    `device` and `network` are only as exact as her own list of sessions needs; `strong` says that a second factor
    was given.
    """

    person: str
    current: str
    previous: str = ""
    started_at: datetime | None = None
    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    device: str = ""
    network: str = ""
    strong: bool = False
    by_wechat: bool = False

    @classmethod
    def start(cls, person, at, device="", network="", by_wechat=False):
        """A new session and its refresh token; only the token's hash is kept."""
        place = {"device": device, "network": network, "started_at": at, "by_wechat": by_wechat}
        session = cls(id=new_id(), person=person, current="", renewed_at=at, expires_at=at, **place)
        return session, session._turn(at)

    def renew(self, token, at):
        """The next refresh token for the current one. Raises SignInAgain."""
        if not self.runs(at) or not _same(self.current, token):
            raise SignInAgain()
        return self._turn(at)

    def runs(self, at):
        """Whether it goes on."""
        return self.ended_at is None and at < self.expires_at

    def stolen(self, token, at):
        """Whether this is the token used before the current one, long enough ago that no twin request explains it."""
        return self.runs(at) and _same(self.previous, token) and at > self.renewed_at + GRACE

    def end(self, at):
        """退出登录."""
        self.ended_at = self.ended_at or at

    def _turn(self, at):
        token = f"{self.id}.{secrets.token_urlsafe(32)}"
        self.previous, self.current = self.current, _hash(token)
        self.renewed_at, self.expires_at = at, at + IDLE
        return token


def device_of(user_agent):
    """What a User-Agent says of the device, in a word that people use."""
    return next((name for word, name in DEVICES.items() if word in user_agent), "其他设备")


def network_of(address):
    """118.112.*.* for 118.112.9.7: enough to tell home from elsewhere; empty for what is no address."""
    try:
        packed = ip_address(address)
    except ValueError:
        return ""
    return f"{packed.exploded[:9]}::" if packed.version == 6 else ".".join([*str(packed).split(".")[:2], "*", "*"])


def _hash(token):
    return sha256(token.encode()).hexdigest()


def _same(hashed, token):
    return hmac.compare_digest(hashed, _hash(token))
