"""Facts of petition about 派单: a department handles a letter for an office, disputes that, and what is decided."""

from contracts.petition.letters import PetitionFact
from contracts.sdk.kinds import Count, Flag, Id


class PetitionDispatched(PetitionFact):
    """来信已派给一个部门承办

    The office has a department handle the matter.
    """

    name = "petition.dispatched"
    transfers = Count("至今派单的次数")
    left = Id("在此之前承办的部门；之前由办理单位自己办理的没有", optional=True)


class PetitionTakenBack(PetitionFact):
    """来信已从部门收回，由办理单位自己办理

    The office handles the matter itself again.
    """

    name = "petition.taken_back"
    left = Id("原来承办的部门")


class PetitionDisputed(PetitionFact):
    """承办部门退单：认为应由别的单位承办，等待派单的一方决定；满规定次数的由市受理中心裁定

    The department says whose matter it is instead; the office decides, after several disputes the city's intake.
    """

    name = "petition.disputed"
    right_owner = Id("部门认为应当承办的单位：部门或区划")
    disputes = Count("至今退单的次数")
    arbiter = Id("由谁决定：区划，市受理中心裁定的为市")
    final = Flag("是否由市受理中心裁定，之后不能再退单")


class PetitionDisputeRejected(PetitionFact):
    """退单不成立，仍由该部门承办

    The dispute was not upheld: the department goes on.
    """

    name = "petition.dispute_rejected"
