"""Facts of identity about villagers and their verification, and about erasure."""

from contracts.clocks import ClockOrders
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Code, Count, Id
from contracts.words import LEAVING, LEVELS, RAISING


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
