"""Facts of identity about how people sign in, beside those in `contracts/identity.py`."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Code, Count, Id, Moment


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


class ConfirmationIssued(Fact):
    """已向登录者本人的手机发出确认验证码；只带编号，手机号和验证码由通知服务在发送时向身份服务索取

    A code was issued by which somebody signed in says again that it is she; phone and code are asked of identity.
    """

    name = "identity.confirmation_issued"
    expires_at = Moment("失效时间")


class PasswordSet(Fact):
    """已设置登录密码，其他登录已退出

    Somebody chose a password; her other sessions have ended.
    """

    name = "identity.password_set"


class AuthenticatorEnrolled(Fact):
    """已启用验证器

    An authenticator app is in force for somebody.
    """

    name = "identity.authenticator_enrolled"


class DataExported(Fact):
    """已导出本人信息

    Somebody took her data along.
    """

    name = "identity.data_exported"


class SessionCopied(Fact):
    """登录凭证被两处使用，该次登录已退出

    A refresh token that was used before came back: the session has ended.
    """

    name = "identity.session_copied"


class ProbingFound(Fact):
    """风险预警：未登录者反复试探触发了规则；不知道是谁，只有当天有效的网络代号

    Somebody who is not signed in was refused so often that a rule was set off: no person, and no address.
    """

    name = "identity.probing_found"
    rule = Code("规则")
    network = Id("网络的代号，每天更换，不能还原为地址")
    count = Count("被拒绝的次数")
