"""Facts of identity about how people sign in, beside those in `contracts/identity.py`."""

from contracts.fact import Fact
from contracts.kinds import Code, Count, Id


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


class SecondFactorReset(Fact):
    """已重置验证器：原有动态码和恢复码失效，所有登录已退出

    The authenticator app and recovery codes of somebody are void; one administrator asked for it, another agreed.
    """

    name = "identity.second_factor_reset"
    asked_by = Id("由谁申请")
    agreed_by = Id("由谁确认")


class ProbingFound(Fact):
    """风险预警：未登录者反复试探触发了规则；不知道是谁，只有当天有效的网络代号

    Somebody who is not signed in was refused so often that a rule was set off: no person, and no address.
    """

    name = "identity.probing_found"
    rule = Code("规则")
    network = Id("网络的代号，每天更换，不能还原为地址")
    count = Count("被拒绝的次数")
