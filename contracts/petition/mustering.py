"""Facts of petition about 吹哨报到: a village or town whistles, units report in and stay until it is done."""

from contracts.clocks import ClockOrders
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Code, Count, Flag, Id, Moment
from contracts.words import LEVELS

UNIT_KINDS = ("office", "department")


class WhistleFact(Fact):
    """What every fact about a whistle says: its number, who blew it, about which matter, and the clocks to follow."""

    number = Id("查询编号")
    office = Id("吹哨单位的区划")
    level = Category("吹哨单位的层级", LEVELS)
    city = Id("所属的市")
    about = Id("为哪一件来信或上报吹哨；自行发起的没有", optional=True)
    clocks = ClockOrders()


class UnitFact(WhistleFact):
    """What every fact about one of the units says."""

    unit = Id("被召集单位的编号：区划或部门")
    kind = Category("单位种类：属地单位、部门", UNIT_KINDS)
    region = Id("单位所属的区划")
    lead = Flag("是否牵头单位")


class WhistleBlown(WhistleFact):
    """村或镇街已吹哨，召集有关单位

    A village or a town has blown the whistle for several units.
    """

    name = "petition.whistle_blown"
    units = Count("召集了几个单位")
    lead = Id("牵头单位")


class UnitCalled(UnitFact):
    """单位被召集，须在时限内报到

    A unit is called and must report in.
    """

    name = "petition.unit_called"


class UnitReported(UnitFact):
    """单位已报到

    A unit has reported in.
    """

    name = "petition.unit_reported"


class UnitFinished(UnitFact):
    """单位已完成自己的部分

    A unit has done its part.
    """

    name = "petition.unit_finished"


class UnitRecalled(UnitFact):
    """吹哨单位认为没有办完，请单位继续办理

    The caller finds a unit's part not done: it goes on.
    """

    name = "petition.unit_recalled"


class UnitGraded(UnitFact):
    """下考上：吹哨单位给参与单位打分

    The caller has graded a unit.
    """

    name = "petition.unit_graded"
    stars = Count("1 到 5 星")


class UnitBreached(UnitFact):
    """单位超时未报到；一经记录不再抹去，同时告知市级

    A unit has not reported in in time; kept for good, and told to the city.
    """

    name = "petition.unit_breached"
    clock = Code("哪一个时钟")
    due_at = Moment("应报到时间")


class UnitReleased(UnitFact):
    """事已办结，单位可以离开

    The work is done: a unit may leave.
    """

    name = "petition.unit_released"


class WhistleReleased(WhistleFact):
    """事已办结，吹哨单位解除召集

    The work is done and the caller lets everybody go.
    """

    name = "petition.whistle_released"
