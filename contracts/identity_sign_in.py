"""Facts of identity about how people sign in, beside those in `contracts/identity.py`."""

from contracts.fact import Fact


class WechatBound(Fact):
    """已绑定微信登录；不带微信账号的任何内容

    Somebody has bound a WeChat account to sign in with.
    """

    name = "identity.wechat_bound"


class WechatUnbound(Fact):
    """已解除微信绑定

    Somebody no longer signs in by WeChat.
    """

    name = "identity.wechat_unbound"
