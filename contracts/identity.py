"""Facts of identity: regions, villagers and their verification, roles, sign-in."""

from contracts.clocks import ClockOrders
from contracts.fact import Fact
from contracts.kinds import Category, Code, Count, Flag, Id, Moment, PlaceName, Several
from contracts.words import GRIDS, LEAVING, LEVELS, ORGANISATIONS, RAISING


class RegionRegistered(Fact):
    """行政区划已登记：市、镇街、村社区，编号长期不变，代码可随区划调整

    A region is registered: its id never changes, its code may.
    """

    name = "identity.region_registered"
    code = Id("12 位区划代码")
    place = PlaceName("地名")
    parent = Id("上级区划的编号；市没有上级", optional=True)
    level = Category("层级：市、镇街、村社区", LEVELS)


class RegionRenamed(Fact):
    """区划的地名或代码已变更，编号不变

    The name or the code of a region has changed; its id has not.
    """

    name = "identity.region_renamed"
    code = Id("新的 12 位区划代码")
    place = PlaceName("新的地名")


class RegionMoved(Fact):
    """区划已划归另一个上级

    A region has been put under another parent.
    """

    name = "identity.region_moved"
    parent = Id("新的上级区划的编号")


class RegionMerged(Fact):
    """区划已并入另一个同级区划；原有事项、任职和数字从此也归它，原编号长期可查

    A region has ended and become part of another of its level, which from now on answers for all that was its own.
    """

    name = "identity.region_merged"
    into = Id("并入的区划的编号")


class GridChanged(Fact):
    """网格或村民小组已设立、调整或撤销

    A grid or group of a village was opened, has another team or boundary, or was closed.
    """

    name = "identity.grid_changed"
    region = Id("所属的村")
    kind = Category("种类：网格、村民小组", GRIDS)
    parent = Id("上一级网格的编号", optional=True)
    open = Flag("是否仍然设立")


class HouseholdRegistered(Fact):
    """一户已登记

    A household was registered.
    """

    name = "identity.household_registered"
    region = Id("所属的村")
    members = Count("登记时的人数")


class OrganisationRegistered(Fact):
    """组织已登记：驻村单位、部门、合作社、商铺、党支部

    An organisation was registered: a resident unit, a department, a cooperative, a shop or a party branch.
    """

    name = "identity.organisation_registered"
    region = Id("所属的区划")
    kind = Category("种类", ORGANISATIONS)


class VillagerApplied(Fact):
    """村民已申请认证，等待本村管理员核验

    A villager asks to be verified by the administrator of the village.
    """

    name = "identity.villager_applied"
    region = Id("申请认证的村")
    clocks = ClockOrders(optional=True)


class VillagerVerified(Fact):
    """村民已通过认证

    A villager has been verified.
    """

    name = "identity.villager_verified"
    region = Id("认证的村")
    clocks = ClockOrders(optional=True)


class VillagerRefused(Fact):
    """村民认证未通过

    The verification of a villager was refused.
    """

    name = "identity.villager_refused"
    region = Id("申请认证的村")
    reason = Code("未通过的原因代码")
    clocks = ClockOrders(optional=True)


class VillagerLeft(Fact):
    """不再是这个村的认证村民：迁出、去世、认证到期、转到别的村、身份证号改由他人持有，或撤回同意

    Somebody is no longer a verified villager of this village.
    """

    name = "identity.villager_left"
    region = Id("原来认证的村")
    reason = Category("原因：迁出、去世、到期、转村、证件改由他人持有、撤回同意", LEAVING)


class VerificationFact(Fact):
    """Where an application is decided from now on; its subject is the applicant."""

    region = Id("申请认证的村")
    office = Id("现在由哪个区划的管理员核验")
    level = Category("现在核验的层级", LEVELS)
    clocks = ClockOrders()


class VerificationRaised(VerificationFact):
    """认证申请已转上一级管理员核验：多次核对不一致，或身份证号已用于他人

    An application was passed to the next level: it did not match, or its ID number is somebody else's.
    """

    name = "identity.verification_raised"
    reason = Category("原因：核对不一致、证件冲突", RAISING)


class VerificationOverdue(VerificationFact):
    """认证申请超期未核验，已转上一级管理员；市级超期则仍在市级

    An application was not decided in time; the next level, if there is one, decides.
    """

    name = "identity.verification_overdue"


class ConflictFound(Fact):
    """证件冲突：有人用已属于他人的身份证号申请认证；原持有人不变

    Somebody was to be verified by an ID number that is another person's; the first holder stays.
    """

    name = "identity.conflict_found"
    region = Id("申请认证的村")
    office = Id("由哪个区划的管理员核验")
    level = Category("核验的层级", LEVELS)
    person = Id("申请人的编号")
    holder = Id("原持有人的编号")
    count = Count("这个身份证号第几次冲突")


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


class ErasureAsked(Fact):
    """已申请清除个人信息，到期执行，此前可以撤回

    Somebody asked to be erased when some days are over, until when it can be withdrawn.
    """

    name = "identity.erasure_asked"
    person = Id("谁的个人信息")
    days = Count("几天后执行")


class ErasureWithdrawn(Fact):
    """清除个人信息的申请已撤回

    A request for erasure was withdrawn.
    """

    name = "identity.erasure_withdrawn"
    person = Id("谁的个人信息")


class PersonErased(Fact):
    """个人信息已清除：密钥已销毁，各服务清除其名下的内容，只留编号

    A person's data are erased: the keys are destroyed, every service forgets what it holds of her; her id stays.
    """

    name = "identity.person_erased"


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
