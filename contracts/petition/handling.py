"""Facts of petition beside a letter's straight way: asking its author, waiting, urging, supervision, publishing."""

from contracts.petition.letters import OUTCOMES, PetitionFact
from contracts.sdk.kinds import Category, Count, Flag, Moment

CALLS = ("satisfied", "dissatisfied", "unreached")


class PetitionAsked(PetitionFact):
    """请来信人补充材料；等待期间期限暂停

    The office asks the author for more; the clocks pause meanwhile.
    """

    name = "petition.asked"
    waits_until = Moment("最迟等到什么时候，过后自动继续办理")


class PetitionSupplied(PetitionFact):
    """来信人已补充材料，继续办理

    The author has supplied what was asked for; handling goes on.
    """

    name = "petition.supplied"


class PetitionResumed(PetitionFact):
    """恢复办理：不再等待补充材料，或挂账结束

    Handling goes on without waiting any longer, or a suspension has ended.
    """

    name = "petition.resumed"


class PetitionSuspensionAsked(PetitionFact):
    """办理单位申请挂账，等待上一级决定

    The office asks the level above to suspend the matter.
    """

    name = "petition.suspension_asked"
    amount = Count("申请挂账的天数")


class PetitionSuspended(PetitionFact):
    """已批准挂账：暂时办不了的事，到期前期限暂停

    The matter is suspended; its clock pauses until then.
    """

    name = "petition.suspended"
    waits_until = Moment("挂账到什么时候，过后自动恢复办理")


class PetitionExtensionAsked(PetitionFact):
    """办理单位申请延期，等待上一级决定

    The office asks the level above for more time.
    """

    name = "petition.extension_asked"
    amount = Count("申请延长多少，单位与期限相同")


class PetitionExtended(PetitionFact):
    """已批准延期，重新承诺办结时间

    More time was granted; the promised date moves.
    """

    name = "petition.extended"
    amount = Count("延长多少，单位与期限相同")


class PetitionRequestRefused(PetitionFact):
    """上一级没有批准挂账或延期

    The level above has refused the suspension or extension.
    """

    name = "petition.request_refused"


class PetitionUrged(PetitionFact):
    """催办：来信人或上一级请办理单位抓紧

    The author or the level above urges the office; nothing is counted against it.
    """

    name = "petition.urged"


class PetitionSupervised(PetitionFact):
    """督办：办理单位应当限期书面答复督办

    The matter is supervised: the office owes a written reply within a limit.
    """

    name = "petition.supervised"


class PetitionReplied(PetitionFact):
    """办理单位已书面答复督办

    The office has replied to its supervision.
    """

    name = "petition.replied"


class PetitionConsented(PetitionFact):
    """来信人同意或不再同意公开答复

    The author agrees, or no longer agrees, that the answer is made public.
    """

    name = "petition.consented"
    open_to_public = Flag("是否同意公开")


class PetitionPublished(PetitionFact):
    """答复已公开

    The answer was made public.
    """

    name = "petition.published"


class PetitionCalled(PetitionFact):
    """已回访没有评价的来信人

    An author who had not rated was called.
    """

    name = "petition.called"
    call = Category("回访结果：满意、不满意、未联系上", CALLS)


class PetitionLeadClosed(PetitionFact):
    """与此信合并办理的那一封已结案

    The letter that this one was merged into is closed.
    """

    name = "petition.lead_closed"
    lead_outcome = Category("那一封的办理结果", OUTCOMES)
