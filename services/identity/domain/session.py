"""A signed-in device: a refresh token that changes with every use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Self

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

    `turn` is the number of the refresh token last given, `key` the keyed hash of the Idempotency-Key it was asked for
    with: of the token itself nothing is kept. `device`, `network` and `renewed_at` (the hour) are only as exact as her
    own list of sessions needs; `strong` says that a second factor was given.
    """

    person: str
    turn: int = 0
    key: str | None = None
    started_at: datetime | None = None
    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    device: str = ""
    network: str = ""
    strong: bool = False
    by_wechat: bool = False

    @classmethod
    def start(
        cls,
        person: str,
        at: datetime,
        device: str = "",
        network: str = "",
        by_wechat: bool = False,
        key: str | None = None,
    ) -> Self:
        """A new session, whose first refresh token has the number 1."""
        session = cls(
            id=new_id(), person=person, renewed_at=at, expires_at=at, started_at=at,
            device=device, network=network, by_wechat=by_wechat,
        )  # fmt: skip
        session._turn(key, at)
        return session

    def renew(self, turn: int, key: str | None, at: datetime) -> None:
        """Give the next refresh token for the last one; again the last, to a client that repeats with its key.

        Raises SignInAgain.
        """
        if not self.runs(at) or not (turn == self.turn or self._repeats(turn, key)):
            raise SignInAgain()
        if turn == self.turn:
            self._turn(key, at)

    def runs(self, at: datetime) -> bool:
        """Whether it goes on."""
        return self.ended_at is None and at < self.expires_at

    def stolen(self, turn: int, key: str | None, twin: bool, at: datetime) -> bool:
        """Whether a token came back that somebody else must have a copy of, by its number.

        The one before the last may come back to be repeated by its key, or as a `twin`: a moment after it was used.
        """
        explained = self._repeats(turn, key) or (twin and turn == self.turn - 1)
        return self.runs(at) and turn < self.turn and not explained

    def end(self, at: datetime) -> None:
        """退出登录."""
        self.ended_at = self.ended_at or at

    def _repeats(self, turn: int, key: str | None) -> bool:
        return turn == self.turn - 1 and key is not None and key == self.key

    def _turn(self, key: str | None, at: datetime) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.turn, self.key = self.turn + 1, key
        self.renewed_at, self.expires_at = hour, hour + IDLE


def device_of(user_agent: str) -> str:
    """What a User-Agent says of the device, in a word that people use."""
    return next((name for word, name in DEVICES.items() if word in user_agent), "其他设备")


def network_of(address: str) -> str:
    """118.112.*.* for 118.112.9.7: enough to tell home from elsewhere; empty for what is no address."""
    try:
        packed = ip_address(address)
    except ValueError:
        return ""
    return f"{packed.exploded[:9]}::" if packed.version == 6 else ".".join([*str(packed).split(".")[:2], "*", "*"])
