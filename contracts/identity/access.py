"""Facts of identity about roles, mandates and what they open; and its warnings."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Code, Count, Id, Moment, Several


class RoleGranted(Fact):
    """已授予角色，范围为一个区划，可有任期

    A role was granted, with a region as its scope and perhaps a term.
    """

    name = "identity.role_granted"
    role = Code("角色，如 secretary、villageadmin")
    region = Id("角色的范围")
    until = Moment("任期截止时间", optional=True)


class RoleEnded(Fact):
    """角色已终止

    A role has ended.
    """

    name = "identity.role_ended"
    role = Code("角色")
    region = Id("角色的范围")


class AccessRevoked(Fact):
    """已收回登录凭证：此前签发给此人的访问令牌立即失效；带有会话编号时，只有该次登录的令牌失效

    Access was revoked: the person's access tokens issued before a moment are void, or only those of one session.
    """

    name = "identity.access_revoked"
    before = Moment("此前签发的访问令牌失效")
    session = Id("只收回这一次登录", optional=True)


class MandateGranted(Fact):
    """代办授权已生效：本人同意，或由两名工作人员确认

    A mandate is in force: somebody may act for a person, by her consent or before two of the staff.
    """

    name = "identity.mandate_granted"
    person = Id("由谁授权")
    helper = Id("代办人")
    acts = Several("可以代办的事", Code("代办事项"))
    until = Moment("到期时间")


class MandateEnded(Fact):
    """代办授权已收回

    A mandate was taken back.
    """

    name = "identity.mandate_ended"
    person = Id("由谁授权")
    helper = Id("代办人")


class ChallengeIssued(Fact):
    """已发出登录验证码；只带编号，手机号和验证码由通知服务在发送时向身份服务索取

    A sign-in code was issued; phone and code are asked of identity at the moment of sending.
    """

    name = "identity.challenge_issued"
    expires_at = Moment("失效时间")


class RiskRaised(Fact):
    """风险预警：一个人的操作痕迹触发了规则，须由他人核实；同一规则、同一人、同一时段只预警一次

    The traces of a person's work set off a rule; somebody else must look at it. Once per rule, person and window.
    """

    name = "identity.risk_raised"
    rule = Code("规则")
    region = Id("此人所属的区划；可以没有", optional=True)
    about = Id("预警涉及的人的编号")
    count = Count("达到的数量")
