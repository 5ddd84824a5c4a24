"""Facts of identity about regions, and the grids, households and organisations in them."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Count, Flag, Id, PlaceName
from contracts.words import GRIDS, LEVELS, ORGANISATIONS


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
