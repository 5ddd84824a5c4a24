"""Facts of petition about reports: 随手拍, patrols (巡查) and the river chief's (河长制)."""

from contracts.clocks import ClockOrders
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Code, Count, Flag, Id, Moment
from contracts.words import LEVELS

REPORT_KINDS = ("snap", "patrol", "river")
CHANNELS = ("app", "qr", "grid", "hotline")
PRIORITIES = ("normal", "urgent", "emergency")
REPORT_OUTCOMES = ("solved", "no_action")


class ReportFact(Fact):
    """What every fact about a report says."""

    number = Id("查询编号")
    author = Id("上报人的编号；热线代录的没有", optional=True)
    village = Id("事情所属的村")
    office = Id("当前办理单位的区划")
    level = Category("当前层级", LEVELS)
    category = Code("类别")
    kind = Category("种类：随手拍、巡查、河长制", REPORT_KINDS)
    priority = Category("紧急程度", PRIORITIES)
    round = Count("第几轮办理，从 1 开始")
    clocks = ClockOrders()


class ReportFiled(ReportFact):
    """有人上报了一件事：随手拍、巡查或河长制

    Somebody has reported something: a snapshot, a patrol or a river matter.
    """

    name = "petition.report_filed"
    came_by = Category("渠道：手机、二维码、网格员、热线", CHANNELS)
    photos = Count("现场照片张数")


class EmergencyRaised(Fact):
    """紧急线索：村、镇、市同时收到，须立即处置

    An emergency: village, town and city are told at once and must act.
    """

    name = "petition.emergency_raised"
    number = Id("查询编号")
    village = Id("事情所属的村")
    town = Id("所属的镇街")
    city = Id("所属的市")
    category = Code("类别")


class ReportAccepted(ReportFact):
    """上报已受理

    The office has accepted the report.
    """

    name = "petition.report_accepted"


class ReportDispatched(ReportFact):
    """上报已派到另一级办理

    The report was sent to the office of another level.
    """

    name = "petition.report_dispatched"


class ReportReturned(ReportFact):
    """上报已退回下一级办理

    The report was returned to the level below.
    """

    name = "petition.report_returned"


class ReportDone(ReportFact):
    """上报已处理，等待核查

    The office says it is dealt with; verification follows.
    """

    name = "petition.report_done"
    outcome = Category("结果：已解决、不需处理", REPORT_OUTCOMES)
    photos = Count("处理后照片张数")


class ReportVerified(ReportFact):
    """上报的处理结果已核查

    The reporter or the level above has checked what was done.
    """

    name = "petition.report_verified"
    confirmed = Flag("核查是否属实；不属实则继续处理")


class ReportClosed(ReportFact):
    """上报已销号

    The report is struck off.
    """

    name = "petition.report_closed"
    outcome = Category("结果：已解决、不需处理", REPORT_OUTCOMES)


class ReportBreached(ReportFact):
    """上报超期：期限到时该办的还没有办；一经记录不再抹去

    A limit ran out and the work was not done; kept for good.
    """

    name = "petition.report_breached"
    clock = Code("哪一个时钟")
    due_at = Moment("应办时间")
    late_level = Category("超期的层级", LEVELS)


class ReportEscalated(ReportFact):
    """上报超期后自动升到上一级

    After a breach the report has climbed a level by itself.
    """

    name = "petition.report_escalated"
    from_level = Category("原来的层级", LEVELS)
    from_office = Id("原来的办理单位")
    clock = Code("因哪一个时钟超期")
