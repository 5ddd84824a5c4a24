"""How any fact asks the clock service to count: a list of clock orders in its `clocks` field.

A service that wants clocks on its matters publishes facts with `clocks = ClockOrders()`; `sla` follows them all,
without knowing the service. One clock is known by (source, subject, round, clock, level).
"""

from contracts.sdk.fact import PartOf
from contracts.sdk.kinds import Category, Code, Count, Part, Several

ORDERS = ("start", "pause", "resume", "stop", "rebase", "extend")
UNITS = ("working_days", "working_hours", "days", "seconds")


class Limit(PartOf):
    """期限：数量、单位"""

    amount = Count("期限的数量")
    unit = Category("单位：工作日、工作小时、自然日、秒", UNITS)


class ClockOrder(PartOf):
    """计时指令"""

    order = Category("指令：开始、暂停、恢复、停止、改用新的期限、延期", ORDERS)
    clock = Code("哪一个时钟，如 sign、answer、resolve")
    round = Count("第几轮办理，从 1 开始")
    level = Code("所在层级，如 village、town、city")
    limit = Part("期限，仅开始、改用新的期限和延期时有；延期的加在期限上，单位相同", Limit, optional=True)


class ClockOrders(Several):
    """The field `clocks` of a fact: orders to follow at the fact's own time, in the order given."""

    def __init__(self, **kwargs):
        super().__init__("计时指令，按事实发生的时间执行", Part("一条计时指令", ClockOrder), **kwargs)
