"""Facts of identity: regions, villagers and their verification, roles, sign-in."""

from contracts.fact import Fact
from contracts.kinds import Category, Code, Count, Flag, Id, Moment, PlaceName

LEVELS = ("city", "town", "village")
GRIDS = ("grid", "group")
ORGANISATIONS = ("resident_unit", "department", "cooperative", "shop")


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
    """组织已登记：驻村单位、部门、合作社、商铺

    An organisation was registered: a resident unit, a department, a cooperative or a shop.
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


class VillagerVerified(Fact):
    """村民已通过认证

    A villager has been verified.
    """

    name = "identity.villager_verified"
    region = Id("认证的村")


class VillagerRefused(Fact):
    """村民认证未通过

    The verification of a villager was refused.
    """

    name = "identity.villager_refused"
    region = Id("申请认证的村")
    reason = Code("未通过的原因代码")


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


class ChallengeIssued(Fact):
    """已发出登录验证码；只带编号，手机号和验证码由通知服务在发送时向身份服务索取

    A sign-in code was issued; phone and code are asked of identity at the moment of sending.
    """

    name = "identity.challenge_issued"
    expires_at = Moment("失效时间")
