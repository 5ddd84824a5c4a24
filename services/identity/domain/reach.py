"""How a person is reached: by phone, or at the counter (窗口) while she has none."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from chassis.domain import Aggregate, Missing, Refusal, Sealed, new_id
from contracts.identity.sign_in import WechatBound, WechatUnbound

INVITED_FOR = timedelta(days=1)


class PhoneBound(Refusal):
    """此人已经绑定手机号，请由本人办理"""


class PhoneInUse(Refusal):
    """这个手机号的账号已有认证、申请或任职，不能改绑"""


class WechatTaken(Refusal):
    """这个微信已经绑定别的账号，请先在那个账号解除绑定"""


class AnotherWechat(Refusal):
    """您已经绑定另一个微信，请先解除绑定"""


class NoWechat(Missing):
    """您没有绑定微信"""


class BindingGone(Refusal):
    """绑定码不正确或已失效，请向村管理员重新领取"""


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """绑定码: its keyed hash, for a day."""

    digest: str
    until: datetime


@dataclass(kw_only=True)
class Reachable(Aggregate):
    """Without a phone (entered at the `counter`, or dead) `phone_digest` is her own id.

    `wechat` is the openid of her WeChat account, `wechat_digest` its keyed hash: who has no phone has none.
    """

    phone: Sealed | None = None
    phone_digest: str
    counter: bool = False
    invitation: Invitation | None = None
    wechat: Sealed | None = None
    wechat_digest: str | None = None

    @classmethod
    def at_the_counter(cls) -> Self:
        """窗口代办: somebody without a phone, entered by a cadre."""
        id = new_id()
        return cls(id=id, phone_digest=id, counter=True)

    def require_no_phone(self) -> None:
        """Raises PhoneBound."""
        if self.phone:
            raise PhoneBound()

    def invite(self, digest: str, at: datetime) -> None:
        """Let a phone be bound by whoever has the code with this keyed hash. Raises PhoneBound."""
        self.require_no_phone()
        self.invitation = Invitation(digest=digest, until=at + INVITED_FOR)

    def bind(self, phone: Sealed, digest: str) -> None:
        """绑定手机号: the phone sealed, and its keyed hash. Raises PhoneBound."""
        self.require_no_phone()
        self.phone, self.phone_digest, self.invitation = phone, digest, None

    def bind_wechat(self, openid: Sealed, digest: str, at: datetime) -> None:
        """绑定微信: the openid sealed, and its keyed hash; the same again changes nothing. Raises AnotherWechat."""
        if self.wechat_digest not in (None, digest):
            raise AnotherWechat()
        if self.wechat is None:
            self.wechat, self.wechat_digest = openid, digest
            self.record(WechatBound, at)

    def unbind_wechat(self, at: datetime) -> None:
        """解除微信绑定. Raises NoWechat."""
        if self.wechat is None:
            raise NoWechat()
        self.wechat = self.wechat_digest = None
        self.record(WechatUnbound, at)

    def drop_phone(self) -> tuple[Sealed | None, str]:
        """Phone and WeChat lead to her no longer; returns the phone sealed, and its keyed hash."""
        dropped = self.phone, self.phone_digest
        self.phone, self.phone_digest = None, self.id
        self.wechat = self.wechat_digest = None
        return dropped


def new_binding_code() -> str:
    """Twelve digits."""
    return f"{secrets.randbelow(10**12):012d}"


def binding_key(code: str) -> str:
    """The text whose keyed hash an invitation is found by."""
    return f"binding:{code}"


def phone_key(phone: str) -> str:
    """The text whose keyed hash a person is found by; `phone` is E.164."""
    return f"phone:{phone}"
