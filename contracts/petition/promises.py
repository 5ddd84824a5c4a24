"""Facts of petition about the date an author is promised: why it changed."""

from contracts.petition.letters import PetitionFact
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Id, Moment
from contracts.sla import CAUSES


class PetitionRebased(PetitionFact):
    """期限规定已调整，这封来信按新的期限重新计算；已暂停的时间和已记录的超期不变

    The county's limits have changed and this letter's clocks follow the new ones; pauses and breaches are kept.
    """

    name = "petition.rebased"


class PetitionPromiseChanged(Fact):
    """答应来信人的应办时间因规定或日历而改变

    The date promised to the author has changed without anybody's handling: by calendar or by policy.
    """

    name = "petition.promise_changed"
    number = Id("查询编号")
    author = Id("来信人的编号；匿名来信没有", optional=True)
    village = Id("事情所属的村")
    was = Moment("原来的应办时间")
    due_at = Moment("现在的应办时间")
    cause = Category("改变的原因", CAUSES)
