"""Facts of petition about policy consultation (政策咨询) and the knowledge base that grows from it."""

from contracts.clocks import ClockOrders
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Code, Count, Id, Moment
from contracts.words import LEVELS


class QuestionFact(Fact):
    """What every fact about a question says."""

    number = Id("查询编号")
    author = Id("提问人的编号；个人信息清除后没有", optional=True)
    village = Id("提问人的村")
    office = Id("当前答复单位的区划")
    level = Category("当前层级", LEVELS)
    category = Code("类别")
    round = Count("第几问，从 1 开始")
    clocks = ClockOrders()


class QuestionAsked(QuestionFact):
    """有人咨询政策

    Somebody asks about a policy.
    """

    name = "petition.question_asked"


class QuestionAnswered(QuestionFact):
    """咨询已答复

    The office has answered.
    """

    name = "petition.question_answered"


class QuestionPassedUp(QuestionFact):
    """咨询已转上一级答复

    The question was passed to the level above.
    """

    name = "petition.question_passed_up"


class QuestionReasked(QuestionFact):
    """提问人追问，进入下一问

    The author asks on: the next round.
    """

    name = "petition.question_reasked"


class QuestionSettled(QuestionFact):
    """提问人表示已经清楚

    The author is satisfied with the answer.
    """

    name = "petition.question_settled"


class QuestionBreached(QuestionFact):
    """咨询超期未答复；一经记录不再抹去

    The question was not answered in time; kept for good.
    """

    name = "petition.question_breached"
    clock = Code("哪一个时钟")
    due_at = Moment("应答复时间")
    late_level = Category("超期的层级", LEVELS)


class QuestionEscalated(QuestionFact):
    """咨询超期后自动升到上一级

    After a breach the question has climbed a level by itself.
    """

    name = "petition.question_escalated"
    from_level = Category("原来的层级", LEVELS)
    from_office = Id("原来的答复单位")
    clock = Code("因哪一个时钟超期")


class KnowledgePublished(Fact):
    """一条政策问答已公开，或已更新

    A question and its answer were published, or have a new edition.
    """

    name = "petition.knowledge_published"
    office = Id("发布单位的区划")
    level = Category("发布单位的层级", LEVELS)
    category = Code("类别")
    edition = Count("第几版，从 1 开始")


class KnowledgeWithdrawn(Fact):
    """一条公开的政策问答已撤下

    An entry of the public knowledge base was withdrawn.
    """

    name = "petition.knowledge_withdrawn"
    office = Id("撤下单位的区划")
    category = Code("类别")
