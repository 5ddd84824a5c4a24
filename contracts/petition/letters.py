"""Facts of petition: what happens to a matter somebody must answer (书记信箱)."""

from contracts.clocks import ClockOrders
from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Code, Count, Flag, Id, Moment, Several
from contracts.words import LEVELS

ENDED = ("merged", "withdrawn", "split")
OUTCOMES = ("solved", "explained", "no_action", "not_responsible", "rejected", "invalid", *ENDED)
URGENCIES = ("normal", "urgent")
ANONYMITY = (1, 2, 3)
WRITTEN_BY = ("app", "qr", "grid", "circle")
TAKEN_DOWN_BY = ("hotline", "window", "grid", "circle")
CAME_BY = tuple(dict.fromkeys(WRITTEN_BY + TAKEN_DOWN_BY))
CLUE_OUTCOMES = ("substantiated", "partly", "unsubstantiated", "transferred", "duplicate", "not_accepted")


class PetitionFact(Fact):
    """What every fact about a matter says: its number, round, level, office and the clocks to follow."""

    number = Id("查询编号")
    author = Id("来信人的编号；匿名来信没有", optional=True)
    village = Id("事情所属的村")
    office = Id("当前办理单位的区划")
    level = Category("当前层级", LEVELS)
    category = Code("类别")
    round = Count("第几轮办理，从 1 开始")
    concerned = Id("反映干部的来信：该干部任书记的区划，他不参与办理、不收通知", optional=True)
    recused = Several("来信时任该职的人，此后担任任何职务都不参与办理、不收通知", Id("编号"), optional=True)
    department = Id("承办部门；由办理单位自己办理的没有", optional=True)
    clocks = ClockOrders()


class PetitionSubmitted(PetitionFact):
    """来信已提交：村民给村、镇或市的书记写了信

    A villager has written to the secretary of village, town or city.
    """

    name = "petition.submitted"
    urgency = Category("紧急程度", URGENCIES)
    anonymity = Count("匿名级别：1 公开实名，2 对办理人员保密，3 匿名")
    photos = Count("照片张数")
    helper = Id("代为提交的人；本人提交和匿名来信没有", optional=True)
    parent = Id("从哪一封来信拆分而来的编号；不是拆分的没有", optional=True)
    came_by = Category("渠道：手机、二维码、网格员、村友圈、热线、窗口", CAME_BY, optional=True)


class PetitionSigned(PetitionFact):
    """来信已签收：办理单位开始办理

    The office has signed for the letter and begins.
    """

    name = "petition.signed"


class PetitionAnswered(PetitionFact):
    """来信已答复

    The office has answered.
    """

    name = "petition.answered"


class PetitionPassedUp(PetitionFact):
    """来信已提级：办理单位主动交上一级办理

    The office has passed the matter up by its own decision.
    """

    name = "petition.passed_up"


class PetitionReturned(PetitionFact):
    """来信已退回下一级办理

    The matter was returned to the level below.
    """

    name = "petition.returned"


class PetitionDone(PetitionFact):
    """来信已办结，等待核查

    The office says it is done; verification follows.
    """

    name = "petition.done"
    outcome = Category("办理结果", OUTCOMES)


class PetitionVerified(PetitionFact):
    """办结已核查

    Somebody has checked whether it was really done.
    """

    name = "petition.verified"
    confirmed = Flag("核查是否属实；不属实则继续办理")


class PetitionClosed(PetitionFact):
    """来信已结案

    The matter is closed.
    """

    name = "petition.closed"
    outcome = Category("办理结果", OUTCOMES)


class PetitionRated(PetitionFact):
    """来信人已评价；评价与办理结果分开

    The author has rated; a rating is kept apart from the outcome.
    """

    name = "petition.rated"
    stars = Count("1 到 5 星")


class PetitionReopened(PetitionFact):
    """来信人要求重新办理，进入下一轮

    The author asks for it to be handled again: the next round.
    """

    name = "petition.reopened"


class PetitionBreached(PetitionFact):
    """超期：期限到时该办的还没有办；一经记录不再抹去

    A limit ran out and the work was not done; kept for good.
    """

    name = "petition.breached"
    clock = Code("哪一个时钟")
    due_at = Moment("应办时间")
    late_level = Category("超期的层级", LEVELS)


class PetitionEscalated(PetitionFact):
    """逐级回应：超期后自动升到上一级

    After a breach the matter has climbed a level by itself.
    """

    name = "petition.escalated"
    from_level = Category("原来的层级", LEVELS)
    from_office = Id("原来的办理单位")
    clock = Code("因哪一个时钟超期")


class ClueFiled(Fact):
    """收到举报线索：只有类别和地点；内容只有纪检机构能打开；第二天早上八点才告知，不透露提交的时间

    A sealed clue has come in; told from eight in the next morning on, so that its time tells nothing.
    """

    name = "petition.clue_filed"
    category = Code("线索类别")
    region = Id("线索涉及的区划")


class CluesArrived(Fact):
    """前一天收到的举报线索有几条；每个纪检机构每天只告知一次

    How many sealed clues came in for an office the day before, all told at once.
    """

    name = "petition.clues_arrived"
    count = Count("几条")


class CluesCrowded(Fact):
    """今天收到的举报材料接近当日上限，此后今天只收文字

    So much was filed with an office today that only texts are still taken; it says nothing of who filed it.
    """

    name = "petition.clues_crowded"
    share = Count("已达当日上限的百分之几")
