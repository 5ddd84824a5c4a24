"""Facts of sla: what the clocks say. The clock service only counts; the owner of the matter judges."""

from contracts.sdk.fact import Fact, PartOf
from contracts.sdk.kinds import Category, Code, Count, Flag, Id, Moment, Part, Several

CAUSES = ("start", "resume", "rebase", "calendar", "extend")


class MatterFact(Fact):
    """Of which matter: `matter_source` and `matter` are the source and subject that asked for clocks."""

    matter_source = Id("事情由哪个服务管理")
    matter = Id("事情的编号")


class ClockFact(MatterFact):
    """Which clock of the matter."""

    clock = Code("哪一个时钟")
    round = Count("第几轮办理")
    level = Code("所在层级")
    due_at = Moment("到期时间")


class Promise(PartOf):
    """一个时钟的到期时间"""

    clock = Code("哪一个时钟")
    round = Count("第几轮办理")
    level = Code("所在层级")
    due_at = Moment("到期时间")
    provisional = Flag("是否暂定：跨入尚未公布放假安排的年份")
    cause = Category("原因：开始、暂停后恢复、改用新的期限、日历公布、延期", CAUSES)


class ClocksPromised(MatterFact):
    """已算出到期时间，一件事情的各个时钟一起说；暂停、恢复或日历公布后会重新算出

    Due times were worked out, those of one matter together; pause, resume and a new calendar work them out again.
    """

    name = "sla.promised"
    promises = Several("重新算出的到期时间", Part("一个时钟的到期时间", Promise))


class ClockDueSoon(ClockFact):
    """即将到期：已用去期限的五分之四

    Four fifths of the limit are used.
    """

    name = "sla.due_soon"


class ClockElapsed(ClockFact):
    """时间已到；是否超期由事情的主人判断

    Time is up; whether that is a breach, the owner of the matter decides.
    """

    name = "sla.elapsed"


class CalendarMissing(Fact):
    """明年的放假安排还没有公布，自十二月一日起提醒一次；跨年的期限暂按周一至周五计算

    Next year's holidays are not published here by the first of December; told once, limits into it are provisional.
    """

    name = "sla.calendar_missing"
    year = Count("哪一年")
